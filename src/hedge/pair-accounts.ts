import { HedgebotError } from '../errors.ts'
import type { Dec } from './decimal.ts'
import type { Side } from './side.ts'

/** One account that may take part, as the configuration has it. */
export interface PlanAccount {
  readonly name: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  /** The fixed side, when the configuration gives sides; then all enabled accounts have one. */
  readonly side: Side | undefined
  /** The account's `position_size`, else the general one; base coins. */
  readonly positionSizeBase: Dec
  readonly isEnabled: boolean
}

/** An explicit hedge of the configuration (`hedge.groups`). */
export interface PlanGroup {
  readonly name: string
  readonly long: readonly string[]
  readonly short: readonly string[]
  /** Base coins per account; overrides the accounts' sizes. */
  readonly positionSizeBase: Dec | undefined
}

/** How partners are found. */
export type Pairing =
  | { readonly kind: 'config_order' }
  | { readonly kind: 'groups'; readonly groups: readonly PlanGroup[] }

/** What `open` was asked for (CLI.md "open"). */
export type PlanSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'accounts'; readonly names: readonly string[] }
  | { readonly kind: 'hedge'; readonly name: string }
  | {
      readonly kind: 'next'
      readonly count: number
      /** When each account was last in a hedge, by account name; never used when missing. */
      readonly lastUsedAtMs: ReadonlyMap<string, number>
    }

/** An account that was asked for and does not take part; never silently. */
export interface LeftOut {
  readonly account: string
  readonly code: 'disabled' | 'no_partner' | 'not_in_group'
  /** One sentence. */
  readonly reason: string
}

/** The accounts of one hedge before sizes, each side in config order. */
export interface AccountSet {
  readonly name: string
  readonly longs: readonly PlanAccount[]
  readonly shorts: readonly PlanAccount[]
  /** The group's own size, which overrides the accounts'. */
  readonly groupSizeBase: Dec | undefined
}

/** Who is hedged with whom, and who was left out. */
export interface PairedAccounts {
  readonly sets: readonly AccountSet[]
  /** In config order. */
  readonly leftOut: readonly LeftOut[]
}

/**
 * Decides who is hedged with whom (CLI.md "open"). `accounts` and `next` pair the chosen accounts among themselves in
 * config order, whatever the groups say. Accounts that were not asked for are not mentioned.
 *
 * @param accounts all accounts of the configuration, in its order
 * @throws HedgebotError kind `config` (`sides_incomplete`, `group_*`, `groups_missing`) or `usage` (`account_unknown`,
 *   `account_disabled`, `hedge_unknown`, `next_count`)
 */
export function pairAccounts(
  accounts: readonly PlanAccount[],
  pairing: Pairing,
  selection: PlanSelection,
): PairedAccounts {
  const isSided = assertSides(accounts)
  if (selection.kind === 'accounts')
    return pairInOrder(chosenByName(accounts, selection.names), isSided)
  if (selection.kind === 'next')
    return pairInOrder(leastRecent(accounts, selection, isSided), isSided)

  const paired =
    pairing.kind === 'groups'
      ? pairGroups(accounts, pairing.groups)
      : pairInOrder(accounts, isSided)
  return selection.kind === 'all' ? paired : onlyHedge(paired, pairing, selection.name)
}

/** True when accounts carry sides. */
function assertSides(accounts: readonly PlanAccount[]): boolean {
  const enabled = accounts.filter((account) => account.isEnabled)
  const without = enabled.filter((account) => account.side === undefined)
  if (without.length === enabled.length) return false
  if (without.length === 0) return true
  throw new HedgebotError(
    'config',
    `some accounts have a side and others do not: ${namesOf(without)}`,
    { code: 'sides_incomplete', hint: 'give every enabled account a side, or none' },
  )
}

function pairInOrder(accounts: readonly PlanAccount[], isSided: boolean): PairedAccounts {
  const enabled = accounts.filter((account) => account.isEnabled)
  const longs = enabled.filter((a, at) => (isSided ? a.side === 'long' : at % 2 === 0))
  const shorts = enabled.filter((a, at) => (isSided ? a.side === 'short' : at % 2 === 1))
  const sets: AccountSet[] = []
  const paired = new Set<string>()
  for (const [at, long] of longs.entries()) {
    const short = shorts[at]
    if (short === undefined) break
    const name = `${long.name}+${short.name}`
    sets.push({ name, longs: [long], shorts: [short], groupSizeBase: undefined })
    paired.add(long.name).add(short.name)
  }
  return { sets, leftOut: leftOutOf(accounts, paired, () => noPartner) }
}

function pairGroups(
  accounts: readonly PlanAccount[],
  groups: readonly PlanGroup[],
): PairedAccounts {
  assertGroups(accounts, groups)
  const paired = new Set<string>()
  const sets = groups.flatMap((group): AccountSet[] => {
    const members = (names: readonly string[]) =>
      accounts.filter((account) => account.isEnabled && names.includes(account.name))
    const longs = members(group.long)
    const shorts = members(group.short)
    if (longs.length === 0 || shorts.length === 0) return []
    for (const account of [...longs, ...shorts]) paired.add(account.name)
    return [{ name: group.name, longs, shorts, groupSizeBase: group.positionSizeBase }]
  })
  const grouped = new Set(groups.flatMap((group) => [...group.long, ...group.short]))
  return {
    sets,
    leftOut: leftOutOf(accounts, paired, (name) => (grouped.has(name) ? noPartner : notInGroup)),
  }
}

