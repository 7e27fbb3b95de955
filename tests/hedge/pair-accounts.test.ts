import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  PairedAccounts,
  Pairing,
  PlanAccount,
  PlanGroup,
  PlanSelection,
} from '../../src/hedge/pair-accounts.ts'
import { pairAccounts } from '../../src/hedge/pair-accounts.ts'
import { refusalOf } from './refusal-of.ts'
import { planAccount, planAccounts, planGroup, sidedAccounts } from './sample-accounts.ts'
import { dec } from './sample-market.ts'

const inOrder: Pairing = { kind: 'config_order' }
const all: PlanSelection = { kind: 'all' }
const groups = (...list: PlanGroup[]): Pairing => ({ kind: 'groups', groups: list })
const named = (names: string): PlanSelection => ({ kind: 'accounts', names: names.split('') })
const hedge = (name: string): PlanSelection => ({ kind: 'hedge', name })
const next = (count: number, lastUse: Record<string, number> = {}): PlanSelection => ({
  kind: 'next',
  count,
  lastUsedAtMs: new Map(Object.entries(lastUse)),
})

/** Written as in `ab/c`: longs, a stroke, shorts. */
const sidesOf = (paired: PairedAccounts) =>
  paired.sets.map(({ longs, shorts }) =>
    [longs, shorts].map((side) => side.map((account) => account.name).join('')).join('/'),
  )
const leftOf = (paired: PairedAccounts) =>
  paired.leftOut.map(({ account, code }) => `${account} ${code}`)

describe('pairing in config order', () => {
  it('takes the first as long and the second as short', () => {
    const paired = pairAccounts(planAccounts('abcd'), inOrder, all)
    expect(sidesOf(paired)).toEqual(['a/b', 'c/d'])
    expect(paired.sets.map((set) => set.name)).toEqual(['a+b', 'c+d'])
    expect(paired.leftOut).toEqual([])
  })

  it('names the odd one and leaves it out', () => {
    const paired = pairAccounts(planAccounts('abc'), inOrder, all)
    expect(sidesOf(paired)).toEqual(['a/b'])
    expect(paired.leftOut).toEqual([
      { account: 'c', code: 'no_partner', reason: 'no account is left to hedge it with' },
    ])
  })

  it('steps over disabled accounts, and says so', () => {
    const accounts = [
      planAccount('a'),
      planAccount('b', { isEnabled: false }),
      ...planAccounts('cde'),
    ]
    const paired = pairAccounts(accounts, inOrder, all)
    expect(sidesOf(paired)).toEqual(['a/c', 'd/e'])
    expect(leftOf(paired)).toEqual(['b disabled'])
  })

  it('pairs nobody when there is one account or none', () => {
    expect(leftOf(pairAccounts(planAccounts('a'), inOrder, all))).toEqual(['a no_partner'])
    expect(pairAccounts([], inOrder, all)).toEqual({ sets: [], leftOut: [] })
  })

  it('uses every account at most once and forgets none', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 25 }), (enabled) => {
        const accounts = enabled.map((isEnabled, at) => planAccount(`n${at}`, { isEnabled }))
        const paired = pairAccounts(accounts, inOrder, all)
        const used = paired.sets.flatMap((set) => [...set.longs, ...set.shorts])
        const seen = [
          ...used.map((account) => account.name),
          ...paired.leftOut.map((left) => left.account),
        ]
        expect(new Set(seen).size).toBe(accounts.length)
        expect(seen).toHaveLength(accounts.length)
        expect(used.every((account) => account.isEnabled)).toBe(true)
      }),
    )
  })
})

