import { describe, expect, it } from 'vitest'
import { reduceScalar } from '../../../src/lighter/signer/keys.ts'
import { loadKernel } from '../../../src/lighter/signer/kernel-loader.ts'
import { kernelHash, probe, probeScalar } from './probe.ts'
import { bytesOfInteger, bytesOfWords, N, P, wordsOfBytes } from './reference.ts'
import * as reference from './reference.ts'
import { bytesOf, readVectors, VECTOR_SETS, type Words } from './vector-files.ts'

const big = (words: Words): bigint[] => words.map(BigInt)
const residues = (words: Words): bigint[] => words.map((word) => BigInt(word) % P)

type BaseCase = Record<
  'a' | 'b' | 'add' | 'sub' | 'mul' | 'negA' | 'squareA' | 'inverseOrZeroA',
  string
> & { sqrtA: string | null }
interface Gfp5File {
  goldilocks: BaseCase[]
  binary: { a: Words; b: Words; add: Words; sub: Words; mul: Words; div: Words | null }[]
  unary: {
    a: Words
    neg: Words
    double: Words
    square: Words
    inverseOrZero: Words
    frobenius: Words[]
    legendre: string
  }[]
  sqrt: { a: Words; isSquare: boolean; canonicalSqrt: Words | null }[]
  serialization: { element: Words; bytes?: string; nonCanonicalBytes?: string }[]
}

interface CurveFile {
  decode: { w: Words; valid: boolean; x?: Words; u?: Words; isNeutral?: boolean }[]
  add: { a: Words; b: Words; sum: Words }[]
  double: { a: Words; neg: Words; double: Words; repeatedDouble: Record<string, Words> }[]
  scalarMul: { p: Words; scalar: string; out: Words }[]
  generatorMul: { scalar: string; out: Words; bytes: string }[]
  mulAddGenerator: { s: string; e: string; q: Words; out: Words }[]
}

interface ScalarFile {
  binary: Record<'a' | 'b' | 'add' | 'sub' | 'mul', string>[]
  fromBytes: { bytes: string; canonical: boolean; reduced: string }[]
  fromGfp5: { element: Words; scalar: string }[]
  fromBigInt: { value: string; scalar: string }[]
}

interface PoseidonFile {
  permutation: { in: Words; out: Words }[]
  hashNoPad: { in: Words; numOutputs: number; out: Words; bytes?: string }[]
  hashNToOne: { in: Words[]; out: Words }[]
}

