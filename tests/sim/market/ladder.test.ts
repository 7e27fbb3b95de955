import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BTC_LADDER, ladderQuotes, scaleLadder } from '../../../src/sim/market/ladder.ts'
import type { LadderMoment } from '../../../src/sim/market/ladder.ts'
import { FAIR_WEATHER } from '../../../src/sim/market/market-scene.ts'
import { shareOut } from '../../../src/sim/market/quote-crew.ts'

const MARKET = { quoteMultiplier: 1n, minBaseTicks: 20n, minQuoteMicros: 10_000_000n }
const NOW_MS = Date.UTC(2026, 10, 1)
const moment = (change: Partial<LadderMoment> = {}): LadderMoment => ({
  seed: 5,
  middleTicks: 1_000_000n,
  nowMs: NOW_MS,
  weather: FAIR_WEATHER,
  ...change,
})
const usdWithin = (quotes: readonly { priceTicks: bigint; sizeTicks: bigint }[], ticks: bigint) =>
  quotes
    .filter(
      ({ priceTicks }) => priceTicks >= 1_000_000n - ticks && priceTicks <= 1_000_000n + ticks,
    )
    .reduce((sum, { priceTicks, sizeTicks }) => sum + Number(priceTicks * sizeTicks) / 1e6, 0)

const weather = fc.record({
  askDepth: fc.double({ min: 0, max: 1, noNaN: true }),
  bidDepth: fc.double({ min: 0, max: 1, noNaN: true }),
  extraHalfSpreadE6: fc.nat(20_000),
  gapFactor: fc.double({ min: 1, max: 40, noNaN: true }),
})

describe('a ladder', () => {
  it('is never crossed, has one order a price, and only sizes the market accepts', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 4_000_000n),
        fc.integer(),
        weather,
        (middleTicks, seed, ofWeather) => {
          const { asks, bids } = ladderQuotes(
            MARKET,
            BTC_LADDER,
            moment({ middleTicks, seed, weather: ofWeather }),
          )
          for (const [at, { priceTicks }] of asks.entries()) {
            expect(priceTicks).toBeGreaterThan(asks[at - 1]?.priceTicks ?? middleTicks)
          }
          for (const [at, { priceTicks }] of bids.entries()) {
            expect(priceTicks).toBeLessThan(bids[at - 1]?.priceTicks ?? middleTicks + 1n)
          }
          for (const { priceTicks, sizeTicks } of [...asks, ...bids]) {
            expect(priceTicks).toBeGreaterThan(0n)
            expect(sizeTicks).toBeGreaterThanOrEqual(20n)
            expect(sizeTicks * priceTicks).toBeGreaterThanOrEqual(10_000_000n)
          }
        },
      ),
    )
  })

  it('has a spread of one tick, and millions of USDC within a thousandth, ever more with distance', () => {
    const { asks, bids } = ladderQuotes(MARKET, BTC_LADDER, moment())
    expect((asks[0]?.priceTicks ?? 0n) - (bids[0]?.priceTicks ?? 0n)).toBe(1n)
    for (const side of [asks, bids]) {
      expect(usdWithin(side, 1_000n)).toBeGreaterThan(1_500_000)
      expect(usdWithin(side, 1_000n)).toBeLessThan(6_000_000)
      expect(usdWithin(side, 10n)).toBeLessThan(usdWithin(side, 100n) / 2)
      expect(usdWithin(side, 100n)).toBeLessThan(usdWithin(side, 1_000n) / 2)
    }
    const small = ladderQuotes(MARKET, scaleLadder(BTC_LADDER, 0.1), moment())
    expect(usdWithin(small.asks, 1_000n)).toBeLessThan(usdWithin(asks, 1_000n) / 8)
  })

  it('changes few levels when the middle moves by a tick or a second passes', () => {
    const before = ladderQuotes(MARKET, BTC_LADDER, moment())
    const known = new Set(
      before.asks.map(({ priceTicks, sizeTicks }) => `${priceTicks} ${sizeTicks}`),
    )
    for (const change of [{ middleTicks: 1_000_001n }, { nowMs: NOW_MS + 1_000 }]) {
      const { asks } = ladderQuotes(MARKET, BTC_LADDER, moment(change))
      const fresh = asks.filter(
        ({ priceTicks, sizeTicks }) => !known.has(`${priceTicks} ${sizeTicks}`),
      )
      expect(fresh.length).toBeGreaterThan(0)
      expect(fresh.length).toBeLessThan(12)
    }
  })

  it('has an empty side where there is no depth', () => {
    const { asks, bids } = ladderQuotes(
      MARKET,
      BTC_LADDER,
      moment({ weather: { ...FAIR_WEATHER, bidDepth: 0 } }),
    )
    expect(bids).toEqual([])
    expect(asks).toHaveLength(50)
  })
})

describe('a level that several hold', () => {
  it('keeps its sum, and everyone has one order a price at most', () => {
    const quote = fc.record({
      priceTicks: fc.bigInt(1n, 4_000_000n),
      sizeTicks: fc.bigInt(1n, 1n << 40n),
    })
    const quotes = fc.uniqueArray(quote, {
      maxLength: 30,
      selector: ({ priceTicks }) => priceTicks,
    })
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 4 }), (all, count) => {
        const parts = shareOut(all, count)
        expect(parts).toHaveLength(count)
        for (const { priceTicks, sizeTicks } of all) {
          const held = parts.flatMap((part) =>
            part.filter((mine) => mine.priceTicks === priceTicks),
          )
          expect(held.reduce((sum, mine) => sum + mine.sizeTicks, 0n)).toBe(sizeTicks)
          expect(held.length).toBeLessThanOrEqual(count)
          for (const { sizeTicks: own } of held) expect(own).toBeGreaterThan(0n)
        }
        for (const part of parts) {
          expect(new Set(part.map(({ priceTicks }) => priceTicks)).size).toBe(part.length)
        }
      }),
    )
  })
})
