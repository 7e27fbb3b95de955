/**
 * The hash of a transaction: its id at the exchange and the message that is signed (CRYPTO.md section 6).
 * @module
 */
import { assert } from '../../errors.ts'
import { hashedAttributes, MAX_ATTRIBUTES, type TxAttributes } from './attributes.ts'
import { type Kernel, KERNEL_WORDS_MAX, loadKernel } from './kernel-loader.ts'
import {
  type FieldSpec,
  ORDER_FIELDS,
  type OrderFields,
  type Transaction,
  TX_SPECS,
  type WideInt,
} from './transactions.ts'

/** Told about every word list that is hashed and how many words were squeezed; for tests. */
type HashObserver = (words: readonly bigint[], outputs: number) => void

/**
 * Hashes a transaction for one chain. No range checks: what is hashed is what was given.
 * @returns 80 lower-case hex digits
 */
export function hashTransaction(chainId: number, tx: Transaction): string {
  const kernel = loadKernel()
  hashIntoDigest(kernel, { chainId, tx })
  return Buffer.from(kernel.digestBytes).toString('hex')
}

/** What is hashed, and who watches. */
export interface HashInput {
  readonly chainId: number
  readonly tx: Transaction
  readonly observe?: HashObserver
}

/** Like `hashTransaction`, but leaves the hash in the kernel's digest region, where `sign` and `verify` expect it. */
export function hashIntoDigest(kernel: Kernel, { chainId, tx, observe }: HashInput): void {
  const writer = createWriter(kernel, observe)
  const spec = TX_SPECS[tx.kind]
  if (tx.kind === 'createGroupedOrders') {
    const orders = aggregateOrders(writer, tx.orders)
    writeHead(writer, chainId, tx)
    writer.put(tx.groupingType)
    for (const word of orders) writer.put(word)
  } else {
    writeHead(writer, chainId, tx)
    const values = tx as unknown as Record<string, unknown>
    for (const field of spec.fields) writeField(writer, field, values[field.name])
  }
  writer.squeeze(5)
  bindAttributes(writer, tx.attributes)
}

interface WordWriter {
  readonly kernel: Kernel
  put(value: WideInt): void
  /** Hashes what was put, starts a new list. */
  squeeze(outputs: number): void
}

function createWriter(kernel: Kernel, observe: HashObserver | undefined): WordWriter {
  const { words, words32 } = kernel
  let count = 0
  return {
    kernel,
    put(value) {
      assert(count < KERNEL_WORDS_MAX, 'a message fits into the kernel')
      if (typeof value === 'bigint') {
        words[count] = value
      } else {
        // Both conversions are modulo 2^32, which is the two's complement of CRYPTO.md 1.1.
        words32[2 * count] = value
        words32[2 * count + 1] = Math.floor(value / 0x1_0000_0000)
      }
      count += 1
    },
    squeeze(outputs) {
      observe?.([...words.subarray(0, count)], outputs)
      kernel.hash(count, outputs)
      count = 0
    },
  }
}

function writeHead(writer: WordWriter, chainId: number, tx: Transaction): void {
  writer.put(chainId)
  writer.put(TX_SPECS[tx.kind].txType)
  writer.put(tx.nonce)
  writer.put(tx.expiredAt)
  writer.put(tx.accountIndex)
  writer.put(tx.apiKeyIndex)
}

function writeField(writer: WordWriter, field: FieldSpec, value: unknown): void {
  switch (field.form) {
    case 'number':
    case 'wide':
      writer.put(value as WideInt)
      return
    case 'split': {
      const amount = BigInt(value as WideInt)
      writer.put(amount & 0xffff_ffffn)
      writer.put(amount >> 32n)
      return
    }
    case 'pubKey': {
      const bytes = Buffer.from(value as string, 'hex')
      for (let at = 0; at < 40; at += 8) writer.put(bytes.readBigUInt64LE(at))
      return
    }
    case 'memo':
      return // bound only by the L1 message (CRYPTO.md section 11)
    case 'orders':
      assert(false, 'order lists are hashed by aggregateOrders')
  }
}

/** H4 of the first order; then H4(digest || H4(order)) for each further one. */
function aggregateOrders(writer: WordWriter, orders: readonly OrderFields[]): readonly bigint[] {
  let aggregate: bigint[] = []
  for (const order of orders) {
    const values = order as unknown as Record<string, WideInt>
    for (const field of ORDER_FIELDS) writer.put(values[field.name] ?? 0)
    writer.squeeze(4)
    const digest = [...writer.kernel.digest.subarray(0, 4)]
    if (aggregate.length === 0) {
      aggregate = digest
      continue
    }
    for (const word of aggregate) writer.put(word)
    for (const word of digest) writer.put(word)
    writer.squeeze(4)
    aggregate = [...writer.kernel.digest.subarray(0, 4)]
  }
  return aggregate
}

function bindAttributes(writer: WordWriter, attributes: TxAttributes | null | undefined): void {
  const pairs = hashedAttributes(attributes)
  if (pairs.length === 0) return
  const hash = [...writer.kernel.digest.subarray(0, 5)]
  for (let index = 0; index < MAX_ATTRIBUTES; index += 1) {
    const [type, value] = pairs[index] ?? [0, 0]
    writer.put(type)
    writer.put(value)
  }
  writer.squeeze(5)
  const digest = [...writer.kernel.digest.subarray(0, 5)]
  for (const word of hash) writer.put(word)
  for (const word of digest) writer.put(word)
  writer.squeeze(5)
}