describe('pairing by sides', () => {
  it('pairs longs and shorts in their order', () => {
    const accounts = sidedAccounts('a:long b:long c:short d:short')
    expect(sidesOf(pairAccounts(accounts, inOrder, all))).toEqual(['a/c', 'b/d'])
  })

  it('keeps an account on its side even when a short comes first', () => {
    const paired = pairAccounts(sidedAccounts('a:short b:long'), inOrder, all)
    expect(sidesOf(paired)).toEqual(['b/a'])
    expect(paired.sets[0]?.name).toBe('b+a')
  })

  it('leaves out what the smaller side cannot serve', () => {
    const paired = pairAccounts(sidedAccounts('a:long b:long c:short d:long'), inOrder, all)
    expect(sidesOf(paired)).toEqual(['a/c'])
    expect(leftOf(paired)).toEqual(['b no_partner', 'd no_partner'])
    const fewer = pairAccounts(sidedAccounts('a:short b:short c:long'), inOrder, all)
    expect(leftOf(fewer)).toEqual(['b no_partner'])
  })

  it.each([all, named('ab'), next(2), hedge('a+b')])(
    'refuses when only some have a side (%j)',
    (selection) => {
      const accounts = [...sidedAccounts('a:long b:short'), ...planAccounts('cd')]
      const refusal = refusalOf(() => pairAccounts(accounts, inOrder, selection))
      expect(refusal).toMatchObject({ kind: 'config', code: 'sides_incomplete' })
      expect(refusal.message).toContain('c, d')
    },
  )

  it('does not mind a disabled account without a side', () => {
    const accounts = [...sidedAccounts('a:long b:short'), planAccount('c', { isEnabled: false })]
    expect(sidesOf(pairAccounts(accounts, inOrder, all))).toEqual(['a/b'])
  })
})

describe('pairing by groups', () => {
  it('takes several longs against several shorts', () => {
    const pairing = groups(planGroup('one', 'ab/c'), planGroup('two', 'd/ef'))
    const paired = pairAccounts(planAccounts('abcdef'), pairing, all)
    expect(sidesOf(paired)).toEqual(['ab/c', 'd/ef'])
    expect(paired.sets.map((set) => set.name)).toEqual(['one', 'two'])
  })

  it('orders the members as the configuration does, not as the group', () => {
    const paired = pairAccounts(planAccounts('abcd'), groups(planGroup('g', 'dba/c')), all)
    expect(sidesOf(paired)).toEqual(['abd/c'])
  })

  it('hands on the size of the group', () => {
    const pairing = groups(planGroup('g', 'a/b', { positionSizeBase: dec('0.5') }))
    expect(pairAccounts(planAccounts('ab'), pairing, all).sets[0]?.groupSizeBase).toEqual(
      dec('0.5'),
    )
  })

  it('leaves out who is in no group', () => {
    const paired = pairAccounts(planAccounts('abc'), groups(planGroup('g', 'a/b')), all)
    expect(leftOf(paired)).toEqual(['c not_in_group'])
  })

  it('goes on without a disabled member as long as both sides have somebody', () => {
    const accounts = [planAccount('a', { isEnabled: false }), ...planAccounts('bcd')]
    expect(sidesOf(pairAccounts(accounts, groups(planGroup('g', 'ab/cd')), all))).toEqual(['b/cd'])

    const paired = pairAccounts(accounts, groups(planGroup('g', 'a/bc')), all)
    expect(paired.sets).toEqual([])
    expect(leftOf(paired)).toEqual(['a disabled', 'b no_partner', 'c no_partner', 'd not_in_group'])
  })

  it.each<[string, string, readonly PlanGroup[]]>([
    ['groups_missing', 'no groups', []],
    [
      'group_name_repeated',
      'two groups of one name',
      [planGroup('g', 'a/b'), planGroup('g', 'c/d')],
    ],
    ['group_side_empty', 'a group without longs', [planGroup('g', '/b')]],
    ['group_side_empty', 'a group without shorts', [planGroup('g', 'a/')]],
    ['group_account_unknown', 'an unknown long', [planGroup('g', 'z/b')]],
    ['group_account_unknown', 'an unknown short', [planGroup('g', 'a/z')]],
    ['account_grouped_twice', 'both sides of a group', [planGroup('g', 'ab/b')]],
    ['account_grouped_twice', 'the same side twice', [planGroup('g', 'aa/b')]],
    ['account_grouped_twice', 'two groups', [planGroup('g', 'a/b'), planGroup('h', 'c/a')]],
  ])('refuses with %s: %s', (code, _, list) => {
    const refusal = refusalOf(() => pairAccounts(planAccounts('abcd'), groups(...list), all))
    expect(refusal).toMatchObject({ kind: 'config', code })
    expect(refusal.hint).toBeDefined()
  })

  it('refuses a group that contradicts the side of an account', () => {
    const accounts = sidedAccounts('a:long b:short')
    const refusal = refusalOf(() => pairAccounts(accounts, groups(planGroup('g', 'b/a')), all))
    expect(refusal.code).toBe('group_side_conflict')
    expect(sidesOf(pairAccounts(accounts, groups(planGroup('g', 'a/b')), all))).toEqual(['a/b'])
  })
})

