import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'

/** Choices that a seed repeats. */
export interface Draw {
  readonly seed: number
  /** In [0, 1). */
  float(): number
  /** A whole number, both limits included. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** Starts the choices of one seed. */
export function createDraw(seed: number): Draw {
  const rng = createSeededRng(seed)
  const int = (min: number, max: number): number =>
    min + Math.floor(rng.nextFloat() * (max - min + 1))
  return {
    seed,
    float: rng.nextFloat,
    int,
    chance: (probability) => rng.nextFloat() < probability,
    pick(items) {
      const at = int(0, items.length - 1)
      if (items.length === 0) throw new Error('nothing to pick from')
      return items[at] as (typeof items)[number]
    },
    bytes: (length) => rng.nextBytes(length),
  }
}

/** The choices of the n-th part of an input, so that a part can be repeated without the others. */
export function partOf(draw: Draw, part: number): Draw {
  return createDraw((Math.imul(draw.seed, 0x9e37_79b1) + part * 0x85eb_ca6b) >>> 0)
}
