// Integers mod n, the order of the curve (CRYPTO.md section 3), in 32-bit limbs over little-endian memory.
// Montgomery multiplication with R = 2^320. No branches on values.

import { SCALAR_SCRATCH } from './layout'

/** Limbs of 32 bits. */
const LIMBS: usize = 10
const BYTES: usize = 40

const N = memory.data<u64>([
  0xe80fd996948bffe1, 0xe8885c39d724a09c, 0x7fffffe6cfb80639, 0x7ffffff100000016,
  0x7ffffffd80000007,
])
/** R^2 mod n. */
const R2 = memory.data<u64>([
  0xa01001dce33dc739, 0x6c3228d33f62accf, 0xd1d796cc91cf8525, 0xaadfff5d1574c1d8,
  0x4aca13b28ca251f5,
])
/** -1/n mod 2^32. */
const N_INVERSE: u64 = 0x057b7bdf

const ACCUMULATOR: usize = SCALAR_SCRATCH
const DIFFERENCE: usize = ACCUMULATOR + 64
const PRODUCT: usize = DIFFERENCE + 64
const WIDE_HIGH: usize = PRODUCT + 64

// @inline
function limb(base: usize, index: usize): u64 {
  return load<u32>(base + (index << 2))
}

/** Subtracts n from 10 limbs and a carry limb at ACCUMULATOR when the result is not negative; to = result. */
function subtractOrder(to: usize, carry: u64): void {
  let borrow: u64 = 0
  for (let i: usize = 0; i < LIMBS; i++) {
    const difference = limb(ACCUMULATOR, i) - limb(N, i) - borrow
    store<u32>(DIFFERENCE + (i << 2), u32(difference))
    borrow = difference >> 63
  }
  // Keep the difference when it did not borrow more than the carry holds.
  const keep = u32(0) - u32(carry >= borrow)
  for (let i: usize = 0; i < LIMBS; i++) {
    const kept =
      (load<u32>(DIFFERENCE + (i << 2)) & keep) | (load<u32>(ACCUMULATOR + (i << 2)) & ~keep)
    store<u32>(to + (i << 2), kept)
  }
}

/** to = a mod n for any five limbs of 64 bits: 2^320 is less than three times n. */
export function reduce(to: usize, a: usize): void {
  memory.copy(ACCUMULATOR, a, BYTES)
  subtractOrder(ACCUMULATOR, 0)
  subtractOrder(to, 0)
}

/** 1 when five limbs are below n. */
export function isReduced(a: usize): i32 {
  let borrow: u64 = 0
  for (let i: usize = 0; i < LIMBS; i++) borrow = (limb(a, i) - limb(N, i) - borrow) >> 63
  return i32(borrow)
}

export function isZeroScalar(a: usize): i32 {
  let any: u32 = 0
  for (let i: usize = 0; i < LIMBS; i++) any |= load<u32>(a + (i << 2))
  return i32(any == 0)
}

export function addScalars(to: usize, a: usize, b: usize): void {
  let carry: u64 = 0
  for (let i: usize = 0; i < LIMBS; i++) {
    const sum = limb(a, i) + limb(b, i) + carry
    store<u32>(ACCUMULATOR + (i << 2), u32(sum))
    carry = sum >> 32
  }
  subtractOrder(to, carry)
}

/** to = a - b for reduced a and b. */
export function subScalars(to: usize, a: usize, b: usize): void {
  let borrow: u64 = 0
  for (let i: usize = 0; i < LIMBS; i++) {
    const difference = limb(a, i) - limb(b, i) - borrow
    store<u32>(ACCUMULATOR + (i << 2), u32(difference))
    borrow = difference >> 63
  }
  const mask = u64(0) - borrow
  let carry: u64 = 0
  for (let i: usize = 0; i < LIMBS; i++) {
    const sum = limb(ACCUMULATOR, i) + (limb(N, i) & mask) + carry
    store<u32>(to + (i << 2), u32(sum))
    carry = sum >> 32
  }
}

/** to = a b / R mod n; one of the two must be reduced. */
function montgomery(to: usize, a: usize, b: usize): void {
  memory.fill(ACCUMULATOR, 0, 48)
  for (let i: usize = 0; i < LIMBS; i++) {
    const factor = limb(a, i)
    let carry: u64 = 0
    for (let j: usize = 0; j < LIMBS; j++) {
      const sum = factor * limb(b, j) + limb(ACCUMULATOR, j) + carry
      store<u32>(ACCUMULATOR + (j << 2), u32(sum))
      carry = sum >> 32
    }
    const top = limb(ACCUMULATOR, 10) + carry
    const multiple = (limb(ACCUMULATOR, 0) * N_INVERSE) & 0xffffffff
    carry = (multiple * limb(N, 0) + limb(ACCUMULATOR, 0)) >> 32
    for (let j: usize = 1; j < LIMBS; j++) {
      const sum = multiple * limb(N, j) + limb(ACCUMULATOR, j) + carry
      store<u32>(ACCUMULATOR + ((j - 1) << 2), u32(sum))
      carry = sum >> 32
    }
    const last = top + carry
    store<u32>(ACCUMULATOR, u32(last), 36)
    store<u32>(ACCUMULATOR, u32(last >> 32), 40)
  }
  subtractOrder(to, limb(ACCUMULATOR, 10))
}

/** to = a b mod n. */
export function multiplyScalars(to: usize, a: usize, b: usize): void {
  montgomery(PRODUCT, a, R2)
  montgomery(to, PRODUCT, b)
}

/** Eight limbs of 64 bits -> five mod n, in place; the other three become 0. */
export function reduceWideScalar(at: usize): void {
  memory.fill(WIDE_HIGH, 0, 64)
  memory.copy(WIDE_HIGH, at + BYTES, 24)
  montgomery(WIDE_HIGH, WIDE_HIGH, R2)
  reduce(at, at)
  addScalars(at, at, WIDE_HIGH)
  memory.fill(at + BYTES, 0, 24)
}
