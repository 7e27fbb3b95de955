import { randomBytes } from 'node:crypto'
import type { Rng } from '../ports.ts'

/** The operating system's cryptographically secure randomness. */
export function createSystemRng(): Rng {
  return {
    nextFloat: () => {
      const bytes = randomBytes(8)
      return Number(bytes.readBigUInt64BE() >> 11n) / 2 ** 53
    },
    nextBytes: (length) => new Uint8Array(randomBytes(length)),
  }
}
