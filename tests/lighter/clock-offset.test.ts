import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClockOffset } from '../../src/lighter/clock-offset.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

function setUp() {
  const clock = createVirtualClock()
  return { clock, offset: createClockOffset(clock) }
}

function valueOf(offset: ReturnType<typeof createClockOffset>): number {
  const current = offset.current()
  if (!current.isKnown) throw new Error('unknown')
  return current.value
}

const httpDate = (ms: number) => new Date(ms).toUTCString()

describe('clock offset', () => {
  it('is unknown before the first answer, and venue time is then our own', () => {
    const { clock, offset } = setUp()
    expect(offset.current().isKnown).toBe(false)
    expect(offset.venueNowMs()).toBe(clock.now())
  })

  it('is at most latency off with stamps of frames', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 20 }),
        async (truth, latencies) => {
          const { clock, offset } = setUp()
          for (const latencyMs of latencies) {
            const stamp = clock.now() + truth
            await clock.advance(latencyMs)
            offset.sampleStamp(stamp)
          }
          expect(truth - valueOf(offset)).toBe(Math.min(...latencies))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is within half a second and latency with dates of whole seconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.array(fc.integer({ min: 100, max: 3_000 }), { minLength: 1, maxLength: 12 }),
        async (truth, pauses) => {
          const { clock, offset } = setUp()
          for (const pauseMs of pauses) {
            await clock.advance(pauseMs)
            const sentAtMs = clock.now()
            await clock.advance(20)
            const date = httpDate(Math.floor((clock.now() + truth) / 1_000) * 1_000)
            await clock.advance(20)
            offset.sampleDate(date, sentAtMs)
          }
          expect(Math.abs(truth - valueOf(offset))).toBeLessThanOrEqual(541)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('holds a stamp inside what dates allow', async () => {
    const { clock, offset } = setUp()
    // A frame that was stuck for three seconds.
    offset.sampleStamp(clock.now() - 3_000)
    const sentAtMs = clock.now()
    await clock.advance(10)
    offset.sampleDate(httpDate(Math.floor(clock.now() / 1_000) * 1_000), sentAtMs)
    expect(Math.abs(valueOf(offset))).toBeLessThanOrEqual(1_010)
  })

  it('forgets what it knew when our wall clock is set', () => {
    const { clock, offset } = setUp()
    offset.sampleStamp(clock.now())
    clock.jumpWall(10_000)
    offset.sampleStamp(clock.now() - 10_000)
    expect(valueOf(offset)).toBe(-10_000)
  })

  it('follows the venue when its clock is set back', async () => {
    const { clock, offset } = setUp()
    offset.sampleStamp(clock.now() + 500)
    for (let at = 0; at < 4; at++) {
      await clock.advance(40_000)
      offset.sampleStamp(clock.now() - 500)
    }
    expect(valueOf(offset)).toBe(-500)
  })

  it('ignores a date that is none', () => {
    const { clock, offset } = setUp()
    offset.sampleDate('yesterday', clock.now())
    expect(offset.current().isKnown).toBe(false)
  })
})
