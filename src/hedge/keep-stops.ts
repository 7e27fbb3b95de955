/**
 * The life of a hedge's stops on the exchange: placed, seen resting, replaced before they are wrong or old, taken away
 * when nothing needs them (DESIGN.md section 3, "Second line, on the exchange"). New ones are seen before old ones go.
 * @module
 */
import type { Dec } from './decimal.ts'
import type { Step } from './decide-pending.ts'
import { NOTHING, act, isPending, joinSteps, wakeAt } from './decide-pending.ts'
import type { HedgeFacts, LegFacts, RestingStop } from './hedge-facts.ts'
import { TIMING, pauseOf } from './hedge-facts.ts'
import type { JudgedStops, WantedLevels } from './judge-stops.ts'
import { DIRECTIONS, closesWhole, isAnyMissing, isAtLevel, judgeStops } from './judge-stops.ts'
import type { HedgeLeg, StopState } from './ledger.ts'
import type { StopLevel, StopLevels } from './stops.ts'

/** Places, replaces and cancels stops of an open hedge that is within tolerance. */
export function keepStops(facts: HedgeFacts): Step {
  if (!facts.policy.isExchangeStopOn) return cancelAll(facts)
  const levels = levelsNow(facts)
  // A level that is due cannot be placed any more: closing is what helps.
  if (levels === undefined || dueLevel(levels) !== undefined) return NOTHING
  const missing: number[] = []
  const outdated: number[] = []
  const steps = facts.legs.map((leg, legIndex) => readLiquidation(leg, legIndex, facts.nowMs))
  facts.legs.forEach((leg, legIndex) => {
    if (!leg.stops.isKnown || isPending(leg)) return
    const judged = judgeStops(facts, leg, levels)
    if (judged.standing === undefined) {
      const dueMs = placingDueMs(facts, leg, judged)
      if (facts.nowMs >= dueMs) {
        ;(judged.isMissing ? missing : outdated).push(legIndex)
        return
      }
      steps.push(wakeAt(dueMs))
    }
    steps.push(cancelOne(facts, legIndex, judged.surplus))
  })
  return joinSteps([
    place(missing, 'the stops are not seen resting on the exchange'),
    place(outdated, 'the stops on the exchange are at an old level or expire soon'),
    ...steps,
  ])
}

/**
 * The levels at which stops are placed now: where another leg's stand already, when that is near enough, so that one mark
 * closes all legs. Undefined when the levels are not known, or one is due.
 */
export function levelsToPlace(facts: HedgeFacts): StopLevels | undefined {
  const levels = levelsNow(facts)
  if (levels === undefined || dueLevel(levels) !== undefined) return undefined
  const standing = facts.legs.flatMap((leg) => judgeStops(facts, leg, levels).standing ?? [])
  const aligned = (direction: RestingStop['direction']): StopLevel | undefined => {
    const other = standing.find((stop) => stop.direction === direction)
    const level = levels[direction]
    return level && { ...level, triggerPrice: other?.triggerPrice ?? level.triggerPrice }
  }
  return { ...levels, down: aligned('down'), up: aligned('up') }
}

/** Placings, oldest first, that follow each other without a quiet time, up to now: one row of tries. */
export function placingsInARow(placedAtMs: readonly number[], nowMs: number): number {
  let count = 0
  let nextMs = nowMs
  for (const atMs of placedAtMs.toReversed()) {
    if (nextMs - atMs > 2 * TIMING.stopReplaceMs) break
    count += 1
    nextMs = atMs
  }
  return count
}

/** A stop level that mark is at or past already. */
export interface DueStop {
  readonly account: string
  readonly triggerPrice: Dec
  readonly limitedBy: StopLevel['limitedBy']
}

/** The level that should have fired already; a liquidation before a loss. Undefined: none, or not known. */
export function dueStop(facts: HedgeFacts): DueStop | undefined {
  const due = freshDueLevel(facts)
  if (due === undefined) return undefined
  const { account, triggerPrice, limitedBy } = due.level
  return { account, triggerPrice, limitedBy }
}

