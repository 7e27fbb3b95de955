/**
 * Accounts of the exchange: opening, keys, tiers, money in and out (PROTOCOL 11.7).
 * @module
 */
import { assert } from '../../errors.ts'
import type {
  AccountOptions,
  AccountTier,
  FundingPayment,
  SimAccount,
  SimNotification,
} from './account-model.ts'
import { ACCOUNT_TYPE, LLP_ACCOUNT_INDEX } from './account-model.ts'
import { createBoundedLog } from './bounded-log.ts'
import type { AccountState, CoreState, OrderState } from './core-state.ts'
import type { SimTrade } from './order-model.ts'
import { accountOf } from './core-state.ts'
import { TIER_LIMITS } from './tier-limits.ts'
import { E12_PER_MICRO } from './units.ts'

/** How much of the past is remembered for each account; house accounts need little. */
const REMEMBERED = { user: 1000, house: 32 }
const FREE = { makerFeeTick: 0, takerFeeTick: 0 }

/** First index that is a sub-account's. */
const FIRST_SUB_INDEX = 2 ** 47

/** Opens an account; `isHouse` marks those of the exchange itself. */
export function openAccount(
  state: CoreState,
  options: AccountOptions,
  isHouse = false,
): AccountState {
  const l1Address = options.l1Address.toLowerCase()
  const siblings = state.owners.get(l1Address) ?? []
  const isFirst = siblings.length === 0
  const accountType = options.accountType ?? (isFirst ? ACCOUNT_TYPE.master : ACCOUNT_TYPE.sub)
  const accountIndex = options.accountIndex ?? nextIndex(state, accountType)
  assert(!state.accounts.has(accountIndex), `account index ${accountIndex} is free`)
  const { tier, tierChangedMs } = tierOf(options, siblings)
  const { makerFeeTick, takerFeeTick } = isHouse ? FREE : TIER_LIMITS[tier]
  const account: AccountState = {
    accountIndex,
    l1Address,
    accountType,
    tier,
    tierChangedMs,
    makerFeeTick,
    takerFeeTick,
    collateralE12: (options.collateralMicros ?? 0n) * E12_PER_MICRO,
    createdMs: state.nowMs,
    transactionTimeUs: state.timeUs,
    isHouse,
    ...emptyRecords(isHouse),
  }
  state.accounts.set(accountIndex, account)
  state.owners.set(l1Address, insertSorted(siblings, account))
  state.changes.account(account)
  return account
}

/** The tier belongs to the owner; a new owner has the one given (PROTOCOL 2.1 changeAccountTier). */
function tierOf({ tier }: AccountOptions, [sibling]: readonly AccountState[]) {
  return {
    tier: tier ?? sibling?.tier ?? 'standard',
    tierChangedMs: sibling?.tierChangedMs ?? 0,
  }
}

function emptyRecords(isHouse: boolean) {
  const remembered = isHouse ? REMEMBERED.house : REMEMBERED.user
  return {
    positions: new Map(),
    apiKeys: new Map(),
    cancelAllTimeMs: 0,
    tradingMode: 0,
    usdcMarginMode: 0,
    integrators: new Map(),
    health: 'healthy',
    totalOrderCount: 0,
    pendingOrderCount: 0,
    volumeMicros: 0n,
    tradeCount: 0,
    liveOrders: new Map(),
    clientOrders: new Map(),
    endedOrders: createBoundedLog<OrderState>(remembered),
    tradeLog: createBoundedLog<SimTrade>(remembered),
    fundingLog: createBoundedLog<FundingPayment>(remembered),
    notificationLog: createBoundedLog<SimNotification>(remembered),
  } as const
}

/** Public key of a slot that has none, or whose key was revoked (PROTOCOL 2.1 apikeys, 12.1). */
export const NO_PUBLIC_KEY = '0'.repeat(80)

/** The key that a slot is signed with, 80 hex digits; undefined when it has none or it was revoked (PROTOCOL 12.1). */
export function registeredKeyOf(
  account: Pick<SimAccount, 'apiKeys'>,
  apiKeyIndex: number,
): string | undefined {
  const publicKeyHex = account.apiKeys.get(apiKeyIndex)?.publicKeyHex
  return publicKeyHex === NO_PUBLIC_KEY ? undefined : publicKeyHex
}

/** Stores a public key; the nonce of the slot goes on counting (PROTOCOL section 6). */
export function storeKey(
  state: CoreState,
  account: AccountState,
  key: { readonly apiKeyIndex: number; readonly publicKeyHex: string },
): void {
  const known = account.apiKeys.get(key.apiKeyIndex)
  account.apiKeys.set(key.apiKeyIndex, {
    ...key,
    nonce: known?.nonce ?? 0n,
    transactionTimeUs: state.timeUs,
  })
  state.changes.account(account)
}

/** Stores the next nonce of a slot; one without a key counts as well: registering a key there uses its nonce. */
export function storeNonce(account: AccountState, apiKeyIndex: number, nonce: bigint): void {
  const slot = account.apiKeys.get(apiKeyIndex)
  if (slot !== undefined) slot.nonce = nonce
  else {
    const publicKeyHex = NO_PUBLIC_KEY
    account.apiKeys.set(apiKeyIndex, { apiKeyIndex, publicKeyHex, nonce, transactionTimeUs: 0n })
  }
}

/** Adds to an account's collateral, or takes from it. */
export function moveCollateral(state: CoreState, account: AccountState, deltaMicros: bigint): void {
  account.collateralE12 += deltaMicros * E12_PER_MICRO
  state.changes.account(account)
}

/** Changes the tier, and with it the fees, of all accounts of an owner. */
export function changeTier(state: CoreState, l1Address: string, tier: AccountTier): void {
  const owned = state.owners.get(l1Address.toLowerCase())
  assert(owned !== undefined, `owner ${l1Address} has accounts`)
  for (const account of owned) {
    account.tier = tier
    account.tierChangedMs = state.nowMs
    account.makerFeeTick = TIER_LIMITS[tier].makerFeeTick
    account.takerFeeTick = TIER_LIMITS[tier].takerFeeTick
    state.changes.account(account)
  }
}

/** Overrides the fees of one account. */
export function changeFees(
  state: CoreState,
  accountIndex: number,
  fees: { readonly makerFeeTick: number; readonly takerFeeTick: number },
): void {
  const account = accountOf(state, accountIndex)
  account.makerFeeTick = fees.makerFeeTick
  account.takerFeeTick = fees.takerFeeTick
  state.changes.account(account)
}

function nextIndex(state: CoreState, accountType: number): number {
  const isMaster = accountType === ACCOUNT_TYPE.master
  let index = isMaster ? state.nextMasterIndex : state.nextSubIndex
  while (state.accounts.has(index)) index += isMaster ? 1 : -1
  assert(isMaster === index < FIRST_SUB_INDEX && index !== LLP_ACCOUNT_INDEX, 'index fits type')
  if (isMaster) state.nextMasterIndex = index + 1
  else state.nextSubIndex = index - 1
  return index
}

/** Master first, then by falling index. */
function insertSorted(siblings: readonly AccountState[], account: AccountState): AccountState[] {
  const isMaster = (entry: AccountState): boolean => entry.accountType === ACCOUNT_TYPE.master
  const compare = (a: AccountState, b: AccountState): number => {
    if (isMaster(a) !== isMaster(b)) return isMaster(a) ? -1 : 1
    return isMaster(a) ? a.accountIndex - b.accountIndex : b.accountIndex - a.accountIndex
  }
  return [...siblings, account].sort(compare)
}
