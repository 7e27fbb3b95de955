import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAuthToken, verifyAuthToken } from '../../../src/lighter/signer/auth-token.ts'
import {
  generateKeyPair,
  keyPairFromSeed,
  parsePrivateKey,
  publicKeyOf,
} from '../../../src/lighter/signer/keys.ts'
import { signApproveIntegrator, signWithdraw } from '../../../src/lighter/signer/privileged.ts'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import type { SignRequest } from '../../../src/lighter/signer/transactions.ts'
import { decodeTxInfo } from '../../../src/lighter/signer/tx-info.ts'
import { verifySignature, verifyTransaction } from '../../../src/lighter/signer/verify.ts'
import { ACCOUNT, ORDER, seededRng, testSigner } from './fixtures.ts'
import { bytesOfInteger, N } from './reference.ts'

const ENVELOPE = { nonce: 7, expiredAt: 1944505702798 } as const

describe('a signer', () => {
  it('signs what then verifies, with the id that the exchange will report', () => {
    const { signer } = testSigner()
    const signed = signer.sign(ORDER)
    const verdict = verifyTransaction(decodeTxInfo(signed.txType, signed.txInfo), {
      chainId: ACCOUNT.chainId,
      publicKeyHex: signer.publicKeyHex,
    })
    expect(verdict).toEqual({ txHash: signed.txHash, isValid: true })
  })

  it('signs for its own account and key, whatever the request carries', () => {
    const { signer } = testSigner()
    const request = { ...ORDER, accountIndex: 99, apiKeyIndex: 9 } as SignRequest
    const { tx } = decodeTxInfo(14, signer.sign(request).txInfo)
    expect([tx.accountIndex, tx.apiKeyIndex]).toEqual([ACCOUNT.accountIndex, ACCOUNT.apiKeyIndex])
  })

  it('separates the chains', () => {
    const { signer, privateKeyHex, rng } = testSigner()
    const mainnet = createSigner({ ...ACCOUNT, privateKeyHex, rng, chainId: 304 })
    expect(mainnet.sign(ORDER).txHash).not.toBe(signer.sign(ORDER).txHash)
  })

  it('fails to verify when any one bit of key, message or signature is flipped', () => {
    const { signer } = testSigner()
    const signed = signer.sign(ORDER)
    const parts = {
      publicKey: Buffer.from(signer.publicKeyHex, 'hex'),
      message: Buffer.from(signed.txHash, 'hex'),
      signature: Buffer.from(decodeTxInfo(signed.txType, signed.txInfo).signature),
    }
    const verify = (mode: 'strict' | 'reference'): boolean =>
      verifySignature({
        publicKeyHex: parts.publicKey.toString('hex'),
        messageHex: parts.message.toString('hex'),
        signature: parts.signature,
        mode,
      })
    expect(verify('strict')).toBe(true)
    for (const bytes of Object.values(parts)) {
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const at = bit >> 3
        const before = bytes[at] ?? 0
        bytes[at] = before ^ (1 << (bit & 7))
        expect([bit, verify(bit % 2 === 0 ? 'strict' : 'reference')]).toEqual([bit, false])
        bytes[at] = before
      }
    }
    expect(verify('reference')).toBe(true)
  })

  it('never repeats k: signatures differ from call to call, and for two messages with a dead generator', () => {
    const { signer } = testSigner()
    expect(signer.sign(ORDER).txInfo).not.toBe(signer.sign(ORDER).txInfo)
    const dead = { nextBytes: (length: number) => new Uint8Array(length), nextFloat: () => 0 }
    const { privateKeyHex } = generateKeyPair(seededRng('dead'))
    const weak = createSigner({ ...ACCOUNT, privateKeyHex, rng: dead })
    const challenges = [1, 2, 3].map((nonce) =>
      Buffer.from(decodeTxInfo(14, weak.sign({ ...ORDER, nonce }).txInfo).signature),
    )
    expect(new Set(challenges.map((bytes) => bytes.toString('hex'))).size).toBe(3)
  })

  it('makes tokens for its account', () => {
    const { signer } = testSigner()
    const token = parseAuthToken(signer.authToken(1799999999))
    expect(token).toMatchObject({
      deadlineUnixSeconds: 1799999999,
      accountIndex: ACCOUNT.accountIndex,
      apiKeyIndex: ACCOUNT.apiKeyIndex,
    })
    expect(token !== undefined && verifyAuthToken(token, signer.publicKeyHex)).toBe(true)
    for (const deadline of [1.5, -1, Number.NaN]) {
      expect(() => signer.authToken(deadline)).toThrow('whole number')
    }
    for (const text of ['', 'a:b:c:d', '1:2:3:00', `1:2:3:${'g'.repeat(160)}`]) {
      expect(parseAuthToken(text)).toBeUndefined()
    }
  })

  it('refuses withdrawals and approvals, and what is out of range', () => {
    const { signer } = testSigner()
    const withdraw = { kind: 'withdraw', assetIndex: 3, routeType: 0, amount: 5, ...ENVELOPE }
    expect(() => signer.sign(withdraw as unknown as SignRequest)).toThrow(
      expect.objectContaining({ kind: 'refused', code: 'privileged_transaction' }),
    )
    expect(() => signer.sign({ ...ORDER, price: 0 })).toThrow(
      expect.objectContaining({ kind: 'refused', code: 'tx_price_out_of_range' }),
    )
    expect(() => signer.sign({ ...ORDER, baseAmount: 1.5 })).toThrow('not an integer')
    expect(() => signer.sign({ ...ORDER, nonce: 2 ** 53 })).toThrow('not an integer that is exact')
  })

  it('never shows its key', () => {
    const { signer, privateKeyHex } = testSigner()
    const texts = [
      inspect(signer, { depth: null, showHidden: true }),
      JSON.stringify(signer),
      Object.values(signer).map(String).join('\n'),
    ]
    for (const text of texts) {
      expect(text).not.toContain(privateKeyHex)
      expect(text).not.toContain(privateKeyHex.slice(0, 16))
    }
    expect(Object.isFrozen(signer)).toBe(true)
  })
})

