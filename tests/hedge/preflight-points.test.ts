import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import { planHedges } from '../../src/hedge/plan.ts'
import { mayOpen, pointOfError, preflightPoints } from '../../src/hedge/preflight-points.ts'
import type { PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { planAccounts, planOptions } from './sample-accounts.ts'
import { dec } from './sample-market.ts'
import {
  accountView,
  codesOf,
  pointOf,
  preflightAccount,
  preflightFacts,
  venueOrder,
} from './sample-preflight.ts'

const { hedges } = planHedges(
  planOptions({ accounts: planAccounts('ab'), sizeOverrideBase: dec('0.01') }),
)
const factsOf = (changes: Partial<PreflightFacts> = {}) =>
  preflightFacts({
    hedges,
    accounts: [preflightAccount('a'), preflightAccount('b', { path: 'api_credentials[1]' })],
    budgets: [{ bucket: 'owner 0x15f4', unitsLeft: 60, unitsNeeded: 12 }],
    ...changes,
  })

describe('the findings before an opening', () => {
  it('are all good when nothing speaks against it', () => {
    const points = preflightPoints(factsOf())
    const ofAccount = ['account', 'key', 'position', 'tier', 'orders', 'margin', 'stop']
    expect(points.map((point) => point.code)).toEqual([
      'market',
      'clock',
      'budget',
      ...ofAccount,
      ...ofAccount,
    ])
    expect(mayOpen(points)).toBe(true)
    expect(points.every((point) => point.level === 'ok')).toBe(true)
  })

  it('judge margin and stop only of accounts that are in the plan', () => {
    const codes = codesOf(preflightPoints(factsOf({ hedges: [] })))
    expect(codes).not.toContain('margin ok')
    expect(codes).not.toContain('stop ok')
    expect(codes).toContain('orders ok')
  })

  it('guard against resting orders of accounts that are not in the plan, too', () => {
    const view = accountView({ liveOrders: known([venueOrder('7 sell @ 100100')], 1) })
    const facts = factsOf()
    const accounts = [...facts.accounts, preflightAccount('z', { view })]
    const points = preflightPoints({ ...facts, accounts })
    expect(pointOf(points, 'resting_order_inside_band').message.startsWith('z: ')).toBe(true)
    expect(mayOpen(points)).toBe(false)
  })

  it('refuse an account that is in a live hedge already', () => {
    const facts = factsOf({
      accounts: [preflightAccount('a', { liveHedgeId: 'h7' }), preflightAccount('b')],
    })
    const point = pointOf(preflightPoints(facts), 'account_in_live_hedge')
    expect(point).toMatchObject({ level: 'error', message: 'a: is in hedge h7 already' })
  })

  it('refuse a leg about whose account nothing was read', () => {
    const points = preflightPoints(factsOf({ accounts: [preflightAccount('a')] }))
    expect(pointOf(points, 'account_not_checked').message).toContain('"b"')
    expect(mayOpen(points)).toBe(false)
  })

  it.each<[string, Partial<PreflightFacts>]>([
    ['facts', { accounts: [preflightAccount('a', { facts: unknown('x') })] }],
    ['the key', { accounts: [preflightAccount('a', { registeredKey: unknown('x') })] }],
    [
      'positions',
      { accounts: [preflightAccount('a', { view: accountView({ positions: unknown('x') }) })] },
    ],
    [
      'orders',
      { accounts: [preflightAccount('a', { view: accountView({ liveOrders: unknown('x') }) })] },
    ],
    ['the clock', { clockOffsetMs: unknown('x') }],
    ['mark', { quotes: { mark: undefined, bestBid: undefined, bestAsk: undefined } }],
  ])('never allow opening while %s could not be read', (_, changes) => {
    expect(mayOpen(preflightPoints(factsOf({ hedges: [], ...changes })))).toBe(false)
  })

  it('allow opening with warnings', () => {
    const accounts = [preflightAccount('a', { apiKeyIndex: 2 })]
    const points = preflightPoints(factsOf({ hedges: [], accounts }))
    expect(codesOf(points)).toContain('key_index_reserved warning')
    expect(mayOpen(points)).toBe(true)
  })

  it('have a snake_case code, a path and one sentence each', () => {
    const facts = factsOf({
      clockOffsetMs: unknown('no answer'),
      leverage: dec(99),
      accounts: [
        preflightAccount('a', { facts: unknown('x'), registeredKey: known('other', 1) }),
        preflightAccount('b', { view: accountView({ balances: unknown('x') }) }),
      ],
    })
    for (const point of preflightPoints(facts)) {
      expect(point.code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(point.path).not.toBe('')
      expect(point.message).not.toMatch(/\n|undefined|\[object/)
    }
  })
})

describe('a refusal of the plan', () => {
  it('becomes a finding with its own code and hint', () => {
    const error = new HedgebotError('config', 'too small', {
      code: 'size_below_minimum',
      hint: 'more',
    })
    expect(pointOfError(error, 'position_size')).toEqual({
      code: 'size_below_minimum',
      level: 'error',
      path: 'position_size',
      message: 'too small',
      hint: 'more',
    })
  })
})
