/**
 * Files of candles as price paths. Inside a candle the price goes from open to the nearer of high and low (on a tie to
 * low when the candle rises, else to high), then to the other one, then to close: the extremes at one and two thirds
 * of its time. Between the end of a candle and a later next one the price stands still. PROTOCOL.md does not speak of
 * recorded prices; this rule is the one of common back-testing programs.
 * @module
 */
import { assert, HedgebotError } from '../../errors.ts'
import { MAX_PRICE_TICKS } from '../core/units.ts'
import type { CandleRow, CandleTable } from './candle-table.ts'
import { invalidCandles, readCandleTable } from './candle-table.ts'
import type { PricePoint } from './price-path.ts'

export interface CandleMarket {
  readonly priceDecimals: number
  /** Named in errors. */
  readonly file?: string
}

/** Length of the only candle of a file, milliseconds. */
const LONE_CANDLE_MS = 60_000

/**
 * Reads candles, oldest or newest first, as points of a price path that starts at 0 milliseconds with the first price.
 * Times are ISO texts (UTC unless they say otherwise) or seconds, milliseconds, micro- or nanoseconds since 1970.
 * A file with time and close (or price) only is taken as single prices. The points are made while they are gone
 * through, as often as that is; everything that can be wrong with the file is found before.
 * @throws HedgebotError kind `usage`, code `candles_invalid`, with the line
 */
