/**
 * What of the state a transaction's result needs to tell: an order before it is modified, the maker of the last fill
 * (PROTOCOL section 2.1, event_info).
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import type { TransactionResult } from './core-model.ts'
import type { AccountState, CoreState } from './core-state.ts'
import { findLive } from './order-execution.ts'
import type { SimOrder, SimTrade } from './order-model.ts'

/** A copy of the order that a transaction is about to modify (PROTOCOL section 2.1, event_info `oo`). */
export function orderBefore(
  account: AccountState | undefined,
  tx: DecodedTransaction,
): SimOrder | undefined {
  if (account === undefined || tx.kind !== 'modifyOrder') return undefined
  const order = findLive(account, tx)
  return order === undefined ? undefined : { ...order }
}

/** The parts of a result that may be missing (PROTOCOL section 2.1, event_info `oo` and `mo`). */
export function optionalResults(
  state: CoreState,
  previousOrder: SimOrder | undefined,
  trades: readonly SimTrade[],
): Pick<TransactionResult, 'previousOrder' | 'lastMaker'> {
  const last = trades.at(-1)
  const maker = last?.isMakerAsk === true ? last.ask : last?.bid
  const lastMaker = maker === undefined ? undefined : state.orders.get(maker.orderIndex)
  return {
    ...(previousOrder === undefined ? {} : { previousOrder }),
    ...(lastMaker === undefined ? {} : { lastMaker }),
  }
}

/** Notes when the owner has seen a notification and tells it again; false when there is none (PROTOCOL section 8.3). */
export function acknowledge(state: CoreState, account: AccountState, id: string): boolean {
  const notification = account.notificationLog.oldest().find((entry) => entry.id === id)
  if (notification === undefined) return false
  if (notification.ackedMs === undefined) {
    Object.assign(notification, { ackedMs: state.nowMs })
    state.changes.direct({ type: 'notification', notification })
  }
  return true
}
