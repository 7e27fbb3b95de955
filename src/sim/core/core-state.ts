/**
 * The whole state of the simulated exchange as plain mutable records. Only this folder sees it; others get the
 * read-only views of `core-model.ts`.
 * @module
 */
import { assert } from '../../errors.ts'
import type {
  FundingPayment,
  IntegratorApproval,
  SimAccount,
  SimApiKey,
  SimNotification,
  SimPosition,
} from './account-model.ts'
import type { BoundedLog } from './bounded-log.ts'
import type { Changes } from './changes.ts'
import type { ExpiryQueue } from './expiry-queue.ts'
import type { DailyWindow } from './daily-window.ts'
import type { FundingHour, SimMarket } from './market-model.ts'
import type { MoneyBook } from './money-log.ts'
import type { BookSide, PriceLevel } from './order-book.ts'
import type { SimOrder, SimTrade } from './order-model.ts'
import type { PnlHistory } from './pnl-history.ts'
import type { TriggerIndex } from './trigger-index.ts'
import { FIRST_ORDER_INDEX } from './units.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export type PositionState = Mutable<SimPosition>

export interface OrderState extends Mutable<SimOrder> {
  /** Order of creation over all markets. */
  readonly sequence: number
  /** Where it waits: on the book, for its trigger or parent, or nowhere (being matched, or ended). */
  place: 'none' | 'book' | 'pending'
  isInExpiryQueue: boolean
  level: PriceLevel | undefined
  previousInLevel: OrderState | undefined
  nextInLevel: OrderState | undefined
}

export interface MarketState extends Mutable<SimMarket> {
  readonly asks: BookSide
  readonly bids: BookSide
  readonly triggers: TriggerIndex
  /** Accounts with an open position. */
  readonly holders: Set<AccountState>
  readonly tradeLog: BoundedLog<SimTrade>
  readonly fundingLog: BoundedLog<FundingHour>
  readonly dailyWindow: DailyWindow
  nextAskNumber: bigint
  nextBidNumber: bigint
  /** Premium samples of the running hour. */
  premiumSumE6: bigint
  premiumCount: bigint
}

export interface AccountState extends Mutable<SimAccount> {
  readonly positions: Map<number, PositionState>
  readonly apiKeys: Map<number, Mutable<SimApiKey>>
  readonly integrators: Map<number, IntegratorApproval>
  /** Live orders by exchange index, oldest first. */
  readonly liveOrders: Map<bigint, OrderState>
  /** Live, or else latest ended, by client index. */
  readonly clientOrders: Map<bigint, OrderState>
  readonly endedOrders: BoundedLog<OrderState>
  readonly tradeLog: BoundedLog<SimTrade>
  readonly fundingLog: BoundedLog<FundingPayment>
  readonly notificationLog: BoundedLog<SimNotification>
  /** Belongs to the exchange: never liquidated, its orders never expire. */
  readonly isHouse: boolean
}

/** Choices that a person or a test makes once. */
export interface CoreSettings {
  /** Limit prices farther from mark or best than this many ten-thousandths are refused (PROTOCOL 11.3). */
  readonly priceBandFraction: bigint
  /** The same for SL/TP prices against their trigger; the venue's own threshold is not published. */
  readonly triggerBandFraction: bigint
}

export interface CoreState {
  readonly settings: CoreSettings
  readonly markets: Map<number, MarketState>
  readonly accounts: Map<number, AccountState>
  readonly owners: Map<string, AccountState[]>
  /** Live and remembered orders. */
  readonly orders: Map<bigint, OrderState>
  readonly expiries: ExpiryQueue
  /** Dead-man switches that are armed. */
  readonly armedAccounts: Set<AccountState>
  readonly money: MoneyBook
  readonly pnl: PnlHistory
  readonly changes: Changes
  /** Orders whose trigger has fired and that wait for their turn in the matching. */
  readonly dueOrders: OrderState[]
  nowMs: number
  timeUs: bigint
  height: number
  sequenceIndex: number
  orderSequence: number
  tradeId: number
  fundingId: number
  notificationId: number
  lastMinute: number
  nextMasterIndex: number
  nextSubIndex: number
  /** Hash of the running transaction. */
  txHash: string
}

/** The account that must exist. */
export function accountOf(state: CoreState, accountIndex: number): AccountState {
  const account = state.accounts.get(accountIndex)
  assert(account !== undefined, `account ${accountIndex} exists`)
  return account
}

/** The market that must exist. */
export function marketOf(state: CoreState, marketIndex: number): MarketState {
  const market = state.markets.get(marketIndex)
  assert(market !== undefined, `market ${marketIndex} exists`)
  return market
}

/** The account's row of a market, made on first use (PROTOCOL section 3: every market ever touched). */
export function positionOf(account: AccountState, market: MarketState): PositionState {
  const known = account.positions.get(market.marketIndex)
  if (known !== undefined) return known
  const created: PositionState = {
    marketIndex: market.marketIndex,
    sizeTicks: 0n,
    entryQuoteMicros: 0n,
    realizedPnlMicros: 0n,
    initialMarginFraction: 0,
    marginMode: market.marketMarginMode === 1 ? 1 : 0,
    allocatedMarginE12: 0n,
    fundingPaidE12: 0n,
    fundingPrefixE12: market.fundingPrefixE12,
    openOrderCount: 0,
    pendingOrderCount: 0,
    positionTiedOrderCount: 0,
  }
  account.positions.set(market.marketIndex, created)
  return created
}

/** The next order index: asks count up, bids count down within their market (PROTOCOL 5.4). */
export function takeOrderIndex(market: MarketState, isAsk: boolean): bigint {
  const base = FIRST_ORDER_INDEX * BigInt(market.marketIndex + 1)
  if (isAsk) return base + market.nextAskNumber++
  return base + market.nextBidNumber--
}

/** The opposite side of the book: where an order finds its makers. */
export function makersSide(market: MarketState, isAsk: boolean): BookSide {
  return isAsk ? market.bids : market.asks
}

/** The side on which an order rests. */
export function ownSide(market: MarketState, isAsk: boolean): BookSide {
  return isAsk ? market.asks : market.bids
}
