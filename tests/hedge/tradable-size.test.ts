import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { initialMarginFractionOf, sizeStep } from '../../src/hedge/market.ts'
import type { SizeLimits } from '../../src/hedge/tradable-size.ts'
import {
  assertLeverage,
  assertOpenMarket,
  assertSizeOnStep,
  assertSizeWithinLimits,
} from '../../src/hedge/tradable-size.ts'
import { refusalOf } from './refusal-of.ts'
import { anyMarket, anyPositiveDec, btcMarket, dec } from './sample-market.ts'

const limits = (changes: Partial<SizeLimits> = {}): SizeLimits => ({
  market: btcMarket(),
  mark: dec(100_000),
  maxPositionBase: undefined,
  maxPositionUsd: undefined,
  ...changes,
})
const ofSize = (size: string, changes: Partial<SizeLimits> = {}) =>
  refusalOf(() => assertSizeWithinLimits(dec(size), limits(changes), 'the leg'))

describe('a market', () => {
  it('is opened on when it is active', () => {
    expect(() => assertOpenMarket(btcMarket())).not.toThrow()
  })

  it('is refused while the venue does not trade it', () => {
    const refusal = refusalOf(() => assertOpenMarket(btcMarket({ isActive: false })))
    expect(refusal).toMatchObject({ kind: 'refused', code: 'market_inactive', exit: 1 })
  })

  it('is refused while positions may only shrink', () => {
    const refusal = refusalOf(() => assertOpenMarket(btcMarket({ isForceReduceOnly: true })))
    expect(refusal).toMatchObject({ kind: 'refused', code: 'market_reduce_only' })
    expect(refusal.hint).toBeDefined()
  })
})

describe('leverage', () => {
  it.each(['1', '10', '50'])('%s is taken where 50 is the highest', (leverage) => {
    expect(() => assertLeverage(btcMarket(), dec(leverage))).not.toThrow()
  })

  it.each(['50.01', '51', '100'])('%s is above it', (leverage) => {
    const refusal = refusalOf(() => assertLeverage(btcMarket(), dec(leverage)))
    expect(refusal).toMatchObject({ kind: 'config', code: 'leverage_above_market' })
    expect(refusal.hint).toBe('set leverage to 50 or less')
  })

  it.each(['0', '0.5', '-3', 'NaN', 'Infinity'])('%s is no leverage', (leverage) => {
    expect(refusalOf(() => assertLeverage(btcMarket(), dec(leverage))).code).toBe(
      'leverage_invalid',
    )
  })

  it('is judged exactly where the highest is no decimal', () => {
    const market = btcMarket({ minInitialMarginFraction: dec('0.03') })
    expect(() => assertLeverage(market, dec('33.33'))).not.toThrow()
    expect(refusalOf(() => assertLeverage(market, dec('33.34'))).hint).toContain('33.33')
  })

  it('that passes never asks the venue for less than its lowest margin', () => {
    fc.assert(
      fc.property(anyMarket, fc.integer({ min: 1, max: 100 }), (market, leverage) => {
        const lowest = market.minInitialMarginFraction.times(10_000)
        const isTaken = isAccepted(() => assertLeverage(market, dec(leverage)))
        expect(isTaken).toBe(dec(10_000).div(leverage).gte(lowest))
        // The venue's integer is rounded up: it may reach the lowest margin where the leverage itself is too high.
        const asked = initialMarginFractionOf(dec(leverage))
        expect(isTaken && asked < lowest.toNumber()).toBe(false)
      }),
    )
  })
})

describe('a size', () => {
  it.each(['0.001', '0.00001', '1', '0.00020'])('of %s BTC is on the step', (size) => {
    expect(() => assertSizeOnStep(btcMarket(), dec(size), 'position_size')).not.toThrow()
  })

  it.each([
    ['0.000015', 'use 0.00001 or 0.00002'],
    ['0.0010001', 'use 0.001 or 0.00101'],
    ['0.000001', 'use 0.00001'],
  ])('of %s BTC is off the step and the neighbours are named', (size, hint) => {
    const refusal = refusalOf(() => assertSizeOnStep(btcMarket(), dec(size), 'position_size'))
    expect(refusal).toMatchObject({ kind: 'config', code: 'size_off_step', hint })
    expect(refusal.message).toBe(`position_size is ${size}, not a multiple of BTC's step 0.00001`)
  })

  it.each(['0', '-0.001', 'NaN', 'Infinity'])('of %s is none', (size) => {
    expect(refusalOf(() => assertSizeOnStep(btcMarket(), dec(size), '--size')).code).toBe(
      'size_not_positive',
    )
  })

  it('passes exactly when it is a whole number of steps', () => {
    fc.assert(
      fc.property(anyMarket, anyPositiveDec(100, 8), (market, size) => {
        const isOn = isAccepted(() => assertSizeOnStep(market, size, 'it'))
        expect(isOn).toBe(size.mod(sizeStep(market)).isZero())
      }),
    )
  })
})

