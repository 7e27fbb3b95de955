import { HedgebotError } from '../../errors.ts'
import type { PricePoint } from './price-path.ts'

/** Columns that name the time of a candle, and its open and close. */
const TIME_NAMES = ['t', 'time', 'timestamp', 'open_time', 'date']
const CLOSE_NAMES = ['c', 'close']
const OPEN_NAMES = ['o', 'open']

export interface CandleMarket {
  readonly priceDecimals: number
}

/**
 * Reads candles as points of a price path: a header line that names time, close and perhaps open (in any order, comma
 * separated), then one candle a line, oldest first. Times are ISO texts, seconds or milliseconds.
 * @throws HedgebotError kind `usage`, code `candles_invalid`, with the line
 */
export function readCandles(
  text: string,
  market: CandleMarket,
): readonly [PricePoint, ...PricePoint[]] {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  const at = (wanted: readonly string[]) => names.findIndex((name) => wanted.includes(name))
  const columns = { time: at(TIME_NAMES), open: at(OPEN_NAMES), close: at(CLOSE_NAMES) }
  if (columns.time < 0 || columns.close < 0) {
    throw invalid(1, 'the first line must name the columns time and close')
  }
  const points = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : candlePoints(line, { number: index + 2, columns, market }),
  )
  const startMs = points[0]?.elapsedMs ?? 0
  const [first, ...rest] = points.map((point) => ({
    ...point,
    elapsedMs: point.elapsedMs - startMs,
  }))
  if (first === undefined) throw invalid(2, 'there is no candle')
  const late = rest.findIndex(
    (point, index) => point.elapsedMs <= (points[index]?.elapsedMs ?? 0) - startMs,
  )
  if (late >= 0) throw invalid(late + 2, 'the times must grow from line to line')
  return [first, ...rest]
}

interface CandleLine {
  readonly number: number
  readonly columns: { readonly time: number; readonly open: number; readonly close: number }
  readonly market: CandleMarket
}

/** The close at the candle's time; the open only matters for the very first one and is left to the line before. */
function candlePoints(line: string, { number, columns, market }: CandleLine): PricePoint[] {
  const cells = line.split(',').map((cell) => cell.trim())
  const elapsedMs = readTime(cells[columns.time] ?? '', number)
  const priceTicks = readPrice(cells[columns.close] ?? '', { number, market })
  return [{ elapsedMs, priceTicks }]
}

function readTime(text: string, number: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isFinite(value)) throw invalid(number, `"${text}" is no time`)
  // Seconds until the year 5138, milliseconds from 1973 on.
  return /^\d/.test(text) && value < 1e11 && !text.includes('-') ? value * 1000 : value
}

function readPrice(
  text: string,
  { number, market }: { readonly number: number; readonly market: CandleMarket },
): bigint {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) throw invalid(number, `"${text}" is no price`)
  const fraction = (match[2] ?? '').slice(0, market.priceDecimals).padEnd(market.priceDecimals, '0')
  const ticks = BigInt(`${match[1] ?? '0'}${fraction}`)
  if (ticks === 0n) throw invalid(number, 'a price must be above zero')
  return ticks
}

function invalid(line: number, message: string): HedgebotError {
  return new HedgebotError('usage', `candles, line ${line}: ${message}`, {
    code: 'candles_invalid',
    hint: 'a CSV file with a header such as time,open,high,low,close',
  })
}
