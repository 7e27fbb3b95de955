/**
 * What of the stops that rest on the exchange is as it should be, what is missing, and what is too much (DESIGN.md
 * section 3, "Second line, on the exchange"). Says nothing about when to mend it.
 * @module
 */
import { ZERO, maxDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import { heldBase } from './exposure.ts'
import type { HedgeFacts, LegFacts, RestingStop } from './hedge-facts.ts'
import { TIMING } from './hedge-facts.ts'
import { priceStep } from './market.ts'
import type { StopLevel, StopLevels } from './stops.ts'

/** The two sides of mark on which a stop can rest. */
export const DIRECTIONS = ['down', 'up'] as const

/** Liquidation prices drift with funding: a level this near to the wanted one, in parts of it, stays. */
const LEVEL_BAND = '0.001'

/** Placements that may rest at once while none of them is as wanted. */
const SETS_MAX = 2

/** What rests for one leg against what should. */
export interface JudgedStops {
  /** The newest placement that is as wanted; undefined: there is none. Empty when nothing is wanted. */
  readonly standing: readonly RestingStop[] | undefined
  /** True when a wanted level has nothing for the whole leg on its side of mark, at whatever price. */
  readonly isMissing: boolean
  /** True when a level has moved nearer to mark than what rests, because of a liquidation price. */
  readonly isUrgent: boolean
  /** What may be cancelled now: nothing of it is needed. */
  readonly surplus: readonly RestingStop[]
}

/** The levels that a leg's stops should have, as far as they say what must rest. */
export type WantedLevels = {
  readonly [D in (typeof DIRECTIONS)[number]]:
    Pick<StopLevel, 'triggerPrice' | 'limitedBy'> | undefined
}

/** Judges what rests for a leg. */
export function judgeStops(
  facts: HedgeFacts,
  leg: LegFacts,
  levels: Pick<StopLevels, 'down' | 'up'>,
): JudgedStops {
  const resting = leg.stops.isKnown ? leg.stops.value : []
  const wanted = DIRECTIONS.filter((direction) => levels[direction] !== undefined)
  const sets = placements(resting)
  const standing =
    wanted.length === 0
      ? []
      : sets.map((set) => asWanted({ facts, leg, levels }, set)).find((set) => set !== undefined)
  return {
    standing,
    isMissing: isAnyMissing(leg, levels),
    isUrgent: wanted.some((direction) => hasComeNearer(resting, direction, levels[direction])),
    surplus:
      standing === undefined
        ? outnumbered(leg, levels, sets)
        : resting.filter((stop) => !standing.includes(stop)),
  }
}

/** True when a wanted level has no order on its side of mark that closes the whole leg. */
export function isAnyMissing(leg: LegFacts, levels: WantedLevels): boolean {
  const resting = leg.stops.isKnown ? leg.stops.value : []
  return DIRECTIONS.some(
    (direction) =>
      levels[direction] !== undefined &&
      !resting.some((stop) => stop.direction === direction && closesWhole(leg, stop)),
  )
}

/** True when a resting order closes the whole leg when it fires. */
export function closesWhole(leg: LegFacts, stop: RestingStop): boolean {
  if (!stop.isClosing) return false
  if (stop.baseSize.isZero()) return true
  const held = heldBase(leg)
  return held.isKnown && stop.baseSize.gte(held.value)
}

/** True when a resting order's level differs from a wanted one by no more than drift. */
export function isAtLevel(facts: HedgeFacts, stop: RestingStop, price: Dec): boolean {
  const band = maxDec(priceStep(facts.market), price.times(LEVEL_BAND))
  return stop.triggerPrice.minus(price).abs().lte(band)
}

interface Judged {
  readonly facts: HedgeFacts
  readonly leg: LegFacts
  readonly levels: WantedLevels
}

/** What was placed together, the newest first: it lives longest. */
function placements(resting: readonly RestingStop[]): readonly (readonly RestingStop[])[] {
  const sets = new Map<number | undefined, RestingStop[]>()
  for (const stop of resting) {
    const set = sets.get(stop.expiresAtMs)
    if (set === undefined) sets.set(stop.expiresAtMs, [stop])
    else set.push(stop)
  }
  return [...sets]
    .toSorted(([a], [b]) => (b ?? Infinity) - (a ?? Infinity) || 0)
    .map(([, set]) => set)
}

/** The orders of a placement that are the wanted stops, one for each level; undefined when it does not have them. */
function asWanted(
  { facts, leg, levels }: Judged,
  set: readonly RestingStop[],
): readonly RestingStop[] | undefined {
  const chosen: RestingStop[] = []
  for (const direction of DIRECTIONS) {
    const level = levels[direction]
    const others = set.filter((stop) => stop.direction === direction)
    if (level === undefined) {
      // It cannot be cancelled alone: the venue may end its sibling with it.
      if (others.some((stop) => stop.expiresAtMs !== undefined)) return undefined
      continue
    }
    const good = others.filter(
      (stop) =>
        closesWhole(leg, stop) &&
        isAtLevel(facts, stop, level.triggerPrice) &&
        !expiresSoon(stop, facts.nowMs),
    )
    const [newest] = good.toSorted((a, b) => b.clientOrderIndex - a.clientOrderIndex)
    if (newest === undefined) return undefined
    chosen.push(newest)
  }
  return chosen
}

function expiresSoon(stop: RestingStop, nowMs: number): boolean {
  return stop.expiresAtMs !== undefined && stop.expiresAtMs - nowMs < TIMING.stopRenewMs
}

/**
 * A placement that the venue shows otherwise than it was sent must not be followed by others without end: the newest
 * stay, and what closes the whole leg as long as they do not.
 */
function outnumbered(
  leg: LegFacts,
  levels: WantedLevels,
  sets: readonly (readonly RestingStop[])[],
): readonly RestingStop[] {
  const wanted = DIRECTIONS.filter((direction) => levels[direction] !== undefined)
  const full = sets.filter((set) =>
    wanted.every((direction) => set.some((stop) => stop.isClosing && stop.direction === direction)),
  )
  const kept = full.slice(0, SETS_MAX).flat()
  const isKeptEnough = wanted.every((direction) =>
    kept.some((stop) => stop.direction === direction && closesWhole(leg, stop)),
  )
  return full
    .slice(SETS_MAX)
    .filter((set) => isKeptEnough || !set.some((stop) => closesWhole(leg, stop)))
    .flat()
}

function hasComeNearer(
  resting: readonly RestingStop[],
  direction: RestingStop['direction'],
  level: WantedLevels['down'],
): boolean {
  if (level?.limitedBy !== 'liquidation') return false
  const band = level.triggerPrice.times(LEVEL_BAND)
  return !resting.some((stop) => {
    if (stop.direction !== direction || !stop.isClosing) return false
    const behind =
      direction === 'down'
        ? level.triggerPrice.minus(stop.triggerPrice)
        : stop.triggerPrice.minus(level.triggerPrice)
    return behind.lte(maxDec(ZERO, band))
  })
}