function assertGroups(accounts: readonly PlanAccount[], groups: readonly PlanGroup[]): void {
  if (groups.length === 0) {
    throw groupError('groups_missing', 'hedge.pairing is groups, but there is no group')
  }
  const groupNames = new Set<string>()
  const memberOf = new Map<string, string>()
  for (const group of groups) {
    if (groupNames.has(group.name)) {
      throw groupError('group_name_repeated', `two groups are named "${group.name}"`)
    }
    groupNames.add(group.name)
    if (group.long.length === 0 || group.short.length === 0) {
      throw groupError('group_side_empty', `group "${group.name}" needs accounts on both sides`)
    }
    assertMembers(accounts, group, memberOf)
  }
}

function assertMembers(
  accounts: readonly PlanAccount[],
  group: PlanGroup,
  memberOf: Map<string, string>,
): void {
  const members = [
    ...group.long.map((name) => ({ name, side: 'long' })),
    ...group.short.map((name) => ({ name, side: 'short' })),
  ]
  for (const { name, side } of members) {
    const account = accounts.find((candidate) => candidate.name === name)
    if (account === undefined) {
      throw groupError(
        'group_account_unknown',
        `group "${group.name}" names "${name}", which is no account`,
      )
    }
    const other = memberOf.get(name)
    if (other !== undefined) {
      throw groupError(
        'account_grouped_twice',
        `account "${name}" is in "${other}" and in "${group.name}"`,
      )
    }
    memberOf.set(name, group.name)
    if (account.side !== undefined && account.side !== side) {
      throw groupError(
        'group_side_conflict',
        `account "${name}" has side ${account.side}, but group "${group.name}" lists it as ${side}`,
      )
    }
  }
}

function groupError(code: string, message: string): HedgebotError {
  return new HedgebotError('config', message, {
    code,
    hint: 'every account belongs to one side of at most one entry of hedge.groups',
  })
}

function chosenByName(
  accounts: readonly PlanAccount[],
  names: readonly string[],
): readonly PlanAccount[] {
  for (const name of names) {
    const account = accounts.find((candidate) => candidate.name === name)
    if (account === undefined) {
      throw new HedgebotError('usage', `no account is named "${name}"`, {
        code: 'account_unknown',
        hint: `accounts: ${namesOf(accounts)}`,
      })
    }
    if (!account.isEnabled) {
      throw new HedgebotError('usage', `account "${name}" is disabled in the configuration`, {
        code: 'account_disabled',
        hint: 'remove enabled: false, or name another account',
      })
    }
  }
  return accounts.filter((account) => names.includes(account.name))
}

/**
 * The accounts whose last use is longest ago, never used ones first, ties in config order. With fixed sides half of
 * them are longs and half shorts (an odd one more long), since others could not be paired.
 */
function leastRecent(
  accounts: readonly PlanAccount[],
  next: Extract<PlanSelection, { kind: 'next' }>,
  isSided: boolean,
): readonly PlanAccount[] {
  if (!Number.isSafeInteger(next.count) || next.count < 2) {
    throw new HedgebotError(
      'usage',
      `--next needs a number of accounts from 2, not ${next.count}`,
      {
        code: 'next_count',
        hint: 'a hedge has at least two accounts, for example --next 2',
      },
    )
  }
  const lastUse = (account: PlanAccount) => next.lastUsedAtMs.get(account.name) ?? -Infinity
  const byRest = accounts
    .filter((account) => account.isEnabled)
    .toSorted((a, b) => (lastUse(a) === lastUse(b) ? 0 : lastUse(a) - lastUse(b)))
  const ofSide = (side: Side) => byRest.filter((account) => account.side === side)
  const chosen = isSided
    ? [
        ...ofSide('long').slice(0, Math.ceil(next.count / 2)),
        ...ofSide('short').slice(0, Math.floor(next.count / 2)),
      ]
    : byRest.slice(0, next.count)
  return accounts.filter((account) => chosen.includes(account))
}

function onlyHedge(paired: PairedAccounts, pairing: Pairing, name: string): PairedAccounts {
  const group =
    pairing.kind === 'groups'
      ? pairing.groups.find((candidate) => candidate.name === name)
      : undefined
  const sets = paired.sets.filter((set) => set.name === name)
  if (sets.length === 0 && group === undefined) {
    throw new HedgebotError('usage', `no hedge is named "${name}"`, {
      code: 'hedge_unknown',
      hint: `hedges: ${namesOf(pairing.kind === 'groups' ? pairing.groups : paired.sets)}`,
    })
  }
  const members = new Set(group === undefined ? [] : [...group.long, ...group.short])
  return { sets, leftOut: paired.leftOut.filter((left) => members.has(left.account)) }
}

type Reason = Pick<LeftOut, 'code' | 'reason'>

const disabled: Reason = { code: 'disabled', reason: 'it is disabled in the configuration' }
const noPartner: Reason = { code: 'no_partner', reason: 'no account is left to hedge it with' }
const notInGroup: Reason = { code: 'not_in_group', reason: 'no entry of hedge.groups lists it' }

function leftOutOf(
  accounts: readonly PlanAccount[],
  paired: ReadonlySet<string>,
  reasonOf: (name: string) => Reason,
): readonly LeftOut[] {
  return accounts
    .filter((account) => !paired.has(account.name))
    .map(({ name, isEnabled }) => ({ account: name, ...(isEnabled ? reasonOf(name) : disabled) }))
}

function namesOf(named: readonly { readonly name: string }[]): string {
  return named.length === 0 ? 'none' : named.map(({ name }) => name).join(', ')
}
