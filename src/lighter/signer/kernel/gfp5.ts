// GFp5 = GF(p)[z] / (z^5 - 3) (CRYPTO.md section 2). An element is five canonical words at an address.
// Every function may write to an address it reads from.

import { FIELD_SCRATCH } from './layout'
import {
  add,
  canonical,
  EPSILON,
  halve,
  invert,
  legendre,
  multiply,
  multiplySmall,
  negate,
  P,
  reduceWide,
  squareRoot,
  squareTimes,
  sub,
} from './goldilocks'

/** Bytes of an element. */
export const SIZE: usize = 40

// Right operand of a product in 32-bit halves: coefficients 3 b1, 3 b2, 3 b3, 3 b4, b0, b1, b2, b3, b4.
const HALVES: usize = FIELD_SCRATCH
// Temporaries of inversion and square root.
const T0: usize = FIELD_SCRATCH + 160
const T1: usize = T0 + SIZE
const T2: usize = T1 + SIZE
const T3: usize = T2 + SIZE
const T4: usize = T3 + SIZE

// @inline
export function copy5(to: usize, a: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const a4 = load<u64>(a, 32)
  set5(to, a0, a1, a2, a3, a4)
}

// @inline
export function set5(to: usize, c0: u64, c1: u64, c2: u64, c3: u64, c4: u64): void {
  store<u64>(to, c0)
  store<u64>(to, c1, 8)
  store<u64>(to, c2, 16)
  store<u64>(to, c3, 24)
  store<u64>(to, c4, 32)
}

export function add5(to: usize, a: usize, b: usize): void {
  store<u64>(to, add(load<u64>(a), load<u64>(b)))
  store<u64>(to, add(load<u64>(a, 8), load<u64>(b, 8)), 8)
  store<u64>(to, add(load<u64>(a, 16), load<u64>(b, 16)), 16)
  store<u64>(to, add(load<u64>(a, 24), load<u64>(b, 24)), 24)
  store<u64>(to, add(load<u64>(a, 32), load<u64>(b, 32)), 32)
}

export function sub5(to: usize, a: usize, b: usize): void {
  store<u64>(to, sub(load<u64>(a), load<u64>(b)))
  store<u64>(to, sub(load<u64>(a, 8), load<u64>(b, 8)), 8)
  store<u64>(to, sub(load<u64>(a, 16), load<u64>(b, 16)), 16)
  store<u64>(to, sub(load<u64>(a, 24), load<u64>(b, 24)), 24)
  store<u64>(to, sub(load<u64>(a, 32), load<u64>(b, 32)), 32)
}

export function negate5(to: usize, a: usize): void {
  for (let at: usize = 0; at < SIZE; at += 8) store<u64>(to + at, negate(load<u64>(a + at)))
}

export function halve5(to: usize, a: usize): void {
  for (let at: usize = 0; at < SIZE; at += 8) store<u64>(to + at, halve(load<u64>(a + at)))
}

/** b times an element, for the curve constant b = 263 z. */
export function multiplyB(to: usize, a: usize): void {
  const a4 = load<u64>(a, 32)
  store<u64>(to, multiplySmall(load<u64>(a, 24), 263), 32)
  store<u64>(to, multiplySmall(load<u64>(a, 16), 263), 24)
  const a1 = load<u64>(a, 8)
  const a0 = load<u64>(a)
  store<u64>(to, multiplySmall(a1, 263), 16)
  store<u64>(to, multiplySmall(a0, 263), 8)
  store<u64>(to, multiplySmall(a4, 789))
}

/** 1 when the element is 0. */
export function isZero5(a: usize): i32 {
  const any =
    load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24) | load<u64>(a, 32)
  return i32(any == 0)
}

export function isEqual5(a: usize, b: usize): i32 {
  let difference: u64 = 0
  for (let at: usize = 0; at < SIZE; at += 8) difference |= load<u64>(a + at) ^ load<u64>(b + at)
  return i32(difference == 0)
}

/** 1 when every word is below p. */
export function isCanonical5(a: usize): i32 {
  let all = 1
  for (let at: usize = 0; at < SIZE; at += 8) all &= i32(load<u64>(a + at) < P)
  return all
}

export function canonical5(to: usize, a: usize): void {
  for (let at: usize = 0; at < SIZE; at += 8) store<u64>(to + at, canonical(load<u64>(a + at)))
}

/** a with its coefficients multiplied by one word. */
function scale5(to: usize, a: usize, word: u64): void {
  for (let at: usize = 0; at < SIZE; at += 8) store<u64>(to + at, multiply(load<u64>(a + at), word))
}

