/**
 * Alerts past the journal, for when the journal is what does not work: kept in memory, folded like all others, and sent
 * until a channel has taken them or the process ends.
 * @module
 */
import type { Clock, EventLevel, Logger } from '../ports.ts'
import type { AlertEntry } from './memory/alert-memory.ts'
import { dueAlerts, raise } from './memory/alert-memory.ts'
import { severityOf } from './memory/catalogue.ts'
import { composeAlerts } from './compose/compose-alerts.ts'
import type { Envelope } from './notifier.ts'
import type { Sender } from './sender.ts'

/** Needs of it. */
export interface DirectAlertsOptions {
  readonly clock: Clock
  readonly sender: Sender
  readonly logger: Logger
  readonly network: string
}

/** See above. */
export interface DirectAlerts {
  tell(event: { readonly level: EventLevel; readonly kind: string; readonly message: string }): void
  /** Something was told and is not over. */
  isOpen(): boolean
  /** The journal can be written again: what was told so is over. */
  journalWorks(): void
  /** Sends what is due. */
  look(): void
  /** A message is on its way, or can go now. */
  isSending(): boolean
}

/** Between two messages, and before a failed one is tried again. */
const PAUSE_MS = 30_000
/** So many wait for a channel that does not work; older ones are in the newer ones' count. */
const MOST_WAITING = 20

/** Creates it with nothing to tell. */
export function createDirectAlerts(options: DirectAlertsOptions): DirectAlerts {
  const { clock, network, sender } = options
  let entries: readonly AlertEntry[] = []
  let nextMs = -Infinity
  let serial = 0
  const outboxes = new Map<string, Outbox>(
    sender.channels.map((channel) => [channel, { envelopes: [], isBusy: false, restUntilMs: 0 }]),
  )
  return {
    tell({ level, kind, message }) {
      if (level === 'info') return
      const severity = severityOf(kind, level)
      entries = raise(entries, { kind, severity, message, atMs: clock.now() })
    },
    isOpen: () => entries.some(({ endedAtMs }) => endedAtMs === undefined),
    journalWorks() {
      const atMs = clock.now()
      entries = entries.map((entry) =>
        entry.endedAtMs === undefined ? { ...entry, endedAtMs: atMs } : entry,
      )
    },
    look() {
      if (entries.length > 0 && clock.monotonicMs() >= nextMs) {
        const nowMs = clock.now()
        const due = dueAlerts(entries, { nowMs, least: 'warning', isPatient: false })
        entries = due.entries
        if (due.changes.length > 0) {
          nextMs = clock.monotonicMs() + PAUSE_MS
          serial += 1
          const message = composeAlerts({ nowMs, network }, due.changes)
          for (const outbox of outboxes.values()) {
            outbox.envelopes.push({ id: `direct-${nowMs}-${serial}`, message })
            if (outbox.envelopes.length > MOST_WAITING) outbox.envelopes.shift()
          }
        }
      }
      for (const [channel, outbox] of outboxes) void sendFirst(options, channel, outbox)
    },
    isSending: () =>
      [...outboxes.values()].some(
        ({ envelopes, isBusy, restUntilMs }) =>
          isBusy || (envelopes.length > 0 && clock.monotonicMs() >= restUntilMs),
      ),
  }
}

interface Outbox {
  readonly envelopes: Envelope[]
  isBusy: boolean
  restUntilMs: number
}

async function sendFirst(
  { clock, sender, logger }: DirectAlertsOptions,
  channel: string,
  outbox: Outbox,
): Promise<void> {
  const [envelope] = outbox.envelopes
  if (envelope === undefined || outbox.isBusy || clock.monotonicMs() < outbox.restUntilMs) return
  outbox.isBusy = true
  const result = await sender.send(channel, envelope)
  outbox.isBusy = false
  if (result.outcome === 'sent' || result.retry === 'never') {
    const at = outbox.envelopes.indexOf(envelope)
    if (at !== -1) outbox.envelopes.splice(at, 1)
  }
  if (result.outcome === 'sent') return
  outbox.restUntilMs = clock.monotonicMs() + PAUSE_MS
  logger.warn('an alert could not be sent', { channel, error: result.message })
}
