import { describe, expect, it } from 'vitest'
import {
  createAuthToken,
  hashAuthMessage,
  parseAuthToken,
  verifyAuthToken,
} from '../../../src/lighter/signer/auth-token.ts'
import { keyPairFromSeed, parsePrivateKey, publicKeyOf } from '../../../src/lighter/signer/keys.ts'
import { loadKernel } from '../../../src/lighter/signer/kernel-loader.ts'
import { signDigest } from '../../../src/lighter/signer/schnorr.ts'
import { verifySignature } from '../../../src/lighter/signer/verify.ts'
import * as reference from './reference.ts'
import { bytesOf, readVectors, VECTOR_SETS, type Words } from './vector-files.ts'

interface SchnorrFile {
  sign: (Record<'msgHash' | 'privateKey' | 'publicKey' | 'k' | 'signature', string> & {
    msg: Words
  })[]
  verify: (Record<'publicKey' | 'msgHash' | 'signature' | 'category', string> & {
    valid: boolean
    nonCanonical?: boolean
  })[]
}

interface KeysFile {
  privateToPublic: {
    privateKey: string
    reducedPrivateKey: string
    publicKey: string
    canonical: boolean
  }[]
  seedToKey: { seed: string; privateKey: string; publicKey: string }[]
  invalidPrivateKeys: { privateKey: string }[]
}

interface AuthFile {
  cases: (Record<
    | 'deadline'
    | 'accountIndex'
    | 'privateKey'
    | 'publicKey'
    | 'k'
    | 'message'
    | 'msgHash'
    | 'token',
    string
  > & { apiKeyIndex: number })[]
}

describe.each(VECTOR_SETS)('signatures, keys and tokens: $name', (set) => {
  it('signs byte for byte like the reference when k is given', () => {
    const { sign } = readVectors<SchnorrFile>(set, 'schnorr.json')
    expect(sign.length).toBeGreaterThan(0)
    for (const c of sign) {
      const kernel = loadKernel()
      kernel.digestBytes.set(bytesOf(c.msgHash))
      const signature = signDigest(kernel, bytesOf(c.privateKey), () => bytesOf(c.k))
      expect(Buffer.from(signature).toString('hex')).toBe(c.signature)
      expect(publicKeyOf(c.privateKey)).toBe(c.publicKey)
    }
  })

  it('judges signatures like the reference, and refuses non-canonical ones when strict', () => {
    const { verify } = readVectors<SchnorrFile>(set, 'schnorr.json')
    const nonCanonical = verify.filter((c) => c.nonCanonical === true)
    expect(nonCanonical.length).toBeGreaterThan(0)
    for (const c of verify) {
      const options = {
        publicKeyHex: c.publicKey,
        messageHex: c.msgHash,
        signature: bytesOf(c.signature),
      }
      expect([c.category, verifySignature({ ...options, mode: 'reference' })]).toEqual([
        c.category,
        c.valid,
      ])
      const isStrictlyValid = c.valid && c.nonCanonical !== true
      expect([c.category, verifySignature(options)]).toEqual([c.category, isStrictlyValid])
    }
  })

  it('derives public keys and reduces private keys that are too large', () => {
    const { privateToPublic } = readVectors<KeysFile>(set, 'keys.json')
    expect(new Set(privateToPublic.map((c) => c.canonical))).toEqual(new Set([true, false]))
    for (const c of privateToPublic) {
      expect(publicKeyOf(c.privateKey)).toBe(c.publicKey)
      expect(publicKeyOf(`0x${c.privateKey.toUpperCase()}`)).toBe(c.publicKey)
      const parsed = Buffer.from(parsePrivateKey(c.privateKey)).toString('hex')
      expect(parsed).toBe(c.reducedPrivateKey)
    }
  })

  it('derives keys from seeds', () => {
    const { seedToKey } = readVectors<KeysFile>(set, 'keys.json')
    expect(seedToKey.length).toBeGreaterThan(0)
    for (const c of seedToKey) {
      expect(keyPairFromSeed(bytesOf(c.seed))).toEqual({
        privateKeyHex: c.privateKey,
        publicKeyHex: c.publicKey,
      })
    }
  })

  it('refuses private keys of another length without showing them', () => {
    const { invalidPrivateKeys } = readVectors<KeysFile>(set, 'keys.json')
    for (const { privateKey } of invalidPrivateKeys) {
      const parse = (): unknown => parsePrivateKey(privateKey)
      expect(parse).toThrow(/80 hex digits .* this has \d+ characters/)
      expect(parse).not.toThrow(privateKey === '' ? 'no such text' : privateKey)
    }
  })

  it('makes and checks auth tokens', () => {
    const { cases } = readVectors<AuthFile>(set, 'auth.json')
    for (const c of cases) expect(hashAuthMessage(c.message)).toBe(c.msgHash)
    // Negative deadlines and those beyond 2^53 seconds are the reference's edge cases; nobody asks for such a token.
    const real = cases.filter((c) => Number(c.deadline) >= 0 && Number(c.deadline) < 2 ** 53)
    expect(real.length).toBeGreaterThan(5)
    for (const c of real) {
      const token = createAuthToken({
        deadlineUnixSeconds: Number(c.deadline),
        accountIndex: Number(c.accountIndex),
        apiKeyIndex: c.apiKeyIndex,
        privateKey: bytesOf(c.privateKey),
        chooseK: () => bytesOf(c.k),
      })
      expect(token).toBe(c.token)
      const parsed = parseAuthToken(token)
      expect(parsed?.deadlineUnixSeconds).toBe(Number(c.deadline))
      expect(parsed !== undefined && verifyAuthToken(parsed, c.publicKey)).toBe(true)
      const other = parseAuthToken(token.replace(/^\d+/, '1799999999'))
      expect(other !== undefined && verifyAuthToken(other, c.publicKey)).toBe(false)
    }
  })
})

describe('the BigInt reference', () => {
  it('agrees with the vectors, so that it can judge the kernel', () => {
    const [set] = VECTOR_SETS
    if (set === undefined) throw new Error('there is always one set')
    const { sign, verify } = readVectors<SchnorrFile>(set, 'schnorr.json')
    for (const c of sign.slice(0, 3)) {
      const sk = reference.integerOfBytes(bytesOf(c.privateKey))
      const k = reference.integerOfBytes(bytesOf(c.k))
      const message = c.msg.map(BigInt)
      expect(reference.sign(message, sk, k).toString('hex')).toBe(c.signature)
    }
    for (const category of ['valid', 'other message', 'public key is not a curve point']) {
      const c = verify.find((candidate) => candidate.category === category)
      if (c === undefined) throw new Error(`no vector for ${category}`)
      const [key, message] = [c.publicKey, c.msgHash].map((h) => reference.wordsOfBytes(bytesOf(h)))
      expect(reference.verify(key ?? [], message ?? [], bytesOf(c.signature))).toBe(c.valid)
    }
  })
})
