/**
 * Holding a closing back while the book cannot take both sides of a hedge: two legs that are on lose nothing net, one
 * that is left behind is naked. Pure.
 * @module
 */
import { Dec, ZERO, maxDec, minDec, sumDec } from './decimal.ts'
import { isMoving, isReducing } from './decide-pending.ts'
import { heldBase } from './exposure.ts'
import type { ClosingBook, HedgeFacts, LegFacts } from './hedge-facts.ts'
import { TIMING, pauseOf } from './hedge-facts.ts'
import { roundSizeDown } from './market.ts'
import { closingPrice, worsen } from './prices.ts'
import type { OrderSide, Side } from './side.ts'
import { closingSide, oppositeSide } from './side.ts'
import { takeableBase } from './takeable-base.ts'

/** A part of what is matched is sent only when it is worth its requests: this share of the plan, or the rest. */
const LEAST_SHARE = new Dec('0.1')

/** An unruly book may move so far, in percent, before an order arrives: a crash takes 2 % a second, a taker waits 0.3 s. */
const UNRULY_MOVE_PCT = new Dec(1)

/** How a closing goes on: undefined sizes leave every leg to itself, all at once. */
export interface ClosingMatch {
  /** No order's step is below this one: waiting widens as tries do (DESIGN.md section 3, rule 7). */
  readonly stepFloor: number
  /** What each leg may send now, by the index of the leg; zero holds it back. */
  readonly baseSizes: readonly Dec[] | undefined
  /** The side of the book that is too thin; undefined when nothing is held back. */
  readonly waitsFor: 'bids' | 'asks' | undefined
}

/**
 * Says how much of each leg a closing may send. With a book that takes both sides, an unknown book, or nothing that is
 * matched, every leg goes out by itself. Else both sides send only what both can take within the worst price of this
 * step; a difference between the sides is closed at once; a leg near its liquidation goes out whole; and after
 * `TIMING.thinPatienceMs` the side that the book cannot take is tried whole, and the other one follows its fills.
 */
export function matchClosing(facts: HedgeFacts): ClosingMatch {
  const waited = waitedStep(facts)
  const alone: ClosingMatch = { stepFloor: waited, baseSizes: undefined, waitsFor: undefined }
  const { book } = facts
  const sizes = sizesToMatch(facts)
  if (book === undefined || sizes === undefined) return alone
  const last = facts.policy.closeStepsPct.length - 1
  const stepFloor = isUnruly(facts) ? Math.min(last, waited + 1) : waited
  const takeable = takeableOf(facts, book, { sizes, stepFloor })
  if (takeable === undefined) return alone
  const hardSide = sizes.long.minus(takeable.long).gte(sizes.short.minus(takeable.short))
    ? 'long'
    : 'short'
  const isThin = sizes[hardSide].gt(takeable[hardSide])
  // Once held back, both sides go on together: a leg that still has to pause keeps the others waiting.
  if (!isThin && book.heldBackSinceMs === undefined) return { ...alone, stepFloor }
  const budget = budgetOf(facts, { sizes, takeable, hardSide: isThin ? hardSide : undefined })
  const thinBook = hardSide === 'long' ? 'bids' : 'asks'
  return {
    stepFloor,
    baseSizes: shareOut(facts, budget),
    waitsFor: isThin ? thinBook : undefined,
  }
}

/** Base coins of each side of a hedge. */
interface SideSizes {
  readonly long: Dec
  readonly short: Dec
}

/** What both sides hold; undefined when nothing is matched, or too little is known to hold anything back. */
function sizesToMatch(facts: HedgeFacts): SideSizes | undefined {
  if (!facts.mark.isKnown || !mayHoldBack(facts)) return undefined
  const sizes = { long: sideBase(facts, 'long'), short: sideBase(facts, 'short') }
  return minDec(sizes.long, sizes.short).gt(0) ? sizes : undefined
}

/** True when a leg's position cannot be told yet, because its reduction has only just gone out. */
function isLate(leg: LegFacts, nowMs: number): boolean {
  if (leg.position.isKnown && leg.position.value.isSettled) return false
  return leg.lastReduceAtMs !== undefined && nowMs < leg.lastReduceAtMs + TIMING.blindReduceMs
}

