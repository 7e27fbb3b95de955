import { Dec } from '../hedge/decimal.ts'
import type { Hedge, HedgeLeg } from '../hedge/ledger.ts'
import { optionalDec } from './columns.ts'
import type { Session } from './session.ts'
import type { SqlValue } from './transactions.ts'

interface HedgeRow {
  readonly hedge_no: number
  readonly hedge_id: string
  readonly name: string
  readonly run_id: string
  readonly market_index: number
  readonly symbol: string
  readonly state: Hedge['state']
  readonly target: Hedge['target']
  readonly cause: string | null
  readonly open_deadline_ms: number
  readonly attempts_used: number
  readonly naked_since_ms: number | null
  readonly created_at_ms: number
  readonly opened_at_ms: number | null
  readonly closed_at_ms: number | null
  readonly owner_id: string | null
  readonly epoch: number
  readonly lease_until_ms: number
}

interface LegRow {
  readonly hedge_id: string
  readonly account: string
  readonly account_index: number
  readonly api_key_index: number
  readonly side: HedgeLeg['side']
  readonly planned_base: string
  readonly leverage: string
  readonly last_seen_base: string | null
  readonly stop_down: string | null
  readonly stop_up: string | null
  readonly stop_state: HedgeLeg['stopState']
}

/** Rows of `hedges` that still hold their accounts; the index `hedges_live` has the same words. */
export const LIVE = "state NOT IN ('closed', 'aborted')"

/** The same rule for a value. */
export function isLive(state: Hedge['state']): boolean {
  return state !== 'closed' && state !== 'aborted'
}

/** Reads hedges with their legs; `selection` follows `FROM hedges`. Call within `read` or `write`. */
export function selectHedges(
  session: Session,
  selection: string,
  ...values: readonly SqlValue[]
): Hedge[] {
  const rows = session.sql<HedgeRow>(`SELECT * FROM hedges ${selection}`).all(...values)
  if (rows.length === 0) return []
  // All legs with one query: a thousand hedges would else be a thousand queries.
  const legs = session
    .sql<LegRow>(
      `SELECT * FROM legs WHERE hedge_id IN (SELECT hedge_id FROM hedges ${selection})
       ORDER BY hedge_id, leg_no`,
    )
    .all(...values)
  const legsOfHedge = groupLegs(legs)
  return rows.map((row) => toHedge(row, legsOfHedge.get(row.hedge_id) ?? []))
}

/** One hedge, undefined when there is none with this id. */
export function selectHedge(session: Session, hedgeId: string): Hedge | undefined {
  return selectHedges(session, 'WHERE hedge_id = ?', hedgeId)[0]
}

function groupLegs(rows: readonly LegRow[]): Map<string, HedgeLeg[]> {
  const groups = new Map<string, HedgeLeg[]>()
  for (const row of rows) {
    const group = groups.get(row.hedge_id)
    if (group === undefined) groups.set(row.hedge_id, [toLeg(row)])
    else group.push(toLeg(row))
  }
  return groups
}

function toLeg(row: LegRow): HedgeLeg {
  return {
    account: row.account,
    accountIndex: row.account_index,
    apiKeyIndex: row.api_key_index,
    side: row.side,
    plannedBase: new Dec(row.planned_base),
    leverage: new Dec(row.leverage),
    lastSeenBase: optionalDec(row.last_seen_base),
    stopDown: optionalDec(row.stop_down),
    stopUp: optionalDec(row.stop_up),
    stopState: row.stop_state,
  }
}

function toHedge(row: HedgeRow, legs: readonly HedgeLeg[]): Hedge {
  return {
    hedgeId: row.hedge_id,
    name: row.name,
    runId: row.run_id,
    marketIndex: row.market_index,
    symbol: row.symbol,
    state: row.state,
    target: row.target,
    cause: row.cause ?? undefined,
    legs,
    openDeadlineMs: row.open_deadline_ms,
    attemptsUsed: row.attempts_used,
    nakedSinceMs: row.naked_since_ms ?? undefined,
    createdAtMs: row.created_at_ms,
    openedAtMs: row.opened_at_ms ?? undefined,
    closedAtMs: row.closed_at_ms ?? undefined,
    ownerId: row.owner_id ?? undefined,
    epoch: row.epoch,
    leaseUntilMs: row.lease_until_ms,
  }
}
