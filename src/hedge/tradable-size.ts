import { HedgebotError } from '../errors.ts'
import { Dec, maxDec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { isOnSizeStep, roundSizeDown, sizeStep } from './market.ts'

/** Largest size the venue's 48-bit integer holds, in size ticks (PROTOCOL.md section 4). */
const MAX_SIZE_TICKS = new Dec(2).pow(48).minus(1)

/** An order's price may reach 5 % above mark (PROTOCOL.md 11.3), and its quote counts at its price. */
const HIGHEST_PRICE_FACTOR = new Dec('1.05')

/** What a leg's size is checked against; USD at `mark`. */
export interface SizeLimits {
  readonly market: MarketInfo
  readonly mark: Dec
  /** `risk.max_position_size`, base coins. */
  readonly maxPositionBase: Dec | undefined
  /** `risk.max_position_usd`. */
  readonly maxPositionUsd: Dec | undefined
}

/**
 * Refuses a market that takes no new positions.
 * @throws HedgebotError kind `refused`, code `market_inactive` or `market_reduce_only`
 */
export function assertOpenMarket(market: MarketInfo): void {
  if (!market.isActive) {
    throw new HedgebotError('refused', `${market.symbol} is not being traded at the venue`, {
      code: 'market_inactive',
      hint: 'choose another trading_pair, or wait until the venue opens it again',
    })
  }
  if (market.isForceReduceOnly) {
    throw new HedgebotError('refused', `the venue lets ${market.symbol} positions only shrink`, {
      code: 'market_reduce_only',
      hint: 'close and stops still work; choose another trading_pair to open',
    })
  }
}

/**
 * Refuses a leverage that the venue would not set (code 21113).
 * @throws HedgebotError kind `config`, code `leverage_invalid` or `leverage_above_market`
 */
export function assertLeverage(market: MarketInfo, leverage: Dec): void {
  if (!leverage.isFinite() || leverage.lt(1)) {
    throw new HedgebotError('config', `leverage ${leverage} is below 1`, {
      code: 'leverage_invalid',
      hint: 'leverage is 1 or more',
    })
  }
  // Multiplied, not divided: a third is not a decimal.
  if (leverage.times(market.minInitialMarginFraction).gt(1)) {
    const highest = new Dec(1)
      .div(market.minInitialMarginFraction)
      .toDecimalPlaces(2, Dec.ROUND_DOWN)
    throw new HedgebotError(
      'config',
      `leverage ${leverage} is above ${market.symbol}'s highest, ${highest}`,
      { code: 'leverage_above_market', hint: `set leverage to ${highest} or less` },
    )
  }
}

/**
 * Refuses a size that is not positive or not a whole number of the market's steps.
 *
 * @param what whose size it is, for the message
 * @throws HedgebotError kind `config`, code `size_not_positive` or `size_off_step`
 */
export function assertSizeOnStep(market: MarketInfo, baseSize: Dec, what: string): void {
  if (!baseSize.isFinite() || baseSize.lte(0)) {
    throw new HedgebotError('config', `${what} is ${baseSize}, which is no size`, {
      code: 'size_not_positive',
      hint: `sizes are in ${market.symbol}, above zero`,
    })
  }
  if (isOnSizeStep(market, baseSize)) return
  const below = roundSizeDown(market, baseSize)
  const above = below.plus(sizeStep(market))
  throw new HedgebotError(
    'config',
    `${what} is ${baseSize}, not a multiple of ${market.symbol}'s step ${sizeStep(market)}`,
    { code: 'size_off_step', hint: below.isZero() ? `use ${above}` : `use ${below} or ${above}` },
  )
}

/**
 * Refuses a leg that the venue or the owner's limits would not bear. The venue exempts IOC orders from its minimums
 * (PROTOCOL.md section 4), we do not: nothing resting could close such a leg.
 *
 * @throws HedgebotError kind `config`, code `size_below_minimum`, `size_above_limit`, `notional_above_limit`,
 *   `size_above_venue` or `order_above_quote_limit`
 */
export function assertSizeWithinLimits(baseSize: Dec, limits: SizeLimits, what: string): void {
  assertAboveMinimum(baseSize, limits, what)
  const { market, mark, maxPositionBase, maxPositionUsd } = limits
  const notionalUsd = baseSize.times(mark)
  const refuse = (code: string, limit: string, hint: string) =>
    new HedgebotError('config', `${what} is ${sizeText(baseSize, limits)}, above ${limit}`, {
      code,
      hint,
    })

  if (maxPositionBase !== undefined && baseSize.gt(maxPositionBase)) {
    throw refuse('size_above_limit', `risk.max_position_size ${maxPositionBase}`, LOWER_OR_RAISE)
  }
  if (maxPositionUsd !== undefined && notionalUsd.gt(maxPositionUsd)) {
    throw refuse('notional_above_limit', `risk.max_position_usd ${maxPositionUsd}`, LOWER_OR_RAISE)
  }
  if (baseSize.div(sizeStep(market)).gt(MAX_SIZE_TICKS)) {
    throw refuse('size_above_venue', 'what an order of the venue can say', 'use a smaller size')
  }
  if (notionalUsd.times(HIGHEST_PRICE_FACTOR).gt(market.maxOrderNotionalUsd)) {
    const limit = `the venue's limit for one order, ${market.maxOrderNotionalUsd} USD (5 % kept)`
    throw refuse('order_above_quote_limit', limit, 'spread the size over more accounts')
  }
}

const LOWER_OR_RAISE = 'lower the size, or raise your own limit'

function assertAboveMinimum(baseSize: Dec, limits: SizeLimits, what: string): void {
  const { market, mark } = limits
  const isEnoughBase = baseSize.gte(leastBase(market))
  const isEnoughUsd = baseSize.times(mark).gte(market.minNotionalUsd)
  if (isEnoughBase && isEnoughUsd) return
  const minimum = isEnoughBase
    ? `${market.minNotionalUsd} USD`
    : `${leastBase(market)} ${market.symbol}`
  throw new HedgebotError(
    'config',
    `${what} is ${sizeText(baseSize, limits)}, below the venue's minimum of ${minimum}`,
    {
      code: 'size_below_minimum',
      hint: `a leg needs at least ${lowestSize(limits)} ${market.symbol}: no resting order could close less`,
    },
  )
}

/** The smallest size on the step that meets both minimums at this mark. */
function lowestSize({ market, mark }: SizeLimits): Dec {
  const byNotional = market.minNotionalUsd.div(mark)
  return maxDec(leastBase(market), byNotional).toDecimalPlaces(market.sizeDecimals, Dec.ROUND_UP)
}

/** A venue without a minimum still has its step: a share of nothing is no leg. */
function leastBase(market: MarketInfo): Dec {
  return maxDec(market.minBaseSize, sizeStep(market))
}

function sizeText(baseSize: Dec, { market, mark }: SizeLimits): string {
  const usd = baseSize.times(mark).toDecimalPlaces(2, Dec.ROUND_HALF_UP)
  return `${baseSize} ${market.symbol} (${usd} USD)`
}
