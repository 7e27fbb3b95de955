/**
 * The kernel's probe operations by name, over bigints.
 * @module
 */
import { loadKernel } from '../../../src/lighter/signer/kernel-loader.ts'
import { bytesOfWords, wordsOfBytes } from './reference.ts'

const OPERATION = {
  add: 0,
  sub: 1,
  mul: 2,
  invert: 3,
  sqrt: 4,
  negate: 5,
  add5: 10,
  sub5: 11,
  mul5: 12,
  invert5: 13,
  frobenius: 14,
  square5: 15,
  sqrt5: 16,
  legendre5: 17,
  negate5: 18,
  addScalars: 20,
  subScalars: 21,
  mulScalars: 22,
  addPoints: 30,
  doublePoint: 31,
  mulPoint: 32,
  mulGenerator: 33,
  negatePoint: 34,
  mulAddGenerator: 35,
  permute: 40,
} as const

/** Operands of five words each; `scalars` (40 bytes) go to words 10 and 15. */
export interface ProbeOperands {
  readonly a?: readonly bigint[]
  readonly b?: readonly bigint[]
  readonly scalars?: readonly Uint8Array[]
}

/** Runs one operation; undefined when the kernel says that there is no result. */
export function probe(
  name: keyof typeof OPERATION,
  operands: ProbeOperands,
  length = 5,
): bigint[] | undefined {
  const kernel = loadKernel()
  kernel.words.fill(0n)
  kernel.words.set(operands.a ?? [])
  if (operands.b !== undefined) kernel.words.set(operands.b, 5)
  for (const [index, scalar] of (operands.scalars ?? []).entries()) {
    kernel.words.set(wordsOfBytes(scalar), 10 + 5 * index)
  }
  return kernel.probe(OPERATION[name]) === 1 ? [...kernel.words.subarray(0, length)] : undefined
}

/** Scalar operations take and give 40 bytes as hex. */
export function probeScalar(
  name: 'addScalars' | 'subScalars' | 'mulScalars',
  a: Uint8Array,
  b: Uint8Array,
): string {
  const result = probe(name, { a: wordsOfBytes(a), b: wordsOfBytes(b) }) ?? []
  return bytesOfWords(result).toString('hex')
}

/** Hashes words with the kernel. */
export function kernelHash(words: readonly bigint[], outputs: number): bigint[] {
  const kernel = loadKernel()
  kernel.words.set(words)
  kernel.hash(words.length, outputs)
  return [...kernel.digest.subarray(0, outputs)]
}
