import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SimCore, SimOrder } from '../../../src/sim/core/core-model.ts'
import { BTC, createFixture, netTicks, totalE12 } from './core-fixture.ts'
import { ACCOUNTS, begin, MARKETS, runStep, step } from './random-story.ts'

/** What must hold after every operation. */
function audit(core: SimCore): void {
  for (const marketIndex of MARKETS) {
    expect(netTicks(core, marketIndex)).toBe(0n)
    const book = core.book(marketIndex)
    const [ask, bid] = [book.asks[0], book.bids[0]]
    expect((ask?.priceTicks ?? 1n << 32n) > (bid?.priceTicks ?? 0n)).toBe(true)
    let longs = 0n
    for (const entry of core.accounts()) {
      const size = entry.positions.get(marketIndex)?.sizeTicks ?? 0n
      if (size > 0n) longs += size
    }
    expect(core.markets.get(marketIndex)?.openInterestTicks).toBe(longs)
    auditBook(core, marketIndex)
  }
  for (const accountIndex of ACCOUNTS) auditAccount(core, accountIndex)
}

function auditBook(core: SimCore, marketIndex: number): void {
  const { asks, bids } = core.bookOrders(marketIndex, 10_000)
  const levels = [...core.book(marketIndex).asks, ...core.book(marketIndex).bids]
  const sum = (orders: readonly SimOrder[]) =>
    orders.reduce((total, order) => total + order.remainingTicks, 0n)
  expect(levels.reduce((total, level) => total + level.totalTicks, 0n)).toBe(sum(asks) + sum(bids))
  for (const side of [asks, bids]) {
    for (const [at, order] of side.entries()) {
      expect(order.status).toBe('open')
      expect(order.remainingTicks).toBeGreaterThan(0n)
      const before = side[at - 1]
      // Price first, then time: the book nonce grows within a price.
      if (before?.priceTicks === order.priceTicks)
        expect(order.bookNonce).toBeGreaterThan(before.bookNonce)
    }
  }
}

function auditAccount(core: SimCore, accountIndex: number): void {
  const entry = core.account(accountIndex)
  const live = core.activeOrders(accountIndex)
  const pending = live.filter((order) => order.status === 'pending')
  expect(entry?.totalOrderCount).toBe(live.length)
  expect(entry?.pendingOrderCount).toBe(pending.length)
  for (const [marketIndex, position] of entry?.positions ?? []) {
    const here = live.filter((order) => order.marketIndex === marketIndex)
    expect(position.openOrderCount).toBe(here.filter((order) => order.status === 'open').length)
    expect(position.pendingOrderCount).toBe(
      here.filter((order) => order.status === 'pending').length,
    )
    expect(position.positionTiedOrderCount).toBe(
      here.filter((order) => order.isPositionTied).length,
    )
    if (position.sizeTicks === 0n) expect(position.entryQuoteMicros).toBe(0n)
    if (position.sizeTicks === 0n) expect(position.allocatedMarginE12).toBe(0n)
  }
  for (const order of core.inactiveOrders(accountIndex)) {
    expect(['open', 'pending', 'in-progress']).not.toContain(order.status)
  }
}

describe('the exchange', () => {
  it('keeps money, positions, books and counts consistent through any story', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.boolean(),
        (steps, isPaid) => {
          const fixture = createFixture()
          if (isPaid) fixture.core.setTier('0xA1', 'premium')
          begin(fixture)
          const total = totalE12(fixture.core)
          for (const next of steps) {
            runStep(fixture, next)
            expect(totalE12(fixture.core)).toBe(total)
            audit(fixture.core)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('repeats a story exactly', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
        const [first, second] = [createFixture(), createFixture()]
        for (const next of steps) {
          runStep(first, next)
          runStep(second, next)
        }
        expect(describeEnd(second.core)).toEqual(describeEnd(first.core))
      }),
      { numRuns: 30 },
    )
  })

  it('serves resting orders of one price strictly in order of arrival', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(20n, 200n), { minLength: 1, maxLength: 12 }),
        fc.array(fc.bigInt(1n, 300n), { minLength: 1, maxLength: 12 }),
        (sizes, takes) => {
          const { place, core } = createFixture()
          const makers = sizes.map((size) =>
            place({ account: 4, side: 'sell', size, price: 1_000_000n }),
          )
          for (const size of takes) {
            place({ account: 3, side: 'buy', size, price: 1_000_000n, type: 0, tif: 0 })
          }
          let left = takes.reduce((sum, size) => sum + size, 0n)
          for (const [at, maker] of makers.entries()) {
            const size = sizes[at] ?? 0n
            const filled = left < size ? left : size
            expect(maker.filledTicks).toBe(filled)
            left -= filled
          }
          expect(core.trades(BTC, 1000).every((trade) => trade.isMakerAsk)).toBe(true)
        },
      ),
    )
  })

  it('never lets the average of a market order pass its price', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt(20n, 300n), fc.bigInt(-2_000n, 2_000n)), {
          minLength: 1,
          maxLength: 10,
        }),
        fc.bigInt(1n, 2_000n),
        fc.boolean(),
        (levels, size, isBuy) => {
          const { place } = createFixture()
          for (const [levelSize, offset] of levels) {
            place({
              account: 4,
              side: isBuy ? 'sell' : 'buy',
              size: levelSize,
              price: 1_000_000n + offset,
            })
          }
          const taker = place({
            account: 3,
            side: isBuy ? 'buy' : 'sell',
            size,
            price: 1_000_000n,
            type: 1,
          })
          const bound = taker.filledTicks * 1_000_000n
          const saved = bound - taker.filledQuoteMicros
          expect(isBuy ? saved : -saved).toBeGreaterThanOrEqual(0n)
        },
      ),
    )
  })
})

function describeEnd(core: SimCore) {
  return {
    trades: MARKETS.map((entry) => core.trades(entry, 1000)),
    accounts: ACCOUNTS.map((entry) => ({
      collateral: core.account(entry)?.collateralE12,
      positions: core.account(entry)?.positions,
      orders: core.inactiveOrders(entry).map((order) => [order.orderIndex, order.status]),
    })),
  }
}
