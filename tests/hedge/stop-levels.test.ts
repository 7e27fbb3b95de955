import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'
import { priceStep } from '../../src/hedge/market.ts'
import type { PnlPosition } from '../../src/hedge/pnl.ts'
import { applyFills, unrealizedPnlUsd } from '../../src/hedge/pnl.ts'
import type { LegStopLevel, StopLadder } from '../../src/hedge/stop-levels.ts'
import {
  addLevel,
  createStopLadder,
  isLost,
  legStopLevel,
  removeLevel,
  stopsHit,
} from '../../src/hedge/stop-levels.ts'
import { anyDec, anyMarket, anyPositiveDec, btcMarket, dec } from './sample-market.ts'

const level = (
  signedBase: Dec | string,
  entryPrice: Dec | string,
  changes: { hedgeId?: string; thresholdUsd?: Dec; market?: MarketInfo } = {},
): LegStopLevel | undefined =>
  legStopLevel({
    hedgeId: 'h1',
    legIndex: 0,
    position: { signedBase: dec(signedBase.toString()), entryPrice: dec(entryPrice.toString()) },
    thresholdUsd: dec(100),
    market: btcMarket(),
    ...changes,
  })
const ladderOf = (...levels: readonly (LegStopLevel | undefined)[]): StopLadder => {
  const ladder = createStopLadder()
  for (const one of levels) if (one !== undefined) addLevel(ladder, one)
  return ladder
}
const hitIds = (ladder: StopLadder, mark: Dec | string): readonly string[] =>
  stopsHit(ladder, dec(mark.toString())).map(({ hedgeId, legIndex }) => `${hedgeId}:${legIndex}`)

interface Case {
  readonly market: MarketInfo
  readonly position: PnlPosition
  readonly thresholdUsd: Dec
}
const anyCase: fc.Arbitrary<Case> = anyMarket.chain((market) =>
  fc.record({
    market: fc.constant(market),
    position: fc.record({
      signedBase: anyDec(-1000, 1000, market.sizeDecimals),
      // The venue's entry is an average: finer than a tick.
      entryPrice: anyPositiveDec(100_000, market.priceDecimals + 3),
    }),
    thresholdUsd: anyPositiveDec(500, 2),
  }),
)
const levelOf = ({ market, position, thresholdUsd }: Case): LegStopLevel | undefined =>
  legStopLevel({ hedgeId: 'h1', legIndex: 0, position, thresholdUsd, market })
const naive = ({ position, thresholdUsd }: Case, mark: Dec): boolean =>
  !position.signedBase.isZero() && unrealizedPnlUsd(position, mark).lte(thresholdUsd.negated())

describe('the level of a leg', () => {
  it.each([
    ['0.01', '100000', '90000'],
    ['-0.01', '100000', '110000'],
    ['0.003', '100000', '66666.6'],
    ['-0.003', '100000', '133333.4'],
    ['0.001', '100000', '0'],
  ])('of %s from %s is %s', (signedBase, entry, trigger) => {
    expect(level(signedBase, entry)?.triggerPrice.toString()).toBe(trigger)
  })

  it('does not exist for a leg that holds nothing', () => {
    expect(level('0', '100000')).toBeUndefined()
    fc.assert(
      fc.property(anyPositiveDec(1000, 2), anyPositiveDec(1000, 2), (entryPrice, mark) => {
        expect(isLost({ signedBase: dec(0), entryPrice }, mark, dec('0.01'))).toBe(false)
      }),
    )
  })

  it('fires at its tick and beyond, never one tick before', () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 1000 }), (one, ticks) => {
        const at = levelOf(one)
        fc.pre(at !== undefined)
        const step = priceStep(one.market)
        const beyond = at.side === 'long' ? step.negated() : step
        const ladder = ladderOf(at)
        expect(stopsHit(ladder, at.triggerPrice)).toEqual([at])
        expect(stopsHit(ladder, at.triggerPrice.plus(beyond.times(ticks)))).toEqual([at])
        expect(stopsHit(ladder, at.triggerPrice.minus(beyond))).toEqual([])
        expect(stopsHit(ladder, at.triggerPrice.minus(beyond.times(ticks)))).toEqual([])
      }),
    )
  })

  it('agrees with the profit and loss at every mark, also one between two ticks', () => {
    fc.assert(
      fc.property(anyCase, anyDec(-3000, 3000, 3), (one, offsetTicks) => {
        const at = levelOf(one)
        const around = at?.triggerPrice ?? one.position.entryPrice
        const mark = around.plus(offsetTicks.div(1000).times(priceStep(one.market)))
        expect(stopsHit(ladderOf(at), mark).length === 1).toBe(naive(one, mark))
      }),
      { numRuns: 500 },
    )
  })

  it('fires exactly at the threshold, at a mark of any fineness', () => {
    expect(hitIds(ladderOf(level('0.01', '100000.05')), '90000.05')).toEqual(['h1:0'])
    expect(hitIds(ladderOf(level('0.01', '100000.05')), '90000.050001')).toEqual([])
    expect(hitIds(ladderOf(level('-0.01', '100000.05')), '110000.05')).toEqual(['h1:0'])
    expect(hitIds(ladderOf(level('-0.01', '100000.05')), '110000.049999')).toEqual([])
  })

  it('fires for every worse mark once it fires', () => {
    fc.assert(
      fc.property(anyCase, anyPositiveDec(200_000, 4), anyPositiveDec(1000, 4), (one, mark, by) => {
        const at = levelOf(one)
        fc.pre(at !== undefined && naive(one, mark))
        const worse = at.side === 'long' ? mark.minus(by) : mark.plus(by)
        expect(stopsHit(ladderOf(at), worse)).toEqual([at])
      }),
    )
  })

  it('moves away when a part of the leg is closed, since the rest needs a longer way to the same loss', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1000 }),
        fc.integer({ min: 1, max: 999 }),
        anyPositiveDec(100_000, 1),
        (sizeTicks, part, entryPrice) => {
          const closed = Math.max(1, Math.floor((sizeTicks * part) / 1000))
          const buy = { side: 'buy' as const, price: entryPrice, feeUsd: dec(0) }
          const bought = applyFills([{ ...buy, baseSize: dec(sizeTicks) }])
          const sale = { ...buy, side: 'sell' as const, baseSize: dec(closed) }
          const rest = applyFills([sale], bought)
          const before = level(bought.signedBase, bought.entryPrice ?? '')
          const after = level(rest.signedBase, rest.entryPrice ?? '')
          expect(before !== undefined && after?.triggerPrice.lte(before.triggerPrice)).toBe(true)
        },
      ),
    )
  })

  it('follows what the account really holds when that is not its side', () => {
    expect(level('-0.01', '100000')?.side).toBe('short')
    expect(level('0.01', '100000')?.side).toBe('long')
  })
})

