/**
 * Schnorr signatures over the 40 bytes that the kernel's digest region holds (CRYPTO.md sections 5.3 to 5.5).
 * @module
 */
import { createHmac } from 'node:crypto'
import { assert } from '../../errors.ts'
import type { Rng } from '../../ports.ts'
import type { Kernel } from './kernel-loader.ts'

/** Gives the k of one signature: 64 little-endian bytes, reduced by the kernel. `attempt` grows after a zero. */
export type ChooseK = (privateKey: Uint8Array, message: Uint8Array, attempt: number) => Uint8Array

const K_DOMAIN = Buffer.from('hedgebot lighter schnorr k v1\0')

/**
 * Hedged derivation: HMAC-SHA-512 under the key over message and 32 fresh bytes (CRYPTO.md 5.5). Two messages never
 * share a k, even when the generator fails completely.
 */
export function hedgedK(rng: Rng): ChooseK {
  return (privateKey, message, attempt) => {
    const fresh = rng.nextBytes(32)
    assert(fresh.length === 32, 'the generator delivers the bytes asked for')
    return createHmac('sha512', privateKey)
      .update(K_DOMAIN)
      .update(message)
      .update(fresh)
      .update(Uint8Array.of(attempt))
      .digest()
  }
}

/**
 * Signs the digest region's message.
 * @returns 80 bytes: s then e, little-endian
 */
export function signDigest(kernel: Kernel, privateKey: Uint8Array, chooseK: ChooseK): Uint8Array {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const k = chooseK(privateKey, kernel.digestBytes, attempt)
    kernel.scalarBytes.fill(0)
    kernel.scalarBytes.set(privateKey)
    kernel.secretBytes.fill(0)
    kernel.secretBytes.set(k)
    k.fill(0)
    if (kernel.sign() === 1) return kernel.signatureBytes.slice()
  }
  assert(false, 'k is not zero four times in a row')
}
