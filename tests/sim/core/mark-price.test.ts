import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { impactPriceTicks } from '../../../src/sim/core/impact-price.ts'
import { markPriceTicks } from '../../../src/sim/core/mark-price.ts'

const SOURCES = {
  indexTicks: 1_000_000n,
  premiumE6: 0n,
  externalMarksTicks: [1_000_300n, 1_000_100n, 1_000_200n],
  impactBidTicks: 999_900n,
  impactAskTicks: 1_000_101n,
}

describe('the mark', () => {
  it('is the median of adjusted index, external marks and impact price', () => {
    // Index 1 000 000, external 1 000 200, impact (999 900 + 1 000 101) / 2 = 1 000 000.5 cut to 1 000 000.
    expect(markPriceTicks(SOURCES)).toBe(1_000_000n)
    expect(markPriceTicks({ ...SOURCES, premiumE6: 150n })).toBe(1_000_150n)
    expect(markPriceTicks({ ...SOURCES, premiumE6: 500n })).toBe(1_000_200n)
  })

  it('does not follow its own book alone, however far that goes', () => {
    const crashed = { ...SOURCES, impactBidTicks: 500_000n, impactAskTicks: 510_000n }
    expect(markPriceTicks(crashed)).toBe(1_000_000n)
  })

  it('takes the index for a side that is too thin', () => {
    const thin = { ...SOURCES, impactBidTicks: 0n, impactAskTicks: 1_001_000n, premiumE6: 900n }
    // Impact (1 000 000 + 1 001 000) / 2 = 1 000 500 between 1 000 200 and 1 000 900.
    expect(markPriceTicks(thin)).toBe(1_000_500n)
  })

  it('is the mean of the other two without external marks, and never below one tick', () => {
    const alone = { ...SOURCES, externalMarksTicks: [], premiumE6: 1_001n }
    expect(markPriceTicks(alone)).toBe((1_001_001n + 1_000_000n) / 2n)
    expect(
      markPriceTicks({
        indexTicks: 1n,
        premiumE6: -1_000_000n,
        externalMarksTicks: [0n],
        impactBidTicks: 0n,
        impactAskTicks: 0n,
      }),
    ).toBe(1n)
  })

  it('always lies between the lowest and the highest source', () => {
    const ticks = fc.bigInt(1n, 2_000_000n)
    fc.assert(
      fc.property(
        ticks,
        fc.array(ticks, { maxLength: 5 }),
        ticks,
        ticks,
        (index, marks, bid, ask) => {
          const mark = markPriceTicks({
            indexTicks: index,
            premiumE6: 0n,
            externalMarksTicks: marks,
            impactBidTicks: bid,
            impactAskTicks: ask,
          })
          const all = [index, ...marks, bid, ask]
          expect(all.some((price) => price <= mark) && all.some((price) => price >= mark)).toBe(
            true,
          )
        },
      ),
    )
  })
})

describe('the impact price', () => {
  // BTC: 500 USDC / 2 % = 25 000 USDC.
  const btc = { minImf: 200, quoteMultiplier: 1n }

  it('averages over the levels that the impact notional eats', () => {
    const levels = [
      { priceTicks: 1_000_000n, totalTicks: 10_000n },
      { priceTicks: 1_001_000n, totalTicks: 90_000n },
    ]
    // 10 000 USDC at 100 000, then 15 000 USDC at 100 100: 14 985 ticks and one more for the rest.
    const rest = 15_000_000_000n / 1_001_000n + 1n
    const quote = 10_000n * 1_000_000n + rest * 1_001_000n
    expect(impactPriceTicks(btc, levels)).toBe(quote / (10_000n + rest))
  })

  it('is zero where the book is too thin', () => {
    expect(impactPriceTicks(btc, [{ priceTicks: 1_000_000n, totalTicks: 24_000n }])).toBe(0n)
    expect(impactPriceTicks(btc, [])).toBe(0n)
  })
})
