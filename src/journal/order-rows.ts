import { assert } from '../errors.ts'
import { Dec, ZERO } from '../hedge/decimal.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import type { NewOrder } from '../ports.ts'
import { decText, optionalDec, optionalDecText, wholeMs } from './columns.ts'
import type { Session } from './session.ts'
import type { SqlValue } from './transactions.ts'

export interface OrderRow {
  readonly order_id: number
  readonly owner_id: string
  readonly hedge_id: string | null
  readonly run_id: string
  readonly account: string
  readonly account_index: number
  readonly api_key_index: number
  readonly market_index: number
  readonly purpose: LedgerOrder['purpose']
  readonly reason: string
  readonly nonce: number
  readonly tx_hash: string
  readonly tx_type: number
  readonly tx_info: string
  readonly expires_at_ms: number
  readonly client_order_index: number
  readonly side: 'buy' | 'sell' | null
  readonly base_size: string | null
  readonly price: string | null
  readonly mark_price: string | null
  readonly is_reduce_only: number
  readonly state: LedgerOrder['state']
  readonly sends: number
  readonly filled_base: string
  readonly average_price: string | null
  readonly outcome: string | null
  readonly prepared_at_ms: number
  readonly answered_at_ms: number | null
  readonly settled_at_ms: number | null
}

/** Rows whose outcome is not known; the index `orders_unsettled` has the same words. */
export const UNSETTLED = "state IN ('prepared', 'in_doubt', 'accepted')"

/** Reads orders; `selection` follows `FROM orders`. */
export function selectOrders(
  session: Session,
  selection: string,
  ...values: readonly SqlValue[]
): LedgerOrder[] {
  const rows = session.sql<OrderRow>(`SELECT * FROM orders ${selection}`).all(...values)
  return rows.map(toOrder)
}

/** Writes a new order of ours in state `prepared`. */
export function insertOrder(session: Session, order: NewOrder): LedgerOrder {
  assert(/^[0-9a-f]{80}$/.test(order.txHash), 'a transaction hash has 80 hex digits')
  assert(Number.isSafeInteger(order.clientOrderIndex), 'a client order index is a safe integer')
  const row = session
    .sql<OrderRow>(
      `INSERT INTO orders (owner_id, hedge_id, run_id, account, account_index, api_key_index,
         market_index, purpose, reason, nonce, tx_hash, tx_type, tx_info, expires_at_ms,
         client_order_index, side, base_size, price, mark_price, is_reduce_only, state, sends, filled_base,
         prepared_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'prepared', 1, ?, ?)
       RETURNING *`,
    )
    .get(
      session.owner.ownerId,
      order.hedgeId ?? null,
      order.runId,
      order.account,
      order.accountIndex,
      order.apiKeyIndex,
      order.marketIndex,
      order.purpose,
      order.reason,
      order.nonce,
      order.txHash,
      order.txType,
      order.txInfo,
      wholeMs(order.expiresAtMs),
      order.clientOrderIndex,
      order.side ?? null,
      optionalDecText(order.baseSize),
      optionalDecText(order.price),
      optionalDecText(order.markPrice),
      order.isReduceOnly ? 1 : 0,
      decText(ZERO),
      session.nowMs(),
    )
  assert(row !== undefined, 'an order was inserted')
  return toOrder(row)
}

/** An order as the hedge code knows it. */
export function toOrder(row: OrderRow): LedgerOrder {
  return {
    orderId: row.order_id,
    hedgeId: row.hedge_id ?? undefined,
    runId: row.run_id,
    account: row.account,
    accountIndex: row.account_index,
    apiKeyIndex: row.api_key_index,
    marketIndex: row.market_index,
    purpose: row.purpose,
    reason: row.reason,
    nonce: row.nonce,
    txHash: row.tx_hash,
    txType: row.tx_type,
    txInfo: row.tx_info,
    expiresAtMs: row.expires_at_ms,
    clientOrderIndex: row.client_order_index,
    side: row.side ?? undefined,
    baseSize: optionalDec(row.base_size),
    price: optionalDec(row.price),
    markPrice: optionalDec(row.mark_price),
    isReduceOnly: row.is_reduce_only === 1,
    state: row.state,
    sends: row.sends,
    filledBase: new Dec(row.filled_base),
    averagePrice: optionalDec(row.average_price),
    outcome: row.outcome ?? undefined,
    preparedAtMs: row.prepared_at_ms,
    answeredAtMs: row.answered_at_ms ?? undefined,
    settledAtMs: row.settled_at_ms ?? undefined,
  }
}
