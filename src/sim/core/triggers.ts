/**
 * Firing of stop-loss and take-profit orders by the mark (PROTOCOL 5.5).
 * @module
 */
import { assert } from '../../errors.ts'
import type { CoreState, MarketState, OrderState } from './core-state.ts'
import { accountOf } from './core-state.ts'
import { matchOrder } from './matching.ts'
import {
  detachOrder,
  endOrder,
  isSwitchDue,
  sizeFromPosition,
  touch,
  tradableTicks,
} from './order-life.ts'
import { takeTriggered } from './trigger-index.ts'

/** Fired orders of one operation; far beyond what caps on pending orders allow, so reaching it is our mistake. */
const MAX_FIRED = 1_000_000

/**
 * Lets every order come due whose trigger the mark has reached. In an inactive market none does, for nothing is traded
 * there (PROTOCOL section 4): they come due when it is active again.
 */
export function collectTriggered(state: CoreState, market: MarketState): void {
  if (market.status !== 'active') return
  for (const order of takeTriggered(market.triggers, market.markTicks)) {
    state.dueOrders.push(order)
  }
}

/** Fires due orders one after the other, those included that come due meanwhile. */
export function fireDueOrders(state: CoreState): void {
  for (let at = 0; at < state.dueOrders.length; at += 1) {
    assert(at < MAX_FIRED, 'triggered orders end')
    const order = state.dueOrders[at]
    // A sibling or a closed position may have cancelled it while it stood in line.
    if (order?.place === 'pending') fire(state, order)
  }
  state.dueOrders.length = 0
}

function fire(state: CoreState, order: OrderState): void {
  detachOrder(state, order)
  order.triggerStatus = 'ready'
  order.triggerTimeMs = state.nowMs
  if (order.expiryMs > 0 && order.expiryMs <= state.nowMs) {
    endOrder(state, order, 'canceled-expired')
    return
  }
  // Between its time and the next tick a due switch has cancelled the order already (PROTOCOL 5.6).
  if (isSwitchDue(accountOf(state, order.accountIndex), state.nowMs)) {
    endOrder(state, order, 'canceled')
    return
  }
  const sibling = state.orders.get(order.toCancelOrderIndex)
  if (sibling !== undefined && sibling.place !== 'none') endOrder(state, sibling, 'canceled-oco')
  sizeFromPosition(state, order)
  if (order.reduceOnly && tradableTicks(state, order) === 0n) {
    endOrder(state, order, 'canceled-reduce-only')
    return
  }
  order.status = 'in-progress'
  touch(state, order)
  matchOrder(state, order)
}
