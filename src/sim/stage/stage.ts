/**
 * A complete simulated exchange with funded accounts and fresh keys: what demo, drill and tests stand on
 * (DESIGN.md section 6). It listens on no port; a server or a memory transport leads to its gateway.
 * @module
 */
import { assert } from '../../errors.ts'
import { generateKeyPair } from '../../lighter/signer/keys.ts'
import type { Clock, Rng } from '../../ports.ts'
import type { AccountTier, SimCore } from '../core/core-model.ts'
import { createSimCore, HOUSE_ACCOUNT_INDEX } from '../core/exchange-core.ts'
import type { MarketSpec } from '../core/market-list.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import { createFaultSwitch } from '../faults/fault-switch.ts'
import { createSkewedClock } from '../faults/skewed-clock.ts'
import { textToTicks } from '../gateway/decimal-text.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../gateway/gateway.ts'
import { createMakers, DEEP_PROFILE, type DepthProfile, type Makers } from '../market/makers.ts'
import { createMarketDriver, type MarketDriver } from '../market/market-driver.ts'
import { createPricePath, type PricePath, type PriceShape } from '../market/price-path.ts'
import { createSeededRng } from '../market/seeded-rng.ts'
import { scheduleWorldFaults } from './world-faults.ts'

/** API key slot of every account: the first ones belong to the exchange's own apps (PROTOCOL.md section 11.7). */
const STAGE_API_KEY_INDEX = 5

export interface StageAccount {
  /** `account_1`, `account_2` ... */
  readonly name: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly l1Address: string
  readonly publicKeyHex: string
  /** The key is behind a call, so that printing the account does not show it. */
  revealPrivateKey(): string
}

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
}

export interface Stage {
  readonly core: SimCore
  readonly gateway: Gateway
  readonly makers: Makers
  readonly driver: MarketDriver
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
  const depth = options.depth ?? DEEP_PROFILE
  const makers = createMakers({
    core,
    accountIndex: HOUSE_ACCOUNT_INDEX,
    seed: seed + 3,
    profile: depth,
  })
  const driver = createMarketDriver({
    core,
    clock: venueClock,
    makers,
    paths: pathsOf(core, options),
    intervalMs: options.tickIntervalMs ?? 1_000,
  })
  const accounts = createAccounts(core, options)
  const stopFaults = scheduleWorldFaults({ core, clock, faults, makers, depth })
  driver.start()
  return {
    core,
    gateway,
    makers,
    driver,
    accounts,
    close() {
      driver.stop()
      stopFaults()
      gateway.close()
    },
  }
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

function createAccounts(core: SimCore, options: StageOptions): StageAccount[] {
  const { accounts: count = 20, owners = 4, tier = 'standard', rng, clock } = options
  assert(count >= 1 && owners >= 1, 'a stage has accounts and owners')
  const collateralMicros = textToTicks(options.collateralUsd ?? '1000', 6)
  const addresses = Array.from(
    { length: Math.min(owners, count) },
    () => `0x${Buffer.from(rng.nextBytes(20)).toString('hex')}`,
  )
  const perOwner = Math.ceil(count / addresses.length)
  return Array.from({ length: count }, (_, at) => {
    const l1Address = addresses[Math.floor(at / perOwner)] ?? ''
    const nowMs = Math.trunc(clock.now())
    const account = core.createAccount({ l1Address, collateralMicros, tier }, nowMs)
    return equip(core, account.accountIndex, { name: `account_${at + 1}`, l1Address, rng })
  })
}

function equip(
  core: SimCore,
  accountIndex: number,
  of: { readonly name: string; readonly l1Address: string; readonly rng: Rng },
): StageAccount {
  const { privateKeyHex, publicKeyHex } = generateKeyPair(of.rng)
  core.registerKey(accountIndex, STAGE_API_KEY_INDEX, publicKeyHex)
  return {
    name: of.name,
    accountIndex,
    apiKeyIndex: STAGE_API_KEY_INDEX,
    l1Address: of.l1Address,
    publicKeyHex,
    revealPrivateKey: () => privateKeyHex,
  }
}
