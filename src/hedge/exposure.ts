import { ZERO, maxDec, minDec, sumDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { HedgeFacts, LegFacts } from './hedge-facts.ts'
import type { Known } from './known.ts'
import { known, unknown } from './known.ts'

/** Sizes of a hedge as they are, all base sizes. */
export interface Exposure {
  /** Sum of signed sizes: zero when hedged. */
  readonly netBase: Dec
  readonly longBase: Dec
  readonly shortBase: Dec
  readonly matchedBase: Dec
  readonly isWithinTolerance: boolean
}

/**
 * Size that a leg holds in its own direction, zero when flat. A position of the opposite sign counts negative, so that
 * it can never pass for a filled leg.
 */
export function heldBase(facts: LegFacts): Known<Dec> {
  if (!facts.position.isKnown) return facts.position
  const { signedBase } = facts.position.value
  return known(facts.leg.side === 'long' ? signedBase : signedBase.negated(), facts.position.atMs)
}

/** The exposure of a hedge, unknown as soon as one leg is unknown or unsettled (rule 3). */
export function exposureOf(facts: HedgeFacts): Known<Exposure> {
  let atMs = facts.nowMs
  for (const leg of facts.legs) {
    if (!leg.position.isKnown) return unknown(`${leg.leg.account}: ${leg.position.reason}`)
    if (!leg.position.value.isSettled) {
      return unknown(`${leg.leg.account}: fills are known that its position row lacks`)
    }
    atMs = Math.min(atMs, leg.position.atMs)
  }
  const longBase = sideBase(facts, 'long')
  const shortBase = sideBase(facts, 'short')
  const netBase = longBase.minus(shortBase)
  return known(
    {
      netBase,
      longBase,
      shortBase,
      matchedBase: maxDec(ZERO, minDec(longBase, shortBase)),
      isWithinTolerance: isTolerated(facts, netBase),
    },
    atMs,
  )
}

/** True when the naked size is zero, or worth at most `naked_tolerance_usd` at a known mark. */
function isTolerated(facts: HedgeFacts, netBase: Dec): boolean {
  if (netBase.isZero()) return true
  const tolerance = facts.policy.nakedToleranceUsd
  return (
    tolerance.gt(0) && facts.mark.isKnown && netBase.abs().times(facts.mark.value).lte(tolerance)
  )
}

function sideBase(facts: HedgeFacts, side: 'long' | 'short'): Dec {
  return sumDec(
    facts.legs
      .filter((leg) => leg.leg.side === side)
      .map((leg) => {
        const held = heldBase(leg)
        return held.isKnown ? held.value : ZERO
      }),
  )
}
