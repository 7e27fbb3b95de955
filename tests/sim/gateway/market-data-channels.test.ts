import { describe, expect, it } from 'vitest'
import {
  BTC,
  createFixture,
  type Fixture,
  type Json,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const START_MS = Date.UTC(2026, 10, 1)
const MINUTE_MS = 60_000
const PREMIUM = { tier: 'premium', tickIntervalMs: 10_000 } as const

function follow(f: Fixture, channel: string) {
  const socket = f.open()
  socket.say({ type: 'subscribe', channel })
  return socket
}

const candlesOf = (frame: Json | undefined) => frame?.['candles'] as Json[]

describe('the candle channel', () => {
  it('begins with nothing before the first trade, and with the running candle after it', async () => {
    const f = createFixture(PREMIUM)
    const early = follow(f, 'candle/1/1m')
    expect(early.frames.at(-1)).toEqual({
      candles: [],
      channel: 'candle:1:1m',
      timestamp: START_MS,
      type: 'subscribed/candle',
    })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(1_000)
    const late = follow(f, 'candle:1:1m')
    expect(candlesOf(late.frames.at(-1))).toMatchObject([{ t: START_MS, v: 0.01 }])
  })

  it('tells the running candle again as it grows, at most twice a second', async () => {
    const f = createFixture(PREMIUM)
    const socket = follow(f, 'candle/1/5m')
    for (let at = 0; at < 20; at += 1) {
      await f.send(marketOrder(at % 2, 100))
      await f.clock.advance(150)
    }
    await f.clock.advance(1_000)
    const updates = socket.of('update/candle')
    expect(updates.length).toBeGreaterThan(4)
    expect(updates.length).toBeLessThan(10)
    const volumes = updates.map((frame) => Number(candlesOf(frame)[0]?.['v']))
    expect(volumes).toEqual([...volumes].sort((a, b) => a - b))
    expect(volumes.at(-1)).toBe(0.02)
    expect(updates.every((frame) => candlesOf(frame).length === 1)).toBe(true)
  })

  it('tells the last state of a candle together with the next one', async () => {
    const f = createFixture(PREMIUM)
    const socket = follow(f, 'candle/1/1m')
    await f.clock.advance(MINUTE_MS - 300)
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(400)
    expect(candlesOf(socket.frames.at(-1))).toMatchObject([
      { t: START_MS, v: 0.01 },
      { t: START_MS + MINUTE_MS },
    ])
    expect(candlesOf(socket.frames.at(-1))[1]).not.toHaveProperty('v')
  })

  it('opens a new candle every minute although nothing trades', async () => {
    const f = createFixture(PREMIUM)
    await f.send(marketOrder(0, 1_000))
    const socket = follow(f, 'candle/1/1m')
    for (let minute = 0; minute < 3; minute += 1) {
      await f.clock.advance(MINUTE_MS)
      // A silent socket is closed.
      socket.say({ type: 'ping' })
    }
    const starts = socket.of('update/candle').map((frame) => candlesOf(frame).at(-1)?.['t'])
    expect(starts.slice(-3)).toEqual([1, 2, 3].map((at) => START_MS + at * MINUTE_MS))
  })

  it('goes on with the newest candle when the venue’s clock is set back', async () => {
    const f = createFixture({ ...PREMIUM, faultTexts: ['clock-skew:5m@for=30s'] })
    await f.clock.advance(1_000)
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(60_000)
    const socket = follow(f, 'candle/1/1m')
    const [before] = candlesOf(socket.frames.at(-1))
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(1_000)
    const after = candlesOf(socket.of('update/candle').at(-1)).at(-1)
    expect(Number(after?.['t'])).toBeGreaterThanOrEqual(Number(before?.['t']))
    expect(after?.['v']).toBe(0.02)
  })

  it('tells nothing about other markets and nothing after the end', async () => {
    const f = createFixture(PREMIUM)
    const other = follow(f, 'candle/0/1m')
    const gone = follow(f, 'candle/1/1m')
    gone.say({ type: 'unsubscribe', channel: 'candle/1/1m' })
    expect(gone.frames.at(-1)).toEqual({ type: 'unsubscribed', channel: 'candle:1:1m' })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(2 * MINUTE_MS)
    expect(other.of('update/candle')).toEqual([])
    expect(gone.of('update/candle')).toEqual([])
  })

  it('leaves no timer behind when nobody listens or the venue closes', async () => {
    const f = createFixture(PREMIUM)
    f.stage.driver.stop()
    const socket = follow(f, 'candle/1/1d')
    socket.say({ type: 'unsubscribe', channel: 'candle/1/1d' })
    await f.clock.advance(2 * MINUTE_MS)
    const open = f.open()
    const idle = f.clock.pendingCount()
    open.say({ type: 'subscribe', channel: 'candle/1/1d' })
    expect(f.clock.pendingCount()).toBe(idle + 1)
    f.stage.close()
    expect(f.clock.pendingCount()).toBe(idle)
  })

  it('exists of marks, with the number of marks in each', async () => {
    const f = createFixture(PREMIUM)
    f.stage.driver.stop()
    const socket = follow(f, 'mark_price_candle/1/1m')
    expect(socket.frames.at(-1)).toMatchObject({
      channel: 'mark_price_candle:1:1m',
      type: 'subscribed/mark_price_candle',
      candles: [{ t: START_MS, o: 100_000, c: 100_000 }],
    })
    const mark = { markTicks: 1_000_500n, indexTicks: 1_000_000n }
    f.stage.core.setMark(BTC, mark, f.clock.now())
    await f.clock.advance(501)
    expect(candlesOf(socket.of('update/mark_price_candle')[0])).toMatchObject([
      { t: START_MS, h: 100_050, c: 100_050 },
    ])
  })

  it.each([
    ['candle/1', 'Invalid Channel'],
    ['candle/1/2m', 'Invalid Channel'],
    ['candle/1/1w', 'Invalid Channel'],
    ['candle/77/1m', 'Invalid Channel:  (marketId)'],
    ['candle/all/1m', 'Invalid Channel:  (marketId)'],
    ['candle/01/1m', 'Invalid Channel:  (marketId)'],
    ['spot_market_stats/1', 'Invalid Channel:  (marketId)'],
    ['spot_market_stats/2048', 'Invalid Channel:  (marketId)'],
  ])('refuses %s', (channel, message) => {
    const socket = follow(createFixture(), channel)
    expect(socket.frames.at(-1)).toEqual({ error: { code: 30005, message } })
  })
})

describe('other market channels', () => {
  it('show no spot market, for there is none', async () => {
    const f = createFixture(PREMIUM)
    const socket = follow(f, 'spot_market_stats/all')
    expect(socket.frames.at(-1)).toEqual({
      channel: 'spot_market_stats:all',
      spot_market_stats: {},
      timestamp: START_MS,
      type: 'subscribed/spot_market_stats',
    })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(5_000)
    expect(socket.of('update/spot_market_stats')).toEqual([])
  })

  it('show the best prices in market_stats, and empty texts for an empty side', async () => {
    const f = createFixture(PREMIUM)
    const stats = () => follow(f, 'market_stats/1').frames.at(-1)?.['market_stats'] as Json
    const { asks, bids } = f.stage.core.book(BTC, 1)
    const price = (ticks: bigint | undefined) => (Number(ticks) / 10).toFixed(1)
    expect(stats()).toMatchObject({
      best_ask_price: price(asks[0]?.priceTicks),
      best_bid_price: price(bids[0]?.priceTicks),
      open_interest_limit: '72057594037927936.000000',
    })
    f.stage.core.replaceQuotes({ accountIndex: 2, marketIndex: BTC, asks: [], bids: [] }, START_MS)
    expect(stats()).toMatchObject({ best_ask_price: '', best_bid_price: '', mid_price: '100000.0' })
  })

  it('show the fifty newest trades first, then each new one', async () => {
    const f = createFixture(PREMIUM)
    for (let at = 0; at < 60; at += 1) {
      await f.send(marketOrder(at % 2, 100))
      await f.clock.advance(1_100)
    }
    const socket = follow(f, 'trade/1')
    const trades = socket.of('subscribed/trade')[0]?.['trades']
    const ids = (trades as Json[]).map(({ trade_id: id }) => Number(id))
    expect(ids).toHaveLength(50)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(ids[0]).toBe(f.stage.core.trades(BTC, 1)[0]?.tradeId)
    await f.send(marketOrder(0, 100))
    await f.clock.advance(500)
    expect(socket.of('update/trade')).toHaveLength(1)
  })

  it('tell a ticker that comes back to what an earlier listener heard last', async () => {
    const f = createFixture(PREMIUM)
    f.stage.driver.stop()
    const resize = (sizeTicks: bigint) => {
      const { asks, bids } = f.stage.core.book(BTC)
      const quote = ({ priceTicks }: { priceTicks: bigint }) => ({ priceTicks, sizeTicks })
      f.stage.core.replaceQuotes(
        { accountIndex: 2, marketIndex: BTC, asks: asks.map(quote), bids: bids.map(quote) },
        f.clock.now(),
      )
    }
    const first = follow(f, 'ticker/1')
    resize(500n)
    await f.clock.advance(1)
    expect(first.of('update/ticker')).toHaveLength(1)
    first.say({ type: 'unsubscribe', channel: 'ticker/1' })
    resize(700n)
    const second = follow(f, 'ticker/1')
    resize(500n)
    await f.clock.advance(1)
    expect(second.of('update/ticker').at(-1)?.['ticker']).toMatchObject({ a: { size: '0.00500' } })
  })

  it('tell the height as it grows', async () => {
    const f = createFixture(PREMIUM)
    const socket = follow(f, 'height')
    const first = Number(socket.frames.at(-1)?.['height'])
    await f.send(restingOrder(7, f.clock.now() + 3_600_000))
    await f.clock.advance(2_000)
    expect(Number(socket.of('update/height').at(-1)?.['height'])).toBeGreaterThan(first)
  })
})
