import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'
import { priceStep } from '../../src/hedge/market.ts'
import { unrealizedPnlUsd } from '../../src/hedge/pnl.ts'
import { highestPrice } from '../../src/hedge/prices.ts'
import type { Side } from '../../src/hedge/side.ts'
import { signedBase } from '../../src/hedge/side.ts'
import type { StopLeg, StopLevel, StopLevelsOptions } from '../../src/hedge/stops.ts'
import {
  STOP_WORST_PRICE_PCT,
  legStopPrices,
  lossAt,
  lossPrice,
  stopDistancePct,
  stopLevels,
} from '../../src/hedge/stops.ts'
import { refusalOf } from './refusal-of.ts'
import { anyDec, anyMarket, anyPositiveDec, btcMarket, dec } from './sample-market.ts'

/** Written as in `long 0.01 @ 100000`, a liquidation price after another space. */
const leg = (text: string, account = 'a'): StopLeg => {
  const [side, size = '', , entry = '', liquidation] = text.split(' ')
  return {
    account,
    side: side as Side,
    baseSize: dec(size),
    entryPrice: dec(entry),
    liquidationPrice: liquidation === undefined ? undefined : dec(liquidation),
  }
}
const options = (legs: readonly StopLeg[], changes: Partial<StopLevelsOptions> = {}) => ({
  market: btcMarket(),
  mark: dec(100_000),
  legs,
  stopLossUsd: dec(100),
  exchangeStopPct: dec(120),
  liquidationBufferPct: dec(1),
  ...changes,
})
const levelsOf = (legs: readonly StopLeg[], changes: Partial<StopLevelsOptions> = {}) =>
  stopLevels(options(legs, changes))
const pair = [leg('long 0.01 @ 100000', 'a'), leg('short 0.01 @ 100000', 'b')]

const anySide: fc.Arbitrary<Side> = fc.constantFrom('long', 'short')
const anyLeg: fc.Arbitrary<StopLeg> = fc.record({
  account: fc.constantFrom('a', 'b', 'c'),
  side: anySide,
  baseSize: anyPositiveDec(10, 4),
  entryPrice: anyDec(900, 1100, 2),
  liquidationPrice: fc.constant(undefined),
})
const anyFineMarket = anyMarket.map((market): MarketInfo => ({ ...market, priceDecimals: 3 }))

