import { assert } from '../errors.ts'
import type {
  AdoptionAccount,
  AdoptionCode,
  AdoptionReason,
  OwnPosition,
} from './adopt-evidence.ts'
import { judgePosition } from './adopt-evidence.ts'
import type { AdoptionEvidence, AdoptionPair, ConfiguredSet } from './adopt-pairs.ts'
import { isEven, pairPositions } from './adopt-pairs.ts'
import type { Dec } from './decimal.ts'
import { minDec, sumDec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { sizeStep } from './market.ts'
import type { AccountSet, Pairing } from './pair-accounts.ts'
import { pairAccounts } from './pair-accounts.ts'
import { splitTicks } from './split-ticks.ts'

/** What the venue shows of every configured account in one market, and how the configuration pairs them. */
export interface AdoptionFacts {
  readonly market: MarketInfo
  /** In config order, disabled ones included. */
  readonly accounts: readonly AdoptionAccount[]
  readonly pairing: Pairing
}

/** A leg to be rebuilt. */
export interface AdoptedLeg extends OwnPosition {
  /** The part of its size that the other side matches. */
  readonly plannedBase: Dec
}

/** A hedge to be rebuilt; legs longs first. */
export interface AdoptedHedge {
  /** As `open` would name it. */
  readonly name: string
  readonly evidence: AdoptionEvidence
  readonly legs: readonly AdoptedLeg[]
  /** Venue time of the first fill that opened it; undefined when it is not known. */
  readonly openedAtMs: number | undefined
  /** False: its sizes do not add up to zero, and whoever drives it shrinks it to what is matched. */
  readonly isEven: boolean
  /** False: not every fill since it was opened is known. */
  readonly hasAllFills: boolean
}

/** An account that takes no part; never silently. */
export interface AdoptionLeftOut extends AdoptionReason {
  readonly account: string
  readonly accountIndex: number
}

/** What would be rebuilt in one market, and who is left out. */
export interface AdoptionPlan {
  readonly hedges: readonly AdoptedHedge[]
  /** In config order. */
  readonly leftOut: readonly AdoptionLeftOut[]
}

/**
 * Finds the hedges of ours that stand at the venue in one market without a journal (DESIGN.md section 3, "Lanes,
 * owners, fencing"). What is not recognised as ours is the owner's. A hedge whose sizes do not add up is planned at
 * what is matched, so that the loop shrinks it.
 *
 * @throws HedgebotError kind `config`, as `pairAccounts`
 */
export function planAdoption(facts: AdoptionFacts): AdoptionPlan {
  const { accounts, market } = facts
  const judged = accounts.map((account) => judgePosition(account, market.marketIndex))
  const reasons = new Map<string, AdoptionReason>()
  const positions: OwnPosition[] = []
  judged.forEach((verdict, at) => {
    if ('account' in verdict) positions.push(verdict)
    else reasons.set(accounts[at]?.name ?? '', verdict)
  })
  const namesOf = (...codes: readonly AdoptionCode[]) =>
    accounts.map(({ name }) => name).filter((name) => codes.includes(codeOf(reasons, name)))
  const unknown = namesOf('unknown')
  const unclear = namesOf('unknown', 'disabled', 'foreign_position', 'foreign_fills')
  const sets = configuredSets(facts, { unknown, unclear })
  const { pairs, rest } = pairPositions(positions, {
    sets,
    hasUnknown: unknown.length > 0,
    hasUnclear: unclear.length > 0,
  })
  for (const { position, candidates } of rest) {
    const { name } = position.account
    const own = sets.filter(({ longs, shorts }) => [...longs, ...shorts].includes(name))
    const unclearOwn = new Set(own.flatMap((set) => set.unclear))
    reasons.set(name, restReason(candidates, unknown.length > 0 ? unknown : [...unclearOwn]))
  }
  return {
    hedges: pairs.map((pair) => adoptedHedge(pair, facts)),
    leftOut: accounts.flatMap(({ name, accountIndex }) => {
      const reason = reasons.get(name)
      return reason === undefined ? [] : [{ account: name, accountIndex, ...reason }]
    }),
  }
}

function codeOf(reasons: ReadonlyMap<string, AdoptionReason>, name: string): AdoptionCode {
  // One without a reason is ours: of no code that is asked for.
  return reasons.get(name)?.code ?? 'flat'
}

function configuredSets(
  { accounts, pairing }: AdoptionFacts,
  doubt: { readonly unknown: readonly string[]; readonly unclear: readonly string[] },
): readonly ConfiguredSet[] {
  const pairs = new Map<string, AccountSet>()
  for (const list of [accounts, beforeDisabling(accounts)]) {
    // Pairs are named after their accounts, so the same name is the same pair.
    for (const set of pairAccounts(list, pairing, { kind: 'all' }).sets) {
      if (!pairs.has(set.name)) pairs.set(set.name, set)
    }
  }
  return [...pairs.values()].map((set) => {
    const members = memberNames(set, { accounts, pairing })
    return {
      name: set.name,
      longs: set.longs.map(({ name }) => name),
      shorts: set.shorts.map(({ name }) => name),
      unknown: doubt.unknown.filter((name) => members.includes(name)),
      unclear: doubt.unclear.filter((name) => members.includes(name)),
    }
  })
}

/** In config order a disabled account moves the pairs behind it: the hedges may be older than that. */
function beforeDisabling(accounts: readonly AdoptionAccount[]): readonly AdoptionAccount[] {
  const isSided = accounts.some(({ isEnabled, side }) => isEnabled && side !== undefined)
  return accounts.map((account) =>
    (account.side !== undefined) === isSided ? { ...account, isEnabled: true } : account,
  )
}

/** Disabled members of a group are members; in config order a disabled account may be anybody's partner. */
function memberNames(
  set: AccountSet,
  { accounts, pairing }: Pick<AdoptionFacts, 'accounts' | 'pairing'>,
): readonly string[] {
  if (pairing.kind === 'groups') {
    const group = pairing.groups.find(({ name }) => name === set.name)
    return group === undefined ? [] : [...group.long, ...group.short]
  }
  const disabled = accounts.filter(({ isEnabled }) => !isEnabled)
  return [...set.longs, ...set.shorts, ...disabled].map(({ name }) => name)
}

function restReason(candidates: readonly string[], doubtful: readonly string[]): AdoptionReason {
  if (doubtful.length > 0) {
    const reason = `it is ours, but part of its hedge may be ${doubtful.join(' or ')}, of which too little is known`
    return { code: 'partner_unknown', reason }
  }
  if (candidates.length === 0) {
    return { code: 'no_partner', reason: 'it is ours, but no account holds the other side of it' }
  }
  const reason = `it is ours, but nothing says whether ${candidates.join(' or ')} is its partner`
  return { code: 'ambiguous', reason }
}

function adoptedHedge(pair: AdoptionPair, { market, accounts }: AdoptionFacts): AdoptedHedge {
  const ordered = accounts.flatMap(
    ({ name }) => pair.members.find(({ account }) => account.name === name) ?? [],
  )
  const longs = ordered.filter(({ side }) => side === 'long')
  const shorts = ordered.filter(({ side }) => side === 'short')
  const times = ordered.flatMap(({ openedAtMs }) => openedAtMs ?? [])
  return {
    name: pair.name ?? nameOf(ordered),
    evidence: pair.evidence,
    legs: matchSizes(longs, shorts, market),
    openedAtMs: times.length === 0 ? undefined : Math.min(...times),
    isEven: isEven(ordered),
    hasAllFills: ordered.every(({ fills }) => fills !== undefined),
  }
}

/** As `open --accounts` names a pair: with fixed sides the configured long first, else in config order. */
function nameOf(ordered: readonly OwnPosition[]): string {
  const longFirst = ordered.toSorted(
    (a, b) => Number(a.account.side === 'short') - Number(b.account.side === 'short'),
  )
  return longFirst.map(({ account }) => account.name).join('+')
}

/** The smaller side decides, as in a plan: the larger one shares its total. */
function matchSizes(
  longs: readonly OwnPosition[],
  shorts: readonly OwnPosition[],
  market: MarketInfo,
): readonly AdoptedLeg[] {
  const step = sizeStep(market)
  const ticksOf = (legs: readonly OwnPosition[]) => legs.map(({ baseSize }) => baseSize.div(step))
  const totalTicks = minDec(sumDec(ticksOf(longs)), sumDec(ticksOf(shorts)))
  return [longs, shorts].flatMap((legs) => {
    const shares = splitTicks(totalTicks, ticksOf(legs))
    return legs.map((leg, at): AdoptedLeg => {
      const ticks = shares[at]
      assert(ticks !== undefined, 'every leg has a share')
      return { ...leg, plannedBase: ticks.times(step) }
    })
  })
}
