import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  instantiateKernel,
  loadKernel,
  readKernel,
} from '../../../src/lighter/signer/kernel-loader.ts'
import { reduceScalar } from '../../../src/lighter/signer/keys.ts'
import { signDigest } from '../../../src/lighter/signer/schnorr.ts'
import { kernelHash, probe, probeScalar } from './probe.ts'
import * as reference from './reference.ts'
import { bytesOfInteger, N, P } from './reference.ts'

const EDGES = [0n, 1n, 2n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 44n, P - 2n ** 32n, P - 1n]
const MAX = 2n ** 64n - 1n

const word = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt(0n, P - 1n) },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
)
/** Any 64 bits, also those that are no canonical element. */
const raw = fc.oneof(fc.bigInt(0n, MAX), fc.constantFrom(...EDGES, P, P + 1n, MAX))
const element = fc.array(word, { minLength: 5, maxLength: 5 })
const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt(0n, N - 1n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, 63n, 64n, 65n, N - 1n, N - 2n, N / 2n) },
  // All windows at the border between positive and negative digits.
  { weight: 1, arbitrary: fc.constantFrom(repeated(64n), repeated(65n), repeated(63n)) },
)
const wide = fc.oneof(
  fc.bigInt(0n, 2n ** 320n - 1n),
  fc.constantFrom(0n, N - 1n, N, N + 1n, 2n * N - 1n, 2n * N, 2n ** 320n - 1n),
)

function repeated(window: bigint): bigint {
  return Array.from({ length: 45 }).reduce<bigint>((sum) => (sum << 7n) + window, 0n) % N
}

