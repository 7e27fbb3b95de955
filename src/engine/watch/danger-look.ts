/**
 * Dangers that are states of a hedge or of its orders, told while they last: naked for too long, closing that does not
 * come through, orders whose outcome stays unknown.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import type { EventLevel } from '../../ports.ts'
import type { Engine } from '../engine-context.ts'
import type { AlertBoard } from './alert-board.ts'

export interface DangerLook {
  /** To be called about once a second. */
  look(hedges: readonly Hedge[]): void
}

/** A closing takes a second as a rule, and some more in a thin book. */
const CLOSING_WARN_MS = 15_000
const CLOSING_ALERT_MS = 60_000
/** Doubt is ended within a second as a rule. */
const DOUBT_MS = 5_000

/** Has seen nothing yet. */
export function createDangerLook(engine: Engine, alerts: AlertBoard): DangerLook {
  const closingSinceMs = new Map<string, number>()
  const doubts = new Set<string>()
  return {
    look(hedges) {
      for (const hedge of hedges) {
        lookAtExposure(engine, alerts, hedge)
        lookAtClosing(engine, alerts, { hedge, closingSinceMs })
      }
      const live = new Set(hedges.map(({ hedgeId }) => hedgeId))
      for (const hedgeId of closingSinceMs.keys()) {
        if (!live.has(hedgeId)) closingSinceMs.delete(hedgeId)
      }
      lookAtDoubts(engine, alerts, doubts)
    },
  }
}

function lookAtExposure(
  { clock, policy }: Engine,
  alerts: AlertBoard,
  { hedgeId, name, nakedSinceMs }: Hedge,
): void {
  const key = `exposed/${hedgeId}`
  const nakedMs = nakedSinceMs === undefined ? 0 : clock.now() - nakedSinceMs
  if (nakedMs <= policy.maxNakedMs) {
    alerts.clear(key)
    return
  }
  alerts.raise(key, {
    level: 'alert',
    kind: 'exposed',
    message: `${hedgeId} ${name}: its legs do not match for longer than ${policy.maxNakedMs} ms`,
    hedgeId,
  })
}

function lookAtClosing(
  { clock }: Engine,
  alerts: AlertBoard,
  of: { readonly hedge: Hedge; readonly closingSinceMs: Map<string, number> },
): void {
  const { hedge, closingSinceMs } = of
  const { hedgeId, name, target } = hedge
  const key = `closing/${hedgeId}`
  if (target !== 'flat') {
    alerts.clear(key)
    return
  }
  const nowMs = clock.monotonicMs()
  const sinceMs = closingSinceMs.get(hedgeId) ?? nowMs
  closingSinceMs.set(hedgeId, sinceMs)
  const level = closingLevel(nowMs - sinceMs)
  if (level === undefined) return
  const message = `${hedgeId} ${name}: asked to close ${((nowMs - sinceMs) / 1000).toFixed(0)} s ago and not flat`
  alerts.raise(key, { level, kind: 'close_failing', message, hedgeId })
}

function closingLevel(ms: number): EventLevel | undefined {
  if (ms >= CLOSING_ALERT_MS) return 'alert'
  return ms >= CLOSING_WARN_MS ? 'warning' : undefined
}

function lookAtDoubts({ journal, clock }: Engine, alerts: AlertBoard, raised: Set<string>): void {
  const nowMs = clock.now()
  const now = journal
    .unsettledOrders()
    .filter(({ state, preparedAtMs }) => state === 'in_doubt' && nowMs - preparedAtMs > DOUBT_MS)
  const keys = new Set(now.map(({ orderId }) => `doubt/${orderId}`))
  for (const key of raised) {
    if (keys.has(key)) continue
    raised.delete(key)
    alerts.clear(key)
  }
  for (const { orderId, account, purpose, hedgeId } of now) {
    const key = `doubt/${orderId}`
    raised.add(key)
    const message = `${account}: the outcome of its ${purpose} is not known for more than ${DOUBT_MS / 1000} s`
    alerts.raise(key, { level: 'warning', kind: 'in_doubt', message, hedgeId, account })
  }
}
