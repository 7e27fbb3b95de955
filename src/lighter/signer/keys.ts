/**
 * Private and public keys of the exchange (CRYPTO.md section 5.1). No error ever carries a key's value.
 * @module
 */
import { createHash } from 'node:crypto'
import { assert, HedgebotError } from '../../errors.ts'
import type { Rng } from '../../ports.ts'
import { type Kernel, loadKernel } from './kernel-loader.ts'

/** A key pair as hex: 80 lower-case digits each, little-endian. */
export interface KeyPair {
  readonly privateKeyHex: string
  readonly publicKeyHex: string
}

/**
 * Draws a new key pair. 64 random bytes are reduced, so that every key is as likely as any other (bias below 2^-190).
 * @throws HedgebotError kind `bug` when the generator does not deliver
 */
export function generateKeyPair(rng: Rng): KeyPair {
  const kernel = loadKernel()
  const seed = rng.nextBytes(64)
  assert(seed.length === 64, 'the generator delivers the bytes asked for')
  const privateKey = reduceScalar(kernel, seed)
  seed.fill(0)
  assert(!isZero(privateKey), 'a random key is not zero')
  return pairOf(privateKey)
}

/**
 * The key pair that the exchange's web client derives from a seed (big-endian, CRYPTO.md 5.1).
 * @throws HedgebotError kind `signer`, code `seed_too_short`
 */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  if (seed.length < 32) {
    throw new HedgebotError(
      'signer',
      `a key seed needs 32 bytes or more, this has ${seed.length}`,
      {
        code: 'seed_too_short',
      },
    )
  }
  const first = createHash('sha256').update(Uint8Array.of(1)).update(seed).digest()
  const second = createHash('sha256').update(Uint8Array.of(2)).update(seed).digest()
  const bigEndian = Buffer.concat([first, second.subarray(0, 8)])
  return pairOf(reduceScalar(loadKernel(), bigEndian.toReversed()))
}

/**
 * The public key of a private key, both as hex.
 * @throws HedgebotError kind `signer`, code `private_key_malformed`
 */
export function publicKeyOf(privateKeyHex: string): string {
  const privateKey = parsePrivateKey(privateKeyHex)
  try {
    return publicKeyOfBytes(privateKey)
  } finally {
    privateKey.fill(0)
  }
}

/**
 * Reads a private key: 80 hex digits with or without `0x`. Values from n on are reduced, as the reference does.
 * @returns 40 canonical bytes, little-endian; the caller wipes them
 * @throws HedgebotError kind `signer`, code `private_key_malformed`: says the length found, never the value
 */
export function parsePrivateKey(privateKeyHex: string): Uint8Array {
  const digits = /^0x/i.test(privateKeyHex) ? privateKeyHex.slice(2) : privateKeyHex
  if (digits.length !== 80) {
    throw badKey(`a private key has 80 hex digits (40 bytes), this has ${digits.length} characters`)
  }
  if (!/^[0-9a-fA-F]{80}$/.test(digits)) {
    throw badKey('a private key has only hex digits, this has other characters')
  }
  const raw = Buffer.from(digits, 'hex')
  const reduced = reduceScalar(loadKernel(), raw)
  raw.fill(0)
  return reduced
}

/**
 * Like `parsePrivateKey`, for a key that will sign: zero belongs to the revoked public key and is refused.
 * @throws HedgebotError kind `signer`, code `private_key_malformed`
 */
export function parseSigningKey(privateKeyHex: string): Uint8Array {
  const privateKey = parsePrivateKey(privateKeyHex)
  if (isZero(privateKey)) throw badKey('a private key of zero cannot sign')
  return privateKey
}

/** The public key of 40 private bytes. */
export function publicKeyOfBytes(privateKey: Uint8Array): string {
  const kernel = loadKernel()
  kernel.scalarBytes.fill(0)
  kernel.scalarBytes.set(privateKey)
  kernel.publicKey()
  return Buffer.from(kernel.pointBytes).toString('hex')
}

/** Up to 64 little-endian bytes mod n, as 40 bytes. The kernel keeps no copy. */
export function reduceScalar(kernel: Kernel, bytes: Uint8Array): Uint8Array {
  kernel.scalarBytes.fill(0)
  kernel.scalarBytes.set(bytes)
  kernel.reduceScalar()
  const reduced = kernel.scalarBytes.slice(0, 40)
  kernel.wipe()
  return reduced
}

function pairOf(privateKey: Uint8Array): KeyPair {
  const pair = {
    privateKeyHex: Buffer.from(privateKey).toString('hex'),
    publicKeyHex: publicKeyOfBytes(privateKey),
  }
  privateKey.fill(0)
  return pair
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

function badKey(message: string): HedgebotError {
  return new HedgebotError('signer', message, { code: 'private_key_malformed' })
}
