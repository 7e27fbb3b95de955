/**
 * `watch`: follows every live hedge, adopts those whose owner is gone, stops those that lost too much, and goes on doing
 * so (DESIGN.md section 3).
 * @module
 */
import type { Dec } from '../../hedge/decimal.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import type { StopPolicy } from '../../hedge/stop-policy.ts'
import type { Engine } from '../engine-context.ts'
import type { HedgeReport } from '../hedge-report.ts'
import { runWatch } from './run-watch.ts'

export interface WatchOptions {
  readonly stopPolicy: StopPolicy
  /** Followed also without an open hedge. */
  readonly marketIndexes: readonly number[]
  /** How long sockets and first snapshots may take before the loop starts without them. */
  readonly connectTimeoutMs: number
  /** `once` is one look, for cron; `until_flat` ends when nothing is live. */
  readonly mode: 'forever' | 'until_flat' | 'once'
  /** Ends by itself after this time; undefined: never. */
  readonly forMs: number | undefined
}

export interface Watch {
  /** Live hedges and the newest that ended meanwhile, oldest first, as the ledger has them. */
  hedges(): readonly Hedge[]
  /** The report of one of them; what the journal says of it is kept until it changes. */
  report(hedgeId: string): HedgeReport | undefined
  /** Where the loss of a leg reaches its threshold, USD; undefined: nowhere. */
  stopPrice(hedgeId: string, legIndex: number): Dec | undefined
  /** The person asked for it: target flat, cause `user`. */
  requestClose(hedgeId: string): void
  /** Ends it the way an interruption does: safe end first. */
  quit(): void
  /** Resolves when it is over; rejects with HedgebotError when it cannot go on. */
  readonly ended: Promise<WatchEnd>
}

export interface WatchEnd {
  readonly why: 'interrupted' | 'flat' | 'time' | 'once' | 'quit'
  readonly hedges: readonly Hedge[]
}

/**
 * Connects, claims the accounts, adopts what has no owner, and watches.
 * @throws HedgebotError kind `busy`, code `watch_running`, while another watch has one of the accounts; kinds `network`
 *   and `unknown_state` when not even the markets could be read
 */
export function startWatch(engine: Engine, options: WatchOptions): Promise<Watch> {
  return runWatch(engine, options)
}
