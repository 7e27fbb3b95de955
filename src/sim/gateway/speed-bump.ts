/**
 * How long the venue holds a transaction back before it is matched (PROTOCOL.md section 11.1, DOC-07 column).
 * @module
 */
import {
  ORDER_TYPE,
  TIME_IN_FORCE,
  type DecodedTransaction,
  type OrderFields,
} from '../../lighter/signer/transactions.ts'
import type { AccountTier, SimCore } from '../core/core-model.ts'

/** Delays of one tier, milliseconds. */
export interface SpeedBump {
  readonly takerMs: number
  /** Resting orders, cancels, modifications and everything that is not an order. */
  readonly makerMs: number
}

/** Delays by tier; premium without staked LIT. */
const SPEED_BUMPS: Readonly<Record<AccountTier, SpeedBump>> = {
  standard: { takerMs: 300, makerMs: 200 },
  plus: { takerMs: 300, makerMs: 200 },
  premium: { takerMs: 200, makerMs: 0 },
}

/** The delay of a transaction sent by an account of the tier, milliseconds. */
export function delayOf(tx: DecodedTransaction, tier: AccountTier, core: SimCore): number {
  const bump = SPEED_BUMPS[tier]
  return isTaker(tx, core) ? bump.takerMs : bump.makerMs
}

function isTaker(tx: DecodedTransaction, core: SimCore): boolean {
  if (tx.kind === 'createOrder') return isTakerOrder(tx, core)
  if (tx.kind !== 'createGroupedOrders') return false
  const parent = tx.orders[0]
  return parent !== undefined && isTakerOrder(parent, core)
}

function isTakerOrder(order: OrderFields<bigint>, core: SimCore): boolean {
  if (order.type === ORDER_TYPE.market) return true
  if (order.type !== ORDER_TYPE.limit || order.timeInForce === TIME_IN_FORCE.postOnly) return false
  return order.timeInForce === TIME_IN_FORCE.ioc || isCrossing(order, core)
}

function isCrossing(order: OrderFields<bigint>, core: SimCore): boolean {
  if (!core.markets.has(order.marketIndex)) return false
  const book = core.book(order.marketIndex, 1)
  const price = BigInt(order.price)
  if (order.isAsk === 1) {
    const bid = book.bids[0]
    return bid !== undefined && price <= bid.priceTicks
  }
  const ask = book.asks[0]
  return ask !== undefined && price >= ask.priceTicks
}
