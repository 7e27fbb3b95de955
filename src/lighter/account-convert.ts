/**
 * The venue's rows in the words of the trade.
 * @module
 */
import { assert, HedgebotError } from '../errors.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { OrderSide } from '../hedge/side.ts'
import type { VenueBalances, VenueFill, VenueOrder, VenuePosition } from '../hedge/venue-view.ts'
import type {
  WireAccount,
  WireOrder,
  WirePosition,
  WireStats,
  WireTrade,
} from './account-schemas.ts'

/** A fill with what only this folder needs: the order it belongs to and when it entered the venue's state. */
export interface AccountFill {
  readonly fill: VenueFill
  readonly orderIndex: string | undefined
  /** Venue time at which the account's state contains this fill, milliseconds with fraction. */
  readonly effectiveMs: number
}

/** A position row without the judgement whether it is settled. */
export type PositionRow = Omit<VenuePosition, 'isSettled'>

/** Converts a position row; `atMs` is our wall clock at its arrival. */
export function toPositionRow(row: WirePosition, atMs: number): PositionRow {
  // `position` is absolute and `sign` says the side; a flat row shows any sign (PROTOCOL.md section 3).
  const size = row.position.abs()
  if (row.sign === 0 && !size.isZero()) {
    throw new HedgebotError('unknown_state', 'a position row has a size but no side', {
      code: 'answer_malformed',
    })
  }
  return {
    marketIndex: row.market_id,
    signedBase: row.sign === -1 && !size.isZero() ? size.negated() : size,
    entryPrice: row.avg_entry_price,
    unrealizedPnlUsd: row.unrealized_pnl,
    realizedPnlUsd: row.realized_pnl,
    liquidationPrice:
      row.liquidation_price.isPositive() && !row.liquidation_price.isZero()
        ? row.liquidation_price
        : undefined,
    // Percent text here, ten-thousandths everywhere else (PROTOCOL.md section 13).
    initialMarginFraction: row.initial_margin_fraction.div(100),
    marginMode: row.margin_mode === 0 ? 'cross' : 'isolated',
    fundingPaidUsd: row.total_funding_paid_out,
    atMs,
  }
}

/** Converts an order. @throws HedgebotError kind `unknown_state` for a status the venue does not document */
export function toVenueOrder(order: WireOrder, receivedAtMs: number): VenueOrder {
  const orderIndex = order.order_id ?? order.order_index
  if (orderIndex === undefined) throw malformedOrder('it has no index')
  return {
    orderIndex,
    clientOrderIndex: order.client_order_index,
    marketIndex: order.market_index,
    side: order.is_ask ? 'sell' : 'buy',
    type: order.type,
    status: order.status,
    isLive: isLiveStatus(order.status),
    isReduceOnly: order.reduce_only === true || order.reduce_only === 1,
    initialBase: order.initial_base_amount,
    remainingBase: order.remaining_base_amount,
    filledBase: order.filled_base_amount,
    filledQuoteUsd: order.filled_quote_amount,
    price: order.price,
    triggerPrice: order.trigger_price.isZero() ? undefined : order.trigger_price,
    expiresAtMs: order.order_expiry === 0 ? undefined : order.order_expiry,
    atMs: orderTimeMs(order) ?? receivedAtMs,
  }
}

/**
 * An answer may be another account's, from a cache on the way.
 * @throws HedgebotError kind `unknown_state` for an order that says that it belongs to another account
 */
export function assertOwnOrders(orders: readonly WireOrder[], accountIndex: number): void {
  const foreign = orders.find(
    ({ owner_account_index: owner }) => (owner ?? accountIndex) !== accountIndex,
  )
  if (foreign !== undefined) throw malformedOrder(`it is account ${foreign.owner_account_index}'s`)
}

/** Fills of one account in a trade: one, or two when it traded with itself. Empty when the trade is not its own. */
export function toAccountFills(trade: WireTrade, accountIndex: number): readonly AccountFill[] {
  const account = String(accountIndex)
  const sides: OrderSide[] = []
  if (trade.ask_account_id === account) sides.push('sell')
  if (trade.bid_account_id === account) sides.push('buy')
  return sides.map((side) => toFill(trade, side))
}

