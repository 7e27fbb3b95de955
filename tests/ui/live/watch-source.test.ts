import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HedgeReport } from '../../../src/engine/hedge-report.ts'
import { Dec } from '../../../src/hedge/decimal.ts'
import type { StopState } from '../../../src/hedge/ledger.ts'
import { unknown } from '../../../src/hedge/known.ts'
import { createEventRing } from '../../../src/ui/live/event-ring.ts'
import { wholeView } from '../../../src/ui/live/live-view.ts'
import { sampleHedge, sampleHedges, sampleLeg } from '../sample-hedges.ts'
import { AT_MS, sampleEvent } from './sample-live.ts'
import { sampleMarketView, sampleWatchSource } from './sample-watch.ts'

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, places]) => new Dec(units.toString()).div(new Dec(10).pow(places)))
const leg = fc
  .record({
    unrealizedPnlUsd: maybe(decimal),
    baseSize: maybe(decimal),
    markPrice: maybe(decimal),
    stopState: fc.constantFrom<StopState>('OFF', 'RESTING', 'UNPROTECTED'),
    ageMs: maybe(fc.nat()),
  })
  .map(sampleLeg)
const hedge = fc
  .record({
    legs: fc.array(leg, { maxLength: 3 }),
    unrealizedPnlUsd: maybe(decimal),
    realizedPnlUsd: maybe(decimal),
    netExposureUsd: maybe(decimal),
    fundingPaidUsd: maybe(decimal),
    feesUsd: decimal,
    nakedMs: fc.nat(),
    isExposed: fc.boolean(),
    isUnknown: fc.boolean(),
  })
  .map(sampleHedge)
const hedges = fc
  .array(hedge, { maxLength: 8 })
  .map((list) => list.map((one, at) => ({ ...one, hedgeId: `h${at + 1}` })))

describe('the source of the live table', () => {
  it('shows a hedge as its report has it, with its loss limits', () => {
    const live = sampleWatchSource().hedge('h1')
    expect(live).toMatchObject({
      hedgeId: 'h1',
      name: 'account_1+account_2',
      state: 'open',
      netExposureUsd: '0',
      unrealizedPnlUsd: '-0.0095',
      legGapMs: 3,
      stopState: 'RESTING',
    })
    expect(live?.legs[0]).toMatchObject({
      account: 'account_1',
      baseSize: '0.001',
      markPrice: '97512.1',
      stopPrice: '90123.4',
      stopDistancePct: new Dec('97512.1').minus('90123.4').div('97512.1').times(100).toFixed(),
      ageMs: 420,
      egress: 'proxy_1',
    })
    expect(live?.legs[1]).toMatchObject({ stopPrice: undefined, stopDistancePct: undefined })
  })

  it('lists hedges in the order of the watch and knows no other', () => {
    const source = sampleWatchSource()
    expect(source.entries().map(({ hedgeId, legs }) => [hedgeId, legs])).toEqual([
      ['h1', 2],
      ['h2', 2],
      ['h3', 2],
    ])
    expect(source.hedge('h9')).toBe(undefined)
  })

  it('leaves unknown what is unknown, also the distance to a limit without a mark', () => {
    const live = sampleWatchSource().hedge('h3')
    expect(live?.legs[0]).toMatchObject({
      baseSize: undefined,
      markPrice: undefined,
      stopPrice: '90123.4',
      stopDistancePct: undefined,
      ageMs: undefined,
    })
    expect(sampleWatchSource().summary().totals).toMatchObject({
      netExposureUsd: undefined,
      unrealizedPnlUsd: undefined,
      exposed: 1,
      unprotected: 1,
      unknown: 1,
    })
  })

  it('says how old marks are, and nothing when there are none', () => {
    const summary = sampleWatchSource().summary()
    expect(summary.markets).toEqual([
      {
        symbol: 'BTC',
        markPrice: '97512.1',
        markAgeMs: 412,
        bestBid: '97512',
        bestAsk: '97512.2',
      },
    ])
    const view = {
      ...sampleMarketView(AT_MS),
      mark: unknown('no frame'),
      bids: unknown('no frame'),
    }
    const dark = sampleWatchSource([], { markets: () => [{ symbol: 'BTC', view }] }).summary()
    expect(dark.markets[0]).toMatchObject({
      markPrice: undefined,
      markAgeMs: undefined,
      bestBid: undefined,
      bestAsk: '97512.2',
    })
  })

  it('never shows a mark from the future as younger than now', () => {
    const markets = () => [{ symbol: 'BTC', view: sampleMarketView(AT_MS + 700) }]
    expect(sampleWatchSource([], { markets }).summary().markets[0]?.markAgeMs).toBe(0)
  })

  it('carries budgets, events and the pause into the summary', () => {
    const summary = sampleWatchSource(sampleHedges(), { isOpeningPaused: () => true }).summary()
    expect(summary).toMatchObject({
      atMs: AT_MS,
      network: 'testnet',
      budgets: [{ owner: 'owner_1', left: 41, limit: 60 }],
      events: [sampleEvent()],
      isOpeningPaused: true,
      staleAfterMs: 5000,
    })
  })

  it('adds up all hedges, in view or not; an unknown part makes a sum unknown', () => {
    fc.assert(
      fc.property(hedges, (list) => {
        const { totals } = sampleWatchSource(list).summary()
        const wanted = (pick: (report: HedgeReport) => Dec | undefined) => {
          const values = list.map(pick)
          if (values.includes(undefined)) return undefined
          return values.reduce<Dec>((sum, value) => sum.plus(value ?? 0), new Dec(0)).toFixed()
        }
        expect(totals).toEqual({
          hedges: list.length,
          open: list.length,
          unrealizedPnlUsd: wanted((report) => report.unrealizedPnlUsd),
          realizedPnlUsd: wanted((report) => report.realizedPnlUsd),
          fundingPaidUsd: wanted((report) => report.fundingPaidUsd),
          feesUsd: wanted((report) => report.feesUsd),
          netExposureUsd: wanted((report) => report.netExposureUsd),
          nakedMs: Math.max(0, ...list.map((report) => report.nakedMs)),
          exposed: list.filter((report) => report.isExposed).length,
          unprotected: list
            .flatMap((report) => report.legs)
            .filter((one) => one.stopState === 'UNPROTECTED').length,
          unknown: list.filter((report) => report.isUnknown).length,
        })
      }),
    )
  })

  it('is plain data without exponents, which a thread border can carry', () => {
    fc.assert(
      fc.property(hedges, (list) => {
        const view = wholeView(sampleWatchSource(list))
        expect(structuredClone(view)).toEqual(view)
        expect(JSON.stringify(view)).not.toMatch(/"-?\d+(?:\.\d+)?e[+-]?\d+"/)
      }),
    )
  })
})

describe('the story', () => {
  it('keeps the newest events and no more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(60), (most, count) => {
        const ring = createEventRing(most)
        const all = Array.from({ length: count }, (_, at) => sampleEvent({ message: String(at) }))
        for (const event of all) ring.add(event)
        expect(ring.list()).toEqual(all.slice(-most))
      }),
    )
  })
})
