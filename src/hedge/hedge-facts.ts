/**
 * What `decide` is told: one hedge of the ledger beside what the venue says about its legs. Plain data.
 * @module
 */
import type { Dec } from './decimal.ts'
import type { Known } from './known.ts'
import type { Hedge, HedgeLeg, OrderPurpose } from './ledger.ts'
import type { MarketInfo } from './market.ts'
import type { RiskPolicy } from './policy.ts'
import type { StopLevels } from './stops.ts'
import type { BookLevel } from './venue-view.ts'

/** The unanswered transaction that holds a leg's lane. */
export interface HeldTransaction {
  readonly orderId: number
  readonly purpose: OrderPurpose
  /** True while a send of this process waits for its answer; false means in doubt. */
  readonly isInFlight: boolean
  /** True when another living process has sent it: then it is for that process to settle. */
  readonly isOthers?: boolean
  readonly sends: number
  readonly lastSentAtMs: number
  /** Our wall clock, corrected by the clock offset to the venue. */
  readonly expiresAtMs: number
}

/** A transaction that the venue accepted (or whose nonce it used) and whose outcome is not yet read. */
export interface AwaitedOrder {
  readonly orderId: number
  readonly purpose: OrderPurpose
  readonly acceptedAtMs: number
  readonly reads: number
  readonly lastReadAtMs: number | undefined
  /** True when its nonce is used and no stream has told by which transaction: then it is read at once. */
  readonly isReadDue?: boolean
}

/** What the venue says about the position of a leg. */
export interface LegPosition {
  readonly signedBase: Dec
  /** False while fills are known that the row does not contain (rule 3). */
  readonly isSettled: boolean
  /** A zero row counts as vanished only with a second source: trade, order, notification or a read (rule 8). */
  readonly hasSecondSource: boolean
}

/** One live trigger order of ours in a leg's market. */
export interface RestingStop {
  readonly orderIndex: string
  readonly clientOrderIndex: number
  /** Whether a falling or a rising mark fires it. */
  readonly direction: 'down' | 'up'
  readonly triggerPrice: Dec
  /** Zero: it follows the position. Stops placed with the entry have what that order filled. */
  readonly baseSize: Dec
  /** False when it is on the side that would add to the leg: reduce-only, so it protects nothing. */
  readonly isClosing: boolean
  /** Wall clock. All triggers of one placement share it to the millisecond. */
  readonly expiresAtMs: number | undefined
}

/** One leg with everything that decides its next order. */
export interface LegFacts {
  readonly leg: HedgeLeg
  readonly position: Known<LegPosition>
  readonly held: HeldTransaction | undefined
  readonly awaited: readonly AwaitedOrder[]
  readonly lastAnswerAgeMs: number | undefined
  /** Units that opening may still use of the owner's bucket (rule 11); only asked while planned. */
  readonly openUnitsLeft: number | undefined
  readonly hasLeverage: Known<boolean>
  /** The last refusal or cancellation of an adding order in this round, if it was not filled. */
  readonly refusal: { readonly code: string; readonly canHeal: boolean } | undefined
  /** Reductions in a row that did not fill whole. */
  readonly reduceTries: number
  /** When the last reduction was prepared, whatever became of it. */
  readonly lastReduceAtMs: number | undefined
  /**
   * The size to close when the position cannot be read: the larger of what our fills add up to and what was last seen,
   * where a reduction that filled whole since then is newer than the last look (rule 6).
   */
  readonly blindBase?: Dec
  /** What the fills of our own orders leave in this leg, in its direction; left out: nothing is known of fills. */
  readonly filledBase?: Dec
  /** What rests on the exchange for this leg. */
  readonly stops: Known<readonly RestingStop[]>
  /** Placings of stops one after the other without a quiet time between them. */
  readonly stopTries: number
  /** When stops were last placed by themselves, whatever became of it; left out: never. */
  readonly lastStopsAtMs?: number | undefined
  /** Since when this process has seen wanted stops missing, or has not seen them; left out: it sees them. */
  readonly stopsLackSinceMs?: number | undefined
  /** Order indices of our live orders of this leg's market, to cancel after flat. */
  readonly liveOwnOrders: Known<readonly string[]>
  readonly lastAccountReadAtMs: number | undefined
  /** Since when the row lacks a known fill; left out: it does not. */
  readonly unsettledSinceMs?: number | undefined
  /** Reads of the account in a row that were of no use; left out: none. */
  readonly accountReads?: number
  /** Orders and leverage changes in a row that did not fill or were refused; left out: none. */
  readonly addTries?: number
  readonly lastAddAtMs?: number | undefined
  /** Cancellations in a row that were refused or are not settled; left out: none. */
  readonly cancelTries?: number
  readonly lastCancelAtMs?: number | undefined
  /** As the venue says it; left out: there is none, or it is not known. */
  readonly liquidationPrice?: Dec | undefined
  /** True when it was told before the account's collateral moved. */
  readonly isLiquidationPriceOld?: boolean
}

