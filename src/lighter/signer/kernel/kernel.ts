// The kernel's exports: hashing, keys, signatures (CRYPTO.md sections 4 and 5), and probes for tests.
// Nothing here allocates: all memory is laid out in layout.ts.

import {
  addGeneratorMultiple,
  addPoints,
  decodePoint,
  doublePoint,
  encodePoint,
  isNeutral,
  multiplyPoint,
  negatePoint,
  POINT_SIZE,
  setNeutral,
} from './ecgfp5'
import {
  add5,
  canonical5,
  copy5,
  frobenius,
  invert5,
  isCanonical5,
  isEqual5,
  legendre5,
  multiply5,
  negate5,
  square5,
  squareRoot5,
  sub5,
} from './gfp5'
import { add, canonical, invert, multiply, negate, P, squareRoot, sub } from './goldilocks'
import {
  CURVE_SCRATCH,
  DIGEST,
  POINT,
  SCALAR,
  SECRET,
  SIGNATURE,
  STATE,
  WORDS,
  WORK,
} from './layout'
import { absorb, permute } from './poseidon2'
import {
  addScalars,
  isReduced,
  isZeroScalar,
  multiplyScalars,
  reduce,
  reduceWideScalar,
  subScalars,
} from './scalar'

const S: usize = SIGNATURE
const E: usize = SIGNATURE + 40
const RESULT: usize = WORK
const OPERAND: usize = RESULT + POINT_SIZE
const CHALLENGE: usize = OPERAND + POINT_SIZE
/** The hash of a signature: R, then the message. */
const TRANSCRIPT: usize = CHALLENGE + 64

/** Addresses in the order of the loader's REGION. */
export function region(index: i32): usize {
  if (index == 0) return WORDS
  if (index == 1) return DIGEST
  if (index == 2) return SCALAR
  if (index == 3) return SECRET
  if (index == 4) return POINT
  return SIGNATURE
}

export function hash(count: i32, outputs: i32): void {
  absorb(WORDS, count)
  memory.copy(DIGEST, STATE, usize(outputs) << 3)
}

/** Clears all memory in which a key, a k or something derived from them can have been. */
export function wipe(): void {
  memory.fill(SCALAR, 0, 128)
  memory.fill(CURVE_SCRATCH - 1024, 0, STATE - CURVE_SCRATCH + 1024)
}

export function reduceScalar(): void {
  reduceWideScalar(SCALAR)
}

export function publicKey(): void {
  reduceWideScalar(SCALAR)
  setNeutral(RESULT)
  addGeneratorMultiple(RESULT, SCALAR)
  encodePoint(POINT, RESULT)
  wipe()
}

/** TRANSCRIPT has R: to = the challenge scalar for the message in DIGEST. */
function challenge(to: usize): void {
  canonical5(TRANSCRIPT + 40, DIGEST)
  absorb(TRANSCRIPT, 10)
  reduce(to, STATE)
}

export function sign(): i32 {
  reduceWideScalar(SCALAR)
  reduceWideScalar(SECRET)
  const isUsable = 1 - isZeroScalar(SECRET)
  setNeutral(RESULT)
  addGeneratorMultiple(RESULT, SECRET)
  encodePoint(TRANSCRIPT, RESULT)
  challenge(E)
  multiplyScalars(S, E, SCALAR)
  subScalars(S, SECRET, S)
  wipe()
  if (!isUsable) memory.fill(SIGNATURE, 0, 80)
  return isUsable
}

export function verify(isStrict: i32): i32 {
  if (isStrict && !(isCanonical5(POINT) & isCanonical5(DIGEST) & isReduced(S) & isReduced(E)))
    return 0
  // An all-zero key is a revoked key: everybody could sign for it.
  if (!decodePoint(OPERAND, POINT) || isNeutral(OPERAND)) return 0
  reduce(S, S)
  reduce(E, E)
  multiplyPoint(RESULT, OPERAND, E)
  addGeneratorMultiple(RESULT, S)
  // The reference never accepts a neutral R (CRYPTO.md 5.4).
  if (isNeutral(RESULT)) return 0
  encodePoint(TRANSCRIPT, RESULT)
  challenge(CHALLENGE)
  return isEqual5(CHALLENGE, E)
}

/**
 * One operation on the operands in WORDS (a at 0, b at 5, in words); the result replaces a.
 * 0..4 base field, 10..17 extension, 20..22 scalars, 30..35 points, 40 permutation. Returns 0 when there is no result.
 */
export function probe(operation: i32): i32 {
  if (operation < 10) return probeBase(operation)
  if (operation < 20) return probeExtension(operation)
  if (operation < 30) return probeScalar(operation)
  if (operation < 40) return probePoint(operation)
  memory.copy(STATE, WORDS, 96)
  permute()
  memory.copy(WORDS, STATE, 96)
  return 1
}

function probeBase(operation: i32): i32 {
  const a = canonical(load<u64>(WORDS))
  const b = canonical(load<u64>(WORDS, 40))
  let result: u64 = 0
  if (operation == 0) result = add(a, b)
  else if (operation == 1) result = sub(a, b)
  else if (operation == 2) result = multiply(load<u64>(WORDS), load<u64>(WORDS, 40))
  else if (operation == 3) result = invert(a)
  else if (operation == 4) result = squareRoot(a)
  else result = negate(a)
  store<u64>(WORDS, result)
  return i32(result != P)
}

function probeExtension(operation: i32): i32 {
  const a = WORDS
  const b = WORDS + 40
  canonical5(a, a)
  canonical5(b, b)
  if (operation == 10) add5(a, a, b)
  else if (operation == 11) sub5(a, a, b)
  else if (operation == 12) multiply5(a, a, b)
  else if (operation == 13) invert5(a, a)
  else if (operation == 14) frobenius(a, a)
  else if (operation == 15) square5(a, a)
  else if (operation == 16) return squareRoot5(a, a)
  else if (operation == 17) store<u64>(a, legendre5(a))
  else negate5(a, a)
  return 1
}

function probeScalar(operation: i32): i32 {
  const a = WORDS
  const b = WORDS + 40
  reduce(a, a)
  reduce(b, b)
  if (operation == 20) addScalars(a, a, b)
  else if (operation == 21) subScalars(a, a, b)
  else multiplyScalars(a, a, b)
  return 1
}

/** Points by their encodings; scalars at words 10 and 15. */
function probePoint(operation: i32): i32 {
  const scalar = WORDS + 80
  if (!decodePoint(RESULT, WORDS) || !decodePoint(OPERAND, WORDS + 40)) return 0
  reduce(scalar, scalar)
  if (operation == 30) addPoints(RESULT, RESULT, OPERAND)
  else if (operation == 31) doublePoint(RESULT, RESULT)
  else if (operation == 32) multiplyPoint(RESULT, OPERAND, scalar)
  else if (operation == 33) {
    setNeutral(RESULT)
    addGeneratorMultiple(RESULT, scalar)
  } else if (operation == 34) negatePoint(RESULT)
  else if (operation == 35) {
    multiplyPoint(RESULT, OPERAND, scalar)
    reduce(scalar, scalar + 40)
    addGeneratorMultiple(RESULT, scalar)
  }
  encodePoint(WORDS, RESULT)
  return 1
}
