import { assert } from '../errors.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import type { Journal, OrderPatch } from '../ports.ts'
import { decText, optionalDecText, optionalMs } from './columns.ts'
import { ownershipOf } from './hedge-ownership.ts'
import { type OrderRow, selectOrders, toOrder, UNSETTLED } from './order-rows.ts'
import { describeOwner, isOwnerAlive, leaseLost } from './owners.ts'
import type { Session } from './session.ts'

type OrderMethod =
  | 'updateOrder'
  | 'order'
  | 'ordersOfHedge'
  | 'ordersOfRun'
  | 'unsettledOrders'
  | 'findOrderByClientIndex'

/** Recorded transactions, oldest first. They are entered through the lanes, see lanes.ts. */
export function orderStore(session: Session): Pick<Journal, OrderMethod> {
  const select = (selection: string, ...values: (string | number)[]): LedgerOrder[] =>
    session.read(() => selectOrders(session, selection, ...values))
  return {
    updateOrder: (orderId, patch) => session.write(() => updateOrder(session, orderId, patch)),
    order: (orderId) => select('WHERE order_id = ?', orderId)[0],
    ordersOfHedge: (hedgeId) => select('WHERE hedge_id = ? ORDER BY order_id', hedgeId),
    ordersOfRun: (runId) => select('WHERE run_id = ? ORDER BY order_id', runId),
    unsettledOrders: () => select(`WHERE ${UNSETTLED} ORDER BY order_id`),
    findOrderByClientIndex: (accountIndex, clientOrderIndex) => {
      // 0 stands for "no client order index": it would find a stranger.
      if (clientOrderIndex === 0) return undefined
      // The index comes round after 2^24: the newest is meant.
      return select(
        `WHERE account_index = ? AND client_order_index = ? AND client_order_index <> 0
         ORDER BY order_id DESC LIMIT 1`,
        accountIndex,
        clientOrderIndex,
      )[0]
    },
  }
}

/** @throws HedgebotError kind `busy`, code `lease_lost`, while another living process answers for the order */
function updateOrder(session: Session, orderId: number, patch: OrderPatch): LedgerOrder {
  const row = session.sql<OrderRow>('SELECT * FROM orders WHERE order_id = ?').get(orderId)
  assert(row !== undefined, `order ${orderId} is in the journal`)
  requireAnswerable(session, row)
  const next: LedgerOrder = { ...toOrder(row), ...patch }
  session
    .sql(
      `UPDATE orders SET state = ?, sends = ?, filled_base = ?, average_price = ?, outcome = ?,
         answered_at_ms = ?, settled_at_ms = ? WHERE order_id = ?`,
    )
    .run(
      next.state,
      next.sends,
      decText(next.filledBase),
      optionalDecText(next.averagePrice),
      next.outcome ?? null,
      optionalMs(next.answeredAtMs),
      optionalMs(next.settledAtMs),
      orderId,
    )
  return next
}

/** The owner of its hedge answers for an order; without one, whoever recorded it or adopted its lane. */
function requireAnswerable(session: Session, row: OrderRow): void {
  const hedge = row.hedge_id === null ? undefined : ownershipOf(session, row.hedge_id)
  const responsible = hedge?.owner_id ?? row.owner_id
  if (responsible === session.owner.ownerId || !isOwnerAlive(session, responsible)) return
  throw leaseLost(`order ${row.order_id}`, describeOwner(session, responsible))
}
