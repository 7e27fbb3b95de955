import type { SimCore, SimOrder, SimTrade } from '../core/core-model.ts'
import { marketOf, orderJson } from './order-json.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { choiceParam, integerParam, requiredParam, type Params } from './request-params.ts'
import { comparePlaces, pageOf } from './rest-page.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { tradeJson } from './trade-json.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

/** `market_id` that means every market (PROTOCOL.md section 2). */
export const ALL_MARKETS = 255
const MAX_CLIENT_INDEXES = 20
/** How long `accountOrders` shows what has ended. */
const ENDED_SHOWN_MS = 24 * 3_600_000
const TRADE_TYPES = ['all', 'trade', 'liquidation', 'deleverage', 'market-settlement'] as const
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
  '/api/v1/accountOrders': { method: 'GET', auth: 'always', handle: ordersByClientIndex },
  '/api/v1/trades': { method: 'GET', auth: 'withAccount', handle: trades },
}

function inactiveOrders({ parts, params }: RestCall): WireObject {
  const isInTime = timeRule(params['between_timestamps'])
  const orders = endedOrders(parts, integerParam(params, 'account_index'))
    .filter(isWanted(params))
    .filter((order) => isInTime(order.updatedMs))
  const { rows, nextCursor } = pageOf(orders, { params, placeOf: placeOfOrder })
  return { next_cursor: nextCursor, orders: writeOrders(parts.core, rows) }
}

/** Ended orders of an account, refused ones among them, newest first. */
function endedOrders({ core, refusedOrders }: GatewayParts, accountIndex: number): SimOrder[] {
  if (core.account(accountIndex) === undefined) throw refusal(21100)
  return [...refusedOrders.ofAccount(accountIndex), ...core.inactiveOrders(accountIndex)].sort(
    (a, b) => comparePlaces(placeOfOrder(b), placeOfOrder(a)),
  )
}

/** Orders end together in one stroke: the index decides among them. */
function placeOfOrder(order: SimOrder): readonly bigint[] {
  return [order.transactionTimeUs, order.orderIndex]
}

/**
 * Orders by client order index, at most 20 of them: live ones, and those that ended in the last 24 hours, newest first
 * (PROTOCOL.md sections 2 and 2.1, accountOrders).
 */
function ordersByClientIndex({ parts, params }: RestCall): WireObject {
  const accountIndex = integerParam(params, 'account_index')
  const names = requiredParam(params, 'client_order_indexes').split(',')
  const isIndex = (name: string) => /^[1-9]\d{0,14}$/.test(name)
  if (names.length > MAX_CLIENT_INDEXES || !names.every(isIndex)) throw refusal(20001)
  const wanted = new Set(names.map(BigInt))
  const sinceMs = parts.clock.now() - ENDED_SHOWN_MS
  const ended = endedOrders(parts, accountIndex).filter(({ updatedMs }) => updatedMs >= sinceMs)
  const found = [...parts.core.activeOrders(accountIndex).toReversed(), ...ended].filter((order) =>
    wanted.has(order.clientOrderIndex),
  )
  return { orders: writeOrders(parts.core, found) }
}

function isWanted(params: Params): (order: SimOrder) => boolean {
  const marketIndex = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const side = integerParam(params, 'ask_filter', { min: -1, max: 1, fallback: -1 })
  const isSpot = isSpotOnly(params)
  return (order) =>
    !isSpot && isOfMarket(order, marketIndex) && (side === -1 || order.isAsk === (side === 1))
}

/** There are no spot markets here: whoever asks for them gets nothing. */
function isSpotOnly(params: Params): boolean {
  return (
    choiceParam({ market_type: 'all', ...params }, 'market_type', ['all', 'spot', 'perp']) ===
    'spot'
  )
}

/** Whether something belongs to a market, or to any for `ALL_MARKETS` (PROTOCOL.md section 2). */
export function isOfMarket(item: { readonly marketIndex: number }, marketIndex: number): boolean {
  return marketIndex === ALL_MARKETS || item.marketIndex === marketIndex
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
  // The documents know no other direction (openapi.json, trades).
  choiceParam({ sort_dir: 'desc', ...params }, 'sort_dir', ['desc'])
  const viewer = viewerOf(params)
  // Trade ids rise with time and height: one order serves all three.
  const { rows, nextCursor } = pageOf(searchTrades(core, params, viewer), {
    params,
    placeOf: ({ tradeId }) => [BigInt(tradeId)],
  })
  const write = (trade: SimTrade) => tradeJson(trade, marketOf(core, trade.marketIndex), viewer)
  return { next_cursor: nextCursor, trades: rows.map(write) }
}

/** The account whose trades are asked for; −1 is none. */
function viewerOf(params: Params): number | undefined {
  const viewer = integerParam(params, 'account_index', { min: -1, fallback: -1 })
  return viewer === -1 ? undefined : viewer
}

/** Newest first. */
function searchTrades(core: SimCore, params: Params, viewer: number | undefined): SimTrade[] {
  const isWanted = tradeRule(params, viewer)
  const all =
    viewer === undefined
      ? [...core.markets.keys()].flatMap((index) => [...core.trades(index, SEARCHED_TRADES)])
      : [...core.accountTrades(viewer, SEARCHED_TRADES)]
  return all.filter(isWanted).sort((a, b) => b.tradeId - a.tradeId)
}

/**
 * What `trades` filters by (PROTOCOL.md section 2): market, time, order, side and role of the account that is named,
 * type. Side and role mean nothing without an account and are left out of account then.
 */
function tradeRule(params: Params, viewer: number | undefined): (trade: SimTrade) => boolean {
  const marketIndex = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const isSpot = isSpotOnly(params)
  const fromMs = integerParam(params, 'from', { min: -1, fallback: -1 })
  const type = choiceParam({ type: 'all', ...params }, 'type', TRADE_TYPES)
  const isOwnSide = ownSideRule(params, viewer)
  const { order_index: orderIndex } = params
  return (trade) =>
    !isSpot &&
    isOfMarket(trade, marketIndex) &&
    trade.timestampMs >= fromMs &&
    (type === 'all' || trade.type === type) &&
    (orderIndex === undefined || isOfOrder(trade, orderIndex)) &&
    isOwnSide(trade)
}

function ownSideRule(params: Params, viewer: number | undefined): (trade: SimTrade) => boolean {
  const side = integerParam(params, 'ask_filter', { min: -1, max: 1, fallback: -1 })
  const role = choiceParam({ role: 'all', ...params }, 'role', ['all', 'maker', 'taker'])
  if (viewer === undefined) return () => true
  const isWantedSide = (isAsk: boolean, isMakerAsk: boolean) =>
    (side === -1 || isAsk === (side === 1)) &&
    (role === 'all' || (isAsk === isMakerAsk) === (role === 'maker'))
  return ({ ask, bid, isMakerAsk }) =>
    (ask.accountIndex === viewer && isWantedSide(true, isMakerAsk)) ||
    (bid.accountIndex === viewer && isWantedSide(false, isMakerAsk))
}

function isOfOrder(trade: SimTrade, orderIndex: string): boolean {
  return [trade.ask.orderIndex, trade.bid.orderIndex].some((index) => String(index) === orderIndex)
}
