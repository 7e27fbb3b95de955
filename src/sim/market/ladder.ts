/**
 * The depth of a live book: a tight best price, many small levels near it and ever larger ones farther away, all on a
 * fixed grid of prices, so that a move of the middle changes only the levels at the edges. PROTOCOL.md section 8.3 asks
 * for batches of few levels; it is silent about depth, whose order of magnitude is that of public order books.
 * @module
 */
import type { Quote, SimMarket } from '../core/core-model.ts'
import type { BookWeather } from './market-scene.ts'
import { noiseAt } from './seeded-rng.ts'

/** A run of levels with the same distance between them. */
export interface LadderZone {
  readonly levels: number
  /** Between two levels, millionths of the price; below one tick it is one tick. */
  readonly stepE6: number
  /** Typical depth of a level, whole USDC; single levels lie between a third and three times of it. */
  readonly usd: number
  /** A level keeps its size for about this long. */
  readonly lifetimeMs: number
}

/** How deep a book is, from the best price outwards. */
export interface LadderProfile {
  readonly zones: readonly LadderZone[]
}

/** About 2 to 4 million USDC a side within a thousandth of the price, best quotes of ten to fifty thousand. */
export const BTC_LADDER: LadderProfile = {
  zones: [
    { levels: 10, stepE6: 1, usd: 14_000, lifetimeMs: 4_000 },
    { levels: 8, stepE6: 5, usd: 25_000, lifetimeMs: 8_000 },
    { levels: 8, stepE6: 20, usd: 60_000, lifetimeMs: 15_000 },
    { levels: 8, stepE6: 100, usd: 120_000, lifetimeMs: 30_000 },
    { levels: 6, stepE6: 500, usd: 500_000, lifetimeMs: 60_000 },
    { levels: 6, stepE6: 2_000, usd: 900_000, lifetimeMs: 120_000 },
    { levels: 4, stepE6: 10_000, usd: 1_500_000, lifetimeMs: 300_000 },
  ],
}

/** The same ladder with a share of its depth, for smaller markets. */
export function scaleLadder({ zones }: LadderProfile, share: number): LadderProfile {
  return { zones: zones.map((zone) => ({ ...zone, usd: zone.usd * share })) }
}

/** What of a market decides its quotes. */
export type LadderMarket = Pick<SimMarket, 'quoteMultiplier' | 'minBaseTicks' | 'minQuoteMicros'>

/** One book at one time. */
export interface LadderMoment {
  readonly seed: number
  /** The middle, in ticks. */
  readonly middleTicks: bigint
  readonly nowMs: number
  readonly weather: Pick<BookWeather, 'askDepth' | 'bidDepth' | 'extraHalfSpreadE6' | 'gapFactor'>
}

/** All quotes of a moment, best first: pure, never crossed, positive, each at least the market's smallest order. */
export function ladderQuotes(
  market: LadderMarket,
  profile: LadderProfile,
  moment: LadderMoment,
): { readonly asks: Quote[]; readonly bids: Quote[] } {
  return {
    asks: sideQuotes(market, profile, { ...moment, isAsk: true }),
    bids: sideQuotes(market, profile, { ...moment, isAsk: false }),
  }
}

function sideQuotes(
  market: LadderMarket,
  { zones }: LadderProfile,
  moment: LadderMoment & { readonly isAsk: boolean },
): Quote[] {
  const { isAsk, middleTicks, weather, nowMs } = moment
  const depth = isAsk ? weather.askDepth : weather.bidDepth
  if (depth <= 0) return []
  const seed = moment.seed + (isAsk ? 1_000_003 : 0)
  const apart = (middleTicks * BigInt(Math.round(weather.extraHalfSpreadE6))) / 1_000_000n
  // The middle itself belongs to the bids: best prices are one tick apart.
  let priceTicks = isAsk ? middleTicks + apart : middleTicks - apart + 1n
  const quotes: Quote[] = []
  for (const zone of zones) {
    const stepTicks = roundStep(Number(middleTicks) * zone.stepE6 * 1e-6 * weather.gapFactor)
    for (let at = 0; at < zone.levels; at += 1) {
      priceTicks = nextOnGrid(priceTicks, stepTicks, isAsk)
      if (priceTicks <= 0n) return quotes
      const usd = zone.usd * depth * sizeNoise(seed, priceTicks, nowMs / zone.lifetimeMs)
      quotes.push({ priceTicks, sizeTicks: sizeFor(market, priceTicks, usd) })
    }
  }
  return quotes
}

/** 1, 2 or 5 times a power of ten, not above the wanted step: stays the same while prices move a little. */
function roundStep(wantedTicks: number): bigint {
  if (wantedTicks < 2) return 1n
  const power = 10 ** Math.floor(Math.log10(wantedTicks))
  const digit = wantedTicks / power
  return BigInt(Math.round((digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * power))
}

/** The next multiple of the step, strictly beyond a price. */
function nextOnGrid(priceTicks: bigint, stepTicks: bigint, isAsk: boolean): bigint {
  return isAsk
    ? (priceTicks / stepTicks + 1n) * stepTicks
    : ((priceTicks - 1n) / stepTicks) * stepTicks
}

/** Between a third and three times, anew for each price at the end of each of its lives. */
function sizeNoise(seed: number, priceTicks: bigint, lives: number): number {
  const price = Number(priceTicks)
  const life = Math.floor(lives + noiseAt(seed + 17, price))
  return Math.exp((2 * noiseAt(seed + life * 31, price) - 1) * 1.1)
}

/** A size worth about `usd`, not below what the market accepts as a resting order (PROTOCOL.md section 4). */
export function sizeFor(market: LadderMarket, priceTicks: bigint, usd: number): bigint {
  const unit = priceTicks * market.quoteMultiplier
  const sizeTicks = BigInt(Math.round(usd * 1e6)) / unit
  const least = market.minQuoteMicros / unit + 1n
  const smallest = market.minBaseTicks > least ? market.minBaseTicks : least
  return sizeTicks > smallest ? sizeTicks : smallest
}
