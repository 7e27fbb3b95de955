/**
 * What of a hedge the stop rules cannot see, and how pressing that is (DESIGN.md section 3, "Freshness").
 * @module
 */
import type { Dec } from './decimal.ts'
import type { Known } from './known.ts'
import { ageMs } from './known.ts'
import type { PnlPosition } from './pnl.ts'
import { unrealizedPnlUsd } from './pnl.ts'
import type { StopPolicy } from './stop-policy.ts'
import { hasNetRules } from './stop-policy.ts'
import type { Freshness, StopHedge, StopLegFacts, StopSnapshot } from './stop-snapshot.ts'
import { freshMark, freshPosition, freshResult, isFresh, isPrice } from './stop-snapshot.ts'
import type { StaleAlert } from './stop-verdict.ts'

/** Floating loss of a leg in USD, negative for a gain; undefined when unknown or when it holds nothing. */
export function lossAtMark(position: Known<PnlPosition>, mark: Dec): Dec | undefined {
  if (!position.isKnown || position.value.signedBase.isZero()) return undefined
  return unrealizedPnlUsd(position.value, mark).negated()
}

/**
 * What is old or unknown of a hedge that should be guarded. A hedge that is only planned holds nothing yet. Fills that a
 * row lacks are ordinary for moments; they count when they last, or when its old size is due.
 */
export function staleAlerts(
  hedge: StopHedge,
  snapshot: StopSnapshot,
  { nowMs, policy }: { readonly nowMs: number; readonly policy: StopPolicy },
): readonly StaleAlert[] {
  if (hedge.state === 'planned') return []
  const at = { nowMs, staleAfterMs: policy.staleAfterMs }
  const lastMark = snapshot.marks.get(hedge.market.marketIndex)
  if (isAllFresh(hedge, lastMark, at)) return []
  const isDue = (leg: StopLegFacts) => isDueByLastKnown(leg, lastMark, policy)
  const alerts: StaleAlert[] = []
  const add = (
    alert: Pick<StaleAlert, 'subject' | 'account' | 'isUrgent' | 'reason'>,
    value: Known<unknown> | undefined,
  ): void => {
    const age = value === undefined ? undefined : ageMs(value, nowMs)
    alerts.push({ kind: 'stale', hedgeId: hedge.hedgeId, ageMs: age, ...alert })
  }
  const mark = freshMark(snapshot, hedge.market, at)
  if (!mark.isKnown) {
    const isUrgent = hedge.legs.some(isDue)
    const { reason } = mark
    add({ subject: 'mark', account: undefined, isUrgent, reason }, lastMark)
  }
  for (const leg of hedge.legs) {
    const { account } = leg
    const position = freshPosition(leg, at)
    if (!position.isKnown && (!isSettling(leg, at) || isDue(leg))) {
      const { reason } = position
      add({ subject: 'position', account, isUrgent: isDue(leg), reason }, leg.position)
    }
    const result = freshResult(leg, at)
    if (!result.isKnown && hasNetRules(policy)) {
      add({ subject: 'result', account, isUrgent: false, reason: result.reason }, leg.result)
    }
  }
  return alerts
}

/** The ordinary case at every tick, told without building anything. */
function isAllFresh({ legs }: StopHedge, mark: Known<Dec> | undefined, at: Freshness): boolean {
  if (mark?.isKnown !== true || !isPrice(mark.value) || !isFresh(mark.atMs, at)) return false
  for (const { position, result } of legs) {
    if (!position.isKnown || !result.isKnown) return false
    if (!isFresh(position.atMs, at) || !isFresh(result.atMs, at)) return false
    if (position.value.unsettledSinceMs !== undefined) return false
  }
  return true
}

/** True while a row that is fresh itself has lacked fills for a short time only. */
function isSettling({ position }: StopLegFacts, at: Freshness): boolean {
  if (!position.isKnown || !isFresh(position.atMs, at)) return false
  const sinceMs = position.value.unsettledSinceMs
  return sinceMs !== undefined && isFresh(sinceMs, at)
}

function isDueByLastKnown(
  { position }: StopLegFacts,
  mark: Known<Dec> | undefined,
  policy: StopPolicy,
): boolean {
  if (mark?.isKnown !== true || !isPrice(mark.value)) return false
  return lossAtMark(position, mark.value)?.gte(policy.stopLossUsd) === true
}
