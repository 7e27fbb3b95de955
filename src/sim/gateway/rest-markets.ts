import type { SimMarket } from '../core/core-model.ts'
import { orderBookDetailJson, orderBookJson } from './market-json.ts'
import { restingOrderJson } from './order-json.ts'
import { choiceParam, integerParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { tradeJson } from './trade-json.ts'

/** `market_id` that means every market (PROTOCOL.md section 2). */
const ALL_MARKETS = 255

/** Markets, books and public trades (PROTOCOL.md section 2.1). */
export const MARKET_ROUTES: RestRoutes = {
  '/': {
    method: 'GET',
    isBare: true,
    handle: ({ parts: { clock } }) => ({
      status: 200,
      network_id: 1,
      timestamp: Math.floor(clock.now() / 1_000),
    }),
  },
  '/info': {
    method: 'GET',
    isBare: true,
    handle: ({ parts }) => ({ contract_address: parts.contractAddress }),
  },
  '/api/v1/currentHeight': {
    method: 'GET',
    handle: ({ parts: { core } }) => ({ height: core.height() }),
  },
  '/api/v1/orderBooks': {
    method: 'GET',
    handle: (call) => ({
      order_books: marketsOf(call).map((market) => orderBookJson(market, openedMs(call))),
    }),
  },
  '/api/v1/orderBookDetails': {
    method: 'GET',
    handle: (call) => ({
      order_book_details: marketsOf(call).map((market) =>
        orderBookDetailJson(market, openedMs(call)),
      ),
      spot_order_book_details: [],
    }),
  },
  '/api/v1/orderBookOrders': {
    method: 'GET',
    handle({ parts: { core }, params }) {
      const market = core.markets.get(integerParam(params, 'market_id'))
      const limit = integerParam(params, 'limit', { min: 1, max: 250 })
      // An unknown market answers with empty sides (PROTOCOL.md section 2.1).
      if (market === undefined) return { total_asks: 0, asks: [], total_bids: 0, bids: [] }
      const book = core.bookOrders(market.marketIndex, limit)
      return {
        total_asks: book.totalAsks,
        asks: book.asks.map((order) => restingOrderJson(order, market)),
        total_bids: book.totalBids,
        bids: book.bids.map((order) => restingOrderJson(order, market)),
      }
    },
  },
  '/api/v1/recentTrades': {
    method: 'GET',
    handle({ parts: { core }, params }) {
      const market = core.markets.get(integerParam(params, 'market_id'))
      const limit = integerParam(params, 'limit', { min: 1, max: 100 })
      if (market === undefined) return { trades: [] }
      const trades = core.trades(market.marketIndex, limit)
      return { trades: trades.map((trade) => tradeJson(trade, market)) }
    },
  },
}

function marketsOf({ parts: { core }, params }: RestCall): readonly SimMarket[] {
  const wanted = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const markets = [...core.markets.values()]
  const filter = params['filter'] ?? ''
  if (filter !== '' && choiceParam(params, 'filter', ['all', 'spot', 'perp']) === 'spot') return []
  return wanted === ALL_MARKETS
    ? markets
    : markets.filter(({ marketIndex }) => marketIndex === wanted)
}

/** All markets opened with the venue. */
function openedMs({ parts }: RestCall): number {
  return parts.history.startedMs
}
