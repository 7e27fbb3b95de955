/**
 * The side of `ports.ts` for what is told to the owner, which exports everything here: the outbox, and the course of
 * profit and loss. Types only.
 * @module
 */
import type { Hedge } from './hedge/ledger.ts'
import type { JournalEvent } from './journal-port.ts'

/** A message as it waits; `message` is its JSON. */
export interface NewOutboxMessage {
  /** The same for every channel. */
  readonly envelopeId: string
  readonly channel: string
  readonly kind: string
  readonly message: string
}

/** A message for one channel that was not yet taken. */
export interface OutboxMessage extends NewOutboxMessage {
  readonly messageNo: number
  readonly createdAtMs: number
  /** Attempts that were begun, this one included. */
  readonly attempts: number
}

/** How a claimed message goes on. */
export type OutboxEnd =
  | { readonly state: 'sent' }
  | { readonly state: 'dropped'; readonly error: string }
  | { readonly state: 'waiting'; readonly error: string; readonly nextAttemptAtMs: number }

/** What one channel still has to send. */
export interface OutboxCount {
  readonly channel: string
  readonly waiting: number
  readonly oldestAtMs: number
}

/** What the dispatcher remembers, and which of its states it is. */
export interface NotifyMemory {
  readonly revision: number
  readonly text: string
}

/** One point of the course of profit and loss; undefined is unknown. Decimal texts, USD. */
export interface PnlSample {
  readonly atMs: number
  readonly openHedges: number
  /** Net result of everything open: floating and realised, less fees and funding. */
  readonly netUsd: string | undefined
  /** Floating profit of the leg that loses most. */
  readonly worstLegUsd: string | undefined
}

/** The last run of a command. */
export interface LastRun {
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
  readonly exit: number | undefined
  /** Its process lives. */
  readonly isAlive: boolean
}

/** The journal's part for notifications. Every call is one transaction. */
export interface NotifyStore {
  /** Undefined before the first. */
  notifyMemory(): NotifyMemory | undefined
  /**
   * Replaces the memory before (its revision is one less), and puts messages into the outbox with it. False when
   * another process was faster: then nothing was written.
   */
  saveNotifyMemory(next: NotifyMemory, messages: readonly NewOutboxMessage[]): boolean
  lastEventId(): number
  /** Oldest first, of any hedge. */
  eventsAfter(eventId: number, limit: number): readonly JournalEvent[]
  /**
   * Takes the oldest message of a channel that is due, for nobody else until `untilMs`; undefined when there is none.
   */
  claimMessage(channel: string, untilMs: number): OutboxMessage | undefined
  /** Ends the claim. */
  settleMessage(messageNo: number, end: OutboxEnd): void
  /** Of all channels, also of those that the configuration does not name any more. */
  outboxCounts(): readonly OutboxCount[]
  /** When the next waiting message may be tried; undefined when none waits. */
  nextAttemptAtMs(channel: string): number | undefined
  /** Makes everything that waits for these channels due now. */
  hurryMessages(channels: readonly string[]): void
  /** Waiting messages created before; returns them as they were. */
  dropMessages(filter: {
    readonly createdBeforeMs: number
    readonly kind?: string
    readonly error: string
  }): readonly OutboxMessage[]

  addPnlSample(sample: PnlSample): void
  /** Oldest first. */
  pnlSamples(fromMs: number, toMs: number): readonly PnlSample[]
  /** Closed or aborted in [from, to), oldest first. */
  hedgesEndedBetween(fromMs: number, toMs: number): readonly Hedge[]
  /** How often events of each level and kind were noted in [from, to). */
  countEvents(
    fromMs: number,
    toMs: number,
  ): readonly {
    readonly kind: string
    readonly level: JournalEvent['level']
    readonly count: number
  }[]
  lastRun(command: string, filter?: { readonly exit: number }): LastRun | undefined
}