/** Nothing waits beside an opening that may still execute, or beside a leg that nobody can read. */
function mayHoldBack(facts: HedgeFacts): boolean {
  return facts.legs.every((leg) => {
    if (leg.held !== undefined && !isReducing(leg.held.purpose)) return false
    const isRead = leg.position.isKnown && leg.position.value.isSettled
    return isRead || isLate(leg, facts.nowMs)
  })
}

/** A late leg counts with what it had: it may all still be there. */
function legBase(leg: LegFacts): Dec {
  const held = heldBase(leg)
  if (!held.isKnown) return leg.blindBase ?? leg.leg.plannedBase
  return maxDec(ZERO, held.value)
}

function sideBase(facts: HedgeFacts, side: Side): Dec {
  return sumDec(facts.legs.filter((leg) => leg.leg.side === side).map(legBase))
}

/** What the book takes of each side; undefined when nobody knows. */
function takeableOf(
  facts: HedgeFacts,
  book: ClosingBook,
  options: { readonly sizes: SideSizes; readonly stepFloor: number },
): SideSizes | undefined {
  const { bids, asks } = book
  if (!bids.isKnown || !asks.isKnown) {
    // A book in a gap says nothing new for a moment: what was thin counts as empty.
    return isThinLately(book, facts.nowMs) ? { long: ZERO, short: ZERO } : undefined
  }
  const quotes = {
    mark: facts.mark.isKnown ? facts.mark.value : undefined,
    bestBid: bids.value[0]?.price,
    bestAsk: asks.value[0]?.price,
  }
  const takeable = (side: Side): Dec => {
    const order = closingSide(side)
    const [levels, claimed] =
      order === 'sell' ? [bids.value, book.claimedBidsBase] : [asks.value, book.claimedAsksBase]
    const price = closingPrice({
      market: facts.market,
      side: order,
      quotes,
      closeStepsPct: facts.policy.closeStepsPct,
      step: Math.max(options.stepFloor, narrowestStep(facts, side)),
      lastResortPrice: undefined,
    })
    const taken = takeableBase(levels, {
      market: facts.market,
      side: order,
      baseSize: options.sizes[side].plus(claimed),
      price: isUnruly(facts) ? worsen(order, price, UNRULY_MOVE_PCT.negated()) : price,
    })
    return maxDec(ZERO, taken.minus(claimed))
  }
  return { long: takeable('long'), short: takeable('short') }
}

function narrowestStep(facts: HedgeFacts, side: Side): number {
  const tries = facts.legs
    .filter((leg) => leg.leg.side === side && legBase(leg).gt(0))
    .map((leg) => leg.reduceTries)
  return tries.length === 0 ? 0 : Math.min(...tries)
}

/** The step that tries would have come to in the time that was waited. */
function waitedStep({ book, nowMs, policy }: HedgeFacts): number {
  if (book?.heldBackSinceMs === undefined) return 0
  const last = policy.closeStepsPct.length - 1
  let untilMs = book.heldBackSinceMs
  for (let step = 1; step <= last; step += 1) {
    untilMs += pauseOf(TIMING.reducePauseMs, step)
    if (nowMs < untilMs) return step - 1
  }
  return Math.max(0, last)
}

/**
 * True when spread, or what lies between book and mark, is wider than the first closing step: such a book has moved on
 * before an order arrives. Its orders carry the next wider step, and what they can take is judged at a better price.
 */
function isUnruly({ book, mark, policy }: HedgeFacts): boolean {
  const [firstPct] = policy.closeStepsPct
  if (book === undefined || !mark.isKnown || firstPct === undefined) return false
  const touches = [book.bids, book.asks].map((side) => (side.isKnown ? side.value[0] : undefined))
  const [bid = mark.value, ask = mark.value] = touches.map((level) => level?.price)
  const widest = maxDec(
    ask.minus(bid),
    maxDec(bid.minus(mark.value).abs(), ask.minus(mark.value).abs()),
  )
  return widest.gt(mark.value.times(firstPct).div(100))
}

function isThinLately({ thinSeenAtMs }: ClosingBook, nowMs: number): boolean {
  return thinSeenAtMs !== undefined && nowMs < thinSeenAtMs + TIMING.thinMemoryMs
}

