// The curve ECgFp5 (CRYPTO.md section 3). A point is X, Z, U, T with x = X/Z and u = U/T; a point of a table is x, u.
// The formulas are complete: the neutral element and equal points need no case of their own.

import {
  add5,
  canonical5,
  copy5,
  halve5,
  invert5,
  isZero5,
  legendre5,
  multiply5,
  multiplyB,
  negate5,
  set5,
  SIZE,
  square5,
  squareRoot5,
  sub5,
} from './gfp5'
import { negate } from './goldilocks'
import { CURVE_SCRATCH, DIGITS, TABLE, WINDOW } from './layout'

/** Bytes of a point and of a table entry. */
export const POINT_SIZE: usize = 4 * SIZE
const ENTRY_SIZE: usize = 2 * SIZE

// Offsets inside a point.
const Z: usize = SIZE
const U: usize = 2 * SIZE
const T: usize = 3 * SIZE

const V0: usize = CURVE_SCRATCH
const V1: usize = V0 + SIZE
const V2: usize = V1 + SIZE
const V3: usize = V2 + SIZE
const V4: usize = V3 + SIZE
const V5: usize = V4 + SIZE
const V6: usize = V5 + SIZE
const V7: usize = V6 + SIZE
const V8: usize = V7 + SIZE
/** The table entry in use, its sign applied. */
const ENTRY: usize = V8 + SIZE
const P0: usize = ENTRY + ENTRY_SIZE
const P1: usize = P0 + POINT_SIZE

// Fixed base: WINDOWS windows of WIDTH bits with signed digits; entry d of window w is d 2^(WIDTH w) G.
const WIDTH: i32 = 7
const HALF: i32 = 1 << (WIDTH - 1)
const WINDOWS: i32 = 320 / WIDTH + 1
const ENTRIES: i32 = HALF + 1
const WINDOW_BYTES: usize = usize(ENTRIES) * ENTRY_SIZE

const GENERATOR_X = memory.data<u64>([
  12883135586176881569, 4356519642755055268, 5248930565894896907, 2165973894480315022,
  2448410071095648785,
])
/** 1/4. */
const GENERATOR_U: u64 = 13835058052060938241

export function setNeutral(to: usize): void {
  memory.fill(to, 0, POINT_SIZE)
  store<u64>(to + Z, 1)
  store<u64>(to + T, 1)
}

export function setGenerator(to: usize): void {
  setNeutral(to)
  copy5(to, GENERATOR_X)
  store<u64>(to + U, GENERATOR_U)
}

export function negatePoint(to: usize): void {
  negate5(to + U, to + U)
}

/** to = a + b. */
export function addPoints(to: usize, a: usize, b: usize): void {
  multiply5(V0, a, b) // t1
  multiply5(V1, a + Z, b + Z) // t2
  multiply5(V2, a + U, b + U) // t3
  multiply5(V3, a + T, b + T) // t4
  add5(V4, a, a + Z)
  add5(V5, b, b + Z)
  multiply5(V4, V4, V5)
  sub5(V4, V4, V0)
  sub5(V4, V4, V1) // t5
  add5(V5, a + U, a + T)
  add5(V6, b + U, b + T)
  multiply5(V5, V5, V6)
  sub5(V5, V5, V2)
  sub5(V5, V5, V3) // t6
  finishAddition(to)
}

/** to = a + the table entry at `entry`. */
export function addEntry(to: usize, a: usize, entry: usize): void {
  multiply5(V0, a, entry) // t1
  copy5(V1, a + Z) // t2
  multiply5(V2, a + U, entry + SIZE) // t3
  copy5(V3, a + T) // t4
  multiply5(V4, a + Z, entry)
  add5(V4, V4, a) // t5
  multiply5(V5, a + T, entry + SIZE)
  add5(V5, V5, a + U) // t6
  finishAddition(to)
}

/** From t1..t6 in V0..V5. */
function finishAddition(to: usize): void {
  multiplyB(V1, V1) // b t2
  add5(V6, V0, V1) // t7
  multiply5(V7, V3, V6) // t8
  multiplyB(V8, V4)
  add5(V8, V8, V6)
  add5(V8, V8, V8)
  multiply5(V8, V2, V8) // t9
  add5(V2, V2, V2)
  add5(V3, V3, V2)
  add5(V4, V4, V6)
  multiply5(V4, V3, V4) // t10
  sub5(V4, V4, V7)
  multiplyB(to, V4)
  sub5(to + Z, V7, V8)
  sub5(V1, V1, V0)
  multiply5(to + U, V5, V1)
  add5(to + T, V7, V8)
}

