import { describe, expect, it } from 'vitest'
import type { SimTrade } from '../../../src/sim/core/core-model.ts'
import { createSimCore, HOUSE_ACCOUNT_INDEX } from '../../../src/sim/core/exchange-core.ts'
import { createLiveMarket } from '../../../src/sim/market/live-market.ts'
import { createMakers } from '../../../src/sim/market/makers.ts'
import { createMarketDriver } from '../../../src/sim/market/market-driver.ts'
import type { MarketDriverOptions } from '../../../src/sim/market/market-driver.ts'
import { createUniformScene } from '../../../src/sim/market/market-scene.ts'
import { createPricePath, createRecordedPath } from '../../../src/sim/market/price-path.ts'
import type { ScenarioName } from '../../../src/sim/market/scenarios.ts'
import { createScene } from '../../../src/sim/market/scenarios.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { BTC, ETH, netTicks, orderTx, totalE12 } from '../core/core-fixture.ts'

const HASH = 'b'.repeat(80)
const PUBLIC_INDEX = 700_003

function live(name: ScenarioName, change: Partial<MarketDriverOptions> & { seed?: number } = {}) {
  const { seed = 1, ...driverChange } = change
  const clock = createVirtualClock()
  const core = createSimCore({ startMs: clock.now() })
  core.createAccount(
    { l1Address: '0xA1', accountIndex: 3, collateralMicros: 10_000_000_000n },
    clock.now(),
  )
  const trades: SimTrade[] = []
  core.subscribe((event) => {
    if (event.type === 'trade' && event.trade.marketIndex === BTC) trades.push(event.trade)
  })
  const scenes = new Map(
    [...core.markets.values()].map(({ marketIndex, markTicks }) => [
      marketIndex,
      createScene(name, { seed: seed + marketIndex, startTicks: markTicks }),
    ]),
  )
  const market = createLiveMarket({
    core,
    seed,
    nowMs: clock.now(),
    markIntervalMs: 1_000,
    scenes,
  })
  const makers = createMakers({
    core,
    accountIndex: HOUSE_ACCOUNT_INDEX,
    seed: seed + 9,
    ...market.makers,
  })
  const driver = createMarketDriver({ core, clock, makers, ...market.driver, ...driverChange })
  driver.start()
  const market1 = () => {
    const found = core.markets.get(BTC)
    if (found === undefined) throw new Error('BTC exists')
    return found
  }
  const send = (input: Omit<Parameters<typeof orderTx>[0], 'account'>) => {
    const tx = orderTx({ account: 3, ...input }, clock.now())
    const [order] = core.execute(tx, { hash: HASH, nowMs: clock.now() }).orders
    if (order === undefined) throw new Error('an order was made')
    return order
  }
  return { clock, core, driver, makers, trades, market: market1, send }
}

describe('a live market', () => {
  it('has several orders at a price, a tight spread, and about a trade a second', async () => {
    const { clock, core, trades, market } = live('calm')
    await clock.advance(120_000)
    expect(trades.length).toBeGreaterThan(50)
    expect(trades.length).toBeLessThan(200)
    expect(market().lastTradeTicks).toBe(trades.at(-1)?.priceTicks)
    expect(market().daily.tradeCount).toBe(trades.length)
    const { asks, bids } = core.book(BTC)
    expect((asks[0]?.priceTicks ?? 0n) - (bids[0]?.priceTicks ?? 0n)).toBeLessThanOrEqual(2n)
    expect(asks.filter(({ orderCount }) => orderCount > 1).length).toBeGreaterThan(10)
    expect(Math.abs(Number(market().markTicks - (bids[0]?.priceTicks ?? 0n)))).toBeLessThan(500)
  })

  it('has trades between public and makers only, never among makers, and leaves nothing behind', async () => {
    for (const name of ['jump', 'crash'] as const) {
      const { clock, core, trades } = live(name, { quotesPerMark: 1 })
      await clock.advance(300_000)
      expect(trades.length).toBeGreaterThan(100)
      for (const { ask, bid } of trades) {
        expect([ask.accountIndex, bid.accountIndex].includes(PUBLIC_INDEX)).toBe(true)
      }
      expect(core.activeOrders(PUBLIC_INDEX)).toEqual([])
    }
  })

  it('is repeated by its seed, to the last trade', async () => {
    const runs = []
    for (const seed of [1, 1, 2]) {
      const { clock, core, trades } = live('crash', { seed, quotesPerMark: 1 })
      await clock.advance(80_000)
      runs.push({ book: core.book(BTC), prices: trades.map(({ priceTicks }) => priceTicks) })
    }
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).not.toEqual(runs[0])
  })

  it('conserves positions and money through two crashes with a leveraged account, house unhurt', async () => {
    const { clock, core, send } = live('crash', { intervalMs: 4_000, quotesPerMark: 1 })
    const total = totalE12(core)
    const order = send({ side: 'buy', size: 180_000n, price: 1_010_000n, type: 1 })
    expect(order.status).toBe('filled')
    await clock.advance(23 * 60_000)
    expect(core.notifications(3).length).toBeGreaterThan(0)
    for (const market of [BTC, ETH]) expect(netTicks(core, market)).toBe(0n)
    expect(totalE12(core)).toBe(total)
    for (const index of [HOUSE_ACCOUNT_INDEX, 700_001, 700_002, PUBLIC_INDEX]) {
      expect(core.account(index)?.health).toBe('healthy')
    }
  })

  it('gives the public no trade when the market is halted or only reduces', async () => {
    for (const change of [{ status: 'inactive' }, { forceReduceOnly: true }] as const) {
      const { clock, core, trades } = live('calm')
      await clock.advance(10_000)
      core.setMarket(BTC, change)
      const before = trades.length
      await clock.advance(60_000)
      expect(trades.length).toBe(before)
    }
  })
})

