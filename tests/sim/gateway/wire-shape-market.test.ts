import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFixture, type Json, marketOrder } from './stage-fixture.ts'
import { exampleProblems, schemaProblems, type Schemas } from './wire-shape.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8'))

/** Newest official documents: of the exchange's front end, and of its streams. */
const restSchemas = read('rest-market') as Schemas
const streamSchemas = read('stream-market') as Schemas
const examples = read('examples-market') as { rest: Json; stream: Json }

/** Newer documents require the prices before the display multiplier, the captured example has none. */
const DESCRIBED = [/candles\.c\[\]\.[OHLC]: extra$/]

const undescribed = (problems: readonly string[]) =>
  problems.filter((problem) => !DESCRIBED.some((rule) => rule.test(problem)))

const answers: Record<string, unknown> = {}
const frames = new Map<string, Json>()

beforeAll(async () => {
  const f = createFixture({ tier: 'premium', noiseBps: 20, tickIntervalMs: 10_000 })
  const socket = f.open()
  const channels = ['ticker/1', 'market_stats/1', 'spot_market_stats/all', 'trade/1', 'height']
  for (const channel of channels) socket.say({ type: 'subscribe', channel })
  await f.send(marketOrder(0, 1_000))
  await f.clock.advance(1_000)
  socket.say({ type: 'subscribe', channel: 'candle/1/1h' })
  await f.send(marketOrder(1, 1_000))
  await f.clock.advance(1_000)
  const range = { start_timestamp: '1793491200', end_timestamp: '1793577600', count_back: '5' }
  const wholeHour = { market_id: '1', resolution: '1h', ...range }
  answers['candles'] = (await f.get('/api/v1/candles', wholeHour)).json
  await f.clock.advance(2 * 3_600_000)
  const gets: Record<string, Record<string, string>> = {
    markPriceCandles: wholeHour,
    fundings: wholeHour,
    'funding-rates': {},
    exchangeStats: {},
    executeStats: { period: 'd' },
    assetDetails: {},
    announcement: {},
    systemConfig: {},
    withdrawalDelay: {},
    layer1BasicInfo: {},
    orderBooks: { market_id: '1' },
    orderBookDetails: { market_id: '1' },
  }
  for (const [name, query] of Object.entries(gets)) {
    const { status, json } = await f.get(`/api/v1/${name}`, query)
    expect([name, status]).toEqual([name, 200])
    answers[name] = json
  }
  const details = answers['orderBookDetails'] as { order_book_details: Json[] }
  answers['orderBookDetail'] = details.order_book_details[0]
  for (const frame of socket.frames) frames.set(String(frame['type']), frame)
  answers['marketStats'] = frames.get('subscribed/market_stats')?.['market_stats']
})

describe('answers about markets', () => {
  it.each([
    ['candles', 'Candles'],
    ['markPriceCandles', 'MarkPriceCandles'],
    ['fundings', 'Fundings'],
    ['funding-rates', 'FundingRates'],
    ['exchangeStats', 'ExchangeStats'],
    ['executeStats', 'RespGetExecuteStats'],
    ['assetDetails', 'AssetDetails'],
    ['announcement', 'Announcements'],
    ['systemConfig', 'SystemConfig'],
    ['withdrawalDelay', 'RespWithdrawalDelay'],
    ['layer1BasicInfo', 'Layer1BasicInfo'],
    ['orderBooks', 'OrderBooks'],
    ['orderBookDetail', 'PerpsOrderBookDetail'],
    ['marketStats', 'PerpsMarketStats'],
  ])('%s follows the official schema %s', (name, schema) => {
    expect(schemaProblems(restSchemas, schema, answers[name])).toEqual([])
  })

  it.each(Object.keys(examples.rest))('%s has the keys, order and types of the example', (name) => {
    expect(undescribed(exampleProblems(examples.rest[name], answers[name], name))).toEqual([])
  })

  it('are not compared in their empty form', () => {
    const isFilled = (value: unknown) => Array.isArray(value) && value.length > 0
    const lists = [
      ['candles', 'c'],
      ['markPriceCandles', 'c'],
      ['fundings', 'fundings'],
      ['funding-rates', 'funding_rates'],
      ['exchangeStats', 'order_book_stats'],
      ['assetDetails', 'asset_details'],
      ['orderBooks', 'order_books'],
    ] as const
    for (const [name, key] of lists) {
      expect([name, isFilled((answers[name] as Json)[key])]).toEqual([name, true])
    }
  })
})

describe('frames about markets', () => {
  const told = Object.keys(streamSchemas)
    .filter((type) => type.includes('/'))
    // Without a spot market nothing about them ever changes.
    .filter((type) => type !== 'update/spot_market_stats')

  it.each(told)('%s follows the official schema', (type) => {
    expect(frames.has(type)).toBe(true)
    expect(schemaProblems(streamSchemas, type, frames.get(type))).toEqual([])
  })

  it.each(Object.keys(examples.stream))(
    '%s has the keys, order and types of the example',
    (type) => {
      expect(frames.has(type)).toBe(true)
      expect(exampleProblems(examples.stream[type], frames.get(type), type)).toEqual([])
    },
  )

  it('carry a candle that has traded', () => {
    for (const type of ['subscribed/candle', 'update/candle']) {
      expect(frames.get(type)?.['candles']).toMatchObject([{ v: expect.any(Number) as number }])
    }
  })
})
