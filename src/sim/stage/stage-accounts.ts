/**
 * Owners and accounts of a stage, with keys made at run time: Ethereum keys for the owners, API keys for the accounts
 * (PROTOCOL.md sections 11.7 and 12.1). They are worth nothing anywhere else, and still show in no text unasked.
 * @module
 */
import { assert } from '../../errors.ts'
import { generateKeyPair } from '../../lighter/signer/keys.ts'
import { ethereumAddressOf, generateEthereumKey } from '../../lighter/signer/l1-signature.ts'
import type { Rng } from '../../ports.ts'
import type { AccountTier, SimCore } from '../core/core-model.ts'

/** API key slot of every account: the first ones belong to the exchange's own apps (PROTOCOL.md section 11.7). */
const STAGE_API_KEY_INDEX = 5

/** Somebody with an Ethereum key who owns accounts (PROTOCOL.md section 12.1). */
export interface StageOwner {
  /** Lower case with 0x; the address of the key. */
  readonly l1Address: string
  /** 64 hex digits with 0x, behind a call so that printing the owner does not show it. */
  revealEthereumKey(): string
}

export interface StageAccount {
  /** `account_1`, `account_2` ... */
  readonly name: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly l1Address: string
  readonly publicKeyHex: string
  /** The key is behind a call, so that printing the account does not show it. */
  revealPrivateKey(): string
}

/** Who plays on a stage. */
export interface StageCast {
  readonly owners: readonly StageOwner[]
  readonly accounts: readonly StageAccount[]
}

export interface StageCastOptions {
  readonly core: SimCore
  readonly rng: Rng
  readonly nowMs: number
  /** Of all owners together, spread evenly. */
  readonly accountCount: number
  readonly ownerCount: number
  readonly tier: AccountTier
  /** Of each account, millionths of a USDC. */
  readonly collateralMicros: bigint
}

/** Opens the accounts: each owner's first is a master, the others are its sub-accounts (PROTOCOL.md 11.7). */
export function createStageCast(options: StageCastOptions): StageCast {
  const { core, rng, nowMs, accountCount, ownerCount, tier, collateralMicros } = options
  assert(accountCount >= 1 && ownerCount >= 1, 'a stage has accounts and owners')
  const length = Math.min(ownerCount, accountCount)
  const owners = Array.from({ length }, () => createOwner(rng))
  const accounts = Array.from({ length: accountCount }, (_, at) => {
    const l1Address = owners[Math.floor((at * length) / accountCount)]?.l1Address ?? ''
    const account = core.createAccount({ l1Address, collateralMicros, tier }, nowMs)
    return equip(core, account.accountIndex, { name: `account_${at + 1}`, l1Address, rng })
  })
  return { owners, accounts }
}

function createOwner(rng: Rng): StageOwner {
  const key = generateEthereumKey(rng)
  return { l1Address: ethereumAddressOf(key), revealEthereumKey: () => key }
}

function equip(
  core: SimCore,
  accountIndex: number,
  of: { readonly name: string; readonly l1Address: string; readonly rng: Rng },
): StageAccount {
  const { privateKeyHex, publicKeyHex } = generateKeyPair(of.rng)
  core.registerKey(accountIndex, STAGE_API_KEY_INDEX, publicKeyHex)
  return {
    name: of.name,
    accountIndex,
    apiKeyIndex: STAGE_API_KEY_INDEX,
    l1Address: of.l1Address,
    publicKeyHex,
    revealPrivateKey: () => privateKeyHex,
  }
}
