import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCrashScene } from '../../../src/sim/market/crash-scene.ts'
import { accelerate } from '../../../src/sim/market/market-scene.ts'
import type { MarketScene } from '../../../src/sim/market/market-scene.ts'
import { createScene, SCENARIO_NAMES } from '../../../src/sim/market/scenarios.ts'

const START = 1_000_000n
const DAY_MS = 24 * 3_600_000
const names = fc.constantFrom(...SCENARIO_NAMES)
const moments = fc.array(fc.nat(DAY_MS), { minLength: 2, maxLength: 12 })

const at = (scene: MarketScene, ms: number) => ({
  index: scene.index(ms),
  external: scene.external(ms),
  book: scene.book(ms),
  weather: scene.weather(ms),
})
const share = (ticks: bigint, base = START) => Number(ticks) / Number(base) - 1

describe('a scenario', () => {
  it('is repeated by its seed, whatever was asked before', () => {
    fc.assert(
      fc.property(names, fc.nat(), moments, (name, seed, times) => {
        const one = createScene(name, { seed, startTicks: START })
        const other = createScene(name, { seed, startTicks: START })
        const forwards = times.map((ms) => at(one, ms))
        const backwards = times.toReversed().map((ms) => at(other, ms))
        expect(backwards.toReversed()).toEqual(forwards)
      }),
    )
  })

  it('stays positive and within a sixth of its start for a day, in weather that makes sense', () => {
    fc.assert(
      fc.property(names, fc.nat(), moments, (name, seed, times) => {
        const scene = createScene(name, { seed, startTicks: START })
        for (const ms of times) {
          const { index, external, book, weather } = at(scene, ms)
          for (const price of [index, external, book]) {
            expect(Math.abs(share(price))).toBeLessThan(1 / 6)
          }
          for (const depth of [weather.askDepth, weather.bidDepth, weather.buyShare]) {
            expect(depth).toBeGreaterThanOrEqual(0)
            expect(depth).toBeLessThanOrEqual(1)
          }
          expect(weather.gapFactor).toBeGreaterThanOrEqual(1)
          expect(weather.extraHalfSpreadE6).toBeGreaterThanOrEqual(0)
          expect(weather.tradesPerSecond).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('begins at its start price, also where a tick is a large part of it', () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.bigInt(1n, 4_000_000n), (name, seed, startTicks) => {
        const scene = createScene(name, { seed, startTicks })
        expect(scene.index(0)).toBe(startTicks)
        expect(scene.book(0)).toBeGreaterThan(0n)
      }),
    )
  })

  it('differs between seeds', () => {
    for (const name of SCENARIO_NAMES) {
      const [one, other] = [1, 2].map((seed) => createScene(name, { seed, startTicks: START }))
      expect(one?.index(3_600_000)).not.toBe(other?.index(3_600_000))
    }
  })

  it('runs exactly speed times as fast', () => {
    fc.assert(
      fc.property(
        names,
        fc.nat(),
        fc.integer({ min: 1, max: 5_000 }),
        fc.nat(100_000),
        (name, seed, speed, ms) => {
          const scene = createScene(name, { seed, startTicks: START })
          expect(at(accelerate(scene, speed), ms)).toEqual(at(scene, ms * speed))
        },
      ),
    )
  })
})

describe('each scenario by its name', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed)
  const minutes = (count: number) => Array.from({ length: count }, (_, minute) => minute * 60_000)

  it('calm moves under one and a half percent within a day and never leaves fair weather', () => {
    for (const seed of seeds) {
      const scene = createScene('calm', { seed, startTicks: START })
      for (const ms of minutes(1440)) expect(Math.abs(share(scene.index(ms)))).toBeLessThan(0.0165)
      expect(scene.weather(DAY_MS)).toMatchObject({ askDepth: 1, bidDepth: 1 })
    }
  })

  it('trend goes at least two percent within its first half hour, and back in the next', () => {
    for (const seed of seeds) {
      const scene = createScene('trend', { seed, startTicks: START })
      const first = share(scene.index(30 * 60_000))
      const second = share(scene.index(60 * 60_000))
      expect(Math.abs(first)).toBeGreaterThan(0.02)
      expect(Math.sign(second)).toBe(-Math.sign(first))
    }
  })

  it('jump goes at least a quarter of a percent within two milliseconds, the book first', () => {
    for (const seed of seeds) {
      const scene = createScene('jump', { seed, startTicks: START })
      const times = Array.from({ length: 3_000 }, (_, step) => step * 100)
      const jumpMs = times.find(
        (ms) => Math.abs(share(scene.book(ms + 100), scene.book(ms))) > 0.002,
      )
      if (jumpMs === undefined) throw new Error('there was no jump within five minutes')
      expect(Math.abs(share(scene.index(jumpMs + 200), scene.index(jumpMs)))).toBeLessThan(0.001)
      expect(Math.abs(share(scene.index(jumpMs + 2_000), scene.index(jumpMs)))).toBeGreaterThan(
        0.0015,
      )
      expect(scene.weather(jumpMs + 200).askDepth).toBeLessThan(0.3)
      expect(scene.weather(jumpMs + 25_000).askDepth).toBe(1)
    }
  })

  it('crash empties the bids and lets the book fall further than the index, then heals', () => {
    for (const seed of seeds) {
      const scene = createScene('crash', { seed, startTicks: START })
      expect(scene.weather(59_000)).toMatchObject({ askDepth: 1, bidDepth: 1 })
      expect(scene.weather(64_000).bidDepth).toBe(0)
      const gap = share(scene.book(70_000), scene.index(70_000))
      expect(gap).toBeLessThan(-0.03)
      expect(share(scene.index(75_000))).toBeLessThan(-0.035)
      expect(Math.abs(share(scene.book(180_000), scene.index(180_000)))).toBeLessThan(0.001)
      expect(scene.weather(301_000)).toMatchObject({ askDepth: 1, bidDepth: 1 })
      expect(Math.abs(share(scene.index(19 * 60_000)))).toBeLessThan(0.02)
    }
  })

  it('crash has every second fall seen by index and others while the book stands stale', () => {
    const still = () => 1
    const scene = createCrashScene(
      { seed: 1, startTicks: START },
      { index: still, external: still, book: still },
    )
    const startMs = 21 * 60_000
    expect(scene.book(startMs + 3_500)).toBe(START)
    expect(share(scene.index(startMs + 3_500))).toBeLessThan(-0.025)
    expect(scene.weather(startMs + 3_500)).toMatchObject({ bidDepth: 1, extraHalfSpreadE6: 0 })
    expect(scene.weather(startMs + 5_000)).toMatchObject({ bidDepth: 0, askDepth: 0 })
    expect(scene.book(startMs + 8_000)).toBe(scene.index(startMs + 8_000))
  })
})
