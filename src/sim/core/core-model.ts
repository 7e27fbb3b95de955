/**
 * What the simulated exchange tells: events, results, figures, and the interface of its core. Types only; the things
 * it holds are in `market-model.ts`, `account-model.ts` and `order-model.ts`. Sizes and prices are integer ticks of
 * their market, quote amounts are millionths of a USDC (`Micros`), collateral and margin are 1e-12 USDC (`E12`),
 * fractions are ten-thousandths, fees millionths of the notional (PROTOCOL sections 4 and 11.4). Objects handed out
 * are live views: read them at once, copy what must last.
 * @module
 */
import type { DecodedTransaction, TxKind } from '../../lighter/signer/transactions.ts'
import type {
  AccountFigures,
  AccountOptions,
  AccountTier,
  FundingPayment,
  PositionFigures,
  SimAccount,
  SimNotification,
  SimPosition,
} from './account-model.ts'
import type { MarketChange, MarkUpdate, SimMarket } from './market-model.ts'
import type { MoneyMove } from './money-log.ts'
import type { BookOrders, BookView, QuoteSet, SimOrder, SimTrade } from './order-model.ts'
import type { PnlSample } from './pnl-history.ts'

export * from './account-model.ts'
export * from './market-model.ts'
export * from './order-model.ts'

/** The venue's refusal: a code and the text that goes with it (PROTOCOL section 10). */
export interface VenueError {
  readonly code: number
  readonly message: string
}

/** What happened to a transaction in the sequencer. */
export interface TransactionResult {
  readonly hash: string
  readonly kind: TxKind
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly status: 'ok' | 'failed'
  /** Present when failed. */
  readonly error?: VenueError
  /** Grows by one with every transaction. */
  readonly sequenceIndex: number
  readonly height: number
  readonly executedMs: number
  readonly transactionTimeUs: bigint
  /** Orders that the transaction created, cancelled or modified. */
  readonly orders: readonly SimOrder[]
  /** Fills in which the transaction's order was the taker. */
  readonly trades: readonly SimTrade[]
  /** A copy of the order before it was modified. */
  readonly previousOrder?: SimOrder
  /** The maker of the last fill, if it is still remembered. */
  readonly lastMaker?: SimOrder
}

/** One change. Events of a transaction come together, after all of it is done, each changed thing once. */
export type CoreEvent =
  | { readonly type: 'order'; readonly order: SimOrder }
  | { readonly type: 'trade'; readonly trade: SimTrade }
  | { readonly type: 'position'; readonly accountIndex: number; readonly position: SimPosition }
  | { readonly type: 'account'; readonly account: SimAccount }
  | {
      readonly type: 'book'
      readonly marketIndex: number
      readonly isAsk: boolean
      readonly priceTicks: bigint
      /** New total at this price, 0n when the level is gone. */
      readonly totalTicks: bigint
      readonly nonce: bigint
    }
  | { readonly type: 'mark'; readonly marketIndex: number; readonly timestampMs: number }
  | { readonly type: 'transaction'; readonly result: TransactionResult }
  | { readonly type: 'notification'; readonly notification: SimNotification }
  | { readonly type: 'funding'; readonly payment: FundingPayment }
  /** Rules or funding figures of a market changed. */
  | { readonly type: 'market'; readonly marketIndex: number }

export interface SimCore {
  /** Grows with every call that changes something. */
  height(): number
  readonly markets: ReadonlyMap<number, SimMarket>
  account(accountIndex: number): SimAccount | undefined
  accounts(): Iterable<SimAccount>
  /** Master first, then by falling index as the venue numbers sub-accounts; empty when unknown. */
  accountsByL1(l1Address: string): readonly SimAccount[]
  accountFigures(accountIndex: number): AccountFigures
  positionFigures(accountIndex: number, marketIndex: number): PositionFigures
  /** A live order, or an ended one that is still remembered. */
  order(orderIndex: bigint): SimOrder | undefined
  /** Live, or else the latest ended one with this client order index. */
  orderByClientIndex(accountIndex: number, clientOrderIndex: bigint): SimOrder | undefined
  /** Resting and untriggered, oldest first. */
  activeOrders(accountIndex: number): readonly SimOrder[]
  /** Ended, newest first, bounded. */
  inactiveOrders(accountIndex: number): readonly SimOrder[]
  /** Newest first, bounded. */
  trades(marketIndex: number, limit: number): readonly SimTrade[]
  /** Newest first, bounded. */
  accountTrades(accountIndex: number, limit: number): readonly SimTrade[]
  /** Newest first, bounded. */
  fundingPayments(accountIndex: number): readonly FundingPayment[]
  /** Newest first, bounded. */
  notifications(accountIndex: number): readonly SimNotification[]
  /** Deposits, withdrawals, transfers; newest first, bounded. */
  moneyMoves(accountIndex: number): readonly MoneyMove[]
  /** Cumulative profit, flows and volume at a moment, to the minute; undefined where nothing is known. */
  pnlAt(accountIndex: number, atMs: number): PnlSample | undefined
  /** Best first; `limit` levels a side, all by default. */
  book(marketIndex: number, limit?: number): BookView
  bookOrders(marketIndex: number, limit: number): BookOrders

  createAccount(options: AccountOptions, nowMs: number): SimAccount
  registerKey(accountIndex: number, apiKeyIndex: number, publicKeyHex: string): void
  /** Stores the next nonce that the gateway expects of a key. */
  setNonce(accountIndex: number, apiKeyIndex: number, nonce: bigint): void
  deposit(accountIndex: number, amountMicros: bigint, nowMs: number): void
  /** Takes collateral away whatever the margin says, so that a test can push an account into liquidation. */
  drain(accountIndex: number, amountMicros: bigint, nowMs: number): void
  /** Changes the tier and the fees of all accounts of the address. */
  setTier(l1Address: string, tier: AccountTier): void
  /** Overrides the fees of one account, millionths of the notional. */
  setFees(accountIndex: number, makerFeeTick: number, takerFeeTick: number): void
  setMarket(marketIndex: number, change: MarketChange): void

  /** The checks that an API server makes before it accepts a transaction; undefined when it would accept. */
  admit(tx: DecodedTransaction, nowMs: number): VenueError | undefined
  /** What the sequencer does with an accepted transaction. Signature, nonce and deadline are the gateway's. */
  execute(
    tx: DecodedTransaction,
    at: { readonly hash: string; readonly nowMs: number },
  ): TransactionResult
  /** A transaction that the sequencer took and refused before it changed anything: its place in the sequence. */
  passOver(nowMs: number): Pick<TransactionResult, 'sequenceIndex' | 'height' | 'transactionTimeUs'>
  /** Notes that the owner has seen a notification; false when there is none of this id (PROTOCOL section 8.3). */
  acknowledge(accountIndex: number, notificationId: string, nowMs: number): boolean
  /** Moves mark and index; fires triggers and liquidations. */
  setMark(marketIndex: number, mark: MarkUpdate, nowMs: number): void
  /** Replaces all resting orders of a market-making account on a market; crossing quotes trade. */
  replaceQuotes(quotes: QuoteSet, nowMs: number): void
  /** Expiry, dead-man switches, funding samples and hours up to now. Call about once a second. */
  tick(nowMs: number): void
  /** Listeners are called after the state is consistent; they must not call back into changes. */
  subscribe(listener: (event: CoreEvent) => void): () => void
}