/** The book that a closing meets, and how long it has been held back by it. */
export interface ClosingBook {
  /** Levels best first; unknown when old. */
  readonly bids: Known<readonly BookLevel[]>
  readonly asks: Known<readonly BookLevel[]>
  /** Base coins that other hedges of this process have just sent against a side: the levels may not show it yet. */
  readonly claimedBidsBase: Dec
  readonly claimedAsksBase: Dec
  /** Since when this closing is held back; undefined: it never was. */
  readonly heldBackSinceMs: number | undefined
  /** When the book was last seen too thin for it. */
  readonly thinSeenAtMs: number | undefined
}

/** One hedge with everything that decides its next actions. */
export interface HedgeFacts {
  readonly hedge: Hedge
  readonly legs: readonly LegFacts[]
  readonly market: MarketInfo
  readonly mark: Known<Dec>
  readonly policy: RiskPolicy
  readonly nowMs: number
  /** True in the run that planned the hedge: only it may add exposure, before the deadline. */
  readonly isPlanner: boolean
  /** True while openings are paused, ended by a fatal failure, or the run is being interrupted. */
  readonly isOpeningStopped: boolean
  /** False for the canary's followers until it is verified. */
  readonly mayStart: boolean
  /** Left out: a closing is not held back, whatever the book can take. */
  readonly book?: ClosingBook | undefined
  /** The levels that every leg's stops should have now; left out: exchange stops are off, or it is not open. */
  readonly wantedStops?: Known<StopLevels> | undefined
  /** Since when mark is at or past one of them; left out: it is not. */
  readonly stopDueSinceMs?: number | undefined
}

/** What the engine shall do next for one hedge. */
export type Action =
  | {
      readonly kind: 'add'
      readonly purpose: 'open' | 'complete'
      readonly orders: readonly {
        readonly legIndex: number
        readonly baseSize: Dec
        readonly withStops: boolean
      }[]
      readonly reason: string
    }
  | {
      readonly kind: 'reduce'
      readonly purpose: 'reduce' | 'close'
      readonly orders: readonly {
        readonly legIndex: number
        readonly baseSize: Dec
        /** Index into `closeStepsPct`; beyond the end the last one repeats. */
        readonly step: number
        /** The unanswered transaction whose nonce this close takes (rule 2). */
        readonly replacesOrderId: number | undefined
      }[]
      readonly reason: string
    }
  | {
      readonly kind: 'set_leverage'
      readonly legIndexes: readonly number[]
      readonly reason: string
    }
  | {
      readonly kind: 'place_stops'
      readonly legIndexes: readonly number[]
      readonly reason: string
    }
  | {
      readonly kind: 'cancel'
      readonly legIndex: number
      readonly orderIndex: string
      readonly reason: string
    }
  | {
      readonly kind: 'resend'
      readonly legIndex: number
      readonly orderId: number
      readonly reason: string
    }
  | {
      readonly kind: 'displace'
      readonly legIndex: number
      readonly orderId: number
      readonly reason: string
    }
  | {
      readonly kind: 'read'
      readonly legIndex: number
      readonly what: 'account' | 'order' | 'nonce'
      readonly orderId: number | undefined
      readonly reason: string
    }
  | { readonly kind: 'probe'; readonly legIndexes: readonly number[] }
  | {
      readonly kind: 'become'
      readonly state: 'opening' | 'open' | 'closing' | 'closed' | 'aborted'
      readonly cause: string | undefined
      readonly reason: string
    }

