import { describe, expect, it } from 'vitest'
import { known, unknown } from '../../src/hedge/known.ts'
import type { PlannedLeg } from '../../src/hedge/plan.ts'
import type { PreflightAccount, PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import {
  otherCrossPositions,
  plannedLiquidationPrice,
  stopPoints,
} from '../../src/hedge/stop-points.ts'
import { btcMarket, dec, ethMarket } from './sample-market.ts'
import {
  accountView,
  codesOf,
  positionsOf,
  preflightAccount,
  preflightFacts,
  riskPolicy,
  venuePosition,
} from './sample-preflight.ts'

const MARK = dec(100_000)
const leg = (changes: Partial<PlannedLeg> = {}): PlannedLeg => ({
  account: 'alice',
  accountIndex: 97,
  apiKeyIndex: 4,
  side: 'long',
  plannedBase: dec('0.01'),
  leverage: dec(10),
  ...changes,
})
const collateral = (usd: number, changes = {}) => ({
  view: accountView({
    balances: known(
      {
        collateralUsd: dec(usd),
        portfolioUsd: dec(usd),
        availableUsd: dec(usd),
        marginUsagePct: dec(0),
      },
      1,
    ),
    ...changes,
  }),
})
const pointsOf = (
  account: Partial<PreflightAccount> = {},
  planned: Partial<PlannedLeg> = {},
  facts: Partial<PreflightFacts> = {},
) =>
  stopPoints(
    { leg: leg(planned), account: preflightAccount('alice', account) },
    preflightFacts(facts),
  )
const liquidationOf = (
  account: Partial<PreflightAccount>,
  planned: Partial<PlannedLeg> = {},
  facts: Partial<PreflightFacts> = {},
) =>
  plannedLiquidationPrice(
    { leg: leg(planned), account: preflightAccount('alice', account) },
    preflightFacts(facts),
    MARK,
  )?.toString()

describe('the stop of a planned leg', () => {
  it('is good when it comes before liquidation', () => {
    const points = pointsOf(collateral(500))
    expect(codesOf(points)).toEqual(['stop ok'])
    expect(points[0]?.message).toBe(
      'alice: the stop at 90000, on the exchange at 88000; liquidation 50607.3',
    )
  })

  it('has no price on the exchange when that is switched off', () => {
    const policy = riskPolicy({ isExchangeStopOn: false })
    expect(pointsOf(collateral(500), {}, { policy })[0]?.message).not.toContain('exchange')
  })

  it('says none when nothing liquidates it', () => {
    expect(pointsOf(collateral(1000))[0]?.message).toContain('liquidation none')
  })

  it('is judged for shorts upwards', () => {
    const points = pointsOf(collateral(500), { side: 'short' })
    expect(codesOf(points)).toEqual(['stop ok'])
    expect(points[0]?.message).toContain('the stop at 110000, on the exchange at 112000')
  })

  it.each(['long', 'short'] as const)('of a %s warns when liquidation comes first', (side) => {
    const points = pointsOf(collateral(60), { side })
    expect(codesOf(points)).toEqual(['liquidation_before_stop warning'])
    expect(points[0]?.hint).toContain('stop_loss_threshold')
  })

  it('warns of liquidation before a stop that no price reaches', () => {
    const points = pointsOf(collateral(60), { plannedBase: dec('0.001') })
    expect(codesOf(points)).toEqual(['liquidation_before_stop warning'])
    expect(points[0]?.message).toContain('before the stop, which no price reaches')
  })

  it('warns once that the sample of the documentation can reach neither', () => {
    const points = pointsOf(collateral(1000), { plannedBase: dec('0.001') })
    expect(codesOf(points)).toEqual(['stop_not_reachable warning'])
  })

  it('warns when the slippage of the opening alone could trigger it', () => {
    const policy = riskPolicy({ stopLossUsd: dec(5) })
    expect(codesOf(pointsOf(collateral(500), {}, { policy }))).toEqual([
      'stop_inside_slippage warning',
    ])
    const wider = riskPolicy({ stopLossUsd: dec('5.1') })
    expect(codesOf(pointsOf(collateral(500), {}, { policy: wider }))).toEqual(['stop ok'])
  })

  it.each(['long', 'short'] as const)(
    'of a %s is refused without room before liquidation',
    (side) => {
      const near = collateral(18)
      expect(codesOf(pointsOf(near, { side }))).toEqual(['liquidation_too_near error'])
      const policy = riskPolicy({ isExchangeStopOn: false })
      expect(codesOf(pointsOf(near, { side }, { policy }))).toEqual([
        'liquidation_too_near warning',
      ])
    },
  )

  it('is left to other findings without a mark', () => {
    const quotes = { mark: undefined, bestBid: dec(1), bestAsk: dec(2) }
    expect(pointsOf({}, {}, { quotes })).toEqual([])
  })

  it('is unknown when the liquidation price is', () => {
    expect(codesOf(pointsOf({ view: accountView({ balances: unknown('no frame') }) }))).toEqual([
      'liquidation_unknown warning',
    ])
  })
})

describe('the liquidation price of a planned leg', () => {
  it('counts the whole collateral in cross mode', () => {
    expect(liquidationOf(collateral(1000))).toBeUndefined()
    expect(Number(liquidationOf(collateral(100)))).toBeCloseTo(91_093.1, 1)
  })

  it('counts the margin of the leg alone in isolated mode', () => {
    const policy = riskPolicy({ marginMode: 'isolated' })
    expect(Number(liquidationOf(collateral(1000), {}, { policy }))).toBeCloseTo(91_093.1, 1)
  })

  it('knows isolated markets and accounts that have set them so', () => {
    const isolatedOnly = { market: btcMarket({ isIsolatedOnly: true }) }
    expect(Number(liquidationOf(collateral(1000), {}, isolatedOnly))).toBeCloseTo(91_093.1, 1)
    const positions = positionsOf(venuePosition('0', { marginMode: 'isolated' }))
    expect(Number(liquidationOf(collateral(1000, { positions })))).toBeCloseTo(91_093.1, 1)
    const cross = { policy: riskPolicy({ marginMode: 'cross' }) }
    expect(liquidationOf(collateral(1000, { positions }), {}, cross)).toBeUndefined()
  })

  it('comes nearer with positions elsewhere', () => {
    const eth = venuePosition('1', {
      marketIndex: 0,
      entryPrice: dec(3000),
      unrealizedPnlUsd: dec(-100),
    })
    // Loses 100 and asks for 1.2 % of 2900.
    const alone = liquidationOf(collateral(500 - 100 - 34.8))
    expect(liquidationOf(collateral(500, { positions: positionsOf(eth) }))).toBe(alone)
  })

  it.each([
    ['the balance', { balances: unknown('no frame') }],
    ['the positions', { positions: unknown('no frame') }],
    [
      'the market of another position',
      { positions: positionsOf(venuePosition('1', { marketIndex: 77 })) },
    ],
  ])('is unknown without %s', (_, changes) => {
    expect(liquidationOf({ view: accountView(changes) })).toBe('unknown')
  })
})

describe('other positions of an account', () => {
  const markets = [btcMarket(), ethMarket()]
  const others = (...rows: ReturnType<typeof venuePosition>[]) =>
    otherCrossPositions({ positions: positionsOf(...rows) }, 1, markets)

  it('are those of other markets, in cross mode and not flat', () => {
    const eth = { marketIndex: 0, entryPrice: dec(3000) }
    expect(others()).toEqual([])
    expect(others(venuePosition('1'))).toEqual([])
    expect(others(venuePosition('0', eth))).toEqual([])
    expect(others(venuePosition('1', { ...eth, marginMode: 'isolated' }))).toEqual([])
    expect(others(venuePosition('1', eth))).toHaveLength(1)
  })

  it('stand at the mark that their floating profit implies', () => {
    const eth = { marketIndex: 0, entryPrice: dec(3000), unrealizedPnlUsd: dec(-100) }
    const [long] = others(venuePosition('2', eth)) ?? []
    expect(long?.mark.toString()).toBe('2950')
    expect(long?.entryQuoteUsd.toString()).toBe('6000')
    const [short] = others(venuePosition('-2', eth)) ?? []
    expect(short?.mark.toString()).toBe('3050')
    expect(short?.entryQuoteUsd.toString()).toBe('6000')
  })
})
