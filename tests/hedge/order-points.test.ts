import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { known, unknown } from '../../src/hedge/known.ts'
import { openingBand, orderPoints, ordersInsideBand } from '../../src/hedge/order-points.ts'
import type { PreflightAccount, PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { expectedFill, openingPrice } from '../../src/hedge/prices.ts'
import type { VenueOrder } from '../../src/hedge/venue-view.ts'
import { anyDec, btcMarket, dec } from './sample-market.ts'
import {
  accountView,
  codesOf,
  pointOf,
  preflightAccount,
  preflightFacts,
  riskPolicy,
  venueOrder,
} from './sample-preflight.ts'

const pointsOf = (
  orders: readonly VenueOrder[],
  changes: Partial<PreflightAccount> = {},
  facts: Partial<PreflightFacts> = {},
) => {
  const view = accountView({ liveOrders: known(orders, 1) })
  return orderPoints(preflightAccount('alice', { view, ...changes }), preflightFacts(facts))
}

describe('findings about live orders', () => {
  it('are one good one without orders', () => {
    expect(codesOf(pointsOf([]))).toEqual(['orders ok'])
  })

  it('that could not be read are an error, not "none"', () => {
    const view = accountView({ liveOrders: unknown('no snapshot') })
    const points = orderPoints(preflightAccount('alice', { view }), preflightFacts())
    expect(codesOf(points)).toEqual(['orders_unknown error'])
    expect(points[0]?.message).toContain('no snapshot')
  })

  it('leave other markets alone', () => {
    const elsewhere = venueOrder('7 sell @ 100000', { marketIndex: 0 })
    expect(codesOf(pointsOf([elsewhere]))).toEqual(['orders ok'])
  })

  it('mention orders of the owner that are far away', () => {
    const points = pointsOf([venueOrder('7 sell @ 120000'), venueOrder('8 buy @ 80000')])
    expect(codesOf(points)).toEqual(['foreign_orders warning'])
    expect(points[0]?.message).toContain('7, 8')
  })

  it('refuse orders of ours that no hedge holds', () => {
    const order = venueOrder('7 sell @ 120000')
    const ownOrderIndexes = new Set(['7'])
    expect(codesOf(pointsOf([order], { ownOrderIndexes }))).toEqual(['own_orders_live error'])
    expect(codesOf(pointsOf([order], { ownOrderIndexes, liveHedgeId: 'h1' }))).toEqual([
      'orders ok',
    ])
  })

  it('refuse orders of another instance of this tool', () => {
    const points = pointsOf([venueOrder('7 sell @ 120000')], {
      otherInstanceOrderIndexes: new Set(['7']),
    })
    expect(codesOf(points)).toEqual(['orders_of_other_instance error'])
  })

  it('say all of it at once', () => {
    const orders = ['1', '2', '3'].map((index) => venueOrder(`${index} sell @ 120000`))
    const points = pointsOf([...orders, venueOrder('4 sell @ 100100')], {
      ownOrderIndexes: new Set(['1']),
      otherInstanceOrderIndexes: new Set(['2']),
    })
    expect(codesOf(points)).toEqual([
      'own_orders_live error',
      'orders_of_other_instance error',
      'foreign_orders warning',
      'resting_order_inside_band error',
    ])
    expect(pointOf(points, 'foreign_orders').message).toContain('3, 4')
  })
})

describe('the guard against meeting own orders', () => {
  it('is the band of the opening prices', () => {
    const band = openingBand(preflightFacts())
    expect(band.low.toString()).toBe('99500')
    expect(band.high.toString()).toBe('100500')
  })

  it.each([
    ['sell @ 100500', true],
    ['sell @ 100500.1', false],
    ['sell @ 99000', true],
    ['buy @ 99500', true],
    ['buy @ 99499.9', false],
    ['buy @ 101000', true],
  ])('finds a resting %s inside: %s', (text, isInside) => {
    const codes = codesOf(pointsOf([venueOrder(`7 ${text}`)]))
    expect(codes.includes('resting_order_inside_band error')).toBe(isInside)
  })

  it('grows with the slippage', () => {
    const order = venueOrder('7 sell @ 101000')
    const policy = riskPolicy({ maxSlippagePct: dec(1) })
    expect(codesOf(pointsOf([order], {}, { policy }))).toContain('resting_order_inside_band error')
    expect(codesOf(pointsOf([order]))).not.toContain('resting_order_inside_band error')
  })

  it('passes over stops that wait for their trigger', () => {
    const stop = venueOrder('7 sell @ 100000', { status: 'pending', type: 'stop-loss' })
    expect(ordersInsideBand([stop], openingBand(preflightFacts()))).toEqual([])
    const own = { ownOrderIndexes: new Set(['7']), liveHedgeId: 'h1' }
    expect(codesOf(pointsOf([stop], own))).toEqual(['orders ok'])
  })

  it('is an error of its own when there is no mark to know the band by', () => {
    const quotes = { mark: undefined, bestBid: dec(99_990), bestAsk: dec(100_010) }
    const points = pointsOf([venueOrder('7 sell @ 120000')], {}, { quotes })
    expect(codesOf(points)).toContain('resting_order_unknown error')
    expect(codesOf(pointsOf([], {}, { quotes }))).toEqual(['orders ok'])
  })

  it('does not hide a mistake of ours', () => {
    const market = { ...btcMarket(), priceDecimals: -1 }
    expect(() => pointsOf([venueOrder('7 sell @ 1')], {}, { market })).toThrow('Invalid argument')
  })

  it('finds every order that an opening order could trade with', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('buy' as const, 'sell' as const),
        anyDec(95_000, 105_000, 1),
        anyDec(95_000, 105_000, 1),
        (side, mark, price) => {
          const facts = preflightFacts({
            quotes: { mark, bestBid: undefined, bestAsk: undefined },
          })
          const resting = venueOrder(`7 ${side === 'buy' ? 'sell' : 'buy'} @ ${price}`)
          const limit = openingPrice({
            market: facts.market,
            side,
            quotes: facts.quotes,
            maxSlippagePct: facts.policy.maxSlippagePct,
          })
          const level = [{ price, baseSize: resting.remainingBase }]
          const trades = expectedFill(level, dec('0.001'), { side, price: limit }).filledBase.gt(0)
          expect(ordersInsideBand([resting], openingBand(facts))).toHaveLength(trades ? 1 : 0)
        },
      ),
    )
  })
})
