/**
 * A signer with a key made on the spot, a seeded generator, and one order.
 * @module
 */
import { createHash } from 'node:crypto'
import type { Rng } from '../../../src/ports.ts'
import { generateKeyPair } from '../../../src/lighter/signer/keys.ts'
import type { OrderIntent, PassportIntent } from '../../../src/lighter/signer/passport.ts'
import { createSigner, type Signer } from '../../../src/lighter/signer/signer.ts'
import {
  CHAIN_ID,
  type CreateOrderBody,
  type TxEnvelope,
} from '../../../src/lighter/signer/transactions.ts'

/** Repeatable bytes: SHA-512 of seed and counter. */
export function seededRng(seed: string): Rng {
  let counter = 0
  const nextBytes = (length: number): Uint8Array => {
    counter += 1
    const block = createHash('sha512').update(`${seed}:${counter}`).digest()
    return Uint8Array.from(block.subarray(0, length))
  }
  return { nextBytes, nextFloat: () => (nextBytes(1)[0] ?? 0) / 256 }
}

export const ACCOUNT = { chainId: CHAIN_ID.testnet, accountIndex: 42, apiKeyIndex: 3 } as const

/** A signer of account 42, key 3, on the test chain. */
export function testSigner(seed = 'signer'): { signer: Signer; privateKeyHex: string; rng: Rng } {
  const rng = seededRng(seed)
  const { privateKeyHex } = generateKeyPair(rng)
  return { signer: createSigner({ privateKeyHex, ...ACCOUNT, rng }), privateKeyHex, rng }
}

/** A resting buy order with a client index. */
export const ORDER: CreateOrderBody & TxEnvelope = {
  kind: 'createOrder',
  marketIndex: 1,
  clientOrderIndex: 281474976710655n,
  baseAmount: 346061n,
  price: 154684,
  isAsk: 0,
  type: 0,
  timeInForce: 1,
  reduceOnly: 0,
  triggerPrice: 0,
  orderExpiry: 1944505702798n,
  nonce: 280897n,
  expiredAt: 1944505702798,
  attributes: { skipNonce: 1 },
}

/** The same order in trading words. */
export const ORDER_INTENT: OrderIntent & Extract<PassportIntent, { kind: 'createOrder' }> = {
  kind: 'createOrder',
  ...ACCOUNT,
  marketIndex: 1,
  side: 'buy',
  baseAmount: 346061,
  price: 154684,
  type: 'limit',
  timeInForce: 'gtt',
  isReduceOnly: false,
  triggerPrice: 0,
  orderExpiryMs: 1944505702798,
  clientOrderIndex: 281474976710655,
  nonce: 280897,
  expiredAt: 1944505702798,
  attributes: { skipNonce: 1 },
}
