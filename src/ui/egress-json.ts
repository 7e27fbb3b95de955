/**
 * Egresses and request budgets as `status` and `watch` have them in their documents (CLI.md "JSON").
 * @module
 */
import type { LiveBudget, LiveEgress } from './live/live-view.ts'

/** How every way out is. */
export function egressesJson(egresses: readonly LiveEgress[]) {
  return egresses.map(({ name, condition, reason, accounts }) => ({
    name,
    condition,
    reason: reason ?? null,
    accounts,
  }))
}

/** What every owner may still ask for. */
export function budgetsJson(budgets: readonly LiveBudget[]) {
  return budgets.map(({ owner, left, limit }) => ({ owner, left: left ?? null, limit }))
}
