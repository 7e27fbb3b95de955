/**
 * The figures of one hedge from its plan to its end: what the parts say must fit together.
 * @module
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import { sumDec } from '../../src/hedge/decimal.ts'
import { known } from '../../src/hedge/known.ts'
import type { LedgerFill } from '../../src/hedge/ledger.ts'
import { initialMarginFractionAt, liquidationPrice } from '../../src/hedge/margin.ts'
import { measureFills } from '../../src/hedge/measure-fills.ts'
import type { PlannedHedge, PlannedLeg } from '../../src/hedge/plan.ts'
import { planHedges } from '../../src/hedge/plan.ts'
import {
  applyFills,
  hedgeUnrealizedPnlUsd,
  netExposure,
  unrealizedPnlUsd,
} from '../../src/hedge/pnl.ts'
import { openingPrice } from '../../src/hedge/prices.ts'
import { closingSide, openingSide, signedBase } from '../../src/hedge/side.ts'
import type { StopLeg } from '../../src/hedge/stops.ts'
import { legStopPrices, lossAt, lossPrice, stopLevels } from '../../src/hedge/stops.ts'
import { planAccounts, planGroup, planOptions } from './sample-accounts.ts'
import { ledgerFill } from './sample-fills.ts'
import { anyDec, btcMarket, dec } from './sample-market.ts'

const MARKET = btcMarket()
const MARK = dec(100_000)

/** One hedge of up to five longs against up to five shorts, 0.02 BTC for each account of the smaller side. */
const anyHedge: fc.Arbitrary<PlannedHedge> = fc
  .record({
    longs: fc.integer({ min: 1, max: 5 }),
    shorts: fc.integer({ min: 1, max: 5 }),
    isFlipped: fc.boolean(),
  })
  .map(({ longs, shorts, isFlipped }) => {
    const members = `${'abcde'.slice(0, longs)}/${'fghij'.slice(0, shorts)}`
    const [hedge] = planHedges(
      planOptions({
        accounts: planAccounts('abcdefghij'),
        pairing: { kind: 'groups', groups: [planGroup('g', members)] },
        sizeOverrideBase: dec('0.02'),
        isFlipped,
      }),
    ).hedges
    if (hedge === undefined) throw new Error('both sides have accounts')
    return hedge
  })

const positionOf = (leg: PlannedLeg, entryPrice: Dec) => ({
  signedBase: signedBase(leg.side, leg.plannedBase),
  entryPrice,
})
const stopLegOf = (leg: PlannedLeg, entryPrice: Dec, liquidation?: Dec): StopLeg => ({
  account: leg.account,
  side: leg.side,
  baseSize: leg.plannedBase,
  entryPrice,
  liquidationPrice: liquidation,
})
const levelsOf = (legs: readonly StopLeg[], mark = MARK) =>
  stopLevels({
    market: MARKET,
    mark,
    legs,
    stopLossUsd: dec(100),
    exchangeStopPct: dec(120),
    liquidationBufferPct: dec(1),
  })
const fillOf = (leg: PlannedLeg, isOpening: boolean, price: Dec, atMs: number): LedgerFill => {
  const side = isOpening ? openingSide(leg.side) : closingSide(leg.side)
  return ledgerFill(`${leg.accountIndex} ${side} ${leg.plannedBase} @ ${price} ${atMs}`)
}

describe('an open hedge', () => {
  it('has no exposure, and a profit that mark does not move when it was opened at one price', () => {
    fc.assert(
      fc.property(anyHedge, anyDec(50_000, 200_000, 1), (hedge, mark) => {
        const positions = hedge.legs.map((leg) => positionOf(leg, MARK))
        expect(netExposure(positions, mark).absoluteUsd.isZero()).toBe(true)
        const pnl = hedgeUnrealizedPnlUsd(
          positions.map((position) => known(position, 1)),
          known(mark, 1),
        )
        expect(pnl.isKnown && pnl.value.isZero()).toBe(true)
      }),
    )
  })

  it('costs at most the slippage of both sides at the opening', () => {
    fc.assert(
      fc.property(anyHedge, anyDec(0, 5, 1), anyDec(50_000, 200_000, 1), (hedge, pct, mark) => {
        const quotes = { mark, bestBid: undefined, bestAsk: undefined }
        const worst = hedge.legs.map((leg) =>
          positionOf(
            leg,
            openingPrice({
              market: MARKET,
              side: openingSide(leg.side),
              quotes,
              maxSlippagePct: pct,
            }),
          ),
        )
        const pnl = sumDec(worst.map((position) => unrealizedPnlUsd(position, mark)))
        const traded = sumDec(hedge.legs.map((leg) => leg.plannedBase.times(mark)))
        expect(pnl.lte(0)).toBe(true)
        expect(pnl.negated().lte(traded.times(pct).div(100))).toBe(true)
      }),
    )
  })
})