// Products. The left operand is cut into limbs of 22, 22 and 20 bits, the right one into halves of 32 (34 when
// tripled), so that a product of limbs has at most 56 bits and the sum of five never leaves 64: no carries until
// the six columns of a coefficient are put together.

const MASK22: u64 = 0x3fffff

// @inline
function storeHalves(at: usize, word: u64, factor: u64): void {
  store<u64>(at, (word & EPSILON) * factor)
  store<u64>(at, (word >> 32) * factor, 8)
}

/**
 * Columns at 2^0, 2^22, 2^44 (c) and the same times 2^32 (d), each below 2^60 -> canonical.
 * With f = 2^32, f^2 = f - 1 and f^3 = -1, they become x0 + x1 f + x2 f^2 without a carry. The constants added to x0
 * and x1 are p = (2^61 + 1) + (2^32 - 1 - 2^29) f: they keep x0 positive.
 */
// @inline
function columns(c0: u64, c22: u64, c44: u64, d0: u64, d22: u64, d44: u64): u64 {
  const x2 = (c44 >> 20) + (d22 >> 10) + ((d44 & 0xfffff) << 12)
  const x1 =
    x2 +
    d0 +
    (c22 >> 10) +
    ((c44 & 0xfffff) << 12) +
    ((d22 & 0x3ff) << 22) +
    (0xffffffff - (1 << 29))
  const carry = x1 >> 32
  const x0 = c0 + ((c22 & 0x3ff) << 22) + ((u64(1) << 61) + 1) - (d44 >> 20) - x2 - carry
  // x0 + (x1 mod f + carry) f: at most one more overflow of f, and one of the final sum.
  const middle = (x1 & EPSILON) + carry
  const shifted = middle << 32
  const sum = shifted + x0
  const wraps = (middle >> 32) + u64(sum < shifted)
  return canonical(sum + (wraps << 32) - wraps)
}

export function multiply5(to: usize, a: usize, b: usize): void {
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  const b4 = load<u64>(b, 32)
  storeHalves(HALVES, b1, 3)
  storeHalves(HALVES + 16, b2, 3)
  storeHalves(HALVES + 32, b3, 3)
  storeHalves(HALVES + 48, b4, 3)
  storeHalves(HALVES + 64, b0, 1)
  storeHalves(HALVES + 80, b1, 1)
  storeHalves(HALVES + 96, b2, 1)
  storeHalves(HALVES + 112, b3, 1)
  storeHalves(HALVES + 128, b4, 1)
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const a4 = load<u64>(a, 32)
  const a00 = a0 & MASK22
  const a01 = (a0 >> 22) & MASK22
  const a02 = a0 >> 44
  const a10 = a1 & MASK22
  const a11 = (a1 >> 22) & MASK22
  const a12 = a1 >> 44
  const a20 = a2 & MASK22
  const a21 = (a2 >> 22) & MASK22
  const a22 = a2 >> 44
  const a30 = a3 & MASK22
  const a31 = (a3 >> 22) & MASK22
  const a32 = a3 >> 44
  const a40 = a4 & MASK22
  const a41 = (a4 >> 22) & MASK22
  const a42 = a4 >> 44
  // Coefficient k is the sum of a_i times the right operand's entry 4 + k - i.
  for (let k: usize = 0; k < 5; k++) {
    const from = HALVES + (k << 4)
    let low = load<u64>(from, 64)
    let high = load<u64>(from, 72)
    let c0 = a00 * low
    let c22 = a01 * low
    let c44 = a02 * low
    let d0 = a00 * high
    let d22 = a01 * high
    let d44 = a02 * high
    low = load<u64>(from, 48)
    high = load<u64>(from, 56)
    c0 += a10 * low
    c22 += a11 * low
    c44 += a12 * low
    d0 += a10 * high
    d22 += a11 * high
    d44 += a12 * high
    low = load<u64>(from, 32)
    high = load<u64>(from, 40)
    c0 += a20 * low
    c22 += a21 * low
    c44 += a22 * low
    d0 += a20 * high
    d22 += a21 * high
    d44 += a22 * high
    low = load<u64>(from, 16)
    high = load<u64>(from, 24)
    c0 += a30 * low
    c22 += a31 * low
    c44 += a32 * low
    d0 += a30 * high
    d22 += a31 * high
    d44 += a32 * high
    low = load<u64>(from)
    high = load<u64>(from, 8)
    c0 += a40 * low
    c22 += a41 * low
    c44 += a42 * low
    d0 += a40 * high
    d22 += a41 * high
    d44 += a42 * high
    store<u64>(to + (k << 3), columns(c0, c22, c44, d0, d22, d44))
  }
}

