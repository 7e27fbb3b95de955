/**
 * Decisions that only take exposure away: shrinking to what is matched and closing (DESIGN.md section 3, rules 2, 6, 7).
 * @module
 */
import { ZERO, maxDec, minDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { Exposure } from './exposure.ts'
import { heldBase } from './exposure.ts'
import type { Decision, HedgeFacts, LegFacts } from './hedge-facts.ts'
import { TIMING, pauseOf } from './hedge-facts.ts'
import type { Step } from './decide-pending.ts'
import {
  NOTHING,
  act,
  isAdding,
  isMoving,
  isNaked,
  isReducing,
  joinSteps,
  readUnknown,
  settleHeld,
  settlePending,
  wakeAt,
} from './decide-pending.ts'
import { matchClosing, showsEnough } from './match-closing.ts'

/** Takes the excess of the heavier side from its legs, in order, until both sides match. */
export function reduceExcess(facts: HedgeFacts, exposure: Exposure): Step {
  const heavySide = exposure.netBase.isPositive() ? 'long' : 'short'
  let left = exposure.netBase.abs()
  const steps: Step[] = []
  facts.legs.forEach((leg, legIndex) => {
    if (leg.leg.side !== heavySide || left.lte(0)) return
    const held = heldBase(leg)
    const baseSize = held.isKnown ? minDec(left, maxDec(ZERO, held.value)) : ZERO
    if (baseSize.isZero()) return
    left = left.minus(baseSize)
    if (leg.held !== undefined || isOutcomeNear(leg, facts.nowMs)) return
    steps.push(reduceLeg(facts, { legIndex, leg, baseSize, purpose: 'reduce' }))
  })
  return mergeReductions(steps)
}

/**
 * Closing: every leg by itself, all at once, reduce-only, never given up; cancels what rests afterwards. Only a book
 * that cannot take both sides holds it back.
 */
export function decideClosing(facts: HedgeFacts): Decision {
  const match = matchClosing(facts)
  const { stepFloor, waitsFor } = match
  const steps: Step[] = []
  let isEveryLegFlat = true
  facts.legs.forEach((leg, legIndex) => {
    if (isFlat(leg)) return
    isEveryLegFlat = false
    const baseSize = match.baseSizes?.[legIndex] ?? closingSize(leg)
    steps.push(closeLeg(facts, { legIndex, leg, baseSize, purpose: 'close', stepFloor }))
  })
  if (!isEveryLegFlat && match.baseSizes === undefined) return mergeReductions(steps)
  if (!isEveryLegFlat) {
    const look = wakeAt(facts.nowMs + TIMING.thinLookMs)
    return { ...mergeReductions([...steps, look]), waitsFor }
  }
  const cancel = cancelLiveOrders(facts)
  if (cancel !== NOTHING) return cancel
  return act({
    kind: 'become',
    state: 'closed',
    cause: facts.hedge.cause,
    reason: 'every leg was read flat',
  })
}

/** Rule 3: flat is only what was read as zero, settled, with nothing open that could change it. */
function isFlat(leg: LegFacts): boolean {
  if (leg.held !== undefined || leg.awaited.length > 0) return false
  if (!leg.position.isKnown || !leg.position.value.isSettled || !isSeenGone(leg)) return false
  // Our own fills add up to nothing as well; else the row may be older than what another process filled (rule 8).
  return leg.position.value.hasSecondSource || leg.filledBase?.gt(0) !== true
}

/** A position of the other direction is not this leg's: it is the owner's and stays (rule 9). */
function isSeenGone(leg: LegFacts): boolean {
  const held = heldBase(leg)
  return held.isKnown && held.value.lte(0)
}

/** Gone by a row that no known fill contradicts. */
function isReadGone(leg: LegFacts): boolean {
  return leg.position.isKnown && leg.position.value.isSettled && isSeenGone(leg)
}

function closeLeg(facts: HedgeFacts, reduction: Reduction): Step {
  const { leg, legIndex, baseSize } = reduction
  const context = {
    legIndex,
    nowMs: facts.nowMs,
    isAddingWanted: false,
    isReducingWanted: !isReadGone(leg),
    isNaked: isNaked(facts),
  }
  if (leg.held !== undefined) {
    const settle = settleHeld(leg.held, context)
    const mayReplace = settle.actions.length > 0 && !isReducing(leg.held.purpose)
    // Rule 2: the close itself takes the unanswered nonce, so that at most one of the two executes.
    if (mayReplace && baseSize.gt(0)) {
      return reduceLeg(facts, { ...reduction, replacesOrderId: leg.held.orderId })
    }
    return joinSteps([settle, settlePending({ ...leg, held: undefined }, context)])
  }
  const pending = settlePending(leg, context)
  if (isOutcomeNear(leg, facts.nowMs)) return pending
  if (leg.position.isKnown && leg.position.value.isSettled) {
    if (baseSize.gt(0)) return joinSteps([pending, reduceLeg(facts, reduction)])
    const isDoubtful = isSeenGone(leg) && leg.held === undefined && leg.awaited.length === 0
    return isDoubtful ? joinSteps([pending, readUnknown(leg, legIndex, facts.nowMs)]) : pending
  }
  return joinSteps([pending, closeUnknown(facts, reduction)])
}

/**
 * True while an accepted order that moves the position may still tell its outcome by itself. Later a reduction goes
 * out all the same (rule 2): it has the next nonce and only ever reduces.
 */
function isOutcomeNear(leg: LegFacts, nowMs: number): boolean {
  return leg.awaited.some(
    ({ purpose, acceptedAtMs }) => isMoving(purpose) && nowMs < acceptedAtMs + TIMING.blindReduceMs,
  )
}

/**
 * Rule 6 without a read: the close goes out all the same, and the position is read beside it. Right after a reduction
 * the row is merely late: then there is a moment to wait before the next blind try.
 */
function closeUnknown(facts: HedgeFacts, reduction: Reduction): Step {
  const { leg, legIndex } = reduction
  const blindAtMs = (leg.lastReduceAtMs ?? -Infinity) + TIMING.blindReduceMs
  if (facts.nowMs < blindAtMs) {
    const readAtMs = (leg.lastReduceAtMs ?? facts.nowMs) + TIMING.readPauseMs
    const read = facts.nowMs < readAtMs ? wakeAt(readAtMs) : readUnknown(leg, legIndex, facts.nowMs)
    return joinSteps([wakeAt(blindAtMs), read])
  }
  const read = readUnknown(leg, legIndex, facts.nowMs)
  if (reduction.baseSize.lte(0)) return read
  return joinSteps([read, reduceLeg(facts, reduction)])
}

/** Rule 6: the freshly read position; without one the larger of journal and last seen (the venue cuts it). */
function closingSize(leg: LegFacts): Dec {
  const held = heldBase(leg)
  if (held.isKnown && leg.position.isKnown && leg.position.value.isSettled) return held.value
  const shown = held.isKnown ? held.value : ZERO
  const planned = leg.leg.plannedBase
  // An opening order that may still execute can bring the leg up to its plan.
  const isOpeningOut = leg.held !== undefined && isAdding(leg.held.purpose)
  const blind = leg.blindBase ?? maxDec(leg.leg.lastSeenBase?.abs() ?? planned, planned)
  return maxDec(isOpeningOut ? maxDec(blind, planned) : blind, shown)
}

interface Reduction {
  readonly legIndex: number
  readonly leg: LegFacts
  readonly baseSize: Dec
  readonly purpose: 'reduce' | 'close'
  /** No step of this order is below it; left out: 0. */
  readonly stepFloor?: number
  readonly replacesOrderId?: number
}

/** Rule 7: wider steps and growing pauses with every try. */
function reduceLeg(facts: HedgeFacts, reduction: Reduction): Step {
  const { leg, legIndex, baseSize, purpose } = reduction
  const step = Math.max(leg.reduceTries, reduction.stepFloor ?? 0)
  const dueMs =
    leg.lastReduceAtMs === undefined
      ? facts.nowMs
      : leg.lastReduceAtMs + pauseBefore(facts, { leg, baseSize, step })
  if (facts.nowMs < dueMs) return wakeAt(dueMs)
  const reason =
    purpose === 'close'
      ? `closing: ${facts.hedge.cause ?? 'asked for'}`
      : 'this side is larger than the other: back to what is matched'
  const order = {
    legIndex,
    baseSize,
    step,
    replacesOrderId: reduction.replacesOrderId,
  }
  return act({ kind: 'reduce', purpose, orders: [order], reason })
}

/** Tries that follow the book and not the growing pauses; later ones would only spend what others need. */
const BOOK_TRIES_MAX = 8

/** Growing, but what stands alone does not wait once the book shows enough for it. */
function pauseBefore(
  facts: HedgeFacts,
  {
    leg,
    baseSize,
    step,
  }: { readonly leg: LegFacts; readonly baseSize: Dec; readonly step: number },
): number {
  const pauseMs = pauseOf(TIMING.reducePauseMs, leg.reduceTries)
  const shortMs = pauseOf(TIMING.reducePauseMs, 2)
  if (pauseMs <= shortMs || leg.reduceTries > BOOK_TRIES_MAX || !isAlone(facts, leg)) return pauseMs
  return showsEnough(facts, { side: leg.leg.side, baseSize, step }) ? shortMs : pauseMs
}

/** True when nothing of the other side is known to be left. */
function isAlone({ legs }: HedgeFacts, { leg }: LegFacts): boolean {
  return legs.every((other) => other.leg.side === leg.side || isSeenGone(other))
}

/** All reductions of one tick leave as one batch: recorded together, sent together. */
function mergeReductions(steps: readonly Step[]): Step {
  const joined = joinSteps(steps)
  const reductions = joined.actions.filter((action) => action.kind === 'reduce')
  const [first] = reductions
  if (first === undefined || reductions.length === 1) return joined
  const merged = { ...first, orders: reductions.flatMap((action) => action.orders) }
  const others = joined.actions.filter((action) => action.kind !== 'reduce')
  return { actions: [merged, ...others], wakeAtMs: joined.wakeAtMs }
}

/** Cancels what still rests of ours once nothing is left to protect; waits while that is unknown. */
export function cancelLiveOrders(facts: HedgeFacts): Step {
  const steps = facts.legs.flatMap((leg, legIndex) => {
    if (!leg.liveOwnOrders.isKnown) return [readUnknown(leg, legIndex, facts.nowMs)]
    const [orderIndex] = leg.liveOwnOrders.value
    if (orderIndex === undefined) return []
    if (leg.held !== undefined) return [wakeAt(facts.nowMs + TIMING.readPauseMs)]
    const tries = leg.cancelTries ?? 0
    // Refused: perhaps it is gone and the stream did not tell.
    const read = tries === 0 ? NOTHING : readUnknown(leg, legIndex, facts.nowMs)
    const dueMs = (leg.lastCancelAtMs ?? -Infinity) + pauseOf(TIMING.reducePauseMs, tries)
    if (facts.nowMs < dueMs) return [read, wakeAt(dueMs)]
    const reason = 'the position is flat: its stop has nothing to protect'
    return [read, act({ kind: 'cancel', legIndex, orderIndex, reason })]
  })
  return steps.length === 0 ? NOTHING : joinSteps(steps)
}
