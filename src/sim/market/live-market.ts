/**
 * Puts a live market together: ladders held by several accounts, a public that trades, scenes that move.
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import { createCrowd } from './crowd.ts'
import type { LadderProfile } from './ladder.ts'
import { BTC_LADDER, scaleLadder } from './ladder.ts'
import type { MakersOptions } from './makers.ts'
import type { MarketDriverOptions } from './market-driver.ts'
import type { MarketScene } from './market-scene.ts'

/** What a live market is made from. */
export interface LiveMarketOptions {
  readonly core: SimCore
  readonly seed: number
  readonly nowMs: number
  /** Between two moves of the marks. */
  readonly markIntervalMs: number
  /** By market index. */
  readonly scenes: ReadonlyMap<number, MarketScene>
}

/** What makers and driver are given beside what they always get. */
export interface LiveMarket {
  readonly makers: Pick<MakersOptions, 'partnerIndexes' | 'profiles'>
  readonly driver: Pick<MarketDriverOptions, 'scenes' | 'crowd' | 'quotesPerMark'>
}

/** Far from the indexes that new accounts get; master accounts, as market makers have (PROTOCOL.md section 11.7). */
const CREW = [
  { accountIndex: 700_001, l1Address: `0x${'71'.repeat(20)}` },
  { accountIndex: 700_002, l1Address: `0x${'72'.repeat(20)}` },
] as const
const PUBLIC = { accountIndex: 700_003, l1Address: `0x${'73'.repeat(20)}` } as const
/** One trillion USDC: nothing that happens here can liquidate them. */
const ENOUGH_MICROS = 10n ** 18n
/** Quotes move this often, whatever marks do: batches of few levels, as on the venue (PROTOCOL.md section 8.3). */
const QUOTE_INTERVAL_MS = 200
/** Depth beside BTC's, by symbol: the order of magnitude of public books. Others are treated as small. */
const DEPTH_SHARES: Readonly<Record<string, number>> = { BTC: 1, ETH: 0.7, SOL: 0.3 }
const SMALL_SHARE = 0.1

/** Opens the accounts of the live market on an exchange and returns what its makers and driver need. */
export function createLiveMarket(options: LiveMarketOptions): LiveMarket {
  const { core, seed, nowMs, markIntervalMs, scenes } = options
  for (const account of [...CREW, PUBLIC]) {
    core.createAccount({ ...account, collateralMicros: ENOUGH_MICROS }, nowMs)
  }
  const profiles = new Map<number, LadderProfile>()
  for (const marketIndex of scenes.keys()) {
    const symbol = core.markets.get(marketIndex)?.symbol ?? ''
    profiles.set(marketIndex, scaleLadder(BTC_LADDER, DEPTH_SHARES[symbol] ?? SMALL_SHARE))
  }
  return {
    makers: { partnerIndexes: CREW.map(({ accountIndex }) => accountIndex), profiles },
    driver: {
      scenes,
      crowd: createCrowd({ core, accountIndex: PUBLIC.accountIndex, seed }),
      quotesPerMark: Math.max(1, Math.floor(markIntervalMs / QUOTE_INTERVAL_MS)),
    },
  }
}
