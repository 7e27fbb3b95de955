import { HedgebotError, assert } from '../errors.ts'
import { minDec, sumDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { HedgeLeg } from './ledger.ts'
import type { MarketInfo } from './market.ts'
import { sizeStep } from './market.ts'
import type { AccountSet, LeftOut, Pairing, PlanAccount, PlanSelection } from './pair-accounts.ts'
import { pairAccounts } from './pair-accounts.ts'
import type { Side } from './side.ts'
import { signedBase } from './side.ts'
import { splitTicks } from './split-ticks.ts'
import type { SizeLimits } from './tradable-size.ts'
import {
  assertLeverage,
  assertOpenMarket,
  assertSizeOnStep,
  assertSizeWithinLimits,
} from './tradable-size.ts'

/** What a plan is made from. */
export interface PlanOptions extends SizeLimits {
  /** All accounts of the configuration in its order, disabled ones included. */
  readonly accounts: readonly PlanAccount[]
  readonly pairing: Pairing
  readonly selection: PlanSelection
  /** Swaps the sides of every hedge (`--flip`, `hedge.flip_each_round`). */
  readonly isFlipped: boolean
  /** `--size`: base coins per account, instead of every configured size. */
  readonly sizeOverrideBase: Dec | undefined
  readonly leverage: Dec
}

/** A leg before its hedge has an id. */
export type PlannedLeg = Pick<
  HedgeLeg,
  'account' | 'accountIndex' | 'apiKeyIndex' | 'side' | 'plannedBase' | 'leverage'
>

/** Legs, longs first, whose signed sizes add up to zero. */
export interface PlannedHedge {
  /** The group's, else `first+second` account; the same whether flipped or not. */
  readonly name: string
  readonly market: MarketInfo
  readonly legs: readonly PlannedLeg[]
}

/** The hedges to open and the accounts that take no part. */
export interface HedgePlan {
  /** Empty when nobody has a partner. */
  readonly hedges: readonly PlannedHedge[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * Says which account takes which side of which hedge with what size (CLI.md "open"). All or nothing: one leg that
 * cannot be traded refuses the whole plan.
 *
 * @throws HedgebotError kind `config`, `usage` or `refused`; the codes are those of `pairAccounts` and of
 *   `tradable-size.ts`; kind `unknown_state`, code `mark_unknown`, when mark is no price
 */
export function planHedges(options: PlanOptions): HedgePlan {
  if (!options.mark.isFinite() || options.mark.lte(0)) {
    throw new HedgebotError('unknown_state', `${options.market.symbol} has no mark price`, {
      code: 'mark_unknown',
    })
  }
  assertOpenMarket(options.market)
  assertLeverage(options.market, options.leverage)
  const { sets, leftOut } = pairAccounts(options.accounts, options.pairing, options.selection)
  const hedges = sets.map((set) => planHedge(set, options))
  assertEachAccountOnce(hedges)
  return { hedges, leftOut }
}

function planHedge(set: AccountSet, options: PlanOptions): PlannedHedge {
  const { market } = options
  const step = sizeStep(market)
  const longTicks = capTicks(set.longs, set, options)
  const shortTicks = capTicks(set.shorts, set, options)
  // The smaller side decides: it is filled up, and the other side shares the same total.
  const totalTicks = minDec(sumDec(longTicks), sumDec(shortTicks))

  const legsOf = (side: Side, accounts: readonly PlanAccount[], caps: readonly Dec[]) => {
    const shares = splitTicks(totalTicks, caps)
    return accounts.map((account, at): PlannedLeg => {
      const ticks = shares[at]
      assert(ticks !== undefined, 'every account has a share')
      const plannedBase = ticks.times(step)
      assertSizeWithinLimits(plannedBase, options, `the leg of account "${account.name}"`)
      return { ...namesOf(account), side, plannedBase, leverage: options.leverage }
    })
  }
  const [long, short]: readonly [Side, Side] = options.isFlipped
    ? ['short', 'long']
    : ['long', 'short']
  const first = legsOf(long, set.longs, longTicks)
  const second = legsOf(short, set.shorts, shortTicks)
  const legs = options.isFlipped ? [...second, ...first] : [...first, ...second]
  const net = sumDec(legs.map((leg) => signedBase(leg.side, leg.plannedBase)))
  assert(net.isZero(), `signed sizes of "${set.name}" add up to zero`)
  return { name: set.name, market, legs }
}

/** What each account may take, in size ticks: `--size`, else the group's size, else its own. */
function capTicks(
  accounts: readonly PlanAccount[],
  set: AccountSet,
  options: PlanOptions,
): readonly Dec[] {
  return accounts.map((account) => {
    const { baseSize, what } = perAccountSize(account, set, options.sizeOverrideBase)
    assertSizeOnStep(options.market, baseSize, what)
    return baseSize.div(sizeStep(options.market))
  })
}

function perAccountSize(
  account: PlanAccount,
  set: AccountSet,
  sizeOverrideBase: Dec | undefined,
): { readonly baseSize: Dec; readonly what: string } {
  if (sizeOverrideBase !== undefined) return { baseSize: sizeOverrideBase, what: '--size' }
  if (set.groupSizeBase !== undefined) {
    return { baseSize: set.groupSizeBase, what: `position_size of group "${set.name}"` }
  }
  return { baseSize: account.positionSizeBase, what: `position_size of account "${account.name}"` }
}

function namesOf(
  account: PlanAccount,
): Pick<PlannedLeg, 'account' | 'accountIndex' | 'apiKeyIndex'> {
  return {
    account: account.name,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
  }
}

/** Two entries for one exchange account would hedge the account with itself: its position would just net out. */
function assertEachAccountOnce(hedges: readonly PlannedHedge[]): void {
  const nameOf = new Map<number, string>()
  for (const { account, accountIndex } of hedges.flatMap((hedge) => hedge.legs)) {
    const other = nameOf.get(accountIndex)
    if (other !== undefined) {
      throw new HedgebotError(
        'config',
        `"${other}" and "${account}" are the same account of the venue, index ${accountIndex}`,
        { code: 'account_index_repeated', hint: 'keep one entry for each account_index' },
      )
    }
    nameOf.set(accountIndex, account)
  }
}
