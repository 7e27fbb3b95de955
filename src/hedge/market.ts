import { HedgebotError } from '../errors.ts'
import { Dec } from './decimal.ts'

/**
 * What the venue says about one perpetuals market. Fractions are plain (0.05 = 5 %), sizes in base coins, prices in
 * USD. Nothing here is a constant of ours (DESIGN.md section 4).
 */
export interface MarketInfo {
  readonly marketIndex: number
  readonly symbol: string
  readonly sizeDecimals: number
  readonly priceDecimals: number
  readonly minBaseSize: Dec
  readonly minNotionalUsd: Dec
  readonly maxOrderNotionalUsd: Dec
  readonly defaultInitialMarginFraction: Dec
  readonly minInitialMarginFraction: Dec
  readonly maintenanceMarginFraction: Dec
  readonly closeOutMarginFraction: Dec
  readonly isActive: boolean
  readonly isForceReduceOnly: boolean
  readonly isIsolatedOnly: boolean
}

/** The smallest size step in base coins. */
export function sizeStep(market: MarketInfo): Dec {
  return new Dec(10).pow(-market.sizeDecimals)
}

/** The smallest price step in USD. */
export function priceStep(market: MarketInfo): Dec {
  return new Dec(10).pow(-market.priceDecimals)
}

/** True when the size is a whole number of steps. */
export function isOnSizeStep(market: MarketInfo, baseSize: Dec): boolean {
  return baseSize.decimalPlaces() <= market.sizeDecimals
}

/** Cuts a size to the market's step, towards zero. */
export function roundSizeDown(market: MarketInfo, baseSize: Dec): Dec {
  return baseSize.toDecimalPlaces(market.sizeDecimals, Dec.ROUND_DOWN)
}

/** Rounds a price to the market's tick in the given direction. */
export function roundPrice(market: MarketInfo, price: Dec, direction: 'up' | 'down'): Dec {
  const mode = direction === 'up' ? Dec.ROUND_CEIL : Dec.ROUND_FLOOR
  return price.toDecimalPlaces(market.priceDecimals, mode)
}

/** The highest leverage that the market allows, e.g. 50. */
export function maxLeverage(market: MarketInfo): Dec {
  return new Dec(1).div(market.minInitialMarginFraction)
}

/**
 * The venue's integer for a leverage: 10000 / leverage, rounded up so that the leverage is never above the wish
 * (PROTOCOL.md 5.6).
 */
export function initialMarginFractionOf(leverage: Dec): number {
  return new Dec(10_000).div(leverage).toDecimalPlaces(0, Dec.ROUND_CEIL).toNumber()
}

/**
 * Finds a market by its symbol, ignoring case.
 * @throws HedgebotError kind `config`, code `market_unknown`
 */
export function findMarket(markets: readonly MarketInfo[], symbol: string): MarketInfo {
  const wanted = symbol.trim().toUpperCase()
  const found = markets.find((market) => market.symbol.toUpperCase() === wanted)
  if (found !== undefined) return found
  const some = markets.slice(0, 12).map((market) => market.symbol)
  throw new HedgebotError('config', `the venue has no perpetuals market "${symbol}"`, {
    code: 'market_unknown',
    hint: `trading_pair is one of the venue's symbols, for example ${some.join(', ')}`,
  })
}
