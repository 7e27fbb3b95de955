/**
 * The hot path of the stop-loss: every leg has a price at which it has lost the threshold, all legs of a market stand on
 * a ladder in the order in which a moving mark reaches them. A tick that reaches nothing looks at two rungs, however
 * many legs there are (DESIGN.md section 3, "Stop-loss").
 * @module
 */
import { assert } from '../errors.ts'
import type { Dec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { roundPrice } from './market.ts'
import type { PnlPosition } from './pnl.ts'
import { unrealizedPnlUsd } from './pnl.ts'
import type { Side } from './side.ts'
import { sideOfSigned } from './side.ts'
import { lossPrice } from './stops.ts'

/** Where one leg's floating loss reaches the threshold. */
export interface LegStopLevel {
  readonly hedgeId: string
  readonly legIndex: number
  /** What the account really holds, whatever side was planned. */
  readonly side: Side
  readonly position: PnlPosition
  readonly thresholdUsd: Dec
  /**
   * The first price tick that fires, in USD: a long's exact price rounded down, a short's rounded up. Zero or negative
   * for a long that no price can bring to its threshold.
   */
  readonly triggerPrice: Dec
  /**
   * The same price rounded the other way: no mark before it can fire, also none that is finer than a tick. What lies
   * between the two is decided by `isLost`.
   */
  readonly guardPrice: Dec
}

/** The rule itself: floating loss at mark, without funding and fees, has reached the threshold. Exact for any mark. */
export function isLost(position: PnlPosition, mark: Dec, thresholdUsd: Dec): boolean {
  if (position.signedBase.isZero()) return false
  return unrealizedPnlUsd(position, mark).lte(thresholdUsd.negated())
}

/** The level of one leg; undefined when it holds nothing. */
export function legStopLevel(options: {
  readonly hedgeId: string
  readonly legIndex: number
  readonly position: PnlPosition
  readonly thresholdUsd: Dec
  readonly market: MarketInfo
}): LegStopLevel | undefined {
  const { hedgeId, legIndex, position, thresholdUsd, market } = options
  assert(thresholdUsd.gt(0), 'a stop threshold is above zero')
  const side = sideOfSigned(position.signedBase)
  if (side === undefined) return undefined
  const { entryPrice } = position
  const exact = lossPrice({ side, baseSize: position.signedBase.abs(), entryPrice }, thresholdUsd)
  const [late, early] = side === 'long' ? (['down', 'up'] as const) : (['up', 'down'] as const)
  return {
    hedgeId,
    legIndex,
    side,
    // A copy: what else the caller's row carries is not the level's.
    position: { signedBase: position.signedBase, entryPrice },
    thresholdUsd,
    triggerPrice: roundPrice(market, exact, late),
    guardPrice: roundPrice(market, exact, early),
  }
}

/** All levels of one market, each list in the order in which mark reaches it. Changed in place. */
export interface StopLadder {
  /** Levels of longs, the highest first: reached by a falling mark. */
  readonly falling: LegStopLevel[]
  /** Levels of shorts, the lowest first. */
  readonly rising: LegStopLevel[]
}

/** An empty ladder. */
export function createStopLadder(): StopLadder {
  return { falling: [], rising: [] }
}

/** Puts a level where it belongs; one comparison for every halving of the ladder. */
export function addLevel(ladder: StopLadder, level: LegStopLevel): void {
  const rungs = rungsOf(ladder, level)
  rungs.splice(placeOf(rungs, level), 0, level)
}

/** Takes a level off, found by what it was put there with. */
export function removeLevel(ladder: StopLadder, level: LegStopLevel): void {
  const rungs = rungsOf(ladder, level)
  const at = placeOf(rungs, level)
  assert(rungs[at] === level, 'a level is removed from the ladder it stands on')
  rungs.splice(at, 1)
}

/** Every leg whose loss at this mark has reached its threshold, the first reached first; two comparisons when none. */
export function stopsHit(ladder: StopLadder, mark: Dec): readonly LegStopLevel[] {
  const [falling] = ladder.falling
  const [rising] = ladder.rising
  const isFallen = falling !== undefined && mark.lte(falling.guardPrice)
  const isRisen = rising !== undefined && mark.gte(rising.guardPrice)
  if (!isFallen && !isRisen) return NO_HITS
  return [
    ...reached(ladder.falling, (level) => mark.lte(level.guardPrice)),
    ...reached(ladder.rising, (level) => mark.gte(level.guardPrice)),
  ].filter((level) => isLost(level.position, mark, level.thresholdUsd))
}

const NO_HITS: readonly LegStopLevel[] = []

function reached(
  rungs: readonly LegStopLevel[],
  isReached: (level: LegStopLevel) => boolean,
): readonly LegStopLevel[] {
  const end = rungs.findIndex((level) => !isReached(level))
  return end < 0 ? rungs : rungs.slice(0, end)
}

function rungsOf(ladder: StopLadder, { side }: LegStopLevel): LegStopLevel[] {
  return side === 'long' ? ladder.falling : ladder.rising
}

/** Index of the level, or where it would stand. */
function placeOf(rungs: readonly LegStopLevel[], level: LegStopLevel): number {
  let low = 0
  let high = rungs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = rungs[middle]
    if (other !== undefined && compareLevels(other, level) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** By price in the direction of their side, then by hedge and leg, so that the order is one and the same always. */
function compareLevels(a: LegStopLevel, b: LegStopLevel): number {
  const byPrice = a.guardPrice.comparedTo(b.guardPrice)
  if (byPrice !== 0) return a.side === 'long' ? -byPrice : byPrice
  if (a.hedgeId !== b.hedgeId) return a.hedgeId < b.hedgeId ? -1 : 1
  return a.legIndex - b.legIndex
}