export function readCandles(text: string, market: CandleMarket): Iterable<PricePoint> {
  try {
    return readPoints(text, market)
  } catch (error) {
    if (!(error instanceof HedgebotError)) throw error
    const { code, hint, message } = error
    throw new HedgebotError('usage', `${market.file ?? 'candles'}, ${message}`, {
      code,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

function readPoints(text: string, market: CandleMarket): Iterable<PricePoint> {
  const candles = readColumns(text, market)
  const count = candles.timesMs.length
  if (count === 0) throw invalidCandles(2, 'there is no candle')
  const isNewestFirst = checkOrder(candles)
  const at = (place: number) => candleAt(candles, isNewestFirst ? count - 1 - place : place)
  const startMs = at(0).timeMs
  const lengthMs = shortestStepMs(candles.timesMs)
  return {
    *[Symbol.iterator]() {
      for (let place = 0; place < count; place += 1) {
        const nextMs = place + 1 < count ? at(place + 1).timeMs : undefined
        for (const { elapsedMs, priceTicks } of walk(at(place), lengthMs, nextMs)) {
          yield { elapsedMs: elapsedMs - startMs, priceTicks }
        }
      }
    },
  }
}

/**
 * The candles in the order of the file, a column each: a year of minutes is half a million of them, which as objects
 * would take a gigabyte. Prices are whole ticks of at most 32 bits, exact as numbers.
 */
interface CandleColumns {
  readonly lines: number[]
  readonly timesMs: number[]
  /** Empty where the file has single prices. */
  readonly opens: number[]
  readonly highs: number[]
  readonly lows: number[]
  readonly closes: number[]
}

function readColumns(text: string, market: CandleMarket): CandleColumns {
  const candles: CandleColumns = {
    lines: [],
    timesMs: [],
    opens: [],
    highs: [],
    lows: [],
    closes: [],
  }
  const table = readCandleTable(text)
  for (const row of table.rows) {
    const { timeMs, open, high, low, close } = readCandle(table, row, market)
    candles.lines.push(row.line)
    candles.timesMs.push(timeMs)
    if (open !== undefined) candles.opens.push(open)
    candles.highs.push(high)
    candles.lows.push(low)
    candles.closes.push(close)
  }
  return candles
}

interface Candle {
  readonly timeMs: number
  readonly close: number
  /** Undefined where the file has single prices. */
  readonly open: number | undefined
  readonly high: number
  readonly low: number
}

function candleAt(candles: CandleColumns, place: number): Candle {
  const { timesMs, opens, highs, lows, closes } = candles
  const [timeMs, high, low, close] = [timesMs[place], highs[place], lows[place], closes[place]]
  assert(timeMs !== undefined && high !== undefined, 'a place is one of a candle')
  assert(low !== undefined && close !== undefined, 'columns are equally long')
  return { timeMs, high, low, close, open: opens[place] }
}

function readCandle(table: CandleTable, row: CandleRow, market: CandleMarket): Candle {
  const { line } = row
  const price = (text: string | undefined) => readPrice(text, line, market)
  const timeMs = readTime(row.cell('time') ?? '', line)
  const close = price(row.cell('close'))
  const open = table.has('open') ? price(row.cell('open')) : undefined
  const ends = open === undefined ? [close] : [open, close]
  const high = table.has('high') ? price(row.cell('high')) : Math.max(...ends)
  const low = table.has('low') ? price(row.cell('low')) : Math.min(...ends)
  if (ends.some((end) => end > high)) throw invalidCandles(line, 'high is below open or close')
  if (ends.some((end) => end < low)) throw invalidCandles(line, 'low is above open or close')
  return { timeMs, close, open, high, low }
}

/** True when the newest is first; the file may have it either way, but one way only. */
function checkOrder({ lines, timesMs }: CandleColumns): boolean {
  const [first = 0, second = first] = timesMs
  const isNewestFirst = second < first
  for (const [at, timeMs] of timesMs.entries()) {
    const beforeMs = timesMs[at - 1]
    if (beforeMs === undefined) continue
    const line = lines[at] ?? 0
    if (timeMs === beforeMs) {
      throw invalidCandles(line, `the same time as in line ${lines[at - 1]}`)
    }
    if (timeMs < beforeMs !== isNewestFirst) {
      throw invalidCandles(line, 'the times neither grow nor fall from line to line')
    }
  }
  return isNewestFirst
}

/** A candle is as long as the shortest step between two: longer steps are gaps. */
function shortestStepMs(timesMs: readonly number[]): number {
  let shortest = Number.POSITIVE_INFINITY
  for (let at = 1; at < timesMs.length; at += 1) {
    shortest = Math.min(shortest, Math.abs((timesMs[at] ?? 0) - (timesMs[at - 1] ?? 0)))
  }
  return shortest === Number.POSITIVE_INFINITY ? LONE_CANDLE_MS : shortest
}

function* walk(
  candle: Candle,
  lengthMs: number,
  nextMs: number | undefined,
): Generator<PricePoint, undefined> {
  const { timeMs, open, close, high, low } = candle
  if (open === undefined) {
    yield pointOf(timeMs, close)
    return
  }
  const isLow = isLowFirst({ open, high, low, close })
  // The very end belongs to the next open: a difference between the two is a jump.
  const endMs = timeMs + lengthMs - lengthMs / 1000
  yield pointOf(timeMs, open)
  yield pointOf(timeMs + lengthMs / 3, isLow ? low : high)
  yield pointOf(timeMs + (2 * lengthMs) / 3, isLow ? high : low)
  yield pointOf(endMs, close)
  const gapEndMs = nextMs === undefined ? endMs : nextMs - lengthMs / 1000
  if (gapEndMs > endMs) yield pointOf(gapEndMs, close)
}

function pointOf(elapsedMs: number, ticks: number): PricePoint {
  return { elapsedMs, priceTicks: BigInt(ticks) }
}

function isLowFirst({
  open,
  high,
  low,
  close,
}: Omit<Candle, 'timeMs'> & { open: number }): boolean {
  const down = open - low
  const up = high - open
  return down === up ? close >= open : down < up
}

/** Unit of a time in digits: what makes it a date of our time; undefined beyond all of them. */
function timeInDigits(value: number): number | undefined {
  if (value < 1e11) return value * 1000
  if (value < 1e14) return value
  if (value < 1e17) return value / 1e3
  return value < 1e20 ? value / 1e6 : undefined
}

function readTime(text: string, line: number): number {
  const cell = text.trim()
  const inDigits = /^\d+(\.\d+)?$/.test(cell) ? timeInDigits(Number(cell)) : undefined
  if (inDigits !== undefined) return inDigits
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i.exec(
      cell,
    )
  const [, date = '', time = '00:00:00', zone = 'Z'] = match ?? []
  const offset = /^[a-z]/i.test(zone) ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const value = match === null ? Number.NaN : Date.parse(`${date}T${time}${offset}`)
  if (!Number.isFinite(value)) {
    throw invalidCandles(
      line,
      `"${shortened(cell)}" is no time (ISO such as 2025-10-10T21:00:00Z, or a number)`,
    )
  }
  return value
}

/** Whole ticks, rounded half up; below the largest price every number of ticks is exact. */
function readPrice(text: string | undefined, line: number, market: CandleMarket): number {
  const cell = (text ?? '').trim()
  const plain = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(cell) ? cell.replaceAll(',', '') : cell
  const match = /^(\d+)(?:\.(\d*))?$/.exec(plain)
  if (match === null)
    throw invalidCandles(line, `"${shortened(cell)}" is no price (digits and a point)`)
  const { priceDecimals } = market
  const fraction = (match[2] ?? '').padEnd(priceDecimals + 1, '0')
  const kept = Number(`${match[1] ?? '0'}${fraction.slice(0, priceDecimals)}`)
  const ticks = kept + ((fraction[priceDecimals] ?? '0') >= '5' ? 1 : 0)
  if (ticks === 0) throw invalidCandles(line, 'a price must be above zero')
  if (ticks > Number(MAX_PRICE_TICKS))
    throw invalidCandles(line, `${shortened(cell)} is more than a price can be`)
  return ticks
}

/** A cell for a message: a file that is none may be one line of megabytes. */
function shortened(cell: string): string {
  return cell.length > 60 ? `${cell.slice(0, 60)}...` : cell
}
