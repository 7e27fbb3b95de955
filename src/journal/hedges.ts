import { assert, HedgebotError } from '../errors.ts'
import type { Hedge, HedgeLeg } from '../hedge/ledger.ts'
import type { HedgePatch, Journal, NewHedge } from '../ports.ts'
import { decText, optionalDecText, optionalMs, wholeMs } from './columns.ts'
import { leaseEnd, liveHedgeOfAccount, ownershipOf, requireOwn } from './hedge-ownership.ts'
import { isLive, LIVE, selectHedge, selectHedges } from './hedge-rows.ts'
import { describeOwner } from './owners.ts'
import type { Session } from './session.ts'

type HedgeMethod =
  | 'createHedges'
  | 'hedge'
  | 'liveHedges'
  | 'recentHedges'
  | 'hedgesOfRun'
  | 'updateHedge'
  | 'requestFlat'

/** Hedges and their legs. Nothing is ever deleted. */
export function hedgeStore(session: Session): Pick<Journal, HedgeMethod> {
  return {
    createHedges: (hedges) =>
      session.write(() => hedges.map((hedge) => createHedge(session, hedge))),
    hedge: (hedgeId) => session.read(() => selectHedge(session, hedgeId)),
    liveHedges: () => session.read(() => selectHedges(session, `WHERE ${LIVE} ORDER BY hedge_no`)),
    recentHedges: (limit) =>
      session.read(() => selectHedges(session, 'ORDER BY hedge_no DESC LIMIT ?', limit)),
    hedgesOfRun: (runId) =>
      session.read(() => selectHedges(session, 'WHERE run_id = ? ORDER BY hedge_no', runId)),
    updateHedge: (hedge, patch) => session.write(() => updateHedge(session, hedge, patch)),
    requestFlat: (hedgeId, cause) => {
      session.write(() => {
        requestFlat(session, hedgeId, cause)
      })
    },
  }
}

function createHedge(session: Session, hedge: NewHedge): Hedge {
  for (const leg of hedge.legs) refuseBusyAccount(session, leg)
  const hedgeId = insertHedge(session, hedge)
  hedge.legs.forEach((leg, legNo) => {
    insertLeg(session, leg, { hedgeId, legNo, isLive: isLive(hedge.state) })
  })
  const created = selectHedge(session, hedgeId)
  assert(created !== undefined, 'a hedge was inserted')
  return created
}

function refuseBusyAccount(session: Session, leg: HedgeLeg): void {
  const live = liveHedgeOfAccount(session, leg.accountIndex)
  if (live === undefined) return
  const owner = live.owner_id === null ? '' : `, held by ${describeOwner(session, live.owner_id)}`
  throw new HedgebotError(
    'busy',
    `account ${leg.account} (index ${leg.accountIndex}) is in hedge ${live.hedge_id}${owner}`,
    { code: 'account_in_live_hedge', hint: `close hedge ${live.hedge_id} first` },
  )
}

function insertHedge(session: Session, hedge: NewHedge): string {
  const row = session
    .sql<{ hedge_id: string }>(
      `INSERT INTO hedges (hedge_no, hedge_id, name, run_id, market_index, symbol, state, target,
         cause, open_deadline_ms, attempts_used, naked_since_ms, created_at_ms, owner_id, epoch,
         lease_until_ms)
       SELECT no, 'h' || no, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?
       FROM (SELECT coalesce(max(hedge_no), 0) + 1 AS no FROM hedges)
       RETURNING hedge_id`,
    )
    .get(
      hedge.name,
      hedge.runId,
      hedge.marketIndex,
      hedge.symbol,
      hedge.state,
      hedge.target,
      hedge.cause ?? null,
      wholeMs(hedge.openDeadlineMs),
      hedge.attemptsUsed,
      optionalMs(hedge.nakedSinceMs),
      session.nowMs(),
      session.owner.ownerId,
      leaseEnd(session),
    )
  assert(row !== undefined, 'a hedge was inserted')
  return row.hedge_id
}

