import * as fc from 'fast-check'
import { Dec } from '../../src/hedge/decimal.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'

/** A decimal from text; numbers only where they are whole. */
export function dec(value: string | number | bigint): Dec {
  return new Dec(value.toString())
}

/** BTC as the venue showed it: step 0.00001, tick 0.1, at least 0.0002 and 10 USD, up to 50x. */
export function btcMarket(changes: Partial<MarketInfo> = {}): MarketInfo {
  return {
    marketIndex: 1,
    symbol: 'BTC',
    sizeDecimals: 5,
    priceDecimals: 1,
    minBaseSize: dec('0.0002'),
    minNotionalUsd: dec(10),
    maxOrderNotionalUsd: dec('281474976.710655'),
    defaultInitialMarginFraction: dec('0.05'),
    minInitialMarginFraction: dec('0.02'),
    maintenanceMarginFraction: dec('0.012'),
    closeOutMarginFraction: dec('0.008'),
    isActive: true,
    isForceReduceOnly: false,
    isIsolatedOnly: false,
    ...changes,
  }
}

/** ETH of the account sample in PROTOCOL.md section 3. */
export function ethMarket(changes: Partial<MarketInfo> = {}): MarketInfo {
  return btcMarket({
    marketIndex: 0,
    symbol: 'ETH',
    sizeDecimals: 4,
    priceDecimals: 2,
    minBaseSize: dec('0.005'),
    ...changes,
  })
}

/** Markets of any step and tick, fractions in the order that every market has. */
export const anyMarket: fc.Arbitrary<MarketInfo> = fc
  .record({
    sizeDecimals: fc.integer({ min: 0, max: 6 }),
    priceDecimals: fc.integer({ min: 0, max: 6 }),
    maintenance: fc.integer({ min: 30, max: 2000 }),
  })
  .map(({ sizeDecimals, priceDecimals, maintenance }) =>
    btcMarket({
      sizeDecimals,
      priceDecimals,
      minBaseSize: new Dec(10).pow(-sizeDecimals),
      minNotionalUsd: dec(0),
      maintenanceMarginFraction: dec(maintenance).div(10_000),
      minInitialMarginFraction: dec(Math.ceil(maintenance * 1.5)).div(10_000),
    }),
  )

/** Decimals `min` to `max` in whole steps of `10^-decimals`. */
export function anyDec(min: number, max: number, decimals: number): fc.Arbitrary<Dec> {
  const scale = 10n ** BigInt(decimals)
  return fc
    .bigInt({ min: BigInt(min) * scale, max: BigInt(max) * scale })
    .map((ticks) => dec(ticks).div(dec(scale)))
}

/** Positive decimals up to `max` in whole steps of `10^-decimals`. */
export function anyPositiveDec(max: number, decimals: number): fc.Arbitrary<Dec> {
  return anyDec(0, max, decimals).map((value) =>
    value.isZero() ? new Dec(10).pow(-decimals) : value,
  )
}
