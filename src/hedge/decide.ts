/**
 * The heart: (facts, now) -> what to do next for one hedge. Pure; every numbered rule of DESIGN.md section 3 that
 * concerns a single hedge lives here or in the `decide-*` files beside it and has a property test.
 * @module
 */
import { exposureOf, heldBase } from './exposure.ts'
import type { Decision, HedgeFacts, LegFacts } from './hedge-facts.ts'
import { decideOpening, decidePlanned } from './decide-opening.ts'
import type { Step } from './decide-pending.ts'
import { NOTHING, act, isNaked, joinSteps, readUnknown, settlePending } from './decide-pending.ts'
import { decideClosing, reduceExcess } from './decide-reducing.ts'
import { closeWhenDue, keepStops } from './keep-stops.ts'

/** Decides the next actions for one hedge. Never adds exposure outside `planned` and `opening`. */
export function decide(facts: HedgeFacts): Decision {
  switch (facts.hedge.state) {
    case 'planned':
      return decidePlanned(facts)
    case 'opening':
      return facts.hedge.target === 'flat' ? startClosing(facts) : decideOpening(facts)
    case 'open':
      return facts.hedge.target === 'flat' ? startClosing(facts) : decideOpen(facts)
    case 'closing':
      return decideClosing(facts)
    case 'closed':
    case 'aborted':
      return NOTHING
  }
}

function startClosing(facts: HedgeFacts): Decision {
  const closing = decideClosing(facts)
  const become = {
    kind: 'become' as const,
    state: 'closing' as const,
    cause: facts.hedge.cause ?? 'user',
    reason: 'the target is flat',
  }
  return { ...closing, actions: [become, ...closing.actions] }
}

/** Open: keeps it hedged and protected; only ever reduces (rule 8). */
function decideOpen(facts: HedgeFacts): Step {
  const context = { nowMs: facts.nowMs, isAddingWanted: false, isNaked: isNaked(facts) }
  const pending = joinSteps(
    facts.legs.map((leg, legIndex) => settlePending(leg, { ...context, legIndex })),
  )
  const vanished = facts.legs.findIndex((leg) => isZero(leg))
  if (vanished >= 0) return joinSteps([pending, afterVanished(facts, vanished)])
  const exposure = exposureOf(facts)
  if (!exposure.isKnown) {
    return joinSteps([
      pending,
      ...facts.legs.flatMap((leg, legIndex) =>
        leg.position.isKnown && leg.position.value.isSettled
          ? []
          : [readUnknown(leg, legIndex, facts.nowMs)],
      ),
    ])
  }
  const due = closeWhenDue(facts)
  if (due !== NOTHING) return joinSteps([pending, due])
  if (!exposure.value.isWithinTolerance) {
    return joinSteps([pending, reduceExcess(facts, exposure.value)])
  }
  return joinSteps([pending, keepStops(facts)])
}

function isZero(leg: LegFacts): boolean {
  const held = heldBase(leg)
  return held.isKnown && leg.position.isKnown && leg.position.value.isSettled && held.value.lte(0)
}

/** Rule 8: an explicit zero and a second source; until there is one, it is read. */
function afterVanished(facts: HedgeFacts, legIndex: number): Step {
  const leg = facts.legs[legIndex]
  if (leg === undefined) return NOTHING
  if (!leg.position.isKnown || !leg.position.value.hasSecondSource) {
    return readUnknown(leg, legIndex, facts.nowMs)
  }
  return act({
    kind: 'become',
    state: 'closing',
    cause: 'leg_vanished',
    reason: `${leg.leg.account} has no position any more: the rest must not stand alone`,
  })
}
