import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ethereumAddressOf,
  generateEthereumKey,
  recoverL1Address,
  signL1Message,
} from '../../../src/lighter/signer/l1-signature.ts'
import { type L1Transaction, l1Message } from '../../../src/lighter/signer/l1-messages.ts'
import { decodeTxInfo, fillL1Signature } from '../../../src/lighter/signer/tx-info.ts'
import { TX_TYPE } from '../../../src/lighter/signer/transactions.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { readVectors, VECTOR_SETS } from './vector-files.ts'

interface L1Case {
  readonly txId: string
  readonly kind: 'changePubKey' | 'transfer' | 'approveIntegrator'
  readonly ethPrivateKey: string
  readonly ethAddress: string
  readonly message: string
  readonly l1Sig: string
  readonly txInfoWithL1Sig: string
}

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

describe.each(VECTOR_SETS)('Ethereum signatures of the $name', (set) => {
  const { cases } = readVectors<{ cases: readonly L1Case[] }>(set, 'l1sig.json')

  it.each(cases)('$txId is signed to the byte and leads back to its address', (entry) => {
    expect(ethereumAddressOf(entry.ethPrivateKey)).toBe(entry.ethAddress.toLowerCase())
    expect(signL1Message(entry.message, entry.ethPrivateKey)).toBe(entry.l1Sig)
    expect(recoverL1Address(entry.message, entry.l1Sig)).toBe(entry.ethAddress.toLowerCase())
  })

  it.each(cases)(
    '$txId: the text comes from the transaction that carries the signature',
    (entry) => {
      const { tx, l1Sig } = decodeTxInfo(TX_TYPE[entry.kind], entry.txInfoWithL1Sig)
      expect(l1Message(304, tx as L1Transaction)).toBe(entry.message)
      expect(l1Sig).toBe(entry.l1Sig)
      const empty = entry.txInfoWithL1Sig.replace(entry.l1Sig, '')
      expect(fillL1Signature(empty, entry.l1Sig)).toBe(entry.txInfoWithL1Sig)
    },
  )
})

describe('an Ethereum signature', () => {
  const key = generateEthereumKey(createSeededRng(3))
  const address = ethereumAddressOf(key)
  const signature = signL1Message('text', key)
  const withV = (v: number): string => signature.slice(0, -2) + v.toString(16).padStart(2, '0')

  it('leads back to whoever signed, whatever the text and the key', () => {
    const arbitrary = fc.tuple(fc.string({ unit: 'binary' }), fc.integer())
    fc.assert(
      fc.property(arbitrary, ([text, seed]) => {
        const drawn = generateEthereumKey(createSeededRng(seed))
        expect(recoverL1Address(text, signL1Message(text, drawn))).toBe(ethereumAddressOf(drawn))
      }),
      { numRuns: 50 },
    )
  })

  it('is read with v 27/28 and with 0/1, upper or lower case', () => {
    const recovery = Number.parseInt(signature.slice(-2), 16) - 27
    expect(recoverL1Address('text', withV(recovery))).toBe(address)
    expect(recoverL1Address('text', `0x${signature.slice(2).toUpperCase()}`)).toBe(address)
    expect(recoverL1Address('text', withV(28 - recovery))).not.toBe(address)
  })

  it('says another address for another text', () => {
    const other = recoverL1Address('texts', signature)
    expect(other).toMatch(/^0x[0-9a-f]{40}$/)
    expect(other).not.toBe(address)
  })

  it('is none when its shape, its v, r or s are not possible, or s is the high one', () => {
    const highS = (CURVE_ORDER - BigInt(`0x${signature.slice(66, 130)}`)).toString(16)
    const flipped = Number.parseInt(signature.slice(-2), 16) === 27 ? '1c' : '1b'
    const wrong = [
      '',
      '0x',
      signature.slice(2),
      signature.slice(0, -2),
      `${signature}00`,
      withV(2),
      withV(29),
      withV(255),
      `0x${'0'.repeat(128)}1b`,
      `0x${'f'.repeat(128)}1b`,
      signature.slice(0, 66) + highS.padStart(64, '0') + flipped,
      signature.replace(/^0x../, '0xzz'),
    ]
    expect(wrong.filter((text) => recoverL1Address('text', text) !== undefined)).toEqual([])
  })

  it('cannot be made with what is no key, and the error does not repeat the value', () => {
    for (const bad of ['', '0x12', 'g'.repeat(64), '0'.repeat(64), 'f'.repeat(64), `${key}00`]) {
      expect(() => signL1Message('text', bad)).toThrow('64 hex digits')
      if (bad.length > 5) expect(() => ethereumAddressOf(bad)).not.toThrow(bad)
    }
    expect(ethereumAddressOf(key.slice(2))).toBe(address)
  })
})
