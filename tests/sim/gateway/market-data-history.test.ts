import { beforeAll, describe, expect, it } from 'vitest'
import { BTC, createFixture, type Fixture, type Json, marketOrder } from './stage-fixture.ts'

const START_MS = Date.UTC(2026, 10, 1)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SLOW = { tickIntervalMs: 60_000, tier: 'premium' } as const

const text = (values: Record<string, number | string>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))

async function candles(f: Fixture, query: Record<string, number | string> = {}) {
  const params = {
    market_id: BTC,
    resolution: '1m',
    start_timestamp: START_MS,
    end_timestamp: f.clock.now() + HOUR_MS,
    count_back: 500,
    ...query,
  }
  return f.get('/api/v1/candles', text(params))
}

const rowsOf = ({ json }: { json: Json }) => json['c'] as Json[]

/** Buys 0.01 BTC in the first minute, nothing in the second, sells 0.004 in the third. */
async function withTrades(): Promise<Fixture> {
  const f = createFixture(SLOW)
  await f.clock.advance(10_000)
  await f.send(marketOrder(0, 1_000))
  await f.clock.advance(2 * MINUTE_MS)
  await f.send(marketOrder(1, 400))
  await f.clock.advance(1_000)
  return f
}

describe('candles over REST', () => {
  it('show real trades, a flat gap with zeroes left out, and the running candle', async () => {
    const f = await withTrades()
    const answer = await candles(f)
    expect(answer.json).toMatchObject({ code: 200, r: '1m' })
    const [first, gap, last, ...more] = rowsOf(answer)
    expect(more).toEqual([])
    const trades = (await f.get('/api/v1/recentTrades', { market_id: '1', limit: '100' })).json[
      'trades'
    ] as Json[]
    const bought = trades.filter(({ timestamp }) => Number(timestamp) < START_MS + MINUTE_MS)
    expect(bought.length).toBeGreaterThan(0)
    const sum = (key: string) => bought.reduce((total, trade) => total + Number(trade[key]), 0)
    expect(first).toMatchObject({ t: START_MS, v: 0.01, i: bought[0]?.['trade_id'] })
    expect(first?.['V']).toBeCloseTo(sum('usd_amount'), 6)
    expect(first?.['h']).toBe(Math.max(...bought.map(({ price }) => Number(price))))
    const close = first?.['c']
    expect(gap).toEqual({
      t: START_MS + MINUTE_MS,
      o: close,
      h: close,
      l: close,
      c: close,
      O: close,
      H: close,
      L: close,
      C: close,
      i: first?.['i'],
    })
    expect(last).toMatchObject({ t: START_MS + 2 * MINUTE_MS, v: 0.004 })
  })

  it('show nothing from before the venue opened, nor of a market that does not exist', async () => {
    const f = await withTrades()
    const before = await candles(f, {
      start_timestamp: START_MS - HOUR_MS,
      end_timestamp: START_MS - 1,
    })
    expect([before.status, rowsOf(before)]).toEqual([200, []])
    expect(rowsOf(await candles(f, { market_id: 99 }))).toEqual([])
    expect(rowsOf(await candles(f, { market_id: 2 }))).toEqual([])
  })

  it('take seconds for milliseconds and leave out what begins outside the range', async () => {
    const f = await withTrades()
    const inSeconds = await candles(f, {
      start_timestamp: START_MS / 1_000,
      end_timestamp: (START_MS + HOUR_MS) / 1_000,
    })
    expect(rowsOf(inSeconds)).toEqual(rowsOf(await candles(f)))
    const middle = await candles(f, {
      start_timestamp: START_MS + 1,
      end_timestamp: START_MS + 2 * MINUTE_MS - 1,
    })
    expect(rowsOf(middle).map(({ t }) => t)).toEqual([START_MS + MINUTE_MS])
  })

  it('give the newest of a range, at most count_back and never more than 500', async () => {
    const f = await withTrades()
    const newest = rowsOf(await candles(f, { count_back: 2 }))
    expect(newest.map(({ t }) => t)).toEqual([START_MS + MINUTE_MS, START_MS + 2 * MINUTE_MS])
    await f.clock.advance(12 * HOUR_MS)
    const most = rowsOf(
      await candles(f, { count_back: 5_000, end_timestamp: START_MS + 24 * HOUR_MS }),
    )
    expect(most).toHaveLength(500)
    expect(most.at(-1)).toMatchObject({ t: START_MS + 12 * HOUR_MS + 2 * MINUTE_MS })
  })

  it('take a count_back of zero for no wish of its own', async () => {
    const f = await withTrades()
    expect(rowsOf(await candles(f, { count_back: 0 }))).toEqual(rowsOf(await candles(f)))
  })

  it('roll over into every longer width', async () => {
    const f = await withTrades()
    for (const [resolution, start] of [
      ['5m', START_MS],
      ['4h', START_MS],
      ['1d', START_MS],
      ['1w', Date.UTC(2026, 9, 26)],
    ] as const) {
      const rows = rowsOf(
        await candles(f, { resolution, start_timestamp: START_MS - 30 * 24 * HOUR_MS }),
      )
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({ t: start, v: 0.014 })
    }
  })

  it('are named by their end when asked', async () => {
    const f = await withTrades()
    const byEnd = rowsOf(await candles(f, { set_timestamp_to_end: 'true' }))
    const byStart = rowsOf(await candles(f, { set_timestamp_to_end: 'false' }))
    expect(byEnd.map(({ t }) => Number(t) - MINUTE_MS)).toEqual(byStart.map(({ t }) => t))
  })

  it.each([
    [{ start_timestamp: 0 }, 22401],
    [{ start_timestamp: 10_000_000_000 }, 22401],
    [{ end_timestamp: START_MS }, 22400],
    [{ end_timestamp: START_MS - 1 }, 22400],
    [{ resolution: '2m' }, 22402],
    [{ resolution: '1M' }, 22402],
    [{ start_timestamp: START_MS - 8 * 24 * HOUR_MS }, 22403],
    [{ start_timestamp: 'yesterday' }, 20001],
    [{ end_timestamp: 5_000_000_000_001 }, 20001],
    [{ resolution: '' }, 20001],
    [{ count_back: '' }, 20001],
    [{ count_back: -1 }, 20001],
    [{ market_id: '' }, 20001],
    [{ set_timestamp_to_end: 'maybe' }, 20001],
  ])('refuse %j with %i', async (query, code) => {
    const answer = await candles(createFixture(), query)
    expect([answer.status, answer.json['code']]).toEqual([400, code])
  })

  it('exist of marks as well, from the first mark on', async () => {
    const f = createFixture(SLOW)
    f.stage.driver.stop()
    await f.clock.advance(MINUTE_MS)
    const mark = { markTicks: 1_010_000n, indexTicks: 1_000_000n }
    f.stage.core.setMark(BTC, mark, f.clock.now())
    await f.clock.advance(1_000)
    const answer = await f.get(
      '/api/v1/markPriceCandles',
      text({
        market_id: BTC,
        resolution: '1m',
        start_timestamp: START_MS,
        end_timestamp: START_MS + HOUR_MS,
        count_back: 10,
      }),
    )
    const [first, second, ...more] = rowsOf(answer)
    expect(more).toEqual([])
    expect(first).toMatchObject({ t: START_MS, o: 100_000 })
    expect(Number(first?.['sc'])).toBeGreaterThan(0)
    expect(second).toEqual({
      t: START_MS + MINUTE_MS,
      o: 101_000,
      h: 101_000,
      l: 101_000,
      c: 101_000,
      sc: 1,
    })
  })
})

