/**
 * How long the venue holds a transaction back before it is matched (PROTOCOL.md section 11.1). Its two sources differ:
 * one delays resting orders and cancels by 200 ms, the newer one cancels and modifications by 300 ms and resting
 * orders not at all. Here each waits as long as the worse of the two says.
 * @module
 */
import {
  ORDER_TYPE,
  TIME_IN_FORCE,
  type DecodedTransaction,
  type OrderFields,
} from '../../lighter/signer/transactions.ts'
import type { AccountTier, SimCore } from '../core/core-model.ts'
import { FIRST_ORDER_INDEX } from '../core/units.ts'

/** Delays of one tier, milliseconds. */
export interface SpeedBump {
  readonly takerMs: number
  /** Cancels and modifications that do not cross. */
  readonly cancelMs: number
  /** Resting orders and everything that is about no order. */
  readonly makerMs: number
}

/** Delays by tier; premium without staked LIT. */
const SPEED_BUMPS: Readonly<Record<AccountTier, SpeedBump>> = {
  standard: { takerMs: 300, cancelMs: 300, makerMs: 200 },
  plus: { takerMs: 300, cancelMs: 300, makerMs: 200 },
  premium: { takerMs: 200, cancelMs: 0, makerMs: 0 },
}

/** The delay of a transaction sent by an account of the tier, milliseconds. */
export function delayOf(tx: DecodedTransaction, tier: AccountTier, core: SimCore): number {
  const bump = SPEED_BUMPS[tier]
  if (isTaker(tx, core)) return bump.takerMs
  const isCancel =
    tx.kind === 'cancelOrder' || tx.kind === 'cancelAllOrders' || tx.kind === 'modifyOrder'
  return isCancel ? bump.cancelMs : bump.makerMs
}

function isTaker(tx: DecodedTransaction, core: SimCore): boolean {
  if (tx.kind === 'createOrder') return isTakerOrder(tx, core)
  if (tx.kind === 'modifyOrder') return isTakerModification(tx, core)
  if (tx.kind !== 'createGroupedOrders') return false
  const parent = tx.orders[0]
  return parent !== undefined && isTakerOrder(parent, core)
}

type ModifyTx = Extract<DecodedTransaction, { kind: 'modifyOrder' }>

/** A resting order that is moved across the spread takes like a new one. */
function isTakerModification(tx: ModifyTx, core: SimCore): boolean {
  const order =
    tx.index < FIRST_ORDER_INDEX
      ? core.orderByClientIndex(tx.accountIndex, tx.index)
      : core.order(tx.index)
  if (order?.status !== 'open') return false
  const { type, timeInForce } = order
  const isAsk = order.isAsk ? 1 : 0
  return isTakerOrder({ ...tx, type, timeInForce, isAsk }, core)
}

type Crossable = Pick<
  OrderFields<bigint>,
  'marketIndex' | 'type' | 'timeInForce' | 'isAsk' | 'price'
>

function isTakerOrder(order: Crossable, core: SimCore): boolean {
  if (order.type === ORDER_TYPE.market) return true
  if (order.type !== ORDER_TYPE.limit || order.timeInForce === TIME_IN_FORCE.postOnly) return false
  return order.timeInForce === TIME_IN_FORCE.ioc || isCrossing(order, core)
}

function isCrossing(order: Crossable, core: SimCore): boolean {
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
