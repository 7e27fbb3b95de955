/**
 * Orders, trades and books as the simulated exchange holds them.
 * @module
 */

import type { OrderFields } from '../../lighter/signer/transactions.ts'

/** Order types that only the exchange itself creates (PROTOCOL 5.4). */
export const INTERNAL_ORDER_TYPE = { twapSlice: 7, liquidation: 8 } as const

/** Statuses in the order of their event numbers 0 to 16 (PROTOCOL 5.4). */
export const ORDER_STATUSES = [
  'in-progress',
  'pending',
  'open',
  'filled',
  'canceled',
  'canceled-post-only',
  'canceled-reduce-only',
  'canceled-position-not-allowed',
  'canceled-margin-not-allowed',
  'canceled-too-much-slippage',
  'canceled-not-enough-liquidity',
  'canceled-self-trade',
  'canceled-expired',
  'canceled-oco',
  'canceled-child',
  'canceled-liquidation',
  'canceled-invalid-balance',
] as const

export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** Trigger statuses in the order of their event numbers. */
export const TRIGGER_STATUSES = ['na', 'ready', 'mark-price', 'twap', 'parent-order'] as const

export type TriggerStatus = (typeof TRIGGER_STATUSES)[number]

/** What an integrator charges for the fills of an order, millionths of the notional (PROTOCOL 5.4, attributes 1 to 3). */
export interface IntegratorFees {
  readonly accountIndex: number
  readonly takerFeeTick: number
  readonly makerFeeTick: number
}

export interface SimOrder {
  readonly orderIndex: bigint
  /** 0n when none was given. */
  readonly clientOrderIndex: bigint
  readonly accountIndex: number
  readonly marketIndex: number
  readonly isAsk: boolean
  /** 0 to 6 as sent, 8 for liquidations (PROTOCOL 5.4). */
  readonly type: number
  /** 0 IOC, 1 GTT, 2 post-only. */
  readonly timeInForce: number
  /** Initial size; 0n while a position-tied order waits. */
  readonly baseTicks: bigint
  readonly remainingTicks: bigint
  readonly filledTicks: bigint
  readonly filledQuoteMicros: bigint
  readonly priceTicks: bigint
  /** 0n without trigger. */
  readonly triggerTicks: bigint
  readonly reduceOnly: boolean
  /** Sent with size 0: sized from the position when it becomes active, dies with the position's sign. */
  readonly isPositionTied: boolean
  /** Milliseconds since 1970, 0 for none. */
  readonly expiryMs: number
  readonly status: OrderStatus
  readonly triggerStatus: TriggerStatus
  readonly triggerTimeMs: number
  /** 0n without one. */
  readonly parentOrderIndex: bigint
  /** Children that this order wakes when it ends. */
  readonly toTriggerOrderIndexes: readonly bigint[]
  /** OCO sibling, 0n without one. */
  readonly toCancelOrderIndex: bigint
  /** 0 expire maker, 1 expire taker, 2 cancel both, 3 reduce. */
  readonly selfTradeBehavior: number
  /** 0 same account, 1 same owner. */
  readonly selfTradeEquality: number
  /** Present when the order came through an integrator. */
  readonly integrator?: IntegratorFees
  readonly bookNonce: bigint
  readonly createdMs: number
  readonly updatedMs: number
  readonly transactionTimeUs: bigint
  readonly height: number
  /** Hash of the transaction that created it; empty for orders of the exchange. */
  readonly txHash: string
}

/** What an integrator was paid for one side of a fill. */
export interface IntegratorCharge {
  readonly accountIndex: number
  /** Millionths of the notional. */
  readonly feeTick: number
  readonly feeE12: bigint
}

/** What an order is by what was sent, before anything has happened to it. */
export function unfilledOrder(fields: Omit<OrderFields<bigint>, 'marketIndex'>) {
  return {
    clientOrderIndex: fields.clientOrderIndex,
    isAsk: fields.isAsk === 1,
    type: fields.type,
    timeInForce: fields.timeInForce,
    baseTicks: fields.baseAmount,
    remainingTicks: fields.baseAmount,
    filledTicks: 0n,
    filledQuoteMicros: 0n,
    priceTicks: BigInt(fields.price),
    triggerTicks: BigInt(fields.triggerPrice),
    reduceOnly: fields.reduceOnly === 1,
    isPositionTied: fields.reduceOnly === 1 && fields.baseAmount === 0n,
    expiryMs: Number(fields.orderExpiry),
    triggerStatus: 'na' as const,
    triggerTimeMs: 0,
    parentOrderIndex: 0n,
    toTriggerOrderIndexes: [],
    toCancelOrderIndex: 0n,
  }
}

export interface TradeSide {
  readonly accountIndex: number
  readonly orderIndex: bigint
  readonly clientOrderIndex: bigint
  /** Millionths of the notional. */
  readonly feeTick: number
  readonly feeE12: bigint
  /** Paid beside the fee; present when the order came through an integrator that charges. */
  readonly integratorCharge?: IntegratorCharge
  /** Signed. */
  readonly sizeBeforeTicks: bigint
  readonly entryQuoteBeforeMicros: bigint
  /** Ten-thousandths, the fraction in force. */
  readonly imfBefore: number
  readonly isSignChanged: boolean
  readonly allocatedMarginBeforeE12: bigint
  readonly allocatedMarginAfterE12: bigint
  readonly realizedPnlMicros: bigint
}

export interface SimTrade {
  readonly tradeId: number
  readonly marketIndex: number
  readonly type: 'trade' | 'liquidation' | 'deleverage'
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly quoteMicros: bigint
  readonly isMakerAsk: boolean
  readonly ask: TradeSide
  readonly bid: TradeSide
  readonly height: number
  readonly timestampMs: number
  readonly transactionTimeUs: bigint
  readonly txHash: string
}

export interface BookLevel {
  readonly priceTicks: bigint
  readonly totalTicks: bigint
  readonly orderCount: number
}

/** Aggregated book, best first on both sides. */
export interface BookView {
  readonly nonce: bigint
  readonly asks: readonly BookLevel[]
  readonly bids: readonly BookLevel[]
}

/** Individual resting orders, best first on both sides, oldest first at a price. */
export interface BookOrders {
  readonly totalAsks: number
  readonly totalBids: number
  readonly asks: readonly SimOrder[]
  readonly bids: readonly SimOrder[]
}

/** One price level that a market maker wants to show. */
export interface Quote {
  readonly priceTicks: bigint
  readonly sizeTicks: bigint
}

export interface QuoteSet {
  readonly accountIndex: number
  readonly marketIndex: number
  readonly asks: readonly Quote[]
  readonly bids: readonly Quote[]
}