describe('limits of a size', () => {
  it('let the sample of the documentation through', () => {
    expect(() => assertSizeWithinLimits(dec('0.001'), limits(), 'the leg')).not.toThrow()
  })

  it('refuse less than the smallest base size and name the smallest size', () => {
    const refusal = ofSize('0.00019')
    expect(refusal).toMatchObject({ kind: 'config', code: 'size_below_minimum' })
    expect(refusal.message).toContain("below the venue's minimum of 0.0002 BTC")
    expect(refusal.hint).toContain('at least 0.0002 BTC')
  })

  it('refuse less than the smallest notional, rounding the hint up to the step', () => {
    const refusal = ofSize('0.0003', { mark: dec(30_001) })
    expect(refusal.code).toBe('size_below_minimum')
    expect(refusal.message).toContain('(9 USD)')
    expect(refusal.message).toContain('minimum of 10 USD')
    expect(refusal.hint).toContain('0.00034 BTC')
  })

  it('refuse a share of nothing where the venue has no minimum', () => {
    const market = btcMarket({ minBaseSize: dec(0), minNotionalUsd: dec(0) })
    const refusal = ofSize('0', { market })
    expect(refusal.code).toBe('size_below_minimum')
    expect(refusal.hint).toContain('at least 0.00001 BTC')
    expect(() => assertSizeWithinLimits(dec('0.00001'), limits({ market }), 'it')).not.toThrow()
  })

  it('take a size that is exactly at both minimums', () => {
    const at = limits({ mark: dec(50_000) })
    expect(() => assertSizeWithinLimits(dec('0.0002'), at, 'the leg')).not.toThrow()
  })

  it.each([
    ['size_above_limit', '0.002', { maxPositionBase: dec('0.0019') }],
    ['notional_above_limit', '0.002', { maxPositionUsd: dec('199.99') }],
    [
      'order_above_quote_limit',
      '100',
      { market: btcMarket({ maxOrderNotionalUsd: dec('10499999') }) },
    ],
    [
      'size_above_venue',
      '2814749767.10656',
      { mark: dec('0.01'), market: btcMarket({ maxOrderNotionalUsd: dec('1e30') }) },
    ],
  ] as const)('refuse with %s', (code, size, changes) => {
    const refusal = ofSize(size, changes)
    expect(refusal).toMatchObject({ kind: 'config', code })
    expect(refusal.hint).toBeDefined()
  })

  it.each([
    ['0.002', { maxPositionBase: dec('0.002') }],
    ['0.002', { maxPositionUsd: dec('200') }],
    ['100', { market: btcMarket({ maxOrderNotionalUsd: dec('10500000') }) }],
    [
      '2814749767.10655',
      { mark: dec('0.01'), market: btcMarket({ maxOrderNotionalUsd: dec('1e30') }) },
    ],
  ] as const)('take %s when it is exactly at the limit', (size, changes) => {
    expect(() => assertSizeWithinLimits(dec(size), limits(changes), 'the leg')).not.toThrow()
  })

  it('say a hint that would have been taken', () => {
    fc.assert(
      // At most 0.00009 BTC: below the minimum at every mark.
      fc.property(fc.integer({ min: 1, max: 9 }), anyPositiveDec(200_000, 1), (ticks, mark) => {
        const size = dec(ticks).div(100_000)
        const at = limits({ mark })
        const { hint } = refusalOf(() => assertSizeWithinLimits(size, at, 'the leg'))
        const hinted = dec(/at least (\S+) BTC/.exec(hint ?? '')?.[1] ?? '0')
        expect(hinted.gt(size)).toBe(true)
        expect(() => assertSizeWithinLimits(hinted, at, 'the leg')).not.toThrow()
        const less = hinted.minus(sizeStep(at.market))
        expect(isAccepted(() => assertSizeWithinLimits(less, at, 'the leg'))).toBe(false)
      }),
    )
  })
})

function isAccepted(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof HedgebotError) return false
    throw error
  }
}
