/**
 * The same SDK with the owners' Ethereum keys: what ethers inside the SDK does not sign is signed by viem, another
 * library, over the text that the Go signer itself asks for, so neither the text nor the signature is of our making.
 * @module
 */
import { accounts, clientOf, mine, READ_LAG_MS, transactions } from './reservoir0x-trader.mjs'
import { requirePackage, sleep, world } from './scenario.mjs'

const { privateKeyToAccount } = requirePackage('viem/accounts')

/** Looked for at the pace of sixty requests a minute. */
const LOOK_AGAIN_MS = 1000
const LOOKS = 10

export const owner = world.owners.find(({ accountIndexes }) =>
  accountIndexes.includes(mine.accountIndex),
)
export const stranger = world.owners.find((one) => one !== owner)
/** Another account of the same owner, and one of another owner. */
export const sibling = world.accounts.find(
  ({ accountIndex }) =>
    accountIndex !== mine.accountIndex && owner.accountIndexes.includes(accountIndex),
)
export const foreignAccount = world.accounts.find(({ accountIndex }) =>
  stranger.accountIndexes.includes(accountIndex),
)

/** Signs a text as `personal_sign` does, with the key of `who`. */
export const byViem =
  ({ ethereumKey }) =>
  (message) =>
    privateKeyToAccount(ethereumKey).signMessage({ message })

export async function nonceOf(apiKeyIndex, { accountIndex } = mine) {
  await sleep(READ_LAG_MS)
  return (await transactions.getNextNonce(accountIndex, apiKeyIndex)).nonce
}

export async function publicKeyAt(apiKeyIndex, { accountIndex } = mine) {
  const { api_keys: found } = await accounts.getApiKeys(accountIndex, apiKeyIndex)
  return found.find((one) => one.api_key_index === apiKeyIndex)?.public_key
}

/** Waits until `look` answers something true. */
export async function eventually(look, what) {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    await sleep(LOOK_AGAIN_MS)
    if (await look()) return
  }
  throw new Error(`waited ${LOOKS} s for ${what}`)
}

/** The signer keeps the key of the last client: what it signs from here on is of this one. */
export async function use(key, account = mine) {
  const made = clientOf(account, { privateKey: key.privateKey, apiKeyIndex: key.apiKeyIndex })
  await made.initialize()
  await made.ensureWasmClient()
  return made
}

/** Sends what the Go signer signed, with an owner's signature. */
export async function sendOwned(type, signed, l1Sig) {
  const info = { ...JSON.parse(signed.txInfo), L1Sig: l1Sig }
  const { tx_hash: hash } = await transactions.sendTx(type, JSON.stringify(info))
  if (hash !== signed.txHash) throw new Error(`hash ${hash}, the signer's own ${signed.txHash}`)
}
