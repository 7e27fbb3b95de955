/**
 * Keeps the ledger's picture of a hedge up to date: last seen sizes, since when it is naked, how its stops stand.
 * @module
 */
import { isUnprotected, lacksStops } from '../hedge/decide.ts'
import type { Exposure } from '../hedge/exposure.ts'
import { exposureOf } from '../hedge/exposure.ts'
import type { HedgeFacts, LegFacts } from '../hedge/hedge-facts.ts'
import type { Known } from '../hedge/known.ts'
import type { Hedge, HedgeLeg, StopState } from '../hedge/ledger.ts'
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
  const stopState = stopStateOf(facts, leg)
  const isSameSize =
    lastSeenBase === ledger.lastSeenBase ||
    (lastSeenBase !== undefined && ledger.lastSeenBase?.eq(lastSeenBase) === true)
  if (isSameSize && stopState === ledger.stopState) return ledger
  return { ...ledger, lastSeenBase, stopState }
}

/** RESTING only when seen resting; UNPROTECTED after the grace (DESIGN.md section 3, "Second line"). */
function stopStateOf(facts: HedgeFacts, leg: LegFacts): StopState {
  const { hedge, nowMs } = facts
  const { stopState, stopDown, stopUp } = leg.leg
  if (stopState === 'OFF' || stopState === 'NOT_REACHABLE') return stopState
  if (hedge.state !== 'open') return stopState
  if (stopDown === undefined && stopUp === undefined) return stopState
  // What was seen resting is not gone because nobody can look; what was never seen is not there.
  if (!leg.stops.isKnown && stopState === 'RESTING') return stopState
  if (isUnprotected(leg, hedge, nowMs)) return 'UNPROTECTED'
  if (leg.stops.isKnown && !lacksStops(leg)) return 'RESTING'
  return stopState === 'RESTING' ? 'PENDING' : stopState
}

/** Says once that a leg lost its stops. */
export function noteProtection(engine: Engine, hedge: Hedge, legs: readonly HedgeLeg[]): void {
  legs.forEach((leg, at) => {
    const before = hedge.legs[at]?.stopState
    if (leg.stopState !== 'UNPROTECTED' || before === 'UNPROTECTED') return
    engine.note({
      level: 'alert',
      kind: 'unprotected',
      message: `${hedge.hedgeId} ${leg.account}: its stops do not rest on the exchange`,
      hedgeId: hedge.hedgeId,
      account: leg.account,
    })
  })
}
