/**
 * Transactions that move an account's money or its risk: leverage, isolated margin, transfers, withdrawals
 * (PROTOCOL 5.6). Keys, sub-accounts and modes are in `account-setup.ts`.
 * Each has one check, used by the API server and by the sequencer alike.
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import { TREASURY_ACCOUNT_INDEX } from './account-model.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState, MarketState } from './core-state.ts'
import { accountOf, marketOf, positionOf } from './core-state.ts'
import {
  crossRisk,
  isRiskChangeAllowed,
  isolatedRemovableE12,
  isolatedRisk,
  withdrawableE12,
} from './margin.ts'
import { transferFeeMicros } from './transfer-fee.ts'
import { E12_PER_MICRO } from './units.ts'
import { refusal } from './venue-errors.ts'

type TxOf<K extends DecodedTransaction['kind']> = Extract<DecodedTransaction, { kind: K }>

const USDC = 3
const PERPS_ROUTE = 0
const ONE_USDC = 1_000_000n

/** Whether leverage and margin mode may change to what is asked. */
export function checkLeverage(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateLeverage'>,
): VenueError | undefined {
  const market = state.markets.get(tx.marketIndex)
  if (market === undefined) return refusal('invalidMarketIndex')
  if (market.status !== 'active') return refusal('invalidMarketStatus')
  const imf = tx.initialMarginFraction
  if (!Number.isSafeInteger(imf) || imf > 10_000 || imf < market.minImf)
    return refusal('invalidImf')
  const isKnownMode = tx.marginMode === 0 || tx.marginMode === 1
  if (!isKnownMode || (market.marketMarginMode === 1 && tx.marginMode !== 1)) {
    return refusal('invalidMarginMode')
  }
  return checkLeverageOnPosition(state, { account, market }, tx)
}

/** Sets leverage and margin mode of a market. */
export function applyLeverage(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateLeverage'>,
): void {
  const position = positionOf(account, marketOf(state, tx.marketIndex))
  position.initialMarginFraction = tx.initialMarginFraction
  position.marginMode = tx.marginMode
  state.changes.position(account, position)
  state.changes.account(account)
}

/** Whether margin may move between cross collateral and an isolated position. */
export function checkMarginMove(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateMargin'>,
): VenueError | undefined {
  const market = state.markets.get(tx.marketIndex)
  if (market === undefined) return refusal('invalidMarketIndex')
  if (tx.direction !== 0 && tx.direction !== 1) return refusal('invalidMarginDirection')
  const position = account.positions.get(tx.marketIndex)
  if (position === undefined || position.sizeTicks === 0n) return refusal('noPosition')
  if (position.marginMode !== 1) return refusal('invalidMarginMode')
  const amountE12 = tx.usdcAmount * E12_PER_MICRO
  if (amountE12 <= 0n) return refusal('notEnoughCollateral')
  if (tx.direction === 1) {
    const freeE12 = withdrawableE12(state.markets, account)
    return amountE12 <= freeE12 ? undefined : refusal('notEnoughCollateral')
  }
  const isCovered = amountE12 <= isolatedRemovableE12(market, position)
  return isCovered ? undefined : refusal('invalidRiskChange')
}

/** Moves isolated margin. */
export function applyMarginMove(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateMargin'>,
): void {
  const position = positionOf(account, marketOf(state, tx.marketIndex))
  const amountE12 = tx.usdcAmount * E12_PER_MICRO * (tx.direction === 1 ? 1n : -1n)
  position.allocatedMarginE12 += amountE12
  account.collateralE12 -= amountE12
  state.changes.position(account, position)
  state.changes.account(account)
}

/**
 * Whether collateral may go to another account (PROTOCOL 5.6); the Ethereum signature is the gateway's to check.
 * There is no spot wallet, so only route 0 exists. Choices where PROTOCOL is silent: a fee below `transferFeeInfo`'s
 * is 21134, and the exchange's own accounts take no transfers (21106).
 */
export function checkTransfer(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'transfer'>,
): VenueError | undefined {
  const receiver = state.accounts.get(tx.toAccountIndex)
  if (receiver === undefined || receiver === account || receiver.isHouse) {
    return refusal('invalidToAccount')
  }
  if (tx.assetIndex !== USDC) return refusal('onlyUsdcTransfer')
  if (tx.fromRouteType !== PERPS_ROUTE || tx.toRouteType !== PERPS_ROUTE) {
    return refusal('invalidRouteType')
  }
  if (tx.amount < ONE_USDC) return refusal('transferTooLow')
  if (tx.usdcFee < transferFeeMicros(account.l1Address, receiver.l1Address)) {
    return refusal('invalidFee')
  }
  const neededE12 = (tx.amount + tx.usdcFee) * E12_PER_MICRO
  const freeE12 = withdrawableE12(state.markets, account)
  return neededE12 <= freeE12 ? undefined : refusal('notEnoughCollateral')
}

/** Moves collateral to another account; the fee goes to the treasury. */
export function applyTransfer(state: CoreState, account: AccountState, tx: TxOf<'transfer'>): void {
  const receiver = accountOf(state, tx.toAccountIndex)
  account.collateralE12 -= (tx.amount + tx.usdcFee) * E12_PER_MICRO
  receiver.collateralE12 += tx.amount * E12_PER_MICRO
  accountOf(state, TREASURY_ACCOUNT_INDEX).collateralE12 += tx.usdcFee * E12_PER_MICRO
  state.changes.account(account)
  state.changes.account(receiver)
}

/** Whether collateral may leave the exchange. */
export function checkWithdraw(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'withdraw'>,
): VenueError | undefined {
  if (tx.assetIndex !== USDC) return refusal('onlyUsdcTransfer')
  if (tx.routeType !== PERPS_ROUTE) return refusal('invalidRouteType')
  if (tx.amount < ONE_USDC) return refusal('withdrawalTooLow')
  const freeE12 = withdrawableE12(state.markets, account)
  return tx.amount * E12_PER_MICRO <= freeE12 ? undefined : refusal('notEnoughCollateral')
}

/** Takes collateral out of the exchange. */
export function applyWithdraw(state: CoreState, account: AccountState, tx: TxOf<'withdraw'>): void {
  account.collateralE12 -= tx.amount * E12_PER_MICRO
  state.changes.account(account)
}

interface Held {
  readonly account: AccountState
  readonly market: MarketState
}

/** With a position or orders the mode is fixed, and the new requirement must be covered. */
function checkLeverageOnPosition(
  state: CoreState,
  { account, market }: Held,
  tx: TxOf<'updateLeverage'>,
): VenueError | undefined {
  const position = account.positions.get(market.marketIndex)
  if (position === undefined) return undefined
  const hasOrders = position.openOrderCount + position.pendingOrderCount > 0
  const isInUse = position.sizeTicks !== 0n || hasOrders
  if (isInUse && position.marginMode !== tx.marginMode) return refusal('marginModeInUse')
  if (position.sizeTicks === 0n) return undefined
  const changed = { ...position, initialMarginFraction: tx.initialMarginFraction }
  const isAllowed =
    position.marginMode === 1
      ? isRiskChangeAllowed(isolatedRisk(market, position), isolatedRisk(market, changed))
      : isRiskChangeAllowed(
          crossRisk(state.markets, account),
          crossRisk(state.markets, account, {
            marketIndex: market.marketIndex,
            position: changed,
            collateralE12: account.collateralE12,
          }),
        )
  return isAllowed ? undefined : refusal('invalidRiskChange')
}