describe('a crash', () => {
  it('parts mark and book, empties the bids, and lets no market order sell', async () => {
    const { clock, core, market, send } = live('crash')
    await clock.advance(64_000)
    expect(core.book(BTC).bids).toEqual([])
    const order = send({ side: 'sell', size: 1_000n, price: 900_000n, type: 1 })
    expect(order).toMatchObject({ status: 'canceled-not-enough-liquidity', filledTicks: 0n })
    await clock.advance(6_000)
    const mark = Number(market().markTicks)
    const [bid] = core.book(BTC).bids
    expect(Number(bid?.priceTicks)).toBeLessThan(mark * 0.97)
  })

  it('fills a market order far from the mark, or cancels it at its limit', async () => {
    const { clock, market, send } = live('crash')
    await clock.advance(75_000)
    const mark = market().markTicks
    const strict = send({ side: 'sell', size: 1_000n, price: (mark * 99n) / 100n, type: 1 })
    expect(strict).toMatchObject({ status: 'canceled-too-much-slippage', filledTicks: 0n })
    const any = send({ side: 'sell', size: 1_000n, price: (mark * 80n) / 100n, type: 1 })
    expect(any.status).toBe('filled')
    const average = Number(any.filledQuoteMicros / any.filledTicks)
    expect(average / Number(mark)).toBeLessThan(0.97)
  })

  it('blows the spread out from a hundredth to more than fifty basis points, then heals', async () => {
    const { clock, core } = live('crash', { quotesPerMark: 1 })
    const spread = () => {
      const { asks, bids } = core.book(BTC, 1)
      const [ask, bid] = [Number(asks[0]?.priceTicks), Number(bids[0]?.priceTicks)]
      return ((ask - bid) / ask) * 10_000
    }
    await clock.advance(59_000)
    expect(spread()).toBeLessThan(0.05)
    await clock.advance(11_000)
    expect(spread()).toBeGreaterThan(50)
    await clock.advance(240_000)
    expect(spread()).toBeLessThan(0.05)
  })
})

describe('prices that run faster', () => {
  const rising = (endMs: number) =>
    createRecordedPath([
      { elapsedMs: 0, priceTicks: 1_000_000n },
      { elapsedMs: endMs, priceTicks: 1_100_000n },
    ])

  it('stand at time t where others stand at speed × t, while the clock stays', async () => {
    const scenes = new Map([[BTC, createUniformScene(rising(600_000))]])
    const slow = live('calm', { scenes, quotesPerMark: 1 })
    const fast = live('calm', { scenes, quotesPerMark: 1, speed: 60 })
    const startedMs = fast.clock.now()
    await slow.clock.advance(300_000)
    await fast.clock.advance(5_000)
    expect(fast.market().indexTicks).toBe(slow.market().indexTicks)
    expect(fast.market().indexTicks).toBe(1_050_000n)
    expect(fast.clock.now() - startedMs).toBe(5_000)
    expect(fast.core.activeOrders(HOUSE_ACCOUNT_INDEX)[0]?.updatedMs).toBeLessThanOrEqual(
      fast.clock.now(),
    )
  })

  it('hold for plain paths as well, and for what is put in place later', async () => {
    const path = createPricePath({
      seed: 1,
      startTicks: 1_000_000n,
      noiseBps: 0,
      shapes: [{ kind: 'trend', atMs: 0, durationMs: 100_000, moveBps: 100 }],
    })
    const { clock, market, driver } = live('calm', {
      scenes: new Map(),
      paths: new Map([[BTC, path]]),
      speed: 10,
    })
    await clock.advance(5_000)
    expect(market().markTicks).toBe(1_005_000n)
    driver.setScene(BTC, createUniformScene(rising(100_000)))
    await clock.advance(5_000)
    expect(market().indexTicks).toBe(1_050_000n)
  })

  it('leave funding to the clock: a day of prices in a minute pays at most once', async () => {
    const { clock, market } = live('trend', { speed: 1_440, quotesPerMark: 1 })
    await clock.advance(60_000)
    expect(market().fundingHours.length).toBeLessThanOrEqual(1)
  })
})

describe('a day', () => {
  it('passes on the virtual clock with one funding an hour and a memory that stays flat', async () => {
    const { clock, core, market } = live('crash', { intervalMs: 600_000, quotesPerMark: 1 })
    await clock.advance(3_600_000)
    const early = core.activeOrders(HOUSE_ACCOUNT_INDEX).length
    await clock.advance(23 * 3_600_000)
    expect(market().fundingHours).toHaveLength(24)
    expect(core.activeOrders(HOUSE_ACCOUNT_INDEX).length).toBeLessThan(early * 2)
    expect(core.inactiveOrders(PUBLIC_INDEX).length).toBeLessThanOrEqual(1_000)
    expect(netTicks(core, BTC)).toBe(0n)
  })
})
