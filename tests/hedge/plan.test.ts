import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumDec } from '../../src/hedge/decimal.ts'
import { isOnSizeStep } from '../../src/hedge/market.ts'
import type { PlanAccount } from '../../src/hedge/pair-accounts.ts'
import type { HedgePlan, PlanOptions, PlannedHedge } from '../../src/hedge/plan.ts'
import { planHedges } from '../../src/hedge/plan.ts'
import { signedBase } from '../../src/hedge/side.ts'
import { refusalOf } from './refusal-of.ts'
import { planAccount, planAccounts, planGroup, planOptions } from './sample-accounts.ts'
import { btcMarket, dec } from './sample-market.ts'

const plan = (changes: Partial<PlanOptions> = {}) => planHedges(planOptions(changes))

/** Every leg as signed size, `+` long and `-` short. */
const signed = (hedges: readonly PlannedHedge[]) =>
  hedges.map(({ legs }) =>
    legs
      .map((leg) => `${leg.side === 'long' ? '+' : '-'}${leg.plannedBase} ${leg.account}`)
      .join(', '),
  )
const netOf = ({ legs }: PlannedHedge) =>
  sumDec(legs.map((leg) => signedBase(leg.side, leg.plannedBase)))

const groupOf = (members: string, size?: string) =>
  ({
    kind: 'groups',
    groups: [planGroup('g', members, size === undefined ? {} : { positionSizeBase: dec(size) })],
  }) as const

describe('planHedges', () => {
  it('plans the pairs of the documentation', () => {
    const { hedges, leftOut } = plan()
    expect(signed(hedges)).toEqual(['+0.001 a, -0.001 b', '+0.001 c, -0.001 d'])
    expect(hedges.map((hedge) => hedge.name)).toEqual(['a+b', 'c+d'])
    expect(leftOut).toEqual([])
  })

  it('gives every leg what its order needs', () => {
    const [first] = plan({ leverage: dec(7) }).hedges
    expect(first?.market.symbol).toBe('BTC')
    expect(first?.legs[0]).toEqual({
      account: 'a',
      accountIndex: 97,
      apiKeyIndex: 4,
      side: 'long',
      plannedBase: dec('0.001'),
      leverage: dec(7),
    })
  })

  it('hands on who is left out', () => {
    expect(plan({ accounts: planAccounts('abc') }).leftOut).toMatchObject([
      { account: 'c', code: 'no_partner' },
    ])
  })

  it('is empty, not an error, when nobody has a partner', () => {
    expect(plan({ accounts: planAccounts('a') }).hedges).toEqual([])
  })
})

describe('sizes', () => {
  it('come from the account, and the smaller of a pair counts', () => {
    const accounts = [
      planAccount('a', { positionSizeBase: dec('0.003') }),
      planAccount('b', { positionSizeBase: dec('0.002') }),
    ]
    expect(signed(plan({ accounts }).hedges)).toEqual(['+0.002 a, -0.002 b'])
  })

  it('come from the group before the account', () => {
    const pairing = groupOf('a/b', '0.004')
    expect(signed(plan({ pairing }).hedges)).toEqual(['+0.004 a, -0.004 b'])
  })

  it('come from --size before everything', () => {
    const pairing = groupOf('a/b', '0.004')
    const sizeOverrideBase = dec('0.005')
    expect(signed(plan({ pairing, sizeOverrideBase }).hedges)).toEqual(['+0.005 a, -0.005 b'])
  })

  it('of unequal groups fill the smaller side and split the total over the other', () => {
    expect(signed(plan({ pairing: groupOf('abc/d', '0.001') }).hedges)).toEqual([
      '+0.00034 a, +0.00033 b, +0.00033 c, -0.001 d',
    ])
    expect(signed(plan({ pairing: groupOf('a/bcd', '0.002') }).hedges)).toEqual([
      '+0.002 a, -0.00067 b, -0.00067 c, -0.00066 d',
    ])
  })

  it('of a group never lift an account above its own size', () => {
    const accounts = [
      planAccount('a', { positionSizeBase: dec('0.0003') }),
      planAccount('b', { positionSizeBase: dec('0.01') }),
      planAccount('c', { positionSizeBase: dec('0.001') }),
    ]
    expect(signed(plan({ accounts, pairing: groupOf('ab/c') }).hedges)).toEqual([
      '+0.0003 a, +0.0007 b, -0.001 c',
    ])
  })
})

