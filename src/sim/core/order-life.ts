/**
 * Birth, waiting and end of orders, with everything that hangs on them: counts, indexes, children and siblings
 * (PROTOCOL 5.4 and 5.5). Matching is elsewhere.
 * @module
 */
import type { OrderFields } from '../../lighter/signer/transactions.ts'
import type { AccountState, CoreState, MarketState, OrderState } from './core-state.ts'
import { accountOf, marketOf, ownSide, positionOf, takeOrderIndex } from './core-state.ts'
import { absolute, signOf } from './fill.ts'
import { dequeue, enqueue } from './order-book.ts'
import {
  type IntegratorFees,
  type OrderStatus,
  type TriggerStatus,
  unfilledOrder,
} from './order-model.ts'
import { addTrigger, isTriggered, removeTrigger } from './trigger-index.ts'

/** Largest size of an order (PROTOCOL section 4). */
export const MAX_BASE_TICKS = (1n << 48n) - 1n

/** Who an order belongs to and what it carries beside its fields. */
export interface OrderOrigin {
  readonly account: AccountState
  readonly market: MarketState
  readonly selfTradeBehavior?: number
  readonly selfTradeEquality?: number
  readonly integrator?: IntegratorFees | undefined
}

/** Makes an order in progress; it waits nowhere yet. */
export function createOrder(
  state: CoreState,
  origin: OrderOrigin,
  fields: Omit<OrderFields<bigint>, 'marketIndex'>,
): OrderState {
  const { account, market } = origin
  const order: OrderState = {
    orderIndex: takeOrderIndex(market, fields.isAsk === 1),
    ...unfilledOrder(fields),
    accountIndex: account.accountIndex,
    marketIndex: market.marketIndex,
    status: 'in-progress',
    selfTradeBehavior: origin.selfTradeBehavior ?? 0,
    selfTradeEquality: origin.selfTradeEquality ?? 0,
    ...(origin.integrator === undefined ? {} : { integrator: origin.integrator }),
    bookNonce: market.bookNonce,
    ...birthOf(state),
  }
  state.orders.set(order.orderIndex, order)
  account.liveOrders.set(order.orderIndex, order)
  if (order.clientOrderIndex !== 0n) account.clientOrders.set(order.clientOrderIndex, order)
  positionOf(account, market)
  touch(state, order)
  return order
}

/** What every new order starts with. */
function birthOf(state: CoreState) {
  return {
    createdMs: state.nowMs,
    updatedMs: state.nowMs,
    transactionTimeUs: state.timeUs,
    height: state.height,
    txHash: state.txHash,
    sequence: state.orderSequence++,
    place: 'none',
    isInExpiryQueue: false,
    level: undefined,
    previousInLevel: undefined,
    nextInLevel: undefined,
  } as const
}

/** Puts an order on the book, behind all others at its price. */
export function restOrder(state: CoreState, order: OrderState): void {
  const market = marketOf(state, order.marketIndex)
  order.status = 'open'
  setPlace(state, order, 'book')
  enqueue(ownSide(market, order.isAsk), order)
  state.changes.level(market, order.isAsk, order.priceTicks)
  order.bookNonce = market.bookNonce
  touch(state, order)
}

/** Lets an order wait: for its parent, or for the mark; a trigger that is already reached comes due at once. */
export function awaitTrigger(
  state: CoreState,
  order: OrderState,
  triggerStatus: Extract<TriggerStatus, 'mark-price' | 'parent-order'>,
): void {
  const market = marketOf(state, order.marketIndex)
  order.status = 'pending'
  order.triggerStatus = triggerStatus
  if (order.place !== 'pending') setPlace(state, order, 'pending')
  touch(state, order)
  if (triggerStatus === 'parent-order') return
  const isDue = market.status === 'active' && isTriggered(order, market.markTicks)
  if (isDue) state.dueOrders.push(order)
  else addTrigger(market.triggers, order)
}

/** Takes an order from where it waits, so that it can be matched, moved or ended. */
export function detachOrder(state: CoreState, order: OrderState): void {
  const market = marketOf(state, order.marketIndex)
  if (order.place === 'book') {
    dequeue(order)
    state.changes.level(market, order.isAsk, order.priceTicks)
  } else if (order.place === 'pending' && order.triggerStatus === 'mark-price') {
    removeTrigger(market.triggers, order)
  }
  setPlace(state, order, 'none')
}

/** Ends an order for good and does what follows from it. Ending twice does nothing. */
export function endOrder(state: CoreState, order: OrderState, status: OrderStatus): void {
  const account = accountOf(state, order.accountIndex)
  if (!account.liveOrders.delete(order.orderIndex)) return
  detachOrder(state, order)
  order.status = status
  touch(state, order)
  const forgotten = account.endedOrders.push(order)
  if (forgotten !== undefined) forget(state, account, forgotten)
  settleChildren(state, order)
}

