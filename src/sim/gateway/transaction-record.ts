/**
 * What the venue remembers of an accepted transaction, and how it writes it (PROTOCOL.md section 2.1, `tx`).
 * @module
 */
import {
  ORDER_STATUSES,
  TRIGGER_STATUSES,
  type SimOrder,
  type SimTrade,
  type TransactionResult,
  type VenueError,
} from '../core/core-model.ts'
import { toWireJson, type WireObject } from './wire-json.ts'

/** Statuses of `tx`; executed ones show 3 as observed on testnet, not 2 (PROTOCOL.md section 2.1). */
export const TX_STATUS = { failed: 0, pending: 1, executed: 3 } as const

export interface TransactionRecord {
  readonly hash: string
  readonly txType: number
  /** The tx_info text as it was sent. */
  readonly info: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly l1Address: string
  readonly nonce: bigint
  readonly expireAtMs: number
  readonly queuedAtMs: number
  /** Monotonic times of the two steps, for what lags; Infinity until it happened. */
  readonly acceptedMonotonicMs: number
  settledMonotonicMs: number
  status: number
  eventInfo: string
  blockHeight: number
  sequenceIndex: number
  executedAtMs: number
  transactionTimeUs: bigint
}

/** A record as `account_tx` and `accountTxs` show it. */
export function transactionJson(record: TransactionRecord): WireObject {
  return {
    hash: record.hash,
    type: record.txType,
    info: record.info,
    event_info: record.eventInfo,
    status: record.status,
    transaction_index: 0,
    l1_address: record.l1Address,
    account_index: record.accountIndex,
    nonce: record.nonce,
    expire_at: record.expireAtMs,
    block_height: record.blockHeight,
    queued_at: Math.trunc(record.queuedAtMs),
    executed_at: Math.trunc(record.executedAtMs),
    sequence_index: record.sequenceIndex,
    parent_hash: '',
    api_key_index: record.apiKeyIndex,
    transaction_time: record.transactionTimeUs,
  }
}

/**
 * `event_info` of a transaction that the sequencer has handled, as JSON text (PROTOCOL.md section 2.1, tx). The shapes
 * of orders, executions, cancels and modifications are documented; every other kind tells only its error, `ae`.
 */
export function eventInfoOf(result: TransactionResult): string {
  const ae = errorText(result.error)
  return toWireJson({ ...EVENTS[result.kind]?.(result), ae })
}

/** What an event tells beside its error, by the kinds whose shape is documented. */
const EVENTS: Partial<
  Readonly<Record<TransactionResult['kind'], (result: TransactionResult) => WireObject>>
> = {
  cancelOrder: cancelEvent,
  modifyOrder: modifyEvent,
  createOrder: executionEvent,
  createGroupedOrders: executionEvent,
}

function cancelEvent({ accountIndex, orders: [order] }: TransactionResult): WireObject {
  return { a: accountIndex, i: order?.orderIndex ?? 0, u: order?.clientOrderIndex ?? 0 }
}

function modifyEvent({ orders: [order], previousOrder }: TransactionResult): WireObject {
  return {
    m: order?.marketIndex ?? previousOrder?.marketIndex ?? 0,
    oo: orderEventJson(previousOrder ?? order),
    no: orderEventJson(order),
  }
}

/** The group's first order stands for it; the trade is the last one, `mo` the order it met. */
function executionEvent({ orders: [order], trades, lastMaker }: TransactionResult): WireObject {
  if (order === undefined) return {}
  return {
    m: order.marketIndex,
    t: tradeEventJson(trades.at(-1)),
    mo: orderEventJson(lastMaker),
    to: orderEventJson(order),
  }
}

/** `ae`: empty when all is well, else the error as JSON text. */
export function errorText(error: VenueError | undefined): string {
  return error === undefined ? '' : toWireJson({ code: error.code, message: error.message })
}

function tradeEventJson(trade: SimTrade | undefined): WireObject {
  if (trade === undefined) return { p: 0, s: 0, tf: 0, mf: 0 }
  const [maker, taker] = trade.isMakerAsk ? [trade.ask, trade.bid] : [trade.bid, trade.ask]
  return { p: trade.priceTicks, s: trade.sizeTicks, tf: taker.feeTick, mf: maker.feeTick }
}

function orderEventJson(order: SimOrder | undefined): WireObject {
  if (order === undefined) return {}
  const [trigger0 = 0n, trigger1 = 0n] = order.toTriggerOrderIndexes
  return {
    i: order.orderIndex,
    u: order.clientOrderIndex,
    a: order.accountIndex,
    is: order.baseTicks,
    p: order.priceTicks,
    rs: order.remainingTicks,
    ia: order.isAsk ? 1 : 0,
    ot: order.type,
    f: order.timeInForce,
    ro: order.reduceOnly ? 1 : 0,
    tp: order.triggerTicks,
    e: order.expiryMs,
    st: ORDER_STATUSES.indexOf(order.status),
    ts: TRIGGER_STATUSES.indexOf(order.triggerStatus),
    t0: trigger0,
    t1: trigger1,
    c0: order.toCancelOrderIndex,
  }
}
