/**
 * Quotes of the house: depth around the mark, drawn from a seed, so that books are alive.
 * @module
 */
import type { Quote, SimCore, SimMarket } from '../core/core-model.ts'
import { noiseAt } from './seeded-rng.ts'

/** How a book looks around its mark. Distances in millionths of the price, depth in whole USDC. */
export interface DepthProfile {
  /** From the mark to the best quote; at least one tick. */
  readonly halfSpreadE6: number
  /** Quotes a side within the near zone, evenly spread. */
  readonly nearLevels: number
  /** Width of the near zone. */
  readonly nearE6: number
  /** Depth a side within the near zone. */
  readonly nearUsd: number
  /** Quotes a side beyond it, each twice as far as the one before. */
  readonly farLevels: number
  /** Depth of each of those. */
  readonly farUsd: number
  /** Random part of a quote's size, 0 to 1. */
  readonly jitter: number
}

/** Enough for 20 accounts of 0.1 BTC within 0.1 % at 100 000 USDC, three times over. */
export const DEEP_PROFILE: DepthProfile = {
  halfSpreadE6: 10,
  nearLevels: 10,
  nearE6: 900,
  nearUsd: 600_000,
  farLevels: 4,
  farUsd: 1_000_000,
  jitter: 0.3,
}

/** A book in which a few thousand USDC move the price. */
export const THIN_PROFILE: DepthProfile = {
  halfSpreadE6: 200,
  nearLevels: 3,
  nearE6: 5_000,
  nearUsd: 3_000,
  farLevels: 2,
  farUsd: 5_000,
  jitter: 0.3,
}

export interface MakersOptions {
  readonly core: SimCore
  /** The account that quotes. */
  readonly accountIndex: number
  readonly seed: number
  /** Default `DEEP_PROFILE`; by market index where markets differ. */
  readonly profile?: DepthProfile
  readonly profiles?: ReadonlyMap<number, DepthProfile>
}

export interface Makers {
  /**
   * Quotes anew around a price, by default the current mark; does nothing when neither price nor book has moved since.
   * Books lead marks: whoever moves the mark lets the quotes go first, else its triggers meet yesterday's book.
   */
  refresh(marketIndex: number, nowMs: number, aroundTicks?: bigint): void
  /** Changes a book's depth from the next refresh on. */
  setProfile(marketIndex: number, profile: DepthProfile): void
  /** Takes all quotes of a market away until `resume`. */
  pause(marketIndex: number, nowMs: number): void
  resume(marketIndex: number): void
}

interface LastQuote {
  readonly aroundTicks: bigint
  readonly bookNonce: bigint
}

/** Creates the quoting of one account over all markets. */
export function createMakers(options: MakersOptions): Makers {
  const { core, accountIndex } = options
  const profiles = new Map(options.profiles)
  const last = new Map<number, LastQuote>()
  const paused = new Set<number>()
  const profileOf = (marketIndex: number): DepthProfile =>
    profiles.get(marketIndex) ?? options.profile ?? DEEP_PROFILE

  return {
    refresh(marketIndex, nowMs, aroundTicks) {
      const market = core.markets.get(marketIndex)
      if (market === undefined || paused.has(marketIndex)) return
      const markTicks = aroundTicks ?? market.markTicks
      const before = last.get(marketIndex)
      if (before?.aroundTicks === markTicks && before.bookNonce === market.bookNonce) return
      const quotes = quotesAround(quotable(market, markTicks), profileOf(marketIndex), {
        seed: options.seed + marketIndex * 7919,
      })
      core.replaceQuotes({ accountIndex, marketIndex, ...quotes }, nowMs)
      last.set(marketIndex, { aroundTicks: markTicks, bookNonce: market.bookNonce })
    },
    setProfile(marketIndex, profile) {
      profiles.set(marketIndex, profile)
      last.delete(marketIndex)
    },
    pause(marketIndex, nowMs) {
      paused.add(marketIndex)
      core.replaceQuotes({ accountIndex, marketIndex, asks: [], bids: [] }, nowMs)
    },
    resume(marketIndex) {
      paused.delete(marketIndex)
      last.delete(marketIndex)
    },
  }
}

/** The quotes of a profile around a market's mark: pure, the seed decides the sizes. */
export function quotesAround(
  market: Pick<SimMarket, 'markTicks' | 'quoteMultiplier' | 'minBaseTicks' | 'minQuoteMicros'>,
  profile: DepthProfile,
  { seed }: { readonly seed: number },
): { readonly asks: Quote[]; readonly bids: Quote[] } {
  const levels = levelsOf(profile)
  const side = (isAsk: boolean): Quote[] => {
    const quotes: Quote[] = []
    let previous = market.markTicks
    for (const [at, level] of levels.entries()) {
      const offset = (market.markTicks * BigInt(level.distanceE6)) / 1_000_000n
      const wanted = isAsk ? market.markTicks + offset : market.markTicks - offset
      // Where ticks are coarse, each level still gets a price of its own.
      const next = isAsk ? previous + 1n : previous - 1n
      const priceTicks = isAsk ? larger(wanted, next) : smaller(wanted, next)
      if (priceTicks <= 0n) break
      previous = priceTicks
      const roll = noiseAt(seed + at * 2 + (isAsk ? 1 : 0), Number(market.markTicks % 65_536n))
      const usd = level.usd * (1 + profile.jitter * (2 * roll - 1))
      quotes.push({ priceTicks, sizeTicks: sizeFor(market, priceTicks, usd) })
    }
    return quotes
  }
  return { asks: side(true), bids: side(false) }
}

function quotable(market: SimMarket, markTicks: bigint): Parameters<typeof quotesAround>[0] {
  const { quoteMultiplier, minBaseTicks, minQuoteMicros } = market
  return { markTicks, quoteMultiplier, minBaseTicks, minQuoteMicros }
}

interface Level {
  readonly distanceE6: number
  readonly usd: number
}

function levelsOf(profile: DepthProfile): Level[] {
  const levels: Level[] = []
  const step = (profile.nearE6 - profile.halfSpreadE6) / Math.max(1, profile.nearLevels - 1)
  for (let at = 0; at < profile.nearLevels; at += 1) {
    const distanceE6 = Math.round(profile.halfSpreadE6 + step * at)
    levels.push({ distanceE6, usd: profile.nearUsd / profile.nearLevels })
  }
  for (let at = 1; at <= profile.farLevels; at += 1) {
    levels.push({ distanceE6: profile.nearE6 * 2 ** at, usd: profile.farUsd })
  }
  return levels
}

function sizeFor(
  market: Pick<SimMarket, 'quoteMultiplier' | 'minBaseTicks' | 'minQuoteMicros'>,
  priceTicks: bigint,
  usd: number,
): bigint {
  const unit = priceTicks * market.quoteMultiplier
  const sizeTicks = BigInt(Math.round(usd * 1e6)) / unit
  return larger(sizeTicks, larger(market.minBaseTicks, market.minQuoteMicros / unit + 1n))
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
