import type { LedgerOrder, OrderPurpose } from '../hedge/ledger.ts'
import type { Journal } from '../ports.ts'
import type { StoryLine } from './drill-report.ts'
import type { JournalStory } from './run-drill.ts'

const EVENTS_MAX = 1000
const HEDGES_MAX = 100

/**
 * What the program wrote down about itself: every event, and the orders that went out more than once. Times are milliseconds since 1970.
 */
export function journalStory(
  journal: Pick<Journal, 'events' | 'recentHedges' | 'liveHedges' | 'ordersOfHedge'>,
): JournalStory {
  const events = journal
    .events({ limit: EVENTS_MAX })
    .toReversed()
    .map(({ atMs, message, account }) => line(atMs, account, message))
  const orders = journal
    .recentHedges(HEDGES_MAX)
    .flatMap(({ hedgeId }) => journal.ordersOfHedge(hedgeId))
    .flatMap(repeatLines)
  return {
    lines: [...events, ...orders],
    liveHedges: journal.liveHedges().map(({ name }) => name),
  }
}

/** Orders that change a position: only these are told. */
const TRADING: ReadonlySet<OrderPurpose> = new Set(['open', 'complete', 'reduce', 'close'])

function repeatLines(order: LedgerOrder): readonly StoryLine[] {
  const { account, purpose, settledAtMs, sends, state, filledBase } = order
  if (!TRADING.has(purpose) || sends <= 1 || settledAtMs === undefined) return []
  const outcome = filledBase.isZero() ? state : `filled ${filledBase.toFixed()}`
  const text = `its ${purpose} order went out ${sends} times with one nonce, so it counts once: ${outcome}`
  return [line(settledAtMs, account, text)]
}

function line(atMs: number, account: string | undefined, message: string): StoryLine {
  const text =
    account === undefined || message.startsWith(account) ? message : `${account}: ${message}`
  return { atMs, who: 'hedgebot', text }
}
