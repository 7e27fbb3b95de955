/**
 * Funding: a premium sample every minute, a payment every hour (PROTOCOL 11.5).
 * @module
 */
import type { CoreState, MarketState } from './core-state.ts'
import { impactPriceTicks } from './impact-price.ts'
import type { BookSide } from './order-book.ts'
import { bestFirst } from './order-book.ts'
import { RATE_ONE } from './units.ts'

const MINUTE_MS = 60_000
const SAMPLES_PER_HOUR = 60n
/** Millionths over 8 hours: interest 0.01 %, small clamp 0.05 %, big clamp 4 %. */
const INTEREST_E6 = 100n
const SMALL_CLAMP_E6 = 500n
const BIG_CLAMP_E6 = 40_000n

/** Takes the samples and settles the hours that have passed since the last call. */
export function runFunding(state: CoreState): void {
  const minute = Math.floor(state.nowMs / MINUTE_MS)
  if (state.lastMinute === 0) state.lastMinute = minute
  while (state.lastMinute < minute) {
    state.lastMinute += 1
    for (const market of state.markets.values()) {
      samplePremium(market)
      if (state.lastMinute % 60 === 0) settleHour(state, market, state.lastMinute * MINUTE_MS)
    }
  }
}

/** The hourly rate that an average premium leads to, millionths, signed. */
export function hourlyRateE6(averagePremiumE6: bigint): bigint {
  const interest = clamp(INTEREST_E6 - averagePremiumE6, SMALL_CLAMP_E6)
  const rate8h = clamp(averagePremiumE6 + interest, BIG_CLAMP_E6)
  return rate8h < 0n ? -(-rate8h / 8n) : rate8h / 8n
}

function samplePremium(market: MarketState): void {
  market.premiumSumE6 += premiumE6(market)
  market.premiumCount += 1n
  market.currentFundingRateE6 = hourlyRateE6(market.premiumSumE6 / market.premiumCount)
}

/** [max(0, impact bid − index) − max(0, index − impact ask)] / index, truncated. */
function premiumE6(market: MarketState): bigint {
  const index = market.indexTicks
  const above = impactOr(index, market, market.bids) - index
  const below = index - impactOr(index, market, market.asks)
  const premium = (above > 0n ? above : 0n) - (below > 0n ? below : 0n)
  return (premium * RATE_ONE) / index
}

/** Impact price of one side; the index when the side is too thin (PROTOCOL 11.5). */
function impactOr(index: bigint, market: MarketState, side: BookSide): bigint {
  const impact = impactPriceTicks(market, bestFirst(side))
  return impact === 0n ? index : impact
}

function settleHour(state: CoreState, market: MarketState, timestampMs: number): void {
  const samples = market.premiumCount < SAMPLES_PER_HOUR ? market.premiumCount : SAMPLES_PER_HOUR
  const rateE6 = hourlyRateE6(samples === 0n ? 0n : market.premiumSumE6 / samples)
  market.premiumSumE6 = 0n
  market.premiumCount = 0n
  // One size tick held long pays rate × index: millionths × millionths is 1e-12 USDC, without rounding.
  market.fundingPrefixE12 += rateE6 * market.indexTicks * market.quoteMultiplier
  market.fundingLog.push({ timestampMs, rateE6, indexTicks: market.indexTicks })
  market.currentFundingRateE6 = rateE6
  recordPayments(state, market, { timestampMs, rateE6 })
  state.changes.direct({ type: 'market', marketIndex: market.marketIndex })
}

function recordPayments(
  state: CoreState,
  market: MarketState,
  hour: { readonly timestampMs: number; readonly rateE6: bigint },
): void {
  for (const account of market.holders) {
    const sizeTicks = account.positions.get(market.marketIndex)?.sizeTicks ?? 0n
    const payment = {
      fundingId: state.fundingId++,
      accountIndex: account.accountIndex,
      marketIndex: market.marketIndex,
      timestampMs: hour.timestampMs,
      changeE12: -sizeTicks * hour.rateE6 * market.indexTicks * market.quoteMultiplier,
      rateE6: hour.rateE6,
      sizeTicks,
    }
    account.fundingLog.push(payment)
    if (!account.isHouse) {
      state.changes.direct({ type: 'funding', payment })
      state.changes.account(account)
    }
  }
}

function clamp(value: bigint, limit: bigint): bigint {
  if (value > limit) return limit
  return value < -limit ? -limit : value
}
