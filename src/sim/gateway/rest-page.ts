/**
 * Pages of a list (PROTOCOL.md section 2, pagination). A cursor is the place of the page's last row in the order of
 * the list, not its number: rows that come or go between two reads are neither lost nor doubled.
 * @module
 */
import { integerParam, type Params } from './request-params.ts'
import { refusal } from './venue-refusal.ts'

/** Rows of a page that the venue allows (PROTOCOL.md section 2). */
const MAX_LIMIT = 100

export interface PageRule<T> {
  readonly params: Params
  /** Rows of a page where the endpoint takes no `limit`. */
  readonly fixedLimit?: number
  /** A row's place; the list falls strictly by it, earlier numbers deciding first. */
  placeOf(item: T): readonly bigint[]
}

/** One page; `nextCursor` is undefined at the end. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly nextCursor: string | undefined
}

/**
 * Cuts the page that `cursor` and `limit` ask for out of a list (PROTOCOL.md section 2, pagination).
 * @throws VenueRefusal 20001 for a cursor that no page has given, or a wrong limit
 */
export function pageOf<T>(items: readonly T[], rule: PageRule<T>): Page<T> {
  const limit = rule.fixedLimit ?? integerParam(rule.params, 'limit', { min: 1, max: MAX_LIMIT })
  const cursor = rule.params['cursor'] ?? ''
  const last = cursor === '' ? undefined : readPlace(cursor)
  const isBehind = (item: T) => last === undefined || comparePlaces(rule.placeOf(item), last) < 0
  const from = items.findIndex(isBehind)
  if (from < 0) return { rows: [], nextCursor: undefined }
  const rows = items.slice(from, from + limit)
  const end = rows.at(-1)
  const hasMore = from + limit < items.length
  return {
    rows,
    nextCursor: hasMore && end !== undefined ? rule.placeOf(end).join('-') : undefined,
  }
}

function readPlace(cursor: string): readonly bigint[] {
  if (!/^\d{1,20}(-\d{1,20}){0,2}$/.test(cursor)) throw refusal(20001)
  return cursor.split('-').map(BigInt)
}

/** Compares two places, earlier numbers deciding first (PROTOCOL.md section 2, pagination). */
export function comparePlaces(a: readonly bigint[], b: readonly bigint[]): number {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0n
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}
