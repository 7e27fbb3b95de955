/**
 * Quotes of the house: depth around the mark, drawn from a seed, so that books are alive.
 * @module
 */
import type { Quote, SimCore, SimMarket } from '../core/core-model.ts'
import type { LadderMoment, LadderProfile } from './ladder.ts'
import { ladderQuotes, sizeFor } from './ladder.ts'
import type { BookWeather } from './market-scene.ts'
import { FAIR_WEATHER } from './market-scene.ts'
import { showQuotes } from './quote-crew.ts'
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

/** What makers quote with: an even ring of levels, the same at all times, or a ladder that lives. */
export type BookProfile = DepthProfile | LadderProfile

export interface MakersOptions {
  readonly core: SimCore
  /** The account that quotes. */
  readonly accountIndex: number
  /** Others that share its levels, so that there are several orders at a price; default none. */
  readonly partnerIndexes?: readonly number[]
  readonly seed: number
  /** Default `DEEP_PROFILE`; by market index where markets differ. */
  readonly profile?: BookProfile
  readonly profiles?: ReadonlyMap<number, BookProfile>
}

export interface Makers {
  /**
   * Quotes anew around a price, by default the current mark; a ring does nothing when neither price nor book has moved
   * since. Books lead marks: whoever moves the mark lets the quotes go first, else its triggers meet yesterday's book.
   */
  refresh(marketIndex: number, nowMs: number, aroundTicks?: bigint): void
  /** Changes how a market's makers feel, from the next refresh on; rings know depth only. */
  setWeather(marketIndex: number, weather: BookWeather): void
  /** Changes a book's depth from the next refresh on. */
  setProfile(marketIndex: number, profile: BookProfile): void
  /** From the next refresh on all books show this share of their depth, 0 or more; 1 is usual. */
  setDepthShare(share: number): void
  /** Takes all quotes of a market away until `resume`. */
  pause(marketIndex: number, nowMs: number): void
  resume(marketIndex: number): void
}

interface LastQuote {
  readonly aroundTicks: bigint
  readonly bookNonce: bigint
}

/** Creates the quoting of a house over all markets. */
export function createMakers(options: MakersOptions): Makers {
  const { core } = options
  const crew = [options.accountIndex, ...(options.partnerIndexes ?? [])]
  const shape = createBookShape(options)
  const last = new Map<number, LastQuote>()
  const paused = new Set<number>()
  return {
    refresh(marketIndex, nowMs, aroundTicks) {
      const market = core.markets.get(marketIndex)
      if (market === undefined || paused.has(marketIndex)) return
      const middleTicks = aroundTicks ?? market.markTicks
      const before = last.get(marketIndex)
      const isSame = before?.aroundTicks === middleTicks && before.bookNonce === market.bookNonce
      if (isSame && !shape.isLive(marketIndex)) return
      showQuotes(core, crew, { marketIndex, ...shape.quotes(market, middleTicks, nowMs), nowMs })
      last.set(marketIndex, { aroundTicks: middleTicks, bookNonce: market.bookNonce })
    },
    setWeather(marketIndex, weather) {
      if (shape.setWeather(marketIndex, weather)) last.delete(marketIndex)
    },
    setProfile(marketIndex, profile) {
      shape.setProfile(marketIndex, profile)
      last.delete(marketIndex)
    },
    setDepthShare(share) {
      shape.setDepthShare(share)
      last.clear()
    },
    pause(marketIndex, nowMs) {
      paused.add(marketIndex)
      showQuotes(core, crew, { marketIndex, asks: [], bids: [], nowMs })
    },
    resume(marketIndex) {
      paused.delete(marketIndex)
      last.delete(marketIndex)
    },
  }
}

/** What decides how the books look: profile, weather and share of each market. */
function createBookShape(options: MakersOptions) {
  const profiles = new Map(options.profiles)
  const weathers = new Map<number, BookWeather>()
  let depthShare = 1
  const profileOf = (marketIndex: number): BookProfile =>
    profiles.get(marketIndex) ?? options.profile ?? DEEP_PROFILE
  return {
    /** A live book changes even when its middle stands still. */
    isLive: (marketIndex: number): boolean => 'zones' in profileOf(marketIndex),
    quotes(market: SimMarket, middleTicks: bigint, nowMs: number): Quotes {
      const { marketIndex } = market
      const weather = scaleDepth(weathers.get(marketIndex) ?? FAIR_WEATHER, depthShare)
      const seed = options.seed + marketIndex * 7919
      return quotesOf(market, profileOf(marketIndex), { middleTicks, nowMs, weather, seed })
    },
    /** True when it is another one. */
    setWeather(marketIndex: number, weather: BookWeather): boolean {
      const isNew = weathers.get(marketIndex) !== weather
      weathers.set(marketIndex, weather)
      return isNew
    },
    setProfile: (marketIndex: number, profile: BookProfile) => profiles.set(marketIndex, profile),
    setDepthShare(share: number): void {
      depthShare = share
    },
  }
}

function quotesOf(market: SimMarket, profile: BookProfile, moment: LadderMoment): Quotes {
  if ('zones' in profile) return ladderQuotes(market, profile, moment)
  const { quoteMultiplier, minBaseTicks, minQuoteMicros } = market
  const around = { markTicks: moment.middleTicks, quoteMultiplier, minBaseTicks, minQuoteMicros }
  const { asks, bids } = quotesAround(around, profile, { seed: moment.seed })
  const { askDepth, bidDepth } = moment.weather
  return { asks: scaleQuotes(asks, askDepth), bids: scaleQuotes(bids, bidDepth) }
}

interface Quotes {
  readonly asks: readonly Quote[]
  readonly bids: readonly Quote[]
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

function scaleDepth(weather: BookWeather, share: number): BookWeather {
  if (share === 1) return weather
  return { ...weather, askDepth: weather.askDepth * share, bidDepth: weather.bidDepth * share }
}

/** Millionths keep the sum in whole ticks; a level that shrinks to nothing is gone. */
function scaleQuotes(quotes: readonly Quote[], share: number): readonly Quote[] {
  if (share === 1) return quotes
  const shareE6 = BigInt(Math.round(share * 1e6))
  return quotes.flatMap(({ priceTicks, sizeTicks }) => {
    const scaled = (sizeTicks * shareE6) / 1_000_000n
    return scaled > 0n ? [{ priceTicks, sizeTicks: scaled }] : []
  })
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

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
