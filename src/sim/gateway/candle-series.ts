/**
 * Candles of one price, built as the prices come (PROTOCOL.md sections 2.1 and 8.3). A price costs one comparison
 * with the running minute, whatever the number of widths: longer candles take in a minute when it is over. At most
 * 1,000 closed candles of each width are kept. PROTOCOL.md says nothing about a bucket in which nothing happened:
 * here it goes on flat at the last close, as charts show it; before the first price there is nothing.
 * @module
 */
import { assert } from '../../errors.ts'
import { type BoundedLog, createBoundedLog } from '../core/bounded-log.ts'
import { bucketStartMs, type Resolution, RESOLUTIONS, widthMs } from './candle-resolution.ts'

/** Closed candles kept of each width. */
const REMEMBERED = 1_000

/** One bucket of a price, integer ticks (PROTOCOL.md section 2.1, `candles`). */
export interface Candle {
  readonly startMs: number
  readonly openTicks: bigint
  readonly highTicks: bigint
  readonly lowTicks: bigint
  readonly closeTicks: bigint
  /** Traded size in ticks; 0n for a price without trades. */
  readonly baseTicks: bigint
  /** Traded value, millionths of a USDC. */
  readonly quoteMicros: bigint
  /** Id of the last trade in or before the bucket; 0 for a price without trades. */
  readonly lastTradeId: number
  /** Prices that came in this bucket. */
  readonly sampleCount: number
}

/** A price with what was traded at it (PROTOCOL.md section 2.1, `candles`). */
export interface PricePoint {
  readonly priceTicks: bigint
  readonly sizeTicks: bigint
  readonly quoteMicros: bigint
  readonly tradeId: number
  readonly timestampMs: number
}

/** Which candles to read (PROTOCOL.md section 2, `candles`). */
export interface CandleWindow {
  /** Buckets that begin before it are left out, milliseconds. */
  readonly fromMs: number
  /** Buckets that begin after it are left out, milliseconds. */
  readonly toMs: number
  /** The newest that many. */
  readonly limit: number
}

/** The candles of one price in every width (PROTOCOL.md section 2.1, `candles`). */
export interface CandleSeries {
  /** Takes in a price; one from the past counts as of the running minute, which never goes back. */
  add(point: PricePoint): void
  /** Candles that begin within the window, oldest first, up to the running one. */
  read(resolution: Resolution, window: CandleWindow): readonly Candle[]
}

type MutableCandle = { -readonly [K in keyof Candle]: Candle[K] }

interface Track {
  readonly closed: BoundedLog<Candle>
  /** Without the running minute. */
  running: MutableCandle | undefined
}

/** Creates a series without prices (PROTOCOL.md section 2.1, `candles`). */
export function createCandleSeries(): CandleSeries {
  const tracks = new Map<Resolution, Track>()
  for (const resolution of RESOLUTIONS) {
    tracks.set(resolution, { closed: createBoundedLog(REMEMBERED), running: undefined })
  }
  let minute: MutableCandle | undefined
  return {
    add(point) {
      const startMs = bucketStartMs('1m', point.timestampMs)
      if (minute !== undefined && startMs <= minute.startMs) {
        addPoint(minute, point)
        return
      }
      if (minute !== undefined) for (const entry of tracks) takeMinute(entry, minute)
      minute = openCandle(startMs, point)
    },
    read(resolution, window) {
      const track = tracks.get(resolution)
      assert(track !== undefined, 'every width has a track')
      return fillGaps(resolution, tradedCandles(resolution, track, minute), window)
    },
  }
}

function openCandle(startMs: number, point: PricePoint): MutableCandle {
  const { priceTicks } = point
  return {
    startMs,
    openTicks: priceTicks,
    highTicks: priceTicks,
    lowTicks: priceTicks,
    closeTicks: priceTicks,
    baseTicks: point.sizeTicks,
    quoteMicros: point.quoteMicros,
    lastTradeId: point.tradeId,
    sampleCount: 1,
  }
}

function addPoint(candle: MutableCandle, point: PricePoint): void {
  const { priceTicks } = point
  if (priceTicks > candle.highTicks) candle.highTicks = priceTicks
  if (priceTicks < candle.lowTicks) candle.lowTicks = priceTicks
  candle.closeTicks = priceTicks
  candle.baseTicks += point.sizeTicks
  candle.quoteMicros += point.quoteMicros
  candle.lastTradeId = point.tradeId
  candle.sampleCount += 1
}

function takeMinute([resolution, track]: [Resolution, Track], minute: Candle): void {
  const startMs = bucketStartMs(resolution, minute.startMs)
  const { running } = track
  if (running?.startMs === startMs) {
    Object.assign(running, merged(running, minute))
    return
  }
  if (running !== undefined) track.closed.push(running)
  track.running = { ...minute, startMs }
}

function merged(earlier: Candle, later: Candle): Candle {
  return {
    startMs: earlier.startMs,
    openTicks: earlier.openTicks,
    highTicks: earlier.highTicks > later.highTicks ? earlier.highTicks : later.highTicks,
    lowTicks: earlier.lowTicks < later.lowTicks ? earlier.lowTicks : later.lowTicks,
    closeTicks: later.closeTicks,
    baseTicks: earlier.baseTicks + later.baseTicks,
    quoteMicros: earlier.quoteMicros + later.quoteMicros,
    lastTradeId: later.lastTradeId,
    sampleCount: earlier.sampleCount + later.sampleCount,
  }
}

/** Buckets in which something happened, oldest first. */
function tradedCandles(
  resolution: Resolution,
  { closed, running }: Track,
  minute: Candle | undefined,
): readonly Candle[] {
  const list = [...closed.oldest()]
  if (running !== undefined) list.push(running)
  if (minute === undefined) return list
  const startMs = bucketStartMs(resolution, minute.startMs)
  if (running?.startMs === startMs) list[list.length - 1] = merged(running, minute)
  else list.push({ ...minute, startMs })
  return list
}

function fillGaps(
  resolution: Resolution,
  traded: readonly Candle[],
  { fromMs, toMs, limit }: CandleWindow,
): readonly Candle[] {
  const first = traded[0]
  if (first === undefined) return []
  const width = widthMs(resolution)
  const lastMs = bucketStartMs(resolution, toMs)
  const wantedMs = bucketStartMs(resolution, fromMs + width - 1)
  const startMs = Math.max(first.startMs, wantedMs, lastMs - (limit - 1) * width)
  let at = newestUpTo(traded, startMs)
  const candles: Candle[] = []
  for (let bucketMs = startMs; bucketMs <= lastMs; bucketMs += width) {
    if (traded[at + 1]?.startMs === bucketMs) at += 1
    const candle = traded[at]
    assert(candle !== undefined, 'no bucket lies before the first candle')
    candles.push(candle.startMs === bucketMs ? { ...candle } : flat(candle, bucketMs))
  }
  return candles
}

/** Place of the newest candle that begins no later than a time. */
function newestUpTo(traded: readonly Candle[], timeMs: number): number {
  let [low, high] = [0, traded.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((traded[middle]?.startMs ?? 0) <= timeMs) low = middle
    else high = middle - 1
  }
  return low
}

/** A bucket in which nothing happened after `previous`. */
function flat(previous: Candle, startMs: number): Candle {
  const price = previous.closeTicks
  return {
    startMs,
    openTicks: price,
    highTicks: price,
    lowTicks: price,
    closeTicks: price,
    baseTicks: 0n,
    quoteMicros: 0n,
    lastTradeId: previous.lastTradeId,
    sampleCount: 0,
  }
}
