import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerFill, OrderPurpose } from '../../src/hedge/ledger.ts'
import type { MeasureFillsOptions } from '../../src/hedge/measure-fills.ts'
import { averagePrice, measureFills } from '../../src/hedge/measure-fills.ts'
import { ledgerFill } from './sample-fills.ts'
import { anyPositiveDec, dec } from './sample-market.ts'

const LEGS: MeasureFillsOptions['legs'] = [
  { account: 'a', accountIndex: 7, side: 'long' },
  { account: 'b', accountIndex: 8, side: 'short' },
]
const measure = (fills: readonly LedgerFill[], changes: Partial<MeasureFillsOptions> = {}) =>
  measureFills({
    fills,
    legs: LEGS,
    orders: [],
    toleranceBase: dec(0),
    ownAccountIndices: new Set([7, 8]),
    untilMs: undefined,
    ...changes,
  })
const fills = (...texts: string[]) => texts.map((text) => ledgerFill(text))
/** A fill of an order with a purpose. */
const ofOrder = (text: string, purpose: OrderPurpose, clientOrderIndex: number) => {
  const fill = ledgerFill(text, { clientOrderIndex })
  return { fill, order: { accountIndex: fill.accountIndex, clientOrderIndex, purpose } }
}

describe('leg gaps', () => {
  it('run from the first to the last fill of the opening and of the closing', () => {
    const measured = measure(
      fills(
        '7 buy 0.01 @ 100000 +1000',
        '8 sell 0.004 @ 100000 +1040',
        '8 sell 0.006 @ 99999 +1100',
        '8 buy 0.01 @ 101000 +9000',
        '7 sell 0.01 @ 101000 +9007',
      ),
    )
    expect(measured.openingGapMs).toBe(100)
    expect(measured.closingGapMs).toBe(7)
  })

  it('need two fills', () => {
    expect(measure([]).openingGapMs).toBeUndefined()
    const one = measure(fills('7 buy 0.01 @ 100000 +1000'))
    expect(one.openingGapMs).toBeUndefined()
    expect(one.closingGapMs).toBeUndefined()
  })

  it('do not depend on the order in which fills were recorded', () => {
    const list = fills('8 sell 0.01 @ 100000 +1300', '7 buy 0.01 @ 100000 +1000')
    expect(measure(list).openingGapMs).toBe(300)
    expect(measure(list)).toEqual(measure(list.toReversed()))
  })

  it('leave trimming out: it is neither opening nor closing', () => {
    const entries = [
      ofOrder('7 buy 0.01 @ 100000 +1000', 'open', 1),
      ofOrder('8 sell 0.008 @ 100000 +1050', 'open', 2),
      ofOrder('7 sell 0.002 @ 99990 +2000', 'reduce', 3),
      ofOrder('7 sell 0.008 @ 101000 +90000', 'close', 4),
      ofOrder('8 buy 0.008 @ 101000 +90020', 'close', 5),
    ]
    const measured = measure(
      entries.map((entry) => entry.fill),
      { orders: entries.map((entry) => entry.order) },
    )
    expect(measured.openingGapMs).toBe(50)
    expect(measured.closingGapMs).toBe(20)
  })

  it.each<[OrderPurpose, number | undefined, number | undefined]>([
    ['open', 10, undefined],
    ['complete', 10, undefined],
    ['close', undefined, 10],
    ['flatten', undefined, 10],
    ['stops', undefined, 10],
    ['reduce', undefined, undefined],
    ['displace', undefined, undefined],
  ])('count orders to %s: opening %s, closing %s', (purpose, openingGapMs, closingGapMs) => {
    const entries = [
      ofOrder('7 buy 0.01 @ 100000 +1000', purpose, 1),
      ofOrder('8 sell 0.01 @ 100000 +1010', purpose, 2),
    ]
    const measured = measure(
      entries.map((entry) => entry.fill),
      { orders: entries.map((entry) => entry.order) },
    )
    expect(measured).toMatchObject({ openingGapMs, closingGapMs })
  })

  it('take an order of another account with the same index for no order of the leg', () => {
    const list = fills('7 buy 0.01 @ 100000 +1000', '8 sell 0.01 @ 100000 +1010').map((fill) => ({
      ...fill,
      clientOrderIndex: 5,
    }))
    const orders = [{ accountIndex: 9, clientOrderIndex: 5, purpose: 'reduce' as const }]
    expect(measure(list, { orders }).openingGapMs).toBe(10)
  })

  it('judge fills without an order by their direction, a liquidation for one', () => {
    const orders = [{ accountIndex: 7, clientOrderIndex: 0, purpose: 'open' as const }]
    const measured = measure(fills('7 sell 0.01 @ 90000 +5000', '8 buy 0.01 @ 90000 +5600'), {
      orders,
    })
    expect(measured.closingGapMs).toBe(600)
  })

  it('pass over accounts that are no leg', () => {
    const list = fills('9 buy 0.01 @ 100000 +1', '7 buy 0.01 @ 1 +1000', '8 sell 0.01 @ 1 +1010')
    expect(measure(list).openingGapMs).toBe(10)
  })
})

