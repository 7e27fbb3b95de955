import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { venuePoints } from '../../src/hedge/venue-points.ts'
import { btcMarket, dec } from './sample-market.ts'
import { codesOf, pointOf, preflightFacts, riskPolicy } from './sample-preflight.ts'

const pointsOf = (changes: Partial<PreflightFacts> = {}) => venuePoints(preflightFacts(changes))

describe('findings about the venue', () => {
  it('are two good ones when all is well', () => {
    const points = pointsOf()
    expect(codesOf(points)).toEqual(['market ok', 'clock ok'])
    expect(points[0]?.message).toBe('BTC is open, leverage 10 is allowed')
    expect(points[0]?.path).toBe('trading_pair')
  })

  it.each<[string, string, Partial<PreflightFacts>]>([
    ['market_inactive error', 'trading_pair', { market: btcMarket({ isActive: false }) }],
    [
      'market_reduce_only error',
      'trading_pair',
      { market: btcMarket({ isForceReduceOnly: true }) },
    ],
    ['leverage_above_market error', 'leverage', { leverage: dec(60) }],
    [
      'mark_unknown error',
      'trading_pair',
      { quotes: { mark: undefined, bestBid: dec(1), bestAsk: dec(2) } },
    ],
    [
      'market_isolated_only warning',
      'risk.margin_mode',
      { market: btcMarket({ isIsolatedOnly: true }) },
    ],
    [
      'market_isolated_only error',
      'risk.margin_mode',
      {
        market: btcMarket({ isIsolatedOnly: true }),
        policy: riskPolicy({ marginMode: 'cross' }),
      },
    ],
  ])('say %s at %s', (code, path, changes) => {
    const points = pointsOf(changes)
    expect(codesOf(points)).toEqual([code, 'clock ok'])
    expect(points[0]?.path).toBe(path)
  })

  it('do not mind an isolated market with isolated margin', () => {
    const market = btcMarket({ isIsolatedOnly: true })
    const policy = riskPolicy({ marginMode: 'isolated' })
    expect(codesOf(pointsOf({ market, policy }))).toContain('market ok')
  })

  it('are all said at once', () => {
    const market = btcMarket({ isActive: false, isIsolatedOnly: true })
    const codes = codesOf(
      pointsOf({ market, leverage: dec(99), clockOffsetMs: unknown('no answer') }),
    )
    expect(codes).toEqual([
      'market_inactive error',
      'leverage_above_market error',
      'market_isolated_only warning',
      'clock_unknown error',
    ])
  })

  it('carry the hint of the refusal', () => {
    expect(pointOf(pointsOf({ leverage: dec(60) }), 'leverage_above_market').hint).toBe(
      'set leverage to 50 or less',
    )
  })

  it('let a mistake of ours through instead of reporting it as a finding', () => {
    const leverage = undefined as unknown as PreflightFacts['leverage']
    expect(() => pointsOf({ leverage })).toThrow(TypeError)
  })

  it('let a failed assertion through', () => {
    const bug = new HedgebotError('bug', 'assertion failed', { code: 'assertion_failed' })
    const market = btcMarket()
    Object.defineProperty(market, 'isActive', {
      get() {
        throw bug
      },
    })
    expect(() => pointsOf({ market })).toThrow(bug)
  })
})

describe('the clock', () => {
  it.each([
    [2000, 'clock ok'],
    [-2000, 'clock ok'],
    [2001, 'clock_offset error'],
    [-2001, 'clock_offset error'],
  ])('%i ms off is %s', (offset, code) => {
    expect(codesOf(pointsOf({ clockOffsetMs: known(offset, 1) }))).toContain(code)
  })

  it('says which way it is off', () => {
    const messageAt = (offset: number) =>
      pointOf(pointsOf({ clockOffsetMs: known(offset, 1) }), 'clock_offset').message
    expect(messageAt(5000)).toBe("this clock is 5000 ms behind the venue's, more than 2000 ms")
    expect(messageAt(-5000)).toContain('ahead of')
  })

  it('that could not be compared is an error with the reason', () => {
    const point = pointOf(pointsOf({ clockOffsetMs: unknown('no answer yet') }), 'clock_unknown')
    expect(point.message).toContain('no answer yet')
  })
})

describe('the request budget', () => {
  const budget = (unitsLeft: number, unitsNeeded: number) => ({
    bucket: 'owner 0x15f4',
    unitsLeft,
    unitsNeeded,
  })

  it('is judged bucket by bucket', () => {
    const points = pointsOf({ budgets: [budget(12, 12), budget(11, 12)] })
    expect(codesOf(points).slice(2)).toEqual(['budget ok', 'budget_short warning'])
    expect(pointOf(points, 'budget_short').message).toBe(
      '11 requests are left for owner 0x15f4 in this minute, 12 are needed',
    )
    expect(pointOf(points, 'budget_short').hint).toBeDefined()
  })
})