describe('--flip', () => {
  it('swaps the sides, keeps names and sizes, and lists longs first', () => {
    const { hedges } = plan({ isFlipped: true })
    expect(signed(hedges)).toEqual(['+0.001 b, -0.001 a', '+0.001 d, -0.001 c'])
    expect(hedges.map((hedge) => hedge.name)).toEqual(['a+b', 'c+d'])
  })

  it('swaps whole groups', () => {
    const pairing = groupOf('abc/d', '0.001')
    expect(signed(plan({ pairing, isFlipped: true }).hedges)).toEqual([
      '+0.001 d, -0.00034 a, -0.00033 b, -0.00033 c',
    ])
  })
})

describe('refusals', () => {
  it.each<[string, string, Partial<PlanOptions>]>([
    ['market_inactive', 'refused', { market: btcMarket({ isActive: false }) }],
    ['market_reduce_only', 'refused', { market: btcMarket({ isForceReduceOnly: true }) }],
    ['leverage_above_market', 'config', { leverage: dec(51) }],
    ['size_off_step', 'config', { sizeOverrideBase: dec('0.0000015') }],
    ['size_not_positive', 'config', { sizeOverrideBase: dec(0) }],
    ['size_below_minimum', 'config', { sizeOverrideBase: dec('0.0001') }],
    ['size_above_limit', 'config', { maxPositionBase: dec('0.0009') }],
    ['notional_above_limit', 'config', { maxPositionUsd: dec(99) }],
    ['hedge_unknown', 'usage', { selection: { kind: 'hedge', name: 'x' } }],
    ['account_unknown', 'usage', { selection: { kind: 'accounts', names: ['x', 'a'] } }],
    ['mark_unknown', 'unknown_state', { mark: dec(0) }],
    ['mark_unknown', 'unknown_state', { mark: dec('NaN') }],
  ])('carry %s (%s)', (code, kind, changes) => {
    expect(refusalOf(() => plan(changes))).toMatchObject({ code, kind })
  })

  it.each<[string, Partial<PlanOptions>]>([
    ['--size is', { sizeOverrideBase: dec('0.0000015') }],
    ['position_size of group "g" is', { pairing: groupOf('a/b', '0.0000015') }],
    [
      'position_size of account "a" is',
      { accounts: [planAccount('a', { positionSizeBase: dec('0.0000015') }), planAccount('b')] },
    ],
  ])('say whose size is off: %s', (start, changes) => {
    expect(refusalOf(() => plan(changes)).message.startsWith(start)).toBe(true)
  })

  it('name the account whose share of a group is too small to be closed', () => {
    const accounts = planAccounts('abcdefg')
    const refusal = refusalOf(() => plan({ accounts, pairing: groupOf('a/bcdefg', '0.001') }))
    expect(refusal.code).toBe('size_below_minimum')
    expect(refusal.message).toContain('account "b"')
  })

  it('do not hedge an account of the venue with itself', () => {
    const accounts = [planAccount('a', { accountIndex: 7 }), planAccount('b', { accountIndex: 7 })]
    const refusal = refusalOf(() => plan({ accounts }))
    expect(refusal).toMatchObject({ kind: 'config', code: 'account_index_repeated' })
    expect(refusal.message).toContain('"a" and "b"')
  })

  it('concern the whole plan, even when only one hedge cannot be traded', () => {
    const accounts = [
      ...planAccounts('abc'),
      planAccount('d', { positionSizeBase: dec('0.00001') }),
    ]
    expect(refusalOf(() => plan({ accounts })).code).toBe('size_below_minimum')
  })
})