describe('--accounts', () => {
  it('pairs the named ones among themselves in config order', () => {
    const paired = pairAccounts(planAccounts('abcdef'), inOrder, named('fbca'))
    expect(sidesOf(paired)).toEqual(['a/b', 'c/f'])
    expect(paired.leftOut).toEqual([])
  })

  it('says nothing of accounts that were not asked for, but of an odd one that was', () => {
    const paired = pairAccounts(planAccounts('abcdef'), inOrder, named('ade'))
    expect(sidesOf(paired)).toEqual(['a/d'])
    expect(leftOf(paired)).toEqual(['e no_partner'])
  })

  it('does not pair an account with itself when it is named twice', () => {
    const paired = pairAccounts(planAccounts('ab'), inOrder, named('aa'))
    expect(paired.sets).toEqual([])
    expect(leftOf(paired)).toEqual(['a no_partner'])
  })

  it('goes past the groups', () => {
    const pairing = groups(planGroup('g', 'ab/cd'))
    expect(sidesOf(pairAccounts(planAccounts('abcd'), pairing, named('bd')))).toEqual(['b/d'])
  })

  it('keeps fixed sides', () => {
    const accounts = sidedAccounts('a:long b:long c:short d:short')
    expect(sidesOf(pairAccounts(accounts, inOrder, named('bc')))).toEqual(['b/c'])
    expect(leftOf(pairAccounts(accounts, inOrder, named('ab')))).toEqual([
      'a no_partner',
      'b no_partner',
    ])
  })

  it('refuses a name that is no account, and lists the accounts', () => {
    const refusal = refusalOf(() => pairAccounts(planAccounts('ab'), inOrder, named('az')))
    expect(refusal).toMatchObject({
      kind: 'usage',
      code: 'account_unknown',
      hint: 'accounts: a, b',
    })
  })

  it('refuses a disabled account rather than leaving it out', () => {
    const accounts = [planAccount('a'), planAccount('b', { isEnabled: false })]
    const refusal = refusalOf(() => pairAccounts(accounts, inOrder, named('ab')))
    expect(refusal).toMatchObject({ kind: 'usage', code: 'account_disabled' })
  })

  it('says none when there is nobody to name', () => {
    expect(refusalOf(() => pairAccounts([], inOrder, named('a'))).hint).toBe('accounts: none')
  })
})

