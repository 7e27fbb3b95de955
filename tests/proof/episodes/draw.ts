/**
 * Numbers of a seed, drawn in order: an episode is what its seed says.
 * @module
 */
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'

export interface Draw {
  /** In [0, 1). */
  float(): number
  /** True with this chance. */
  chance(share: number): boolean
  /** Whole, both ends included. */
  whole(from: number, to: number): number
  oneOf<T>(items: readonly T[]): T
}

/** A stream of its own for each purpose, so that a change in one leaves the others as they were. */
export function createDraw(seed: number, purpose: string): Draw {
  let salt = 17
  for (const character of purpose) salt = (salt * 31 + character.charCodeAt(0)) % 1_000_003
  const rng = createSeededRng(seed * 1_000_003 + salt)
  const float = (): number => rng.nextFloat()
  return {
    float,
    chance: (share) => float() < share,
    whole: (from, to) => from + Math.floor(float() * (to - from + 1)),
    oneOf(items) {
      const item = items[Math.floor(float() * items.length)]
      if (item === undefined) throw new Error('nothing to draw from')
      return item
    },
  }
}
