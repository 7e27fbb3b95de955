import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AdoptionAccount } from '../../src/hedge/adopt-evidence.ts'
import { planAdoption } from '../../src/hedge/adopt-plan.ts'
import { sumDec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { PlanGroup } from '../../src/hedge/pair-accounts.ts'
import { planHedges } from '../../src/hedge/plan.ts'
import type { PlannedHedge } from '../../src/hedge/plan.ts'
import { signedBase } from '../../src/hedge/side.ts'
import { planAccount, planAccounts, planGroup, planOptions } from './sample-accounts.ts'
import {
  adoptedTexts,
  adoptionAccount,
  adoptionFacts,
  leftOutTexts,
  ownHolding,
  positionRow,
  restingStops,
  venueFill,
} from './sample-adoption.ts'
import { btcMarket, dec } from './sample-market.ts'

type Holdings = Readonly<Record<string, Partial<AdoptionAccount>>>

function adopt(names: string, holdings: Holdings, groups?: readonly PlanGroup[]) {
  const facts = adoptionFacts(names, holdings, groups && { pairing: { kind: 'groups', groups } })
  const plan = planAdoption(facts)
  return { plan, hedges: adoptedTexts(plan), leftOut: leftOutTexts(plan) }
}

const STOPS = { down: 90_000, up: 110_000 }
const OTHER_STOPS = { down: 91_000, up: 111_000 }

describe('a hedge that stands without a journal', () => {
  it('is found with side, size, entry, leverage, stops, fills and time of opening', () => {
    const { plan } = adopt('ab', {
      a: ownHolding('0.01', { at: 500, stops: STOPS }),
      b: ownHolding('-0.01', { at: 700, stops: STOPS }),
    })
    expect(plan.leftOut).toEqual([])
    const [hedge] = plan.hedges
    expect(hedge).toMatchObject({
      name: 'a+b',
      evidence: 'configured',
      openedAtMs: 500,
      isEven: true,
      hasAllFills: true,
    })
    expect(
      hedge?.legs.map((leg) => [
        leg.account.name,
        leg.side,
        leg.baseSize.toFixed(),
        leg.entryPrice.toFixed(),
        leg.leverage.toFixed(),
        leg.stopDown?.toFixed(),
        leg.stopUp?.toFixed(),
        leg.fills?.length,
      ]),
    ).toEqual([
      ['a', 'long', '0.01', '100000', '10', '90000', '110000', 1],
      ['b', 'short', '0.01', '100000', '10', '90000', '110000', 1],
    ])
  })

  it('keeps its name when it was flipped, and lists longs first', () => {
    const { hedges } = adopt('ab', { a: ownHolding('-0.01'), b: ownHolding('0.01') })
    expect(hedges).toEqual(['a+b: +0.01 b, -0.01 a'])
  })

  it('has only the fills since its accounts were last flat', () => {
    const earlier = [venueFill('sell 0.02 100'), venueFill('buy 0.02 200')]
    const present = [venueFill('buy 0.004 900'), venueFill('buy 0.006 901')]
    const { plan } = adopt('ab', {
      a: { ...ownHolding('0.01'), fills: known([...earlier, ...present], 0) },
      b: ownHolding('-0.01', { at: 950 }),
    })
    expect(plan.hedges[0]?.legs[0]?.fills).toEqual(present)
    expect(plan.hedges[0]?.openedAtMs).toBe(900)
  })

  it('is found by its stops alone when its fills are too many, and says that fills are missing', () => {
    const lost = { fills: known([], 0) }
    const { plan, hedges } = adopt('ab', {
      a: { ...ownHolding('0.01', { stops: STOPS }), ...lost },
      b: { ...ownHolding('-0.01', { stops: STOPS }), ...lost },
    })
    expect(hedges).toEqual(['a+b: +0.01 a, -0.01 b'])
    expect(plan.hedges[0]).toMatchObject({ hasAllFills: false, openedAtMs: undefined })
  })

  it.each([
    ['0.1', '10'],
    ['0.02', '50'],
    ['0.3334', '3'],
    ['0.04', '25'],
    ['0.1234', '8.1037'],
  ])('had the leverage that the margin fraction %s asks for: %s', (fraction, leverage) => {
    const row = positionRow(dec('0.01'), { initialMarginFraction: dec(fraction) })
    const { plan } = adopt('ab', {
      a: { ...ownHolding('0.01'), position: known(row, 0) },
      b: ownHolding('-0.01'),
    })
    expect(plan.hedges[0]?.legs[0]?.leverage.toFixed()).toBe(leverage)
  })

  it('takes the newer stop while two of a kind rest', () => {
    const base = dec('0.01')
    const renewed = [
      ...restingStops(base, STOPS),
      ...restingStops(base, OTHER_STOPS).map((order) => ({ ...order, atMs: 5 })),
    ]
    const { plan } = adopt('ab', {
      a: { ...ownHolding('0.01'), liveOrders: known(renewed.toReversed(), 0) },
      b: ownHolding('-0.01'),
    })
    expect(plan.hedges[0]?.legs[0]?.stopDown?.toFixed()).toBe('91000')
    expect(plan.hedges[0]?.legs[0]?.stopUp?.toFixed()).toBe('111000')
  })
})

describe('partners', () => {
  it('are those of the group that the configuration names', () => {
    const { hedges } = adopt(
      'abc',
      { a: ownHolding('0.01'), b: ownHolding('0.01'), c: ownHolding('-0.02') },
      [planGroup('g', 'ab/c')],
    )
    expect(hedges).toEqual(['g: +0.01 a, +0.01 b, -0.02 c'])
  })

  it('are found by their stops when the configuration pairs others', () => {
    const { plan, hedges } = adopt('abcd', {
      a: ownHolding('0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
      b: ownHolding('0.01', { at: 1_100, stops: OTHER_STOPS }),
      c: ownHolding('-0.01', { at: 1_100, stops: OTHER_STOPS }),
    })
    expect(hedges).toEqual(['a+d: +0.01 a, -0.01 d', 'b+c: +0.01 b, -0.01 c'])
    expect(plan.hedges.map(({ evidence }) => evidence)).toEqual(['same_stops', 'same_stops'])
  })

  it('are not those of the configuration when the stops of both belong to others', () => {
    const { hedges } = adopt('abcd', {
      a: ownHolding('0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
      b: ownHolding('-0.01', { stops: OTHER_STOPS }),
      c: ownHolding('0.01', { stops: OTHER_STOPS }),
    })
    expect(hedges).toEqual(['a+d: +0.01 a, -0.01 d', 'b+c: +0.01 c, -0.01 b'])
  })

  it('are found by size and time when no stop rests', () => {
    const { plan, hedges } = adopt('abcd', {
      a: ownHolding('0.01', { at: 1_000 }),
      c: ownHolding('-0.01', { at: 3_000 }),
      b: ownHolding('0.01', { at: 60_000 }),
      d: ownHolding('-0.01', { at: 61_000 }),
    })
    expect(hedges).toEqual(['a+c: +0.01 a, -0.01 c', 'b+d: +0.01 b, -0.01 d'])
    expect(plan.hedges[0]?.evidence).toBe('opened_together')
  })

  it('of the same stops are told apart by size, then by time', () => {
    const { hedges, leftOut } = adopt('acebdf', {
      a: ownHolding('0.01', { stops: STOPS }),
      b: ownHolding('-0.01', { stops: STOPS }),
      c: ownHolding('0.02', { stops: STOPS }),
      d: ownHolding('-0.02', { stops: STOPS }),
      e: ownHolding('0.01', { at: 90_000, stops: STOPS }),
      f: ownHolding('-0.01', { at: 90_100, stops: STOPS }),
    })
    expect(leftOut).toEqual([])
    expect(hedges.map((text) => text.slice(0, 3)).toSorted()).toEqual(['a+b', 'c+d', 'e+f'])
  })

  it('are never guessed: several candidates leave all of them out', () => {
    const { hedges, leftOut, plan } = adopt('acbd', {
      a: ownHolding('0.01', { stops: STOPS }),
      c: ownHolding('0.01', { stops: STOPS }),
      b: ownHolding('-0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
    })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a ambiguous', 'c ambiguous', 'b ambiguous', 'd ambiguous'])
    expect(plan.leftOut[0]?.reason).toContain('b or d')
  })

  it.each<[string, Partial<AdoptionAccount>]>([
    ['opened a minute later', ownHolding('-0.01', { at: 61_000 })],
    ['of another size', ownHolding('-0.02')],
    ['on the same side', ownHolding('0.01')],
    ['with other stops', ownHolding('-0.01', { stops: OTHER_STOPS })],
  ])('outside the configuration are not accounts %s', (_, other) => {
    const { hedges, leftOut } = adopt('axb', {
      a: ownHolding('0.01', { stops: { down: 90_000 } }),
      b: other,
    })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a no_partner', 'b no_partner'])
  })
})

describe('stops that point to several accounts', () => {
  it('weigh more than size and time that point to another one', () => {
    const { hedges, leftOut } = adopt('axbycd', {
      a: ownHolding('0.01', { stops: STOPS }),
      b: ownHolding('-0.02', { stops: STOPS }),
      c: ownHolding('-0.03', { stops: STOPS }),
      d: ownHolding('-0.01'),
    })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a ambiguous', 'b ambiguous', 'c ambiguous', 'd ambiguous'])
  })
})

describe('stops of one lopsided pair', () => {
  const pair = {
    a: ownHolding('0.01', { stops: STOPS }),
    b: ownHolding('-0.004', { stops: STOPS }),
  }

  it('are enough when nobody else may be part of it', () => {
    expect(adopt('axb', pair).hedges).toEqual(['a+b: +0.004 a, -0.004 b'])
  })

  it('are not enough while somebody else may', () => {
    const foreign = venueFill('sell 0.006 1', { clientOrderIndex: 0 })
    const other = { ...ownHolding('-0.006'), fills: known([foreign], 0) }
    expect(adopt('axbc', { ...pair, c: other }).hedges).toEqual([])
  })

  it('count only in their own market and when they can only reduce', () => {
    const lost = { fills: known([], 0) }
    const orders = restingStops(dec('0.01'), STOPS)
    const elsewhere = orders.map((order) => ({ ...order, marketIndex: 0 }))
    const adding = orders.map((order) => ({ ...order, isReduceOnly: false }))
    for (const liveOrders of [elsewhere, adding]) {
      const a = { ...ownHolding('0.01'), ...lost, liveOrders: known(liveOrders, 0) }
      expect(adopt('ab', { a }).leftOut).toEqual(['a foreign_position'])
    }
  })
})

describe('an account that was disabled since', () => {
  it('leaves the other pairs as they were opened', () => {
    const { hedges, leftOut } = adopt('abcd', {
      a: ownHolding('0.01', { stops: STOPS }),
      b: { isEnabled: false },
      c: ownHolding('0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
    })
    expect(hedges).toEqual(['c+d: +0.01 c, -0.01 d'])
    expect(leftOut).toEqual(['a partner_unknown', 'b disabled'])
  })

  it('leaves out who fits two partners, with it and without it', () => {
    const { hedges, leftOut } = adopt('abcd', {
      a: { isEnabled: false },
      b: ownHolding('-0.01', { stops: STOPS }),
      c: ownHolding('0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
    })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual([
      'a disabled',
      'b partner_unknown',
      'c partner_unknown',
      'd partner_unknown',
    ])
  })
})

describe('what is the owner’s', () => {
  const foreignFill = venueFill('buy 0.01 1000', { clientOrderIndex: 0 })

  it('is left alone: a position without anything of ours', () => {
    const foreign = { ...ownHolding('0.01'), fills: known([foreignFill], 0) }
    const { hedges, leftOut } = adopt('ab', { a: foreign, b: ownHolding('-0.01') })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a foreign_position', 'b partner_unknown'])
  })

  it('is left alone: a position that somebody else added to', () => {
    const mixed = {
      ...ownHolding('0.02'),
      fills: known([venueFill('buy 0.01 1000'), foreignFill], 0),
    }
    const { hedges, leftOut } = adopt('ab', { a: mixed, b: ownHolding('-0.01') })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a foreign_fills', 'b partner_unknown'])
  })

  it('does not become ours by stops of ours that were left behind', () => {
    const stops = known(restingStops(dec('0.01'), STOPS), 0)
    const foreign = { ...ownHolding('0.01'), fills: known([foreignFill], 0), liveOrders: stops }
    expect(adopt('ab', { a: foreign }).leftOut).toEqual(['a foreign_fills'])
  })

  it('includes what was ours in an earlier round', () => {
    const fills = [venueFill('buy 0.02 1'), venueFill('sell 0.02 2'), foreignFill]
    const foreign = { ...ownHolding('0.01'), fills: known(fills, 0) }
    expect(adopt('ab', { a: foreign }).leftOut).toEqual(['a foreign_position'])
  })

  it('was not ours to reduce either, but what it left is ours', () => {
    const fills = [venueFill('buy 0.02 1'), venueFill('sell 0.01 2', { clientOrderIndex: 0 })]
    const cut = { ...ownHolding('0.01'), fills: known(fills, 0) }
    expect(adopt('ab', { a: cut, b: ownHolding('-0.01', { at: 1 }) }).hedges).toHaveLength(1)
  })
})

describe('what cannot be known', () => {
  it.each<[string, Partial<AdoptionAccount>]>([
    ['position', { position: unknown('no socket') }],
    ['orders', { liveOrders: unknown('no socket') }],
    ['fills', { fills: unknown('no answer') }],
    ['row', { position: known(positionRow(dec('0.01'), { isSettled: false }), 0) }],
  ])('leaves out the account (%s) and everybody who may be its partner', (_, change) => {
    const { hedges, leftOut } = adopt('abcdef', {
      a: { ...ownHolding('0.01', { stops: STOPS }), ...change },
      b: ownHolding('-0.01', { stops: STOPS }),
      c: ownHolding('0.01', { stops: STOPS }),
      d: ownHolding('-0.01', { stops: STOPS }),
      e: ownHolding('0.01', { stops: STOPS }),
    })
    expect(hedges).toEqual(['c+d: +0.01 c, -0.01 d'])
    expect(leftOut).toEqual(['a unknown', 'b partner_unknown', 'e partner_unknown'])
  })

  it('of a group leaves the others out although they match each other', () => {
    const holdings = {
      a: ownHolding('0.01', { stops: STOPS }),
      b: { position: unknown('no socket') },
      c: ownHolding('-0.01', { stops: STOPS }),
    }
    const { hedges, leftOut } = adopt('abc', holdings, [planGroup('g', 'ab/c')])
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a partner_unknown', 'b unknown', 'c partner_unknown'])
  })

  it('includes since when a position is open that one fill turned around', () => {
    const fills = known([venueFill('sell 0.01 1'), venueFill('buy 0.02 2')], 0)
    const { plan } = adopt('ab', { a: { ...ownHolding('0.01'), fills }, b: ownHolding('-0.01') })
    expect(plan.hedges[0]).toMatchObject({ hasAllFills: false })
    expect(plan.hedges[0]?.legs[0]).toMatchObject({ fills: undefined, openedAtMs: undefined })
  })

  it('does not matter for an account that is in a hedge of the journal', () => {
    const takenBy = { name: 'hedge h3', marketIndex: 1 }
    const { leftOut } = adopt('ab', {
      a: { takenBy, position: unknown('no socket') },
      b: { ...ownHolding('-0.01'), takenBy },
    })
    expect(leftOut).toEqual(['a in_hedge', 'b in_hedge'])
  })

  it('says so when an account in a hedge holds something of ours in another market', () => {
    const takenBy = { name: 'hedge h3', marketIndex: 0 }
    const { leftOut } = adopt('ab', { a: { ...ownHolding('0.01'), takenBy }, b: { takenBy } })
    expect(leftOut).toEqual(['a in_other_hedge'])
  })
})

describe('a lopsided hedge', () => {
  it('is adopted at what is matched', () => {
    const { plan, hedges } = adopt('ab', { a: ownHolding('0.01'), b: ownHolding('-0.004') })
    expect(hedges).toEqual(['a+b: +0.004 a, -0.004 b'])
    expect(plan.hedges[0]).toMatchObject({ isEven: false })
    expect(plan.hedges[0]?.legs[0]?.baseSize.toFixed()).toBe('0.01')
  })

  it('of a group shares what is matched over the larger side', () => {
    const holdings = { a: ownHolding('0.01'), b: ownHolding('0.01'), d: ownHolding('-0.01') }
    const { hedges } = adopt('abcd', holdings, [planGroup('g', 'ab/cd')])
    expect(hedges).toEqual(['g: +0.005 a, +0.005 b, -0.01 d'])
  })

  it.each<[string, Partial<AdoptionAccount>, string]>([
    ['cannot be read', { position: unknown('no socket') }, 'unknown'],
    ['is disabled', { isEnabled: false }, 'disabled'],
    [
      'has a position that is not only ours',
      {
        ...ownHolding('0.02'),
        fills: known(
          [venueFill('buy 0.01 1'), venueFill('buy 0.01 2', { clientOrderIndex: 3 })],
          0,
        ),
      },
      'foreign_fills',
    ],
  ])('is left out when a member %s: it may be the missing part', (_, member, code) => {
    const holdings = { a: ownHolding('0.01'), b: member, c: ownHolding('-0.02') }
    const { hedges, leftOut } = adopt('abc', holdings, [planGroup('g', 'ab/c')])
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a partner_unknown', `b ${code}`, 'c partner_unknown'])
  })

  it('is left out when an account of ours stands alone that may be the missing part', () => {
    const { hedges, leftOut } = adopt('abc', {
      a: ownHolding('0.01'),
      b: ownHolding('-0.02'),
      c: ownHolding('0.01', { at: 999_000 }),
    })
    expect(hedges).toEqual([])
    expect(leftOut).toEqual(['a ambiguous', 'b ambiguous', 'c no_partner'])
  })

  it('with a whole leg missing stands alone and is said to', () => {
    expect(adopt('ab', { a: ownHolding('0.01') }).leftOut).toEqual(['a no_partner'])
  })
})

/** What the venue shows right after `open`: stops of one level and fills within a second for each hedge. */
function standing(hedges: readonly PlannedHedge[]): Holdings {
  return Object.fromEntries(
    hedges.flatMap(({ legs }, no) =>
      legs.map(({ account, side, plannedBase }, at) => [
        account,
        ownHolding(signedBase(side, plannedBase).toFixed(), {
          at: 1_000 + no * 7 + at,
          stops: STOPS,
        }),
      ]),
    ),
  )
}

const anyOpening = fc
  .record({
    ticks: fc.array(fc.integer({ min: 30, max: 3000 }), { minLength: 2, maxLength: 20 }),
    sides: fc.boolean(),
    groupSizes: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 5,
    }),
    isFlipped: fc.boolean(),
    off: fc.array(fc.nat(19), { maxLength: 2 }),
  })
  .map(({ ticks, sides, groupSizes, isFlipped, off }) => {
    const accounts = ticks.map((count, at) =>
      planAccount(`n${at}`, {
        positionSizeBase: dec(count).div(100_000),
        isEnabled: !off.includes(at),
        side: sides && groupSizes.length === 0 ? (at % 3 === 0 ? 'long' : 'short') : undefined,
      }),
    )
    let next = 0
    const take = (count: number) => accounts.slice(next, (next += count)).map(({ name }) => name)
    const groups = groupSizes
      .map(([longs, shorts], at) =>
        planGroup(`g${at}`, '/', { long: take(longs), short: take(shorts) }),
      )
      .filter(({ long, short }) => long.length > 0 && short.length > 0)
    return planOptions({
      accounts,
      isFlipped,
      pairing: groups.length === 0 ? { kind: 'config_order' } : { kind: 'groups', groups },
      market: btcMarket({ minBaseSize: dec(0), minNotionalUsd: dec(0) }),
    })
  })

describe('with an untouched venue after open', () => {
  it('finds exactly the hedges that open made; where a disabled account shifts the pairs, no wrong ones', () => {
    fc.assert(
      fc.property(anyOpening, (options) => {
        const { hedges } = planHedges(options)
        const holdings = standing(hedges)
        const plan = planAdoption({
          market: options.market,
          pairing: options.pairing,
          accounts: options.accounts.map((each) => adoptionAccount(each, holdings[each.name])),
        })
        const wanted = hedges.map(({ name, legs }) => {
          const sizes = legs.map(
            ({ account, side, plannedBase }) =>
              `${side === 'long' ? '+' : '-'}${plannedBase.toFixed()} ${account}`,
          )
          return `${name}: ${sizes.join(', ')}`
        })
        const codes = new Set(plan.leftOut.map(({ code }) => code))
        if (options.accounts.some(({ isEnabled }) => !isEnabled)) {
          expect(wanted).toEqual(expect.arrayContaining([...adoptedTexts(plan)]))
          const isUnsure = codes.has('ambiguous') || codes.has('partner_unknown')
          expect(plan.hedges.length === wanted.length || isUnsure).toBe(true)
          return
        }
        expect(adoptedTexts(plan)).toEqual(wanted)
        expect([...codes].every((code) => code === 'flat' || code === 'disabled')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

const KINDS = ['flat', 'ours', 'ours', 'ours', 'foreign', 'mixed', 'unknown', 'taken'] as const

const anyHolding: fc.Arbitrary<Partial<AdoptionAccount>> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    ticks: fc.constantFrom(-500, -400, 400, 500),
    at: fc.constantFrom(0, 4_000, 60_000),
    down: fc.constantFrom(undefined, 90_000, 91_000),
    up: fc.constantFrom(undefined, 110_000),
    isEnabled: fc.constantFrom(true, true, true, true, false),
  })
  .map(({ kind, ticks, at, down, up, isEnabled }): Partial<AdoptionAccount> => {
    const base = dec(ticks).div(100_000)
    const side = ticks < 0 ? 'sell' : 'buy'
    const stops = { ...(down && { down }), ...(up && { up }) }
    const ours = { ...ownHolding(base.toFixed(), { at, stops }), isEnabled }
    const foreign = (size: string) => venueFill(`${side} ${size} ${at}`, { clientOrderIndex: 12 })
    switch (kind) {
      case 'flat':
        return { isEnabled }
      case 'foreign':
        return {
          ...ours,
          fills: known([foreign(base.abs().toFixed())], 0),
          liveOrders: known([], 0),
        }
      case 'mixed':
        return {
          ...ours,
          fills: known(
            [venueFill(`${side} 0.001 0`), foreign(base.abs().minus('0.001').toFixed())],
            0,
          ),
        }
      case 'unknown':
        return { ...ours, position: unknown('no socket') }
      case 'taken':
        return { ...ours, takenBy: { name: 'hedge h1', marketIndex: 1 } }
      case 'ours':
        return ours
    }
  })

describe('every adoption', () => {
  const names = 'abcdefgh'
  const property = (check: (facts: ReturnType<typeof adoptionFacts>) => void) =>
    fc.assert(
      fc.property(
        fc.array(anyHolding, { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        (holdings, isGrouped) =>
          check(
            adoptionFacts(
              names,
              Object.fromEntries(holdings.map((holding, at) => [names[at] ?? '', holding])),
              isGrouped
                ? {
                    pairing: {
                      kind: 'groups',
                      groups: [planGroup('g', 'ab/cd'), planGroup('k', 'e/fg')],
                    },
                  }
                : {},
            ),
          ),
      ),
      { numRuns: 500 },
    )

  it('has each account in one hedge or left out with a reason, never both', () => {
    property((facts) => {
      const { hedges, leftOut } = planAdoption(facts)
      const seen = [
        ...hedges.flatMap(({ legs }) => legs.map(({ account }) => account.name)),
        ...leftOut.map(({ account }) => account),
      ]
      expect(seen.toSorted()).toEqual(planAccounts(names).map(({ name }) => name))
      for (const { reason } of leftOut) expect(reason).not.toBe('')
    })
  })

  it('never plans more than a position has, and always as much on both sides', () => {
    property((facts) => {
      for (const { legs, isEven } of planAdoption(facts).hedges) {
        for (const leg of legs) expect(leg.plannedBase.lte(leg.baseSize)).toBe(true)
        const net = sumDec(legs.map((leg) => signedBase(leg.side, leg.plannedBase)))
        expect(net.isZero()).toBe(true)
        if (isEven) for (const leg of legs) expect(leg.plannedBase.eq(leg.baseSize)).toBe(true)
      }
    })
  })

  it('takes nothing that is not wholly ours, not known, switched off or taken', () => {
    property((facts) => {
      for (const { account, fills } of planAdoption(facts).hedges.flatMap(({ legs }) => legs)) {
        expect(account).toMatchObject({ isEnabled: true, takenBy: undefined })
        expect(account.position.isKnown).toBe(true)
        expect(fills?.some((fill) => fill.clientOrderIndex === 12)).toBe(false)
      }
    })
  })

  it('shrinks nothing while something of a possible partner is not known', () => {
    property((facts) => {
      const { hedges, leftOut } = planAdoption(facts)
      for (const hedge of hedges.filter(({ isEven, name }) => !isEven && name === 'g')) {
        const members = new Set(hedge.legs.map(({ account }) => account.name))
        const absent = leftOut.filter(
          ({ account }) => 'abcd'.includes(account) && !members.has(account),
        )
        expect(absent.every(({ code }) => code === 'flat' || code === 'in_hedge')).toBe(true)
      }
    })
  })
})