describe('the two lines of defence', () => {
  it('the watcher is asked before the exchange, on the way down and on the way up', () => {
    fc.assert(
      fc.property(anyHedge, (hedge) => {
        const legs = hedge.legs.map((leg) => stopLegOf(leg, MARK))
        const { down, up } = levelsOf(legs)
        const watchers = (side: string) =>
          legs.filter((leg) => leg.side === side).map((leg) => lossPrice(leg, dec(100)))
        const isEarlier = [
          ...watchers('long').map((price) => down === undefined || price.gt(down.triggerPrice)),
          ...watchers('short').map((price) => up === undefined || price.lt(up.triggerPrice)),
        ]
        // Of the first leg to lose; the others come later than it by their size.
        expect(isEarlier.some(Boolean)).toBe(true)
      }),
    )
  })

  it('every leg rests the same two levels, each in its own closing direction', () => {
    fc.assert(
      fc.property(anyHedge, (hedge) => {
        const levels = levelsOf(hedge.legs.map((leg) => stopLegOf(leg, MARK)))
        const prices = hedge.legs.map((leg) => legStopPrices(MARKET, leg.side, levels))
        const distinct = (list: readonly (Dec | undefined)[]) => new Set(list.map(String)).size
        expect(distinct(prices.map((price) => price.down?.triggerPrice))).toBe(1)
        expect(distinct(prices.map((price) => price.up?.triggerPrice))).toBe(1)
        for (const [at, leg] of hedge.legs.entries()) {
          const down = prices[at]?.down
          const isBelow = down === undefined || down.worstPrice.lt(down.triggerPrice)
          expect(isBelow).toBe(down === undefined || leg.side === 'long')
        }
      }),
    )
  })

  it('fire before the venue liquidates a leg, even one without money to spare', () => {
    fc.assert(
      fc.property(anyHedge, fc.integer({ min: 1, max: 40 }), (hedge, leverage) => {
        const fraction = initialMarginFractionAt(MARKET, dec(leverage))
        const legs = hedge.legs.map((leg) => {
          const entryQuoteUsd = leg.plannedBase.times(MARK)
          const liquidation = liquidationPrice(
            {
              signedBase: signedBase(leg.side, leg.plannedBase),
              entryQuoteUsd,
              maintenanceMarginFraction: MARKET.maintenanceMarginFraction,
            },
            entryQuoteUsd.times(fraction),
          )
          return stopLegOf(leg, MARK, liquidation)
        })
        const { down, up } = levelsOf(legs)
        for (const { side, liquidationPrice: price } of legs) {
          const isBefore =
            side === 'long'
              ? price === undefined || down?.triggerPrice.gt(price) === true
              : price === undefined || price.gt(200_000) || up?.triggerPrice.lt(price) === true
          expect(isBefore).toBe(true)
        }
      }),
    )
  })
})

describe('a hedge that was closed', () => {
  it('has lost nothing but spread: gains and losses of its legs cancel', () => {
    fc.assert(
      fc.property(anyHedge, anyDec(50_000, 150_000, 1), (hedge, exit) => {
        const fills = hedge.legs.flatMap((leg, at) => [
          fillOf(leg, true, MARK, 1000 + at),
          fillOf(leg, false, exit, 9000 + at),
        ])
        const balances = hedge.legs.map((leg) =>
          applyFills(fills.filter((fill) => fill.accountIndex === leg.accountIndex)),
        )
        expect(balances.every((balance) => balance.signedBase.isZero())).toBe(true)
        const realized = sumDec(balances.map((balance) => balance.realizedPnlUsd))
        expect(realized.isZero()).toBe(true)
      }),
    )
  })

  it('realises for each leg what its loss at the exit price was', () => {
    fc.assert(
      fc.property(anyHedge, anyDec(50_000, 150_000, 1), (hedge, exit) => {
        for (const leg of hedge.legs) {
          const { realizedPnlUsd } = applyFills([
            fillOf(leg, true, MARK, 1),
            fillOf(leg, false, exit, 2),
          ])
          expect(realizedPnlUsd.plus(lossAt(stopLegOf(leg, MARK), exit)).isZero()).toBe(true)
        }
      }),
    )
  })

  it('was naked for as long as its legs filled one after the other', () => {
    fc.assert(
      fc.property(anyHedge, fc.integer({ min: 0, max: 400 }), (hedge, stepMs) => {
        const fills = hedge.legs.map((leg, at) => fillOf(leg, true, MARK, 1000 + at * stepMs))
        const measured = measureFills({
          fills,
          legs: hedge.legs,
          orders: [],
          toleranceBase: dec(0),
          ownAccountIndices: new Set(),
          untilMs: undefined,
        })
        const gapMs = (hedge.legs.length - 1) * stepMs
        expect(measured.openingGapMs).toBe(gapMs)
        expect(measured.nakedMs).toBe(gapMs)
        expect(measured.isNakedAtEnd).toBe(false)
        expect(measured.legs.every((leg) => leg.averageEntryPrice?.eq(MARK))).toBe(true)
      }),
    )
  })
})