describe('the loss of a leg', () => {
  it('grows against its side', () => {
    const [long, short] = pair
    expect(long && lossAt(long, dec(99_000)).toString()).toBe('10')
    expect(short && lossAt(short, dec(99_000)).toString()).toBe('-10')
    expect(short && lossAt(short, dec(101_000)).toString()).toBe('10')
  })

  it('is the negative of its floating profit', () => {
    fc.assert(
      fc.property(anyLeg, anyPositiveDec(2000, 2), (one, price) => {
        const position = {
          signedBase: signedBase(one.side, one.baseSize),
          entryPrice: one.entryPrice,
        }
        expect(lossAt(one, price).plus(unrealizedPnlUsd(position, price)).isZero()).toBe(true)
      }),
    )
  })

  it('is reached at one price, below a long and above a short', () => {
    expect(lossPrice(leg('long 0.01 @ 100000'), dec(100)).toString()).toBe('90000')
    expect(lossPrice(leg('short 0.01 @ 100000'), dec(100)).toString()).toBe('110000')
    expect(lossPrice(leg('long 0.001 @ 100000'), dec(120)).toString()).toBe('-20000')
  })

  it('of a leg without a size is a bug', () => {
    expect(refusalOf(() => lossPrice(leg('long 0 @ 100'), dec(1))).kind).toBe('bug')
  })

  it('passes the threshold at exactly the ticks where the comparison says so', () => {
    fc.assert(
      fc.property(
        anyLeg,
        anyPositiveDec(500, 2),
        anyPositiveDec(2000, 2),
        (one, threshold, mark) => {
          const trigger = lossPrice(one, threshold)
          const isDue = one.side === 'long' ? mark.lte(trigger) : mark.gte(trigger)
          expect(isDue).toBe(lossAt(one, mark).gte(threshold))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the two levels of a hedge', () => {
  it('lie where one leg or the other has lost 120 percent of the threshold', () => {
    expect(levelsOf(pair)).toEqual({
      state: 'REACHABLE',
      down: { triggerPrice: dec(88_000), account: 'a', limitedBy: 'loss', isDue: false },
      up: { triggerPrice: dec(112_000), account: 'b', limitedBy: 'loss', isDue: false },
    })
  })

  it('follow the share of the threshold', () => {
    const levels = levelsOf(pair, { exchangeStopPct: dec(100) })
    expect(levels.down?.triggerPrice.toString()).toBe('90000')
    expect(levels.up?.triggerPrice.toString()).toBe('110000')
  })

  it('are those of the first leg to lose when there are several a side', () => {
    const levels = levelsOf([
      leg('long 0.01 @ 100000', 'a'),
      leg('long 0.02 @ 100000', 'b'),
      leg('short 0.01 @ 100500', 'c'),
      leg('short 0.02 @ 102000', 'd'),
    ])
    expect(levels.down).toMatchObject({ account: 'b', triggerPrice: dec(94_000) })
    expect(levels.up).toMatchObject({ account: 'd', triggerPrice: dec(108_000) })
  })

  it('come from the first account when several are equally near', () => {
    const levels = levelsOf([leg('long 0.01 @ 100000', 'x'), leg('long 0.01 @ 100000', 'y')])
    expect(levels.down?.account).toBe('x')
  })

  it('pass over legs without a position', () => {
    const levels = levelsOf([...pair, leg('long 0 @ 1'), leg('short 0 @ 1')])
    expect(levels).toEqual(levelsOf(pair))
  })

  it('are one when only one side stands', () => {
    expect(levelsOf([leg('long 0.01 @ 100000')]).up).toBeUndefined()
    expect(levelsOf([leg('short 0.01 @ 100000')]).down).toBeUndefined()
    expect(levelsOf([])).toEqual({ state: 'NOT_REACHABLE', down: undefined, up: undefined })
  })

  it('never fire before their loss, and less than a tick after it', () => {
    fc.assert(
      fc.property(
        anyFineMarket,
        fc.array(anyLeg, { minLength: 1, maxLength: 6 }),
        anyPositiveDec(500, 2),
        (market, legs, stopLossUsd) => {
          const levels = levelsOf(legs, { market, mark: dec(1000), stopLossUsd })
          const promised = stopLossUsd.times('1.2')
          const isKept = (side: Side, level: StopLevel | undefined) => {
            if (level === undefined) return true
            const ofSide = legs.filter((one) => one.side === side)
            const past = ofSide.map((one) => lossAt(one, level.triggerPrice).minus(promised))
            // One leg has lost what was promised; none is further past it than a tick is worth.
            return (
              past.some((excess) => excess.gte(0)) &&
              ofSide.every((one, at) => past[at]?.lt(priceStep(market).times(one.baseSize)))
            )
          }
          expect(isKept('long', levels.down)).toBe(true)
          expect(isKept('short', levels.up)).toBe(true)
        },
      ),
    )
  })

  it('straddle mark unless one is due', () => {
    fc.assert(
      fc.property(
        fc.array(anyLeg, { maxLength: 6 }),
        anyPositiveDec(500, 2),
        (legs, stopLossUsd) => {
          const mark = dec(1000)
          const { down, up } = levelsOf(legs, { mark, stopLossUsd })
          expect(down?.triggerPrice.lt(mark) ?? true).toBe(down?.isDue !== true)
          expect(up?.triggerPrice.gt(mark) ?? true).toBe(up?.isDue !== true)
        },
      ),
    )
  })

  it('straddle mark always when the hedge was opened at mark', () => {
    fc.assert(
      fc.property(
        fc.array(anyLeg, { maxLength: 6 }),
        anyPositiveDec(500, 2),
        (legs, stopLossUsd) => {
          const opened = legs.map((one) => ({ ...one, entryPrice: dec(1000) }))
          const { down, up } = levelsOf(opened, { mark: dec(1000), stopLossUsd })
          expect(down?.isDue ?? false).toBe(false)
          expect(up?.isDue ?? false).toBe(false)
        },
      ),
    )
  })

  it('move away with the threshold', () => {
    fc.assert(
      fc.property(
        fc.array(anyLeg, { minLength: 1, maxLength: 6 }),
        anyDec(1, 100, 2),
        (legs, usd) => {
          const near = levelsOf(legs, { mark: dec(1000), stopLossUsd: usd })
          const far = levelsOf(legs, { mark: dec(1000), stopLossUsd: usd.times(2) })
          const isDownHigher = far.down && near.down?.triggerPrice.gte(far.down.triggerPrice)
          const isUpLower = far.up && near.up?.triggerPrice.lte(far.up.triggerPrice)
          expect(isDownHigher).toBe(far.down && true)
          expect(isUpLower).toBe(far.up && true)
        },
      ),
    )
  })
})

describe('a level that cannot be reached', () => {
  it('is both of the sample of the documentation: 0.001 BTC with 100 USD', () => {
    const levels = levelsOf([leg('long 0.001 @ 100000'), leg('short 0.001 @ 100000')])
    expect(levels).toEqual({ state: 'NOT_REACHABLE', down: undefined, up: undefined })
  })

  it('is a long at or below zero', () => {
    expect(levelsOf([leg('long 0.0012 @ 100000')]).down).toBeUndefined()
    expect(levelsOf([leg('long 0.0013 @ 100000')]).down?.triggerPrice.gt(0)).toBe(true)
  })

  it('is a short more than twice mark', () => {
    expect(levelsOf([leg('short 0.0012 @ 100000')]).up?.triggerPrice.toString()).toBe('200000')
    expect(levelsOf([leg('short 0.00119 @ 100000')]).up).toBeUndefined()
  })

  it('is one that the 32-bit integer of the venue cannot say', () => {
    const market = btcMarket({ priceDecimals: 6 })
    const mark = dec(4000)
    const wide = levelsOf([leg('short 1 @ 4000')], { market, mark, stopLossUsd: dec(300) })
    expect(highestPrice(market).toString()).toBe('4294.967295')
    expect(wide.up).toBeUndefined()
    const near = levelsOf([leg('short 1 @ 4000')], { market, mark, stopLossUsd: dec(200) })
    expect(near.up?.triggerPrice.toString()).toBe('4240')
  })

  it('becomes reachable by liquidation', () => {
    const levels = levelsOf([
      leg('long 0.001 @ 100000 60000', 'a'),
      leg('short 0.001 @ 100000 140000', 'b'),
    ])
    expect(levels.state).toBe('REACHABLE')
    expect(levels.down).toMatchObject({ limitedBy: 'liquidation', triggerPrice: dec(60_600) })
    expect(levels.up).toMatchObject({ limitedBy: 'liquidation', triggerPrice: dec(138_600) })
  })
})

describe('the buffer before liquidation', () => {
  it('moves a level that lies behind it, and only that', () => {
    const levels = levelsOf([
      leg('long 0.01 @ 100000 89000', 'a'),
      leg('short 0.01 @ 100000 150000', 'b'),
    ])
    expect(levels.down).toMatchObject({ triggerPrice: dec(89_890), limitedBy: 'liquidation' })
    expect(levels.up).toMatchObject({ triggerPrice: dec(112_000), limitedBy: 'loss' })
  })

  it('counts for every leg, not only for the one that loses first', () => {
    const levels = levelsOf([leg('long 0.01 @ 100000', 'a'), leg('long 0.001 @ 100000 95000', 'b')])
    expect(levels.down).toMatchObject({ account: 'b', triggerPrice: dec(95_950) })
  })

  it('is due when mark is inside it', () => {
    const levels = levelsOf([leg('long 0.01 @ 100000 99500', 'a')])
    expect(levels.down).toMatchObject({ isDue: true, limitedBy: 'liquidation' })
    expect(levels.state).toBe('REACHABLE')
  })

  it('is due for a short that every price liquidates, at the lowest price there is', () => {
    const levels = levelsOf([leg('short 0.01 @ 100000 0', 'a')])
    expect(levels.up).toMatchObject({ isDue: true, triggerPrice: dec('0.1') })
  })

  it('is never cut by rounding', () => {
    fc.assert(
      fc.property(
        anyMarket,
        anyLeg,
        anyDec(500, 1500, 4),
        anyDec(0, 10, 1),
        (market, one, liquidationPrice, liquidationBufferPct) => {
          const levels = levelsOf([{ ...one, liquidationPrice }], {
            market,
            mark: dec(1000),
            liquidationBufferPct,
          })
          const level = levels.down ?? levels.up
          // Where the venue's integer ends, nothing can be kept.
          if (level === undefined || level.triggerPrice.eq(highestPrice(market))) return
          const buffer = liquidationPrice.times(liquidationBufferPct).div(100)
          const isLowest = level.triggerPrice.eq(priceStep(market))
          const isKept =
            one.side === 'long'
              ? level.triggerPrice.gte(liquidationPrice.plus(buffer))
              : isLowest || level.triggerPrice.lte(liquidationPrice.minus(buffer))
          expect(isKept).toBe(true)
        },
      ),
    )
  })
})

describe('the resting stops of a leg', () => {
  it('share the two levels between both legs', () => {
    const levels = levelsOf(pair)
    const long = legStopPrices(btcMarket(), 'long', levels)
    const short = legStopPrices(btcMarket(), 'short', levels)
    expect(long.down?.triggerPrice).toEqual(short.down?.triggerPrice)
    expect(long.up?.triggerPrice).toEqual(short.up?.triggerPrice)
  })

  it('sell below and buy above their triggers', () => {
    const levels = levelsOf(pair)
    const long = legStopPrices(btcMarket(), 'long', levels)
    expect(long.down?.worstPrice.toString()).toBe('83600')
    expect(long.up?.worstPrice.toString()).toBe('106400')
    const short = legStopPrices(btcMarket(), 'short', levels)
    expect(short.down?.worstPrice.toString()).toBe('92400')
    expect(short.up?.worstPrice.toString()).toBe('117600')
  })

  it('are missing where the level is', () => {
    const one = levelsOf([leg('long 0.01 @ 100000')])
    expect(legStopPrices(btcMarket(), 'long', one).up).toBeUndefined()
    expect(legStopPrices(btcMarket(), 'short', one).down).toBeDefined()
    const none = levelsOf([])
    expect(legStopPrices(btcMarket(), 'long', none)).toEqual({ down: undefined, up: undefined })
  })

  it('never lie further from the trigger than promised, are prices of the venue and on the tick', () => {
    const level = (triggerPrice: Dec): StopLevel => ({
      triggerPrice,
      account: 'a',
      limitedBy: 'loss',
      isDue: false,
    })
    fc.assert(
      fc.property(
        anyMarket,
        anySide,
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (market, side, ticks) => {
          const trigger = priceStep(market).times(ticks)
          const { down } = legStopPrices(market, side, { down: level(trigger), up: undefined })
          const worst = down?.worstPrice ?? dec(-1)
          const far = trigger.times(STOP_WORST_PRICE_PCT).div(100)
          expect(worst.minus(trigger).abs().lte(far)).toBe(true)
          expect(side === 'long' ? worst.lte(trigger) : worst.gte(trigger)).toBe(true)
          expect(worst.gt(0) && worst.lte(highestPrice(market))).toBe(true)
          expect(worst.div(priceStep(market)).isInteger()).toBe(true)
        },
      ),
    )
  })
})

describe('the distance to the stop', () => {
  it('is that of the nearer level, in percent of mark', () => {
    const levels = levelsOf([leg('long 0.01 @ 100000'), leg('short 0.02 @ 100000')])
    expect(stopDistancePct(dec(100_000), levels)?.toString()).toBe('6')
    expect(stopDistancePct(dec(88_500), levels)?.toFixed(3)).toBe('0.565')
  })

  it('is zero when a level is due, and unknown without levels', () => {
    const due = levelsOf([leg('long 0.01 @ 100000 99500')])
    expect(stopDistancePct(dec(100_000), due)?.isZero()).toBe(true)
    expect(stopDistancePct(dec(100_000), levelsOf([]))).toBeUndefined()
  })
})
