/**
 * A market's running state at its start.
 * @module
 */
import { createBoundedLog } from './bounded-log.ts'
import type { MarketState } from './core-state.ts'
import type { FundingHour } from './market-model.ts'
import { createDailyWindow } from './daily-window.ts'
import type { MarketSpec } from './market-list.ts'
import { quoteMultiplierOf } from './market-list.ts'
import { createBookSide } from './order-book.ts'
import { createTriggerIndex } from './trigger-index.ts'
import { FIRST_ORDER_INDEX } from './units.ts'

/** How much of the past is remembered for each market. */
const REMEMBERED = { trades: 1000, fundingHours: 24 * 90 }

/** Creates a market without orders at its first mark. */
export function createMarket(spec: MarketSpec): MarketState {
  const dailyWindow = createDailyWindow()
  const fundingLog = createBoundedLog<FundingHour>(REMEMBERED.fundingHours)
  let fundingHours: readonly FundingHour[] = []
  return {
    ...spec,
    quoteMultiplier: quoteMultiplierOf(spec),
    status: 'active',
    forceReduceOnly: false,
    marketMarginMode: 0,
    indexTicks: spec.markTicks,
    lastTradeTicks: 0n,
    openInterestTicks: 0n,
    bookNonce: 0n,
    currentFundingRateE6: 0n,
    fundingPrefixE12: 0n,
    asks: createBookSide(true),
    bids: createBookSide(false),
    triggers: createTriggerIndex(),
    holders: new Set(),
    tradeLog: createBoundedLog(REMEMBERED.trades),
    fundingLog,
    dailyWindow,
    nextAskNumber: 1n,
    nextBidNumber: FIRST_ORDER_INDEX - 1n,
    premiumSumE6: 0n,
    premiumCount: 0n,
    get daily() {
      return dailyWindow.stats(this.lastTradeTicks === 0n ? this.markTicks : this.lastTradeTicks)
    },
    get fundingHours() {
      // Thousands of hours are read with every frame and change once an hour.
      const [newest] = fundingLog.newest(1)
      if (newest !== fundingHours.at(-1)) fundingHours = fundingLog.oldest()
      return fundingHours
    },
  }
}
