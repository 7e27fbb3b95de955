/**
 * Orders that the sequencer refused after they had been accepted. The core never made them; the venue still shows
 * them as cancelled, each order of a group on a row of its own (PROTOCOL.md section 6).
 * @module
 */
import type { DecodedTransaction, OrderFields } from '../../lighter/signer/transactions.ts'
import { GROUPING_TYPE } from '../../lighter/signer/transactions.ts'
import { type BoundedLog, createBoundedLog } from '../core/bounded-log.ts'
import type { OrderStatus, SimCore, SimOrder, VenueError } from '../core/core-model.ts'
import { unfilledOrder } from '../core/order-model.ts'

const MAX_PER_ACCOUNT = 1_000
/** Order numbers of refused orders start far above those of the core's own counter. */
const FIRST_NUMBER = 1n << 47n

/** When and as what a transaction was refused (PROTOCOL.md section 6). */
export interface Refused {
  readonly hash: string
  readonly executedAtMs: number
  readonly transactionTimeUs: bigint
  readonly error: VenueError
}

export interface RefusedOrders {
  /** The cancelled orders of a refused transaction; empty when it made none. */
  add(tx: DecodedTransaction, refused: Refused): readonly SimOrder[]
  /** Newest first. */
  ofAccount(accountIndex: number): readonly SimOrder[]
}

/** What the row says; PROTOCOL.md names no reason for the other codes. */
const STATUS_OF_CODE: Readonly<Record<number, OrderStatus>> = {
  21732: 'canceled-reduce-only',
  21738: 'canceled-reduce-only',
  21740: 'canceled-reduce-only',
  21733: 'canceled-too-much-slippage',
  21734: 'canceled-too-much-slippage',
  21739: 'canceled-margin-not-allowed',
  21112: 'canceled-liquidation',
}

/** Creates an empty list (PROTOCOL.md section 6). */
export function createRefusedOrders(core: SimCore): RefusedOrders {
  const byAccount = new Map<number, BoundedLog<SimOrder>>()
  let next = FIRST_NUMBER
  const indexOf = (marketIndex: number): bigint => (BigInt(marketIndex + 1) << 48n) + next++

  const remember = (order: SimOrder) => {
    const list = byAccount.get(order.accountIndex) ?? createBoundedLog<SimOrder>(MAX_PER_ACCOUNT)
    list.push(order)
    byAccount.set(order.accountIndex, list)
  }
  return {
    add(tx, refused) {
      const fields = fieldsOf(tx).filter(({ marketIndex }) => core.markets.has(marketIndex))
      const indexes = fields.map(({ marketIndex }) => indexOf(marketIndex))
      const orders = fields.map((of, at) => ({
        ...cancelledOrder(core, { tx, fields: of, refused }),
        orderIndex: indexes[at] ?? 0n,
        ...linksOf(tx, indexes, at),
      }))
      for (const order of orders) remember(order)
      return orders
    },
    ofAccount: (accountIndex) => byAccount.get(accountIndex)?.newest() ?? [],
  }
}

function fieldsOf(tx: DecodedTransaction): readonly OrderFields<bigint>[] {
  if (tx.kind === 'createOrder') return [tx]
  return tx.kind === 'createGroupedOrders' ? tx.orders : []
}

/** How the orders of a group hang together (PROTOCOL.md section 5.5); a child ends as its parent's child. */
function linksOf(tx: DecodedTransaction, indexes: readonly bigint[], at: number) {
  if (tx.kind !== 'createGroupedOrders') return {}
  const hasParent = tx.groupingType !== GROUPING_TYPE.oco
  const [parent = 0n] = indexes
  const children = hasParent ? indexes.slice(1) : indexes
  if (hasParent && at === 0) return { toTriggerOrderIndexes: children }
  const own = indexes[at]
  return {
    ...(hasParent ? { parentOrderIndex: parent, status: 'canceled-child' as const } : {}),
    toCancelOrderIndex: children.find((index) => index !== own) ?? 0n,
  }
}

interface Cancelled {
  readonly tx: DecodedTransaction
  readonly fields: OrderFields<bigint>
  readonly refused: Refused
}

function cancelledOrder(
  core: SimCore,
  { tx, fields, refused }: Cancelled,
): Omit<SimOrder, 'orderIndex'> {
  const { executedAtMs: atMs, error } = refused
  return {
    ...unfilledOrder(fields),
    accountIndex: tx.accountIndex,
    marketIndex: fields.marketIndex,
    status: STATUS_OF_CODE[error.code] ?? 'canceled',
    selfTradeBehavior: tx.attributes?.selfTradeBehaviorMode ?? 0,
    selfTradeEquality: tx.attributes?.selfTradeEqualityMode ?? 0,
    bookNonce: core.markets.get(fields.marketIndex)?.bookNonce ?? 0n,
    createdMs: atMs,
    updatedMs: atMs,
    transactionTimeUs: refused.transactionTimeUs,
    height: core.height(),
    txHash: refused.hash,
  }
}
