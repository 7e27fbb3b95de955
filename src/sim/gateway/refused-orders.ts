/**
 * Orders that a planned fault let the sequencer refuse after they had been accepted. The core never saw them; the
 * venue still shows them as cancelled (PROTOCOL.md section 6).
 * @module
 */
import type { OrderStatus, SimCore, SimOrder, VenueError } from '../core/core-model.ts'
import type { ReceivedTransaction } from './received-transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'

const MAX_PER_ACCOUNT = 1_000
/** Order numbers of refused orders start far above those of the core's own counter. */
const FIRST_NUMBER = 1n << 47n

export interface RefusedOrders {
  /** The cancelled order of a refused transaction; undefined when it was no order. */
  add(
    received: ReceivedTransaction,
    record: TransactionRecord,
    error: VenueError,
  ): SimOrder | undefined
  /** Newest first. */
  ofAccount(accountIndex: number): readonly SimOrder[]
}

const STATUS_OF_CODE: Readonly<Record<number, OrderStatus>> = {
  21732: 'canceled-reduce-only',
  21738: 'canceled-reduce-only',
  21733: 'canceled-too-much-slippage',
  21734: 'canceled-too-much-slippage',
  21739: 'canceled-margin-not-allowed',
}

/** Creates an empty list. */
export function createRefusedOrders(core: SimCore): RefusedOrders {
  const byAccount = new Map<number, SimOrder[]>()
  let next = FIRST_NUMBER
  return {
    add({ tx }, record, error) {
      if (tx.kind !== 'createOrder') return undefined
      const atMs = record.executedAtMs
      const order: SimOrder = {
        orderIndex: (BigInt(tx.marketIndex + 1) << 48n) + next++,
        clientOrderIndex: tx.clientOrderIndex,
        accountIndex: tx.accountIndex,
        marketIndex: tx.marketIndex,
        isAsk: tx.isAsk === 1,
        type: tx.type,
        timeInForce: tx.timeInForce,
        baseTicks: tx.baseAmount,
        remainingTicks: tx.baseAmount,
        filledTicks: 0n,
        filledQuoteMicros: 0n,
        priceTicks: BigInt(tx.price),
        triggerTicks: BigInt(tx.triggerPrice),
        reduceOnly: tx.reduceOnly === 1,
        isPositionTied: tx.baseAmount === 0n,
        expiryMs: Number(tx.orderExpiry),
        status: STATUS_OF_CODE[error.code] ?? 'canceled',
        triggerStatus: 'na',
        triggerTimeMs: 0,
        parentOrderIndex: 0n,
        toTriggerOrderIndexes: [],
        toCancelOrderIndex: 0n,
        selfTradeBehavior: tx.attributes?.selfTradeBehaviorMode ?? 0,
        selfTradeEquality: tx.attributes?.selfTradeEqualityMode ?? 0,
        bookNonce: core.markets.get(tx.marketIndex)?.bookNonce ?? 0n,
        createdMs: atMs,
        updatedMs: atMs,
        transactionTimeUs: record.transactionTimeUs,
        height: core.height(),
        txHash: record.hash,
      }
      const list = byAccount.get(tx.accountIndex) ?? []
      list.unshift(order)
      if (list.length > MAX_PER_ACCOUNT) list.pop()
      byAccount.set(tx.accountIndex, list)
      return order
    },
    ofAccount: (accountIndex) => byAccount.get(accountIndex) ?? [],
  }
}
