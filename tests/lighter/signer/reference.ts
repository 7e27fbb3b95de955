/**
 * The signature arithmetic once more, in plain BigInt and as close to the text of CRYPTO.md as possible: a second
 * opinion for the kernel. Slow and not constant-time; for tests only.
 * @module
 */
import { readFileSync } from 'node:fs'

export const P = 2n ** 64n - 2n ** 32n + 1n
export const N =
  1067993516717146951041484916571792702745057740581727230159139685185762082554198619328292418486241n

/** Five coefficients. */
export type Gfp5 = readonly bigint[]
/** Fractional coordinates x = X/Z, u = U/T. */
export interface CurvePoint {
  readonly x: Gfp5
  readonly z: Gfp5
  readonly u: Gfp5
  readonly t: Gfp5
}

interface Constants {
  readonly externalRoundConstants: readonly (readonly string[])[]
  readonly internalRoundConstants: readonly string[]
  readonly internalMatrixDiagonalMinusOne: readonly string[]
}

const constants = JSON.parse(
  readFileSync(new URL('../../vectors/poseidon2-constants.json', import.meta.url), 'utf8'),
) as Constants
const EXTERNAL = constants.externalRoundConstants.map((round) => round.map(BigInt))
const INTERNAL = constants.internalRoundConstants.map(BigInt)
const DIAGONAL = constants.internalMatrixDiagonalMinusOne.map(BigInt)

export function mod(a: bigint, m: bigint = P): bigint {
  const rest = a % m
  return rest < 0n ? rest + m : rest
}

export function pow(base: bigint, exponent: bigint, m: bigint = P): bigint {
  let result = 1n
  for (let b = mod(base, m), e = exponent; e > 0n; e >>= 1n, b = (b * b) % m) {
    if (e & 1n) result = (result * b) % m
  }
  return result
}

// GFp5 (section 2)

export const ZERO: Gfp5 = [0n, 0n, 0n, 0n, 0n]
const ONE: Gfp5 = [1n, 0n, 0n, 0n, 0n]

const at = (a: readonly bigint[], index: number): bigint => a[index] ?? 0n

export function add5(a: Gfp5, b: Gfp5): Gfp5 {
  return a.map((word, i) => mod(word + at(b, i)))
}

export function sub5(a: Gfp5, b: Gfp5): Gfp5 {
  return a.map((word, i) => mod(word - at(b, i)))
}

export function mul5(a: Gfp5, b: Gfp5): Gfp5 {
  const c = [0n, 0n, 0n, 0n, 0n]
  for (let i = 0; i < 5; i += 1) {
    for (let j = 0; j < 5; j += 1) {
      const k = (i + j) % 5
      c[k] = at(c, k) + at(a, i) * at(b, j) * (i + j < 5 ? 1n : 3n)
    }
  }
  return c.map((word) => mod(word))
}

/** a^exponent by square and multiply: no Frobenius, so independent of the kernel's chains. */
function pow5(a: Gfp5, exponent: bigint): Gfp5 {
  let result = ONE
  for (let b = a, e = exponent; e > 0n; e >>= 1n, b = mul5(b, b)) {
    if (e & 1n) result = mul5(result, b)
  }
  return result
}

const R = 1n + P + P ** 2n + P ** 3n + P ** 4n

export function inv5(a: Gfp5): Gfp5 {
  const f = pow5(a, R - 1n)
  const scale = pow(at(mul5(a, f), 0), P - 2n)
  return f.map((word) => mod(word * scale))
}

/** The norm to GF(p), raised to (p-1)/2. */
export function legendre5(a: Gfp5): bigint {
  return pow(at(pow5(a, R), 0), (P - 1n) / 2n)
}

function sqrt(a: bigint): bigint | undefined {
  if (a === 0n) return 0n
  if (pow(a, (P - 1n) / 2n) !== 1n) return undefined
  const odd = 2n ** 32n - 1n
  let unity = pow(7n, odd)
  let root = pow(a, (odd + 1n) / 2n)
  let rest = pow(a, odd)
  let level = 32
  while (rest !== 1n) {
    let order = 0
    for (let power = rest; power !== 1n; power = mod(power * power)) order += 1
    const step = pow(unity, 2n ** BigInt(level - order - 1))
    root = mod(root * step)
    unity = mod(step * step)
    rest = mod(rest * unity)
    level = order
  }
  return root
}

function sqrt5(a: Gfp5): Gfp5 | undefined {
  if (a.every((word) => word === 0n)) return ZERO
  const root = sqrt(at(pow5(a, R), 0))
  if (root === undefined) return undefined
  const inverse = inv5(pow5(a, (R - 1n) / 2n))
  return inverse.map((word) => mod(word * root))
}

// The curve (section 3)

const B: Gfp5 = [0n, 263n, 0n, 0n, 0n]
const NEUTRAL: CurvePoint = { x: ZERO, z: ONE, u: ZERO, t: ONE }
export const GENERATOR: CurvePoint = {
  x: [
    12883135586176881569n,
    4356519642755055268n,
    5248930565894896907n,
    2165973894480315022n,
    2448410071095648785n,
  ],
  z: ONE,
  u: [13835058052060938241n, 0n, 0n, 0n, 0n],
  t: ONE,
}

