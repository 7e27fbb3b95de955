import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import { createClockOffset } from '../../src/lighter/clock-offset.ts'
import { emptyPrices, laterOf, type Told, viewOfPrices } from '../../src/lighter/market-prices.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

function setUp(truthMs = 0) {
  const clock = createVirtualClock()
  const offset = createClockOffset(clock)
  const prices = emptyPrices()
  /** A mark that was published `latencyMs` ago arrives now. */
  const arrive = (price: number, latencyMs: number): void => {
    const stampMs = clock.now() - latencyMs + truthMs
    offset.sampleStamp(stampMs)
    const told: Told<Dec> = { value: new Dec(price), stampMs, arrivedAtMs: clock.now() }
    prices.mark = laterOf(prices.mark, told)
  }
  const mark = () => {
    const known = viewOfPrices(prices, offset).mark
    if (!known.isKnown) throw new Error('no mark')
    return { price: known.value.toNumber(), ageMs: clock.now() - known.atMs }
  }
  return { clock, offset, prices, arrive, mark }
}

describe('age of a mark', () => {
  it('is nothing for the fastest frame and the delay for a late one, whatever the clocks say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.array(fc.integer({ min: 5, max: 4_000 }), { minLength: 1, maxLength: 15 }),
        async (truthMs, latencies) => {
          const { clock, arrive, mark } = setUp(truthMs)
          for (const [at, latencyMs] of latencies.entries()) {
            // Every frame was published after the one before it.
            await clock.advance(4_100)
            arrive(at, latencyMs)
            const fastestMs = Math.min(...latencies.slice(0, at + 1))
            expect(mark()).toEqual({ price: at, ageMs: latencyMs - fastestMs })
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('grows while nothing arrives', async () => {
    const { clock, arrive, mark } = setUp()
    arrive(1, 10)
    await clock.advance(3_000)
    expect(mark()).toEqual({ price: 1, ageMs: 3_000 })
  })

  it('is that of the arrival without a stamp, and without a known offset', () => {
    const { clock, prices, offset, mark } = setUp()
    prices.mark = { value: new Dec(5), stampMs: undefined, arrivedAtMs: clock.now() - 70 }
    expect(mark()).toEqual({ price: 5, ageMs: 70 })
    prices.mark = { value: new Dec(5), stampMs: clock.now() - 9_000, arrivedAtMs: clock.now() }
    expect(offset.current().isKnown).toBe(false)
    expect(mark().ageMs).toBe(0)
  })
})

describe('order of marks', () => {
  it('is that of their stamps: an older one that comes later changes nothing', async () => {
    const { clock, arrive, mark } = setUp()
    arrive(1, 10)
    await clock.advance(1_000)
    arrive(2, 10)
    await clock.advance(500)
    arrive(3, 1_200)
    expect(mark()).toEqual({ price: 2, ageMs: 500 })
    arrive(4, 300)
    expect(mark()).toEqual({ price: 4, ageMs: 290 })
  })

  it('does not ignore a venue for long whose clock was set back', async () => {
    const { clock, offset, prices, mark } = setUp()
    const tell = (price: number, stampMs: number): void => {
      offset.sampleStamp(stampMs)
      const told = { value: new Dec(price), stampMs, arrivedAtMs: clock.now() }
      prices.mark = laterOf(prices.mark, told)
    }
    tell(1, clock.now())
    for (let second = 1; second <= 180; second++) {
      await clock.advance(1_000)
      tell(1 + second, clock.now() - 3_600_000)
    }
    expect(mark()).toEqual({ price: 181, ageMs: 0 })
  })
})
