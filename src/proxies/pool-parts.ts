/**
 * What the pool of egresses and its ways share. Types only.
 * @module
 */
import type { Clock, Logger, Transport } from '../ports.ts'
import type { Candidate } from './choose-egress.ts'
import type { EgressCondition, Observation } from './egress-health.ts'

/** What a pool is made of. */
export interface EgressPoolOptions {
  /** In the order of the configuration, by name. */
  readonly transports: ReadonlyMap<string, Transport>
  /** Those that others may move to: the proxies of the pool, never `direct`. */
  readonly pool: readonly string[]
  /** False pins everyone to its own. */
  readonly hasFailover: boolean
  readonly clock: Clock
  readonly logger: Logger
}

export interface WayOptions {
  readonly home: string
  /** Whose way it is; undefined for market data. */
  readonly account?: string
  /** Not this egress while there is another one. */
  readonly avoid?: (() => string | undefined) | undefined
}

/** A way as the pool sees it. */
export interface WayState {
  readonly options: WayOptions
  readonly current: string
  /** Chooses anew; true when it moved. */
  reconsider(): boolean
  tellMoved(): void
}

/** The pool as its ways see it. */
export interface PoolParts {
  readonly options: EgressPoolOptions
  /** A new way takes part from now on. */
  enter(way: WayState): void
  /** A way that takes part went from one egress to another. */
  moved(way: WayState, from: string): void
  leave(way: WayState): void
  /** As a choice of this way sees them: its own use is not counted. */
  candidates(of: WayState): readonly Candidate[]
  condition(egress: string): EgressCondition
  /** How long a connection over it may take while another egress may work. */
  connectPatienceMs(egress: string): number
  /** How long the answer to a read may take before another egress is asked as well. */
  answerPatienceMs(egress: string): number
  report(egress: string, observation: Observation): void
}

/** What one attempt after the other needs. */
export interface WaySteps {
  readonly parts: PoolParts
  transport(egress: string): Transport
  first(): string
  /** After these have failed; undefined when there is none that may work. */
  next(tried: ReadonlySet<string>): string | undefined
}
