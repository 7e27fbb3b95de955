/**
 * The time range of history reads (PROTOCOL.md sections 2 and 10).
 * @module
 */
import { integerParam, type Params } from './request-params.ts'
import { refusal } from './venue-refusal.ts'

/** Bounds of the documents' parameters. */
const LATEST_PARAM = 5_000_000_000_000
/** Smaller times are seconds (PROTOCOL.md section 2.1 on orders: "treat < 1e11 as seconds"). */
const FIRST_MILLISECONDS = 100_000_000_000
/** 20 November 2286 in seconds: the message of 22401 allows less. */
const YEAR_2286_SECONDS = 10_000_000_000
/** Buckets that a range may span; the venue's own limit behind 22403 is not published. */
const MOST_BUCKETS = 10_000
/** Rows of one answer (PROTOCOL.md section 2.1, `candles`). */
const MOST_ROWS = 500

/** A range of whole buckets to read, newest rows first served (PROTOCOL.md section 2, `candles` and `fundings`). */
export interface TimeRange {
  readonly fromMs: number
  readonly toMs: number
  /** The newest that many. */
  readonly limit: number
}

/**
 * Reads `start_timestamp` and `end_timestamp` (seconds or milliseconds) and `count_back`, all required
 * (PROTOCOL.md sections 2 and 2.1). What a `count_back` of 0 means is not documented; ccxt sends it with every candle
 * read on the real venue and gets rows: it sets no limit of its own.
 * @throws VenueRefusal 20001 missing or no number, 22401 zero or beyond 2286, 22400 not in order, 22403 too long
 */
export function timeRangeParam(params: Params, bucketMs: number): TimeRange {
  const fromMs = timeParam(params, 'start_timestamp')
  const toMs = timeParam(params, 'end_timestamp')
  const limit = integerParam(params, 'count_back', { min: 0 }) || MOST_ROWS
  if (toMs <= fromMs) throw refusal(22400)
  if (toMs - fromMs > MOST_BUCKETS * bucketMs) throw refusal(22403)
  return { fromMs, toMs, limit: Math.min(limit, MOST_ROWS) }
}

function timeParam(params: Params, name: string): number {
  const value = integerParam(params, name, { max: LATEST_PARAM })
  if (value >= FIRST_MILLISECONDS) return value
  if (value === 0 || value >= YEAR_2286_SECONDS) throw refusal(22401)
  return value * 1_000
}
