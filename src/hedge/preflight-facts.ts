/**
 * What the checks before an opening are told, and what they answer. Plain data.
 * @module
 */
import type { Dec } from './decimal.ts'
import type { Known } from './known.ts'
import type { MarketInfo } from './market.ts'
import type { PlannedHedge, PlannedLeg } from './plan.ts'
import type { RiskPolicy } from './policy.ts'
import type { Quotes } from './prices.ts'
import type { AccountView } from './venue-view.ts'

/** One finding of `check` and `open` (CLI.md "JSON", `points`). */
export interface PreflightPoint {
  /** snake_case, stable for scripts. */
  readonly code: string
  /** An error forbids opening; a warning is said and shown. */
  readonly level: 'error' | 'warning' | 'ok'
  /** Path in the configuration, e.g. `api_credentials[2]`, `leverage`. */
  readonly path: string
  /** One sentence. */
  readonly message: string
  readonly hint: string | undefined
}

/** A configured account and everything that was read about it. */
export interface PreflightAccount {
  readonly name: string
  /** `api_credentials[n]`. */
  readonly path: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  /** `l1_address` of the configuration. */
  readonly configuredOwner: string | undefined
  readonly facts: Known<{
    readonly ownerAddress: string
    readonly isActive: boolean
    /** 0 classic, 1 unified. */
    readonly tradingMode: number
    /** Armed dead-man switch, wall-clock milliseconds. */
    readonly cancelAllAtMs: number | undefined
  }>
  /** What the venue has registered in the key's slot, against our key. */
  readonly registeredKey: Known<'ours' | 'other' | 'empty'>
  /** True when the key may only make (62007); undefined when nothing told us. */
  readonly isMakerOnlyKey: boolean | undefined
  readonly tier: Known<{ readonly name: string; readonly takerFeeFraction: Dec }>
  readonly view: AccountView
  /** The live hedge of the journal that holds the account; its position and stops are ours then. */
  readonly liveHedgeId: string | undefined
  /** Venue indices of live orders that carry the tag of this journal. */
  readonly ownOrderIndexes: ReadonlySet<string>
  /** Those that carry our tag, but another instance's (DESIGN.md section 3, rule 9). */
  readonly otherInstanceOrderIndexes: ReadonlySet<string>
}

/** One request bucket of the venue: an owner address or an egress (PROTOCOL.md section 9). */
export interface PreflightBudget {
  readonly bucket: string
  /** What opening may still use in this minute. */
  readonly unitsLeft: number
  /** To open and to unwind every planned leg that counts in it. */
  readonly unitsNeeded: number
}

/** Everything that the checks before an opening look at. */
export interface PreflightFacts {
  readonly market: MarketInfo
  /** Every market, for positions elsewhere that share the collateral. */
  readonly markets: readonly MarketInfo[]
  /** Prices of the market; undefined is unknown or too old. */
  readonly quotes: Quotes
  readonly policy: RiskPolicy
  readonly leverage: Dec
  /** Empty for a check of accounts alone. */
  readonly hedges: readonly PlannedHedge[]
  /** All enabled accounts of the configuration: the guard against own orders needs them all. */
  readonly accounts: readonly PreflightAccount[]
  readonly clockOffsetMs: Known<number>
  readonly budgets: readonly PreflightBudget[]
}

/** A planned leg beside its account. */
export interface PreflightLeg {
  readonly leg: PlannedLeg
  readonly account: PreflightAccount
}
