import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { OrderSide } from '../../src/hedge/side.ts'
import { takeableBase } from '../../src/hedge/takeable-base.ts'
import type { BookLevel } from '../../src/hedge/venue-view.ts'
import { btcMarket, dec } from './sample-market.ts'

const market = btcMarket({ sizeDecimals: 0 })

function level(price: number, size: number): BookLevel {
  return { price: dec(price), baseSize: dec(size) }
}

function take(side: OrderSide, levels: readonly BookLevel[], price: number, size = 1000): string {
  return takeableBase(levels, { market, side, price: dec(price), baseSize: dec(size) }).toString()
}

/** Levels of whole coins, best first for the side that the order takes. */
const bookArbitrary = fc
  .record({
    side: fc.constantFrom<OrderSide>('sell', 'buy'),
    levels: fc.array(
      fc.record({ price: fc.integer({ min: 80, max: 120 }), size: fc.integer({ min: 0, max: 9 }) }),
      { maxLength: 8 },
    ),
    price: fc.integer({ min: 80, max: 120 }),
    size: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ levels, ...rest }) => ({
    ...rest,
    levels: levels
      .toSorted((a, b) => (rest.side === 'sell' ? b.price - a.price : a.price - b.price))
      .map(({ price, size }) => level(price, size)),
  }))

/** The venue's rule coin by coin: a coin is taken while the average with it is no worse than the price. */
function takeCoinByCoin(
  side: OrderSide,
  levels: readonly BookLevel[],
  { price, size }: { readonly price: number; readonly size: number },
): number {
  const coins = levels.flatMap(({ price: at, baseSize }) =>
    Array.from({ length: baseSize.toNumber() }, () => at.toNumber()),
  )
  let taken = 0
  let paid = 0
  for (const coin of coins.slice(0, size)) {
    const average = (paid + coin) / (taken + 1)
    if (side === 'sell' ? average < price - 1e-9 : average > price + 1e-9) break
    taken += 1
    paid += coin
  }
  return taken
}

describe('what a market order takes from levels', () => {
  it('is what the venue fills: better fills pay for worse ones', () => {
    // Two coins at 102 save 4; at 99 each costs 1, at 97 three.
    expect(take('sell', [level(102, 2), level(99, 3), level(97, 9)], 100)).toBe('5')
    expect(take('sell', [level(102, 2), level(99, 9)], 100)).toBe('6')
    expect(take('buy', [level(98, 2), level(101, 9)], 100)).toBe('6')
  })

  it('is nothing without levels, or when the best is worse than the price', () => {
    expect(take('sell', [], 100)).toBe('0')
    expect(take('sell', [level(99, 5)], 100)).toBe('0')
    expect(take('buy', [level(101, 5)], 100)).toBe('0')
  })

  it('is on the step of the market', () => {
    const fine = btcMarket({ sizeDecimals: 2 })
    const levels = [level(101, 1), level(97, 9)]
    const order = { market: fine, side: 'sell' as const, price: dec(100), baseSize: dec(9) }
    expect(takeableBase(levels, order).toString()).toBe('1.33')
  })

  it('is the same as taking coin by coin, for any book', () => {
    fc.assert(
      fc.property(bookArbitrary, ({ side, levels, price, size }) => {
        const order = { market, side, price: dec(price), baseSize: dec(size) }
        expect(takeableBase(levels, order).toNumber()).toBe(
          takeCoinByCoin(side, levels, { price, size }),
        )
      }),
      { numRuns: 3000 },
    )
  })

  it('never grows with a better price, nor beyond the order or the book', () => {
    fc.assert(
      fc.property(bookArbitrary, ({ side, levels, price, size }) => {
        const at = (limit: number) =>
          takeableBase(levels, { market, side, price: dec(limit), baseSize: dec(size) })
        const better = side === 'sell' ? price + 1 : price - 1
        expect(at(better).lte(at(price))).toBe(true)
        expect(at(price).lte(size)).toBe(true)
        const all = levels.reduce((sum, { baseSize }) => sum.plus(baseSize), new Dec(0))
        expect(at(price).lte(all)).toBe(true)
      }),
    )
  })
})
