import type { LedgerOrder } from '../hedge/ledger.ts'
import type { OrderPatch } from '../ports.ts'
import type { Engine } from './engine-context.ts'
import { sayOutcome } from './trade-log.ts'

/**
 * Writes what became known about a transaction: the one way into the journal, so that the log tells of every step.
 * @throws HedgebotError kind `busy`, code `lease_lost`, kind `journal`
 */
export function changeOrder(engine: Engine, orderId: number, patch: OrderPatch): LedgerOrder {
  const order = engine.journal.updateOrder(orderId, patch)
  // A repeated sending is told when the bytes have left.
  if (patch.state !== undefined) sayOutcome(engine, order)
  return order
}
