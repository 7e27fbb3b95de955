/**
 * One entry for each kind of transaction: what the API server checks before it accepts it, and what the sequencer
 * does with it (PROTOCOL 5.1, 11.3).
 * @module
 */
import type { DecodedTransaction, TxKind } from '../../lighter/signer/transactions.ts'
import {
  checkLeverage,
  checkMarginMove,
  checkTransfer,
  checkWithdraw,
  applyLeverage,
  applyMarginMove,
  applyTransfer,
  applyWithdraw,
} from './account-execution.ts'
import {
  checkAssetConfig,
  checkKeyChange,
  checkSubAccount,
  checkTradingMode,
  applyAssetConfig,
  applyKeyChange,
  applySubAccount,
  applyTradingMode,
} from './account-setup.ts'
import { checkCancelAll, executeCancelAll } from './cancel-all.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState } from './core-state.ts'
import { marketOf } from './core-state.ts'
import { checkApproval, checkAttributes, checkIntegratorFees, applyApproval } from './integrator.ts'
import {
  apiRefusal,
  checkDeadMansSwitch,
  checkLiquidation,
  checkMargin,
  checkPriceBand,
  sequencerRefusal,
} from './order-admission.ts'
import type { Outcome } from './order-execution.ts'
import {
  checkModify,
  executeCancel,
  executeCreate,
  executeGroup,
  executeModify,
  failed,
  findLive,
} from './order-execution.ts'
import { refusal } from './venue-errors.ts'

type TxOf<K extends TxKind> = Extract<DecodedTransaction, { kind: K }>

interface Entry<K extends TxKind> {
  check(state: CoreState, account: AccountState, tx: TxOf<K>): VenueError | undefined
  execute(state: CoreState, account: AccountState, tx: TxOf<K>): Outcome
}

const TABLE: { readonly [K in TxKind]: Entry<K> } = {
  createOrder: { check: checkCreate, execute: executeCreate },
  createGroupedOrders: { check: checkCreate, execute: executeGroup },
  cancelOrder: { check: checkCancel, execute: executeCancel },
  cancelAllOrders: {
    check: (state, _account, tx) => checkCancelAll(state, tx),
    execute: executeCancelAll,
  },
  modifyOrder: { check: checkModification, execute: executeModify },
  updateLeverage: rechecked(checkLeverage, applyLeverage),
  updateMargin: rechecked(checkMarginMove, applyMarginMove),
  transfer: rechecked(checkTransfer, applyTransfer),
  withdraw: rechecked(checkWithdraw, applyWithdraw),
  changePubKey: rechecked(checkKeyChange, applyKeyChange),
  createSubAccount: rechecked(checkSubAccount, applySubAccount),
  updateAccountConfig: rechecked(checkTradingMode, applyTradingMode),
  updateAccountAssetConfig: rechecked(checkAssetConfig, applyAssetConfig),
  approveIntegrator: rechecked(checkApproval, applyApproval),
}

/** Of a kind that makes neither orders nor trades: the sequencer judges it again by the API server's own check. */
function rechecked<K extends TxKind>(
  check: Entry<K>['check'],
  apply: (state: CoreState, account: AccountState, tx: TxOf<K>) => void,
): Entry<K> {
  return {
    check,
    execute(state, account, tx) {
      const error = check(state, account, tx)
      if (error !== undefined) return failed(error)
      apply(state, account, tx)
      return { orders: [], trades: [] }
    },
  }
}

/** What the API server answers to a transaction; undefined when it accepts. */
export function checkTransaction<K extends TxKind>(
  state: CoreState,
  account: AccountState,
  tx: TxOf<K> & { readonly kind: K },
): VenueError | undefined {
  return checkAttributes(tx.attributes) ?? entryOf<K>(tx.kind).check(state, account, tx)
}

/** What the sequencer does with a transaction. */
export function executeTransaction<K extends TxKind>(
  state: CoreState,
  account: AccountState,
  tx: TxOf<K> & { readonly kind: K },
): Outcome {
  return entryOf<K>(tx.kind).execute(state, account, tx)
}

function entryOf<K extends TxKind>(kind: K): Entry<K> {
  return TABLE[kind]
}

function checkCreate(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'createOrder' | 'createGroupedOrders'>,
): VenueError | undefined {
  const error = sequencerRefusal(state, account, tx)
  if (error !== undefined) return error
  const marketIndex = tx.kind === 'createOrder' ? tx.marketIndex : tx.orders[0]?.marketIndex
  const market = marketOf(state, marketIndex ?? -1)
  return apiRefusal(state, { account, market, nowMs: state.nowMs }, tx)
}

function checkCancel(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'cancelOrder'>,
): VenueError | undefined {
  const market = state.markets.get(tx.marketIndex)
  if (market === undefined) return refusal('invalidMarketIndex')
  if (tx.index <= 0n) return refusal('invalidOrderIndex')
  if (findLive(account, tx) === undefined) return refusal('inactiveCancel')
  return checkLiquidation(state, { account, market })
}

function checkModification(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'modifyOrder'>,
): VenueError | undefined {
  const market = state.markets.get(tx.marketIndex)
  if (market === undefined) return refusal('invalidMarketIndex')
  const order = findLive(account, tx)
  if (order === undefined) return refusal('inactiveOrder')
  const remaining = tx.baseAmount - order.filledTicks
  const asNew = {
    type: order.type,
    timeInForce: order.timeInForce,
    isAsk: order.isAsk ? 1 : 0,
    reduceOnly: order.reduceOnly ? 1 : 0,
    price: tx.price,
    triggerPrice: tx.triggerPrice,
    baseAmount: remaining > 0n ? remaining : 0n,
  }
  return (
    checkDeadMansSwitch({ account, nowMs: state.nowMs }) ??
    checkIntegratorFees(account, tx.attributes, state.nowMs) ??
    checkModify({ market, order }, tx) ??
    checkLiquidation(state, { account, market }) ??
    checkPriceBand(state, market, asNew) ??
    checkMargin(state, { account, market, nowMs: state.nowMs }, asNew)
  )
}
