/**
 * Randomness that a seed repeats, for prices and quotes of the simulator. Never for keys.
 * @module
 */
import type { Rng } from '../../ports.ts'

/** Creates a generator (xorshift with 32 bits of state, mixed from the seed). */
export function createSeededRng(seed: number): Rng {
  let state = mix(seed >>> 0) || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return {
    nextFloat: () => next() / 2 ** 32,
    nextBytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
  }
}

/** A number in [0, 1) that depends on seed and position only: noise that needs no memory. */
export function noiseAt(seed: number, position: number): number {
  const low = position >>> 0
  const high = Math.floor(position / 2 ** 32) >>> 0
  return mix((mix((mix(seed >>> 0) + low) >>> 0) + high) >>> 0) / 2 ** 32
}

/** Spreads the bits of a 32-bit word: multiply and fold, twice. */
function mix(word: number): number {
  let value = (word + 0x9e3779b9) >>> 0
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97)
  return (value ^ (value >>> 15)) >>> 0
}
