import { HedgebotError } from '../errors.ts'
import type { SpendPriority } from '../ports.ts'
import { toAccountFills } from './account-convert.ts'
import { withFills } from './account-fills.ts'
import type { AccountReadsOptions } from './account-reads.ts'
import { tradesAnswerSchema, type WireTrade } from './account-schemas.ts'

/** Which fills are read. */
export interface FillsWish {
  readonly marketIndex: number
  /** Our wall clock. */
  readonly sinceMs: number
  readonly priority: SpendPriority
}

/** What the venue gives at most on a page. */
const PAGE_ROWS = 100
/** A hedge has a handful of fills; each page is a unit that closing may need. */
export const MAX_FILL_PAGES = 5
/** The two clocks are compared to about a second, and a trade may be stamped before it was asked for. */
const SINCE_MARGIN_MS = 5_000

/**
 * Reads fills newest first back to a moment and merges them like streamed trades (PROTOCOL.md section 2, trades).
 * What was read before an error is kept: a fill is a fact.
 * @throws HedgebotError as `RestClient.read`; kind `unknown_state`, code `too_many_fills`, when pages run out first
 */
export async function readFills(options: AccountReadsOptions, wish: FillsWish): Promise<void> {
  const { clockOffset, clock } = options
  let cursor: string | undefined
  for (let page = 0; page < MAX_FILL_PAGES; page++) {
    const answer = await readPage(options, wish, cursor)
    merge(options, wish, answer.trades)
    cursor = answer.next_cursor ?? ''
    // After an answer: the first of them is what makes the offset known.
    const sinceVenueMs = wish.sinceMs + clockOffset.venueNowMs() - clock.now() - SINCE_MARGIN_MS
    const isBeforeSince = answer.trades.some(({ timestamp }) => timestamp < sinceVenueMs)
    if (cursor === '' || isBeforeSince) return
  }
  throw new HedgebotError(
    'unknown_state',
    `more than ${MAX_FILL_PAGES * PAGE_ROWS} fills of account ${options.ref.accountIndex} since then`,
    { code: 'too_many_fills', hint: 'Another program may trade with this account.' },
  )
}

function readPage(
  { rest, ref }: AccountReadsOptions,
  { marketIndex, priority }: FillsWish,
  cursor: string | undefined,
) {
  const query = {
    account_index: String(ref.accountIndex),
    market_id: String(marketIndex),
    sort_by: 'timestamp',
    sort_dir: 'desc',
    limit: String(PAGE_ROWS),
    ...(cursor === undefined ? {} : { cursor }),
  }
  return rest.read({ path: '/api/v1/trades', query, schema: tradesAnswerSchema, priority })
}

function merge(
  { store, ref }: AccountReadsOptions,
  { marketIndex }: FillsWish,
  trades: readonly WireTrade[],
): void {
  const fills = trades
    .filter((trade) => trade.market_id === marketIndex)
    .flatMap((trade) => toAccountFills(trade, ref.accountIndex))
  store.applyRead(withFills(store.state(), fills), {})
}
