/**
 * Positions, orders, trades and balances as the venue writes them (PROTOCOL.md sections 2, 3 and 8.3). Unknown extra
 * members are ignored; members that are needed are required.
 * @module
 */
import { z } from 'zod'
import { Dec } from '../hedge/decimal.ts'
import {
  neededCollection,
  wireCollection,
  wireDecimal,
  wireId,
  wireIndex,
  wireMarketIndex,
  wireTimeMs,
  wireTimeUs,
} from './wire-scalars.ts'

/** One position row; `sign` says long (1) or short (-1), a flat row shows 1 or 0. */
export const positionSchema = z.object({
  market_id: wireMarketIndex,
  initial_margin_fraction: wireDecimal,
  sign: z.union([z.literal(1), z.literal(-1), z.literal(0)]),
  position: wireDecimal,
  avg_entry_price: wireDecimal,
  unrealized_pnl: wireDecimal,
  realized_pnl: wireDecimal,
  liquidation_price: wireDecimal,
  total_funding_paid_out: wireDecimal.optional(),
  margin_mode: z.union([z.literal(0), z.literal(1)]),
})

/** A position row that was read. */
export type WirePosition = z.output<typeof positionSchema>

/** One order; string twins of ids win over numbers. */
export const orderSchema = z.object({
  order_index: wireId.optional(),
  order_id: wireId.optional(),
  client_order_index: wireIndex,
  market_index: wireMarketIndex,
  owner_account_index: wireIndex.optional(),
  initial_base_amount: wireDecimal,
  remaining_base_amount: wireDecimal,
  filled_base_amount: wireDecimal,
  filled_quote_amount: wireDecimal,
  price: wireDecimal,
  is_ask: z.boolean(),
  type: z.string().min(1),
  reduce_only: z.union([z.boolean(), z.literal(0), z.literal(1)]),
  trigger_price: wireDecimal,
  order_expiry: wireTimeMs,
  status: z.string().min(1),
  timestamp: wireTimeMs.optional(),
  updated_at: wireTimeMs.optional(),
  transaction_time: wireTimeUs.optional(),
})

/** An order that was read. */
export type WireOrder = z.output<typeof orderSchema>

/** Omitted by the venue when zero, false or empty (PROTOCOL.md section 2, trades). */
const feeTicks = z.int().default(0)
const flag = z.boolean().default(false)

/** One trade; fees in millionths of notional. */
export const tradeSchema = z.object({
  trade_id: wireId.optional(),
  trade_id_str: wireId.optional(),
  type: z.string().min(1),
  market_id: wireMarketIndex,
  size: wireDecimal,
  price: wireDecimal,
  usd_amount: wireDecimal,
  ask_id: wireId.optional(),
  ask_id_str: wireId.optional(),
  bid_id: wireId.optional(),
  bid_id_str: wireId.optional(),
  ask_client_id: wireId.default('0'),
  ask_client_id_str: wireId.optional(),
  bid_client_id: wireId.default('0'),
  bid_client_id_str: wireId.optional(),
  ask_account_id: wireId,
  bid_account_id: wireId,
  is_maker_ask: flag,
  timestamp: wireTimeMs,
  transaction_time: wireTimeUs.optional(),
  taker_fee: feeTicks,
  maker_fee: feeTicks,
  integrator_taker_fee: feeTicks,
  integrator_maker_fee: feeTicks,
  taker_position_size_before: wireDecimal.optional(),
  maker_position_size_before: wireDecimal.optional(),
  ask_account_pnl: wireDecimal.optional(),
  bid_account_pnl: wireDecimal.optional(),
})

/** A trade that was read. */
export type WireTrade = z.output<typeof tradeSchema>

/** `user_stats` numbers. */
export const statsSchema = z.object({
  collateral: wireDecimal,
  portfolio_value: wireDecimal,
  available_balance: wireDecimal,
  margin_usage: wireDecimal,
})

/** Numbers of `user_stats` that were read. */
export type WireStats = z.output<typeof statsSchema>

/** One account of the `account` endpoint. */
export const accountSchema = z.object({
  index: wireIndex,
  l1_address: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address'),
  status: z.union([z.literal(0), z.literal(1)]),
  account_trading_mode: z.int().nonnegative(),
  cancel_all_time: wireTimeMs,
  transaction_time: wireTimeUs.optional(),
  collateral: wireDecimal,
  available_balance: wireDecimal,
  total_asset_value: wireDecimal,
  cross_initial_margin_requirement: wireDecimal.optional(),
  positions: neededCollection(positionSchema),
})

/** An account that was read. */
export type WireAccount = z.output<typeof accountSchema>

/** `account`. */
export const accountAnswerSchema = z.object({ accounts: z.array(accountSchema) })

/** `accountActiveOrders` and `accountInactiveOrders`. */
export const ordersAnswerSchema = z.object({
  orders: neededCollection(orderSchema),
  next_cursor: z.string().nullish(),
})

/** `accountLimits`; fee ticks are millionths of notional. */
export const limitsAnswerSchema = z.object({
  user_tier: z.string().min(1),
  current_maker_fee_tick: z.int().transform((ticks) => new Dec(ticks).div(1_000_000)),
  current_taker_fee_tick: z.int().transform((ticks) => new Dec(ticks).div(1_000_000)),
})

/** Frames of the four account channels; `timestamp` is the venue's time of publishing, where it is told. */
const stamped = { timestamp: wireTimeMs.optional() }

/** A frame of `account_all_positions`. */
export const positionsFrameSchema = z.object({
  ...stamped,
  positions: neededCollection(positionSchema),
})

/** A frame of `account_all_orders`. */
export const ordersFrameSchema = z.object({ ...stamped, orders: neededCollection(orderSchema) })

/** A frame of `account_all_trades`. */
export const tradesFrameSchema = z.object({
  ...stamped,
  trades: wireCollection(tradeSchema),
  liquidation_trades: wireCollection(tradeSchema),
})

/** `trades`. */
export const tradesAnswerSchema = z.object({
  trades: neededCollection(tradeSchema),
  next_cursor: z.string().nullish(),
})

/** A frame of `user_stats`. */
export const statsFrameSchema = z.object({ ...stamped, stats: statsSchema })
