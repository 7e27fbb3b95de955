/**
 * What a drill is set up from: the user's configuration, who takes part, and what the simulator needs to know. Pure.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import type { RehearsalConfig } from '../config/load-rehearsal.ts'
import { HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'
import type { MarketSpec } from '../sim/core/market-list.ts'
import type { DrillCast } from './choose-accounts.ts'
import { chooseAccounts, membersOf } from './choose-accounts.ts'
import { collateralUsd } from './price-plan.ts'

/** One account of a drill before it exists at the exchange. */
export interface SetupAccount {
  readonly name: string
  readonly egress: string
  /** Which owner, by number from 0. */
  readonly owner: number
  readonly configuredBase: Dec
  readonly collateralUsd: Dec
}

/** One hedge of a drill. */
export interface SetupHedge {
  readonly name: string
  /** Longs first. */
  readonly accounts: readonly string[]
}

/** Everything that does not change from fault to fault. */
export interface DrillSetup {
  readonly root: RehearsalConfig['root']
  readonly config: LoadedConfig
  readonly market: MarketSpec
  readonly accounts: readonly SetupAccount[]
  readonly hedges: readonly SetupHedge[]
  /** Enabled accounts that take no part. */
  readonly leftOut: number
  readonly isChosen: boolean
}

/** Accounts whose owner the configuration does not name are this many to an owner. */
const ACCOUNTS_PER_OWNER = 5

/**
 * Reads the configuration with a drill's eyes.
 * @throws HedgebotError kind `config`, code `drill_market_unknown`, and those of `chooseAccounts`
 */
export function setUpDrill(
  { config, root }: RehearsalConfig,
  names: readonly string[] | undefined,
  markets: readonly MarketSpec[],
): DrillSetup {
  const market = findMarket(config.tradingPair, markets)
  const cast = chooseAccounts(config, names)
  const sizes = sizesOf(cast)
  const ownerOf = numberOwners(config, cast)
  return {
    root,
    config,
    market,
    accounts: cast.accounts.map(({ name }) => {
      const configuredBase = sizes.get(name) ?? new Dec(0)
      return {
        name,
        egress: config.accounts.find((account) => account.name === name)?.egress ?? 'direct',
        owner: ownerOf(name),
        configuredBase,
        collateralUsd: collateralUsd({
          base: configuredBase,
          markUsd: markOf(market),
          leverage: config.leverage,
          stopLossUsd: new Dec(config.stopLossThresholdUsd),
        }),
      }
    }),
    hedges: cast.sets.map((set) => ({
      name: set.name,
      accounts: membersOf(set).map(({ name }) => name),
    })),
    leftOut: cast.leftOut,
    isChosen: names !== undefined,
  }
}

/** The first price of a market. */
export function markOf({ markTicks, priceDecimals }: MarketSpec): Dec {
  return new Dec(markTicks.toString()).div(new Dec(10).pow(priceDecimals))
}

function findMarket(pair: string, markets: readonly MarketSpec[]): MarketSpec {
  const found = markets.find(({ symbol }) => symbol === pair.trim().toUpperCase())
  if (found !== undefined) return found
  throw new HedgebotError('config', `the simulator has no market "${pair}"`, {
    code: 'drill_market_unknown',
    hint: `it has ${markets.map(({ symbol }) => symbol).join(', ')}; drill a copy of the configuration with one of them`,
  })
}

function sizesOf({ sets }: DrillCast): ReadonlyMap<string, Dec> {
  return new Map(
    sets.flatMap((set) =>
      membersOf(set).map(({ name, positionSizeBase }) => [
        name,
        set.groupSizeBase ?? positionSizeBase,
      ]),
    ),
  )
}

/** Accounts with one address in the configuration have one owner in the drill. */
function numberOwners(config: LoadedConfig, { accounts }: DrillCast): (name: string) => number {
  const numbers = new Map<string, number>()
  const keys = new Map<string, string>()
  let nameless = 0
  for (const { name } of accounts) {
    const address = config.accounts.find((account) => account.name === name)?.l1Address
    const key = address?.toLowerCase() ?? `nameless ${Math.floor(nameless++ / ACCOUNTS_PER_OWNER)}`
    keys.set(name, key)
    if (!numbers.has(key)) numbers.set(key, numbers.size)
  }
  return (name) => numbers.get(keys.get(name) ?? '') ?? 0
}
