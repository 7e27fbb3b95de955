/**
 * Where a hedge stops: the trigger of each leg for the watcher, and the two levels at which the exchange itself closes
 * every leg (DESIGN.md section 3, "Stop-loss"). Prices in USD.
 * @module
 */
import { assert } from '../errors.ts'
import { Dec, maxDec, minDec } from './decimal.ts'
import type { StopTrigger } from './intent.ts'
import type { MarketInfo } from './market.ts'
import { roundPrice } from './market.ts'
import { clampToTicks, highestPrice, worsen } from './prices.ts'
import type { OrderSide, Side } from './side.ts'
import { closingSide, signedBase } from './side.ts'

/** How far a stop's worst price lies beyond its trigger: what other clients use; 21735 limits it (PROTOCOL.md 5.5). */
export const STOP_WORST_PRICE_PCT = new Dec(5)

/** A level further above mark than this cannot be reached in practice. */
const UNREACHABLE_ABOVE_MARK_PCT = new Dec(100)

/** A leg that stands, or is planned at mark. */
export interface StopLeg {
  readonly account: string
  readonly side: Side
  /** Zero: no position, nothing to stop. */
  readonly baseSize: Dec
  readonly entryPrice: Dec
  /** Undefined when nothing liquidates the leg. */
  readonly liquidationPrice: Dec | undefined
}

/** One of the two levels of a hedge. */
export interface StopLevel {
  readonly triggerPrice: Dec
  /** The account whose leg sets the level, and what it would suffer there. */
  readonly account: string
  readonly limitedBy: 'loss' | 'liquidation'
  /** True when mark is at or past it already: the venue would fire it at once. */
  readonly isDue: boolean
}

/** `down` fires when mark falls to it, `up` when mark rises to it; a level that cannot be reached is missing. */
export interface StopLevels {
  readonly state: 'REACHABLE' | 'NOT_REACHABLE'
  readonly down: StopLevel | undefined
  readonly up: StopLevel | undefined
}

/** A hedge's legs and the limits that its stops follow. */
export interface StopLevelsOptions {
  readonly market: MarketInfo
  readonly mark: Dec
  readonly legs: readonly StopLeg[]
  readonly stopLossUsd: Dec
  /** Percent of the threshold at which the levels lie. */
  readonly exchangeStopPct: Dec
  /** Percent of the liquidation price that the levels keep before it. */
  readonly liquidationBufferPct: Dec
}

/** Loss of a leg in USD at a price, negative when it gains; funding and fees not counted. */
export function lossAt(leg: Pick<StopLeg, 'side' | 'baseSize' | 'entryPrice'>, price: Dec): Dec {
  return signedBase(leg.side, leg.baseSize).times(leg.entryPrice.minus(price))
}

/**
 * The mark at which a leg has lost exactly this much, not rounded: the watcher's one comparison a tick is
 * `mark <= trigger` for a long, `mark >= trigger` for a short. May be zero or negative: never reached.
 */
export function lossPrice(
  leg: Pick<StopLeg, 'side' | 'baseSize' | 'entryPrice'>,
  lossUsd: Dec,
): Dec {
  assert(leg.baseSize.gt(0), 'only a leg with a size can lose')
  return leg.entryPrice.minus(lossUsd.div(signedBase(leg.side, leg.baseSize)))
}

/**
 * The two mark levels of a hedge. P_down: the first long has lost its share of the threshold; P_up: the first short.
 * Each stays the buffer before the liquidation price of every leg that it guards.
 *
 * Rounding: a loss level goes to the tick further from mark, so that it never fires before its loss (by less than one
 * tick later); a liquidation level goes to the tick nearer to mark, so that the buffer is never cut.
 */
export function stopLevels(options: StopLevelsOptions): StopLevels {
  const legs = options.legs.filter((leg) => leg.baseSize.gt(0))
  const down = nearest(
    legs.filter((leg) => leg.side === 'long').flatMap((leg) => levelsOf(leg, options)),
    maxDec,
  )
  const up = nearest(
    legs.filter((leg) => leg.side === 'short').flatMap((leg) => levelsOf(leg, options)),
    minDec,
  )
  const reachableDown = down && isReachable(down, options) ? down : undefined
  const reachableUp = up && isReachable(up, options) ? up : undefined
  return {
    state: reachableDown || reachableUp ? 'REACHABLE' : 'NOT_REACHABLE',
    down: reachableDown,
    up: reachableUp,
  }
}

