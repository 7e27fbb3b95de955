/**
 * Lanes: at most one unanswered transaction per (account, API key) across all processes. The row is taken in the
 * transaction that allots the nonce and held until the answer is classified (DESIGN.md section 3).
 * @module
 */
import { assert, HedgebotError } from '../errors.ts'
import type { Journal, LaneKey, LaneRecord } from '../ports.ts'
import { liveHedgeOfAccount, requireOwn } from './hedge-ownership.ts'
import { laneName, type LaneRow, requireHeldByUs, selectLane, toLane } from './lane-rows.ts'
import { adoptLane, recordOrder, recordReplacement } from './lane-orders.ts'
import { describeOwner, isOwnerAlive } from './owners.ts'
import type { Session } from './session.ts'

type LaneMethod =
  | 'lane'
  | 'setNextNonce'
  | 'takeLane'
  | 'recordOrder'
  | 'recordReplacement'
  | 'freeLane'
  | 'adoptLane'

/** Lanes and what goes through them. */
export function laneStore(session: Session): Pick<Journal, LaneMethod> {
  let hasTaken = false
  session.beforeCommit(() => {
    if (hasTaken) assertNothingUnrecorded(session)
    hasTaken = false
  })
  return {
    lane: (key) =>
      session.read(() => {
        const row = selectLane(session, key)
        return row === undefined ? undefined : toLane(row)
      }),
    setNextNonce: (key, nextNonce) => {
      session.write(() => {
        setNextNonce(session, key, nextNonce)
      })
    },
    takeLane: (key) => {
      assert(session.isInTransaction(), 'a lane is taken inside a transaction')
      hasTaken = true
      return session.write(() => takeLane(session, key))
    },
    recordOrder: (order) => {
      assert(session.isInTransaction(), 'an order is recorded in the transaction of its lane')
      return session.write(() => recordOrder(session, order))
    },
    recordReplacement: (heldOrderId, order) =>
      session.write(() => recordReplacement(session, heldOrderId, order)),
    freeLane: (key, nonce) => {
      session.write(() => {
        freeLane(session, key, nonce)
      })
    },
    adoptLane: (key): LaneRecord | undefined => session.write(() => adoptLane(session, key)),
  }
}

/** A lane that is held for a transaction nobody can look up could never be freed. */
function assertNothingUnrecorded(session: Session): void {
  const row = session
    .sql<LaneRow>("SELECT * FROM lanes WHERE owner_id = ? AND state = 'held' AND order_id IS NULL")
    .get(session.owner.ownerId)
  assert(row === undefined, 'every lane that was taken has its order recorded')
}

/**
 * A lower nonce than known is taken as read: the venue does not count a transaction that expired unexecuted. While we
 * hold the lane, the held nonce stays what it is and this one counts after it is freed.
 */
function setNextNonce(session: Session, key: LaneKey, nextNonce: number): void {
  assert(Number.isSafeInteger(nextNonce) && nextNonce >= 0, 'a nonce is a whole number')
  const row = selectLane(session, key)
  if (row !== undefined && isHeldByLivingOther(session, row)) throw laneHeld(session, row)
  session
    .sql(
      `INSERT INTO lanes (account_index, api_key_index, next_nonce, state) VALUES (?, ?, ?, 'free')
       ON CONFLICT (account_index, api_key_index) DO UPDATE SET next_nonce = excluded.next_nonce`,
    )
    .run(key.accountIndex, key.apiKeyIndex, nextNonce)
}

function isHeldByLivingOther(session: Session, row: LaneRow): boolean {
  if (row.owner_id === null || row.owner_id === session.owner.ownerId) return false
  return isOwnerAlive(session, row.owner_id)
}

/** Owning the hedge is owning its lanes: the account of somebody else's live hedge gets no nonce (`lease_lost`). */
function takeLane(session: Session, key: LaneKey): number {
  const row = selectLane(session, key)
  if (row?.state === 'held') throw laneHeld(session, row)
  const hedge = liveHedgeOfAccount(session, key.accountIndex)
  if (hedge !== undefined) requireOwn(session, hedge)
  if (row === undefined) {
    throw new HedgebotError('unknown_state', `the next nonce of ${laneName(key)} is not known`, {
      code: 'nonce_unknown',
      hint: 'it is read from the venue before the first transaction',
    })
  }
  session
    .sql(
      `UPDATE lanes SET state = 'held', held_nonce = next_nonce, owner_id = ?, hedge_id = ?,
         epoch = ? WHERE account_index = ? AND api_key_index = ?`,
    )
    .run(
      session.owner.ownerId,
      hedge?.hedge_id ?? null,
      hedge?.epoch ?? null,
      key.accountIndex,
      key.apiKeyIndex,
    )
  return row.next_nonce
}

function laneHeld(session: Session, row: LaneRow): HedgebotError {
  const key = { accountIndex: row.account_index, apiKeyIndex: row.api_key_index }
  return new HedgebotError(
    'busy',
    `${laneName(key)} has an unanswered transaction of ${describeOwner(session, row.owner_id)}`,
    { code: 'lane_held', hint: 'it is free again when that transaction is settled' },
  )
}

/** After a read of the venue that was newer than the held nonce, `used` never goes back behind it. */
function freeLane(session: Session, key: LaneKey, nonce: 'used' | 'unused'): void {
  const row = requireHeldByUs(session, key)
  const nextNonce = nonce === 'used' ? Math.max(row.next_nonce, row.held_nonce + 1) : row.next_nonce
  session
    .sql(
      `UPDATE lanes SET state = 'free', next_nonce = ?, held_nonce = NULL, owner_id = NULL,
         hedge_id = NULL, epoch = NULL, order_id = NULL
       WHERE account_index = ? AND api_key_index = ?`,
    )
    .run(nextNonce, key.accountIndex, key.apiKeyIndex)
}