/** x a + y b + z c for right operands given in halves, the sum of three products in columns. */
// @inline
function three(x: u64, a: u64, f: u64, y: u64, b: u64, g: u64, z: u64, c: u64, h: u64): u64 {
  const aLow = (a & EPSILON) * f
  const aHigh = (a >> 32) * f
  const bLow = (b & EPSILON) * g
  const bHigh = (b >> 32) * g
  const cLow = (c & EPSILON) * h
  const cHigh = (c >> 32) * h
  const x0 = x & MASK22
  const x1 = (x >> 22) & MASK22
  const x2 = x >> 44
  const y0 = y & MASK22
  const y1 = (y >> 22) & MASK22
  const y2 = y >> 44
  const z0 = z & MASK22
  const z1 = (z >> 22) & MASK22
  const z2 = z >> 44
  return columns(
    x0 * aLow + y0 * bLow + z0 * cLow,
    x1 * aLow + y1 * bLow + z1 * cLow,
    x2 * aLow + y2 * bLow + z2 * cLow,
    x0 * aHigh + y0 * bHigh + z0 * cHigh,
    x1 * aHigh + y1 * bHigh + z1 * cHigh,
    x2 * aHigh + y2 * bHigh + z2 * cHigh,
  )
}

/** a^2: each mixed product once, with factors up to 6 (right halves stay below 2^35). */
export function square5(to: usize, a: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const a4 = load<u64>(a, 32)
  store<u64>(to, three(a0, a0, 1, a1, a4, 6, a2, a3, 6))
  store<u64>(to, three(a0, a1, 2, a3, a3, 3, a2, a4, 6), 8)
  store<u64>(to, three(a0, a2, 2, a1, a1, 1, a3, a4, 6), 16)
  store<u64>(to, three(a0, a3, 2, a1, a2, 2, a4, a4, 3), 24)
  store<u64>(to, three(a0, a4, 2, a1, a3, 2, a2, a2, 1), 32)
}

/** a^(2^count). */
function squareTimes5(to: usize, a: usize, count: i32): void {
  square5(to, a)
  for (let i = 1; i < count; i++) square5(to, to)
}

// d^1 .. d^4 with d = 3^((p-1)/5).
const D1: u64 = 1041288259238279555
const D2: u64 = 15820824984080659046
const D3: u64 = 211587555138949697
const D4: u64 = 1373043270956696022

/** a^p. */
export function frobenius(to: usize, a: usize): void {
  store<u64>(to, load<u64>(a))
  store<u64>(to, multiply(load<u64>(a, 8), D1), 8)
  store<u64>(to, multiply(load<u64>(a, 16), D2), 16)
  store<u64>(to, multiply(load<u64>(a, 24), D3), 24)
  store<u64>(to, multiply(load<u64>(a, 32), D4), 32)
}

/** a^(p^2). */
export function frobenius2(to: usize, a: usize): void {
  store<u64>(to, load<u64>(a))
  store<u64>(to, multiply(load<u64>(a, 8), D2), 8)
  store<u64>(to, multiply(load<u64>(a, 16), D4), 16)
  store<u64>(to, multiply(load<u64>(a, 24), D1), 24)
  store<u64>(to, multiply(load<u64>(a, 32), D3), 32)
}

/** T0 = a^(r-1), returns a^r in GF(p), r = 1 + p + p^2 + p^3 + p^4. */
function norm(a: usize): u64 {
  frobenius(T0, a)
  frobenius(T1, T0)
  multiply5(T0, T0, T1)
  frobenius2(T1, T0)
  multiply5(T0, T0, T1)
  multiply5(T1, a, T0)
  return load<u64>(T1)
}

/** 1 / a; 0 for 0. */
export function invert5(to: usize, a: usize): void {
  const inverse = invert(norm(a))
  scale5(to, T0, inverse)
}

/** 1 for squares, p - 1 for others, 0 for 0. */
export function legendre5(a: usize): u64 {
  return legendre(norm(a))
}

/** A square root of a; returns 0 when there is none. For public values only (see squareRoot). */
export function squareRoot5(to: usize, a: usize): i32 {
  const root = squareRoot(norm(a))
  if (root == P) return 0
  // a^((p+1)/2) = (a^(2^32-1))^(2^31) a
  copy5(T2, a)
  for (let count = 1; count < 32; count <<= 1) {
    squareTimes5(T3, T2, count)
    multiply5(T2, T2, T3)
  }
  squareTimes5(T2, T2, 31)
  multiply5(T2, T2, a)
  frobenius2(T3, T2)
  multiply5(T2, T2, T3)
  frobenius(T2, T2)
  invert5(T4, T2)
  scale5(to, T4, root)
  return 1
}
