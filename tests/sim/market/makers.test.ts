import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUSE_ACCOUNT_INDEX } from '../../../src/sim/core/exchange-core.ts'
import type { Quote } from '../../../src/sim/core/core-model.ts'
import {
  createMakers,
  DEEP_PROFILE,
  quotesAround,
  THIN_PROFILE,
} from '../../../src/sim/market/makers.ts'
import type { MakersOptions } from '../../../src/sim/market/makers.ts'
import { BTC, ETH, START_MS, createFixture, netTicks, totalE12 } from '../core/core-fixture.ts'

function withMakers(options: Partial<MakersOptions> = {}) {
  const fixture = createFixture()
  const { core } = fixture
  const makers = createMakers({ core, accountIndex: HOUSE_ACCOUNT_INDEX, seed: 7, ...options })
  makers.refresh(BTC, START_MS)
  return { ...fixture, makers }
}

const sum = (quotes: readonly { readonly totalTicks: bigint }[]) =>
  quotes.reduce((total, level) => total + level.totalTicks, 0n)

describe('the house', () => {
  it('shows enough within a thousandth of the mark for 20 accounts of 0.1 BTC on one side', () => {
    const { core } = withMakers()
    const { asks, bids } = core.book(BTC)
    const near = [
      asks.filter((level) => level.priceTicks <= 1_001_000n),
      bids.filter((level) => level.priceTicks >= 999_000n),
    ]
    for (const side of near) expect(sum(side)).toBeGreaterThan(200_000n)
    expect(asks[0]?.priceTicks).toBe(1_000_010n)
    expect(bids[0]?.priceTicks).toBe(999_990n)
  })

  it('does nothing while neither price nor book moves', () => {
    const { core, makers } = withMakers()
    const height = core.height()
    makers.refresh(BTC, START_MS)
    expect(core.height()).toBe(height)
  })

  it('refills what was taken', () => {
    const { core, makers, place } = withMakers()
    const before = core.book(BTC).asks
    place({ account: 3, side: 'buy', size: 100_000n, price: 1_010_000n, type: 1 })
    expect(sum(core.book(BTC).asks)).toBe(sum(before) - 100_000n)
    makers.refresh(BTC, START_MS)
    expect(core.book(BTC).asks).toEqual(before)
    for (const order of core.bookOrders(BTC, 100).asks) {
      expect(order.baseTicks).toBe(order.filledTicks + order.remainingTicks)
    }
  })

  it('goes ahead of the mark and trades with resting orders it passes, at their price', () => {
    const { core, makers, place } = withMakers()
    const order = place({ account: 3, side: 'buy', size: 1_000n, price: 995_000n })
    const total = totalE12(core)
    makers.refresh(BTC, START_MS, 990_000n)
    expect(order).toMatchObject({ status: 'filled', filledQuoteMicros: 1_000n * 995_000n })
    expect(core.book(BTC).asks[0]?.priceTicks).toBe(990_009n)
    expect(core.markets.get(BTC)?.markTicks).toBe(1_000_000n)
    expect(totalE12(core)).toBe(total)
    expect(netTicks(core, BTC)).toBe(0n)
  })

  it('leaves orders of others alone', () => {
    const { core, makers, place } = withMakers()
    const order = place({ account: 3, side: 'buy', size: 1_000n, price: 999_995n })
    for (const around of [1_001_000n, 1_002_000n, 1_000_500n]) makers.refresh(BTC, START_MS, around)
    expect(order).toMatchObject({ status: 'open', remainingTicks: 1_000n })
    expect(core.account(HOUSE_ACCOUNT_INDEX)?.totalOrderCount).toBe(28)
  })

  it('can be thinned, paused and resumed', () => {
    const { core, makers } = withMakers({ profiles: new Map([[BTC, THIN_PROFILE]]) })
    expect(sum(core.book(BTC).asks)).toBeLessThan(20_000n)
    makers.setProfile(BTC, DEEP_PROFILE)
    makers.refresh(BTC, START_MS)
    expect(sum(core.book(BTC).asks)).toBeGreaterThan(200_000n)
    makers.pause(BTC, START_MS)
    makers.refresh(BTC, START_MS, 1_000_001n)
    expect(core.book(BTC).asks).toEqual([])
    makers.resume(BTC)
    makers.refresh(BTC, START_MS)
    expect(core.book(BTC).asks).not.toEqual([])
  })

  it('quotes the same for the same seed and otherwise for another', () => {
    const books = [7, 7, 8].map((seed) => withMakers({ seed }).core.book(BTC).asks)
    expect(books[1]).toEqual(books[0])
    expect(books[2]).not.toEqual(books[0])
  })

  it('keeps its orders alive for as long as it wants', () => {
    const { core, pass } = withMakers()
    pass(40 * 86_400_000)
    expect(core.book(BTC).asks.length).toBeGreaterThan(0)
  })
})

describe('quotes', () => {
  it('never cross, have one price each, and reach the smallest size', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 4_000_000n),
        fc.integer(),
        fc.boolean(),
        (markTicks, seed, isThin) => {
          const market = {
            markTicks,
            quoteMultiplier: 1n,
            minBaseTicks: 20n,
            minQuoteMicros: 10_000_000n,
          }
          const { asks, bids } = quotesAround(market, isThin ? THIN_PROFILE : DEEP_PROFILE, {
            seed,
          })
          const prices = (quotes: readonly Quote[]) => quotes.map((quote) => quote.priceTicks)
          expect(
            prices(asks).every((price, at) => price > (prices(asks)[at - 1] ?? markTicks)),
          ).toBe(true)
          expect(
            prices(bids).every((price, at) => price < (prices(bids)[at - 1] ?? markTicks)),
          ).toBe(true)
          for (const quote of [...asks, ...bids]) {
            expect(quote.priceTicks).toBeGreaterThan(0n)
            expect(quote.sizeTicks).toBeGreaterThanOrEqual(20n)
            expect(quote.sizeTicks * quote.priceTicks).toBeGreaterThanOrEqual(10_000_000n)
          }
        },
      ),
    )
  })

  it('differ between markets', () => {
    const { core, makers } = withMakers()
    makers.refresh(ETH, START_MS)
    expect(core.book(ETH).asks[0]?.priceTicks).toBe(300_003n)
  })
})
