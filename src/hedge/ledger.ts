/**
 * What the journal remembers: hedges, legs, orders and fills, as plain data.
 * @module
 */
import type { Dec } from './decimal.ts'
import type { OrderSide, Side } from './side.ts'

/** Life of one round of a hedge (DESIGN.md section 2). */
export type HedgeState = 'planned' | 'opening' | 'open' | 'closing' | 'closed' | 'aborted'

/** True while the hedge still holds its accounts. */
export function isLiveState(state: HedgeState): boolean {
  return state !== 'closed' && state !== 'aborted'
}

/** State of a leg's stops on the exchange; `PENDING` while they are not yet proven to rest. */
export type StopState = 'OFF' | 'PENDING' | 'RESTING' | 'NOT_REACHABLE' | 'UNPROTECTED'

/** One account of a hedge: side, plan, what was last seen and how its stops stand. */
export interface HedgeLeg {
  readonly account: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly side: Side
  /** Base size this leg was planned to have, positive. */
  readonly plannedBase: Dec
  /** Leverage to set before opening. */
  readonly leverage: Dec
  /** Signed base size that we last saw or that fills add up to; undefined when never known. */
  readonly lastSeenBase: Dec | undefined
  readonly stopDown: Dec | undefined
  readonly stopUp: Dec | undefined
  readonly stopState: StopState
}

/** One round of a hedge as the journal remembers it. */
export interface Hedge {
  /** `h1`, `h2`, ... */
  readonly hedgeId: string
  readonly name: string
  readonly runId: string
  readonly marketIndex: number
  readonly symbol: string
  readonly state: HedgeState
  /** `flat` once anybody decided to close; never goes back to `open`. */
  readonly target: 'open' | 'flat'
  /** Why it closes or closed, in one word: `user`, `leg_vanished`, `aborted`, ... */
  readonly cause: string | undefined
  readonly legs: readonly HedgeLeg[]
  /** Wall-clock milliseconds after which exposure is never added. */
  readonly openDeadlineMs: number
  readonly attemptsUsed: number
  /** Since when naked exposure has been above tolerance; undefined while within. */
  readonly nakedSinceMs: number | undefined
  readonly createdAtMs: number
  readonly openedAtMs: number | undefined
  readonly closedAtMs: number | undefined
  readonly ownerId: string | undefined
  readonly epoch: number
  readonly leaseUntilMs: number
}

/** What an order is for; everything but `open`, `complete` and `leverage` only reduces or protects. */
export type OrderPurpose =
  | 'open'
  | 'complete'
  | 'reduce'
  | 'close'
  | 'flatten'
  | 'stops'
  | 'leverage'
  | 'cancel'
  | 'displace'

/**
 * Life of a recorded transaction. `prepared`: recorded, perhaps sent. `in_doubt`: sent, outcome unknown.
 * `accepted`: the venue answered 200, which is not a fill. `done`: the outcome was read (fills, status).
 * `refused`: not executed, nonce given back. `displaced`: another transaction took its nonce. `expired`: proven
 * never executed.
 */
export type OrderState =
  'prepared' | 'in_doubt' | 'accepted' | 'done' | 'refused' | 'displaced' | 'expired'

/** True while the outcome of the transaction is not known. */
export function isUnsettled(state: OrderState): boolean {
  return state === 'prepared' || state === 'in_doubt' || state === 'accepted'
}

/** One recorded transaction: why it was signed, its bytes, and what became of it. */
export interface LedgerOrder {
  readonly orderId: number
  readonly hedgeId: string | undefined
  readonly runId: string
  readonly account: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly marketIndex: number
  readonly purpose: OrderPurpose
  /** One sentence for `explain`. */
  readonly reason: string
  readonly nonce: number
  /** 80 hex digits. */
  readonly txHash: string
  readonly txType: number
  /** The signed bytes, so that the very same transaction can be sent again. */
  readonly txInfo: string
  readonly expiresAtMs: number
  /** 0 for transactions without an order. */
  readonly clientOrderIndex: number
  readonly side: OrderSide | undefined
  readonly baseSize: Dec | undefined
  readonly price: Dec | undefined
  /** The mark when it was decided to trade; undefined when that was unknown, or where nothing is traded. */
  readonly markPrice: Dec | undefined
  readonly isReduceOnly: boolean
  readonly state: OrderState
  /** How often its bytes were handed to the venue, the first time included. */
  readonly sends: number
  readonly filledBase: Dec
  readonly averagePrice: Dec | undefined
  /** The venue's status or refusal in its own words. */
  readonly outcome: string | undefined
  readonly preparedAtMs: number
  readonly answeredAtMs: number | undefined
  readonly settledAtMs: number | undefined
}

/** One execution of an order of ours; `atMs` is the venue's time. */
export interface LedgerFill {
  readonly tradeId: string
  readonly accountIndex: number
  readonly hedgeId: string | undefined
  readonly clientOrderIndex: number
  readonly marketIndex: number
  readonly side: OrderSide
  readonly baseSize: Dec
  readonly price: Dec
  readonly feeUsd: Dec
  readonly realizedPnlUsd: Dec | undefined
  readonly counterAccountIndex: string
  readonly atMs: number
}