function insertLeg(
  session: Session,
  leg: HedgeLeg,
  place: { readonly hedgeId: string; readonly legNo: number; readonly isLive: boolean },
): void {
  session
    .sql(
      `INSERT INTO legs (hedge_id, leg_no, is_live, account, account_index, api_key_index, side,
         planned_base, leverage, last_seen_base, stop_down, stop_up, stop_state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      place.hedgeId,
      place.legNo,
      place.isLive ? 1 : 0,
      leg.account,
      leg.accountIndex,
      leg.apiKeyIndex,
      leg.side,
      decText(leg.plannedBase),
      decText(leg.leverage),
      optionalDecText(leg.lastSeenBase),
      optionalDecText(leg.stopDown),
      optionalDecText(leg.stopUp),
      leg.stopState,
    )
}

function updateHedge(
  session: Session,
  { hedgeId, epoch }: Pick<Hedge, 'hedgeId' | 'epoch'>,
  patch: HedgePatch,
): Hedge {
  const ownership = ownershipOf(session, hedgeId)
  if (ownership === undefined) throw unknownHedge(hedgeId)
  requireOwn(session, ownership, epoch)
  const current = selectHedge(session, hedgeId)
  assert(current !== undefined, 'the hedge was there in this transaction')
  const next = merge(current, patch)
  writeHedge(session, next)
  if (patch.legs !== undefined) writeLegs(session, current, patch.legs)
  if (!isLive(next.state)) {
    session.sql('UPDATE legs SET is_live = 0 WHERE hedge_id = ? AND is_live = 1').run(hedgeId)
  }
  return next
}

/** Somebody else may have asked for flat since the owner last looked: that is never taken back. */
function merge(current: Hedge, patch: HedgePatch): Hedge {
  const next = { ...current, ...patch }
  assert(
    isLive(current.state) || next.state === current.state,
    `hedge ${current.hedgeId} is ${current.state} and stays so`,
  )
  if (current.target === 'open') return next
  return { ...next, target: 'flat', cause: next.cause ?? current.cause }
}

function writeHedge(session: Session, hedge: Hedge): void {
  session
    .sql(
      `UPDATE hedges SET state = ?, target = ?, cause = ?, open_deadline_ms = ?, attempts_used = ?,
         naked_since_ms = ?, opened_at_ms = ?, closed_at_ms = ? WHERE hedge_id = ?`,
    )
    .run(
      hedge.state,
      hedge.target,
      hedge.cause ?? null,
      wholeMs(hedge.openDeadlineMs),
      hedge.attemptsUsed,
      optionalMs(hedge.nakedSinceMs),
      optionalMs(hedge.openedAtMs),
      optionalMs(hedge.closedAtMs),
      hedge.hedgeId,
    )
}

/** What a leg is (account, side) stays; sizes, stops and leverage move. */
function writeLegs(session: Session, current: Hedge, legs: readonly HedgeLeg[]): void {
  assert(legs.length === current.legs.length, `hedge ${current.hedgeId} keeps its legs`)
  legs.forEach((leg, legNo) => {
    const { accountIndex, side } = current.legs[legNo] ?? {}
    assert(
      leg.accountIndex === accountIndex && leg.side === side,
      `hedge ${current.hedgeId} keeps accounts and sides of its legs`,
    )
    session
      .sql(
        `UPDATE legs SET account = ?, api_key_index = ?, planned_base = ?, leverage = ?,
           last_seen_base = ?, stop_down = ?, stop_up = ?, stop_state = ?
         WHERE hedge_id = ? AND leg_no = ?`,
      )
      .run(
        leg.account,
        leg.apiKeyIndex,
        decText(leg.plannedBase),
        decText(leg.leverage),
        optionalDecText(leg.lastSeenBase),
        optionalDecText(leg.stopDown),
        optionalDecText(leg.stopUp),
        leg.stopState,
        current.hedgeId,
        legNo,
      )
  })
}

/** The first cause stays: later ones find the hedge closing already. */
function requestFlat(session: Session, hedgeId: string, cause: string): void {
  const { changes } = session
    .sql(
      `UPDATE hedges SET cause = CASE target WHEN 'flat' THEN coalesce(cause, ?) ELSE ? END,
         target = 'flat' WHERE hedge_id = ? AND ${LIVE}`,
    )
    .run(cause, cause, hedgeId)
  if (changes === 0 && ownershipOf(session, hedgeId) === undefined) throw unknownHedge(hedgeId)
}

function unknownHedge(hedgeId: string): HedgebotError {
  return new HedgebotError('refused', `there is no hedge ${hedgeId} in the journal`, {
    code: 'hedge_unknown',
    hint: '"hedgebot history" lists the hedges',
  })
}
