/**
 * A complete simulated exchange with funded accounts and fresh keys: what demo, drill and tests stand on
 * (DESIGN.md section 6). It listens on no port; a server or a memory transport leads to its gateway.
 * @module
 */
import type { Clock, Rng } from '../../ports.ts'
import { createPriceHand, type PriceHand } from '../control/price-hand.ts'
import type { AccountTier, SimCore } from '../core/core-model.ts'
import { createSimCore, HOUSE_ACCOUNT_INDEX } from '../core/exchange-core.ts'
import type { MarketSpec } from '../core/market-list.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import { createFaultSwitch } from '../faults/fault-switch.ts'
import { createSkewedClock } from '../faults/skewed-clock.ts'
import { textToTicks } from '../gateway/decimal-text.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../gateway/gateway.ts'
import { createLiveMarket, type LiveMarket } from '../market/live-market.ts'
import { createMakers, DEEP_PROFILE, type DepthProfile, type Makers } from '../market/makers.ts'
import { createMarketDriver, type MarketDriver } from '../market/market-driver.ts'
import type { MarketScene } from '../market/market-scene.ts'
import { createPricePath, type PricePath, type PriceShape } from '../market/price-path.ts'
import type { SceneOptions } from '../market/scenarios.ts'
import { createSeededRng } from '../market/seeded-rng.ts'
import { createStageCast, type StageAccount, type StageOwner } from './stage-accounts.ts'
import { scheduleWorldFaults } from './world-faults.ts'

export type { StageAccount } from './stage-accounts.ts'

export interface StageOptions extends Pick<
  GatewayOptions,
  | 'noLimits'
  | 'noDelay'
  | 'nonceLagMs'
  | 'txLagMs'
  | 'channelJitterMs'
  | 'userStatsIntervalMs'
  | 'subscriptionsOutliveTokens'
> {
  readonly clock: Clock
  /** Draws the keys; everything else follows the seed. */
  readonly rng: Rng
  readonly seed?: number
  /** Default 20. */
  readonly accounts?: number
  /** Default 4: then the accounts of one owner are a master and its four sub-accounts. */
  readonly owners?: number
  /** Default `standard`. */
  readonly tier?: AccountTier
  /** Of each account, at most six places; default `1000`. */
  readonly collateralUsd?: string
  /** Default ETH, BTC, SOL. */
  readonly markets?: readonly MarketSpec[]
  readonly faults?: FaultPlan
  /** What happens to prices beside calm noise, by market index. */
  readonly shapes?: ReadonlyMap<number, readonly PriceShape[]>
  /** Paths that replace the seeded ones, by market index. */
  readonly paths?: ReadonlyMap<number, PricePath>
  /** Size of the calm noise; 0 stands still. Default 10. */
  readonly noiseBps?: number
  /** Default deep enough for 20 accounts of 0.1 BTC. */
  readonly depth?: DepthProfile
  /** Between two moves of the mark; default 1000. */
  readonly tickIntervalMs?: number
  /**
   * Live markets instead of plain paths: the scene of each market, with makers' ladders, a public that trades, and a
   * mark that is not the book. `startTicks` is the market's first price; a scene may begin elsewhere.
   */
  readonly sceneOf?: (market: LiveMarketStart) => MarketScene
  /** Path time for each unit of the clock's time; default 1. Deadlines, delays and funding keep to the clock. */
  readonly speed?: number
}

/** A market of which a scene is wanted. */
export interface LiveMarketStart extends SceneOptions {
  readonly marketIndex: number
}

export interface Stage {
  readonly core: SimCore
  readonly gateway: Gateway
  readonly makers: Makers
  readonly driver: MarketDriver
  /** Bends what the paths say; it stands between driver and exchange. */
  readonly priceHand: PriceHand
  /** In the order of their accounts. */
  readonly owners: readonly StageOwner[]
  readonly accounts: readonly StageAccount[]
  /** Stops prices and planned faults. */
  close(): void
}

/** Sets up the exchange and starts its prices. */
export function createStage(options: StageOptions): Stage {
  const { seed = 1, clock } = options
  const core = createSimCore({
    startMs: Math.trunc(clock.now()),
    ...(options.markets === undefined ? {} : { markets: options.markets }),
  })
  const faults = createFaultSwitch({
    plan: options.faults ?? [],
    clock,
    rng: createSeededRng(seed + 1),
  })
  const venueClock = createSkewedClock(clock, () => faults.clockSkewMs())
  const gateway = createGateway({ ...options, core, faults, rng: createSeededRng(seed + 2) })
  const { makers, priceHand, driver } = createMarkets(core, options, venueClock)
  const { owners, accounts } = createStageCast({
    core,
    rng: options.rng,
    nowMs: Math.trunc(clock.now()),
    accountCount: options.accounts ?? 20,
    ownerCount: options.owners ?? 4,
    tier: options.tier ?? 'standard',
    collateralMicros: textToTicks(options.collateralUsd ?? '1000', 6),
  })
  const stopFaults = scheduleWorldFaults({ core, clock, faults, makers, driver })
  driver.start()
  return {
    core,
    gateway,
    makers,
    driver,
    priceHand,
    owners,
    accounts,
    close() {
      driver.stop()
      stopFaults()
      gateway.close()
    },
  }
}

/** What moves prices and books: makers, the hand that bends them, and the driver, which has not started. */
function createMarkets(core: SimCore, options: StageOptions, clock: Clock) {
  const live = createLive(core, options)
  const makers = createMakers({
    core,
    accountIndex: HOUSE_ACCOUNT_INDEX,
    seed: (options.seed ?? 1) + 3,
    profile: options.depth ?? DEEP_PROFILE,
    ...live?.makers,
  })
  const priceHand = createPriceHand({ core, makers, clock })
  const driver = createMarketDriver({
    core: priceHand.core,
    clock,
    makers: priceHand.makers,
    paths: pathsOf(core, options),
    intervalMs: markIntervalMs(options),
    speed: options.speed ?? 1,
    ...live?.driver,
  })
  return { makers, priceHand, driver }
}

function createLive(core: SimCore, options: StageOptions): LiveMarket | undefined {
  const { seed = 1, sceneOf, clock } = options
  if (sceneOf === undefined) return undefined
  const scenes = new Map<number, MarketScene>()
  for (const { marketIndex, markTicks } of core.markets.values()) {
    const sceneSeed = seed + 100 * (marketIndex + 1)
    scenes.set(marketIndex, sceneOf({ marketIndex, startTicks: markTicks, seed: sceneSeed }))
  }
  return createLiveMarket({
    core,
    seed: seed + 4,
    nowMs: Math.trunc(clock.now()),
    markIntervalMs: markIntervalMs(options),
    scenes,
  })
}

/** Prices that run faster move more often, so that a recorded minute keeps its highs and lows for as long as it can. */
function markIntervalMs({ tickIntervalMs, speed = 1 }: StageOptions): number {
  return tickIntervalMs ?? (speed > 1 ? 200 : 1_000)
}

function pathsOf(core: SimCore, options: StageOptions): ReadonlyMap<number, PricePath> {
  const { seed = 1, noiseBps = 10, shapes } = options
  const paths = new Map<number, PricePath>()
  for (const { marketIndex, markTicks } of core.markets.values()) {
    const path = createPricePath({
      seed: seed + 100 * (marketIndex + 1),
      startTicks: markTicks,
      noiseBps,
      shapes: shapes?.get(marketIndex) ?? [],
    })
    paths.set(marketIndex, options.paths?.get(marketIndex) ?? path)
  }
  return paths
}
