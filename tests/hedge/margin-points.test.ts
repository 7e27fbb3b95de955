import { describe, expect, it } from 'vitest'
import { known, unknown } from '../../src/hedge/known.ts'
import { marginPoints } from '../../src/hedge/margin-points.ts'
import type { PlannedLeg } from '../../src/hedge/plan.ts'
import type { PreflightAccount, PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { btcMarket, dec } from './sample-market.ts'
import { accountView, codesOf, preflightAccount, preflightFacts } from './sample-preflight.ts'

const leg = (changes: Partial<PlannedLeg> = {}): PlannedLeg => ({
  account: 'alice',
  accountIndex: 97,
  apiKeyIndex: 4,
  side: 'long',
  plannedBase: dec('0.001'),
  leverage: dec(10),
  ...changes,
})
const available = (usd: string) =>
  accountView({
    balances: known(
      {
        collateralUsd: dec(usd),
        portfolioUsd: dec(usd),
        availableUsd: dec(usd),
        marginUsagePct: dec(0),
      },
      1,
    ),
  })
const pointsOf = (
  account: Partial<PreflightAccount>,
  planned: Partial<PlannedLeg> = {},
  facts: Partial<PreflightFacts> = {},
) =>
  marginPoints(
    { leg: leg(planned), account: preflightAccount('alice', account) },
    preflightFacts(facts),
  )

describe('the margin of a planned leg', () => {
  it('is a tenth of the notional and the slippage', () => {
    const points = pointsOf({ view: available('10.5') })
    expect(codesOf(points)).toEqual(['margin ok'])
    expect(points[0]?.message).toBe('alice: the leg needs 10.50 USD, 10.50 are available')
  })

  it('is short by a cent', () => {
    const points = pointsOf({ view: available('10.499999') })
    expect(codesOf(points)).toEqual(['margin_short error'])
    expect(points[0]?.message).toBe('alice: the leg needs 10.50 USD, 10.49 are available')
    expect(points[0]?.hint).toContain('deposit')
  })

  it('counts the taker fee of the account', () => {
    const tier = known({ name: 'premium', takerFeeFraction: dec('0.00028') }, 1)
    expect(codesOf(pointsOf({ view: available('10.5'), tier }))).toEqual(['margin_short error'])
    expect(codesOf(pointsOf({ view: available('10.53'), tier }))).toEqual(['margin ok'])
  })

  it('is the least that is needed while the fee is unknown', () => {
    const tier = unknown('no token')
    expect(codesOf(pointsOf({ view: available('10.5'), tier }))).toEqual(['margin ok'])
    expect(codesOf(pointsOf({ view: available('10.4'), tier }))).toEqual(['margin_short error'])
  })

  it('is that of its own leverage and of its own side', () => {
    expect(codesOf(pointsOf({ view: available('5.5') }, { leverage: dec(20) }))).toEqual([
      'margin ok',
    ])
    expect(codesOf(pointsOf({ view: available('10.5') }, { side: 'short' }))).toEqual(['margin ok'])
  })

  it('is unknown without a balance or a mark', () => {
    expect(codesOf(pointsOf({ view: accountView({ balances: unknown('no frame') }) }))).toEqual([
      'balance_unknown error',
    ])
    const quotes = { mark: undefined, bestBid: dec(1), bestAsk: dec(2) }
    expect(codesOf(pointsOf({}, {}, { quotes }))).toEqual(['margin_unknown error'])
  })

  it('does not hide a mistake of ours', () => {
    const market = { ...btcMarket(), priceDecimals: -1 }
    expect(() => pointsOf({}, {}, { market })).toThrow('Invalid argument')
  })
})
