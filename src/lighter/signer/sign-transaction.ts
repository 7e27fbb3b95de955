/**
 * Check, hash, sign, write: the one path by which a transaction gets its signature.
 * Internal to this folder: callers use `createSigner` or `privileged.ts`.
 * @module
 */
import { loadKernel } from './kernel-loader.ts'
import { assertRanges } from './ranges.ts'
import { type ChooseK, signDigest } from './schnorr.ts'
import { hashIntoDigest } from './tx-hash.ts'
import { encodeTxInfo } from './tx-info.ts'
import { type SignedTransaction, type Transaction, TX_TYPE } from './transactions.ts'

/** The key in use: 40 bytes, which chain, and where each k comes from. */
export interface SigningKey {
  readonly privateKey: Uint8Array
  readonly chainId: number
  readonly chooseK: ChooseK
}

/**
 * Signs one complete transaction.
 * @throws HedgebotError kind `refused` when a field is out of range (CRYPTO.md section 10)
 */
export function signTransaction(key: SigningKey, tx: Transaction): SignedTransaction {
  assertRanges(tx)
  const kernel = loadKernel()
  hashIntoDigest(kernel, { chainId: key.chainId, tx })
  const txHash = Buffer.from(kernel.digestBytes).toString('hex')
  const signature = signDigest(kernel, key.privateKey, key.chooseK)
  return { txType: TX_TYPE[tx.kind], txInfo: encodeTxInfo(tx, signature), txHash }
}
