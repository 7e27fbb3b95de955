/**
 * Orders and resting orders as the venue writes them (PROTOCOL.md section 2.1, accountActiveOrders).
 * @module
 */
import { assert } from '../../errors.ts'
import type { SimCore, SimMarket, SimOrder } from '../core/core-model.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { WireObject } from './wire-json.ts'

const ORDER_TYPES = [
  'limit',
  'market',
  'stop-loss',
  'stop-loss-limit',
  'take-profit',
  'take-profit-limit',
  'twap',
  'twap-sub',
  'liquidation',
] as const

const TIMES_IN_FORCE = ['immediate-or-cancel', 'good-till-time', 'post-only'] as const

/** The market of an index that the core itself has handed out. */
export function marketOf(core: SimCore, marketIndex: number): SimMarket {
  const market = core.markets.get(marketIndex)
  assert(market !== undefined, `market ${marketIndex} exists`)
  return market
}

/** One order. `side` is empty as on the real exchange: `is_ask` says it. Times are milliseconds. */
export function orderJson(order: SimOrder, market: SimMarket): WireObject {
  const size = (ticks: bigint) => ticksToText(ticks, market.sizeDecimals)
  const price = (ticks: bigint) => ticksToText(ticks, market.priceDecimals)
  const [trigger0 = 0n, trigger1 = 0n] = order.toTriggerOrderIndexes
  return {
    order_index: order.orderIndex,
    client_order_index: order.clientOrderIndex,
    order_id: order.orderIndex.toString(),
    client_order_id: order.clientOrderIndex.toString(),
    market_index: order.marketIndex,
    owner_account_index: order.accountIndex,
    initial_base_amount: size(order.baseTicks),
    price: price(order.priceTicks),
    nonce: order.bookNonce,
    remaining_base_amount: size(order.remainingTicks),
    is_ask: order.isAsk,
    base_size: order.remainingTicks,
    base_price: order.priceTicks,
    filled_base_amount: size(order.filledTicks),
    filled_quote_amount: microsToText(order.filledQuoteMicros),
    side: '',
    type: ORDER_TYPES[order.type] ?? 'limit',
    time_in_force: TIMES_IN_FORCE[order.timeInForce] ?? 'Unknown',
    reduce_only: order.reduceOnly,
    trigger_price: price(order.triggerTicks),
    order_expiry: order.expiryMs,
    status: order.status,
    trigger_status: order.triggerStatus,
    trigger_time: order.triggerTimeMs,
    parent_order_index: order.parentOrderIndex,
    parent_order_id: order.parentOrderIndex.toString(),
    to_trigger_order_id_0: trigger0.toString(),
    to_trigger_order_id_1: trigger1.toString(),
    to_cancel_order_id_0: order.toCancelOrderIndex.toString(),
    integrator_fee_collector_index: String(order.integrator?.accountIndex ?? 0),
    integrator_taker_fee: String(order.integrator?.takerFeeTick ?? 0),
    integrator_maker_fee: String(order.integrator?.makerFeeTick ?? 0),
    block_height: order.height,
    timestamp: Math.trunc(order.createdMs),
    created_at: Math.trunc(order.createdMs),
    updated_at: Math.trunc(order.updatedMs),
    transaction_time: order.transactionTimeUs,
  }
}

/** One resting order as `orderBookOrders` lists it. */
export function restingOrderJson(order: SimOrder, market: SimMarket): WireObject {
  return {
    order_index: order.orderIndex,
    order_id: order.orderIndex.toString(),
    owner_account_index: order.accountIndex,
    initial_base_amount: ticksToText(order.baseTicks, market.sizeDecimals),
    remaining_base_amount: ticksToText(order.remainingTicks, market.sizeDecimals),
    price: ticksToText(order.priceTicks, market.priceDecimals),
    order_expiry: order.expiryMs,
    transaction_time: order.transactionTimeUs,
  }
}
