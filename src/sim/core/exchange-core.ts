/**
 * The simulated exchange as one object: every change is an operation that matches, fires, liquidates and only then
 * tells its listeners.
 * @module
 */
import { assert } from '../../errors.ts'
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import {
  changeFees,
  changeTier,
  moveCollateral,
  openAccount,
  storeKey,
  storeNonce,
} from './account-book.ts'
import { ACCOUNT_TYPE, LLP_ACCOUNT_INDEX, TREASURY_ACCOUNT_INDEX } from './account-model.ts'
import { createChanges } from './changes.ts'
import type { CoreEvent, SimCore, TransactionResult, VenueError } from './core-model.ts'
import type { CoreSettings, CoreState } from './core-state.ts'
import { accountOf, marketOf } from './core-state.ts'
import { createExpiryQueue } from './expiry-queue.ts'
import { runFunding } from './funding.ts'
import { acknowledge, optionalResults, orderBefore } from './execution-record.ts'
import { settleHealthRecorded } from './liquidation-record.ts'
import { createMarket } from './market-book.ts'
import type { MarketSpec } from './market-list.ts'
import { MARKET_SPECS } from './market-list.ts'
import { fireDeadMansSwitches } from './cancel-all.ts'
import { endOrder } from './order-life.ts'
import { createMoneyBook, recordDeposit, recordTransaction } from './money-log.ts'
import { createPnlHistory, samplePnl } from './pnl-history.ts'
import { applyQuotes } from './quoting.ts'
import { createCoreViews } from './core-views.ts'
import { checkTransaction, executeTransaction } from './transaction-table.ts'
import { collectTriggered, fireDueOrders } from './triggers.ts'
import { refusal } from './venue-errors.ts'

/** Index of the account whose quotes keep the books alive. */
export const HOUSE_ACCOUNT_INDEX = 2

/** What a simulated exchange is made with. */
export interface SimCoreOptions {
  /** Wall clock at the start, milliseconds since 1970. */
  readonly startMs: number
  /** Default: ETH, BTC, SOL. */
  readonly markets?: readonly MarketSpec[]
  /** Collateral of pool and house, millionths of a USDC; default one trillion USDC. */
  readonly houseCollateralMicros?: bigint
  /** Default 500 (5 %). */
  readonly priceBandFraction?: number
  /** Default 1000 (10 %): the venue's threshold is not published. */
  readonly triggerBandFraction?: number
}

const HOUSE_ADDRESS = '0x0000000000000000000000000000000000000000'

