/**
 * The venue's margin arithmetic (PROTOCOL.md section 3 and 11.4): requirements, liquidation prices, what an opening
 * needs. Fractions are plain (0.05 = 5 %), money in USD.
 * @module
 */
import { Dec, ZERO, maxDec, sumDec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { initialMarginFractionOf } from './market.ts'
import type { OrderSide } from './side.ts'

/** The venue takes leverage in steps of 1/10000 (PROTOCOL.md 5.6). */
const MARGIN_FRACTION_UNIT = 10_000

/** One position that shares the collateral of its account. */
export interface MarginPosition {
  /** Long positive, short negative. */
  readonly signedBase: Dec
  /** What the position cost, positive; exact where the venue's rounded average entry price is not. */
  readonly entryQuoteUsd: Dec
  readonly mark: Dec
  readonly initialMarginFraction: Dec
  readonly maintenanceMarginFraction: Dec
}

/** An account in cross mode: `collateralUsd` without floating profit, isolated positions left away. */
export interface CrossAccount {
  readonly collateralUsd: Dec
  readonly positions: readonly MarginPosition[]
}

/** Margin figures of one account, USD. */
export interface MarginSummary {
  /** Collateral and floating profit. */
  readonly totalValueUsd: Dec
  readonly initialMarginUsd: Dec
  readonly maintenanceMarginUsd: Dec
  /** Total value less initial margin; negative when the account may only reduce. */
  readonly availableUsd: Dec
  /** Initial margin in percent of total value; undefined when there is no value left to divide by. */
  readonly marginUsePct: Dec | undefined
}

/** Margin figures of a cross account, equal to the venue's `user_stats`. */
export function marginSummary(account: CrossAccount): MarginSummary {
  const { positions } = account
  const totalValueUsd = account.collateralUsd.plus(sumDec(positions.map(floatingUsd)))
  const initialMarginUsd = sumDec(positions.map(initialMarginOf))
  return {
    totalValueUsd,
    initialMarginUsd,
    maintenanceMarginUsd: sumDec(positions.map(maintenanceMarginOf)),
    availableUsd: totalValueUsd.minus(initialMarginUsd),
    marginUsePct: marginUsePct(initialMarginUsd, totalValueUsd),
  }
}

/** Initial margin in percent of the portfolio; undefined when the portfolio is worth nothing. */
export function marginUsePct(initialMarginUsd: Dec, portfolioUsd: Dec): Dec | undefined {
  return portfolioUsd.gt(0) ? initialMarginUsd.div(portfolioUsd).times(100) : undefined
}

/** The fraction that the venue will ask for at a leverage: its integer for the wish, at least the market's minimum. */
export function initialMarginFractionAt(market: MarketInfo, leverage: Dec): Dec {
  const wished = new Dec(initialMarginFractionOf(leverage)).div(MARGIN_FRACTION_UNIT)
  return maxDec(market.minInitialMarginFraction, wished)
}

/** Initial margin of a size at a price and leverage. */
export function initialMarginUsd(
  market: MarketInfo,
  leverage: Dec,
  at: { readonly baseSize: Dec; readonly price: Dec },
): Dec {
  return at.baseSize.times(at.price).times(initialMarginFractionAt(market, leverage))
}

/** Maintenance margin of a size at a price. */
export function maintenanceMarginUsd(
  market: MarketInfo,
  at: { readonly baseSize: Dec; readonly price: Dec },
): Dec {
  return at.baseSize.times(at.price).times(market.maintenanceMarginFraction)
}

/**
 * The mark at which the account of a position falls below maintenance margin, all its other positions held at their
 * marks. One position: PROTOCOL.md section 3. An isolated position: its allocated margin as collateral, no others.
 *
 * @returns undefined when no positive price does it; zero for a short that every price liquidates
 */
export function liquidationPrice(
  position: Pick<MarginPosition, 'signedBase' | 'entryQuoteUsd' | 'maintenanceMarginFraction'>,
  collateralUsd: Dec,
  others: readonly MarginPosition[] = [],
): Dec | undefined {
  const baseSize = position.signedBase.abs()
  if (baseSize.isZero()) return undefined
  const cushionUsd = collateralUsd
    .plus(sumDec(others.map(floatingUsd)))
    .minus(sumDec(others.map(maintenanceMarginOf)))
  if (position.signedBase.isNegative()) {
    const price = position.entryQuoteUsd
      .plus(cushionUsd)
      .div(baseSize.times(position.maintenanceMarginFraction.plus(1)))
    return maxDec(ZERO, price)
  }
  const price = position.entryQuoteUsd
    .minus(cushionUsd)
    .div(baseSize.times(new Dec(1).minus(position.maintenanceMarginFraction)))
  return price.gt(0) ? price : undefined
}

/**
 * How far mark may move against a position before liquidation, in percent of mark; negative when it is past it,
 * undefined when flat or when there is no liquidation price.
 */
export function liquidationDistancePct(
  signedBase: Dec,
  mark: Dec,
  liquidation: Dec | undefined,
): Dec | undefined {
  if (liquidation === undefined || signedBase.isZero() || mark.lte(0)) return undefined
  const distance = signedBase.isNegative() ? liquidation.minus(mark) : mark.minus(liquidation)
  return distance.div(mark).times(100)
}

/** What opening a leg takes from the available balance, USD. */
export interface OpeningNeed {
  readonly marginUsd: Dec
  /** Loss at once, when the order fills at its worst price. */
  readonly slippageUsd: Dec
  readonly feeUsd: Dec
  readonly totalUsd: Dec
}

/**
 * What the venue's check at the fill asks for (PROTOCOL.md 11.4: healthy after the fill), were every fill at the worst
 * price: initial margin at mark, the loss against mark, the taker fee.
 */
export function openingNeed(options: {
  readonly side: OrderSide
  readonly baseSize: Dec
  readonly worstPrice: Dec
  readonly mark: Dec
  readonly initialMarginFraction: Dec
  readonly takerFeeFraction: Dec
}): OpeningNeed {
  const { side, baseSize, worstPrice, mark } = options
  const overMark = side === 'buy' ? worstPrice.minus(mark) : mark.minus(worstPrice)
  const marginUsd = baseSize.times(mark).times(options.initialMarginFraction)
  const slippageUsd = maxDec(ZERO, overMark).times(baseSize)
  const feeUsd = baseSize.times(maxDec(worstPrice, mark)).times(options.takerFeeFraction)
  return { marginUsd, slippageUsd, feeUsd, totalUsd: sumDec([marginUsd, slippageUsd, feeUsd]) }
}

function floatingUsd(position: MarginPosition): Dec {
  const valueUsd = position.signedBase.abs().times(position.mark)
  const gain = valueUsd.minus(position.entryQuoteUsd)
  return position.signedBase.isNegative() ? gain.negated() : gain
}

function initialMarginOf(position: MarginPosition): Dec {
  return position.signedBase.abs().times(position.mark).times(position.initialMarginFraction)
}

function maintenanceMarginOf(position: MarginPosition): Dec {
  return position.signedBase.abs().times(position.mark).times(position.maintenanceMarginFraction)
}
