/**
 * Signing of what takes money out of an account or lets others charge it. Kept apart so that a test can state that
 * no command imports it.
 * @module
 */
import type { SignerOptions } from './signer.ts'
import { parseSigningKey } from './keys.ts'
import { hedgedK } from './schnorr.ts'
import { signTransaction } from './sign-transaction.ts'
import type {
  ApproveIntegratorBody,
  SignedTransaction,
  TxEnvelope,
  WithdrawBody,
} from './transactions.ts'

/**
 * Signs a withdrawal to the owner's own address.
 * @throws HedgebotError kind `refused` when a field is out of range
 */
export function signWithdraw(
  options: SignerOptions,
  request: WithdrawBody & TxEnvelope,
): SignedTransaction {
  return signPrivileged(options, request)
}

/**
 * Signs an approval that lets an integrator charge fees. The owner's L1 signature is still to be filled in.
 * @throws HedgebotError kind `refused` when a field is out of range
 */
export function signApproveIntegrator(
  options: SignerOptions,
  request: ApproveIntegratorBody & TxEnvelope,
): SignedTransaction {
  return signPrivileged(options, request)
}

function signPrivileged(
  options: SignerOptions,
  request: (WithdrawBody | ApproveIntegratorBody) & TxEnvelope,
): SignedTransaction {
  const { chainId, accountIndex, apiKeyIndex } = options
  const privateKey = parseSigningKey(options.privateKeyHex)
  try {
    const key = { privateKey, chainId, chooseK: hedgedK(options.rng) }
    return signTransaction(key, { ...request, accountIndex, apiKeyIndex })
  } finally {
    privateKey.fill(0)
  }
}