/** Prices of a leg's resting stops, without their order indices. */
export interface LegStopPrices {
  readonly down: Pick<StopTrigger, 'triggerPrice' | 'worstPrice'> | undefined
  readonly up: Pick<StopTrigger, 'triggerPrice' | 'worstPrice'> | undefined
}

/**
 * The triggers of one leg and the worst prices beyond them: a long sells below, a short buys above, at either level.
 * Worst prices are rounded towards the trigger, so that they never pass the venue's distance.
 */
export function legStopPrices(
  market: MarketInfo,
  side: Side,
  levels: Pick<StopLevels, 'down' | 'up'>,
): LegStopPrices {
  const order = closingSide(side)
  return {
    down: levels.down && bounded(market, order, levels.down.triggerPrice),
    up: levels.up && bounded(market, order, levels.up.triggerPrice),
  }
}

/** How far mark is from the nearer level, in percent of mark; zero when one is due, undefined without levels. */
export function stopDistancePct(
  mark: Dec,
  levels: Pick<StopLevels, 'down' | 'up'>,
): Dec | undefined {
  const distances = [levels.down, levels.up]
    .filter((level) => level !== undefined)
    .map((level) =>
      level.isDue ? new Dec(0) : level.triggerPrice.minus(mark).abs().div(mark).times(100),
    )
  const [first, ...others] = distances
  return first && others.reduce(minDec, first)
}

function levelsOf(leg: StopLeg, options: StopLevelsOptions): readonly StopLevel[] {
  const { market, mark } = options
  const lossUsd = options.stopLossUsd.times(options.exchangeStopPct).div(100)
  const [outwards, inwards] =
    leg.side === 'long' ? (['down', 'up'] as const) : (['up', 'down'] as const)
  const levelAt = (price: Dec, limitedBy: StopLevel['limitedBy']): StopLevel => {
    const isDue = leg.side === 'long' ? mark.lte(price) : mark.gte(price)
    // A due level stands whatever its price, even where the venue's integer ends.
    const triggerPrice = isDue ? clampToTicks(market, price) : price
    return { triggerPrice, account: leg.account, limitedBy, isDue }
  }
  const levels = [levelAt(roundPrice(market, lossPrice(leg, lossUsd), outwards), 'loss')]
  if (leg.liquidationPrice === undefined) return levels

  // A falling mark liquidates a long, so its buffer lies above that price; a short's below.
  const bufferSide: OrderSide = leg.side === 'long' ? 'buy' : 'sell'
  const buffered = worsen(bufferSide, leg.liquidationPrice, options.liquidationBufferPct)
  return [...levels, levelAt(roundPrice(market, buffered, inwards), 'liquidation')]
}

/** The level that mark reaches first; among equals the first one. */
function nearest(
  levels: readonly StopLevel[],
  nearer: (a: Dec, b: Dec) => Dec,
): StopLevel | undefined {
  const [first, ...others] = levels
  return (
    first &&
    others.reduce(
      (best, level) =>
        nearer(best.triggerPrice, level.triggerPrice).eq(best.triggerPrice) ? best : level,
      first,
    )
  )
}

function isReachable(level: StopLevel, { market, mark }: StopLevelsOptions): boolean {
  const { triggerPrice } = level
  if (level.isDue) return true
  const farthest = worsen('buy', mark, UNREACHABLE_ABOVE_MARK_PCT)
  return triggerPrice.gt(0) && triggerPrice.lte(farthest) && triggerPrice.lte(highestPrice(market))
}

function bounded(
  market: MarketInfo,
  order: OrderSide,
  triggerPrice: Dec,
): Pick<StopTrigger, 'triggerPrice' | 'worstPrice'> {
  const worst = worsen(order, triggerPrice, STOP_WORST_PRICE_PCT)
  const inwards = order === 'buy' ? 'down' : 'up'
  return { triggerPrice, worstPrice: clampToTicks(market, roundPrice(market, worst, inwards)) }
}