/** How much each side may send in all. */
function budgetOf(
  facts: HedgeFacts,
  book: {
    readonly sizes: SideSizes
    readonly takeable: SideSizes
    /** The side that the book cannot take; undefined when it can take both. */
    readonly hardSide: Side | undefined
  },
): SideSizes {
  const { sizes, takeable, hardSide } = book
  const heavySide = sizes.long.gte(sizes.short) ? 'long' : 'short'
  const excess = sizes.long.minus(sizes.short).abs()
  const matched = minDec(sizes.long, sizes.short)
  const both = minDec(takeable[heavySide].minus(excess), takeable[oppositeSide(heavySide)])
  const offered = roundSizeDown(facts.market, maxDec(ZERO, minDec(both, matched)))
  const isWorthIt = offered.gte(minDec(matched, leastPart(facts)))
  const now = isWorthIt && facts.legs.every((leg) => isReady(leg, facts.nowMs)) ? offered : ZERO
  // What is on its way on the heavy side may be the very difference.
  const isSideReady = facts.legs.every(
    (leg) => leg.leg.side !== heavySide || !isOnItsWay(leg, facts.nowMs),
  )
  const heavy = isSideReady ? now.plus(excess) : now
  const budget = heavySide === 'long' ? { long: heavy, short: now } : { long: now, short: heavy }
  if (hardSide === undefined || !isProbeDue(facts, hardSide)) return budget
  return { ...budget, [hardSide]: sizes[hardSide] }
}

function leastPart({ legs, market }: HedgeFacts): Dec {
  const planned = sumDec(
    legs.filter((leg) => leg.leg.side === 'long').map((leg) => leg.leg.plannedBase),
  )
  return maxDec(market.minBaseSize, planned.times(LEAST_SHARE))
}

/** The matched part leaves only when all legs can: one that would have to pause leaves the others naked. */
function isReady(leg: LegFacts, nowMs: number): boolean {
  if (leg.held !== undefined || isOnItsWay(leg, nowMs)) return false
  if (legBase(leg).lte(0) || leg.lastReduceAtMs === undefined) return true
  return nowMs >= leg.lastReduceAtMs + pauseOf(TIMING.reducePauseMs, leg.reduceTries)
}

/** True while what this leg has sent may still change its size by itself. */
function isOnItsWay(leg: LegFacts, nowMs: number): boolean {
  if (isLate(leg, nowMs)) return true
  const isJustSent = nowMs < (leg.lastReduceAtMs ?? -Infinity) + TIMING.blindReduceMs
  if (leg.held !== undefined && isJustSent) return true
  return leg.awaited.some(
    ({ purpose, acceptedAtMs }) => isMoving(purpose) && nowMs < acceptedAtMs + TIMING.blindReduceMs,
  )
}

/** After its patience the closing asks the venue itself, now and then: the levels may not show all there is. */
function isProbeDue({ book, legs, nowMs }: HedgeFacts, side: Side): boolean {
  const sinceMs = book?.heldBackSinceMs
  if (sinceMs === undefined || nowMs < sinceMs + TIMING.thinPatienceMs) return false
  return legs.every(
    (leg) =>
      leg.leg.side !== side ||
      leg.lastReduceAtMs === undefined ||
      nowMs >= leg.lastReduceAtMs + TIMING.thinProbeMs,
  )
}

/** Each side's budget over its legs, in order; a leg near its liquidation does not wait for others. */
function shareOut(facts: HedgeFacts, budget: SideSizes): readonly Dec[] {
  const left = { ...budget }
  return facts.legs.map((leg) => {
    const { side } = leg.leg
    const baseSize = minDec(left[side], legBase(leg))
    left[side] = left[side].minus(baseSize)
    return isNearLiquidation(leg, facts) ? legBase(leg) : baseSize
  })
}

/** Mark is within `liquidation_buffer_pct` of the leg's liquidation price, where its stops would be due. */
function isNearLiquidation({ leg, liquidationPrice }: LegFacts, facts: HedgeFacts): boolean {
  if (liquidationPrice === undefined || !facts.mark.isKnown) return false
  const towardsMark: OrderSide = leg.side === 'long' ? 'buy' : 'sell'
  const dueAt = worsen(towardsMark, liquidationPrice, facts.policy.liquidationBufferPct)
  return leg.side === 'long' ? facts.mark.value.lte(dueAt) : facts.mark.value.gte(dueAt)
}