describe('fundings', () => {
  let f: Fixture
  const read = (query: Record<string, number | string>) =>
    f.get(
      '/api/v1/fundings',
      text({
        market_id: BTC,
        resolution: '1h',
        start_timestamp: START_MS / 1_000,
        end_timestamp: Math.floor(f.clock.now() / 1_000) + 1,
        count_back: 100,
        ...query,
      }),
    )
  const rows = ({ json }: { json: Json }) => json['fundings'] as Json[]

  beforeAll(async () => {
    f = createFixture({ ...SLOW, tickIntervalMs: 30_000 })
    f.stage.driver.stop()
    // Hours of the interest rate alone, then a book below the index: shorts pay.
    for (let hour = 1; hour <= 23; hour += 1) {
      const indexTicks = hour > 21 ? 1_020_000n : 1_000_000n
      f.stage.core.setMark(BTC, { markTicks: 1_000_000n, indexTicks }, f.clock.now())
      await f.clock.advance(HOUR_MS)
      f.stage.core.tick(f.clock.now())
    }
    await f.clock.advance(2 * HOUR_MS)
    f.stage.core.tick(f.clock.now())
  })

  it('tell each settled hour in seconds, percent and USD per base unit, without signs', async () => {
    const list = rows(await read({}))
    expect(list).toHaveLength(25)
    expect(list[0]).toEqual({
      timestamp: START_MS / 1_000 + 3_600,
      // 0.01 % / 8, floored to millionths: 0.0012 % of 100,000 USD.
      value: '1.2000000',
      rate: '0.0012',
      direction: 'long',
    })
    const short = list.at(-1)
    expect(short).toMatchObject({ timestamp: START_MS / 1_000 + 25 * 3_600, direction: 'short' })
    const percent = Number(short?.['rate'])
    expect(percent).toBeGreaterThan(0.05)
    expect(Number(short?.['value'])).toBeCloseTo((percent / 100) * 102_000, 6)
  })

  it('sum up to days', async () => {
    const hours = rows(await read({}))
    const days = rows(await read({ resolution: '1d' }))
    expect(days.map(({ timestamp }) => timestamp)).toEqual([
      START_MS / 1_000,
      START_MS / 1_000 + 86_400,
    ])
    const signed = (row: Json) => Number(row['value']) * (row['direction'] === 'short' ? -1 : 1)
    const firstDay = hours.filter((row) => Number(row['timestamp']) < START_MS / 1_000 + 86_400)
    const total = firstDay.reduce((sum, row) => sum + signed(row), 0)
    expect(signed(days[0] ?? {})).toBeCloseTo(total, 6)
  })

  it('keep to the range and to count_back', async () => {
    const start = START_MS + 2 * HOUR_MS
    const list = rows(await read({ start_timestamp: start, end_timestamp: start + HOUR_MS }))
    expect(list.map(({ timestamp }) => timestamp)).toEqual([
      start / 1_000,
      (start + HOUR_MS) / 1_000,
    ])
    expect(rows(await read({ count_back: 3 }))).toEqual(rows(await read({})).slice(-3))
    expect(rows(await read({ market_id: 99 }))).toEqual([])
    expect((await read({ resolution: '5m' })).json['code']).toBe(22402)
    expect((await read({ end_timestamp: 1 })).json['code']).toBe(22400)
  })

  it('stand beside rates of eight hours as fractions, of this exchange only', async () => {
    const { json } = await f.get('/api/v1/funding-rates')
    const list = json['funding_rates'] as Json[]
    expect(list.map(({ exchange }) => exchange)).toEqual(['lighter', 'lighter', 'lighter'])
    expect(list[0]).toEqual({ market_id: 0, exchange: 'lighter', symbol: 'ETH', rate: 0.000096 })
    const last = rows(await read({ count_back: 1 }))[0]
    expect(list[1]?.['rate']).toBeCloseTo((-Number(last?.['rate']) * 8) / 100, 10)
  })

  it('agree with market_stats, which has percent an hour with a sign', async () => {
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: 'market_stats/1' })
    const stats = socket.frames.at(-1)?.['market_stats'] as Json
    const last = rows(await read({ count_back: 1 }))[0]
    expect(stats['funding_rate']).toBe(`-${String(last?.['rate'])}`)
    expect(stats['funding_timestamp']).toBe(Number(last?.['timestamp']) * 1_000)
  })
})