describe('naked time', () => {
  it('is the time between the fill of one leg and that of the other', () => {
    const measured = measure(fills('7 buy 0.01 @ 100000 +1000', '8 sell 0.01 @ 100000 +1250'))
    expect(measured.nakedMs).toBe(250)
    expect(measured.isNakedAtEnd).toBe(false)
  })

  it('adds up over several times, without the time in between', () => {
    const measured = measure(
      fills(
        '7 buy 0.01 @ 1 +1000',
        '8 sell 0.01 @ 1 +1250',
        '8 buy 0.01 @ 1 +5000',
        '7 sell 0.01 @ 1 +5030',
      ),
    )
    expect(measured.nakedMs).toBe(280)
  })

  it('is zero when both legs fill in the same millisecond, in whatever order', () => {
    const list = fills('7 buy 0.01 @ 1 +1000', '8 sell 0.01 @ 1 +1000')
    expect(measure(list).nakedMs).toBe(0)
    expect(measure(list.toReversed()).nakedMs).toBe(0)
  })

  it('goes on until the given time while the hedge is still naked', () => {
    const list = fills('7 buy 0.01 @ 1 +1000', '8 sell 0.004 @ 1 +1100')
    expect(measure(list)).toMatchObject({ nakedMs: 100, isNakedAtEnd: true })
    expect(measure(list, { untilMs: 1500 })).toMatchObject({ nakedMs: 500, isNakedAtEnd: true })
    expect(measure(list, { untilMs: 900 })).toMatchObject({ nakedMs: 100 })
  })

  it('leaves out what is within tolerance, the tolerance itself included', () => {
    const list = fills('7 buy 0.01 @ 1 +1000', '8 sell 0.009 @ 1 +1100', '8 sell 0.001 @ 1 +9000')
    expect(measure(list, { toleranceBase: dec('0.001') }).nakedMs).toBe(100)
    expect(measure(list, { toleranceBase: dec('0.0009') }).nakedMs).toBe(8000)
  })

  it('counts an excess on the short side as well', () => {
    expect(measure(fills('8 sell 0.01 @ 1 +1', '7 buy 0.01 @ 1 +41')).nakedMs).toBe(40)
  })

  it('is at most the time between the first and the last fill', () => {
    const anyFills = fc.array(
      fc.record({
        account: fc.constantFrom(7, 8),
        side: fc.constantFrom('buy', 'sell'),
        size: anyPositiveDec(2, 2),
        at: fc.nat(10_000),
      }),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(anyFills, anyPositiveDec(3, 1), (list, toleranceBase) => {
        const all = list.map(({ account, side, size, at }) =>
          ledgerFill(`${account} ${side} ${size} @ 100 ${at}`),
        )
        const times = all.map((fill) => fill.atMs)
        const strict = measure(all)
        expect(strict.nakedMs).toBeLessThanOrEqual(Math.max(...times) - Math.min(...times))
        expect(measure(all, { toleranceBase }).nakedMs).toBeLessThanOrEqual(strict.nakedMs)
      }),
    )
  })
})

describe('averages', () => {
  it('are weighted by size, entry and exit apart', () => {
    const { legs } = measure(
      fills('7 buy 1 @ 100 +1', '7 buy 3 @ 104 +2', '7 sell 4 @ 90 +3', '8 sell 2 @ 100 +4'),
    )
    expect(legs[0]).toMatchObject({
      account: 'a',
      averageEntryPrice: dec(103),
      averageExitPrice: dec(90),
    })
    expect(legs[1]).toMatchObject({ account: 'b', averageEntryPrice: dec(100) })
    expect(legs[1]?.averageExitPrice).toBeUndefined()
  })

  it('lie between the best and the worst price', () => {
    const anyFill = fc.record({ baseSize: anyPositiveDec(5, 3), price: anyPositiveDec(1000, 2) })
    fc.assert(
      fc.property(fc.array(anyFill, { minLength: 1, maxLength: 10 }), (list) => {
        const average = averagePrice(list) ?? dec(-1)
        const prices = list.map((fill) => fill.price).toSorted((x, y) => x.cmp(y))
        const slack = dec('1e-30')
        expect(average.plus(slack).gte(prices[0] ?? 0)).toBe(true)
        expect(average.minus(slack).lte(prices.at(-1) ?? 0)).toBe(true)
      }),
    )
  })

  it('of nothing are none', () => {
    expect(averagePrice([])).toBeUndefined()
    expect(averagePrice([{ baseSize: dec(0), price: dec(5) }])).toBeUndefined()
  })
})

describe('fills against own accounts', () => {
  it('are counted among all', () => {
    const list = [
      ledgerFill('7 buy 0.01 @ 1 +1', { counterAccountIndex: '8' }),
      ledgerFill('8 sell 0.01 @ 1 +1', { counterAccountIndex: '7' }),
      ledgerFill('7 sell 0.01 @ 1 +2', { counterAccountIndex: '281474976710654' }),
    ]
    expect(measure(list)).toMatchObject({ fillCount: 3, ownCounterFillCount: 2 })
  })

  it('compare indices beyond 32 bits by all their digits', () => {
    const big = 281_474_976_710_653
    const list = [
      ledgerFill('7 buy 0.01 @ 1 +1', { counterAccountIndex: '281474976710653' }),
      ledgerFill('7 buy 0.01 @ 1 +2', { counterAccountIndex: '281474976710654' }),
    ]
    expect(measure(list, { ownAccountIndices: new Set([big]) }).ownCounterFillCount).toBe(1)
  })
})
