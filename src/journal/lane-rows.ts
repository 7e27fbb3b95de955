import { HedgebotError } from '../errors.ts'
import type { LaneKey, LaneRecord } from '../ports.ts'
import type { Session } from './session.ts'

export interface LaneRow {
  readonly account_index: number
  readonly api_key_index: number
  /** While held: the nonce that follows from `unused`. */
  readonly next_nonce: number
  readonly state: 'free' | 'held'
  readonly held_nonce: number | null
  readonly owner_id: string | null
  /** The hedge that the transaction is for, and the epoch in which we own it. */
  readonly hedge_id: string | null
  readonly epoch: number | null
  readonly order_id: number | null
}

export interface HeldLaneRow extends LaneRow {
  readonly held_nonce: number
  readonly owner_id: string
}

/** The row of a lane, undefined before its nonce was first read. */
export function selectLane(session: Session, key: LaneKey): LaneRow | undefined {
  return session
    .sql<LaneRow>('SELECT * FROM lanes WHERE account_index = ? AND api_key_index = ?')
    .get(key.accountIndex, key.apiKeyIndex)
}

/** True for a lane with an unanswered transaction; the schema gives it owner and nonce. */
export function isHeld(row: LaneRow): row is HeldLaneRow {
  return row.held_nonce !== null && row.owner_id !== null
}

/**
 * The fence of a lane: after a stall it may have been adopted, and even freed, by somebody else.
 * @throws HedgebotError kind `busy`, code `lane_lost`
 */
export function requireHeldByUs(session: Session, key: LaneKey): HeldLaneRow {
  const row = selectLane(session, key)
  if (row !== undefined && isHeld(row) && row.owner_id === session.owner.ownerId) return row
  throw new HedgebotError('busy', `${laneName(key)} is not held by this process`, {
    code: 'lane_lost',
    hint: 'another process settled its transaction; read the order again',
  })
}

/** A lane for messages. */
export function laneName(key: LaneKey): string {
  return `account ${key.accountIndex}, API key ${key.apiKeyIndex}`
}

/** A lane as the engine knows it. */
export function toLane(row: LaneRow): LaneRecord {
  return {
    accountIndex: row.account_index,
    apiKeyIndex: row.api_key_index,
    nextNonce: row.next_nonce,
    state: row.state,
    ownerId: row.owner_id ?? undefined,
    epoch: row.epoch ?? undefined,
    orderId: row.order_id ?? undefined,
  }
}
