/**
 * Decisions while a hedge is planned or opening: the only two states that may add exposure (DESIGN.md section 3).
 * @module
 */
import { ZERO, minDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { Exposure } from './exposure.ts'
import { exposureOf, heldBase } from './exposure.ts'
import type { Action, HedgeFacts, LegFacts } from './hedge-facts.ts'
import { TIMING, pauseOf } from './hedge-facts.ts'
import { cancelLiveOrders, reduceExcess } from './decide-reducing.ts'
import type { Step } from './decide-pending.ts'
import {
  NOTHING,
  act,
  isNaked,
  isPending,
  joinSteps,
  readUnknown,
  settlePending,
  wakeAt,
} from './decide-pending.ts'

/** Rule 5 and the frame around it: who may add exposure, and until when. */
function mayAddExposure(facts: HedgeFacts): boolean {
  const { hedge, policy, nowMs } = facts
  if (!facts.isPlanner || facts.isOpeningStopped || hedge.target === 'flat') return false
  if (nowMs >= hedge.openDeadlineMs || hedge.attemptsUsed >= policy.attempts) return false
  if (facts.legs.some((leg) => leg.refusal !== undefined && !leg.refusal.canHeal)) return false
  return hedge.nakedSinceMs === undefined || nowMs < hedge.nakedSinceMs + policy.maxNakedMs / 2
}

/** Planned: leverage first, then one look at everything, then all legs at once. */
export function decidePlanned(facts: HedgeFacts): Step {
  const pending = settleAll(facts, false)
  if (facts.legs.some((leg) => isPending(leg) && leg.held?.isOthers !== true)) return pending
  const stop = reasonNotToStart(facts)
  if (stop !== undefined) return act(become('aborted', stop.cause, stop.reason))
  if (facts.legs.some(isPending)) return wakeAt(facts.hedge.openDeadlineMs)
  const unready = [missingLeverage(facts), waitForLegs(facts)].find((step) => step !== NOTHING)
  if (unready !== undefined) return unready
  if (!facts.mayStart) return NOTHING
  const orders = facts.legs.map((leg, legIndex) => ({
    legIndex,
    baseSize: leg.leg.plannedBase,
    withStops: true,
  }))
  const reason = `opening ${facts.hedge.name}`
  return {
    actions: [
      become('opening', undefined, 'all legs are ready'),
      { kind: 'add', purpose: 'open', orders, reason },
    ],
    wakeAtMs: undefined,
  }
}

/** Opening: complete inside the band while time lasts, then shrink to what is matched. */
export function decideOpening(facts: HedgeFacts): Step {
  const mayAdd = mayAddExposure(facts)
  const pending = settleAll(facts, mayAdd)
  const exposure = exposureOf(facts)
  const nextLookMs = nextDeadline(facts)
  if (facts.legs.some(isPending)) {
    // Rule 2: an open question forbids new risk, never a reduction.
    const isLate = !mayAdd && exposure.isKnown && !exposure.value.isWithinTolerance
    const reduce = isLate ? reduceExcess(facts, exposure.value) : NOTHING
    return joinSteps([pending, reduce, nextLookMs])
  }
  if (!exposure.isKnown) return joinSteps([...unknownLegs(facts), nextLookMs])
  return mayAdd
    ? joinSteps([goOn(facts, exposure.value), nextLookMs])
    : shrink(facts, exposure.value)
}

function goOn(facts: HedgeFacts, exposure: Exposure): Step {
  const missing = missingOrders(facts, exposure)
  if (missing.length === 0) return act(become('open', undefined, 'every leg has its size'))
  const stale = staleLegs(facts)
  if (stale.length > 0) return probe(stale, facts.nowMs)
  if (isTooLateToComplete(facts)) return NOTHING
  const dueMs = nextAddMs(missing.flatMap(({ legIndex }) => facts.legs[legIndex] ?? []))
  if (facts.nowMs < dueMs) return wakeAt(dueMs)
  const isFirst = exposure.longBase.isZero() && exposure.shortBase.isZero()
  const orders = missing.map(({ legIndex, baseSize }) => ({
    legIndex,
    baseSize,
    withStops: isFirst,
  }))
  const reason = exposure.isWithinTolerance
    ? 'filled in part, evenly: the rest of every leg'
    : 'one side is filled further: completing the other inside the price band'
  return act({ kind: 'add', purpose: isFirst ? 'open' : 'complete', orders, reason })
}

/** While lopsided only the lighter side is completed, up to the heavier one; else every leg up to its plan. */
function missingOrders(facts: HedgeFacts, exposure: Exposure) {
  const { netBase, isWithinTolerance } = exposure
  const lightSide = netBase.isPositive() ? 'short' : 'long'
  let left: Dec | undefined = isWithinTolerance ? undefined : netBase.abs()
  const orders: { legIndex: number; baseSize: Dec }[] = []
  facts.legs.forEach((leg, legIndex) => {
    if (left !== undefined && leg.leg.side !== lightSide) return
    const gap = missingBase(leg)
    const baseSize = left === undefined ? gap : minDec(gap, left)
    if (baseSize.lte(0)) return
    if (left !== undefined) left = left.minus(baseSize)
    orders.push({ legIndex, baseSize })
  })
  return orders
}

/** An order that completes needs time to tell its outcome, or the other leg would be reduced beside it. */
function isTooLateToComplete({ hedge: { nakedSinceMs }, policy, nowMs }: HedgeFacts): boolean {
  if (nakedSinceMs === undefined) return false
  const halfMs = policy.maxNakedMs / 2
  return nowMs >= nakedSinceMs + halfMs - Math.min(TIMING.completeLeadMs, halfMs / 3)
}

/** After a refusal or a cancellation the same would only happen again at once: the pauses grow. */
function nextAddMs(legs: readonly LegFacts[]): number {
  return Math.max(
    ...legs.map((leg) =>
      leg.lastAddAtMs === undefined
        ? -Infinity
        : leg.lastAddAtMs + pauseOf(TIMING.addPauseMs, leg.addTries ?? 0),
    ),
  )
}

function missingBase(leg: LegFacts): Dec {
  const held = heldBase(leg)
  return held.isKnown ? leg.leg.plannedBase.minus(held.value) : ZERO
}

function shrink(facts: HedgeFacts, exposure: Exposure): Step {
  if (!exposure.isWithinTolerance) return reduceExcess(facts, exposure)
  if (!exposure.matchedBase.isZero()) {
    return act(become('open', undefined, 'kept what is matched on both sides'))
  }
  const cancel = cancelLiveOrders(facts)
  if (cancel !== NOTHING) return cancel
  return act(become('aborted', abortCause(facts), 'nothing is open on any leg'))
}

function abortCause(facts: HedgeFacts): string {
  const refused = facts.legs.find((leg) => leg.refusal !== undefined)?.refusal
  if (refused !== undefined) return refused.code
  if (facts.hedge.attemptsUsed >= facts.policy.attempts) return 'attempts_used_up'
  return facts.nowMs >= facts.hedge.openDeadlineMs ? 'deadline' : 'not_opened'
}

function reasonNotToStart(facts: HedgeFacts): { cause: string; reason: string } | undefined {
  if (facts.hedge.target === 'flat') {
    return { cause: facts.hedge.cause ?? 'user', reason: 'closing was asked for before it opened' }
  }
  if (!facts.isPlanner) return { cause: 'orphaned', reason: 'the run that planned it is gone' }
  if (facts.isOpeningStopped) return { cause: 'stopped', reason: 'openings are stopped' }
  if (facts.nowMs >= facts.hedge.openDeadlineMs) {
    return { cause: 'deadline', reason: 'not everything was ready before the deadline' }
  }
  if (facts.hedge.attemptsUsed >= facts.policy.attempts) {
    return { cause: 'attempts_used_up', reason: 'no attempt is left' }
  }
  return facts.legs.map(legReasonNotToStart).find((reason) => reason !== undefined)
}

function legReasonNotToStart(leg: LegFacts): { cause: string; reason: string } | undefined {
  const name = leg.leg.account
  if (leg.refusal !== undefined && !leg.refusal.canHeal) {
    return { cause: leg.refusal.code, reason: `${name} was refused` }
  }
  if (leg.position.isKnown && !leg.position.value.signedBase.isZero()) {
    return { cause: 'foreign_position', reason: `${name} holds a position that is not ours` }
  }
  if (leg.liveOwnOrders.isKnown && leg.liveOwnOrders.value.length > 0) {
    return { cause: 'own_orders_live', reason: `${name} has live orders with our tag` }
  }
  return undefined
}

function missingLeverage(facts: HedgeFacts): Step {
  const legIndexes: number[] = []
  const reads: Step[] = []
  facts.legs.forEach((leg, legIndex) => {
    if (!leg.hasLeverage.isKnown) reads.push(readUnknown(leg, legIndex, facts.nowMs))
    else if (!leg.hasLeverage.value) legIndexes.push(legIndex)
  })
  if (reads.length > 0) return joinSteps([...reads, wakeAt(facts.hedge.openDeadlineMs)])
  if (legIndexes.length === 0) return NOTHING
  if (areUnitsShort(facts, legIndexes.length)) return waitForUnits(facts)
  const dueMs = nextAddMs(legIndexes.flatMap((legIndex) => facts.legs[legIndex] ?? []))
  if (facts.nowMs < dueMs) return joinSteps([wakeAt(dueMs), wakeAt(facts.hedge.openDeadlineMs)])
  return act({ kind: 'set_leverage', legIndexes, reason: 'leverage differs from the plan' })
}

/** Rules 3, 4 and 11: known and settled, answered lately, and units to open and to unwind. */
function waitForLegs(facts: HedgeFacts): Step {
  const deadline = wakeAt(facts.hedge.openDeadlineMs)
  const unknown = unknownLegs(facts)
  if (unknown.length > 0) return joinSteps([...unknown, deadline])
  if (!facts.mark.isKnown || facts.legs.some((leg) => !leg.liveOwnOrders.isKnown)) {
    return joinSteps([wakeAt(facts.nowMs + TIMING.readPauseMs), deadline])
  }
  const stale = staleLegs(facts)
  if (stale.length > 0) return joinSteps([probe(stale, facts.nowMs), deadline])
  return areUnitsShort(facts, 2 * facts.legs.length) ? waitForUnits(facts) : NOTHING
}

function areUnitsShort({ legs }: HedgeFacts, unitsNeeded: number): boolean {
  return legs.some((leg) => (leg.openUnitsLeft ?? 0) < unitsNeeded)
}

/** Nothing tells when a bucket fills: it is looked at again. */
function waitForUnits({ nowMs, hedge }: HedgeFacts): Step {
  return joinSteps([wakeAt(nowMs + 500), wakeAt(hedge.openDeadlineMs)])
}

function unknownLegs(facts: HedgeFacts): Step[] {
  return facts.legs.flatMap((leg, legIndex) =>
    leg.position.isKnown && leg.position.value.isSettled
      ? []
      : [readUnknown(leg, legIndex, facts.nowMs)],
  )
}

function staleLegs(facts: HedgeFacts): number[] {
  return facts.legs.flatMap((leg, legIndex) =>
    leg.lastAnswerAgeMs === undefined || leg.lastAnswerAgeMs > TIMING.freshAnswerMs
      ? [legIndex]
      : [],
  )
}

function probe(legIndexes: readonly number[], nowMs: number): Step {
  return { actions: [{ kind: 'probe', legIndexes }], wakeAtMs: nowMs + 500 }
}

/** The next moment at which `mayAddExposure` can change by time alone. */
function nextDeadline(facts: HedgeFacts): Step {
  const { openDeadlineMs, nakedSinceMs } = facts.hedge
  const moments = [openDeadlineMs]
  if (nakedSinceMs !== undefined) moments.push(nakedSinceMs + facts.policy.maxNakedMs / 2)
  const ahead = moments.filter((atMs) => atMs > facts.nowMs)
  return ahead.length === 0 ? NOTHING : wakeAt(Math.min(...ahead))
}

function settleAll(facts: HedgeFacts, isAddingWanted: boolean): Step {
  const context = { nowMs: facts.nowMs, isAddingWanted, isNaked: isNaked(facts) }
  return joinSteps(facts.legs.map((leg, legIndex) => settlePending(leg, { ...context, legIndex })))
}

function become(
  state: 'opening' | 'open' | 'aborted',
  cause: string | undefined,
  reason: string,
): Action {
  return { kind: 'become', state, cause, reason }
}