/** Balances from the `user_stats` stream. */
export function balancesOfStats(stats: WireStats): VenueBalances {
  return {
    collateralUsd: stats.collateral,
    portfolioUsd: stats.portfolio_value,
    availableUsd: stats.available_balance,
    marginUsagePct: stats.margin_usage,
  }
}

/** Balances from the `account` endpoint. */
export function balancesOfAccount(account: WireAccount): VenueBalances {
  const total = account.total_asset_value
  const requirement = account.cross_initial_margin_requirement
  return {
    collateralUsd: account.collateral,
    portfolioUsd: total,
    availableUsd: account.available_balance,
    marginUsagePct:
      requirement === undefined || !total.isPositive() || total.isZero()
        ? undefined
        : requirement.div(total).times(100),
  }
}

function toFill(trade: WireTrade, side: OrderSide): AccountFill {
  const isAsk = side === 'sell'
  const isMaker = isAsk === trade.is_maker_ask
  const own = isAsk ? askSide(trade) : bidSide(trade)
  const tradeId = trade.trade_id_str ?? trade.trade_id
  if (tradeId === undefined) {
    throw new HedgebotError('unknown_state', 'a trade has no id', { code: 'answer_malformed' })
  }
  const clientOrderIndex = Number(own.clientId)
  const fill: VenueFill = {
    tradeId,
    marketIndex: trade.market_id,
    // Beyond 2^48 it is not a client order index of anyone (PROTOCOL.md section 5.4).
    clientOrderIndex: clientOrderIndex < 2 ** 48 ? clientOrderIndex : 0,
    side,
    baseSize: trade.size,
    price: trade.price,
    feeUsd: trade.usd_amount.times(feeTicks(trade, isMaker)).div(1_000_000),
    realizedPnlUsd: own.pnl,
    counterAccountIndex: own.counterAccount,
    type: trade.type,
    signedBaseAfter: signedBaseAfter(trade, isAsk, isMaker),
    atMs: trade.timestamp,
  }
  const effectiveMs = trade.transaction_time ?? trade.timestamp
  return { fill, orderIndex: own.orderIndex, effectiveMs }
}

function askSide(trade: WireTrade) {
  return {
    clientId: trade.ask_client_id_str ?? trade.ask_client_id,
    orderIndex: trade.ask_id_str ?? trade.ask_id,
    pnl: trade.ask_account_pnl,
    counterAccount: trade.bid_account_id,
  }
}

function bidSide(trade: WireTrade) {
  return {
    clientId: trade.bid_client_id_str ?? trade.bid_client_id,
    orderIndex: trade.bid_id_str ?? trade.bid_id,
    pnl: trade.bid_account_pnl,
    counterAccount: trade.ask_account_id,
  }
}

function feeTicks(trade: WireTrade, isMaker: boolean): number {
  return isMaker
    ? trade.maker_fee + trade.integrator_maker_fee
    : trade.taker_fee + trade.integrator_taker_fee
}

function signedBaseAfter(trade: WireTrade, isAsk: boolean, isMaker: boolean): Dec | undefined {
  const before = isMaker ? trade.maker_position_size_before : trade.taker_position_size_before
  if (before === undefined) return undefined
  return isAsk ? before.minus(trade.size) : before.plus(trade.size)
}

function orderTimeMs(order: WireOrder): number | undefined {
  const times = [order.transaction_time, order.updated_at, order.timestamp]
  const known = times.filter((time) => time !== undefined && time > 0)
  return known.length === 0 ? undefined : Math.max(...known.map(Number))
}

const LIVE_STATUSES: ReadonlySet<string> = new Set(['in-progress', 'pending', 'open'])

function isLiveStatus(status: string): boolean {
  if (LIVE_STATUSES.has(status)) return true
  if (status === 'filled' || /^canceled(-|$)/.test(status)) return false
  throw malformedOrder(`its status "${status.slice(0, 40)}" is not documented`)
}

function malformedOrder(why: string): HedgebotError {
  return new HedgebotError('unknown_state', `the venue's order cannot be read: ${why}`, {
    code: 'answer_malformed',
  })
}

/** The integer that a leverage transaction takes for a fraction. */
export function tenThousandths(fraction: Dec): number {
  const value = fraction.times(10_000).round().toNumber()
  assert(Number.isSafeInteger(value), 'a margin fraction is a small number')
  return value
}
