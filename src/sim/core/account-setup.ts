/**
 * Transactions that set an account up: keys, sub-accounts, trading mode, margin mode of its assets (PROTOCOL 5.6,
 * 11.7, 12.1). Each has one check, used by the API server and by the sequencer alike.
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import { openAccount, storeKey } from './account-book.ts'
import { ACCOUNT_TYPE } from './account-model.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState } from './core-state.ts'
import { TIER_LIMITS } from './tier-limits.ts'
import { refusal } from './venue-errors.ts'

type TxOf<K extends DecodedTransaction['kind']> = Extract<DecodedTransaction, { kind: K }>

const USDC = 3
/** Asset indices are 1 to 62 (CRYPTO.md section 10). */
const MAX_ASSET_INDEX = 62

/**
 * Whether a key may be stored (PROTOCOL 12.1); both signatures are the gateway's to check. Slots 0 to 3 are taken as
 * well: the exchange's own apps register theirs with the same transaction (PROTOCOL 11.7).
 */
export function checkKeyChange(
  _state: CoreState,
  account: AccountState,
  tx: TxOf<'changePubKey'>,
): VenueError | undefined {
  if (tx.apiKeyIndex < 0 || tx.apiKeyIndex > 254) return refusal('invalidApiKeyIndex')
  return account.collateralE12 > 0n ? undefined : refusal('zeroCollateral')
}

/** Stores the new public key in the transaction's slot; all zeros revoke it (PROTOCOL 12.1). */
export function applyKeyChange(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'changePubKey'>,
): void {
  storeKey(state, account, { apiKeyIndex: tx.apiKeyIndex, publicKeyHex: tx.pubKey })
}

/** Whether the owner may open one more sub-account: only from the master, as many as the tier allows (PROTOCOL 11.1). */
export function checkSubAccount(state: CoreState, account: AccountState): VenueError | undefined {
  if (account.accountType !== ACCOUNT_TYPE.master) return refusal('invalidMasterAccount')
  const owned = state.owners.get(account.l1Address)?.length ?? 1
  return owned - 1 < TIER_LIMITS[account.tier].maxSubAccounts
    ? undefined
    : refusal('tooManySubAccounts')
}

/** Opens an empty sub-account without keys (PROTOCOL 5.6, 11.7). */
export function applySubAccount(state: CoreState, account: AccountState): void {
  openAccount(state, { l1Address: account.l1Address, accountType: ACCOUNT_TYPE.sub })
}

/** Whether a trading mode exists; another is 21501, for which PROTOCOL names no code (PROTOCOL 5.2 tx 41). */
export function checkTradingMode(
  _state: CoreState,
  _account: AccountState,
  tx: TxOf<'updateAccountConfig'>,
): VenueError | undefined {
  return isSwitch(tx.accountTradingMode) ? undefined : refusal('invalidTxInfo')
}

/**
 * Sets the trading mode. Unified means that spot and perpetuals share one collateral (PROTOCOL 11.7); only USDC on
 * perpetuals exists here, so the money is the same in both modes.
 */
export function applyTradingMode(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateAccountConfig'>,
): void {
  account.tradingMode = tx.accountTradingMode
  state.changes.account(account)
}

/** Whether an asset's margin mode may be set: USDC is the only asset here (PROTOCOL 5.2 tx 42). */
export function checkAssetConfig(
  _state: CoreState,
  _account: AccountState,
  tx: TxOf<'updateAccountAssetConfig'>,
): VenueError | undefined {
  if (tx.assetIndex < 1 || tx.assetIndex > MAX_ASSET_INDEX) return refusal('invalidAssetIndex')
  if (tx.assetIndex !== USDC) return refusal('assetDoesNotExist')
  return isSwitch(tx.assetMarginMode) ? undefined : refusal('invalidAssetMarginMode')
}

/**
 * Sets whether USDC counts as margin, as `assets[].margin_mode` shows it (PROTOCOL 3). It speaks of spot balances;
 * there are none here, so no figure changes.
 */
export function applyAssetConfig(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'updateAccountAssetConfig'>,
): void {
  account.usdcMarginMode = tx.assetMarginMode
  state.changes.account(account)
}

function isSwitch(value: number): boolean {
  return value === 0 || value === 1
}