/**
 * Closes the hedge when a level is due that the exchange does not take care of: a leg that is liquidated alone leaves
 * its partner naked. What rests there has a moment to fire.
 */
export function closeWhenDue(facts: HedgeFacts): Step {
  const due = freshDueLevel(facts)
  if (due === undefined) return NOTHING
  const patienceMs = (facts.stopDueSinceMs ?? facts.nowMs) + TIMING.stopFireMs
  const isAwaited = facts.legs.every((leg) => isFiring(facts, leg, due))
  if (isAwaited && facts.nowMs < patienceMs) return wakeAt(patienceMs)
  const { account, triggerPrice, limitedBy } = due.level
  const isLoss = limitedBy === 'loss'
  return act({
    kind: 'become',
    state: 'closing',
    cause: isLoss ? 'stop_loss' : 'liquidation_near',
    reason: `mark is past ${triggerPrice}, where ${account} ${isLoss ? 'stops' : 'comes near its liquidation'}`,
  })
}

/** True when a level that can be reached is not known to rest for the whole leg, at whatever price. */
export function lacksStops(facts: HedgeFacts, leg: LegFacts): boolean {
  const levels = expectedLevels(facts, leg)
  if (DIRECTIONS.every((direction) => levels[direction] === undefined)) return false
  return !leg.stops.isKnown || isAnyMissing(leg, levels)
}

/** How a leg's stops stand: RESTING only when seen, UNPROTECTED when the grace for that is over. */
export function protectionOf(facts: HedgeFacts, leg: LegFacts): StopState {
  const { hedge, nowMs } = facts
  const before = leg.leg.stopState
  if (hedge.state !== 'open') return before
  if (!facts.policy.isExchangeStopOn) return 'OFF'
  const levels = expectedLevels(facts, leg)
  if (DIRECTIONS.every((direction) => levels[direction] === undefined)) {
    return levelsNow(facts) === undefined ? before : 'NOT_REACHABLE'
  }
  // What was seen resting is not gone because nobody can look; what was never seen is not there.
  if (!leg.stops.isKnown && before === 'RESTING') return before
  if (!lacksStops(facts, leg)) return 'RESTING'
  const sinceMs = leg.stopsLackSinceMs ?? hedge.openedAtMs ?? nowMs
  // Once said, it holds until they are seen: every try would be another alarm.
  return before === 'UNPROTECTED' || nowMs - sinceMs >= TIMING.stopGraceMs
    ? 'UNPROTECTED'
    : 'PENDING'
}

/** The levels at which a leg's stops were last seen to stand. */
export function seenLevels(
  facts: HedgeFacts,
  leg: LegFacts,
): Pick<HedgeLeg, 'stopDown' | 'stopUp'> {
  const { stopDown, stopUp } = leg.leg
  const levels = facts.policy.isExchangeStopOn ? levelsNow(facts) : NO_LEVELS
  if (facts.hedge.state !== 'open' || levels === undefined || !leg.stops.isKnown) {
    return { stopDown, stopUp }
  }
  const { standing, surplus } = judgeStops(facts, leg, levels)
  if (standing === undefined || (standing.length === 0 && surplus.length > 0)) {
    return { stopDown, stopUp }
  }
  const priceOf = (direction: RestingStop['direction']) =>
    standing.find((stop) => stop.direction === direction)?.triggerPrice
  return { stopDown: priceOf('down'), stopUp: priceOf('up') }
}

const NO_LEVELS: Pick<StopLevels, 'down' | 'up'> = { down: undefined, up: undefined }

function levelsNow({ wantedStops }: HedgeFacts): StopLevels | undefined {
  return wantedStops?.isKnown === true ? wantedStops.value : undefined
}

/** Where a leg's stops should rest: by what is known now, else by what the ledger remembers. */
function expectedLevels(facts: HedgeFacts, { leg }: LegFacts): WantedLevels {
  const remembered = (triggerPrice: Dec | undefined) =>
    triggerPrice && { triggerPrice, limitedBy: 'loss' as const }
  return levelsNow(facts) ?? { down: remembered(leg.stopDown), up: remembered(leg.stopUp) }
}

