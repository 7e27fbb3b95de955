// GF(p), p = 2^64 - 2^32 + 1 (CRYPTO.md section 1). Elements are canonical unless a comment says "any word".
// No branches: comparisons become masks, so the time does not depend on the values.

export const P: u64 = 0xffffffff00000001
/** 2^64 mod p. */
export const EPSILON: u64 = 0xffffffff

/** Any word -> canonical. */
// @inline
export function canonical(a: u64): u64 {
  return a + (EPSILON & -u64(a >= P)) // adding 2^64 - p subtracts p
}

// @inline
export function add(a: u64, b: u64): u64 {
  const sum = a + b
  // a + b overflows, or is p or more: both are repaired by the same subtraction.
  return sum + (EPSILON & -u64(i32(sum < a) | i32(sum >= P)))
}

// @inline
export function sub(a: u64, b: u64): u64 {
  const difference = a - b
  return difference - (EPSILON & -u64(a < b))
}

// @inline
export function negate(a: u64): u64 {
  return (P - a) & -u64(a != 0)
}

/** low + 2^64 high -> any word. 2^64 = 2^32 - 1 and 2^96 = -1. */
// @inline
export function reduceWide(low: u64, high: u64): u64 {
  const top = high >> 32
  let word = low - top
  word -= EPSILON & -u64(low < top)
  const middle = (high & EPSILON) * EPSILON
  const sum = word + middle
  return sum + (EPSILON & -u64(sum < middle))
}

/** a b + c of any words -> any word. */
// @inline
export function multiplyAddLoose(a: u64, b: u64, c: u64): u64 {
  const a0 = a & EPSILON
  const a1 = a >> 32
  const b0 = b & EPSILON
  const b1 = b >> 32
  const low = a0 * b0
  const cross = a1 * b0 + (low >> 32)
  const other = a0 * b1 + (cross & EPSILON)
  const product = (other << 32) | (low & EPSILON)
  const sum = product + c
  const high = a1 * b1 + (cross >> 32) + (other >> 32) + u64(sum < product)
  return reduceWide(sum, high)
}

/** a b of any words -> any word. */
// @inline
export function multiplyLoose(a: u64, b: u64): u64 {
  const a0 = a & EPSILON
  const a1 = a >> 32
  const b0 = b & EPSILON
  const b1 = b >> 32
  const low = a0 * b0
  const cross = a1 * b0 + (low >> 32)
  const other = a0 * b1 + (cross & EPSILON)
  const high = a1 * b1 + (cross >> 32) + (other >> 32)
  return reduceWide((other << 32) | (low & EPSILON), high)
}

/** a b of any words -> canonical. */
export function multiply(a: u64, b: u64): u64 {
  return canonical(multiplyLoose(a, b))
}

/** a c for a constant c below 2^12, a any word -> canonical. */
// @inline
export function multiplySmall(a: u64, c: u64): u64 {
  const low = (a & EPSILON) * c
  const high = (a >> 32) * c
  const shifted = high << 32
  const sum = low + shifted
  // high < 2^44, so what overflows is a small multiple of 2^64.
  return canonical(reduceWide(sum, (high >> 32) + u64(sum < shifted)))
}

/** a / 2. */
// @inline
export function halve(a: u64): u64 {
  return (a >> 1) + (((P + 1) >> 1) & -(a & 1))
}

/** a^(2^count). */
export function squareTimes(a: u64, count: i32): u64 {
  for (let i = 0; i < count; i++) a = multiplyLoose(a, a)
  return canonical(a)
}

/** 1 / a; 0 for 0. a^(p-2) with p - 2 = 2^64 - 2^32 - 1: 31 ones, a zero, 32 ones. */
export function invert(a: u64): u64 {
  const ones2 = multiply(squareTimes(a, 1), a)
  const ones3 = multiply(squareTimes(ones2, 1), a)
  const ones6 = multiply(squareTimes(ones3, 3), ones3)
  const ones12 = multiply(squareTimes(ones6, 6), ones6)
  const ones24 = multiply(squareTimes(ones12, 12), ones12)
  const ones30 = multiply(squareTimes(ones24, 6), ones6)
  const ones31 = multiply(squareTimes(ones30, 1), a)
  const ones32 = multiply(squareTimes(ones31, 1), a)
  return multiply(squareTimes(ones31, 33), ones32)
}

/** a^((p-1)/2): 1 for squares, p - 1 for others, 0 for 0. (p-1)/2 = 2^31 (2^32 - 1). */
export function legendre(a: u64): u64 {
  return squareTimes(power32Ones(a), 31)
}

/** a^(2^32 - 1). */
function power32Ones(a: u64): u64 {
  let ones = a
  for (let count = 1; count < 32; count <<= 1) ones = multiply(squareTimes(ones, count), ones)
  return ones
}

/** A generator of the 2^32-th roots of unity: 7^((p-1)/2^32). */
const ROOT_OF_UNITY: u64 = 1753635133440165772

/** A square root of a, or p when there is none. Tonelli and Shanks; its time depends on a: public values only. */
export function squareRoot(a: u64): u64 {
  if (a == 0) return 0
  if (legendre(a) != 1) return P
  // a^((m-1)/2) for the odd part m = 2^32 - 1.
  let ones = a
  for (let i = 1; i < 31; i++) ones = multiply(squareTimes(ones, 1), a)
  let root = multiply(ones, a)
  let rest = multiply(root, ones)
  let unity = ROOT_OF_UNITY
  let level = 32
  while (rest != 1) {
    let order = 0
    for (let power = rest; power != 1; power = multiply(power, power)) order++
    const step = squareTimes(unity, level - order - 1)
    root = multiply(root, step)
    unity = multiply(step, step)
    rest = multiply(rest, unity)
    level = order
  }
  return root
}