describe('--hedge', () => {
  it('takes one pair by the names of its accounts', () => {
    const paired = pairAccounts(planAccounts('abcde'), inOrder, hedge('c+d'))
    expect(sidesOf(paired)).toEqual(['c/d'])
    expect(paired.leftOut).toEqual([])
  })

  it('takes one group by its name and mentions only its own accounts', () => {
    const accounts = [planAccount('a', { isEnabled: false }), ...planAccounts('bcde')]
    const pairing = groups(planGroup('one', 'ab/c'), planGroup('two', 'd/e'))
    const paired = pairAccounts(accounts, pairing, hedge('one'))
    expect(sidesOf(paired)).toEqual(['b/c'])
    expect(leftOf(paired)).toEqual(['a disabled'])
  })

  it('plans nothing for a group whose one side is disabled, and says why', () => {
    const accounts = [planAccount('a', { isEnabled: false }), planAccount('b')]
    const paired = pairAccounts(accounts, groups(planGroup('g', 'a/b')), hedge('g'))
    expect(paired.sets).toEqual([])
    expect(leftOf(paired)).toEqual(['a disabled', 'b no_partner'])
  })

  it.each<[Pairing, string]>([
    [inOrder, 'hedges: a+b, c+d'],
    [groups(planGroup('g', 'a/b'), planGroup('h', 'c/d')), 'hedges: g, h'],
  ])('lists the hedges when there is no such one', (pairing, hint) => {
    const refusal = refusalOf(() => pairAccounts(planAccounts('abcd'), pairing, hedge('b+c')))
    expect(refusal).toMatchObject({ kind: 'usage', code: 'hedge_unknown', hint })
  })
})

describe('--next', () => {
  it('takes the accounts that were used least recently', () => {
    const lastUse = { a: 50, b: 10, c: 40, d: 20 }
    const paired = pairAccounts(planAccounts('abcd'), inOrder, next(2, lastUse))
    expect(sidesOf(paired)).toEqual(['b/d'])
    expect(paired.leftOut).toEqual([])
  })

  it('takes those that were never used first, in config order', () => {
    expect(sidesOf(pairAccounts(planAccounts('abcd'), inOrder, next(2, { a: 1 })))).toEqual(['b/c'])
    expect(sidesOf(pairAccounts(planAccounts('abcd'), inOrder, next(2)))).toEqual(['a/b'])
  })

  it('breaks ties by config order', () => {
    const lastUse = { a: 5, b: 5, c: 5, d: 1 }
    expect(sidesOf(pairAccounts(planAccounts('abcd'), inOrder, next(2, lastUse)))).toEqual(['a/d'])
  })

  it('leaves disabled ones alone', () => {
    const accounts = [planAccount('a', { isEnabled: false }), ...planAccounts('bcd')]
    expect(sidesOf(pairAccounts(accounts, inOrder, next(2)))).toEqual(['b/c'])
  })

  it('takes all there are when more are asked for', () => {
    expect(sidesOf(pairAccounts(planAccounts('abcd'), inOrder, next(30)))).toEqual(['a/b', 'c/d'])
  })

  it('leaves out the odd one', () => {
    const paired = pairAccounts(planAccounts('abcde'), inOrder, next(3))
    expect(sidesOf(paired)).toEqual(['a/b'])
    expect(leftOf(paired)).toEqual(['c no_partner'])
  })

  it('takes as many longs as shorts when sides are fixed', () => {
    const accounts = sidedAccounts('a:long b:long c:long d:short e:short f:short')
    const paired = pairAccounts(accounts, inOrder, next(4, { a: 9, b: 2, c: 3, d: 4, e: 5, f: 1 }))
    expect(sidesOf(paired)).toEqual(['b/d', 'c/f'])
  })

  it.each([1, 0, -2, 2.5, NaN, Infinity])('refuses %d accounts', (count) => {
    const refusal = refusalOf(() => pairAccounts(planAccounts('abcd'), inOrder, next(count)))
    expect(refusal).toMatchObject({ kind: 'usage', code: 'next_count' })
  })

  it('comes round to everybody when it is repeated', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), (pairs, each) => {
        const accounts: PlanAccount[] = Array.from({ length: pairs * 2 }, (_, at) =>
          planAccount(`n${at}`),
        )
        const lastUse: Record<string, number> = {}
        for (let round = 0; round < Math.ceil(pairs / each); round += 1) {
          const { sets } = pairAccounts(accounts, inOrder, next(each * 2, lastUse))
          for (const account of sets.flatMap((set) => [...set.longs, ...set.shorts])) {
            lastUse[account.name] = round
          }
        }
        expect(Object.keys(lastUse)).toHaveLength(accounts.length)
      }),
    )
  })
})
