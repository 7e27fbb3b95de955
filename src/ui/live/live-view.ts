/**
 * What `watch` shows, as plain data that a thread border, a file and a test can carry. Money, prices and sizes are
 * decimal text without exponent; undefined is unknown and is shown as such, never as zero. Ages are milliseconds at
 * `atMs`.
 * @module
 */
import type { HedgeState, StopState } from '../../hedge/ledger.ts'
import type { Side } from '../../hedge/side.ts'
import type { EventLevel } from '../../journal-port.ts'

/** A market that is followed. */
export interface LiveMarket {
  readonly symbol: string
  readonly markPrice: string | undefined
  readonly markAgeMs: number | undefined
  readonly bestBid: string | undefined
  readonly bestAsk: string | undefined
}

/** One account's part of a hedge. */
export interface LiveLeg {
  readonly account: string
  readonly accountIndex: number
  readonly side: Side
  /** In the leg's own direction. */
  readonly baseSize: string | undefined
  readonly entryPrice: string | undefined
  readonly markPrice: string | undefined
  readonly unrealizedPnlUsd: string | undefined
  readonly fundingPaidUsd: string | undefined
  readonly feesUsd: string | undefined
  readonly marginUsagePct: string | undefined
  readonly liquidationPrice: string | undefined
  readonly liquidationDistancePct: string | undefined
  /** The mark at which this leg has lost its threshold; undefined when none is set. */
  readonly stopPrice: string | undefined
  /** From mark to `stopPrice`, percent of mark. */
  readonly stopDistancePct: string | undefined
  /** The resting pair on the exchange. */
  readonly stopState: StopState
  /** Age of the account's data. */
  readonly ageMs: number | undefined
  readonly egress: string
}

/** One hedge with its legs. */
export interface LiveHedge {
  readonly hedgeId: string
  readonly name: string
  readonly market: string
  readonly state: HedgeState
  readonly target: 'open' | 'flat'
  readonly cause: string | undefined
  readonly legs: readonly LiveLeg[]
  /** Signed sum of the legs. */
  readonly netExposureBase: string | undefined
  readonly netExposureUsd: string | undefined
  readonly unrealizedPnlUsd: string | undefined
  readonly realizedPnlUsd: string | undefined
  readonly fundingPaidUsd: string | undefined
  readonly feesUsd: string | undefined
  readonly legGapMs: number | undefined
  readonly nakedMs: number
  readonly stopState: StopState
  readonly isExposed: boolean
  readonly isUnknown: boolean
}

/** Sums over all hedges, whether or not they are in view; a sum with an unknown part is unknown. */
export interface LiveTotals {
  readonly hedges: number
  readonly open: number
  readonly unrealizedPnlUsd: string | undefined
  readonly realizedPnlUsd: string | undefined
  readonly fundingPaidUsd: string | undefined
  readonly feesUsd: string | undefined
  readonly netExposureUsd: string | undefined
  /** The longest naked time of one hedge. */
  readonly nakedMs: number
  /** Hedges above the tolerance for naked exposure. */
  readonly exposed: number
  /** Legs without their stop on the exchange. */
  readonly unprotected: number
  /** Hedges with a leg that could not be read. */
  readonly unknown: number
}

/** What is left of one owner's request budget. */
export interface LiveBudget {
  readonly owner: string
  readonly left: number | undefined
  readonly limit: number
}

/** How one way out is. */
export interface LiveEgress {
  readonly name: string
  readonly condition: 'healthy' | 'degraded' | 'down' | 'restricted'
  /** snake_case; undefined while healthy. */
  readonly reason: string | undefined
  /** That use it now. */
  readonly accounts: number
}

/** One line of the story. */
export interface LiveEvent {
  readonly atMs: number
  readonly level: EventLevel
  /** snake_case, as in the journal. */
  readonly kind: string
  readonly message: string
  readonly hedgeId: string | undefined
  readonly account: string | undefined
}

/** Everything of the view but its hedges. */
export interface LiveSummary {
  /** Wall clock, milliseconds. */
  readonly atMs: number
  readonly network: string
  readonly markets: readonly LiveMarket[]
  readonly totals: LiveTotals
  readonly budgets: readonly LiveBudget[]
  readonly egresses: readonly LiveEgress[]
  /** Oldest first; the last few are shown. */
  readonly events: readonly LiveEvent[]
  /** Openings are paused everywhere (`hedgebot pause`). */
  readonly isOpeningPaused: boolean
  /** Older data is marked (`watch.stale_after_ms`). */
  readonly staleAfterMs: number
}

/** A hedge's place in the table without its values: enough to count rows and to find it by id or name. */
export interface LiveEntry {
  readonly hedgeId: string
  readonly name: string
  readonly legs: number
}

/**
 * Where the screen takes its data from, on its own time and never on a tick. `hedge` is asked only for what is in view,
 * so that a frame costs the same with twenty accounts and with a thousand.
 */
export interface LiveSource {
  summary(): LiveSummary
  /** In the order of display. */
  entries(): readonly LiveEntry[]
  /** Undefined when it is gone meanwhile. */
  hedge(hedgeId: string): LiveHedge | undefined
}

/** One frame's data: the hedges that touch the window, and where they stand in the whole table. */
export interface LiveView {
  readonly summary: LiveSummary
  readonly hedges: readonly LiveHedge[]
  /** Table row of the first of `hedges`. */
  readonly rowOffset: number
  /** Table rows of all hedges: one for a hedge, one for each leg. */
  readonly rowCount: number
}

/** Rows of the table that are wanted. */
export interface RowWindow {
  readonly first: number
  readonly count: number
}

/** Everything there is, for small tables, reports and the frozen rows of a pause. */
export function wholeView(source: LiveSource): LiveView {
  return sliceView(source, { first: 0, count: Number.MAX_SAFE_INTEGER })
}

/** The view of a window; only hedges that touch it are built. */
export function sliceView(source: LiveSource, window: RowWindow): LiveView {
  const summary = source.summary()
  const hedges: LiveHedge[] = []
  let rowOffset: number | undefined
  let row = 0
  for (const entry of source.entries()) {
    const start = row
    row += 1 + entry.legs
    if (row <= window.first || start >= window.first + window.count) continue
    const hedge = source.hedge(entry.hedgeId)
    if (hedge === undefined) continue
    rowOffset ??= start
    hedges.push(hedge)
  }
  return { summary, hedges, rowOffset: rowOffset ?? 0, rowCount: row }
}

/** Table rows of all hedges. */
export function countRows(entries: readonly LiveEntry[]): number {
  return entries.reduce((sum, { legs }) => sum + 1 + legs, 0)
}

/** A source over a view that no longer changes: frozen rows. */
export function frozenSource(view: LiveView, summary: () => LiveSummary): LiveSource {
  const byId = new Map(view.hedges.map((hedge) => [hedge.hedgeId, hedge]))
  const entries = view.hedges.map(({ hedgeId, name, legs }) => ({
    hedgeId,
    name,
    legs: legs.length,
  }))
  return { summary, entries: () => entries, hedge: (hedgeId) => byId.get(hedgeId) }
}