interface DueLevel {
  readonly direction: RestingStop['direction']
  readonly level: StopLevel
}

function dueLevel(levels: StopLevels | undefined): DueLevel | undefined {
  const due = DIRECTIONS.flatMap((direction): DueLevel[] => {
    const level = levels?.[direction]
    return level?.isDue === true ? [{ direction, level }] : []
  })
  return due.find(({ level }) => level.limitedBy === 'liquidation') ?? due[0]
}

/** Old data can neither trigger nor hold back a stop: only a fresh mark says that a level is due. */
function freshDueLevel(facts: HedgeFacts): DueLevel | undefined {
  return facts.mark.isKnown ? dueLevel(levelsNow(facts)) : undefined
}

/** True while what rests for a leg may be firing at a due level, or while nobody can see it. */
function isFiring(facts: HedgeFacts, leg: LegFacts, { direction, level }: DueLevel): boolean {
  if (!leg.stops.isKnown) return true
  return leg.stops.value.some((stop) => {
    if (stop.direction !== direction || !closesWhole(leg, stop)) return false
    return isAtLevel(facts, stop, level.triggerPrice) || isReached(facts, stop)
  })
}

function isReached({ mark }: HedgeFacts, stop: RestingStop): boolean {
  if (!mark.isKnown) return false
  const { triggerPrice, direction } = stop
  return direction === 'down' ? mark.value.lte(triggerPrice) : mark.value.gte(triggerPrice)
}

/** When a leg's stops may be placed: soon when it is bare, once a minute while others rest. */
function placingDueMs(facts: HedgeFacts, leg: LegFacts, judged: JudgedStops): number {
  const { hedge, policy, nowMs } = facts
  const lastMs = leg.lastStopsAtMs ?? hedge.openedAtMs ?? nowMs
  const isCalm = !judged.isMissing && !judged.isUrgent
  if (isCalm || leg.stopTries >= policy.attempts) return lastMs + TIMING.stopReplaceMs
  // Channels part: what fired or came with the entry shows within this time.
  const settledMs = leg.stopsLackSinceMs ?? hedge.openedAtMs ?? nowMs
  return Math.max(lastMs, settledMs) + pauseOf(TIMING.stopPauseMs, leg.stopTries)
}

/** After a deposit or a withdrawal the venue does not tell by itself where a leg is liquidated now. */
function readLiquidation(leg: LegFacts, legIndex: number, nowMs: number): Step {
  if (leg.isLiquidationPriceOld !== true) return NOTHING
  const dueMs = (leg.lastAccountReadAtMs ?? -Infinity) + TIMING.longestReadPauseMs
  if (nowMs < dueMs) return wakeAt(dueMs)
  const reason = 'its collateral has moved: where is it liquidated now?'
  return act({ kind: 'read', legIndex, what: 'account', orderId: undefined, reason })
}

function place(legIndexes: readonly number[], reason: string): Step {
  return legIndexes.length === 0 ? NOTHING : act({ kind: 'place_stops', legIndexes, reason })
}

/** Exchange stops are off: what rests from earlier is not wanted. */
function cancelAll(facts: HedgeFacts): Step {
  return joinSteps(
    facts.legs.map((leg, legIndex) =>
      leg.stops.isKnown && !isPending(leg) ? cancelOne(facts, legIndex, leg.stops.value) : NOTHING,
    ),
  )
}

/** One at a time: whether the venue ends a sibling with it is seen before the next. */
function cancelOne(facts: HedgeFacts, legIndex: number, surplus: readonly RestingStop[]): Step {
  const [stop] = surplus
  if (stop === undefined) return NOTHING
  const leg = facts.legs[legIndex]
  const pauseMs = pauseOf(TIMING.stopCancelPauseMs, leg?.cancelTries ?? 0)
  const dueMs = (leg?.lastCancelAtMs ?? -Infinity) + pauseMs
  if (facts.nowMs < dueMs) return wakeAt(dueMs)
  const reason = 'this stop is not needed: others rest at the wanted levels, or none is wanted'
  return act({ kind: 'cancel', legIndex, orderIndex: stop.orderIndex, reason })
}
