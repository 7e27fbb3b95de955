import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { parseVenueJson } from '../../src/lighter/parse-json.ts'

describe('parsing the venue', () => {
  it('keeps every digit of 60-bit order indices', () => {
    const text =
      '{"orders":[{"order_index":1152921504606846975,"n":9007199254740993}],"x":-9007199254740993}'
    expect(parseVenueJson(text)).toEqual({
      orders: [{ order_index: 1152921504606846975n, n: 9007199254740993n }],
      x: -9007199254740993n,
    })
  })

  it('loses no integer of up to 64 bits, in any place', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
        fc.constantFrom('{"a":@}', '[1,@]', '[@]', '@', '{"a": @ }', '{"a":[0,@]}'),
        (value, shape) => {
          const text = shape.replace('@', value.toString())
          expect(JSON.stringify(flat(parseVenueJson(text)))).toContain(value.toString())
        },
      ),
    )
  })

  it('gives safe integers and fractions as numbers', () => {
    expect(parseVenueJson('[9007199254740991,0.5,1e3,1778138389655150]')).toEqual([
      9007199254740991, 0.5, 1000, 1778138389655150,
    ])
  })

  it('names an HTML answer instead of throwing a syntax error', () => {
    expect(() => parseVenueJson('<html>\n<title>403 Forbidden')).toThrow(
      expect.objectContaining({ kind: 'unknown_state', code: 'answer_unreadable' }),
    )
    expect(() => parseVenueJson('')).toThrow(HedgebotError)
  })
})

function flat(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flat)
  return [String(value)]
}
