/**
 * Who takes part in a drill. Pure.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import { HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'
import type { AccountSet, Pairing, PlanAccount } from '../hedge/pair-accounts.ts'
import { pairAccounts } from '../hedge/pair-accounts.ts'

/** More accounts than this are not drilled at once unless they are asked for. */
const MOST_ACCOUNTS = 20
/** Of a larger configuration this many, in whole hedges. */
const FEWER_ACCOUNTS = 8

/** The accounts of a drill and how they are hedged. */
export interface DrillCast {
  readonly sets: readonly AccountSet[]
  /** In the order of the configuration. */
  readonly accounts: readonly PlanAccount[]
  /** Enabled accounts that take no part, because they have no partner or because there are too many. */
  readonly leftOut: number
}

/**
 * The accounts named, or all that make whole hedges; of more than twenty the first eight.
 * @throws HedgebotError as `pairAccounts`; kind `refused`, code `nothing_to_drill`, when nobody has a partner
 */
export function chooseAccounts(
  config: LoadedConfig,
  names: readonly string[] | undefined,
): DrillCast {
  const all = planAccounts(config)
  const selection =
    names === undefined ? ({ kind: 'all' } as const) : ({ kind: 'accounts', names } as const)
  const { sets } = pairAccounts(all, pairingOf(config), selection)
  if (sets.length === 0) {
    throw new HedgebotError('refused', 'no two accounts make a hedge: there is nothing to drill', {
      code: 'nothing_to_drill',
      hint: 'a hedge takes at least two enabled accounts',
    })
  }
  const chosen = names === undefined ? fewEnough(sets) : sets
  const taking = new Set(chosen.flatMap(membersOf).map(({ name }) => name))
  return {
    sets: chosen,
    accounts: all.filter(({ name }) => taking.has(name)),
    leftOut: names === undefined ? all.length - taking.size : 0,
  }
}

/** Both sides of a hedge. */
export function membersOf({ longs, shorts }: AccountSet): readonly PlanAccount[] {
  return [...longs, ...shorts]
}

function fewEnough(sets: readonly AccountSet[]): readonly AccountSet[] {
  const count = (some: readonly AccountSet[]): number => some.flatMap(membersOf).length
  if (count(sets) <= MOST_ACCOUNTS) return sets
  const few = sets.filter((_, at) => at === 0 || count(sets.slice(0, at + 1)) <= FEWER_ACCOUNTS)
  return few
}

function planAccounts(config: LoadedConfig): readonly PlanAccount[] {
  return config.accounts.map((account) => ({
    name: account.name,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    side: account.side,
    positionSizeBase: new Dec(account.positionSizeBase),
    isEnabled: true,
  }))
}

function pairingOf({ hedge }: LoadedConfig): Pairing {
  if (hedge.pairing !== 'groups') return { kind: 'config_order' }
  const groups = hedge.groups.map((group) => ({
    ...group,
    positionSizeBase:
      group.positionSizeBase === undefined ? undefined : new Dec(group.positionSizeBase),
  }))
  return { kind: 'groups', groups }
}
