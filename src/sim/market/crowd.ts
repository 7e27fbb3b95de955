/**
 * The public that trades with the house: small orders of a seeded account that keep trades, candles and last prices
 * alive. PROTOCOL.md is silent about other people's trades; sizes run from some tens to some ten thousands of USDC.
 * @module
 */
import type { SimCore, SimMarket } from '../core/core-model.ts'
import type { BookWeather } from './market-scene.ts'
import { noiseAt } from './seeded-rng.ts'

export interface CrowdOptions {
  readonly core: SimCore
  /** The account that trades; must not be one of the makers, with whom it could not trade. */
  readonly accountIndex: number
  readonly seed: number
}

/** A stroke of trading. */
export interface CrowdMoment {
  readonly nowMs: number
  /** Time since the stroke before. */
  readonly spanMs: number
  readonly weather: Pick<BookWeather, 'tradesPerSecond' | 'buyShare'>
}

export interface Crowd {
  /** Trades what falls into the span; the number of the call decides the dice, so that a run repeats. */
  trade(marketIndex: number, moment: CrowdMoment): void
}

/** Sizes are spread evenly over the powers between these. */
const LEAST_USD = 15
const MOST_USD = 25_000
/** Above this the crowd leans towards going home, whole USDC. */
const TIRED_AT_USD = 2_000_000
/** One order in so many may eat through more than the best level. */
const SWEEP_SHARE = 0.08
const SWEEP_LEVELS = 3
const MOST_TRADES = 25

/** Creates the crowd; it trades nothing by itself. */
export function createCrowd({ core, accountIndex, seed }: CrowdOptions): Crowd {
  let calls = 0
  const dice = (number: number) => noiseAt(seed + number, calls)
  const trade = (market: SimMarket, at: number, moment: CrowdMoment): void => {
    const isBuy = dice(at * 4 + 1) < moment.weather.buyShare - homesickness(market)
    const { asks, bids } = core.book(market.marketIndex, SWEEP_LEVELS)
    const levels = (isBuy ? asks : bids).slice(0, dice(at * 4 + 2) < SWEEP_SHARE ? undefined : 1)
    const last = levels.at(-1)
    if (last === undefined) return
    const usd = LEAST_USD * (MOST_USD / LEAST_USD) ** dice(at * 4 + 3)
    const wanted = BigInt(Math.round(usd * 1e6)) / (last.priceTicks * market.quoteMultiplier) + 1n
    const offered = levels.reduce((sum, level) => sum + level.totalTicks, 0n)
    const quote = { priceTicks: last.priceTicks, sizeTicks: wanted < offered ? wanted : offered }
    const nothing = { accountIndex, marketIndex: market.marketIndex, asks: [], bids: [] }
    core.replaceQuotes({ ...nothing, [isBuy ? 'bids' : 'asks']: [quote] }, moment.nowMs)
    // What did not trade, because its maker could not, does not stay.
    if (core.activeOrders(accountIndex).length > 0) core.replaceQuotes(nothing, moment.nowMs)
  }
  /** −0.4 to 0.4: a long crowd sells. */
  const homesickness = (market: SimMarket): number => {
    const held = core.account(accountIndex)?.positions.get(market.marketIndex)?.sizeTicks ?? 0n
    const heldUsd = Number(held * market.markTicks * market.quoteMultiplier) / 1e6
    return Math.max(-0.4, Math.min(0.4, (heldUsd / TIRED_AT_USD) * 0.2))
  }
  return {
    trade(marketIndex, moment) {
      const market = core.markets.get(marketIndex)
      if (market === undefined) return
      calls += 1
      const expected = (moment.weather.tradesPerSecond * moment.spanMs) / 1000
      const count = Math.floor(expected) + (dice(0) < expected % 1 ? 1 : 0)
      for (let at = 0; at < Math.min(count, MOST_TRADES); at += 1) trade(market, at, moment)
    },
  }
}
