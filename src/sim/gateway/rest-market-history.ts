import type { FundingHour, SimMarket } from '../core/core-model.ts'
import { markCandleJson, namedByEnd, tradeCandleJson } from './candle-json.ts'
import { isResolution, type Resolution, widthMs } from './candle-resolution.ts'
import { ticksToText } from './decimal-text.ts'
import { exchangeStatsJson } from './market-json.ts'
import type { HistoryQuery } from './market-history.ts'
import { choiceParam, integerParam, type Params, requiredParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { type TimeRange, timeRangeParam } from './time-range.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

const PERIODS = ['d', 'w', 'm', 'q', 'y', 'all'] as const

/**
 * Past of the markets: candles, funding, statistics (PROTOCOL.md section 2.1). An unknown market answers with no
 * rows, as `orderBookOrders` and `recentTrades` do; PROTOCOL.md does not say it of these.
 */
export const MARKET_HISTORY_ROUTES: RestRoutes = {
  '/api/v1/candles': { method: 'GET', handle: tradeCandles },
  // Of the front end's own documents (OAS-FE); PROTOCOL.md names only the channel.
  '/api/v1/markPriceCandles': { method: 'GET', handle: markCandles },
  '/api/v1/fundings': { method: 'GET', handle: fundings },
  '/api/v1/funding-rates': {
    method: 'GET',
    handle: ({ parts: { core } }) => ({
      funding_rates: [...core.markets.values()].map(fundingRateJson),
    }),
  },
  '/api/v1/exchangeStats': {
    method: 'GET',
    handle: ({ parts: { core } }) => exchangeStatsJson([...core.markets.values()]),
  },
  // Slippage that the venue has measured for itself: this one measures none. No code (OAS).
  '/api/v1/executeStats': {
    method: 'GET',
    isBare: true,
    handle: ({ params }) => ({ period: choiceParam(params, 'period', PERIODS), result: [] }),
  },
}

function tradeCandles({ parts: { core, history }, params }: RestCall): WireObject {
  const query = candleQuery(params, 'trade')
  const isNamedByEnd = booleanParam(params, 'set_timestamp_to_end')
  const { resolution } = query
  const market = core.markets.get(query.marketIndex)
  if (market === undefined) return { r: resolution, c: [] }
  const rows = history.candles(query)
  const named = isNamedByEnd ? rows.map((row) => namedByEnd(row, resolution)) : rows
  return { r: resolution, c: named.map((row) => tradeCandleJson(row, market, { withRaw: true })) }
}

function markCandles({ parts: { core, history }, params }: RestCall): WireObject {
  const query = candleQuery(params, 'mark')
  const market = core.markets.get(query.marketIndex)
  if (market === undefined) return { r: query.resolution, c: [] }
  const rows = history.candles(query)
  return { r: query.resolution, c: rows.map((row) => markCandleJson(row, market)) }
}

function candleQuery(params: Params, source: HistoryQuery['source']): HistoryQuery {
  const marketIndex = integerParam(params, 'market_id')
  const resolution = requiredParam(params, 'resolution')
  if (!isResolution(resolution)) throw refusal(22402)
  return { marketIndex, source, resolution, ...timeRangeParam(params, widthMs(resolution)) }
}

function booleanParam(params: Params, name: string): boolean {
  const text = params[name]
  if (text === undefined || text === '') return false
  return choiceParam(params, name, ['true', 'false', '1', '0']).match(/^(true|1)$/) !== null
}

function fundings({ parts: { core }, params }: RestCall): WireObject {
  const marketIndex = integerParam(params, 'market_id')
  const resolution = requiredParam(params, 'resolution')
  if (resolution !== '1h' && resolution !== '1d') throw refusal(22402)
  const range = timeRangeParam(params, widthMs(resolution))
  const market = core.markets.get(marketIndex)
  const rows = market === undefined ? [] : fundingRows(market, resolution, range)
  return { resolution, fundings: rows }
}

/** Signed sums over one hour or one day. */
interface FundingSum {
  readonly startMs: number
  rateE6: bigint
  /** Rate times index, millionths of a price tick. */
  valueE6: bigint
}

/** A day is the sum of its hours: PROTOCOL.md describes the hourly rows only. */
function fundingRows(
  market: SimMarket,
  resolution: Extract<Resolution, '1h' | '1d'>,
  { fromMs, toMs, limit }: TimeRange,
): readonly WireObject[] {
  const sums: FundingSum[] = []
  for (const hour of market.fundingHours) {
    const startMs = Math.floor(hour.timestampMs / widthMs(resolution)) * widthMs(resolution)
    if (startMs < fromMs || startMs > toMs) continue
    if (sums.at(-1)?.startMs !== startMs) sums.push({ startMs, rateE6: 0n, valueE6: 0n })
    addHour(sums.at(-1), hour)
  }
  return sums.slice(-limit).map((sum) => fundingJson(sum, market))
}

function addHour(sum: FundingSum | undefined, { rateE6, indexTicks }: FundingHour): void {
  if (sum === undefined) return
  sum.rateE6 += rateE6
  sum.valueE6 += rateE6 * indexTicks
}

/** `rate` in percent and `value` in USD per base unit have no sign: `direction` says who pays. */
function fundingJson({ startMs, rateE6, valueE6 }: FundingSum, market: SimMarket): WireObject {
  const absolute = (value: bigint) => (value < 0n ? -value : value)
  return {
    timestamp: startMs / 1_000,
    value: ticksToText(absolute(valueE6), 6 + market.priceDecimals),
    rate: ticksToText(absolute(rateE6), 4),
    direction: valueE6 < 0n ? 'short' : 'long',
  }
}

/**
 * The last settled hour as a fraction of eight hours; the running estimate before the first. Rows of other exchanges
 * are left out: nothing is known about them here.
 */
function fundingRateJson(market: SimMarket): WireObject {
  const rateE6 = market.fundingHours.at(-1)?.rateE6 ?? market.currentFundingRateE6
  return {
    market_id: market.marketIndex,
    exchange: 'lighter',
    symbol: market.symbol,
    rate: Number(ticksToText(rateE6 * 8n, 6)),
  }
}
