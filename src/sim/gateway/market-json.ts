/**
 * Markets and their statistics as the venue writes them (PROTOCOL.md sections 2.1, 4 and 8.3).
 * @module
 */
import type { SimCore, SimMarket } from '../core/core-model.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { WireObject } from './wire-json.ts'

/** Rules of a market, the part that `orderBooks` and `orderBookDetails` share. */
export function orderBookJson(market: SimMarket): WireObject {
  return {
    symbol: market.symbol,
    market_id: market.marketIndex,
    market_type: 'perp',
    base_asset_id: 0,
    quote_asset_id: 0,
    status: market.status,
    taker_fee: '0.0000',
    is_taker_fee_enabled: true,
    maker_fee: '0.0000',
    is_maker_fee_enabled: true,
    liquidation_fee: ticksToText(BigInt(market.liquidationFeeTick), 4),
    min_base_amount: ticksToText(market.minBaseTicks, market.sizeDecimals),
    min_quote_amount: microsToText(market.minQuoteMicros),
    order_quote_limit: microsToText(market.orderQuoteLimitMicros),
    supported_size_decimals: market.sizeDecimals,
    supported_price_decimals: market.priceDecimals,
    supported_quote_decimals: 6,
    created_at: '1700000000000',
    multiplier: '1.000000000000000000',
  }
}

/** A market as `orderBookDetails` lists it; prices and volumes are JSON numbers there. */
export function orderBookDetailJson(market: SimMarket): WireObject {
  const price = (ticks: bigint) => Number(ticksToText(ticks, market.priceDecimals))
  const { created_at: createdAt, multiplier, ...head } = orderBookJson(market)
  return {
    ...head,
    size_decimals: market.sizeDecimals,
    price_decimals: market.priceDecimals,
    quote_multiplier: market.quoteMultiplier,
    default_initial_margin_fraction: market.defaultImf,
    min_initial_margin_fraction: market.minImf,
    maintenance_margin_fraction: market.mmf,
    closeout_margin_fraction: market.cmf,
    last_trade_price: price(market.lastTradeTicks),
    daily_trades_count: market.daily.tradeCount,
    ...dailyJson(market),
    open_interest: Number(ticksToText(market.openInterestTicks, market.sizeDecimals)),
    daily_chart: {},
    market_config: {
      market_margin_mode: market.marketMarginMode,
      insurance_fund_account_index: 281_474_976_710_655,
      liquidation_mode: 0,
      force_reduce_only: market.forceReduceOnly,
      trading_hours: '',
      funding_fee_discounts_enabled: false,
      hidden: false,
      rfq_enabled: true,
    },
    strategy_index: 2,
    mark_price: ticksToText(market.markTicks, market.priceDecimals),
    index_price: ticksToText(market.indexTicks, market.priceDecimals),
    multiplier,
    created_at: createdAt,
    funding_clamp_small: '0.0500',
    funding_clamp_big: '4.0000',
    base_interest_rate: '0.0100',
  }
}

function dailyJson(market: SimMarket): WireObject {
  const price = (ticks: bigint) => Number(ticksToText(ticks, market.priceDecimals))
  const { daily } = market
  const open = Number(daily.openTicks)
  return {
    daily_base_token_volume: Number(ticksToText(daily.baseTicks, market.sizeDecimals)),
    daily_quote_token_volume: Number(microsToText(daily.quoteMicros)),
    daily_price_low: price(daily.lowTicks),
    daily_price_high: price(daily.highTicks),
    daily_price_change:
      open === 0 ? 0 : (Number(market.lastTradeTicks - daily.openTicks) / open) * 100,
  }
}

/** Running figures of a market (`market_stats`). Open interest is in USD here, rates are percent an hour. */
export function marketStatsJson(core: SimCore, market: SimMarket): WireObject {
  const price = (ticks: bigint) => ticksToText(ticks, market.priceDecimals)
  const book = core.book(market.marketIndex, 1)
  const bid = book.bids[0]?.priceTicks
  const ask = book.asks[0]?.priceTicks
  const mid = bid === undefined || ask === undefined ? market.markTicks : (bid + ask) / 2n
  const lastHour = market.fundingHours.at(-1)
  const interestMicros = market.openInterestTicks * market.markTicks * market.quoteMultiplier
  return {
    symbol: market.symbol,
    market_id: market.marketIndex,
    index_price: price(market.indexTicks),
    mark_price: price(market.markTicks),
    mid_price: price(mid),
    open_interest: microsToText(interestMicros),
    open_interest_limit: '72057594037927936.000000',
    funding_clamp_small: '0.0500',
    funding_clamp_big: '4.0000',
    base_interest_rate: '0.0100',
    last_trade_price: price(market.lastTradeTicks),
    // Millionths are percent with four places.
    current_funding_rate: ticksToText(market.currentFundingRateE6, 4),
    funding_rate: ticksToText(lastHour?.rateE6 ?? 0n, 4),
    funding_timestamp: lastHour?.timestampMs ?? 0,
    ...dailyJson(market),
  }
}
