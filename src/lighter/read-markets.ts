import { HedgebotError } from '../errors.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { Logger } from '../ports.ts'
import type { RestClient } from './rest-client.ts'
import { marketsAnswerSchema, marketSchema, type WireMarket } from './venue-schemas.ts'
import { readWire } from './wire-scalars.ts'

/** All perpetuals markets, one unit. A row that cannot be read or traded safely is left out and logged. */
export async function readMarkets(
  rest: RestClient,
  logger: Logger,
): Promise<readonly MarketInfo[]> {
  const answer = await rest.read({
    path: '/api/v1/orderBookDetails',
    schema: marketsAnswerSchema,
    priority: 'close',
  })
  const markets: MarketInfo[] = []
  let firstError: unknown
  for (const row of answer.order_book_details) {
    try {
      const market = readWire(marketSchema, row, 'market')
      if (market.market_type === undefined || market.market_type === 'perp') {
        assertPlainUnits(market)
        assertMargin(market)
        markets.push(toMarketInfo(market))
      }
    } catch (error) {
      firstError ??= error
      logger.warn('a market is left out', { error })
    }
  }
  if (markets.length === 0 && firstError !== undefined) throw firstError
  return markets
}

/** With other multipliers a price times a size is not the notional; none was ever seen (PROTOCOL.md section 4). */
function assertPlainUnits(market: WireMarket): void {
  const multipliers = [market.quote_multiplier ?? 1, market.multiplier ?? 1]
  const isPlain =
    multipliers.every((multiplier) => Number(multiplier) === 1) &&
    (market.size_decimals ?? market.supported_size_decimals) === market.supported_size_decimals &&
    (market.price_decimals ?? market.supported_price_decimals) === market.supported_price_decimals
  if (isPlain) return
  throw new HedgebotError('unknown_state', `market ${market.symbol} counts in units of its own`, {
    code: 'market_units_unknown',
  })
}

/** Markets that do not trade are listed with zeros (PROTOCOL.md section 2.1); one that trades for nothing is misread. */
function assertMargin(market: WireMarket): void {
  const fractions = [
    market.default_initial_margin_fraction,
    market.min_initial_margin_fraction,
    market.maintenance_margin_fraction,
  ]
  if (market.status !== 'active' || fractions.every((fraction) => fraction.gt(0))) return
  throw new HedgebotError('unknown_state', `market ${market.symbol} tells no margin`, {
    code: 'market_margin_unknown',
  })
}

function toMarketInfo(market: WireMarket): MarketInfo {
  return {
    marketIndex: market.market_id,
    symbol: market.symbol,
    sizeDecimals: market.supported_size_decimals,
    priceDecimals: market.supported_price_decimals,
    minBaseSize: market.min_base_amount,
    minNotionalUsd: market.min_quote_amount,
    maxOrderNotionalUsd: market.order_quote_limit,
    defaultInitialMarginFraction: market.default_initial_margin_fraction,
    minInitialMarginFraction: market.min_initial_margin_fraction,
    maintenanceMarginFraction: market.maintenance_margin_fraction,
    closeOutMarginFraction: market.closeout_margin_fraction,
    isActive: market.status === 'active',
    isForceReduceOnly: market.market_config.force_reduce_only,
    isIsolatedOnly: market.market_config.market_margin_mode === 1,
  }
}
