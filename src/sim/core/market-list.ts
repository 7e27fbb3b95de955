/**
 * The markets of the simulated exchange: ETH, BTC and SOL with the real steps and margins (PROTOCOL section 4).
 * @module
 */
import { E12_PER_MICRO } from './units.ts'

/** A market's fixed rules and its first prices. */
export interface MarketSpec {
  readonly marketIndex: number
  readonly symbol: string
  readonly sizeDecimals: number
  readonly priceDecimals: number
  readonly minBaseTicks: bigint
  readonly minQuoteMicros: bigint
  readonly orderQuoteLimitMicros: bigint
  readonly openInterestLimitTicks: bigint
  readonly defaultImf: number
  readonly minImf: number
  readonly mmf: number
  readonly cmf: number
  readonly liquidationFeeTick: number
  readonly markTicks: bigint
}

const COMMON = {
  minQuoteMicros: 10_000_000n,
  orderQuoteLimitMicros: 281_474_976_710_655n,
  /** No published base limit: high enough never to bind by itself. */
  openInterestLimitTicks: 1n << 56n,
  /** 1 % (PROTOCOL 2.1 orderBookDetails). */
  liquidationFeeTick: 10_000,
} as const

/** ETH 0, BTC 1, SOL 2. SOL's close-out fraction is not published: two thirds of its maintenance, as elsewhere. */
export const MARKET_SPECS: readonly MarketSpec[] = [
  {
    ...COMMON,
    marketIndex: 0,
    symbol: 'ETH',
    sizeDecimals: 4,
    priceDecimals: 2,
    minBaseTicks: 50n,
    defaultImf: 500,
    minImf: 200,
    mmf: 120,
    cmf: 80,
    markTicks: 300_000n,
  },
  {
    ...COMMON,
    marketIndex: 1,
    symbol: 'BTC',
    sizeDecimals: 5,
    priceDecimals: 1,
    minBaseTicks: 20n,
    defaultImf: 500,
    minImf: 200,
    mmf: 120,
    cmf: 80,
    markTicks: 1_000_000n,
  },
  {
    ...COMMON,
    marketIndex: 2,
    symbol: 'SOL',
    sizeDecimals: 3,
    priceDecimals: 3,
    minBaseTicks: 50n,
    defaultImf: 666,
    minImf: 400,
    mmf: 240,
    cmf: 160,
    markTicks: 150_000n,
  },
]

/** What one size tick at one price tick is worth in millionths of a USDC: 1 where the decimals sum to six. */
export function quoteMultiplierOf(spec: MarketSpec): bigint {
  return E12_PER_MICRO / 10n ** BigInt(spec.sizeDecimals + spec.priceDecimals)
}
