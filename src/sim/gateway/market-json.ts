/**
 * Markets and their statistics as the venue writes them (PROTOCOL.md sections 2.1, 4 and 8.3).
 * @module
 */
import type { SimCore, SimMarket } from '../core/core-model.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { WireObject } from './wire-json.ts'

/** Open interest that never binds, in size ticks: the venue shows the same number in USD (section 8.3). */
const NO_INTEREST_LIMIT = 1n << 56n

/** The funding rules of every market here, percent over eight hours (PROTOCOL.md section 11.5). */
const FUNDING_RULES = {
  funding_clamp_small: '0.0500',
  funding_clamp_big: '4.0000',
  base_interest_rate: '0.0100',
} as const

/**
 * Rules of a market, the part that `orderBooks` and `orderBookDetails` share (PROTOCOL.md section 2.1). `openedMs`
 * is when the market was created.
 */
export function orderBookJson(market: SimMarket, openedMs: number): WireObject {
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
    created_at: String(openedMs),
    multiplier: '1.000000000000000000',
  }
}

/**
 * A market as `orderBookDetails` lists it (PROTOCOL.md section 2.1): prices and volumes are JSON numbers, fractions
 * ten-thousandths, open interest base units with one side counted (the venue's way is not verified). Keys that only
 * other kinds of market have (`is_frozen`, `settlement_*`, `operator_account_index`, `outcome`, `start_timestamp`,
 * `end_timestamp`, `default_price`) are left out.
 */
export function orderBookDetailJson(market: SimMarket, openedMs: number): WireObject {
  return {
    ...orderBookJson(market, openedMs),
    size_decimals: market.sizeDecimals,
    price_decimals: market.priceDecimals,
    quote_multiplier: market.quoteMultiplier,
    default_initial_margin_fraction: market.defaultImf,
    min_initial_margin_fraction: market.minImf,
    maintenance_margin_fraction: market.mmf,
    closeout_margin_fraction: market.cmf,
    mark_price: ticksToText(market.markTicks, market.priceDecimals),
    index_price: ticksToText(market.indexTicks, market.priceDecimals),
    last_trade_price: lastPrice(market),
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
    market_flags: 0,
    // Percent of the premium that counts: all of it (PROTOCOL.md section 11.5 knows no other).
    funding_premium_multiplier: 100,
    ...FUNDING_RULES,
  }
}

/** Volumes and trades of all markets over the last 24 hours (PROTOCOL.md section 2.1, `exchangeStats`). */
export function exchangeStatsJson(markets: readonly SimMarket[]): WireObject {
  const rows = markets.map((market) => ({ market, daily: market.daily }))
  return {
    total: markets.length,
    order_book_stats: rows.map(({ market, daily }) => {
      const figures = dailyJson(market)
      return {
        symbol: market.symbol,
        last_trade_price: lastPrice(market),
        daily_trades_count: daily.tradeCount,
        daily_base_token_volume: figures.daily_base_token_volume,
        daily_quote_token_volume: figures.daily_quote_token_volume,
        daily_price_change: figures.daily_price_change,
      }
    }),
    daily_usd_volume: Number(
      microsToText(rows.reduce((sum, { daily }) => sum + daily.quoteMicros, 0n)),
    ),
    daily_trades_count: rows.reduce((sum, { daily }) => sum + daily.tradeCount, 0),
  }
}

function lastPrice(market: SimMarket): number {
  return Number(ticksToText(market.lastTradeTicks, market.priceDecimals))
}

/** Zeroes for a day without trades, as the venue lists markets where nothing happens (PROTOCOL.md section 2.1). */
function dailyJson(market: SimMarket) {
  const price = (ticks: bigint) => Number(ticksToText(ticks, market.priceDecimals))
  const { daily } = market
  const hasTraded = daily.tradeCount > 0
  const open = Number(daily.openTicks)
  return {
    daily_base_token_volume: Number(ticksToText(daily.baseTicks, market.sizeDecimals)),
    daily_quote_token_volume: Number(microsToText(daily.quoteMicros)),
    daily_price_low: hasTraded ? price(daily.lowTicks) : 0,
    daily_price_high: hasTraded ? price(daily.highTicks) : 0,
    daily_price_change: hasTraded
      ? (Number(market.lastTradeTicks - daily.openTicks) / open) * 100
      : 0,
  }
}

/**
 * Running figures of a market (`market_stats`, PROTOCOL.md section 8.3). Open interest is in USD here, rates are
 * percent an hour. Best prices of an empty side are empty texts as in the ticker, and the middle of a book with an
 * empty side is the mark: both are not documented.
 */
export function marketStatsJson(core: SimCore, market: SimMarket): WireObject {
  const price = (ticks: bigint) => ticksToText(ticks, market.priceDecimals)
  const book = core.book(market.marketIndex, 1)
  const bid = book.bids[0]?.priceTicks
  const ask = book.asks[0]?.priceTicks
  const mid = bid === undefined || ask === undefined ? market.markTicks : (bid + ask) / 2n
  const lastHour = market.fundingHours.at(-1)
  return {
    symbol: market.symbol,
    market_id: market.marketIndex,
    index_price: price(market.indexTicks),
    mark_price: price(market.markTicks),
    mid_price: price(mid),
    best_ask_price: ask === undefined ? '' : price(ask),
    best_bid_price: bid === undefined ? '' : price(bid),
    open_interest: interestUsd(market, market.openInterestTicks),
    open_interest_limit:
      market.openInterestLimitTicks >= NO_INTEREST_LIMIT
        ? `${NO_INTEREST_LIMIT}.000000`
        : interestUsd(market, market.openInterestLimitTicks),
    funding_clamp_small: FUNDING_RULES.funding_clamp_small,
    funding_clamp_big: FUNDING_RULES.funding_clamp_big,
    base_interest_rate: FUNDING_RULES.base_interest_rate,
    last_trade_price: price(market.lastTradeTicks),
    // Millionths are percent with four places.
    current_funding_rate: ticksToText(market.currentFundingRateE6, 4),
    funding_rate: ticksToText(lastHour?.rateE6 ?? 0n, 4),
    funding_timestamp: lastHour?.timestampMs ?? 0,
    ...dailyJson(market),
  }
}

function interestUsd(market: SimMarket, sizeTicks: bigint): string {
  return microsToText(sizeTicks * market.markTicks * market.quoteMultiplier)
}
