import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPricePath, createRecordedPath } from '../../../src/sim/market/price-path.ts'

const START = 1_000_000n
const HOUR_MS = 3_600_000
const still = { seed: 1, startTicks: START, noiseBps: 0 }
const shape = fc.oneof(
  fc.record({
    kind: fc.constant('jump' as const),
    atMs: fc.nat(HOUR_MS),
    moveBps: fc.integer({ min: -5_000, max: 5_000 }),
  }),
  fc.record({
    kind: fc.constant('trend' as const),
    atMs: fc.nat(HOUR_MS),
    durationMs: fc.integer({ min: 1, max: HOUR_MS }),
    moveBps: fc.integer({ min: -5_000, max: 5_000 }),
  }),
)

describe('a price path', () => {
  it('depends on seed and time only, not on what was asked before', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(shape, { maxLength: 3 }),
        fc.array(fc.nat(2 * HOUR_MS), { minLength: 2, maxLength: 20 }),
        (seed, shapes, times) => {
          const options = { seed, startTicks: START, shapes }
          const forwards = createPricePath(options)
          const backwards = createPricePath(options)
          const expected = times.map((time) => forwards(time))
          const actual = times.toReversed().map((time) => backwards(time))
          expect(actual.toReversed()).toEqual(expected)
        },
      ),
    )
  })

  it('stays positive whatever happens to it', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(shape, { maxLength: 5 }),
        fc.nat(HOUR_MS),
        (seed, shapes, at) => {
          const path = createPricePath({ seed, startTicks: 3n, noiseBps: 500, shapes })
          expect(path(at)).toBeGreaterThan(0n)
        },
      ),
    )
  })

  it('starts at its start price and moves calmly around it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(24 * HOUR_MS), (seed, at) => {
        const path = createPricePath({ seed, startTicks: START, noiseBps: 10 })
        expect(path(0)).toBe(START)
        // Noise lies within ±1 of its width at both ends: at most twice the width apart.
        expect(Math.abs(Number(path(at) - START))).toBeLessThanOrEqual(2_000)
      }),
    )
  })

  it('is alive: different seeds and neighbouring seconds differ', () => {
    const a = createPricePath({ seed: 1, startTicks: START })
    const b = createPricePath({ seed: 2, startTicks: START })
    const seconds = Array.from({ length: 60 }, (_, second) => second * 1000)
    expect(new Set(seconds.map(a)).size).toBeGreaterThan(30)
    expect(seconds.map(a)).not.toEqual(seconds.map(b))
  })

  it('jumps at a time and stays there', () => {
    const path = createPricePath({
      ...still,
      shapes: [{ kind: 'jump', atMs: 1000, moveBps: -500 }],
    })
    expect([path(999), path(1000), path(99_999)]).toEqual([START, 950_000n, 950_000n])
  })

  it('trends evenly', () => {
    const trend = { kind: 'trend', atMs: 1000, durationMs: 2000, moveBps: 100 } as const
    const path = createPricePath({ ...still, shapes: [trend] })
    expect([path(1000), path(2000), path(3000), path(9000)]).toEqual([
      START,
      1_005_000n,
      1_010_000n,
      1_010_000n,
    ])
  })

  it('crashes and recovers in part, four times as slowly', () => {
    const crash = {
      kind: 'crash',
      atMs: 0,
      durationMs: 1000,
      moveBps: -1000,
      recoverFraction: 0.5,
    } as const
    const path = createPricePath({ ...still, shapes: [crash] })
    expect([path(1000), path(3000), path(5000), path(9000)]).toEqual([
      900_000n,
      925_000n,
      950_000n,
      950_000n,
    ])
  })
})

describe('a recorded path', () => {
  it('runs in straight lines between its points and stands still outside them', () => {
    const path = createRecordedPath([
      { elapsedMs: 1000, priceTicks: 100n },
      { elapsedMs: 2000, priceTicks: 200n },
      { elapsedMs: 4000, priceTicks: 100n },
    ])
    expect([0, 1000, 1500, 2000, 3000, 4000, 9000].map(path)).toEqual([
      100n,
      100n,
      150n,
      200n,
      150n,
      100n,
      100n,
    ])
  })

  it('is made of points in order, one at least', () => {
    const unordered = [
      { elapsedMs: 2000, priceTicks: 200n },
      { elapsedMs: 1000, priceTicks: 100n },
    ]
    expect(() => createRecordedPath(unordered)).toThrow('in order')
    expect(() => createRecordedPath([])).toThrow('has points')
  })
})