/** What to do now, and when to look again. */
export interface Decision {
  readonly actions: readonly Action[]
  /** Look again at this time even if nothing happens; undefined: only when something changes. */
  readonly wakeAtMs: number | undefined
  /** The side of the book that is too thin for a closing, which is held back for it. */
  readonly waitsFor?: 'bids' | 'asks' | undefined
}

/** Waiting times of the loop, milliseconds. */
export const TIMING = {
  /** Rule 4: a lane must have answered within this time before a hedge is signed. */
  freshAnswerMs: 2000,
  /** An accepted order without an outcome is read over REST after this time. */
  settleReadMs: 1500,
  /**
   * The same while its hedge is lopsided: what is done at half of `max_naked_ms` is right only if it is known what was
   * executed. Takers wait 300 ms (PROTOCOL.md section 11.1).
   */
  nakedReadMs: 700,
  /** Pauses before the second, third, ... send of an unanswered transaction: at most nine in its 15 s of life. */
  resendMs: [0, 100, 250, 500, 1000, 2000, 4000],
  /** A send without an answer counts as in doubt after this time, whatever its transport still hopes for. */
  sendPatienceMs: 1100,
  /** Rule 1: absent is proven this long after `ExpiredAt`. */
  expiryGraceMs: 2000,
  /** Growing pauses between tries to reduce. */
  reducePauseMs: [0, 300, 700, 1500, 3000, 5000],
  /** Completing does not begin so shortly before its end. */
  completeLeadMs: 400,
  /** Growing pauses between tries to add that the venue refused or did not fill. */
  addPauseMs: [0, 200, 400, 800, 1600],
  /** A reduction's fills and the position row may part for this long before it is tried blindly. */
  blindReduceMs: 2000,
  /** How long stops may take to be seen resting. */
  stopGraceMs: 5000,
  /** Growing pauses before stops that are missing are placed again; after `attempts` tries `stopReplaceMs`. */
  stopPauseMs: [1000, 1000, 2000, 4000, 8000],
  /** Stops that rest at an old level are replaced at most this often. */
  stopReplaceMs: 60_000,
  /** Stops that expire earlier than this are renewed. */
  stopRenewMs: 7 * 24 * 3_600_000,
  /** A level that mark has reached is the exchange's for this long; then the hedge closes by itself. */
  stopFireMs: 2000,
  /** Growing pauses between tries to cancel a stop that is not wanted. */
  stopCancelPauseMs: [0, 1000, 5000, 15_000, 60_000],
  /** Channels part by less: a row that lacks a known fill is waited for this long before it is read. */
  unsettledGraceMs: 500,
  /** First pause between reads of one unknown value; each next one is twice as long. */
  readPauseMs: 1000,
  /** After this time a read may be asked for again, though its answer may still come. */
  readPatienceMs: 2500,
  /** Longest pause between reads of one unknown value. */
  longestReadPauseMs: 15_000,
  /** A closing that is held back by a thin book looks again after this time, also when no frame came. */
  thinLookMs: 100,
  /** A thin book that becomes unknown counts as thin for this long; then nothing is held back. */
  thinMemoryMs: 2000,
  /** After this time the side that the book cannot take is tried all the same, and the other one follows its fills. */
  thinPatienceMs: 30_000,
  /** Between such tries: each costs a unit for every leg. */
  thinProbeMs: 15_000,
} as const

/** The entry of a growing schedule for the n-th try; the last entry repeats. */
export function pauseOf(schedule: readonly number[], tries: number): number {
  return schedule[Math.min(tries, schedule.length - 1)] ?? 0
}
