/**
 * What the parts of a dispatcher work on.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { Clock, EventLevel, Logger, NotifyStore } from '../ports.ts'
import type { Delivery, DeliveryTrouble } from './deliver.ts'
import type { DirectAlerts } from './direct-alerts.ts'
import type { NotifyFacts, NotifyPolicy } from './due-messages.ts'
import type { ExpectedRun } from './expected-runs.ts'
import type { NotifyState } from './memory/notify-state.ts'
import type { Sender } from './sender.ts'

/** Something that the owner should hear, about notifications or runs. */
export interface NotifyEvent {
  readonly level: EventLevel
  /** snake_case. */
  readonly kind: string
  readonly message: string
}

/** Needs of a dispatcher. */
export interface DispatcherOptions {
  readonly store: NotifyStore
  readonly sender: Sender
  readonly clock: Clock
  readonly logger: Logger
  readonly facts: NotifyFacts
  readonly policy: NotifyPolicy
  /** Runs that have to happen; looked at only by a dispatcher that runs on. */
  readonly expectedRuns: readonly ExpectedRun[]
  /** This process among the owners of the journal, and whether one of them lives. */
  readonly ownerId: string
  readonly isAlive: (ownerId: string) => boolean
  /** Unique in the journal: for the ids of messages. */
  readonly instance: string
  /** For the journal, the log and the terminal. */
  readonly onEvent: (event: NotifyEvent) => void
}

/** A dispatcher as its parts see it. */
export interface Work extends DispatcherOptions {
  readonly delivery: Delivery
  readonly direct: DirectAlerts
  readonly beganAtMs: number
  readonly due: { runsMs: number; cursorMs: number; confirmMs: number; dropMs: number }
  /** What happened inside and is not yet in the memory. */
  readonly troubles: DeliveryTrouble[]
  /** The memory as it was last read or written, and what was read since. */
  known: { readonly revision: number; readonly state: NotifyState } | undefined
  /** It tells on its own, as long as its process lives. */
  isRunning: boolean
  /** More events are waiting to be read. */
  hasMore: boolean
  /** A look that failed was told. */
  isBroken: boolean
  serial: number
}

/** A journal that takes nothing is told once, and tried again at the next look. */
export function attempt(work: Work, step: () => void): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (!work.isBroken) {
      work.logger.error('notifications cannot be worked on', { error: messageOf(error) })
    }
    work.isBroken = true
    return false
  }
}