/** to = 2 a. */
export function doublePoint(to: usize, a: usize): void {
  multiply5(V0, a + Z, a + T) // m
  multiply5(V1, V0, a + T) // q
  multiply5(V2, V0, a + U) // h
  square5(V3, a + U) // g
  add5(V4, a, a + Z)
  multiply5(V4, V3, V4)
  add5(V4, V4, V4)
  sub5(V4, V1, V4) // w
  square5(V5, V2) // k
  square5(to + Z, V4)
  add5(V4, V4, V2)
  square5(V4, V4)
  sub5(V4, V4, V5)
  sub5(to + U, V4, to + Z)
  square5(V1, V1)
  add5(V1, V1, V1)
  add5(V5, V5, V5)
  add5(V5, V5, V5) // 4k
  multiplyB(to, V5)
  sub5(V1, V1, V5)
  sub5(to + T, V1, to + Z)
}

/** Writes the 40-byte encoding w = T/U; the neutral element gives 0. */
export function encodePoint(to: usize, point: usize): void {
  invert5(V0, point + U)
  multiply5(to, point + T, V0)
}

/** Reads an encoding (five words, reduced here); returns 0 when it is no point. For public values only. */
export function decodePoint(to: usize, from: usize): i32 {
  canonical5(V0, from)
  if (isZero5(V0)) {
    setNeutral(to)
    return 1
  }
  square5(V1, V0)
  set5(V2, 2, 0, 0, 0, 0)
  sub5(V1, V1, V2) // e
  square5(V2, V1)
  set5(V3, 0, 4 * 263, 0, 0, 0)
  sub5(V2, V2, V3) // delta
  if (!squareRoot5(V3, V2)) return 0
  add5(V4, V1, V3)
  halve5(V4, V4)
  // Of the two candidates x is the one that is not a square.
  if (legendre5(V4) == 1) sub5(V4, V4, V3)
  copy5(to, V4)
  set5(to + Z, 1, 0, 0, 0, 0)
  set5(to + U, 1, 0, 0, 0, 0)
  copy5(to + T, V0)
  return 1
}

export function isNeutral(point: usize): i32 {
  return isZero5(point + U)
}

/** Writes `count` signed digits of `width` bits for the scalar (5 limbs), least significant first. No branches on digits. */
function recode(scalar: usize, width: i32, count: i32): void {
  const half = 1 << (width - 1)
  const mask = (u64(1) << width) - 1
  let carry = 0
  for (let i = 0; i < count; i++) {
    const bit = i * width
    const limb = usize(bit >> 6)
    const shift = u64(bit & 63)
    // Bits beyond 320 are zero: the limb index is clamped and the value masked away.
    let window = limb < 5 ? load<u64>(scalar + (limb << 3)) >> shift : 0
    if (shift + width > 64 && limb < 4) window |= load<u64>(scalar + (limb << 3), 8) << (64 - shift)
    const digit = i32(window & mask) + carry
    carry = (digit + half - 1) >> width
    store<i32>(DIGITS + (usize(i) << 2), digit - (carry << width))
  }
}

/** A digit without its sign. */
// @inline
function magnitude(digit: i32): usize {
  const sign = digit >> 31
  return usize((digit ^ sign) - sign)
}

/** to = a, or -a when `digit` is negative; by masks, for the sign is secret. */
// @inline
function negateIf(to: usize, a: usize, digit: i32): void {
  const mask = u64(i64(digit >> 31))
  for (let at: usize = 0; at < SIZE; at += 8) {
    const word = load<u64>(a + at)
    store<u64>(to + at, word ^ ((word ^ negate(word)) & mask))
  }
}

/** to += scalar G. A fixed sequence of additions: a zero digit adds the neutral entry. */
export function addGeneratorMultiple(to: usize, scalar: usize): void {
  if (!isTableReady) buildTable()
  recode(scalar, WIDTH, WINDOWS)
  let window = TABLE
  for (let i = 0; i < WINDOWS; i++) {
    const digit = load<i32>(DIGITS + (usize(i) << 2))
    const entry = window + magnitude(digit) * ENTRY_SIZE
    copy5(ENTRY, entry)
    negateIf(ENTRY + SIZE, entry + SIZE, digit)
    addEntry(to, to, ENTRY)
    window += WINDOW_BYTES
  }
  memory.fill(DIGITS, 0, 512)
}

