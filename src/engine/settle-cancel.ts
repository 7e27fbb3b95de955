import type { LedgerOrder } from '../hedge/ledger.ts'
import type { AccountLink } from '../ports.ts'
import type { Engine } from './engine-context.ts'

/** The outcome of a cancellation whose order is gone. */
export const CANCELED = 'the order is gone'

/** True when an accepted cancellation has reached its end: the order it names is live no more. Costs no read. */
export function isCancelSeen({ memory }: Engine, order: LedgerOrder, link: AccountLink): boolean {
  const target = memory.cancelTargets.get(order.orderId)
  const { liveOrders } = link.view()
  if (target === undefined || !liveOrders.isKnown) return false
  if (liveOrders.value.some((live) => live.orderIndex === target)) return false
  memory.cancelTargets.delete(order.orderId)
  return true
}
