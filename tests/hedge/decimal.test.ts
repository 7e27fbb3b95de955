import { Decimal } from 'decimal.js'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { Dec, ZERO, maxDec, minDec, sumDec } from '../../src/hedge/decimal.ts'
import { anyDec, dec } from './sample-market.ts'

describe('Dec', () => {
  afterEach(() => Decimal.set({ defaults: true }))

  it('keeps its rounding and precision when somebody changes the package default', () => {
    Decimal.set({ precision: 3, rounding: Decimal.ROUND_UP, toExpNeg: -1 })
    expect(new Dec(1).div(3).toString()).toBe(`0.${'3'.repeat(40)}`)
    expect(new Dec('0.0000001').toString()).toBe('0.0000001')
  })

  it.each([
    ['0.00000000000000000001', '0.00000000000000000001'],
    ['281474976710655', '281474976710655'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
  ])('never writes %s in exponent form', (text, written) => {
    expect(new Dec(text).toString()).toBe(written)
  })

  it('holds a 48-bit size times a 32-bit price times a fraction exactly', () => {
    const size = new Dec(2).pow(48).minus(1)
    const price = new Dec(2).pow(32).minus(1)
    const product = size.times(price).times('0.0001')
    const expected = (2n ** 48n - 1n) * (2n ** 32n - 1n)
    expect(product.times(10_000).toFixed(0)).toBe(expected.toString())
  })

  it('does not suffer from binary fractions', () => {
    expect(new Dec('0.1').plus('0.2').eq('0.3')).toBe(true)
  })

  it('rounds halves to even', () => {
    expect(new Dec('0.125').toDecimalPlaces(2).toString()).toBe('0.12')
    expect(new Dec('0.135').toDecimalPlaces(2).toString()).toBe('0.14')
  })
})

describe('minDec and maxDec', () => {
  it('pick one of the two, the smaller and the larger', () => {
    fc.assert(
      fc.property(anyDec(-1000, 1000, 4), anyDec(-1000, 1000, 4), (a, b) => {
        const low = minDec(a, b)
        const high = maxDec(a, b)
        expect([a, b]).toContain(low)
        expect([a, b]).toContain(high)
        expect(low.lte(high)).toBe(true)
        expect(low.plus(high).eq(a.plus(b))).toBe(true)
      }),
    )
  })

  it('give the first of two equal ones', () => {
    const a = dec('1.0')
    const b = dec('1')
    expect(minDec(a, b)).toBe(a)
    expect(maxDec(a, b)).toBe(a)
  })
})

describe('sumDec', () => {
  it('is zero for nothing', () => {
    expect(sumDec([])).toBe(ZERO)
    expect(ZERO.isZero()).toBe(true)
  })

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(anyDec(-1000, 1000, 8), { maxLength: 30 }), (values) => {
        expect(sumDec(values).eq(sumDec(values.toReversed()))).toBe(true)
      }),
    )
  })

  it('takes any iterable', () => {
    expect(sumDec(new Set([dec(1), dec('0.5')])).toString()).toBe('1.5')
  })

  it('undoes itself with the negatives', () => {
    fc.assert(
      fc.property(fc.array(anyDec(-1000, 1000, 8), { maxLength: 30 }), (values) => {
        const negatives = values.map((value) => value.negated())
        expect(sumDec([...values, ...negatives]).isZero()).toBe(true)
      }),
    )
  })
})
