/**
 * What is remembered of what was told, from one run to the next. It lies in the journal as JSON; every process that
 * tells takes it up where the last one left it.
 * @module
 */
import { z } from 'zod'
import type { JournalEvent } from '../../ports.ts'
import type { AlertEntry } from './alert-memory.ts'
import { takeAlertEvent } from './alert-memory.ts'
import type { TradeMemory } from './trade-memory.ts'
import { NO_TRADES, takeTradeEvent } from './trade-memory.ts'

/** The memory of a dispatcher. */
export interface NotifyState {
  readonly version: 1
  /** The last event that was taken in. */
  readonly cursor: number
  readonly alerts: readonly AlertEntry[]
  readonly trades: TradeMemory
  /** When alerts were last told. */
  readonly lastAlertAtMs?: number
  readonly nextReportAtMs?: number
  readonly lastReportAtMs?: number
  /** The last UTC day that was summed up. */
  readonly lastDay?: string
  /** The process whose dispatcher runs on, or ran; while it lives, the others leave the telling to it. */
  readonly teller?: string
  /** Since when each expected run is waited for. */
  readonly expectedSinceMs: Readonly<Record<string, number>>
}

/** Nothing told, nothing to tell: from this event on. */
export function newNotifyState(cursor: number): NotifyState {
  return { version: 1, cursor, alerts: [], trades: NO_TRADES, expectedSinceMs: {} }
}

/** The state after events of the journal, oldest first. */
export function takeEvents(state: NotifyState, events: readonly JournalEvent[]): NotifyState {
  if (events.length === 0) return state
  let { cursor, alerts, trades } = state
  for (const event of events) {
    cursor = event.eventId
    alerts = takeAlertEvent(alerts, event)
    trades = takeTradeEvent(trades, event)
  }
  return { ...state, cursor, alerts, trades }
}

/** True when there is something in it that a crash must not forget; a cursor alone can be read again. */
export function isSameMemory(a: NotifyState, b: NotifyState): boolean {
  const { cursor: _one, ...rest } = a
  const { cursor: _other, ...others } = b
  return JSON.stringify(rest) === JSON.stringify(others)
}

/** Reads what was written; undefined when any part of it cannot be read: a memory that is half there would say half. */
export function parseNotifyState(text: string): NotifyState | undefined {
  try {
    const read = stateSchema.safeParse(JSON.parse(text))
    // The schema's optional members may be undefined, those of the type are left out: JSON has only the latter.
    return read.success ? (read.data as NotifyState) : undefined
  } catch {
    return undefined
  }
}

const timeMs = z.number()
const severity = z.enum(['info', 'warning', 'critical'])
const pending = { hedgeId: z.string(), sinceMs: timeMs }

const alertSchema = z.object({
  key: z.string(),
  kind: z.string(),
  hedgeId: z.string().optional(),
  account: z.string().optional(),
  severity,
  message: z.string(),
  sinceMs: timeMs,
  lastMs: timeMs,
  count: z.int(),
  endedAtMs: timeMs.optional(),
  isEndAssumed: z.boolean().optional(),
  isSum: z.boolean().optional(),
  told: z.object({ atMs: timeMs, severity, count: z.int(), isOver: z.boolean() }).optional(),
})

const stateSchema = z.object({
  version: z.literal(1),
  cursor: z.int(),
  alerts: z.array(alertSchema),
  trades: z.object({
    openings: z.array(z.object(pending)),
    endings: z.array(z.object(pending)),
    stops: z.array(z.object({ ...pending, kind: z.string(), reason: z.string() })),
  }),
  lastAlertAtMs: timeMs.optional(),
  nextReportAtMs: timeMs.optional(),
  lastReportAtMs: timeMs.optional(),
  lastDay: z.string().optional(),
  teller: z.string().optional(),
  expectedSinceMs: z.record(z.string(), timeMs).default({}),
})
