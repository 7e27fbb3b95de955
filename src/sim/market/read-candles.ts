/**
 * Files of candles as price paths. Inside a candle the price goes from open to the nearer of high and low (on a tie to
 * low when the candle rises, else to high), then to the other one, then to close: the extremes at one and two thirds
 * of its time. Between the end of a candle and a later next one the price stands still. PROTOCOL.md does not speak of
 * recorded prices; this rule is the one of common back-testing programs.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { CandleRow, CandleTable } from './candle-table.ts'
import { invalidCandles, readCandleTable } from './candle-table.ts'
import type { PricePoint } from './price-path.ts'

export interface CandleMarket {
  readonly priceDecimals: number
  /** Named in errors. */
  readonly file?: string
}

/** The largest price that an order can name, ticks (PROTOCOL.md section 5.4: 32 bits). */
const MAX_PRICE_TICKS = 4_294_967_295n
/** Length of the only candle of a file, milliseconds. */
const LONE_CANDLE_MS = 60_000

/**
 * Reads candles, oldest or newest first, as points of a price path that starts at 0 milliseconds with the first price.
 * Times are ISO texts (UTC unless they say otherwise) or seconds, milliseconds, micro- or nanoseconds since 1970.
 * A file with time and close (or price) only is taken as single prices.
 * @throws HedgebotError kind `usage`, code `candles_invalid`, with the line
 */
export function readCandles(
  text: string,
  market: CandleMarket,
): readonly [PricePoint, ...PricePoint[]] {
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

function readPoints(text: string, market: CandleMarket): readonly [PricePoint, ...PricePoint[]] {
  const table = readCandleTable(text)
  const candles = inOrder(table.rows.map((row) => readCandle(table, row, market)))
  const lengthMs = shortestStepMs(candles)
  const startMs = candles[0]?.timeMs ?? 0
  const points: PricePoint[] = []
  for (const [at, candle] of candles.entries()) {
    const nextMs = candles[at + 1]?.timeMs
    for (const point of walk(candle, lengthMs, nextMs)) {
      points.push({ ...point, elapsedMs: point.elapsedMs - startMs })
    }
  }
  const [first, ...rest] = points
  if (first === undefined) throw invalidCandles(2, 'there is no candle')
  return [first, ...rest]
}

interface Candle {
  readonly line: number
  readonly timeMs: number
  readonly close: bigint
  /** Undefined where the file has single prices. */
  readonly open: bigint | undefined
  readonly high: bigint
  readonly low: bigint
}

function readCandle(table: CandleTable, row: CandleRow, market: CandleMarket): Candle {
  const { line } = row
  const price = (text: string | undefined) => readPrice(text, line, market)
  const timeMs = readTime(row.cell('time') ?? '', line)
  const close = price(row.cell('close'))
  const open = table.has('open') ? price(row.cell('open')) : undefined
  const ends = open === undefined ? [close] : [open, close]
  const high = table.has('high') ? price(row.cell('high')) : largest(ends)
  const low = table.has('low') ? price(row.cell('low')) : smallest(ends)
  if (ends.some((end) => end > high)) throw invalidCandles(line, 'high is below open or close')
  if (ends.some((end) => end < low)) throw invalidCandles(line, 'low is above open or close')
  return { line, timeMs, close, open, high, low }
}

/** Oldest first; the file may have it the other way round. */
function inOrder(candles: readonly Candle[]): readonly Candle[] {
  const [first, second] = candles
  const isNewestFirst = first !== undefined && second !== undefined && second.timeMs < first.timeMs
  for (const [at, candle] of candles.entries()) {
    const before = candles[at - 1]
    if (before === undefined) continue
    if (candle.timeMs === before.timeMs) {
      throw invalidCandles(candle.line, `the same time as in line ${before.line}`)
    }
    if (candle.timeMs < before.timeMs !== isNewestFirst) {
      throw invalidCandles(candle.line, 'the times neither grow nor fall from line to line')
    }
  }
  return isNewestFirst ? candles.toReversed() : candles
}

/** A candle is as long as the shortest step between two: longer steps are gaps. */
function shortestStepMs(candles: readonly Candle[]): number {
  let shortest = Number.POSITIVE_INFINITY
  for (const [at, { timeMs }] of candles.entries()) {
    shortest = Math.min(shortest, (candles[at + 1]?.timeMs ?? Number.POSITIVE_INFINITY) - timeMs)
  }
  return shortest === Number.POSITIVE_INFINITY ? LONE_CANDLE_MS : shortest
}

function walk(candle: Candle, lengthMs: number, nextMs: number | undefined): PricePoint[] {
  const { timeMs, open, close } = candle
  if (open === undefined) return [{ elapsedMs: timeMs, priceTicks: close }]
  const extremes = isLowFirst(candle) ? [candle.low, candle.high] : [candle.high, candle.low]
  // The very end belongs to the next open: a difference between the two is a jump.
  const endMs = timeMs + lengthMs - lengthMs / 1000
  const points = [
    { elapsedMs: timeMs, priceTicks: open },
    ...extremes.map((priceTicks, at) => ({
      elapsedMs: timeMs + ((at + 1) * lengthMs) / 3,
      priceTicks,
    })),
    { elapsedMs: endMs, priceTicks: close },
  ]
  const gapEndMs = nextMs === undefined ? undefined : nextMs - lengthMs / 1000
  if (gapEndMs === undefined || gapEndMs <= endMs) return points
  return [...points, { elapsedMs: gapEndMs, priceTicks: close }]
}

function isLowFirst({ open = 0n, high, low, close }: Candle): boolean {
  const down = open - low
  const up = high - open
  return down === up ? close >= open : down < up
}

/** Unit of a time in digits: what makes it a date of our time. */
function readTime(text: string, line: number): number {
  const cell = text.trim()
  if (/^\d+(\.\d+)?$/.test(cell)) {
    const value = Number(cell)
    if (value < 1e11) return value * 1000
    if (value < 1e14) return value
    return value < 1e17 ? value / 1e3 : value / 1e6
  }
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
      `"${cell}" is no time (ISO such as 2025-10-10T21:00:00Z, or a number)`,
    )
  }
  return value
}

/** Rounded half up to the market's tick. */
function readPrice(text: string | undefined, line: number, market: CandleMarket): bigint {
  const cell = (text ?? '').trim()
  const plain = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(cell) ? cell.replaceAll(',', '') : cell
  const match = /^(\d+)(?:\.(\d*))?$/.exec(plain)
  if (match === null) throw invalidCandles(line, `"${cell}" is no price (digits and a point)`)
  const { priceDecimals } = market
  const fraction = (match[2] ?? '').padEnd(priceDecimals + 1, '0')
  const kept = BigInt(`${match[1] ?? '0'}${fraction.slice(0, priceDecimals)}`)
  const ticks = kept + ((fraction[priceDecimals] ?? '0') >= '5' ? 1n : 0n)
  if (ticks === 0n) throw invalidCandles(line, 'a price must be above zero')
  if (ticks > MAX_PRICE_TICKS) throw invalidCandles(line, `${cell} is more than a price can be`)
  return ticks
}

function largest(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a > b ? a : b))
}

function smallest(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a < b ? a : b))
}
