/**
 * From what is remembered to messages: which are due now, composed, and the memory without them. Pure but for the facts
 * that it asks for.
 * @module
 */
import type { TradeRecord } from '../engine/trade-record.ts'
import type { AlertEntry } from './memory/alert-memory.ts'
import { dueAlerts, isAtLeast } from './memory/alert-memory.ts'
import { ruleOf } from './memory/catalogue.ts'
import { composeAlerts } from './compose/compose-alerts.ts'
import { composeDaily } from './compose/compose-daily.ts'
import type { DailyView } from './compose/compose-daily.ts'
import { composeEnded, composeStopping } from './compose/compose-ended.ts'
import { composeOpened } from './compose/compose-opened.ts'
import { composeReport } from './compose/compose-report.ts'
import type { ReportView } from './compose/compose-report.ts'
import type { Period } from './compose/course.ts'
import type { ComposeContext } from './compose/words.ts'
import type { Message, Severity } from './message.ts'
import type { NotifyState } from './memory/notify-state.ts'
import type { HedgeProgress, TradeTopic } from './memory/trade-memory.ts'
import { dueTrades } from './memory/trade-memory.ts'

/** What messages are made of. */
export interface NotifyFacts {
  readonly progress: (hedgeId: string) => HedgeProgress | undefined
  readonly moving: () => { readonly opening: number; readonly closing: number }
  readonly records: (hedgeIds: readonly string[]) => readonly TradeRecord[]
  /** Undefined where nobody watches, and so nobody can report. */
  readonly report: ((period: Period) => ReportView) | undefined
  readonly daily: (day: string, period: Period) => DailyView
}

/** What the owner wants to hear. */
export interface NotifyPolicy {
  readonly network: string
  /** The least weight of alerts. */
  readonly minLevel: Severity
  /** Confirmations of openings and closings; stops are told anyway. */
  readonly hasTrades: boolean
  readonly reportEveryMs: number | undefined
  /** Of the day, UTC; undefined: no summaries. */
  readonly dailyAtMs: number | undefined
}

/** What is due depends on. */
export interface DueOptions {
  readonly nowMs: number
  readonly policy: NotifyPolicy
  readonly facts: NotifyFacts
  /** The command ends: what is settled is told now. */
  readonly isFinal: boolean
  /** No channel takes more alerts now: they stay in the memory, where equal ones become one. */
  readonly areAlertsHeld: boolean
}

/** Messages to send, and what is remembered once they are in the outbox. */
export interface DueMessages {
  readonly messages: readonly Message[]
  readonly state: NotifyState
}

const DAY_MS = 86_400_000

/** Composes what is due. */
export function dueMessages(state: NotifyState, options: DueOptions): DueMessages {
  const parts = [tradesDue, alertsDue, reportDue, dayDue]
  return parts.reduce<DueMessages>(
    (before, part) => {
      const { messages, state: next } = part(before.state, options)
      return { messages: [...before.messages, ...messages], state: next }
    },
    { messages: [], state },
  )
}

function contextOf({ nowMs, policy }: DueOptions): ComposeContext {
  return { nowMs, network: policy.network }
}

function tradesDue(state: NotifyState, options: DueOptions): DueMessages {
  const { nowMs, isFinal, facts, policy } = options
  const { openings, endings, stops } = state.trades
  if (openings.length + endings.length + stops.length === 0) return { messages: [], state }
  const { topics, memory } = dueTrades(state.trades, {
    nowMs,
    isFinal,
    progress: facts.progress,
    moving: facts.moving(),
  })
  const messages = topics.flatMap((topic) => composeTopic(topic, options))
  return {
    messages: messages.filter(
      ({ kind, severity }) => policy.hasTrades || kind === 'stop' || severity !== 'info',
    ),
    state: { ...state, trades: memory },
  }
}

