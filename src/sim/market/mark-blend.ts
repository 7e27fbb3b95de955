/**
 * The venue's mark as a market goes along: remembers how far the book has stood from the index and asks the exchange's
 * rule for the mark (PROTOCOL.md section 11.6). Averaging time and limit of the premium term are not published: eight
 * minutes and half a percent were chosen.
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import { impactPriceTicks } from '../core/impact-price.ts'
import { markPriceTicks } from '../core/mark-price.ts'

const PREMIUM_MS = 8 * 60_000
const PREMIUM_LIMIT_E6 = 5_000
/** Levels that are looked through for an impact price. */
const IMPACT_LEVELS = 40

/** What the mark is made of beside the book. */
export interface OutsidePrices {
  readonly indexTicks: bigint
  readonly externalTicks: bigint
  /** Venue time since the blend began; the premium is averaged over it. */
  readonly elapsedMs: number
}

/** The mark of one market; remembers the premium. */
export interface MarkBlend {
  markTicks(outside: OutsidePrices): bigint
}

/** Creates the blend of a market without premium. The book counts as it is at the time of the question. */
export function createMarkBlend(core: SimCore, marketIndex: number): MarkBlend {
  let premiumE6 = 0
  let lastMs = 0
  return {
    markTicks({ indexTicks, externalTicks, elapsedMs }) {
      const impact = impactPrices(core, marketIndex)
      const share = 1 - Math.exp(-Math.max(0, elapsedMs - lastMs) / PREMIUM_MS)
      lastMs = elapsedMs
      if (impact.bid > 0n && impact.ask > 0n) {
        const gapTicks = (impact.bid + impact.ask) / 2n - indexTicks
        const wantedE6 = (Number(gapTicks) / Number(indexTicks)) * 1e6
        premiumE6 += (wantedE6 - premiumE6) * share
        premiumE6 = Math.max(-PREMIUM_LIMIT_E6, Math.min(PREMIUM_LIMIT_E6, premiumE6))
      }
      return markPriceTicks({
        indexTicks,
        premiumE6: BigInt(Math.round(premiumE6)),
        externalMarksTicks: [externalTicks],
        impactBidTicks: impact.bid,
        impactAskTicks: impact.ask,
      })
    },
  }
}

function impactPrices(core: SimCore, marketIndex: number) {
  const market = core.markets.get(marketIndex)
  if (market === undefined) return { bid: 0n, ask: 0n }
  const { asks, bids } = core.book(marketIndex, IMPACT_LEVELS)
  return { bid: impactPriceTicks(market, bids), ask: impactPriceTicks(market, asks) }
}
