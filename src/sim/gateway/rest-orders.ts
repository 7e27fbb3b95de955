import type { SimCore, SimOrder, SimTrade } from '../core/core-model.ts'
import { marketOf, orderJson } from './order-json.ts'
import { choiceParam, integerParam, type Params } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { tradeJson } from './trade-json.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

const ALL_MARKETS = 255
/** How far back a history is searched. */
const SEARCHED_TRADES = 10_000

/** Orders and trades of an account (PROTOCOL.md section 2.1). */
export const ORDER_ROUTES: RestRoutes = {
  '/api/v1/accountActiveOrders': {
    method: 'GET',
    auth: 'always',
    handle({ parts: { core }, params }) {
      const orders = core.activeOrders(integerParam(params, 'account_index'))
      return { orders: writeOrders(core, orders.filter(isWanted(params))) }
    },
  },
  '/api/v1/accountInactiveOrders': { method: 'GET', auth: 'always', handle: inactiveOrders },
  '/api/v1/trades': { method: 'GET', auth: 'withAccount', handle: trades },
}

function inactiveOrders({ parts: { core, refusedOrders }, params }: RestCall): WireObject {
  const accountIndex = integerParam(params, 'account_index')
  const limit = integerParam(params, 'limit', { min: 1, max: 100 })
  const isInTime = timeRule(params['between_timestamps'])
  const orders = [...refusedOrders.ofAccount(accountIndex), ...core.inactiveOrders(accountIndex)]
    .sort((a, b) => b.updatedMs - a.updatedMs)
    .filter(isWanted(params))
    .filter((order) => isInTime(order.updatedMs))
  const { page, nextCursor } = pageOf(orders, {
    limit,
    cursor: params['cursor'],
    idOf: (order) => order.orderIndex.toString(),
  })
  return { next_cursor: nextCursor, orders: writeOrders(core, page) }
}

function isWanted(params: Params): (order: SimOrder) => boolean {
  const marketIndex = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const side = integerParam(params, 'ask_filter', { min: -1, max: 1, fallback: -1 })
  return (order) =>
    (marketIndex === ALL_MARKETS || order.marketIndex === marketIndex) &&
    (side === -1 || order.isAsk === (side === 1))
}

/** `start-end` in milliseconds; everything without it. */
function timeRule(text: string | undefined): (atMs: number) => boolean {
  if (text === undefined || text === '') return () => true
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text)
  if (match === null) throw refusal(20001)
  const [fromMs, untilMs] = [Number(match[1]), Number(match[2])]
  return (atMs) => atMs >= fromMs && atMs <= untilMs
}

function writeOrders(core: SimCore, orders: readonly SimOrder[]): WireObject[] {
  return orders.map((order) => orderJson(order, marketOf(core, order.marketIndex)))
}

function trades({ parts: { core }, params }: RestCall): WireObject {
  choiceParam(params, 'sort_by', ['block_height', 'timestamp', 'trade_id'])
  const limit = integerParam(params, 'limit', { min: 1, max: 100 })
  const viewer =
    params['account_index'] === undefined ? undefined : integerParam(params, 'account_index')
  const found = searchTrades(core, params, viewer)
  if (params['sort_dir'] === 'asc') found.reverse()
  const { page, nextCursor } = pageOf(found, {
    limit,
    cursor: params['cursor'],
    idOf: (trade) => String(trade.tradeId),
  })
  const write = (trade: SimTrade) => tradeJson(trade, marketOf(core, trade.marketIndex), viewer)
  return { next_cursor: nextCursor, trades: page.map(write) }
}

/** Newest first. */
function searchTrades(core: SimCore, params: Params, viewer: number | undefined): SimTrade[] {
  const marketIndex = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const orderIndex = params['order_index']
  const fromMs = integerParam(params, 'from', { min: -1, fallback: -1 })
  const all =
    viewer === undefined
      ? [...core.markets.keys()].flatMap((index) => [...core.trades(index, SEARCHED_TRADES)])
      : [...core.accountTrades(viewer, SEARCHED_TRADES)]
  return all
    .filter((trade) => marketIndex === ALL_MARKETS || trade.marketIndex === marketIndex)
    .filter((trade) => trade.timestampMs >= fromMs)
    .filter((trade) => orderIndex === undefined || isOfOrder(trade, orderIndex))
    .sort((a, b) => b.tradeId - a.tradeId)
}

function isOfOrder(trade: SimTrade, orderIndex: string): boolean {
  return [trade.ask.orderIndex, trade.bid.orderIndex].some((index) => String(index) === orderIndex)
}

interface PageOptions<T> {
  readonly limit: number
  /** Id of the last item of the page before. */
  readonly cursor: string | undefined
  idOf(item: T): string
}

/** One page; `nextCursor` is undefined at the end, and then left out of the answer. */
function pageOf<T>(
  items: readonly T[],
  { limit, cursor, idOf }: PageOptions<T>,
): { readonly page: readonly T[]; readonly nextCursor: string | undefined } {
  const last =
    cursor === undefined || cursor === '' ? -1 : items.findIndex((item) => idOf(item) === cursor)
  const page = items.slice(last + 1, last + 1 + limit)
  const end = page.at(-1)
  const hasMore = last + 1 + limit < items.length
  return { page, nextCursor: hasMore && end !== undefined ? idOf(end) : undefined }
}
