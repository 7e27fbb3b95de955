/**
 * Cancelling all of an account's orders: at once, or later by a dead-man switch (PROTOCOL 5.6).
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import { CANCEL_ALL_MODE } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState, OrderState } from './core-state.ts'
import type { Outcome } from './order-execution.ts'
import { failed } from './order-execution.ts'
import { endOrder } from './order-life.ts'
import { CANCEL_ALL_WINDOW_MS } from './order-rules.ts'
import { refusal } from './venue-errors.ts'

type CancelAllTx = Extract<DecodedTransaction, { kind: 'cancelAllOrders' }>

/** Nil of the attribute that limits a cancel-all to one market (PROTOCOL 5.2). */
const ALL_MARKETS = 255

/** Cancels everything now, arms the dead-man switch, or disarms it. */
export function executeCancelAll(
  state: CoreState,
  account: AccountState,
  tx: CancelAllTx,
): Outcome {
  const error = checkCancelAll(state, tx)
  if (error !== undefined) return failed(error)
  if (tx.timeInForce === CANCEL_ALL_MODE.immediate) {
    const only = tx.attributes?.cancelAllMarketIndex ?? ALL_MARKETS
    setSwitch(state, account, 0)
    return { orders: cancelLive(state, account, only), trades: [] }
  }
  setSwitch(state, account, Number(tx.time))
  return { orders: [], trades: [] }
}

/**
 * Which rule a cancel-all breaks (PROTOCOL 5.6; 5.2 attribute 5: one market only when immediate). A market that does
 * not exist is 21602: PROTOCOL names no code.
 */
export function checkCancelAll(
  state: Pick<CoreState, 'markets' | 'nowMs'>,
  tx: CancelAllTx,
): VenueError | undefined {
  const only = tx.attributes?.cancelAllMarketIndex ?? ALL_MARKETS
  if (only !== ALL_MARKETS) {
    if (tx.timeInForce !== CANCEL_ALL_MODE.immediate) return refusal('invalidTxInfo')
    if (!state.markets.has(only)) return refusal('invalidMarketIndex')
  }
  return checkCancelAllTime(tx, state.nowMs)
}

function checkCancelAllTime(tx: CancelAllTx, nowMs: number): VenueError | undefined {
  if (tx.timeInForce === CANCEL_ALL_MODE.scheduled) {
    const aheadMs = Number(tx.time) - nowMs
    const isInWindow = aheadMs >= CANCEL_ALL_WINDOW_MS.min && aheadMs <= CANCEL_ALL_WINDOW_MS.max
    return isInWindow ? undefined : refusal('invalidCancelAllTime')
  }
  const isKnown =
    tx.timeInForce === CANCEL_ALL_MODE.immediate ||
    tx.timeInForce === CANCEL_ALL_MODE.abortScheduled
  if (!isKnown) return refusal('invalidCancelAllTimeInForce')
  return tx.time === 0n ? undefined : refusal('invalidCancelAllTime')
}

/** Cancels what is due by dead-man switches. */
export function fireDeadMansSwitches(state: CoreState): void {
  for (const account of state.armedAccounts) {
    if (account.cancelAllTimeMs > state.nowMs) continue
    cancelLive(state, account, ALL_MARKETS)
    setSwitch(state, account, 0)
  }
}

function cancelLive(state: CoreState, account: AccountState, onlyMarket: number): OrderState[] {
  const cancelled: OrderState[] = []
  for (const order of account.liveOrders.values()) {
    if (onlyMarket !== ALL_MARKETS && order.marketIndex !== onlyMarket) continue
    // A parent that ends takes its children along: they may be gone already.
    if (order.place === 'none') continue
    endOrder(state, order, 'canceled')
    cancelled.push(order)
  }
  return cancelled
}

function setSwitch(state: CoreState, account: AccountState, timeMs: number): void {
  if (account.cancelAllTimeMs === timeMs) return
  account.cancelAllTimeMs = timeMs
  if (timeMs === 0) state.armedAccounts.delete(account)
  else state.armedAccounts.add(account)
  state.changes.account(account)
}
