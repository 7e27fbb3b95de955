import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PRICE_PARTS, type PriceMove } from '../../../src/sim/control/price-hand.ts'
import { MAX_PRICE_TICKS } from '../../../src/sim/core/units.ts'
import { BTC, createFixture } from '../gateway/stage-fixture.ts'

const parts = fc.subarray([...PRICE_PARTS], { minLength: 1 })
const target = fc.oneof(
  fc.record({ kind: fc.constant('hold' as const), toTicks: fc.bigInt(100_000n, 9_000_000n) }),
  fc.record({ kind: fc.constant('scale' as const), byE9: fc.bigInt(-500_000_000n, 500_000_000n) }),
)
const move: fc.Arbitrary<PriceMove> = fc.record({
  marketIndex: fc.constant(BTC),
  parts,
  overMs: fc.constantFrom(0, 1_500, 20_000),
  target,
})
const step = fc.oneof(
  move.map((value) => ({ do: 'move' as const, value })),
  parts.map((value) => ({ do: 'release' as const, value })),
  fc.nat(8_000).map((value) => ({ do: 'wait' as const, value })),
)

function world() {
  const f = createFixture({ noiseBps: 30, accounts: 1 })
  const prices = () => {
    const market = f.stage.core.markets.get(BTC)
    const { asks, bids } = f.stage.core.book(BTC)
    return { mark: market?.markTicks, index: market?.indexTicks, asks, bids }
  }
  return { f, prices, hand: f.stage.priceHand }
}

describe('a hand on the prices', () => {
  it('leaves no trace when it lets go, whatever it did, and never leaves the range', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const [touched, untouched] = [world(), world()]
        for (const { do: what, value } of steps) {
          if (what === 'move') touched.hand.move(value)
          else if (what === 'release') touched.hand.release(BTC, value)
          else await Promise.all([touched, untouched].map(({ f }) => f.clock.advance(value)))
          const { mark = 0n, index = 0n } = touched.prices()
          for (const ticks of [mark, index]) {
            expect(ticks).toBeGreaterThan(0n)
            expect(ticks).toBeLessThanOrEqual(MAX_PRICE_TICKS)
          }
        }
        touched.hand.release(BTC, PRICE_PARTS)
        await Promise.all([touched, untouched].map(({ f }) => f.clock.advance(1_000)))
        expect(touched.prices()).toEqual(untouched.prices())
      }),
      { numRuns: 40 },
    )
  })

  it('ends exactly where it said it would reach', () => {
    fc.assert(
      fc.property(move, (wanted) => {
        const { hand, prices } = world()
        const { lowTicks, highTicks } = hand.reach(wanted)
        hand.move({ ...wanted, overMs: 0 })
        const { mark = 0n, index = 0n } = prices()
        if (wanted.parts.includes('mark')) expect(mark).toBe(highTicks)
        if (wanted.parts.includes('index')) expect(index).toBe(lowTicks)
      }),
      { numRuns: 40 },
    )
  })
})
