import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import type { TxAttributes } from '../../../src/lighter/signer/attributes.ts'
import { loadKernel } from '../../../src/lighter/signer/kernel-loader.ts'
import { l1Message, type L1Transaction } from '../../../src/lighter/signer/l1-messages.ts'
import { assertRanges } from '../../../src/lighter/signer/ranges.ts'
import { signTransaction } from '../../../src/lighter/signer/sign-transaction.ts'
import { type Transaction, TX_TYPE } from '../../../src/lighter/signer/transactions.ts'
import { hashIntoDigest, hashTransaction } from '../../../src/lighter/signer/tx-hash.ts'
import { decodeTxInfo, fillL1Signature } from '../../../src/lighter/signer/tx-info.ts'
import { verifyTransaction } from '../../../src/lighter/signer/verify.ts'
import { bytesOf, readVectors, VECTOR_SETS, type VectorSet, type Words } from './vector-files.ts'

type Params = Readonly<Record<string, unknown>>

interface TxInput {
  readonly kind: string
  readonly label: string
  readonly chainId: number
  readonly accountIndex: string
  readonly apiKeyIndex: number
  readonly nonce: string
  readonly expiredAt: string
  readonly attributes: Params | null
  readonly params: Params
}

interface TxCase extends TxInput {
  readonly id: string
  readonly txType: number
  readonly privateKey: string
  readonly publicKey: string
  readonly k: string
  readonly hashInputs: readonly { readonly in: Words; readonly numOutputs: number }[]
  readonly txHash: string
  readonly txInfo: string
  readonly l1Message?: string
}

interface L1Case {
  readonly txId: string
  readonly message: string
  readonly l1Sig: string
  readonly txInfoWithL1Sig: string
}

const SKIPPED = [
  'burnShares',
  'createPublicPool',
  'mintShares',
  'stakeAssets',
  'unstakeAssets',
  'updatePublicPool',
]
const BYTE_STRINGS = new Set(['memo', 'pubKey'])
const RENAMED: Readonly<Record<string, string>> = { orderIndex: 'index', orderType: 'type' }

/** The vectors' parameters as a transaction: decimal strings become bigints, or numbers where they fit. */
function transactionOf(c: TxInput): Transaction {
  return {
    kind: c.kind,
    ...convert(c.params),
    accountIndex: Number(c.accountIndex),
    apiKeyIndex: c.apiKeyIndex,
    nonce: BigInt(c.nonce),
    expiredAt: Number(c.expiredAt),
    attributes: c.attributes === null ? null : (convert(c.attributes) as TxAttributes),
  } as unknown as Transaction
}

function convert(params: Params): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [RENAMED[name] ?? name, convertOne(name, value)]),
  )
}

function convertOne(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => convert(entry as Params))
  if (typeof value !== 'string' || BYTE_STRINGS.has(name)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

function supported(set: VectorSet): TxCase[] {
  const { cases } = readVectors<{ cases: TxCase[] }>(set, 'tx.json')
  return cases.filter((c) => !SKIPPED.includes(c.kind))
}

function signCase(c: TxCase): ReturnType<typeof signTransaction> {
  const key = {
    privateKey: bytesOf(c.privateKey),
    chainId: c.chainId,
    chooseK: () => bytesOf(c.k),
  }
  return signTransaction(key, transactionOf(c))
}

/** Every integer as text: a decoded transaction has bigints where the input may have numbers. */
function normalized(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return `${value}`
  if (Array.isArray(value)) return value.map(normalized)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, normalized(entry)]))
}

function refusalOf(tx: Transaction): { kind?: string; code?: string } {
  try {
    assertRanges(tx)
    return {}
  } catch (error) {
    if (!(error instanceof HedgebotError)) throw error
    return { kind: error.kind, code: error.code }
  }
}

describe.each(VECTOR_SETS)('transactions: $name', (set) => {
  it('covers every kind, and skips pools and staking only', () => {
    const { cases } = readVectors<{ cases: TxCase[] }>(set, 'tx.json')
    const kinds = [...new Set(cases.map((c) => c.kind))].sort()
    expect(kinds).toEqual([...Object.keys(TX_TYPE), ...SKIPPED].sort())
  })

  it('hashes the same words to the same transaction id', () => {
    for (const c of supported(set)) {
      const seen: unknown[] = []
      hashIntoDigest(loadKernel(), {
        chainId: c.chainId,
        tx: transactionOf(c),
        observe: (words, numOutputs) => seen.push({ in: words.map(String), numOutputs }),
      })
      expect([c.id, ...seen]).toEqual([c.id, ...c.hashInputs])
      expect(hashTransaction(c.chainId, transactionOf(c))).toBe(c.txHash)
    }
  })

  it('writes tx_info byte for byte, signature included', () => {
    for (const c of supported(set)) {
      expect(signCase(c)).toEqual({
        txType: c.txType,
        txInfo: c.txInfo,
        txHash: c.txHash,
      })
    }
  })

  it('reads tx_info back without losing a digit and verifies it', () => {
    for (const c of supported(set)) {
      const decoded = decodeTxInfo(c.txType, c.txInfo)
      expect(normalized(decoded.tx)).toEqual(normalized(transactionOf(c)))
      const verdict = verifyTransaction(decoded, {
        chainId: c.chainId,
        publicKeyHex: c.publicKey,
      })
      // Some vectors register a key: they are signed by the signing key all the same.
      expect(verdict).toEqual({ txHash: c.txHash, isValid: true })
    }
  })

  it('refuses what the reference refuses', () => {
    const { cases } = readVectors<{ cases: TxInput[] }>(set, 'tx-invalid.json')
    expect(cases.filter((c) => SKIPPED.includes(c.kind))).toEqual([])
    for (const c of cases) {
      const outcome = { label: `${c.kind}: ${c.label}`, ...refusalOf(transactionOf(c)) }
      expect(outcome).toEqual({
        label: outcome.label,
        kind: 'refused',
        code: expect.stringMatching(/^tx_/) as string,
      })
    }
  })

  it('writes the messages for the Ethereum owner and takes the signature in', () => {
    const cases = new Map(supported(set).map((c) => [c.id, c]))
    const withMessage = [...cases.values()].filter((c) => c.l1Message !== undefined)
    expect(new Set(withMessage.map((c) => c.kind))).toEqual(
      new Set(['changePubKey', 'transfer', 'approveIntegrator']),
    )
    for (const c of withMessage) {
      expect(l1Message(c.chainId, transactionOf(c) as L1Transaction)).toBe(c.l1Message)
    }
    const l1 = readVectors<{ cases: L1Case[] }>(set, 'l1sig.json').cases
    for (const { txId, message, l1Sig, txInfoWithL1Sig } of l1) {
      const c = cases.get(txId)
      if (c === undefined) throw new Error(`${txId} is missing`)
      expect(message).toBe(c.l1Message)
      expect(fillL1Signature(signCase(c).txInfo, l1Sig)).toBe(txInfoWithL1Sig)
      expect(decodeTxInfo(c.txType, txInfoWithL1Sig).l1Sig).toBe(l1Sig)
    }
  })
})