/** Cancels orders tied to a position whose sign has changed, unless they still wait for a parent (PROTOCOL 5.5). */
export function cancelTiedOrders(
  state: CoreState,
  account: AccountState,
  market: MarketState,
): void {
  if (positionOf(account, market).positionTiedOrderCount === 0) return
  for (const order of account.liveOrders.values()) {
    if (order.marketIndex !== market.marketIndex || !order.isPositionTied) continue
    const isFilled = order.filledTicks > 0n && order.remainingTicks === 0n
    if (order.place === 'none' || order.triggerStatus === 'parent-order' || isFilled) continue
    endOrder(state, order, 'canceled-reduce-only')
  }
}

/** How much an order may still trade: reduce-only ones no more than the opposite position. */
export function tradableTicks(state: CoreState, order: OrderState): bigint {
  if (!order.reduceOnly) return order.remainingTicks
  const account = accountOf(state, order.accountIndex)
  const size = account.positions.get(order.marketIndex)?.sizeTicks ?? 0n
  if (signOf(size) !== (order.isAsk ? 1 : -1)) return 0n
  const open = absolute(size)
  return open < order.remainingTicks ? open : order.remainingTicks
}

/** Gives a position-tied order its size: the position's, within the order limits (PROTOCOL 5.4). */
export function sizeFromPosition(state: CoreState, order: OrderState): void {
  if (order.baseTicks !== 0n) return
  const market = marketOf(state, order.marketIndex)
  const size =
    accountOf(state, order.accountIndex).positions.get(order.marketIndex)?.sizeTicks ?? 0n
  const quoteCap = market.orderQuoteLimitMicros / (order.priceTicks * market.quoteMultiplier)
  let ticks = absolute(size)
  for (const cap of [MAX_BASE_TICKS, quoteCap]) if (ticks > cap) ticks = cap
  order.baseTicks = ticks
  order.remainingTicks = ticks
}

/** Whether an account's dead-man switch is due and not handled yet: nothing of it may trade (PROTOCOL 5.6). */
export function isSwitchDue(
  account: Pick<AccountState, 'cancelAllTimeMs'>,
  nowMs: number,
): boolean {
  return account.cancelAllTimeMs > 0 && account.cancelAllTimeMs <= nowMs
}

/** Marks an order as changed now. */
export function touch(state: CoreState, order: OrderState): void {
  order.updatedMs = state.nowMs
  order.transactionTimeUs = state.timeUs
  state.changes.order(order)
}

function setPlace(state: CoreState, order: OrderState, place: OrderState['place']): void {
  if (order.place === place) return
  const account = accountOf(state, order.accountIndex)
  count(account, order, -1)
  order.place = place
  count(account, order, 1)
  if (place !== 'none' && !order.isInExpiryQueue && order.expiryMs > 0 && !account.isHouse) {
    order.isInExpiryQueue = true
    state.expiries.add(order)
  }
  const position = account.positions.get(order.marketIndex)
  if (position !== undefined && !account.isHouse) {
    state.changes.position(account, position)
    state.changes.account(account)
  }
}

function count(account: AccountState, order: OrderState, by: number): void {
  const position = account.positions.get(order.marketIndex)
  if (position === undefined || order.place === 'none') return
  account.totalOrderCount += by
  if (order.place === 'pending') {
    account.pendingOrderCount += by
    position.pendingOrderCount += by
  } else {
    position.openOrderCount += by
  }
  if (order.isPositionTied) position.positionTiedOrderCount += by
}

/** Children of a finished parent live with its filled size, or die with it (PROTOCOL 5.5 grouped orders). */
function settleChildren(state: CoreState, parent: OrderState): void {
  for (const childIndex of parent.toTriggerOrderIndexes) {
    const child = state.orders.get(childIndex)
    if (child === undefined || child.triggerStatus !== 'parent-order' || child.place === 'none') {
      continue
    }
    if (parent.filledTicks === 0n) {
      endOrder(state, child, 'canceled-child')
      continue
    }
    child.baseTicks = parent.filledTicks
    child.remainingTicks = parent.filledTicks
    awaitTrigger(state, child, 'mark-price')
  }
}

function forget(state: CoreState, account: AccountState, order: OrderState): void {
  state.orders.delete(order.orderIndex)
  if (account.clientOrders.get(order.clientOrderIndex) === order) {
    account.clientOrders.delete(order.clientOrderIndex)
  }
}
