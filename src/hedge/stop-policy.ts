import { assert } from '../errors.ts'
import type { Dec } from './decimal.ts'
import type { RiskPolicy } from './policy.ts'

/**
 * The owner's stops (CLI.md "Configuration", `risk` and `watch`). All limits are positive USD; undefined switches a rule
 * off. Fields that `RiskPolicy` has too keep their names, so that one object can serve as both.
 */
export interface StopPolicy extends Pick<RiskPolicy, 'stopLossUsd' | 'onStop' | 'maxHoldMs'> {
  /** Net loss of one hedge. */
  readonly hedgeStopUsd: Dec | undefined
  /** Net loss of everything. */
  readonly totalStopUsd: Dec | undefined
  /** Net gain of one hedge. */
  readonly takeProfitUsd: Dec | undefined
  /** How far the net result of a hedge may fall from its best. */
  readonly trailingUsd: Dec | undefined
  /** Stops in one UTC day after which nothing is opened; closing goes on. */
  readonly dailyStopLimit: number | undefined
  /** Values older than this are old: they neither trigger a stop nor hold one back (DESIGN.md section 3, "Freshness"). */
  readonly staleAfterMs: number
}

/** True when some rule needs the net result of a hedge and not only the loss of a leg. */
export function hasNetRules(policy: StopPolicy): boolean {
  return netLimits(policy).some((limit) => limit !== undefined)
}

/** A limit of zero would close everything at once: the configuration refuses it, here it is a bug. */
export function assertStopPolicy(policy: StopPolicy): void {
  for (const limit of [policy.stopLossUsd, ...netLimits(policy)]) {
    assert(limit === undefined || limit.gt(0), 'a stop limit is above zero')
  }
  assert(policy.staleAfterMs > 0, 'data gets old after some time, not at once')
}

function netLimits(policy: StopPolicy): readonly (Dec | undefined)[] {
  return [policy.hedgeStopUsd, policy.totalStopUsd, policy.takeProfitUsd, policy.trailingUsd]
}
