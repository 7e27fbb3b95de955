/**
 * Verification of signatures (CRYPTO.md section 5.4), for the simulated exchange and for our own checks.
 * @module
 */
import { loadKernel } from './kernel-loader.ts'
import { hashTransaction } from './tx-hash.ts'
import type { DecodedTxInfo } from './tx-info.ts'

/**
 * `strict` refuses encodings that are not canonical; `reference` reduces them like the exchange's own code.
 * Both refuse an all-zero public key and a signature whose k was 0.
 */
export type VerifyMode = 'strict' | 'reference'

/** One signature and what it is said to prove. */
export interface VerifyOptions {
  readonly publicKeyHex: string
  /** The 40 bytes that were signed: a transaction hash or an auth message hash. */
  readonly messageHex: string
  readonly signature: Uint8Array
  /** Default `strict`. */
  readonly mode?: VerifyMode
}

/** Whether a signature is valid. Wrong lengths and non-hex are simply not valid. */
export function verifySignature(options: VerifyOptions): boolean {
  const publicKey = bytesOfHex(options.publicKeyHex)
  const message = bytesOfHex(options.messageHex)
  if (publicKey?.length !== 40 || message?.length !== 40) return false
  if (options.signature.length !== 80) return false
  const kernel = loadKernel()
  kernel.pointBytes.set(publicKey)
  kernel.digestBytes.set(message)
  kernel.signatureBytes.set(options.signature)
  return kernel.verify(options.mode === 'reference' ? 0 : 1) === 1
}

/** What a received transaction is checked against. */
export interface VerifyTransactionOptions {
  readonly chainId: number
  readonly publicKeyHex: string
  /** Default `strict`. */
  readonly mode?: VerifyMode
}

/** Hashes a received transaction and checks its signature; the hash is its id. */
export function verifyTransaction(
  decoded: Pick<DecodedTxInfo, 'tx' | 'signature'>,
  options: VerifyTransactionOptions,
): { readonly txHash: string; readonly isValid: boolean } {
  const txHash = hashTransaction(options.chainId, decoded.tx)
  const isValid = verifySignature({
    publicKeyHex: options.publicKeyHex,
    messageHex: txHash,
    signature: decoded.signature,
    mode: options.mode ?? 'strict',
  })
  return { txHash, isValid }
}

function bytesOfHex(hex: string): Uint8Array | undefined {
  return /^([0-9a-fA-F]{2})*$/.test(hex) ? Buffer.from(hex, 'hex') : undefined
}
