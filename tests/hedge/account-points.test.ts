import { describe, expect, it } from 'vitest'
import { accountPoints } from '../../src/hedge/account-points.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { PreflightAccount, PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { dec } from './sample-market.ts'
import {
  accountView,
  codesOf,
  pointOf,
  positionsOf,
  preflightAccount,
  preflightFacts,
  riskPolicy,
  venuePosition,
} from './sample-preflight.ts'

const OWNER = '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A'
const pointsOf = (changes: Partial<PreflightAccount> = {}, facts: Partial<PreflightFacts> = {}) =>
  accountPoints(preflightAccount('alice', changes), preflightFacts(facts))
const withFacts = (changes: object): Partial<PreflightAccount> => ({
  facts: known(
    { ownerAddress: OWNER, isActive: true, tradingMode: 0, cancelAllAtMs: undefined, ...changes },
    1,
  ),
})
const worst = (changes: Partial<PreflightAccount>, facts: Partial<PreflightFacts> = {}) =>
  codesOf(pointsOf(changes, facts)).filter((code) => !code.endsWith(' ok'))

describe('findings about an account', () => {
  it('are one good one of each kind when all is well', () => {
    const points = pointsOf()
    expect(codesOf(points)).toEqual(['account ok', 'key ok', 'position ok', 'tier ok'])
    expect(points.every((point) => point.message.startsWith('alice: '))).toBe(true)
    expect(points.every((point) => point.path === 'api_credentials[0]')).toBe(true)
    expect(points[0]?.message).toBe(`alice: account 97 of ${OWNER}`)
  })
})

describe('identity', () => {
  it('that could not be read is an error with the reason', () => {
    const points = pointsOf({ facts: unknown('the proxy refused') })
    expect(pointOf(points, 'account_unreadable').message).toContain('the proxy refused')
    expect(codesOf(points)).not.toContain('account ok')
  })

  it('is refused while the account is not active', () => {
    expect(worst(withFacts({ isActive: false }))).toEqual(['account_inactive error'])
  })

  it('compares the owner without regard to upper and lower case', () => {
    expect(worst({ configuredOwner: OWNER.toUpperCase().replace('0X', '0x') })).toEqual([])
    const other = '0x0000000000000000000000000000000000000001'
    const point = pointOf(pointsOf({ configuredOwner: other }), 'owner_differs')
    expect(point.level).toBe('error')
    expect(point.message).toContain(OWNER)
    expect(point.message).toContain(other)
  })

  it('says both when the account is inactive and another owner has it', () => {
    expect(worst({ ...withFacts({ isActive: false }), configuredOwner: '0x1' })).toEqual([
      'account_inactive error',
      'owner_differs error',
    ])
  })
})

describe('keys', () => {
  it.each([
    ['empty', 'key_not_registered error'],
    ['other', 'key_differs error'],
  ] as const)('registered: %s is %s', (value, code) => {
    const changes = { registeredKey: known(value, 1) }
    expect(worst(changes)).toEqual([code])
    expect(pointOf(pointsOf(changes), code.split(' ')[0] ?? '').hint).toContain('accounts register')
  })

  it('that could not be read are an error', () => {
    expect(worst({ registeredKey: unknown('429') })).toEqual(['key_unknown error'])
  })

  it.each([0, 3])('on index %i are the apps of the venue', (apiKeyIndex) => {
    expect(worst({ apiKeyIndex })).toEqual(['key_index_reserved warning'])
  })

  it.each([4, 254])('on index %i are fine', (apiKeyIndex) => {
    expect(worst({ apiKeyIndex })).toEqual([])
  })

  it('that may only make cannot open legs', () => {
    expect(worst({ isMakerOnlyKey: true })).toEqual(['key_maker_only error'])
    expect(worst({ isMakerOnlyKey: false })).toEqual([])
  })
})

