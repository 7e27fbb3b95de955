import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  findMarket,
  initialMarginFractionOf,
  isOnSizeStep,
  maxLeverage,
  priceStep,
  roundPrice,
  roundSizeDown,
  sizeStep,
} from '../../src/hedge/market.ts'
import { refusalOf } from './refusal-of.ts'
import { anyMarket, anyPositiveDec, btcMarket, dec, ethMarket } from './sample-market.ts'

describe('steps', () => {
  it('are the last decimals of size and price', () => {
    expect(sizeStep(btcMarket()).toString()).toBe('0.00001')
    expect(priceStep(btcMarket()).toString()).toBe('0.1')
    expect(sizeStep(btcMarket({ sizeDecimals: 0 })).toString()).toBe('1')
  })

  it.each([
    ['0.001', true],
    ['0.00001', true],
    ['0.000010', true],
    ['0.000001', false],
    ['0.0010001', false],
    ['1', true],
  ])('size %s is on the step of BTC: %s', (size, isOn) => {
    expect(isOnSizeStep(btcMarket(), dec(size))).toBe(isOn)
  })

  it('a size is on its step exactly when its ticks are whole', () => {
    fc.assert(
      fc.property(anyMarket, anyPositiveDec(1000, 8), (market, size) => {
        expect(isOnSizeStep(market, size)).toBe(size.div(sizeStep(market)).isInteger())
      }),
    )
  })
})

describe('rounding', () => {
  it('cuts sizes towards zero, by less than a step', () => {
    fc.assert(
      fc.property(anyMarket, anyPositiveDec(1000, 8), (market, size) => {
        const cut = roundSizeDown(market, size)
        expect(isOnSizeStep(market, cut)).toBe(true)
        expect(cut.lte(size)).toBe(true)
        expect(size.minus(cut).lt(sizeStep(market))).toBe(true)
        expect(roundSizeDown(market, size.negated()).eq(cut.negated())).toBe(true)
      }),
    )
  })

  it('moves prices to the tick below or above, by less than a tick', () => {
    fc.assert(
      fc.property(anyMarket, anyPositiveDec(100_000, 8), (market, price) => {
        const below = roundPrice(market, price, 'down')
        const above = roundPrice(market, price, 'up')
        expect(below.lte(price) && above.gte(price)).toBe(true)
        expect(above.minus(below).lte(priceStep(market))).toBe(true)
        expect(below.eq(above)).toBe(price.div(priceStep(market)).isInteger())
      }),
    )
  })

  it('rounds negative prices by their place on the line, not by their size', () => {
    expect(roundPrice(btcMarket(), dec('-1.25'), 'down').toString()).toBe('-1.3')
    expect(roundPrice(btcMarket(), dec('-1.25'), 'up').toString()).toBe('-1.2')
  })
})

describe('leverage', () => {
  it('is at most the inverse of the lowest margin fraction', () => {
    expect(maxLeverage(btcMarket()).toString()).toBe('50')
  })

  it.each([
    ['10', 1000],
    ['20', 500],
    ['50', 200],
    ['1', 10_000],
    ['3', 3334],
    ['15', 667],
    ['7', 1429],
  ])('%sx is %i in the units of the venue', (leverage, fraction) => {
    expect(initialMarginFractionOf(dec(leverage))).toBe(fraction)
  })

  it('never becomes more than was wished', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (leverage) => {
        const fraction = initialMarginFractionOf(dec(leverage))
        expect(Number.isInteger(fraction)).toBe(true)
        expect(fraction * leverage).toBeGreaterThanOrEqual(10_000)
        expect((fraction - 1) * leverage).toBeLessThan(10_000)
      }),
    )
  })
})

describe('findMarket', () => {
  const markets = [ethMarket(), btcMarket()]

  it.each(['BTC', 'btc', ' Btc '])('finds BTC as "%s"', (symbol) => {
    expect(findMarket(markets, symbol).marketIndex).toBe(1)
  })

  it('names some markets when there is no such one', () => {
    const refusal = refusalOf(() => findMarket(markets, 'BTCUSD'))
    expect(refusal).toMatchObject({ kind: 'config', code: 'market_unknown' })
    expect(refusal.message).toContain('"BTCUSD"')
    expect(refusal.hint).toContain('ETH, BTC')
  })

  it('names at most a dozen', () => {
    const many = Array.from({ length: 40 }, (_, at) => btcMarket({ symbol: `M${at}` }))
    const refusal = refusalOf(() => findMarket(many, 'X'))
    expect(refusal.hint).toContain('M11')
    expect(refusal.hint).not.toContain('M12')
  })
})
