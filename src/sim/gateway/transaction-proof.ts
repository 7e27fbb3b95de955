/**
 * What proves that a transaction may be sent: the key's signature, and the owner's Ethereum signature where money or
 * power leaves the owner's hands (PROTOCOL.md sections 5.3, 5.6, 6 and 12.1).
 * @module
 */
import { type L1Transaction, l1Message } from '../../lighter/signer/l1-messages.ts'
import { recoverL1Address } from '../../lighter/signer/l1-signature.ts'
import { hashTransaction } from '../../lighter/signer/tx-hash.ts'
import { verifySignature } from '../../lighter/signer/verify.ts'
import { NO_PUBLIC_KEY, registeredKeyOf } from '../core/account-book.ts'
import type { SimCore } from '../core/core-model.ts'
import type { ReceivedTransaction } from './received-transaction.ts'
import { refusal } from './venue-refusal.ts'

/** A transaction whose signatures hold. */
export interface Proof {
  readonly hash: string
  /** The key it was checked against; the sequencer drops it when the slot has another one by then. */
  readonly publicKeyHex: string
}

/**
 * Checks both signatures. A key change is proven by the new key itself; one that revokes (a zero key) cannot be, so
 * there the owner's signature alone decides (PROTOCOL.md 12.1). The owner of a sub-account is its master's address.
 * @throws VenueRefusal 21120 for the key's signature, 21504 for the owner's
 */
export function proveTransaction(
  { core, chainId }: { readonly core: SimCore; readonly chainId: number },
  received: ReceivedTransaction,
): Proof {
  const { tx, account, signature } = received
  const hash = hashTransaction(chainId, tx)
  const registered = registeredKeyOf(account, tx.apiKeyIndex)
  const publicKeyHex = (tx.kind === 'changePubKey' ? tx.pubKey : registered) ?? NO_PUBLIC_KEY
  const isRevocation = tx.kind === 'changePubKey' && publicKeyHex === NO_PUBLIC_KEY
  const isGenuine = isRevocation
    ? signature.length === 80
    : verifySignature({ publicKeyHex, messageHex: hash, signature, mode: 'reference' })
  if (!isGenuine) throw refusal(21120)
  const signed = ownersTransaction(received, core)
  if (signed !== undefined) {
    const signer = recoverL1Address(l1Message(chainId, signed), received.l1Sig ?? '')
    if (signer !== account.l1Address) throw refusal(21504)
  }
  return { hash, publicKeyHex: registered ?? NO_PUBLIC_KEY }
}

/**
 * The transaction as the owner must have signed it; undefined when the key's signature is enough: transfers and
 * approvals under one owner (PROTOCOL.md 5.4, 5.6), and those to accounts that do not exist, which the exchange
 * refuses anyway.
 */
function ownersTransaction(
  { tx, account }: ReceivedTransaction,
  core: SimCore,
): L1Transaction | undefined {
  if (tx.kind === 'changePubKey') return tx
  if (tx.kind !== 'transfer' && tx.kind !== 'approveIntegrator') return undefined
  const otherIndex = tx.kind === 'transfer' ? tx.toAccountIndex : tx.integratorAccountIndex
  const other = core.account(otherIndex)
  return other === undefined || other.l1Address === account.l1Address ? undefined : tx
}