describe('privileged signing', () => {
  it('is imported by no part of the program', () => {
    const source = fileURLToPath(new URL('../../../src', import.meta.url))
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    const importers = files
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /from '[^']*\/privileged\.ts'/.test(readFileSync(join(source, file), 'utf8')),
      )
    expect(files.length).toBeGreaterThan(10)
    expect(importers).toEqual([])
  })

  it('signs withdrawals and approvals that verify', () => {
    const { signer, privateKeyHex, rng } = testSigner()
    const options = { ...ACCOUNT, privateKeyHex, rng }
    const fees = {
      maxPerpsTakerFee: 1,
      maxPerpsMakerFee: 2,
      maxSpotTakerFee: 3,
      maxSpotMakerFee: 4,
    }
    const signed = [
      signWithdraw(options, {
        kind: 'withdraw',
        assetIndex: 3,
        routeType: 0,
        amount: 5n,
        ...ENVELOPE,
      }),
      signApproveIntegrator(options, {
        kind: 'approveIntegrator',
        integratorAccountIndex: 8,
        approvalExpiry: 1944505702798,
        ...fees,
        ...ENVELOPE,
      }),
    ]
    expect(signed.map(({ txType }) => txType)).toEqual([13, 45])
    for (const { txType, txInfo, txHash } of signed) {
      const decoded = decodeTxInfo(txType, txInfo)
      const publicKeyHex = signer.publicKeyHex
      const verdict = verifyTransaction(decoded, { chainId: ACCOUNT.chainId, publicKeyHex })
      expect(verdict).toEqual({ txHash, isValid: true })
    }
  })
})

describe('keys', () => {
  it('are drawn anew each time and give their public key', () => {
    const rng = seededRng('keys')
    const pairs = Array.from({ length: 20 }, () => generateKeyPair(rng))
    expect(new Set(pairs.map((pair) => pair.privateKeyHex)).size).toBe(20)
    for (const pair of pairs) {
      expect(pair.privateKeyHex).toMatch(/^[0-9a-f]{80}$/)
      expect(publicKeyOf(pair.privateKeyHex)).toBe(pair.publicKeyHex)
    }
  })

  it('are refused with a clear message that never contains them', () => {
    const bad = fc.oneof(
      fc.string({ minLength: 8, maxLength: 200 }),
      fc.stringMatching(/^[0-9a-f]{79}z$/),
    )
    const property = fc.property(bad, (text) => {
      fc.pre(!/^(0x)?[0-9a-fA-F]{80}$/i.test(text))
      let message = ''
      try {
        parsePrivateKey(text)
      } catch (error) {
        message = inspect(error)
      }
      expect(message).toMatch(/a private key has/)
      expect(message.split('\n')[0]).not.toContain(text)
    })
    fc.assert(property, { numRuns: 200 })
    expect(() => parsePrivateKey('00'.repeat(20))).toThrow(
      'has 80 hex digits (40 bytes), this has 40',
    )
  })

  it('of zero cannot sign, because anybody could sign for the revoked public key', () => {
    const rng = seededRng('zero')
    for (const privateKeyHex of ['00'.repeat(40), bytesOfInteger(N).toString('hex')]) {
      expect(() => createSigner({ ...ACCOUNT, privateKeyHex, rng })).toThrow('zero cannot sign')
    }
  })

  it('need a seed of 32 bytes', () => {
    expect(() => keyPairFromSeed(new Uint8Array(31))).toThrow(
      expect.objectContaining({ kind: 'signer', code: 'seed_too_short' }),
    )
  })
})

describe('verification', () => {
  it('takes malformed input for invalid', () => {
    const signature = new Uint8Array(80)
    const hex = '00'.repeat(40)
    for (const [publicKeyHex, messageHex] of [
      ['zz', hex],
      [hex, 'xyz'],
      [hex, hex],
      ['', ''],
    ] as const) {
      expect(verifySignature({ publicKeyHex, messageHex, signature })).toBe(false)
    }
  })
})