describe('daily figures', () => {
  it('equal what the trades say, in base units, USD and percent', async () => {
    const f = createFixture({ ...SLOW, collateralUsd: '100000' })
    await f.send(marketOrder(0, 3_000))
    await f.clock.advance(1_000)
    await f.send(marketOrder(0, 2_000), 1)
    await f.clock.advance(1_000)
    await f.send(marketOrder(1, 1_000))
    await f.clock.advance(1_000)
    const trades = (await f.get('/api/v1/recentTrades', { market_id: '1', limit: '100' })).json[
      'trades'
    ] as Json[]
    const prices = trades.map(({ price }) => Number(price))
    const usd = trades.reduce((sum, { price, size }) => sum + Number(price) * Number(size), 0)
    const change = ((Number(prices[0]) - Number(prices.at(-1))) / Number(prices.at(-1))) * 100
    expect(change).not.toBe(0)

    const { json } = await f.get('/api/v1/orderBookDetails', { market_id: '1' })
    const [details] = json['order_book_details'] as Json[]
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: 'market_stats/1' })
    const stats = socket.frames.at(-1)?.['market_stats'] as Json
    const exchange = (await f.get('/api/v1/exchangeStats')).json
    const [, row] = exchange['order_book_stats'] as Json[]
    for (const figures of [details, stats, row]) {
      expect(figures?.['daily_base_token_volume']).toBeCloseTo(0.06, 9)
      expect(figures?.['daily_quote_token_volume']).toBeCloseTo(usd, 6)
      expect(figures?.['daily_price_change']).toBeCloseTo(change, 9)
      expect(Number(figures?.['last_trade_price'])).toBe(prices[0])
    }
    for (const figures of [details, stats]) {
      expect(figures?.['daily_price_low']).toBe(Math.min(...prices))
      expect(figures?.['daily_price_high']).toBe(Math.max(...prices))
    }
    expect(details?.['daily_trades_count']).toBe(trades.length)
    expect(exchange).toMatchObject({ total: 3, daily_trades_count: trades.length })
    expect(exchange['daily_usd_volume']).toBeCloseTo(usd, 6)
    // 0.03 − 0.01 and 0.02 long: base units in one place, USD at the mark in the other.
    expect(details?.['open_interest']).toBe(0.04)
    expect(Number(stats['open_interest'])).toBeCloseTo(0.04 * Number(stats['mark_price']), 6)
  })

  it('are zero where nothing traded, and forget what is older than a day', async () => {
    const f = createFixture({ ...SLOW, tickIntervalMs: 600_000 })
    const read = async () =>
      (
        (await f.get('/api/v1/orderBookDetails', { market_id: '1' })).json[
          'order_book_details'
        ] as Json[]
      )[0]
    const zeroes = {
      daily_trades_count: 0,
      daily_base_token_volume: 0,
      daily_quote_token_volume: 0,
      daily_price_low: 0,
      daily_price_high: 0,
      daily_price_change: 0,
    }
    expect(await read()).toMatchObject({ ...zeroes, last_trade_price: 0 })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(1_000)
    const first = await read()
    await f.clock.advance(25 * HOUR_MS)
    expect(await read()).toMatchObject({ ...zeroes, last_trade_price: first?.['last_trade_price'] })
    await f.send(marketOrder(1, 1_000))
    await f.clock.advance(1_000)
    const second = await read()
    // Against the price of 24 hours ago, not against the first trade since.
    const before = Number(first?.['last_trade_price'])
    const change = ((Number(second?.['last_trade_price']) - before) / before) * 100
    expect(change).toBeLessThan(0)
    expect(second?.['daily_price_change']).toBeCloseTo(change, 9)
  })
})