describe('modes', () => {
  it('a dead-man switch forbids opening while stops rest on the exchange', () => {
    const armed = withFacts({ cancelAllAtMs: 1_800_000_000_000 })
    expect(worst(armed)).toEqual(['dead_man_switch error'])
    const policy = riskPolicy({ isExchangeStopOn: false })
    expect(worst(armed, { policy })).toEqual(['dead_man_switch warning'])
  })

  it('unified mode is a warning, an unknown mode an error', () => {
    expect(worst(withFacts({ tradingMode: 1 }))).toEqual(['trading_mode_unified warning'])
    expect(worst(withFacts({ tradingMode: 2 }))).toEqual(['trading_mode_unknown error'])
  })
})

describe('positions', () => {
  const holding = (signedBase: string, changes = {}) => ({
    view: accountView({ positions: positionsOf(venuePosition(signedBase, changes)) }),
  })

  it('that no hedge explains are left alone and not opened on', () => {
    const point = pointOf(pointsOf(holding('-0.002')), 'position_foreign')
    expect(point.level).toBe('error')
    expect(point.message).toContain('-0.002 BTC')
  })

  it('of a live hedge are expected', () => {
    const points = pointsOf({ ...holding('-0.002'), liveHedgeId: 'h3' })
    expect(pointOf(points, 'position').message).toBe('alice: holds -0.002 BTC in hedge h3')
    expect(pointOf(pointsOf({ liveHedgeId: 'h3' }), 'position').message).toContain('holds 0 BTC')
  })

  it('with a row of zero are none', () => {
    expect(worst(holding('0'))).toEqual([])
  })

  it('that are behind their fills count as unsettled, even at zero', () => {
    expect(worst(holding('0', { isSettled: false }))).toEqual(['position_unsettled error'])
  })

  it('that could not be read are not flat', () => {
    const points = pointsOf({ view: accountView({ positions: unknown('socket closed') }) })
    expect(pointOf(points, 'position_unknown').message).toContain('socket closed')
    expect(codesOf(points)).not.toContain('position ok')
  })

  it('in other markets are mentioned, with their number', () => {
    const elsewhere = (marketIndex: number) => venuePosition('1', { marketIndex })
    const view = (...markets: number[]) => ({
      view: accountView({ positions: positionsOf(...markets.map(elsewhere)) }),
    })
    expect(worst(view(0))).toEqual(['other_positions warning'])
    expect(pointOf(pointsOf(view(0)), 'other_positions').message).toContain('1 other market')
    expect(pointOf(pointsOf(view(0, 2)), 'other_positions').message).toContain('2 other markets')
    const flat = venuePosition('0', { marketIndex: 0 })
    expect(worst({ view: accountView({ positions: positionsOf(flat) }) })).toEqual([])
  })

  it('in other markets are mentioned beside whatever is wrong here', () => {
    const elsewhere = venuePosition('1', { marketIndex: 0 })
    const withHere = (here: ReturnType<typeof venuePosition>) =>
      worst({ view: accountView({ positions: positionsOf(here, elsewhere) }) })
    expect(withHere(venuePosition('1'))).toEqual([
      'other_positions warning',
      'position_foreign error',
    ])
    expect(withHere(venuePosition('1', { isSettled: false }))).toEqual([
      'other_positions warning',
      'position_unsettled error',
    ])
  })
})

describe('tiers', () => {
  it('show their fee', () => {
    const tier = known({ name: 'builder', takerFeeFraction: dec('0.00028') }, 1)
    expect(pointOf(pointsOf({ tier }), 'tier').message).toBe(
      'alice: tier builder, taker fee 0.028 %',
    )
  })

  it.each(['premium', 'Plus'])('%s counts orders against a volume quota', (name) => {
    const tier = known({ name, takerFeeFraction: dec(0) }, 1)
    expect(worst({ tier })).toEqual(['volume_quota warning'])
  })

  it('that could not be read are said, since fees are missing then', () => {
    expect(worst({ tier: unknown('no token') })).toEqual(['tier_unknown warning'])
  })
})