function addPoints(p: CurvePoint, q: CurvePoint): CurvePoint {
  const t1 = mul5(p.x, q.x)
  const t2 = mul5(p.z, q.z)
  const t3 = mul5(p.u, q.u)
  const t4 = mul5(p.t, q.t)
  const t5 = add5(mul5(p.x, q.z), mul5(q.x, p.z))
  const t6 = add5(mul5(p.u, q.t), mul5(q.u, p.t))
  const t7 = add5(t1, mul5(B, t2))
  const t8 = mul5(t4, t7)
  const inner = add5(mul5(B, t5), t7)
  const t9 = mul5(t3, add5(inner, inner))
  const t10 = mul5(add5(t4, add5(t3, t3)), add5(t5, t7))
  return {
    x: mul5(B, sub5(t10, t8)),
    z: sub5(t8, t9),
    u: mul5(t6, sub5(mul5(B, t2), t1)),
    t: add5(t8, t9),
  }
}

/** Double and add with the complete addition only. */
export function multiplyPoint(p: CurvePoint, scalar: bigint): CurvePoint {
  let result = NEUTRAL
  for (const bit of scalar.toString(2)) {
    result = addPoints(result, result)
    if (bit === '1') result = addPoints(result, p)
  }
  return result
}

export function encodePoint(p: CurvePoint): Gfp5 {
  return mul5(p.t, inv5(p.u))
}

function decodePoint(w: Gfp5): CurvePoint | undefined {
  if (w.every((word) => word === 0n)) return NEUTRAL
  const e = sub5(mul5(w, w), [2n, 0n, 0n, 0n, 0n])
  const r = sqrt5(sub5(mul5(e, e), mul5(B, [4n, 0n, 0n, 0n, 0n])))
  if (r === undefined) return undefined
  const half = (P + 1n) / 2n
  const candidates = [add5(e, r), sub5(e, r)].map((v) => v.map((word) => mod(word * half)))
  const x = candidates.find((candidate) => legendre5(candidate) !== 1n)
  return x === undefined ? undefined : { x, z: ONE, u: ONE, t: w }
}

// Poseidon2 (section 4)

export function permute(input: readonly bigint[]): bigint[] {
  let state = externalLayer([...input])
  const full = (round: number): void => {
    const row = EXTERNAL[round] ?? []
    state = externalLayer(state.map((word, i) => pow(word + at(row, i), 7n)))
  }
  for (let round = 0; round < 4; round += 1) full(round)
  for (const constant of INTERNAL) {
    state[0] = pow(at(state, 0) + constant, 7n)
    const sum = state.reduce((total, word) => total + word, 0n)
    state = state.map((word, i) => mod(word * at(DIAGONAL, i) + sum))
  }
  for (let round = 4; round < 8; round += 1) full(round)
  return state
}

const M4 = [
  [2n, 3n, 1n, 1n],
  [1n, 2n, 3n, 1n],
  [1n, 1n, 2n, 3n],
  [3n, 1n, 1n, 2n],
]

function externalLayer(state: readonly bigint[]): bigint[] {
  const mixed = state.map((_, i) => {
    const row = M4[i % 4] ?? []
    return row.reduce((sum, factor, j) => sum + factor * at(state, i - (i % 4) + j), 0n)
  })
  return mixed.map((word, i) =>
    mod(word + at(mixed, i % 4) + at(mixed, (i % 4) + 4) + at(mixed, (i % 4) + 8)),
  )
}

export function hashWords(words: readonly bigint[], outputs: number): bigint[] {
  let state: bigint[] = Array.from({ length: 12 }, () => 0n)
  for (let from = 0; from < words.length; from += 8) {
    for (const [i, word] of words.slice(from, from + 8).entries()) state[i] = mod(word)
    state = permute(state)
  }
  return state.slice(0, outputs)
}

// Bytes and signatures (section 5)

export function wordsOfBytes(bytes: Uint8Array): bigint[] {
  const words: bigint[] = []
  for (let from = 0; from < bytes.length; from += 8) {
    words.push(Buffer.from(bytes).readBigUInt64LE(from))
  }
  return words
}

export function integerOfBytes(bytes: Uint8Array): bigint {
  return wordsOfBytes(bytes).reduceRight((sum, word) => (sum << 64n) + word, 0n)
}

export function bytesOfInteger(value: bigint): Buffer {
  return bytesOfWords([0, 1, 2, 3, 4].map((i) => BigInt.asUintN(64, value >> BigInt(64 * i))))
}

export function bytesOfWords(words: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(words.length * 8)
  for (const [i, word] of words.entries()) bytes.writeBigUInt64LE(word, i * 8)
  return bytes
}

function challenge(r: Gfp5, message: Gfp5): bigint {
  return integerOfBytes(bytesOfWords(hashWords([...r, ...message], 5))) % N
}

/** s || e. */
export function sign(message: Gfp5, sk: bigint, k: bigint): Buffer {
  const e = challenge(encodePoint(multiplyPoint(GENERATOR, k)), message)
  return Buffer.concat([bytesOfInteger(mod(k - e * sk, N)), bytesOfInteger(e)])
}

export function verify(publicKey: Gfp5, message: Gfp5, signature: Uint8Array): boolean {
  const q = decodePoint(publicKey)
  if (q === undefined) return false
  const s = integerOfBytes(signature.subarray(0, 40)) % N
  const e = integerOfBytes(signature.subarray(40)) % N
  const r = addPoints(multiplyPoint(GENERATOR, s), multiplyPoint(q, e))
  return challenge(encodePoint(r), message) === e
}
