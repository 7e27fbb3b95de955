import { describe, expect, it } from 'vitest'
import type { CoreEvent } from '../../../src/sim/core/core-model.ts'
import { BTC, START_MS, createFixture, orderTx } from './core-fixture.ts'

const LIMIT_IOC = { type: 0, tif: 0 }

describe('events', () => {
  it('tell everything that a trade changed, each thing once, the transaction last', () => {
    const { place, events } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    events.length = 0
    place({ account: 3, side: 'buy', size: 80n, price: 1_000_000n, ...LIMIT_IOC })
    const count = (type: CoreEvent['type']) => events.filter((event) => event.type === type).length
    expect(count('trade')).toBe(2)
    expect(count('order')).toBe(3)
    expect(count('position')).toBe(2)
    expect(count('account')).toBe(2)
    expect(count('book')).toBe(1)
    expect(events.at(-1)).toMatchObject({
      type: 'transaction',
      result: { status: 'ok', kind: 'createOrder' },
    })
    expect(events.find((event) => event.type === 'book')).toMatchObject({
      isAsk: true,
      priceTicks: 1_000_000n,
      totalTicks: 20n,
    })
  })

  it('come when the state is already consistent', () => {
    const { core, place } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    let seen: bigint | undefined
    core.subscribe((event) => {
      if (event.type === 'trade') seen = core.account(4)?.positions.get(BTC)?.sizeTicks
    })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, ...LIMIT_IOC })
    expect(seen).toBe(-50n)
  })

  it('rebuild the book from its changes', () => {
    const { core, place, send } = createFixture()
    const levels = new Map<string, bigint>()
    core.subscribe((event) => {
      if (event.type !== 'book') return
      const key = `${event.isAsk}${event.priceTicks}`
      if (event.totalTicks === 0n) levels.delete(key)
      else levels.set(key, event.totalTicks)
    })
    for (const price of [1_000_100n, 1_000_200n, 1_000_100n]) {
      place({ account: 4, side: 'sell', size: 50n, price })
    }
    place({ account: 5, side: 'buy', size: 70n, price: 999_900n })
    place({ account: 3, side: 'buy', size: 110n, price: 1_000_200n, ...LIMIT_IOC })
    send(orderTx({ account: 3, side: 'sell', size: 20n, price: 999_000n, type: 1 }))
    const shown = new Map<string, bigint>()
    for (const level of core.book(BTC).asks) shown.set(`true${level.priceTicks}`, level.totalTicks)
    for (const level of core.book(BTC).bids) shown.set(`false${level.priceTicks}`, level.totalTicks)
    expect(levels).toEqual(shown)
  })

  it('stop for a listener that has unsubscribed', () => {
    const { core, mark } = createFixture()
    let count = 0
    const stop = core.subscribe(() => (count += 1))
    mark(999_000n)
    stop()
    mark(998_000n)
    expect(count).toBe(1)
  })

  it('may not be answered by a change', () => {
    const { core, mark } = createFixture()
    core.subscribe(() => core.tick(START_MS))
    expect(() => mark(999_000n)).toThrow('listeners do not change the exchange')
  })

  it('carry transaction times that never repeat, although the clock stands still', () => {
    const { place, events } = createFixture()
    for (let count = 0; count < 5; count += 1) {
      place({ account: 3, side: 'buy', size: 20n, price: 990_000n })
    }
    const times = events.flatMap((event) =>
      event.type === 'transaction' ? [event.result.transactionTimeUs] : [],
    )
    expect(new Set(times).size).toBe(5)
    expect(times.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(times)
  })
})

describe('memory', () => {
  it('keeps ended orders for a while and forgets the oldest', () => {
    const { core, send, place } = createFixture()
    const first = place({
      account: 3,
      side: 'buy',
      size: 20n,
      price: 990_000n,
      type: 1,
      clientId: 1n,
    })
    expect(core.order(first.orderIndex)).toBe(first)
    expect(core.orderByClientIndex(3, 1n)).toBe(first)
    for (let count = 0; count < 1000; count += 1) {
      send(orderTx({ account: 3, side: 'buy', size: 20n, price: 990_000n, type: 1 }))
    }
    expect(core.inactiveOrders(3)).toHaveLength(1000)
    expect(core.order(first.orderIndex)).toBeUndefined()
    expect(core.orderByClientIndex(3, 1n)).toBeUndefined()
  })

  it('sums the last 24 hours of a market and lets them pass', () => {
    const { core, place, pass } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_500n })
    place({ account: 3, side: 'buy', size: 100n, price: 1_000_500n, ...LIMIT_IOC })
    expect(core.markets.get(BTC)?.daily).toEqual({
      tradeCount: 2,
      baseTicks: 100n,
      quoteMicros: 100_025_000n,
      lowTicks: 1_000_000n,
      highTicks: 1_000_500n,
      openTicks: 1_000_000n,
    })
    expect(core.markets.get(BTC)?.openInterestTicks).toBe(100n)
    pass(86_400_000 + 600_000)
    expect(core.markets.get(BTC)?.daily.tradeCount).toBe(0)
  })
})

describe('a clock that tells parts of a millisecond', () => {
  it('is read in whole ones', () => {
    const { core } = createFixture()
    const quote = { priceTicks: 999_000n, sizeTicks: 100n }
    const nowMs = START_MS + 60_000.75
    core.tick(nowMs)
    core.replaceQuotes({ accountIndex: 4, marketIndex: BTC, asks: [], bids: [quote] }, nowMs)
    expect(core.activeOrders(4)[0]?.createdMs).toBe(START_MS + 60_000)
    expect(
      core.admit(orderTx({ account: 3, side: 'buy', size: 50n, price: 999_000n }), nowMs),
    ).toBe(undefined)
    expect(core.pnlAt(4, nowMs)?.atMs).toBe(START_MS + 60_000)
  })
})