/** Creates an exchange with its markets and its own accounts: treasury, house and liquidity pool. */
export function createSimCore(options: SimCoreOptions): SimCore {
  const state = createState(options)
  const listeners = new Set<(event: CoreEvent) => void>()
  let isRunning = false

  /** Runs one change to its end; what it changed is told when the state is consistent again. */
  const operate = <T>(nowMs: number, hash: string, change: () => T): T => {
    assert(!isRunning, 'listeners do not change the exchange')
    isRunning = true
    try {
      begin(state, nowMs, hash)
      const result = change()
      settle(state)
      state.changes.flush(listeners)
      return result
    } finally {
      isRunning = false
    }
  }
  const operateSystem = <T>(nowMs: number, change: () => T): T => operate(nowMs, '', change)

  openHouse(state, options.houseCollateralMicros ?? 10n ** 18n)
  return {
    ...createCoreViews(state),
    ...accountOperations(state, operateSystem),
    admit: (tx, nowMs) => admit(state, tx, nowMs),
    execute: (tx, at) => operate(at.nowMs, at.hash, () => execute(state, tx)),
    setMark: (marketIndex, mark, nowMs) =>
      operateSystem(nowMs, () => {
        const market = marketOf(state, marketIndex)
        assert(mark.markTicks > 0n && mark.indexTicks > 0n, 'mark and index are positive')
        market.markTicks = mark.markTicks
        market.indexTicks = mark.indexTicks
        state.changes.direct({ type: 'mark', marketIndex, timestampMs: nowMs })
        collectTriggered(state, market)
        fireDueOrders(state)
        for (const account of market.holders) settleHealthRecorded(state, account)
      }),
    replaceQuotes: (quotes, nowMs) => operateSystem(nowMs, () => applyQuotes(state, quotes)),
    tick: (nowMs) => operateSystem(nowMs, () => passTime(state)),
    ...noteOperations(state, operateSystem),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

type Operate = <T>(nowMs: number, change: () => T) => T

/** Changes of what is noted only: the sequence, and what an owner has seen. */
function noteOperations(
  state: CoreState,
  operate: Operate,
): Pick<SimCore, 'passOver' | 'acknowledge'> {
  return {
    passOver: (nowMs) =>
      operate(nowMs, () => {
        state.sequenceIndex += 1
        const { sequenceIndex, height, timeUs: transactionTimeUs } = state
        return { sequenceIndex, height, transactionTimeUs }
      }),
    acknowledge: (accountIndex, notificationId, nowMs) =>
      operate(nowMs, () => acknowledge(state, accountOf(state, accountIndex), notificationId)),
  }
}

type AccountOperations = Pick<
  SimCore,
  | 'createAccount'
  | 'registerKey'
  | 'setNonce'
  | 'deposit'
  | 'drain'
  | 'setTier'
  | 'setFees'
  | 'setMarket'
>

function accountOperations(state: CoreState, operate: Operate): AccountOperations {
  const move = (accountIndex: number, deltaMicros: bigint, nowMs: number): void =>
    operate(nowMs, () => {
      moveCollateral(state, accountOf(state, accountIndex), deltaMicros)
      recordDeposit(state, accountIndex, deltaMicros)
    })
  return {
    createAccount: (options, nowMs) =>
      operate(nowMs, () => {
        const account = openAccount(state, options)
        recordDeposit(state, account.accountIndex, options.collateralMicros ?? 0n)
        return account
      }),
    registerKey: (accountIndex, apiKeyIndex, publicKeyHex) =>
      operate(state.nowMs, () =>
        storeKey(state, accountOf(state, accountIndex), { apiKeyIndex, publicKeyHex }),
      ),
    setNonce: (accountIndex, apiKeyIndex, nonce) =>
      storeNonce(accountOf(state, accountIndex), apiKeyIndex, nonce),
    deposit: (accountIndex, amountMicros, nowMs) => move(accountIndex, amountMicros, nowMs),
    drain: (accountIndex, amountMicros, nowMs) => move(accountIndex, -amountMicros, nowMs),
    setTier: (l1Address, tier) => operate(state.nowMs, () => changeTier(state, l1Address, tier)),
    setFees: (accountIndex, makerFeeTick, takerFeeTick) =>
      operate(state.nowMs, () => changeFees(state, accountIndex, { makerFeeTick, takerFeeTick })),
    setMarket: (marketIndex, change) =>
      operate(state.nowMs, () => {
        const market = marketOf(state, marketIndex)
        Object.assign(market, change)
        state.changes.direct({ type: 'market', marketIndex })
        collectTriggered(state, market)
      }),
  }
}

function createState(options: SimCoreOptions): CoreState {
  const markets = options.markets ?? MARKET_SPECS
  return {
    settings: readSettings(options),
    markets: new Map(markets.map((spec) => [spec.marketIndex, createMarket(spec)])),
    accounts: new Map(),
    owners: new Map(),
    orders: new Map(),
    expiries: createExpiryQueue(),
    armedAccounts: new Set(),
    money: createMoneyBook(),
    pnl: createPnlHistory(),
    changes: createChanges(),
    dueOrders: [],
    nowMs: options.startMs,
    timeUs: BigInt(options.startMs) * 1000n,
    height: 1,
    sequenceIndex: 0,
    orderSequence: 1,
    tradeId: 1,
    fundingId: 1,
    notificationId: 1,
    lastMinute: 0,
    // 0 is the treasury, 1 and 2 belong to the exchange as well.
    nextMasterIndex: 3,
    nextSubIndex: LLP_ACCOUNT_INDEX - 1,
    txHash: '',
  }
}

function readSettings(options: SimCoreOptions): CoreSettings {
  return {
    priceBandFraction: BigInt(options.priceBandFraction ?? 500),
    triggerBandFraction: BigInt(options.triggerBandFraction ?? 1000),
  }
}

function openHouse(state: CoreState, collateralMicros: bigint): void {
  const l1Address = HOUSE_ADDRESS
  const { master, insuranceFund } = ACCOUNT_TYPE
  openAccount(state, { l1Address, accountIndex: TREASURY_ACCOUNT_INDEX, accountType: master }, true)
  const funded = { l1Address, collateralMicros }
  openAccount(state, { ...funded, accountIndex: HOUSE_ACCOUNT_INDEX, accountType: master }, true)
  openAccount(
    state,
    { ...funded, accountIndex: LLP_ACCOUNT_INDEX, accountType: insuranceFund },
    true,
  )
}

function begin(state: CoreState, nowMs: number, hash: string): void {
  state.nowMs = Math.floor(nowMs)
  const clockUs = BigInt(state.nowMs) * 1000n
  // Transaction times never repeat and never fall, whatever the clock does.
  state.timeUs = clockUs > state.timeUs ? clockUs : state.timeUs + 1n
  state.height += 1
  // Hashes of the exchange's own transactions start with zeros (PROTOCOL 2.1 recentTrades).
  state.txHash = hash === '' ? state.timeUs.toString(16).padStart(80, '0') : hash
}

/** What an operation leads to by itself: fired triggers, then liquidations and what those fire. */
function settle(state: CoreState): void {
  do {
    fireDueOrders(state)
    for (const account of state.changes.touchedAccounts()) {
      account.transactionTimeUs = state.timeUs
      settleHealthRecorded(state, account)
    }
    // A liquidation may have filled somebody's parent order, whose children are due at once.
  } while (state.dueOrders.length > 0)
}

function passTime(state: CoreState): void {
  for (const order of state.expiries.takeDue(state.nowMs)) {
    endOrder(state, order, 'canceled-expired')
  }
  fireDeadMansSwitches(state)
  runFunding(state)
  samplePnl(state)
  for (const market of state.markets.values()) market.dailyWindow.expire(state.nowMs)
}

function admit(state: CoreState, tx: DecodedTransaction, nowMs: number): VenueError | undefined {
  const account = state.accounts.get(tx.accountIndex)
  if (account === undefined) return refusal('accountNotFound')
  state.nowMs = Math.floor(nowMs)
  return checkTransaction(state, account, tx)
}

function execute(state: CoreState, tx: DecodedTransaction): TransactionResult {
  const account = state.accounts.get(tx.accountIndex)
  state.sequenceIndex += 1
  const previousOrder = orderBefore(account, tx)
  const outcome =
    account === undefined
      ? { error: refusal('accountNotFound'), orders: [], trades: [] }
      : executeTransaction(state, account, tx)
  const result: TransactionResult = {
    hash: state.txHash,
    kind: tx.kind,
    accountIndex: tx.accountIndex,
    apiKeyIndex: tx.apiKeyIndex,
    status: outcome.error === undefined ? 'ok' : 'failed',
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    sequenceIndex: state.sequenceIndex,
    height: state.height,
    executedMs: state.nowMs,
    transactionTimeUs: state.timeUs,
    orders: outcome.orders,
    trades: outcome.trades,
    ...optionalResults(state, previousOrder, outcome.trades),
  }
  if (outcome.error === undefined) recordTransaction(state, tx)
  state.changes.direct({ type: 'transaction', result })
  return result
}