describe('the kernel against the BigInt reference', () => {
  it('computes the same in the base field', () => {
    const property = fc.property(raw, raw, (a, b) => {
      const run = (name: Parameters<typeof probe>[0]): bigint | undefined =>
        probe(name, { a: [a], b: [b] })?.[0]
      expect(run('add')).toBe((a + b) % P)
      expect(run('sub')).toBe(reference.mod(a - b))
      expect(run('mul')).toBe((a * b) % P)
      expect(run('negate')).toBe(reference.mod(-a))
      expect(run('invert')).toBe(reference.pow(a, P - 2n))
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('computes the same in GFp5', () => {
    const property = fc.property(element, element, (a, b) => {
      expect(probe('mul5', { a, b })).toEqual(reference.mul5(a, b))
      expect(probe('square5', { a })).toEqual(reference.mul5(a, a))
      expect(probe('add5', { a, b })).toEqual(reference.add5(a, b))
      expect(probe('sub5', { a, b })).toEqual(reference.sub5(a, b))
    })
    fc.assert(property, { numRuns: 1000 })
  })

  it('inverts, takes characters and roots alike', () => {
    const property = fc.property(element, (a) => {
      expect(probe('invert5', { a })).toEqual(reference.inv5(a))
      const square = reference.mul5(a, a)
      const root = probe('sqrt5', { a: square })
      expect([a, reference.sub5(reference.ZERO, a)]).toContainEqual(root)
      expect(probe('legendre5', { a })?.[0]).toBe(reference.legendre5(a))
      expect(probe('sqrt5', { a }) !== undefined).toBe(reference.legendre5(a) !== P - 1n)
    })
    fc.assert(property, { numRuns: 25 })
  })

  it('computes the same modulo the group order, with unreduced operands too', () => {
    const property = fc.property(wide, wide, (a, b) => {
      const [x, y] = [bytesOfInteger(a), bytesOfInteger(b)]
      const hex = (value: bigint): string => bytesOfInteger(reference.mod(value, N)).toString('hex')
      expect(probeScalar('addScalars', x, y)).toBe(hex(a + b))
      expect(probeScalar('subScalars', x, y)).toBe(hex(a - b))
      expect(probeScalar('mulScalars', x, y)).toBe(hex(a * b))
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('reduces 512 bits like the reference', () => {
    const property = fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
      const reduced = Buffer.from(reduceScalar(loadKernel(), bytes)).toString('hex')
      expect(reduced).toBe(bytesOfInteger(reference.integerOfBytes(bytes) % N).toString('hex'))
    })
    fc.assert(property, { numRuns: 300, examples: [[new Uint8Array(64).fill(255)]] })
  })

  it('hashes any number of words alike', () => {
    const property = fc.property(fc.array(raw, { maxLength: 24 }), (words) => {
      expect(kernelHash(words, 5)).toEqual(reference.hashWords(words, 5))
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('multiplies points alike, whatever the scalar', () => {
    const property = fc.property(scalar, scalar, (a, b) => {
      const [scalarA, scalarB] = [bytesOfInteger(a), bytesOfInteger(b)]
      const point = reference.multiplyPoint(reference.GENERATOR, a)
      const encoded = reference.encodePoint(point)
      expect(probe('mulGenerator', { scalars: [scalarA] })).toEqual(encoded)
      const product = reference.encodePoint(reference.multiplyPoint(point, b))
      expect(probe('mulPoint', { b: encoded, scalars: [scalarB] })).toEqual(product)
    })
    fc.assert(property, {
      numRuns: 15,
      examples: [
        [0n, 5n],
        [5n, 0n],
        [1n, N - 1n],
      ],
    })
  })

  it('adds neutral, equal and opposite points without a special case', () => {
    const point = reference.encodePoint(reference.multiplyPoint(reference.GENERATOR, 12345n))
    const opposite = reference.sub5(reference.ZERO, point)
    const neutral = [...reference.ZERO]
    expect(probe('addPoints', { a: point, b: neutral })).toEqual(point)
    expect(probe('addPoints', { a: neutral, b: neutral })).toEqual(neutral)
    expect(probe('addPoints', { a: point, b: opposite })).toEqual(neutral)
    expect(probe('doublePoint', { a: neutral })).toEqual(neutral)
    expect(probe('addPoints', { a: point, b: point })).toEqual(probe('doublePoint', { a: point }))
  })

  it('signs like the reference', () => {
    const property = fc.property(element, scalar, scalar, (message, sk, k) => {
      fc.pre(k !== 0n)
      const kernel = loadKernel()
      kernel.digest.set(message)
      const signature = signDigest(kernel, bytesOfInteger(sk), () => bytesOfInteger(k))
      expect(Buffer.from(signature)).toEqual(reference.sign(message, sk, k))
    })
    fc.assert(property, { numRuns: 15 })
  })
})

describe('the kernel and secrets', () => {
  it('keeps neither key nor k in its memory after signing', () => {
    const kernel = loadKernel()
    const privateKey = bytesOfInteger(N - 987654321987654321n)
    const k = bytesOfInteger(N - 123456789123456789n)
    kernel.digest.set([1n, 2n, 3n, 4n, 5n])
    signDigest(kernel, privateKey, () => Uint8Array.from(k))
    const memory = Buffer.from(kernel.memory.buffer)
    for (const secret of [privateKey, k]) {
      for (let at = 0; at < 40; at += 8) {
        // Upper limbs equal those of n, which the kernel holds as a constant.
        const limb = secret.subarray(at, at + 8)
        if (bytesOfInteger(N).includes(limb)) continue
        expect(memory.includes(limb)).toBe(false)
      }
    }
  })

  it('asks again for k when it is zero, and gives up loudly', () => {
    const kernel = loadKernel()
    const attempts: number[] = []
    const signature = signDigest(kernel, bytesOfInteger(5n), (_key, _message, attempt) => {
      attempts.push(attempt)
      return bytesOfInteger(attempt === 0 ? N : 7n)
    })
    expect(attempts).toEqual([0, 1])
    expect(signature).toHaveLength(80)
    const zero = (): unknown => signDigest(kernel, bytesOfInteger(5n), () => new Uint8Array(64))
    expect(zero).toThrow('k is not zero')
  })
})

describe('loading the kernel', () => {
  it('says how to build it when the file is missing', () => {
    const missing = new URL('file:///nowhere/kernel.wasm')
    expect(() => readKernel(missing)).toThrow(
      expect.objectContaining({
        kind: 'signer',
        code: 'kernel_missing',
        hint: expect.stringContaining('npm run build') as string,
      }),
    )
  })

  it('refuses bytes that are no kernel', () => {
    expect(() => instantiateKernel(Uint8Array.of(1, 2, 3))).toThrow(
      expect.objectContaining({ kind: 'signer', code: 'kernel_broken' }),
    )
  })

  it('has at most 24 kB', () => {
    expect(readKernel().length).toBeLessThanOrEqual(24 * 1024)
  })
})
