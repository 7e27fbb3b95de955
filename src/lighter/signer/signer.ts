/**
 * The signer of one API key. The key lives in a closure and never shows in text (CRYPTO.md sections 5 to 9).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { Rng } from '../../ports.ts'
import { createAuthToken } from './auth-token.ts'
import { parseSigningKey, publicKeyOfBytes } from './keys.ts'
import { hedgedK } from './schnorr.ts'
import { signTransaction } from './sign-transaction.ts'
import type { SignedTransaction, SignRequest, Transaction, TxSender } from './transactions.ts'

/** One API key of one account. */
export interface SignerOptions extends TxSender {
  /** 80 hex digits, with or without `0x`. */
  readonly privateKeyHex: string
  /** One of `CHAIN_ID`. */
  readonly chainId: number
  /** Source of the fresh bytes in every k. */
  readonly rng: Rng
}

/** Signs for one account and API key. */
export interface Signer extends TxSender {
  readonly publicKeyHex: string
  readonly chainId: number
  /**
   * Checks ranges, hashes and signs.
   * @throws HedgebotError kind `refused` when a field is out of range, or code `privileged_transaction`
   */
  sign(request: SignRequest): SignedTransaction
  /** A token for account endpoints, valid until a time in unix seconds (at most 8 hours ahead). */
  authToken(deadlineUnixSeconds: number): string
}

/**
 * Creates the signer of one API key. Withdrawals and integrator approvals are refused here: see `privileged.ts`.
 * @throws HedgebotError kind `signer`, code `private_key_malformed`
 */
export function createSigner(options: SignerOptions): Signer {
  const { chainId, accountIndex, apiKeyIndex } = options
  const privateKey = parseSigningKey(options.privateKeyHex)
  const chooseK = hedgedK(options.rng)
  return Object.freeze({
    publicKeyHex: publicKeyOfBytes(privateKey),
    chainId,
    accountIndex,
    apiKeyIndex,
    sign(request: SignRequest): SignedTransaction {
      const tx: Transaction = { ...request, accountIndex, apiKeyIndex }
      refusePrivileged(tx.kind)
      return signTransaction({ privateKey, chainId, chooseK }, tx)
    },
    authToken(deadlineUnixSeconds: number): string {
      return createAuthToken({
        deadlineUnixSeconds,
        accountIndex,
        apiKeyIndex,
        privateKey,
        chooseK,
      })
    },
  })
}

function refusePrivileged(kind: Transaction['kind']): void {
  if (kind !== 'withdraw' && kind !== 'approveIntegrator') return
  throw new HedgebotError('refused', `${kind} is not signed by a trading signer`, {
    code: 'privileged_transaction',
  })
}