describe('a ladder', () => {
  it('reports every leg of a tick at once', () => {
    const pairs = [
      level('0.01', '100000', { hedgeId: 'h1' }),
      level('0.01', '100000', { hedgeId: 'h2' }),
    ]
    expect(hitIds(ladderOf(...pairs), '90000')).toEqual(['h1:0', 'h2:0'])
    expect(hitIds(ladderOf(...pairs), '90000.1')).toEqual([])
  })

  it('reports every level that a gap leaps over, and only those', () => {
    const ladder = ladderOf(
      level('0.01', '100000', { hedgeId: 'h1' }),
      level('0.02', '100000', { hedgeId: 'h2' }),
      level('0.05', '100000', { hedgeId: 'h3' }),
      level('-0.01', '100000', { hedgeId: 'h4' }),
    )
    expect(hitIds(ladder, '94000')).toEqual(['h3:0', 'h2:0'])
    expect(hitIds(ladder, '50000')).toEqual(['h3:0', 'h2:0', 'h1:0'])
    expect(hitIds(ladder, '110000')).toEqual(['h4:0'])
  })

  it('says the same as judging every leg, whatever was added and removed in whatever order', () => {
    const legs = fc.array(fc.tuple(anyPnl(), fc.boolean()), { maxLength: 30 })
    fc.assert(
      fc.property(legs, anyDec(800, 1200, 2), (entries, mark) => {
        const ladder = createStopLadder()
        const levels = entries.map(([position], index) =>
          level(position.signedBase, position.entryPrice, { hedgeId: `h${index}` }),
        )
        for (const one of levels) if (one !== undefined) addLevel(ladder, one)
        entries.forEach(([, isRemoved], index) => {
          const one = levels[index]
          if (isRemoved && one !== undefined) removeLevel(ladder, one)
        })
        const expected = entries.flatMap(([position, isRemoved], index) =>
          !isRemoved && naive({ position, thresholdUsd: dec(100), market: btcMarket() }, mark)
            ? [`h${index}:0`]
            : [],
        )
        expect([...hitIds(ladder, mark)].toSorted()).toEqual(expected.toSorted())
      }),
      { numRuns: 300 },
    )
  })

  it('does not let a level be removed that is not on it', () => {
    const one = level('0.01', '100000')
    const other = level('0.02', '100000')
    expect(() => {
      if (one !== undefined && other !== undefined) removeLevel(ladderOf(one), other)
    }).toThrow(/stands on/)
  })
})

function anyPnl(): fc.Arbitrary<PnlPosition> {
  return fc.record({ signedBase: anyDec(-20, 20, 2), entryPrice: anyDec(950, 1050, 2) })
}
