/**
 * What the gateway does when the sequencer is done with a transaction: show the orders of a refused one as cancelled (PROTOCOL.md sections 2.1 and 6).
 * @module
 */
import { decodeTxInfo } from '../../lighter/signer/tx-info.ts'
import type { SimCore, TransactionResult, VenueError } from '../core/core-model.ts'
import type { FrameHub } from './frame-hub.ts'
import type { ReceivedTransaction } from './received-transaction.ts'
import type { RefusedOrders } from './refused-orders.ts'
import type { TransactionRecord } from './transaction-record.ts'
import type { TransactionStore } from './transaction-store.ts'

/** Listeners of the transaction pipeline (PROTOCOL.md section 6). */
export interface TransactionFollower {
  /** A fault let the sequencer refuse what had been accepted. */
  onForcedRefusal(received: ReceivedTransaction, record: TransactionRecord, error: VenueError): void
  /** A record got its final state without the core. */
  onSettled(record: TransactionRecord): void
  close(): void
}

export interface TransactionFollowerOptions {
  readonly core: SimCore
  readonly store: TransactionStore
  readonly hub: FrameHub
  readonly refusedOrders: RefusedOrders
}

/** Starts to follow the core's transactions (PROTOCOL.md section 6). */
export function followTransactions(options: TransactionFollowerOptions): TransactionFollower {
  const { core, hub, refusedOrders } = options
  const close = core.subscribe((event) => {
    if (event.type !== 'transaction' || event.result.status !== 'failed') return
    showRefused(options, event.result)
  })
  return {
    close,
    onForcedRefusal({ tx }, record, error) {
      const orders = refusedOrders.add(tx, { ...record, error })
      for (const order of orders) hub.emit({ type: 'order', order })
      hub.emitTransaction(record.accountIndex, record.hash)
    },
    onSettled: (record) => hub.emitTransaction(record.accountIndex, record.hash),
  }
}

/** The core says only that it refused: what was asked for is in the record. */
function showRefused(
  { store, hub, refusedOrders }: TransactionFollowerOptions,
  result: TransactionResult,
): void {
  const isOrder = result.kind === 'createOrder' || result.kind === 'createGroupedOrders'
  const record = store.get(result.hash)
  if (!isOrder || record === undefined || result.error === undefined) return
  const { tx } = decodeTxInfo(record.txType, record.info)
  const { hash, executedMs: executedAtMs, transactionTimeUs, error } = result
  const orders = refusedOrders.add(tx, { hash, executedAtMs, transactionTimeUs, error })
  for (const order of orders) hub.emit({ type: 'order', order })
}