describe.each(VECTOR_SETS)('arithmetic of the kernel: $name', (set) => {
  it('computes in the base field', () => {
    const { goldilocks } = readVectors<Gfp5File>(set, 'gfp5.json')
    expect(goldilocks.length).toBeGreaterThan(0)
    for (const c of goldilocks) {
      const [a, b] = [BigInt(c.a), BigInt(c.b)]
      const run = (name: Parameters<typeof probe>[0]): bigint | undefined =>
        probe(name, { a: [a], b: [b] })?.[0]
      expect(run('add')).toBe(BigInt(c.add))
      expect(run('sub')).toBe(BigInt(c.sub))
      expect(run('mul')).toBe(BigInt(c.mul))
      expect(run('negate')).toBe(BigInt(c.negA))
      expect(run('invert')).toBe(BigInt(c.inverseOrZeroA))
      expect(probe('mul', { a: [a], b: [a] })?.[0]).toBe(BigInt(c.squareA))
      const root = run('sqrt')
      const expected = c.sqrtA === null ? [undefined] : [BigInt(c.sqrtA), -BigInt(c.sqrtA) + P]
      expect(c.sqrtA === '0' ? [0n] : expected).toContain(root)
    }
  })

  it('computes in GFp5', () => {
    const { binary, unary } = readVectors<Gfp5File>(set, 'gfp5.json')
    for (const c of binary) {
      const operands = { a: big(c.a), b: big(c.b) }
      expect(probe('add5', operands)).toEqual(big(c.add))
      expect(probe('sub5', operands)).toEqual(big(c.sub))
      expect(probe('mul5', operands)).toEqual(big(c.mul))
      if (c.div === null) continue
      const inverse = probe('invert5', { a: big(c.b) }) ?? []
      expect(probe('mul5', { a: big(c.a), b: inverse })).toEqual(big(c.div))
    }
    for (const c of unary) {
      const a = big(c.a)
      expect(probe('negate5', { a })).toEqual(big(c.neg))
      expect(probe('add5', { a, b: a })).toEqual(big(c.double))
      expect(probe('square5', { a })).toEqual(big(c.square))
      expect(probe('invert5', { a })).toEqual(big(c.inverseOrZero))
      expect(probe('legendre5', { a })?.[0]).toBe(BigInt(c.legendre))
      let power = a
      for (const image of c.frobenius) {
        power = probe('frobenius', { a: power }) ?? []
        expect(power).toEqual(big(image))
      }
    }
  })

  it('finds square roots in GFp5 where there are some', () => {
    const { sqrt } = readVectors<Gfp5File>(set, 'gfp5.json')
    expect(new Set(sqrt.map((c) => c.isSquare))).toEqual(new Set([true, false]))
    for (const c of sqrt) {
      const root = probe('sqrt5', { a: big(c.a) })
      expect(root !== undefined).toBe(c.isSquare)
      if (root === undefined || c.canonicalSqrt === null) continue
      const canonical = big(c.canonicalSqrt)
      expect([canonical, probe('negate5', { a: canonical })]).toContainEqual(root)
    }
  })

  it('takes words beyond p as residues and encodes canonically', () => {
    const { serialization } = readVectors<Gfp5File>(set, 'gfp5.json')
    for (const { bytes, element } of serialization.filter((c) => c.bytes !== undefined)) {
      expect(bytesOfWords(residues(element)).toString('hex')).toBe(bytes)
    }
    for (const c of serialization) {
      for (const hex of [c.bytes, c.nonCanonicalBytes]) {
        if (hex === undefined) continue
        const words = probe('add5', { a: wordsOfBytes(bytesOf(hex)) }) ?? []
        expect(words).toEqual(residues(c.element))
      }
    }
  })

  it('decodes, adds and doubles points', () => {
    const file = readVectors<CurveFile>(set, 'ecgfp5.json')
    for (const c of file.decode) {
      const w = big(c.w)
      const decoded = probe('addPoints', { a: w, b: big(['0', '0', '0', '0', '0']) })
      expect(decoded).toEqual(c.valid ? w.map((word) => word % P) : undefined)
    }
    for (const c of file.add) {
      expect(probe('addPoints', { a: big(c.a), b: big(c.b) })).toEqual(big(c.sum))
      expect(probe('addPoints', { a: big(c.b), b: big(c.a) })).toEqual(big(c.sum))
    }
    for (const c of file.double) {
      expect(probe('doublePoint', { a: big(c.a) })).toEqual(big(c.double))
      expect(probe('negatePoint', { a: big(c.a) })).toEqual(big(c.neg))
      for (const [times, expected] of Object.entries(c.repeatedDouble)) {
        const scalar = bytesOfInteger(2n ** BigInt(times) % N)
        expect(probe('mulPoint', { b: big(c.a), scalars: [scalar] })).toEqual(big(expected))
      }
    }
  })

  it('multiplies points by scalars', () => {
    const file = readVectors<CurveFile>(set, 'ecgfp5.json')
    for (const c of file.scalarMul) {
      const operands = { b: big(c.p), scalars: [bytesOf(c.scalar)] }
      expect(probe('mulPoint', operands)).toEqual(big(c.out))
    }
    for (const c of file.generatorMul) {
      const out = probe('mulGenerator', { scalars: [bytesOf(c.scalar)] }) ?? []
      expect(out).toEqual(big(c.out))
      expect(bytesOfWords(out).toString('hex')).toBe(c.bytes)
    }
    for (const c of file.mulAddGenerator) {
      const operands = { b: big(c.q), scalars: [bytesOf(c.e), bytesOf(c.s)] }
      expect(probe('mulAddGenerator', operands)).toEqual(big(c.out))
    }
  })

  it('computes modulo the group order', () => {
    const file = readVectors<ScalarFile>(set, 'scalar.json')
    for (const c of file.binary) {
      const [a, b] = [bytesOf(c.a), bytesOf(c.b)]
      expect(probeScalar('addScalars', a, b)).toBe(c.add)
      expect(probeScalar('subScalars', a, b)).toBe(c.sub)
      expect(probeScalar('mulScalars', a, b)).toBe(c.mul)
    }
    const reduce = (bytes: Uint8Array): string =>
      Buffer.from(reduceScalar(loadKernel(), bytes)).toString('hex')
    for (const c of file.fromBytes) expect(reduce(bytesOf(c.bytes))).toBe(c.reduced)
    for (const c of file.fromGfp5) {
      expect(reduce(bytesOfWords(residues(c.element)))).toBe(c.scalar)
    }
    for (const c of file.fromBigInt) {
      // The kernel takes 512 bits; what is longer is folded once before.
      const value = BigInt(c.value) < 2n ** 512n ? BigInt(c.value) : BigInt(c.value) % (N << 190n)
      const bytes = Buffer.from(value.toString(16).padStart(128, '0'), 'hex').toReversed()
      expect(reduce(bytes)).toBe(c.scalar)
    }
  })

  it('hashes with Poseidon2', () => {
    const file = readVectors<PoseidonFile>(set, 'poseidon2.json')
    for (const c of file.permutation) {
      const kernel = loadKernel()
      kernel.words.set(big(c.in))
      kernel.probe(40)
      expect([...kernel.words.subarray(0, 12)]).toEqual(big(c.out))
      expect(reference.permute(residues(c.in))).toEqual(big(c.out))
    }
    for (const c of file.hashNoPad) {
      // A squeeze beyond one block is not a format that anybody signs.
      const outputs = Math.min(c.numOutputs, 8)
      expect(kernelHash(big(c.in), outputs)).toEqual(big(c.out).slice(0, outputs))
    }
    for (const c of file.hashNToOne) {
      const [first = [], ...rest] = c.in.map(big)
      expect(rest.reduce((sum, next) => kernelHash([...sum, ...next], 4), first)).toEqual(
        residues(c.out),
      )
    }
  })
})