const NAF_WIDTH: i32 = 5
const NAF_BITS: i32 = 321

/**
 * Writes odd signed digits below 2^(NAF_WIDTH-1), one i8 for each bit, at least NAF_WIDTH - 1 zeros after each.
 * Returns the number of bits in use. Its time depends on the scalar: public values only.
 */
function recodeSparse(scalar: usize): i32 {
  memory.fill(DIGITS, 0, 512)
  let used = 0
  let carry: u64 = 0
  let bit = 0
  while (bit < NAF_BITS) {
    const limb = usize(bit >> 6)
    const shift = u64(bit & 63)
    let window = limb < 5 ? load<u64>(scalar + (limb << 3)) >> shift : 0
    if ((window & 1) == carry) {
      bit++
      continue
    }
    if (shift > 59 && limb < 4) window |= load<u64>(scalar + (limb << 3), 8) << (64 - shift)
    const digit = (window & 31) + carry
    carry = u64(digit > 16)
    store<i8>(DIGITS + usize(bit), i8(i64(digit) - i64(carry << NAF_WIDTH)))
    used = bit + 1
    bit += NAF_WIDTH
  }
  return used
}

/** to = scalar point, for any point. Its time depends on the scalar: public values only. */
export function multiplyPoint(to: usize, point: usize, scalar: usize): void {
  // The odd multiples 1, 3, .. 15.
  memory.copy(WINDOW, point, POINT_SIZE)
  doublePoint(P1, point)
  for (let i: usize = 1; i < 1 << (NAF_WIDTH - 2); i++) {
    addPoints(WINDOW + i * POINT_SIZE, WINDOW + (i - 1) * POINT_SIZE, P1)
  }
  const used = recodeSparse(scalar)
  setNeutral(to)
  for (let i = used - 1; i >= 0; i--) {
    doublePoint(to, to)
    const digit = i32(load<i8>(DIGITS + usize(i)))
    if (digit == 0) continue
    memory.copy(P0, WINDOW + (magnitude(digit) >> 1) * POINT_SIZE, POINT_SIZE)
    negateIf(P0 + U, P0 + U, digit)
    addPoints(to, to, P0)
  }
}

let isTableReady = false

/** Fills the fixed-base table: one inversion for each window. */
function buildTable(): void {
  setGenerator(P1)
  for (let i = 0; i < WINDOWS; i++) buildWindow(TABLE + usize(i) * WINDOW_BYTES)
  isTableReady = true
}

/** Fills one window from its base point in P1, leaves the next window's base there. */
function buildWindow(window: usize): void {
  // The multiples as points, in memory that verification uses later: HALF + 1 points.
  setNeutral(WINDOW)
  for (let i: usize = 1; i <= usize(HALF); i++) {
    addPoints(WINDOW + i * POINT_SIZE, WINDOW + (i - 1) * POINT_SIZE, P1)
  }
  doublePoint(P1, WINDOW + usize(HALF) * POINT_SIZE)
  // Montgomery's trick: running products of all Z T, one inversion, then back. The products wait in the entries' x.
  set5(V8, 1, 0, 0, 0, 0)
  for (let i: usize = 0; i < usize(ENTRIES); i++) {
    const point = WINDOW + i * POINT_SIZE
    const entry = window + i * ENTRY_SIZE
    copy5(entry, V8)
    multiply5(entry + SIZE, point + Z, point + T)
    multiply5(V8, V8, entry + SIZE)
  }
  invert5(V8, V8)
  for (let i = usize(ENTRIES); i > 0; i--) {
    const point = WINDOW + (i - 1) * POINT_SIZE
    const entry = window + (i - 1) * ENTRY_SIZE
    multiply5(V7, V8, entry) // 1 / (Z T)
    multiply5(V8, V8, entry + SIZE)
    multiply5(V6, V7, point + T)
    multiply5(entry, point, V6)
    multiply5(V6, V7, point + Z)
    multiply5(entry + SIZE, point + U, V6)
  }
}