describe('market lists', () => {
  it('filter by kind and id, and refuse other kinds', async () => {
    const f = createFixture()
    const ids = async (path: string, query: Record<string, string>) => {
      const { json } = await f.get(path, query)
      const list = json['order_books'] ?? json['order_book_details']
      return (list as Json[]).map(({ market_id: id }) => id)
    }
    for (const path of ['/api/v1/orderBooks', '/api/v1/orderBookDetails']) {
      expect(await ids(path, {})).toEqual([0, 1, 2])
      expect(await ids(path, { filter: 'perp', market_id: '255' })).toEqual([0, 1, 2])
      expect(await ids(path, { filter: 'all', market_id: '2' })).toEqual([2])
      expect(await ids(path, { filter: 'spot' })).toEqual([])
      expect(await ids(path, { market_id: '77' })).toEqual([])
      expect((await f.get(path, { filter: 'futures' })).json['code']).toBe(20001)
    }
  })

  it('say when the markets opened: with the venue', async () => {
    const { json } = await createFixture().get('/api/v1/orderBooks')
    expect((json['order_books'] as Json[])[0]?.['created_at']).toBe(String(START_MS))
  })

  it('answer unknown markets with empty sides, and a limit of zero with a refusal', async () => {
    const f = createFixture()
    const orders = await f.get('/api/v1/orderBookOrders', { market_id: '99', limit: '5' })
    expect(orders.json).toEqual({ code: 200, total_asks: 0, asks: [], total_bids: 0, bids: [] })
    const trades = await f.get('/api/v1/recentTrades', { market_id: '99', limit: '5' })
    expect(trades.json).toEqual({ code: 200, trades: [] })
    for (const path of ['/api/v1/orderBookOrders', '/api/v1/recentTrades']) {
      for (const limit of ['0', '251', '']) {
        const answer = await f.get(path, { market_id: '1', limit })
        expect([answer.status, answer.json]).toEqual([
          400,
          { code: 20001, message: 'invalid param ' },
        ])
      }
    }
  })
})

describe('facts about the venue', () => {
  it('name the only asset, and none for other ids', async () => {
    const f = createFixture()
    const ids = async (query: Record<string, string>) =>
      ((await f.get('/api/v1/assetDetails', query)).json['asset_details'] as Json[]).map(
        ({ asset_id: id }) => id,
      )
    expect(await ids({})).toEqual([3])
    expect(await ids({ asset_id: '3' })).toEqual([3])
    expect(await ids({ asset_id: '1' })).toEqual([])
  })

  it('never show the contract of the real exchange', async () => {
    const f = createFixture()
    const { contract_address: own } = (await f.get('/info')).json
    const { body, json } = await f.get('/api/v1/layer1BasicInfo')
    expect(json['contract_addresses']).toContainEqual({ name: 'ZkLighterContract', address: own })
    expect(body.toLowerCase()).not.toContain('0x3b4d794a66304f130a4db8f2551b0070dfcf5ca7')
  })

  it('refuse an unknown period, and answer blocks like any unknown path', async () => {
    const f = createFixture()
    expect((await f.get('/api/v1/executeStats', { period: 'x' })).json['code']).toBe(20001)
    expect((await f.get('/api/v1/executeStats', { period: 'd' })).json).toEqual({
      period: 'd',
      result: [],
    })
    const blocks = await f.get('/api/v1/blocks', { limit: '1' })
    expect([blocks.status, blocks.body.startsWith('<!DOCTYPE html>')]).toEqual([403, true])
  })
})
