import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import { maxDec, minDec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'
import { priceStep } from '../../src/hedge/market.ts'
import type { Quotes } from '../../src/hedge/prices.ts'
import {
  PRICE_BAND_PCT,
  bandEdge,
  clampToTicks,
  closingPrice,
  expectedCost,
  expectedFill,
  highestPrice,
  openingPrice,
  quotesOf,
  sumCosts,
  worsen,
} from '../../src/hedge/prices.ts'
import type { OrderSide } from '../../src/hedge/side.ts'
import type { BookLevel, MarketView } from '../../src/hedge/venue-view.ts'
import { refusalOf } from './refusal-of.ts'
import { anyDec, anyMarket, anyPositiveDec, btcMarket, dec } from './sample-market.ts'

const quotes = (mark?: string, bestBid?: string, bestAsk?: string): Quotes => ({
  mark: mark === undefined ? undefined : dec(mark),
  bestBid: bestBid === undefined ? undefined : dec(bestBid),
  bestAsk: bestAsk === undefined ? undefined : dec(bestAsk),
})
const STEPS = [dec('0.5'), dec('1.5'), dec('4.5')]

const opening = (side: OrderSide, at: Quotes, slippage = '0.5', market = btcMarket()) =>
  openingPrice({ market, side, quotes: at, maxSlippagePct: dec(slippage) }).toString()
const closing = (side: OrderSide, at: Quotes, step = 0, lastResort?: string) =>
  closingPrice({
    market: btcMarket(),
    side,
    quotes: at,
    closeStepsPct: STEPS,
    step,
    lastResortPrice: lastResort === undefined ? undefined : dec(lastResort),
  }).toString()

const anySide: fc.Arbitrary<OrderSide> = fc.constantFrom('buy', 'sell')
/** A mark and a book around it, not necessarily sensible; prices large against the tick. */
const anyQuotes = fc
  .record({
    mark: anyDec(1000, 100_000, 3),
    bid: fc.option(anyDec(80, 120, 2), { nil: undefined }),
    spread: fc.option(anyDec(0, 10, 2), { nil: undefined }),
  })
  .map(({ mark, bid, spread }): Quotes & { readonly mark: Dec } => ({
    mark,
    bestBid: bid?.times(mark).div(100),
    bestAsk: spread
      ?.plus(bid ?? 100)
      .times(mark)
      .div(100),
  }))
const anyFineMarket = anyMarket.map((market): MarketInfo => ({ ...market, priceDecimals: 3 }))

describe('quotesOf', () => {
  const level = (price: string): BookLevel => ({ price: dec(price), baseSize: dec(1) })
  const view = (changes: Partial<MarketView>): MarketView => ({
    mark: known(dec(100), 1),
    index: unknown('not read'),
    bids: known([level('99'), level('98')], 1),
    asks: known([level('101')], 1),
    ...changes,
  })

  it('takes mark and the best of each side', () => {
    expect(quotesOf(view({}))).toEqual(quotes('100', '99', '101'))
  })

  it('leaves out what is unknown and sides that are empty', () => {
    const at = view({ mark: unknown('no frame'), bids: known([], 1), asks: unknown('gap') })
    expect(quotesOf(at)).toEqual(quotes())
  })

  it('takes a price of zero for none', () => {
    expect(quotesOf(view({ mark: known(dec(0), 1), bids: known([level('0')], 1) }))).toEqual(
      quotes(undefined, undefined, '101'),
    )
  })
})

describe('openingPrice', () => {
  it('is the slippage away from mark', () => {
    expect(opening('buy', quotes('100000', '99990', '100010'))).toBe('100500')
    expect(opening('sell', quotes('100000', '99990', '100010'))).toBe('99500')
  })

  it('is rounded towards mark', () => {
    expect(opening('buy', quotes('100000.33'))).toBe('100500.3')
    expect(opening('sell', quotes('100000.33'))).toBe('99500.4')
  })

  it('needs nothing but mark', () => {
    expect(opening('buy', quotes('100000'))).toBe('100500')
  })

  it('keeps inside the band when the slippage allows more', () => {
    expect(opening('buy', quotes('100000'), '5')).toBe('104900')
    expect(opening('sell', quotes('100000'), '5')).toBe('95100')
  })

  it('keeps inside the band of a touch that lies off mark', () => {
    expect(opening('buy', quotes('100000', '95000', '95100'), '0.5')).toBe('99759.9')
    expect(opening('sell', quotes('100000', '104900', '105000'), '0.5')).toBe('99759.9')
  })

  it.each([quotes(), quotes(undefined, '99', '101'), quotes('0', '99', '101')])(
    'is refused without a mark',
    (at) => {
      const refusal = refusalOf(() => opening('buy', at))
      expect(refusal).toMatchObject({ kind: 'unknown_state', code: 'mark_unknown' })
    },
  )

  it('is refused where no tick lies inside the slippage', () => {
    const low = refusalOf(() => opening('buy', quotes('0.04')))
    expect(low).toMatchObject({ kind: 'refused', code: 'price_out_of_range' })
    expect(low.hint).toContain('0.1 to 429496729.5 USD')
    expect(refusalOf(() => opening('sell', quotes('500000000'))).code).toBe('price_out_of_range')
    expect(opening('buy', quotes('0.1'), '4')).toBe('0.1')
  })

  it('is never worse than the slippage, never refused by the venue, and on the tick', () => {
    fc.assert(
      fc.property(
        anyFineMarket,
        anySide,
        anyQuotes,
        anyPositiveDec(5, 2),
        (market, side, at, maxSlippagePct) => {
          const price = openingPrice({ market, side, quotes: at, maxSlippagePct })
          const limit = worsen(side, at.mark, maxSlippagePct)
          expect(side === 'buy' ? price.lte(limit) : price.gte(limit)).toBe(true)
          expect(isAdmitted(side, price, at)).toBe(true)
          expect(price.div(priceStep(market)).isInteger()).toBe(true)
        },
      ),
    )
  })

  it('gives no worse limit for less slippage', () => {
    fc.assert(
      fc.property(
        anySide,
        anyQuotes,
        anyPositiveDec(5, 2),
        anyPositiveDec(5, 2),
        (side, at, a, b) => {
          const priceAt = (maxSlippagePct: Dec) =>
            openingPrice({ market: btcMarket(), side, quotes: at, maxSlippagePct })
          const tight = priceAt(minDec(a, b))
          const wide = priceAt(maxDec(a, b))
          expect(side === 'buy' ? tight.lte(wide) : tight.gte(wide)).toBe(true)
        },
      ),
    )
  })
})

describe('closingPrice', () => {
  it('widens from the worse of mark and touch, step by step', () => {
    const at = quotes('100000', '99900', '100200')
    expect([0, 1, 2].map((step) => closing('sell', at, step))).toEqual([
      '99400.5',
      '98401.5',
      '95404.5',
    ])
    expect([0, 1, 2].map((step) => closing('buy', at, step))).toEqual([
      '100701',
      '101703',
      '104709',
    ])
  })

  it('repeats the last step', () => {
    const at = quotes('100000')
    expect(closing('sell', at, 3)).toBe(closing('sell', at, 2))
    expect(closing('buy', at, 400)).toBe('104500')
  })

  it('anchors at mark when mark is the worse one', () => {
    expect(closing('sell', quotes('99000', '99900', '100000'))).toBe('98505')
    expect(closing('buy', quotes('101000', '99900', '100000'))).toBe('101505')
  })

  it('works without mark, without touch, and with the other touch alone', () => {
    expect(closing('sell', quotes(undefined, '100000'))).toBe('99500')
    expect(closing('sell', quotes('100000'))).toBe('99500')
    expect(closing('sell', quotes(undefined, undefined, '100000'))).toBe('99500')
    expect(closing('buy', quotes(undefined, undefined, '100000'))).toBe('100500')
    expect(closing('buy', quotes(undefined, '100000'))).toBe('100500')
  })

  it('takes the last resort only when nothing else is known', () => {
    expect(closing('sell', quotes(), 0, '90000')).toBe('89550')
    expect(closing('buy', quotes(), 2, '90000')).toBe('94050')
    expect(closing('sell', quotes('100000'), 0, '90000')).toBe('99500')
  })

  it.each([undefined, '0'])(
    'fails by name when there is no price at all (last resort %s)',
    (last) => {
      const refusal = refusalOf(() => closing('sell', quotes('0'), 0, last))
      expect(refusal).toMatchObject({ kind: 'unknown_state', code: 'price_unknown' })
    },
  )

  it('calls a policy without steps a bug', () => {
    const options = { market: btcMarket(), side: 'sell', quotes: quotes('1'), step: 0 } as const
    const work = () => closingPrice({ ...options, closeStepsPct: [], lastResortPrice: undefined })
    expect(refusalOf(work).kind).toBe('bug')
  })

  it('is rounded away from the anchor, so that it fills', () => {
    expect(closing('sell', quotes('100000.33'))).toBe('99500.3')
    expect(closing('buy', quotes('100000.33'))).toBe('100500.4')
  })

  it('keeps inside the band when mark and touch are far apart', () => {
    // Anchor 90,000; the venue admits asks from 95,000 on.
    expect(closing('sell', quotes('100000', '90000'))).toBe('95100')
    expect(closing('buy', quotes('100000', '110000', '111000'))).toBe('104900')
  })

  it('fits into the integer of the venue', () => {
    expect(closing('sell', quotes('0.1'), 2)).toBe('0.1')
    expect(closing('buy', quotes(undefined, undefined, '429496729.5'))).toBe('429496729.5')
  })

  it('is never refused by the venue, and reaches the anchor where the venue lets it', () => {
    fc.assert(
      fc.property(anyFineMarket, anySide, anyQuotes, fc.nat(5), (market, side, at, step) => {
        const price = closingPrice({
          market,
          side,
          quotes: at,
          closeStepsPct: STEPS,
          step,
          lastResortPrice: undefined,
        })
        expect(isAdmitted(side, price, at)).toBe(true)
        const touch = side === 'buy' ? at.bestAsk : at.bestBid
        const anchor = (side === 'buy' ? maxDec : minDec)(at.mark, touch ?? at.mark)
        const edge = bandEdge(side, at) ?? at.mark
        const reached = side === 'buy' ? minDec(anchor, edge) : maxDec(anchor, edge)
        const tick = priceStep(market)
        expect(
          side === 'buy' ? price.plus(tick).gte(reached) : price.minus(tick).lte(reached),
        ).toBe(true)
      }),
    )
  })

  it('never gets better from one try to the next', () => {
    fc.assert(
      fc.property(anySide, anyQuotes, fc.nat(4), (side, at, step) => {
        const priceAt = (index: number) =>
          closingPrice({
            market: btcMarket(),
            side,
            quotes: at,
            closeStepsPct: STEPS,
            step: index,
            lastResortPrice: undefined,
          })
        const [now, later] = [priceAt(step), priceAt(step + 1)]
        expect(side === 'buy' ? later.gte(now) : later.lte(now)).toBe(true)
      }),
    )
  })
})

describe('bandEdge', () => {
  it('is unknown when neither mark nor the touch is', () => {
    expect(bandEdge('buy', quotes(undefined, '99'))).toBeUndefined()
    expect(bandEdge('sell', quotes(undefined, undefined, '101'))).toBeUndefined()
  })

  it('takes the stricter of mark and touch', () => {
    expect(bandEdge('buy', quotes('100', '90', '95'))?.toString()).toBe('99.655')
    expect(bandEdge('buy', quotes('100', '90', '105'))?.toString()).toBe('104.9')
    expect(bandEdge('sell', quotes('100', '105', '110'))?.toString()).toBe('99.855')
    expect(bandEdge('sell', quotes('100', '90', '91'))?.toString()).toBe('95.1')
  })
})

describe('ticks', () => {
  it('hold one to 2^32 - 1', () => {
    const market = btcMarket()
    expect(clampToTicks(market, dec(-5)).toString()).toBe('0.1')
    expect(clampToTicks(market, dec('1e12')).toString()).toBe('429496729.5')
    expect(clampToTicks(market, dec('12.3')).toString()).toBe('12.3')
    expect(highestPrice(market).div(priceStep(market)).toString()).toBe('4294967295')
  })

  it('worsen moves a buy up and a sell down', () => {
    expect(worsen('buy', dec(200), dec('0.5')).toString()).toBe('201')
    expect(worsen('sell', dec(200), dec('0.5')).toString()).toBe('199')
  })
})

const book: readonly BookLevel[] = [
  { price: dec(100), baseSize: dec(1) },
  { price: dec(101), baseSize: dec(2) },
  { price: dec(105), baseSize: dec(4) },
]

describe('expectedFill', () => {
  it('walks the book', () => {
    const fill = expectedFill(book, dec(2))
    expect(fill.averagePrice?.toString()).toBe('100.5')
    expect(fill.worstPrice?.toString()).toBe('101')
    expect(fill.quoteUsd.toString()).toBe('201')
    expect(fill.unfilledBase.isZero()).toBe(true)
  })

  it('names the part that the book cannot fill', () => {
    const fill = expectedFill(book, dec(10))
    expect(fill.filledBase.toString()).toBe('7')
    expect(fill.unfilledBase.toString()).toBe('3')
    expect(fill.worstPrice?.toString()).toBe('105')
  })

  it('stops at the limit of the order', () => {
    const fill = expectedFill(book, dec(10), { side: 'buy', price: dec(101) })
    expect(fill.filledBase.toString()).toBe('3')
    expect(fill.worstPrice?.toString()).toBe('101')
    const bids = [...book].toReversed()
    expect(
      expectedFill(bids, dec(10), { side: 'sell', price: dec(101) }).filledBase.toString(),
    ).toBe('6')
  })

  it('has no price where nothing fills', () => {
    for (const fill of [expectedFill([], dec(1)), expectedFill(book, dec(0))]) {
      expect(fill.filledBase.isZero()).toBe(true)
      expect(fill.averagePrice).toBeUndefined()
      expect(fill.worstPrice).toBeUndefined()
    }
    expect(expectedFill([], dec(1)).unfilledBase.toString()).toBe('1')
  })

  it('steps over emptied levels', () => {
    const fill = expectedFill([{ price: dec(99), baseSize: dec(0) }, ...book], dec(1))
    expect(fill.worstPrice?.toString()).toBe('100')
  })

  it('splits every size into filled and unfilled, at an average between best and worst', () => {
    const anyBook = fc.array(fc.record({ price: anyDec(90, 110, 2), baseSize: anyDec(0, 5, 3) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(anyBook, anyPositiveDec(40, 3), (levels, size) => {
        const asks = levels.toSorted((a, b) => a.price.cmp(b.price))
        const fill = expectedFill(asks, size)
        expect(fill.filledBase.plus(fill.unfilledBase).eq(size)).toBe(true)
        if (fill.averagePrice === undefined) return
        expect(fill.averagePrice.lte(fill.worstPrice ?? 0)).toBe(true)
        expect(fill.averagePrice.gte(asks[0]?.price ?? 0)).toBe(true)
      }),
    )
  })
})

describe('expectedCost', () => {
  const cost = (side: OrderSide, filledBase: string, quoteUsd: string, fee = '0.0005') =>
    expectedCost({ side, filledBase: dec(filledBase), quoteUsd: dec(quoteUsd) }, dec(100), dec(fee))

  it('counts slippage against mark and the fee on the quote', () => {
    const bought = cost('buy', '2', '201')
    expect(bought.slippageUsd.toString()).toBe('1')
    expect(bought.feeUsd.toString()).toBe('0.1005')
    expect(bought.totalUsd.toString()).toBe('1.1005')
    expect(cost('sell', '2', '199').slippageUsd.toString()).toBe('1')
  })

  it('is negative when the book is better than mark', () => {
    expect(cost('buy', '2', '199', '0').totalUsd.toString()).toBe('-1')
    expect(cost('sell', '2', '201', '0').totalUsd.toString()).toBe('-1')
  })

  it('of a hedge is the sum of its legs: the spread, whatever mark says', () => {
    fc.assert(
      fc.property(
        anyPositiveDec(5, 3),
        anyDec(90, 110, 2),
        anyDec(90, 110, 2),
        (size, bid, ask) => {
          const bought = cost('buy', size.toString(), size.times(ask).toString(), '0')
          const sold = cost('sell', size.toString(), size.times(bid).toString(), '0')
          const { totalUsd, slippageUsd, feeUsd } = sumCosts([bought, sold])
          expect(totalUsd.eq(size.times(ask.minus(bid)))).toBe(true)
          expect(slippageUsd.eq(totalUsd)).toBe(true)
          expect(feeUsd.isZero()).toBe(true)
        },
      ),
    )
  })

  it('of nothing is nothing', () => {
    expect(sumCosts([]).totalUsd.isZero()).toBe(true)
  })
})

describe('unknown prices', () => {
  const touch = fc.option(anyPositiveDec(100, 1), { nil: undefined })

  it('never open', () => {
    fc.assert(
      fc.property(anySide, touch, touch, (side, bestBid, bestAsk) => {
        const at: Quotes = { mark: undefined, bestBid, bestAsk }
        expect(refusalOf(() => opening(side, at)).code).toBe('mark_unknown')
      }),
    )
  })

  it('close as long as one is known', () => {
    fc.assert(
      fc.property(anySide, touch, touch, touch, (side, mark, bestBid, bestAsk) => {
        fc.pre(mark !== undefined || bestBid !== undefined || bestAsk !== undefined)
        expect(dec(closing(side, { mark, bestBid, bestAsk })).gt(0)).toBe(true)
      }),
    )
  })
})

/** The rule of PROTOCOL.md 11.3, written down a second time. */
function isAdmitted(side: OrderSide, price: Dec, at: Quotes): boolean {
  const factor = PRICE_BAND_PCT.div(100)
  const candidates = [at.mark, side === 'buy' ? at.bestAsk : at.bestBid].filter(
    (candidate) => candidate !== undefined,
  )
  return candidates.every((candidate) =>
    side === 'buy'
      ? price.lte(candidate.times(factor.plus(1)))
      : price.gte(candidate.times(dec(1).minus(factor))),
  )
}