/** Accounts of random sizes, freely grouped; BTC without minimums. */
const anyPlan: fc.Arbitrary<PlanOptions> = fc
  .record({
    ticks: fc.array(fc.integer({ min: 30, max: 5000 }), { minLength: 2, maxLength: 24 }),
    groupCount: fc.integer({ min: 0, max: 4 }),
    seats: fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }),
    groupTicks: fc.option(fc.integer({ min: 30, max: 5000 }), { nil: undefined }),
    isFlipped: fc.boolean(),
  })
  .map(({ ticks, groupCount, seats, groupTicks, isFlipped }) => {
    const accounts: PlanAccount[] = ticks.map((count, at) =>
      planAccount(`n${at}`, {
        positionSizeBase: dec(count).div(100_000),
        isEnabled: (seats[at] ?? 0) % 7 !== 0,
      }),
    )
    const seatsOf = (group: number, isLong: boolean) =>
      accounts
        .filter((_, at) => {
          const seat = seats[at] ?? 0
          return (
            seat % groupCount === group && Math.floor(seat / groupCount) % 2 === (isLong ? 0 : 1)
          )
        })
        .map((account) => account.name)
    const groups = Array.from({ length: groupCount }, (_, group) => ({
      name: `g${group}`,
      long: seatsOf(group, true),
      short: seatsOf(group, false),
      positionSizeBase: groupTicks === undefined ? undefined : dec(groupTicks).div(100_000),
    })).filter((group) => group.long.length > 0 && group.short.length > 0)
    return planOptions({
      accounts,
      isFlipped,
      pairing: groups.length === 0 ? { kind: 'config_order' } : { kind: 'groups', groups },
      market: btcMarket({ minBaseSize: dec(0), minNotionalUsd: dec(0) }),
    })
  })

/** The most that an account may take by the rules of the contract. */
function sizeOf(options: PlanOptions, name: string) {
  const { pairing } = options
  const group =
    pairing.kind === 'groups'
      ? pairing.groups.find(({ long, short }) => long.includes(name) || short.includes(name))
      : undefined
  const own = options.accounts.find((account) => account.name === name)?.positionSizeBase
  return options.sizeOverrideBase ?? group?.positionSizeBase ?? own ?? dec(0)
}

describe('every plan', () => {
  const property = (check: (planned: HedgePlan, options: PlanOptions) => void) =>
    fc.assert(
      fc.property(anyPlan, (options) => check(planHedges(options), options)),
      { numRuns: 300 },
    )

  it('adds up to exactly zero, hedge by hedge', () => {
    property(({ hedges }) => {
      for (const hedge of hedges) expect(netOf(hedge).isZero()).toBe(true)
    })
  })

  it('has every size on the step and above zero', () => {
    property(({ hedges }, { market }) => {
      for (const { plannedBase } of hedges.flatMap((hedge) => hedge.legs)) {
        expect(isOnSizeStep(market, plannedBase)).toBe(true)
        expect(plannedBase.gt(0)).toBe(true)
      }
    })
  })

  it('takes each account at most once and forgets no account', () => {
    property(({ hedges, leftOut }, { accounts }) => {
      const names = [
        ...hedges.flatMap((hedge) => hedge.legs.map((leg) => leg.account)),
        ...leftOut.map((left) => left.account),
      ]
      expect(names.toSorted()).toEqual(accounts.map((account) => account.name).toSorted())
    })
  })

  it('takes nobody above its size', () => {
    property(({ hedges }, options) => {
      for (const leg of hedges.flatMap((hedge) => hedge.legs)) {
        expect(leg.plannedBase.lte(sizeOf(options, leg.account))).toBe(true)
      }
    })
  })

  it('fills one side of each hedge entirely', () => {
    property(({ hedges }, options) => {
      for (const { legs } of hedges) {
        const isFull = (side: string) =>
          legs
            .filter((leg) => leg.side === side)
            .every((leg) => leg.plannedBase.eq(sizeOf(options, leg.account)))
        expect(isFull('long') || isFull('short')).toBe(true)
      }
    })
  })

  it('is the same every time', () => {
    property((planned, options) => {
      expect(planHedges(options)).toEqual(planned)
    })
  })

  it('is negated by a flip and restored by another', () => {
    property(({ hedges }, options) => {
      const flipped = planHedges({ ...options, isFlipped: !options.isFlipped }).hedges
      const sizes = (list: readonly PlannedHedge[], sign: number) =>
        list.flatMap(({ name, legs }) =>
          legs.map((leg) => {
            const size = signedBase(leg.side, leg.plannedBase).times(sign)
            return `${name} ${leg.account} ${size.plus(0)}`
          }),
        )
      expect(sizes(flipped, -1).toSorted()).toEqual(sizes(hedges, 1).toSorted())
    })
  })

  it('lists longs before shorts', () => {
    property(({ hedges }) => {
      for (const { legs } of hedges) {
        const sides = legs.map((leg) => leg.side)
        expect(sides).toEqual(sides.toSorted())
      }
    })
  })
})
