import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumDec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { PnlFill, PnlPosition } from '../../src/hedge/pnl.ts'
import {
  NO_FILLS,
  applyFills,
  hedgeUnrealizedPnlUsd,
  netExposure,
  notionalUsd,
  totalFeesUsd,
  unrealizedPnlUsd,
} from '../../src/hedge/pnl.ts'
import { anyDec, anyPositiveDec, dec } from './sample-market.ts'

const position = (signedBase: string, entryPrice: string): PnlPosition => ({
  signedBase: dec(signedBase),
  entryPrice: dec(entryPrice),
})
/** Written as in `buy 2 @ 100`, a fee after another space. */
const fill = (text: string): PnlFill => {
  const [side, size = '', , price = '', fee = '0'] = text.split(' ')
  return { side: side as PnlFill['side'], baseSize: dec(size), price: dec(price), feeUsd: dec(fee) }
}
const balanceOf = (...texts: string[]) => applyFills(texts.map(fill))

const anyPosition: fc.Arbitrary<PnlPosition> = fc.record({
  signedBase: anyDec(-100, 100, 5),
  entryPrice: anyPositiveDec(100_000, 1),
})
const anyFill: fc.Arbitrary<PnlFill> = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  baseSize: anyPositiveDec(10, 5),
  price: anyPositiveDec(100_000, 1),
  feeUsd: anyDec(0, 3, 6),
})

describe('floating profit', () => {
  it.each([
    ['0.001', '100000', '101000', '1'],
    ['0.001', '100000', '99000', '-1'],
    ['-0.001', '100000', '101000', '-1'],
    ['-0.001', '100000', '99000', '1'],
    ['0', '100000', '99000', '0'],
  ])('of %s from %s at %s is %s USD', (signed, entry, price, pnl) => {
    expect(unrealizedPnlUsd(position(signed, entry), dec(price)).eq(pnl)).toBe(true)
  })

  it('is zero at entry and linear in price', () => {
    fc.assert(
      fc.property(anyPosition, anyPositiveDec(1000, 1), (held, move) => {
        expect(unrealizedPnlUsd(held, held.entryPrice).isZero()).toBe(true)
        const once = unrealizedPnlUsd(held, held.entryPrice.plus(move))
        const twice = unrealizedPnlUsd(held, held.entryPrice.plus(move.times(2)))
        expect(twice.eq(once.times(2))).toBe(true)
      }),
    )
  })

  it('of a hedge is the sum of its legs', () => {
    fc.assert(
      fc.property(
        fc.array(anyPosition, { maxLength: 8 }),
        anyPositiveDec(100_000, 1),
        (legs, mark) => {
          const whole = hedgeUnrealizedPnlUsd(
            legs.map((leg) => known(leg, 5)),
            known(mark, 5),
          )
          const parts = sumDec(legs.map((leg) => unrealizedPnlUsd(leg, mark)))
          expect(whole.isKnown && whole.value.eq(parts)).toBe(true)
        },
      ),
    )
  })

  it('of a hedge does not depend on mark when entries are equal', () => {
    fc.assert(
      fc.property(anyPosition, anyPositiveDec(100_000, 1), (leg, mark) => {
        const other = { ...leg, signedBase: leg.signedBase.negated() }
        const pnl = hedgeUnrealizedPnlUsd([known(leg, 1), known(other, 1)], known(mark, 1))
        expect(pnl.isKnown && pnl.value.isZero()).toBe(true)
      }),
    )
  })

  it('is as old as its oldest part', () => {
    const leg = position('1', '100')
    expect(hedgeUnrealizedPnlUsd([known(leg, 7), known(leg, 3)], known(dec(1), 5))).toMatchObject({
      atMs: 3,
    })
    expect(hedgeUnrealizedPnlUsd([known(leg, 7)], known(dec(1), 5))).toMatchObject({ atMs: 5 })
  })

  it('is unknown, not smaller, when a leg or mark is unknown', () => {
    const leg = known(position('1', '100'), 1)
    expect(hedgeUnrealizedPnlUsd([leg, unknown('b: no snapshot')], known(dec(1), 1))).toEqual(
      unknown('b: no snapshot'),
    )
    expect(hedgeUnrealizedPnlUsd([leg], unknown('no mark'))).toEqual(unknown('no mark'))
  })
})

describe('exposure', () => {
  it('notional is positive for both sides', () => {
    expect(notionalUsd(dec('0.001'), dec(100_000)).toString()).toBe('100')
    expect(notionalUsd(dec('-0.001'), dec(100_000)).toString()).toBe('100')
  })

  it('of a hedge is zero at every price', () => {
    fc.assert(
      fc.property(anyPosition, anyPositiveDec(100_000, 1), (leg, price) => {
        const net = netExposure([leg, { signedBase: leg.signedBase.negated() }], price)
        expect(net.signedBase.isZero() && net.absoluteUsd.isZero()).toBe(true)
      }),
    )
  })

  it('keeps the sign of what is left', () => {
    const net = netExposure([position('0.001', '1'), position('-0.003', '1')], dec(100_000))
    expect(net.signedBase.toString()).toBe('-0.002')
    expect(net.signedUsd.toString()).toBe('-200')
    expect(net.absoluteUsd.toString()).toBe('200')
  })
})

