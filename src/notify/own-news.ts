/**
 * What the dispatcher itself has to say: channels that fail, runs that did not happen, alerts that nobody holds any more.
 * @module
 */
import { end, endUnconfirmed, raise } from './memory/alert-memory.ts'
import type { AlertEntry } from './memory/alert-memory.ts'
import type { DeliveryTrouble } from './deliver.ts'
import type { NotifyEvent, Work } from './dispatch-work.ts'
import { checkRun } from './expected-runs.ts'
import type { NotifyState } from './memory/notify-state.ts'

const RUNS_MS = 60_000

/** What the dispatcher itself has to say: channels, missed runs, alerts that nobody holds any more. */
export function ownNews(work: Work, state: NotifyState, isFinal: boolean): NotifyState {
  const { clock, due } = work
  const nowMs = clock.monotonicMs()
  let next = takeTroubles(work, state)
  if (nowMs >= due.runsMs) {
    due.runsMs = nowMs + RUNS_MS
    next = checkRuns(work, next)
  }
  if (nowMs >= due.confirmMs || isFinal) {
    due.confirmMs = Infinity
    next = confirm(work, next, isFinal)
  }
  if (nowMs >= due.dropMs) {
    due.dropMs = nowMs + RUNS_MS
    work.delivery.dropOld()
  }
  return next
}

/** A command that ends and that nobody watches beside knows nothing of hedges that it did not touch. */
function confirm(work: Work, state: NotifyState, isFinal: boolean): NotifyState {
  const { clock, beganAtMs, facts } = work
  const alerts = endUnconfirmed(state.alerts, {
    beganAtMs,
    nowMs: clock.now(),
    isWatching: !isFinal,
    isLive: (hedgeId) => facts.progress(hedgeId)?.isLive === true,
  })
  return { ...state, alerts }
}

/** What the journal and the person hear of it; undefined when that is nothing. */
export function eventOf(trouble: DeliveryTrouble): NotifyEvent | undefined {
  const { kind, message } = trouble
  if (message === undefined) return undefined
  return kind === 'channel_works'
    ? { level: 'info', kind: 'channel_failing_over', message }
    : { level: 'warning', kind, message }
}

function takeTroubles({ troubles, clock }: Work, state: NotifyState): NotifyState {
  let { alerts } = state
  const atMs = clock.now()
  for (const trouble of troubles) {
    const name = 'channel' in trouble ? { name: trouble.channel } : {}
    alerts =
      trouble.kind === 'channel_works'
        ? end(alerts, { kind: 'channel_failing', atMs, ...name })
        : raise(alerts, {
            kind: trouble.kind,
            severity: 'warning',
            message: trouble.message,
            atMs,
            ...name,
          })
  }
  return alerts === state.alerts ? state : { ...state, alerts }
}

function checkRuns(work: Work, state: NotifyState): NotifyState {
  const { store, clock, expectedRuns, onEvent } = work
  const nowMs = clock.now()
  let { alerts } = state
  const expectedSinceMs: Record<string, number> = {}
  for (const expected of expectedRuns) {
    const { command } = expected
    const sinceMs = state.expectedSinceMs[command] ?? nowMs
    expectedSinceMs[command] = sinceMs
    const runs = { last: store.lastRun(command), lastGood: store.lastRun(command, { exit: 0 }) }
    const { missed } = checkRun(expected, runs, { nowMs, sinceMs })
    const alert = { kind: 'run_missed', name: command, atMs: nowMs }
    const isRaised = alerts.some(
      ({ key, endedAtMs }) => key === `run_missed/${command}` && endedAtMs === undefined,
    )
    if (missed === undefined && isRaised) alerts = end(alerts, alert)
    if (missed !== undefined && !isRaised) {
      alerts = raise(alerts, { ...alert, severity: 'critical', message: missed })
      onEvent({ level: 'alert', kind: 'run_missed', message: missed })
    }
  }
  const isSame = JSON.stringify(expectedSinceMs) === JSON.stringify(state.expectedSinceMs)
  return isSame && alerts === state.alerts ? state : { ...state, alerts, expectedSinceMs }
}

/** A sentence for each expected run that is missing now. */
export function missedRuns(alerts: readonly AlertEntry[]): readonly string[] {
  return alerts
    .filter(({ kind, endedAtMs }) => kind === 'run_missed' && endedAtMs === undefined)
    .map(({ message }) => message)
}
