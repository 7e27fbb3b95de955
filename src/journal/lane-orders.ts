/**
 * The transaction in a lane: recorded, replaced by another with the same nonce, or inherited from an owner that is gone.
 * @module
 */
import { assert } from '../errors.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import type { LaneKey, LaneRecord, NewOrder } from '../ports.ts'
import { liveHedgeOfAccount, type Ownership, ownershipOf, requireOwn } from './hedge-ownership.ts'
import { type HeldLaneRow, isHeld, requireHeldByUs, selectLane, toLane } from './lane-rows.ts'
import { insertOrder } from './order-rows.ts'
import { isOwnerAlive, leaseLost } from './owners.ts'
import type { Session } from './session.ts'

/**
 * Records the order that holds a lane just taken.
 * @throws HedgebotError kind `busy`, codes `lane_lost`, `lease_lost`
 */
export function recordOrder(session: Session, order: NewOrder): LedgerOrder {
  const lane = requireHeldByUs(session, order)
  assert(lane.order_id === null, 'a lane has one order; another one replaces it')
  return putIntoLane(session, lane, order)
}

/**
 * Records another order with the nonce of the one that holds the lane; the older one is in doubt from now on.
 * @throws HedgebotError kind `busy`, codes `lane_lost`, `lease_lost`
 */
export function recordReplacement(
  session: Session,
  heldOrderId: number,
  order: NewOrder,
): LedgerOrder {
  const lane = requireHeldByUs(session, order)
  if (lane.order_id !== heldOrderId) throw leaseLost(`order ${heldOrderId}`, 'another transaction')
  session
    .sql("UPDATE orders SET state = 'in_doubt' WHERE order_id = ? AND state = 'prepared'")
    .run(heldOrderId)
  return putIntoLane(session, lane, order)
}

function putIntoLane(session: Session, lane: HeldLaneRow, order: NewOrder): LedgerOrder {
  assert(order.nonce === lane.held_nonce, 'an order is signed with the nonce of its lane')
  const hedge = order.hedgeId === undefined ? undefined : ownershipOf(session, order.hedgeId)
  assert(order.hedgeId === undefined || hedge !== undefined, 'the hedge of an order exists')
  if (hedge !== undefined) requireOwn(session, hedge)
  const recorded = insertOrder(session, order)
  session
    .sql(
      `UPDATE lanes SET order_id = ?, hedge_id = coalesce(?, hedge_id), epoch = coalesce(?, epoch)
       WHERE account_index = ? AND api_key_index = ?`,
    )
    .run(
      recorded.orderId,
      hedge?.hedge_id ?? null,
      hedge?.epoch ?? null,
      order.accountIndex,
      order.apiKeyIndex,
    )
  return recorded
}

/**
 * Makes the unanswered transaction of a lane ours to settle. A lane that is free or ours is handed back as it is;
 * undefined when somebody else keeps it, or when the lane was never used.
 */
export function adoptLane(session: Session, key: LaneKey): LaneRecord | undefined {
  const row = selectLane(session, key)
  if (row === undefined) return undefined
  if (!isHeld(row) || row.owner_id === session.owner.ownerId) return toLane(row)
  const live = liveHedgeOfAccount(session, key.accountIndex)
  // Owning the hedge is owning its lanes: first the hedge is claimed, then its lanes follow.
  if (live !== undefined && live.owner_id !== session.owner.ownerId) return undefined
  const heldFor = row.hedge_id === null ? undefined : ownershipOf(session, row.hedge_id)
  if (isOwnerAlive(session, row.owner_id) && isStillHeld(session, row, heldFor)) return undefined
  takeOver(session, row, [live, heldFor])
  const adopted = selectLane(session, key)
  return adopted === undefined ? undefined : toLane(adopted)
}

/** A living holder keeps its lane while the hedge it holds it for is still its own. */
function isStillHeld(session: Session, row: HeldLaneRow, hedge: Ownership | undefined): boolean {
  if (hedge === undefined) return true
  return (
    hedge.owner_id === row.owner_id &&
    hedge.epoch === row.epoch &&
    hedge.lease_until_ms > session.nowMs()
  )
}

/** The lane is now held for a hedge of ours, or for none: else a third process would take it for abandoned. */
function takeOver(
  session: Session,
  row: HeldLaneRow,
  hedges: readonly (Ownership | undefined)[],
): void {
  const { ownerId } = session.owner
  const ours = hedges.find((hedge) => hedge?.owner_id === ownerId)
  session
    .sql(
      `UPDATE lanes SET owner_id = ?, hedge_id = ?, epoch = ?
       WHERE account_index = ? AND api_key_index = ?`,
    )
    .run(ownerId, ours?.hedge_id ?? null, ours?.epoch ?? null, row.account_index, row.api_key_index)
  session
    .sql(
      'UPDATE orders SET owner_id = ? WHERE account_index = ? AND api_key_index = ? AND nonce = ?',
    )
    .run(ownerId, row.account_index, row.api_key_index, row.held_nonce)
}
