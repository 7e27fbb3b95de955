/**
 * Auth tokens for account endpoints and private streams (CRYPTO.md section 9).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { loadKernel } from './kernel-loader.ts'
import { type ChooseK, signDigest } from './schnorr.ts'
import type { TxSender } from './transactions.ts'
import { verifySignature, type VerifyMode } from './verify.ts'

/** Longest time ahead that the exchange accepts, seconds. */
export const AUTH_TOKEN_MAX_SECONDS = 8 * 60 * 60

/** The parts of a token. */
export interface AuthToken extends TxSender {
  readonly deadlineUnixSeconds: number
  /** What was signed: `deadline:account:key`. */
  readonly message: string
  /** 160 hex digits. */
  readonly signatureHex: string
}

/** What a token is made from; the caller keeps the key and wipes it. */
export interface AuthTokenOptions extends TxSender {
  readonly deadlineUnixSeconds: number
  readonly privateKey: Uint8Array
  readonly chooseK: ChooseK
}

/**
 * Makes a token valid until a deadline in unix seconds. Whether it is too far ahead is the caller's question: it has the clock.
 * @throws HedgebotError kind `refused`, code `auth_deadline_out_of_range`
 */
export function createAuthToken(options: AuthTokenOptions): string {
  const { deadlineUnixSeconds, accountIndex, apiKeyIndex } = options
  if (!Number.isSafeInteger(deadlineUnixSeconds) || deadlineUnixSeconds < 0) {
    throw new HedgebotError('refused', 'a token deadline is a whole number of unix seconds', {
      code: 'auth_deadline_out_of_range',
    })
  }
  const message = `${deadlineUnixSeconds}:${accountIndex}:${apiKeyIndex}`
  hashAuthMessage(message)
  const signature = signDigest(loadKernel(), options.privateKey, options.chooseK)
  return `${message}:${Buffer.from(signature).toString('hex')}`
}

/** Takes a token apart without judging its signature; undefined when it has another shape. */
export function parseAuthToken(token: string): AuthToken | undefined {
  const match = /^((\d{1,15}):(-?\d{1,15}):(\d{1,3})):([0-9a-f]{160})$/.exec(token)
  if (match === null) return undefined
  const [, message = '', deadline, account, key, signatureHex = ''] = match
  return {
    deadlineUnixSeconds: Number(deadline),
    accountIndex: Number(account),
    apiKeyIndex: Number(key),
    message,
    signatureHex,
  }
}

/** Whether a token's signature belongs to a public key; deadline and indices are the caller's to judge. */
export function verifyAuthToken(
  token: AuthToken,
  publicKeyHex: string,
  mode: VerifyMode = 'strict',
): boolean {
  return verifySignature({
    publicKeyHex,
    messageHex: hashAuthMessage(token.message),
    signature: Buffer.from(token.signatureHex, 'hex'),
    mode,
  })
}

/** Hashes a token's message; the hash is left in the kernel's digest region and returned as 80 hex digits. */
export function hashAuthMessage(message: string): string {
  const kernel = loadKernel()
  const bytes = Buffer.alloc(Math.ceil(message.length / 8) * 8)
  bytes.write(message, 'ascii')
  for (let at = 0; at < bytes.length; at += 8) kernel.words[at / 8] = bytes.readBigUInt64LE(at)
  kernel.hash(bytes.length / 8, 5)
  return Buffer.from(kernel.digestBytes).toString('hex')
}
