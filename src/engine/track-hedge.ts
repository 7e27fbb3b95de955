/**
 * Keeps the ledger's picture of a hedge up to date: last seen sizes, since when it is naked, how its stops stand.
 * @module
 */
import { isSameDec } from '../hedge/decimal.ts'
import type { Exposure } from '../hedge/exposure.ts'
import { exposureOf } from '../hedge/exposure.ts'
import type { HedgeFacts, LegFacts } from '../hedge/hedge-facts.ts'
import { protectionOf, seenLevels } from '../hedge/keep-stops.ts'
import type { Known } from '../hedge/known.ts'
import type { Hedge, HedgeLeg } from '../hedge/ledger.ts'
import { pastOnly } from '../hedge/past-time.ts'
import type { HedgePatch } from '../ports.ts'
import type { Engine } from './engine-context.ts'

/** What the facts say that the ledger does not say yet; undefined when nothing. Pure. */
export function trackedChanges(facts: HedgeFacts): HedgePatch | undefined {
  const { hedge } = facts
  const legs = facts.legs.map((leg) => trackLeg(facts, leg))
  const hasLegChanged = legs.some((leg, at) => leg !== hedge.legs[at])
  const exposure = exposureOf(facts)
  const nakedSinceMs = nakedSince(facts, exposure)
  const hasNakedChanged = nakedSinceMs !== hedge.nakedSinceMs
  if (!hasLegChanged && !hasNakedChanged) return undefined
  return { ...(hasLegChanged ? { legs } : {}), ...(hasNakedChanged ? { nakedSinceMs } : {}) }
}

/** Unknown is not hedged: while opening orders are out, the time in which nobody knows counts as naked. */
function nakedSince({ hedge, nowMs }: HedgeFacts, exposure: Known<Exposure>): number | undefined {
  if (exposure.isKnown && exposure.value.isWithinTolerance) return undefined
  const isOpening = hedge.state === 'opening' && hedge.attemptsUsed > 0
  const sinceMs = pastOnly(hedge.nakedSinceMs, nowMs)
  // A time ahead is of a clock that was set back: the deadline counts from now, not from then.
  const isCounted = exposure.isKnown || isOpening || hedge.nakedSinceMs !== undefined
  return isCounted ? (sinceMs ?? nowMs) : undefined
}

function trackLeg(facts: HedgeFacts, leg: LegFacts): HedgeLeg {
  const ledger = leg.leg
  const lastSeenBase =
    leg.position.isKnown && leg.position.value.isSettled
      ? leg.position.value.signedBase
      : ledger.lastSeenBase
  const stopState = protectionOf(facts, leg)
  const { stopDown, stopUp } = seenLevels(facts, leg)
  const isSame =
    isSameDec(lastSeenBase, ledger.lastSeenBase) &&
    isSameDec(stopDown, ledger.stopDown) &&
    isSameDec(stopUp, ledger.stopUp)
  if (isSame && stopState === ledger.stopState) return ledger
  return { ...ledger, lastSeenBase, stopDown, stopUp, stopState }
}

/** Says once that a leg lost its stops, and once that it has them again. */
export function noteProtection(engine: Engine, hedge: Hedge, legs: readonly HedgeLeg[]): void {
  legs.forEach((leg, at) => {
    const before = hedge.legs[at]?.stopState
    if (leg.stopState === before) return
    const { hedgeId } = hedge
    const { account } = leg
    const about = { hedgeId, account }
    if (leg.stopState === 'UNPROTECTED') {
      const message = `${hedgeId} ${account}: its stops do not rest on the exchange`
      engine.note({ ...about, level: 'alert', kind: 'unprotected', message })
    } else if (before === 'UNPROTECTED') {
      const message = `${hedgeId} ${account}: its stops are ${leg.stopState}, no longer UNPROTECTED`
      engine.note({ ...about, level: 'info', kind: 'unprotected_over', message })
    }
  })
}