function composeTopic(topic: TradeTopic, options: DueOptions): readonly Message[] {
  const context = contextOf(options)
  if (topic.topic === 'stopping') return [composeStopping(context, topic.stops)]
  const records = options.facts.records(topic.hedgeIds)
  if (records.length === 0) return []
  return topic.topic === 'opened'
    ? [composeOpened(context, records)]
    : composeEnded(context, records)
}

/** What belongs together comes together. */
const TOGETHER_MS = 2_000
/** Between two messages of alerts. */
const PAUSE_MS: Readonly<Record<Severity, number>> = {
  critical: 10_000,
  warning: 60_000,
  info: 60_000,
}

function alertsDue(state: NotifyState, options: DueOptions): DueMessages {
  const { nowMs, policy, isFinal, areAlertsHeld } = options
  if (areAlertsHeld || state.alerts.length === 0) return { messages: [], state }
  const timing = { nowMs, least: policy.minLevel, isPatient: !isFinal }
  const { changes, entries } = dueAlerts(state.alerts, timing)
  if (changes.length === 0) return { messages: [], state: { ...state, alerts: entries } }
  const worst = changes.some(({ entry }) => entry.severity === 'critical') ? 'critical' : 'warning'
  const oldestMs = Math.min(
    ...changes.map(({ entry }) => entry.endedAtMs ?? (entry.told ? entry.lastMs : entry.sinceMs)),
  )
  const isTooSoon =
    nowMs - oldestMs < TOGETHER_MS || nowMs - (state.lastAlertAtMs ?? -Infinity) < PAUSE_MS[worst]
  if (isTooSoon && !isFinal) return { messages: [], state }
  return {
    messages: [composeAlerts(contextOf(options), changes)],
    state: { ...state, alerts: entries, lastAlertAtMs: nowMs },
  }
}

/** Reports come at round times of the day, so that a person knows when to expect one. */
function reportDue(state: NotifyState, options: DueOptions): DueMessages {
  const { nowMs, policy, facts } = options
  const { reportEveryMs } = policy
  if (reportEveryMs === undefined || facts.report === undefined) return { messages: [], state }
  const nextMs = (Math.floor(nowMs / reportEveryMs) + 1) * reportEveryMs
  const { nextReportAtMs, lastReportAtMs } = state
  if (nextReportAtMs === undefined || nowMs < nextReportAtMs) {
    // A shorter interval counts from now on.
    const soonerMs = Math.min(nextReportAtMs ?? nextMs, nextMs)
    return { messages: [], state: { ...state, nextReportAtMs: soonerMs } }
  }
  const fromMs = Math.max(lastReportAtMs ?? 0, nowMs - reportEveryMs)
  const view = facts.report({ fromMs, toMs: nowMs })
  return {
    messages: [composeReport(contextOf(options), view, holding(state.alerts, policy.minLevel))],
    state: { ...state, nextReportAtMs: nextMs, lastReportAtMs: nowMs },
  }
}

/** Alerts that hold now; what only happened is in the messages of its time. */
function holding(alerts: readonly AlertEntry[], least: Severity): readonly AlertEntry[] {
  return alerts.filter(
    ({ endedAtMs, kind, severity }) =>
      endedAtMs === undefined && ruleOf(kind).hasEnd && isAtLeast(severity, least),
  )
}

/** The day before, once the hour of the summary has come. */
function dayDue(state: NotifyState, options: DueOptions): DueMessages {
  const { nowMs, policy, facts } = options
  if (policy.dailyAtMs === undefined || facts.report === undefined) return { messages: [], state }
  const todayMs = Math.floor((nowMs - policy.dailyAtMs) / DAY_MS) * DAY_MS
  const period = { fromMs: todayMs - DAY_MS, toMs: todayMs }
  const day = dayOf(period.fromMs)
  // Of the days before the first one nothing was remembered that could be summed up.
  const lastDay = state.lastDay ?? dayOf(nowMs - DAY_MS)
  const next = { ...state, lastDay: lastDay > day ? lastDay : day }
  if (lastDay >= day) return { messages: [], state: next }
  return { messages: [composeDaily(contextOf(options), facts.daily(day, period))], state: next }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
