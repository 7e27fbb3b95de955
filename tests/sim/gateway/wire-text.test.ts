import * as fc from 'fast-check'
import { parse } from 'lossless-json'
import { describe, expect, it } from 'vitest'
import {
  microsToText,
  ratioToText,
  textToTicks,
  ticksToText,
} from '../../../src/sim/gateway/decimal-text.ts'
import { jsonMemberText } from '../../../src/sim/gateway/json-member.ts'
import { toWireJson, type WireValue } from '../../../src/sim/gateway/wire-json.ts'

describe('decimals on the wire', () => {
  it.each([
    [1_000_000n, 1, '100000.0'],
    [5n, 5, '0.00005'],
    [-5n, 5, '-0.00005'],
    [0n, 4, '0.0000'],
    [7n, 0, '7'],
  ])('%s ticks with %s places are %s', (ticks, decimals, text) => {
    expect(ticksToText(ticks, decimals)).toBe(text)
  })

  it('come back as the same ticks', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(12), (ticks, decimals) => {
        expect(textToTicks(ticksToText(ticks, decimals), decimals)).toBe(ticks)
      }),
    )
  })

  it('refuse more places than there are', () => {
    expect(() => textToTicks('1.0000001', 6)).toThrow(RangeError)
    expect(() => textToTicks('1e3', 6)).toThrow(RangeError)
    expect(microsToText(1n)).toBe('0.000001')
  })

  it('round quotients to the nearest tick', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.bigInt(1n, 10n ** 9n), (a, b) => {
        const ticks = textToTicks(ratioToText(a, b, 3), 3)
        const error = ticks * b - a * 1000n
        expect(2n * (error < 0n ? -error : error) <= b).toBe(true)
      }),
    )
  })
})

describe('JSON on the wire', () => {
  const value: fc.Arbitrary<WireValue> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.array(tie('value')),
      fc.dictionary(fc.stringMatching(/^[a-z_0-9]{1,8}$/), tie('value')),
    ),
  })).value as fc.Arbitrary<WireValue>

  it('reads back as what was written', () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(JSON.parse(toWireJson(written))).toEqual(written)
      }),
    )
  })

  it('keeps every digit of a bigint and leaves undefined members out', () => {
    expect(toWireJson({ a: 2n ** 60n + 1n, b: undefined, c: [1n] })).toBe(
      '{"a":1152921504606846977,"c":[1]}',
    )
  })
})

describe('the text of a member', () => {
  it('is exactly what stood there', () => {
    const text =
      ' { "x" : [1,{"tx_info":9}] , "data":{"id":"a\\"}{","tx_info": {"N":9007199254740993 } , "z":-1}}'
    expect(jsonMemberText(text, ['data', 'tx_info'])).toBe('{"N":9007199254740993 }')
    expect(jsonMemberText(text, ['data', 'id'])).toBe('"a\\"}{"')
    expect(jsonMemberText(text, ['data', 'z'])).toBe('-1')
    expect(jsonMemberText(text, ['data', 'none'])).toBeUndefined()
    expect(jsonMemberText(text, ['x', 'tx_info'])).toBeUndefined()
    expect(jsonMemberText('[]', ['a'])).toBeUndefined()
  })

  it('is found in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(4), (wanted, other, indent) => {
        const text = JSON.stringify(
          { before: other, data: { o: other, tx_info: wanted } },
          null,
          indent,
        )
        const found = jsonMemberText(text, ['data', 'tx_info'])
        expect(JSON.parse(found ?? '')).toEqual(JSON.parse(JSON.stringify(wanted)))
        expect(parse(found ?? '')).toBeDefined()
      }),
    )
  })
})
