/**
 * What `watch` is to whoever shows it. Types only, until the loop itself stands here.
 * @module
 */
import type { Dec } from '../../hedge/decimal.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import type { StopPolicy } from '../../hedge/stop-policy.ts'
import type { Engine } from '../engine-context.ts'
import type { HedgeReport } from '../hedge-report.ts'

/** How to watch, and until when. */
export interface WatchOptions {
  readonly stopPolicy: StopPolicy
  /** Also followed without an open hedge. */
  readonly marketIndexes: readonly number[]
  readonly connectTimeoutMs: number
  /** For ever, until nothing is live, or one tick for cron. */
  readonly mode: 'forever' | 'until_flat' | 'once'
  /** Monotonic duration after which it ends by itself. */
  readonly forMs: number | undefined
}

/** A watch that runs. */
export interface Watch {
  /** Live hedges and those that ended while it ran (the newest 20), oldest first, as the ledger has them. */
  hedges(): readonly Hedge[]
  /** Reports of the same, cheap to ask for: what the journal says is kept until it changes. */
  report(hedgeId: string): HedgeReport | undefined
  /** Where a leg's loss reaches its threshold; undefined: none. */
  stopPrice(hedgeId: string, legIndex: number): Dec | undefined
  /** The person asked for it: target flat, cause `user`. */
  requestClose(hedgeId: string): void
  /** Ends it the way Ctrl-C does: safe end first. */
  quit(): void
  /** Resolves when it is over; rejects with a HedgebotError when it cannot go on. */
  readonly ended: Promise<WatchEnd>
}

/** How a watch ended. */
export interface WatchEnd {
  readonly why: 'interrupted' | 'flat' | 'time' | 'once' | 'quit'
  readonly hedges: readonly Hedge[]
}

/**
 * Connects, claims, and watches.
 * @throws HedgebotError kind `busy` when another watch holds the accounts
 */
export declare function startWatch(engine: Engine, options: WatchOptions): Promise<Watch>
