/**
 * Widths of candles and where their buckets begin (PROTOCOL.md section 2, `candles`). All widths are whole minutes,
 * so that longer candles can be put together from the minutes. Weeks begin on Monday 00:00 UTC: PROTOCOL.md does not
 * say when, charts commonly do.
 * @module
 */
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const WIDTHS_MS = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '4h': 4 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
} as const

/** A width that the venue knows (PROTOCOL.md section 2, `candles`). */
export type Resolution = keyof typeof WIDTHS_MS

/** Every width, shortest first (PROTOCOL.md section 2, `candles`). */
export const RESOLUTIONS = [
  '1m',
  '5m',
  '15m',
  '30m',
  '1h',
  '4h',
  '12h',
  '1d',
  '1w',
] as const satisfies readonly Resolution[]

/** Monday, 5 January 1970: the epoch itself was a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS

/** Whether a text names a width (PROTOCOL.md section 2, `candles`). */
export function isResolution(text: string): text is Resolution {
  return Object.hasOwn(WIDTHS_MS, text)
}

/** Length of a candle, milliseconds (PROTOCOL.md section 2, `candles`). */
export function widthMs(resolution: Resolution): number {
  return WIDTHS_MS[resolution]
}

/** Beginning of the bucket that holds a time, milliseconds since 1970 (PROTOCOL.md section 2.1, `candles`). */
export function bucketStartMs(resolution: Resolution, timeMs: number): number {
  const width = WIDTHS_MS[resolution]
  const offset = resolution === '1w' ? FIRST_MONDAY_MS : 0
  return Math.floor((timeMs - offset) / width) * width + offset
}
