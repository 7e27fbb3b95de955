/**
 * Markets as the simulated exchange holds them.
 * @module
 */

/** Rolling figures of a market's last 24 hours. */
export interface DailyStats {
  readonly tradeCount: number
  readonly baseTicks: bigint
  readonly quoteMicros: bigint
  readonly lowTicks: bigint
  readonly highTicks: bigint
  /** Price 24 hours ago, or the first one known. */
  readonly openTicks: bigint
}

/** One settled funding hour of a market. */
export interface FundingHour {
  /** The full hour at which it was settled, milliseconds. */
  readonly timestampMs: number
  /** Signed, millionths per hour: positive means longs pay. */
  readonly rateE6: bigint
  /** Index price used, in ticks. */
  readonly indexTicks: bigint
}

/** A market's rules and its running state. */
export interface SimMarket {
  readonly marketIndex: number
  readonly symbol: string
  readonly sizeDecimals: number
  readonly priceDecimals: number
  /** `size ticks × price ticks × quoteMultiplier` is the quote in millionths of a USDC. */
  readonly quoteMultiplier: bigint
  readonly minBaseTicks: bigint
  readonly minQuoteMicros: bigint
  readonly orderQuoteLimitMicros: bigint
  /** One side counted, in size ticks. */
  readonly openInterestLimitTicks: bigint
  readonly defaultImf: number
  readonly minImf: number
  readonly mmf: number
  readonly cmf: number
  /** Ceiling of the liquidation fee, millionths of the notional. */
  readonly liquidationFeeTick: number
  readonly status: 'active' | 'inactive'
  readonly forceReduceOnly: boolean
  /** 0 cross or isolated as the account wishes, 1 isolated only. */
  readonly marketMarginMode: number
  readonly markTicks: bigint
  readonly indexTicks: bigint
  /** 0n before the first trade. */
  readonly lastTradeTicks: bigint
  /** One side counted, in size ticks. */
  readonly openInterestTicks: bigint
  /** Grows with every change of the book; also the source of an order's `bookNonce`. */
  readonly bookNonce: bigint
  readonly daily: DailyStats
  /** Running estimate of the next hourly rate, millionths, signed. */
  readonly currentFundingRateE6: bigint
  /** Settled hours, newest last, bounded. */
  readonly fundingHours: readonly FundingHour[]
  /** Prefix sum of payments, 1e-12 USDC per size tick held long. */
  readonly fundingPrefixE12: bigint
}

export interface MarkUpdate {
  readonly markTicks: bigint
  readonly indexTicks: bigint
}

/** What may be changed in a market while it runs. */
export interface MarketChange {
  readonly status?: 'active' | 'inactive'
  readonly forceReduceOnly?: boolean
  readonly marketMarginMode?: number
}
