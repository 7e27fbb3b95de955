/**
 * The worst prices that orders carry, and what an order would cost. All prices in USD.
 * @module
 */
import { HedgebotError, assert } from '../errors.ts'
import { Dec, ZERO, maxDec, minDec, sumDec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { priceStep, roundPrice } from './market.ts'
import type { OrderSide } from './side.ts'
import type { BookLevel, MarketView } from './venue-view.ts'

/** The venue refuses bids above `min(mark, best ask)`, asks below `max(mark, best bid)` by more (PROTOCOL.md 11.3). */
export const PRICE_BAND_PCT = new Dec(5)

/** Kept from the edge of the band: mark moves between our reading and the venue's check. */
const PRICE_BAND_MARGIN_PCT = new Dec('0.1')

/** Prices are 32-bit integers at the venue (PROTOCOL.md section 4). */
const MAX_PRICE_TICKS = new Dec(2).pow(32).minus(1)

/** The prices of one moment; undefined is unknown. */
export interface Quotes {
  readonly mark: Dec | undefined
  readonly bestBid: Dec | undefined
  readonly bestAsk: Dec | undefined
}

/** The known part of a market's view. Whether it is fresh enough is the caller's question. */
export function quotesOf(view: MarketView): Quotes {
  return {
    mark: usable(view.mark.isKnown ? view.mark.value : undefined),
    bestBid: usable(view.bids.isKnown ? view.bids.value[0]?.price : undefined),
    bestAsk: usable(view.asks.isKnown ? view.asks.value[0]?.price : undefined),
  }
}

/**
 * The limit of an opening order: at most `maxSlippagePct` from mark, rounded towards mark, inside the venue's band
 * (DESIGN.md section 3, rule 7). No fill is worse than it.
 *
 * @throws HedgebotError kind `unknown_state`, code `mark_unknown`: nothing is opened without a mark; kind `refused`,
 *   code `price_out_of_range`, when no price that the venue can say keeps the limit
 */
export function openingPrice(options: {
  readonly market: MarketInfo
  readonly side: OrderSide
  readonly quotes: Quotes
  readonly maxSlippagePct: Dec
}): Dec {
  const { market, side, quotes, maxSlippagePct } = options
  const mark = usable(quotes.mark)
  if (mark === undefined) {
    throw new HedgebotError('unknown_state', `${market.symbol} has no mark price to open at`, {
      code: 'mark_unknown',
    })
  }
  const inwards = side === 'buy' ? 'down' : 'up'
  const wished = roundPrice(market, worsen(side, mark, maxSlippagePct), inwards)
  const price = keepInBand(market, side, { price: wished, quotes })
  if (price.gt(0) && price.lte(highestPrice(market))) return price
  throw new HedgebotError('refused', `no price of ${market.symbol} keeps the slippage limit`, {
    code: 'price_out_of_range',
    hint: `the venue's prices are ${priceStep(market)} to ${highestPrice(market)} USD`,
  })
}

/**
 * The price of a closing order, which bounds its average: anchored at the worse of mark and touch, widened by the
 * step of this try (DESIGN.md section 3, rule 7), rounded away from the anchor, inside the venue's band. With neither
 * mark nor touch the other side of the book serves, then `lastResortPrice`: closing is never given up.
 *
 * @param options.step index into `closeStepsPct`; beyond the end the last one repeats
 * @throws HedgebotError kind `unknown_state`, code `price_unknown`, when there is no price at all
 */
export function closingPrice(options: {
  readonly market: MarketInfo
  readonly side: OrderSide
  readonly quotes: Quotes
  readonly closeStepsPct: readonly Dec[]
  readonly step: number
  /** Any price of this market that was ever known, e.g. the entry. */
  readonly lastResortPrice: Dec | undefined
}): Dec {
  const { market, side, quotes, closeStepsPct, step } = options
  const stepPct = closeStepsPct[Math.min(step, closeStepsPct.length - 1)]
  assert(stepPct !== undefined, 'there is a closing step')
  const anchor = closingAnchor(side, quotes) ?? usable(options.lastResortPrice)
  if (anchor === undefined) {
    throw new HedgebotError('unknown_state', `no price of ${market.symbol} is known to close at`, {
      code: 'price_unknown',
    })
  }
  const outwards = side === 'buy' ? 'up' : 'down'
  const wished = roundPrice(market, worsen(side, anchor, stepPct), outwards)
  return clampToTicks(market, keepInBand(market, side, { price: wished, quotes }))
}

/** The worst price the venue admits for a limit order now, less our margin; undefined when it cannot be known. */
export function bandEdge(side: OrderSide, quotes: Quotes): Dec | undefined {
  const opposite = usable(side === 'buy' ? quotes.bestAsk : quotes.bestBid)
  const known = [usable(quotes.mark), opposite].filter((price) => price !== undefined)
  // For a bid the lowest of the two counts, for an ask the highest: the stricter one each time.
  const anchor = pick(known, side === 'buy' ? minDec : maxDec)
  return anchor && worsen(side, anchor, PRICE_BAND_PCT.minus(PRICE_BAND_MARGIN_PCT))
}

/** What a book gives for a size. */
export interface ExpectedFill {
  readonly filledBase: Dec
  /** The part that the given levels cannot fill. */
  readonly unfilledBase: Dec
  readonly quoteUsd: Dec
  /** Undefined when nothing fills. */
  readonly averagePrice: Dec | undefined
  readonly worstPrice: Dec | undefined
}

/**
 * Walks the side of the book that an order would take.
 *
 * @param levels best first
 * @param limit levels beyond this price are left alone, e.g. the order's limit
 */
export function expectedFill(
  levels: readonly BookLevel[],
  baseSize: Dec,
  limit?: { readonly side: OrderSide; readonly price: Dec },
): ExpectedFill {
  let restBase = baseSize
  let quoteUsd = ZERO
  let worstPrice: Dec | undefined
  for (const level of levels) {
    if (restBase.lte(0) || (limit !== undefined && isBeyond(level.price, limit))) break
    const taken = minDec(restBase, level.baseSize)
    if (taken.lte(0)) continue
    quoteUsd = quoteUsd.plus(taken.times(level.price))
    restBase = restBase.minus(taken)
    worstPrice = level.price
  }
  const filledBase = baseSize.minus(restBase)
  const averagePrice = filledBase.gt(0) ? quoteUsd.div(filledBase) : undefined
  return { filledBase, unfilledBase: restBase, quoteUsd, averagePrice, worstPrice }
}

/** What taking costs against mark; negative slippage is a gain. */
export interface ExpectedCost {
  readonly slippageUsd: Dec
  readonly feeUsd: Dec
  readonly totalUsd: Dec
}

/** The cost in USD of a fill against mark, taker fee included (`takerFeeFraction` plain, 0.0005 = 5 bps). */
export function expectedCost(
  fill: { readonly side: OrderSide; readonly filledBase: Dec; readonly quoteUsd: Dec },
  mark: Dec,
  takerFeeFraction: Dec,
): ExpectedCost {
  const overMark = fill.quoteUsd.minus(fill.filledBase.times(mark))
  const slippageUsd = fill.side === 'buy' ? overMark : overMark.negated()
  const feeUsd = fill.quoteUsd.times(takerFeeFraction)
  return { slippageUsd, feeUsd, totalUsd: slippageUsd.plus(feeUsd) }
}

/** Adds up the costs of several orders. */
export function sumCosts(costs: readonly ExpectedCost[]): ExpectedCost {
  return {
    slippageUsd: sumDec(costs.map((cost) => cost.slippageUsd)),
    feeUsd: sumDec(costs.map((cost) => cost.feeUsd)),
    totalUsd: sumDec(costs.map((cost) => cost.totalUsd)),
  }
}

/** Moves a price by percent in the direction that is worse for the order: up for a buy, down for a sell. */
export function worsen(side: OrderSide, price: Dec, pct: Dec): Dec {
  const part = pct.div(100)
  return price.times(side === 'buy' ? part.plus(1) : ZERO.plus(1).minus(part))
}

/** Brings a price into what the venue's integer can hold: one tick to 2^32 - 1 ticks. */
export function clampToTicks(market: MarketInfo, price: Dec): Dec {
  return maxDec(priceStep(market), minDec(price, highestPrice(market)))
}

/** The highest price that the venue's integer can hold. */
export function highestPrice(market: MarketInfo): Dec {
  return MAX_PRICE_TICKS.times(priceStep(market))
}

function closingAnchor(side: OrderSide, quotes: Quotes): Dec | undefined {
  const [touch, otherTouch] =
    side === 'buy' ? [quotes.bestAsk, quotes.bestBid] : [quotes.bestBid, quotes.bestAsk]
  const known = [usable(quotes.mark), usable(touch)].filter((price) => price !== undefined)
  return pick(known, side === 'buy' ? maxDec : minDec) ?? usable(otherTouch)
}

function keepInBand(
  market: MarketInfo,
  side: OrderSide,
  { price, quotes }: { readonly price: Dec; readonly quotes: Quotes },
): Dec {
  const edge = bandEdge(side, quotes)
  if (edge === undefined) return price
  // The edge itself is rounded inwards, so that the tick it ends on is still admitted.
  return side === 'buy'
    ? minDec(price, roundPrice(market, edge, 'down'))
    : maxDec(price, roundPrice(market, edge, 'up'))
}

function isBeyond(price: Dec, limit: { readonly side: OrderSide; readonly price: Dec }): boolean {
  return limit.side === 'buy' ? price.gt(limit.price) : price.lt(limit.price)
}

function pick(prices: readonly Dec[], better: (a: Dec, b: Dec) => Dec): Dec | undefined {
  const [first, ...others] = prices
  return first && others.reduce(better, first)
}

/** A price that is a price: the venue's zero means none. */
function usable(price: Dec | undefined): Dec | undefined {
  return price?.isFinite() === true && price.gt(0) ? price : undefined
}
