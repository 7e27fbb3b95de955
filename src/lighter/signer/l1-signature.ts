/**
 * Ethereum signatures of the account's owner: making them with EIP-191 personal_sign, and finding out who made one
 * (PROTOCOL.md section 12.1, CRYPTO.md section 8). The texts are in `l1-messages.ts`. Loading this file costs some
 * 20 ms of start-up, so ordinary commands must not reach it statically.
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { assert, HedgebotError } from '../../errors.ts'
import type { Rng } from '../../ports.ts'

/** The recovery value written into a signature is 27 or 28; 0 and 1 are read as well. */
const RECOVERY_OFFSET = 27
const SIGNATURE = /^0x([0-9a-fA-F]{128})([0-9a-fA-F]{2})$/

/**
 * Draws an Ethereum key: 64 hex digits behind 0x.
 * @throws HedgebotError kind `bug` when the generator does not deliver
 */
export function generateEthereumKey(rng: Rng): string {
  const seed = rng.nextBytes(secp256k1.lengths.seed ?? 48)
  const key = secp256k1.utils.randomSecretKey(seed)
  assert(secp256k1.utils.isValidSecretKey(key), 'a drawn key is within the curve order')
  const text = `0x${Buffer.from(key).toString('hex')}`
  seed.fill(0)
  key.fill(0)
  return text
}

/**
 * The address of an Ethereum key, lower case with 0x.
 * @throws HedgebotError kind `signer`, code `ethereum_key_malformed`: never with the value
 */
export function ethereumAddressOf(ethereumKeyHex: string): string {
  const key = parseKey(ethereumKeyHex)
  try {
    return addressOf(secp256k1.getPublicKey(key, false))
  } finally {
    key.fill(0)
  }
}

/**
 * Signs a text with personal_sign; the nonce is that of RFC 6979, so the same text gives the same signature.
 * @returns `0x` and 130 lower-case hex digits: r, s (the low one), and 27 or 28
 * @throws HedgebotError kind `signer`, code `ethereum_key_malformed`: never with the value
 */
export function signL1Message(message: string, ethereumKeyHex: string): string {
  const key = parseKey(ethereumKeyHex)
  try {
    const options = { prehash: false, format: 'recovered' } as const
    const [recovery = 0, ...rAndS] = secp256k1.sign(personalHash(message), key, options)
    return `0x${Buffer.from([...rAndS, recovery + RECOVERY_OFFSET]).toString('hex')}`
  } finally {
    key.fill(0)
  }
}

/**
 * The address whose key signed a text with personal_sign, lower case with 0x; undefined when the signature is none
 * (PROTOCOL.md section 12.1: 65 bytes as 0x hex, v 27/28 or 0/1). A signature with the high s is undefined too: no
 * wallet makes one, and whether the venue takes it is not documented.
 */
export function recoverL1Address(message: string, l1Signature: string): string | undefined {
  const [, digits = '', last = ''] = SIGNATURE.exec(l1Signature) ?? []
  const v = Number.parseInt(last, 16)
  const recovery = v >= RECOVERY_OFFSET ? v - RECOVERY_OFFSET : v
  if (recovery !== 0 && recovery !== 1) return undefined
  const bytes = Uint8Array.of(recovery, ...Buffer.from(digits, 'hex'))
  try {
    const signature = secp256k1.Signature.fromBytes(bytes, 'recovered')
    if (signature.hasHighS()) return undefined
    return addressOf(signature.recoverPublicKey(personalHash(message)).toBytes(false))
  } catch {
    // r or s outside the curve order, or no point with that r: nobody signed this.
    return undefined
  }
}

/** keccak256 of the text in its EIP-191 envelope (version 0x45). */
function personalHash(message: string): Uint8Array {
  const text = Buffer.from(message, 'utf8')
  const head = Buffer.from(`\u0019Ethereum Signed Message:\n${text.length}`, 'utf8')
  return keccak_256(Buffer.concat([head, text]))
}

/** The last 20 bytes of the hash of the point, without the byte that says it is uncompressed. */
function addressOf(uncompressed: Uint8Array): string {
  return `0x${Buffer.from(keccak_256(uncompressed.subarray(1)).subarray(12)).toString('hex')}`
}

function parseKey(ethereumKeyHex: string): Uint8Array {
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/i.exec(ethereumKeyHex)?.[1]
  const key = Uint8Array.from(Buffer.from(digits ?? '', 'hex'))
  if (digits !== undefined && secp256k1.utils.isValidSecretKey(key)) return key
  throw new HedgebotError('signer', 'an Ethereum key has 64 hex digits (32 bytes)', {
    code: 'ethereum_key_malformed',
  })
}
