import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bucketStartMs,
  isResolution,
  type Resolution,
  RESOLUTIONS,
  widthMs,
} from '../../../src/sim/gateway/candle-resolution.ts'
import {
  type Candle,
  type CandleSeries,
  createCandleSeries,
  type PricePoint,
} from '../../../src/sim/gateway/candle-series.ts'

const START_MS = Date.UTC(2026, 10, 1, 12)
const MINUTE_MS = 60_000
const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 500 }

function point(atMs: number, price: number, size = 1): PricePoint {
  return {
    priceTicks: BigInt(price),
    sizeTicks: BigInt(size),
    quoteMicros: BigInt(price * size),
    tradeId: Math.floor(atMs / 1_000),
    timestampMs: atMs,
  }
}

function seriesOf(points: readonly PricePoint[]): CandleSeries {
  const series = createCandleSeries()
  for (const each of points) series.add(each)
  return series
}

/** The same candles, computed from all prices at once. */
function naiveCandles(resolution: Resolution, points: readonly PricePoint[], toMs: number) {
  const candles: Candle[] = []
  const [first] = points
  if (first === undefined) return candles
  const width = widthMs(resolution)
  for (let at = bucketStartMs(resolution, first.timestampMs); at <= toMs; at += width) {
    const inside = points.filter(({ timestampMs }) => timestampMs >= at && timestampMs < at + width)
    const prices = inside.map(({ priceTicks }) => priceTicks)
    const before = candles.at(-1)
    const flat = before?.closeTicks ?? 0n
    const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    candles.push({
      startMs: at,
      openTicks: prices[0] ?? flat,
      highTicks: sorted.at(-1) ?? flat,
      lowTicks: sorted[0] ?? flat,
      closeTicks: prices.at(-1) ?? flat,
      baseTicks: inside.reduce((sum, { sizeTicks }) => sum + sizeTicks, 0n),
      quoteMicros: inside.reduce((sum, { quoteMicros }) => sum + quoteMicros, 0n),
      lastTradeId: inside.at(-1)?.tradeId ?? before?.lastTradeId ?? 0,
      sampleCount: inside.length,
    })
  }
  return candles
}

describe('candles', () => {
  it('equal those computed from all trades at once, in every width, gaps included', () => {
    const step = fc.record({
      pauseMs: fc.oneof(fc.nat(90_000), fc.nat(3 * 3_600_000)),
      price: fc.integer({ min: 1, max: 1_000 }),
      size: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(7_200_000), (steps, restMs) => {
        let nowMs = START_MS
        const points = steps.map(({ pauseMs, price, size }) => {
          nowMs += pauseMs
          return point(nowMs, price, size)
        })
        const toMs = nowMs + restMs
        const series = seriesOf(points)
        for (const resolution of RESOLUTIONS) {
          const expected = naiveCandles(resolution, points, toMs)
          expect(series.read(resolution, { ...ALL, toMs })).toEqual(expected.slice(-500))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('do not exist before the first price', () => {
    expect(createCandleSeries().read('1m', { ...ALL, toMs: START_MS })).toEqual([])
    const series = seriesOf([point(START_MS, 7)])
    expect(series.read('1m', { ...ALL, toMs: START_MS - 1 })).toEqual([])
    expect(series.read('1m', { fromMs: 1, toMs: START_MS, limit: 500 })).toHaveLength(1)
  })

  it('go on flat at the last close where nothing trades', () => {
    const series = seriesOf([point(START_MS, 7, 3), point(START_MS + 3 * MINUTE_MS, 9)])
    const candles = series.read('1m', { ...ALL, toMs: START_MS + 4 * MINUTE_MS })
    expect(candles.map(({ closeTicks, baseTicks }) => [closeTicks, baseTicks])).toEqual([
      [7n, 3n],
      [7n, 0n],
      [7n, 0n],
      [9n, 1n],
      [9n, 0n],
    ])
    expect(candles[2]).toMatchObject({ openTicks: 7n, lastTradeId: START_MS / 1_000 })
  })

  it('take a price of the past into the running minute', () => {
    const series = seriesOf([point(START_MS, 7), point(START_MS - 5 * MINUTE_MS, 5)])
    expect(series.read('1m', { ...ALL, toMs: START_MS })).toEqual([
      expect.objectContaining({ startMs: START_MS, lowTicks: 5n, sampleCount: 2 }),
    ])
  })

  it('are forgotten beyond a thousand of a width', () => {
    const series = seriesOf(
      Array.from({ length: 3_000 }, (_, at) => point(START_MS + at * MINUTE_MS, 1 + at)),
    )
    const window = { fromMs: 0, toMs: START_MS + 2_999 * MINUTE_MS, limit: 1_000_000 }
    // A thousand closed ones, the last closed one and the running one.
    expect(series.read('1m', window).length).toBe(1_002)
    expect(series.read('1h', window)).toHaveLength(50)
  })

  it('cost the same however many there are', () => {
    const series = createCandleSeries()
    const startedMs = performance.now()
    for (let at = 0; at < 200_000; at += 1) series.add(point(START_MS + at * 100, 1 + (at % 99)))
    // Measured 0.1 s; ten thousand a second would be enough.
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })
})

describe('buckets', () => {
  it('begin at multiples of their width, weeks on Monday', () => {
    expect(new Date(bucketStartMs('1w', Date.UTC(2026, 10, 1, 5))).toUTCString()).toBe(
      'Mon, 26 Oct 2026 00:00:00 GMT',
    )
    expect(bucketStartMs('12h', START_MS + 1)).toBe(START_MS)
    expect(bucketStartMs('4h', START_MS + 4 * 3_600_000 - 1)).toBe(START_MS)
  })

  it('are whole minutes, so that minutes make up every width', () => {
    for (const resolution of RESOLUTIONS) {
      expect(widthMs(resolution) % MINUTE_MS).toBe(0)
      expect(bucketStartMs(resolution, START_MS) % MINUTE_MS).toBe(0)
    }
    expect(isResolution('2m')).toBe(false)
    expect(isResolution('toString')).toBe(false)
  })
})
