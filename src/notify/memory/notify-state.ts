/**
 * What is remembered of what was told, from one run to the next. It lies in the journal as JSON; every process that
 * tells takes it up where the last one left it.
 * @module
 */
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

/** Reads what was written; undefined when it cannot be read. */
export function parseNotifyState(text: string): NotifyState | undefined {
  try {
    const value = JSON.parse(text) as Partial<NotifyState> | null
    if (value?.version !== 1 || typeof value.cursor !== 'number') return undefined
    const { alerts, trades } = value
    if (!Array.isArray(alerts) || !Array.isArray(trades?.openings)) return undefined
    return { ...newNotifyState(value.cursor), ...value }
  } catch {
    return undefined
  }
}