describe('a balance of fills', () => {
  it('starts flat', () => {
    expect(applyFills([])).toBe(NO_FILLS)
    expect(NO_FILLS.entryPrice).toBeUndefined()
  })

  it('averages the entry while it grows and realises nothing', () => {
    const balance = balanceOf('buy 1 @ 100', 'buy 3 @ 104')
    expect(balance.entryPrice?.toString()).toBe('103')
    expect(balance.realizedPnlUsd.isZero()).toBe(true)
    expect(balance.entryQuoteUsd.toString()).toBe('412')
  })

  it.each([
    ['a long that won', ['buy 1 @ 100', 'sell 1 @ 110'], '10'],
    ['a long that lost', ['buy 1 @ 100', 'sell 1 @ 90'], '-10'],
    ['a short that won', ['sell 1 @ 100', 'buy 1 @ 90'], '10'],
    ['a short that lost', ['sell 1 @ 100', 'buy 1 @ 110'], '-10'],
    ['a part of a long', ['buy 4 @ 100', 'sell 1 @ 110'], '10'],
    ['a long in two parts', ['buy 4 @ 100', 'sell 1 @ 110', 'sell 3 @ 90'], '-20'],
  ])('realises %s', (_, texts, realized) => {
    expect(balanceOf(...texts).realizedPnlUsd.eq(realized)).toBe(true)
  })

  it('keeps the entry price while it shrinks', () => {
    const balance = balanceOf('sell 4 @ 100', 'buy 1 @ 50')
    expect(balance.signedBase.toString()).toBe('-3')
    expect(balance.entryPrice?.toString()).toBe('100')
  })

  it('has no entry price when flat, and forgets the old one', () => {
    const flat = balanceOf('buy 1 @ 100', 'sell 1 @ 120')
    expect(flat.entryPrice).toBeUndefined()
    expect(flat.entryQuoteUsd.isZero()).toBe(true)
    const again = balanceOf('buy 1 @ 100', 'sell 1 @ 120', 'sell 2 @ 130')
    expect(again.entryPrice?.toString()).toBe('130')
    expect(again.realizedPnlUsd.toString()).toBe('20')
  })

  it('starts anew at the price of a fill that turns it round', () => {
    const balance = balanceOf('buy 2 @ 100', 'sell 5 @ 110')
    expect(balance.signedBase.toString()).toBe('-3')
    expect(balance.entryPrice?.toString()).toBe('110')
    expect(balance.realizedPnlUsd.toString()).toBe('20')
    const back = balanceOf('sell 2 @ 100', 'buy 5 @ 90')
    expect(back.entryPrice?.toString()).toBe('90')
    expect(back.realizedPnlUsd.toString()).toBe('20')
  })

  it('floors the entry quote to millionths as the venue does', () => {
    // 2/3 of 0.639600 is 0.4264; 1/3 of 100.000001 is 33.333333666..., floored.
    const balance = balanceOf('buy 3 @ 33.333333666666', 'sell 2 @ 40')
    expect(balance.entryQuoteUsd.toString()).toBe('33.333333')
  })

  it('adds up fees apart from profit', () => {
    const fills = ['buy 1 @ 100 0.05', 'sell 1 @ 110 0.06'].map(fill)
    expect(applyFills(fills).feesUsd.toString()).toBe('0.11')
    expect(applyFills(fills).realizedPnlUsd.toString()).toBe('10')
    expect(totalFeesUsd(fills).toString()).toBe('0.11')
  })

  it('goes on from a balance as from the fills that made it', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 12 }), fc.nat(12), (fills, cut) => {
        const half = applyFills(fills.slice(cut), applyFills(fills.slice(0, cut)))
        expect(half).toEqual(applyFills(fills))
      }),
    )
  })

  it('explains all money: realised and floating profit equal what was sold less what was bought', () => {
    fc.assert(
      fc.property(
        fc.array(anyFill, { maxLength: 15 }),
        anyPositiveDec(100_000, 1),
        (fills, mark) => {
          const balance = applyFills(fills)
          const cash = sumDec(
            fills.map(({ side, baseSize, price }) =>
              side === 'sell' ? baseSize.times(price) : baseSize.times(price).negated(),
            ),
          )
          const side = balance.signedBase.isNegative() ? -1 : 1
          const floating = balance.signedBase.times(mark).minus(balance.entryQuoteUsd.times(side))
          const total = balance.realizedPnlUsd.plus(floating)
          expect(total.eq(cash.plus(balance.signedBase.times(mark)))).toBe(true)
        },
      ),
    )
  })

  it('mirrors: the other side of every fill realises the opposite, but for the floor', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 15 }), (fills) => {
        const mirrored = fills.map((one): PnlFill => ({
          ...one,
          side: one.side === 'buy' ? 'sell' : 'buy',
        }))
        const [ours, theirs] = [applyFills(fills), applyFills(mirrored)]
        expect(ours.signedBase.plus(theirs.signedBase).isZero()).toBe(true)
        const gap = ours.realizedPnlUsd.plus(theirs.realizedPnlUsd).abs()
        expect(gap.lte(dec('0.000002').times(fills.length))).toBe(true)
      }),
    )
  })
})
