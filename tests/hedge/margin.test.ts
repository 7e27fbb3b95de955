import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO } from '../../src/hedge/decimal.ts'
import type { Dec } from '../../src/hedge/decimal.ts'
import type { CrossAccount, MarginPosition } from '../../src/hedge/margin.ts'
import {
  initialMarginFractionAt,
  initialMarginUsd,
  liquidationDistancePct,
  liquidationPrice,
  maintenanceMarginUsd,
  marginSummary,
  marginUsePct,
  openingNeed,
} from '../../src/hedge/margin.ts'
import type { OrderSide } from '../../src/hedge/side.ts'
import { anyDec, anyMarket, anyPositiveDec, btcMarket, dec, ethMarket } from './sample-market.ts'

/** The ETH position of the live account in PROTOCOL.md section 3: 5 % initial, 1.2 % maintenance margin. */
const liveValueUsd = dec('54306.566340')
const livePnlUsd = dec('6197.829558')
const liveSize = dec('18.0193')
const livePosition: MarginPosition = {
  signedBase: liveSize,
  entryQuoteUsd: liveValueUsd.minus(livePnlUsd),
  mark: liveValueUsd.div(liveSize),
  initialMarginFraction: dec('0.05'),
  maintenanceMarginFraction: dec('0.012'),
}
const liveAccount: CrossAccount = {
  collateralUsd: dec('9100.242706'),
  positions: [livePosition],
}

const anyPosition: fc.Arbitrary<MarginPosition> = fc
  .record({
    size: anyPositiveDec(50, 4),
    isLong: fc.boolean(),
    entryPrice: anyPositiveDec(5000, 2),
    mark: anyPositiveDec(5000, 2),
    maintenance: fc.integer({ min: 40, max: 900 }),
  })
  .map(({ size, isLong, entryPrice, mark, maintenance }) => ({
    signedBase: isLong ? size : size.negated(),
    entryQuoteUsd: size.times(entryPrice),
    mark,
    initialMarginFraction: dec(maintenance).div(5000),
    maintenanceMarginFraction: dec(maintenance).div(10_000),
  }))

/** Total value less maintenance margin of an account, its first position moved to a price. */
function healthAt(account: CrossAccount, price: Dec): Dec {
  const [first, ...others] = account.positions
  const positions = first === undefined ? others : [{ ...first, mark: price }, ...others]
  const summary = marginSummary({ ...account, positions })
  return summary.totalValueUsd.minus(summary.maintenanceMarginUsd)
}

describe('the live account of the protocol', () => {
  it('has the liquidation price that the venue showed, to its last digit', () => {
    const price = liquidationPrice(livePosition, liveAccount.collateralUsd)
    expect(price?.toPrecision(17)).toBe('2191.1107231380406')
  })

  it('has the balance that the venue showed', () => {
    const summary = marginSummary(liveAccount)
    expect(summary.totalValueUsd.toFixed(6)).toBe('15298.072264')
    expect(summary.availableUsd.toFixed(6)).toBe('12582.743947')
    expect(summary.initialMarginUsd.toFixed(6)).toBe('2715.328317')
    expect(summary.maintenanceMarginUsd.toFixed(4)).toBe('651.6788')
  })

  it('is off in the third digit when the rounded entry price is used', () => {
    const rounded = { ...livePosition, entryQuoteUsd: liveSize.times('2669.84') }
    expect(liquidationPrice(rounded, liveAccount.collateralUsd)?.toFixed(2)).toBe('2191.11')
  })
})

describe('margin use', () => {
  it('is initial margin over portfolio, as in user_stats of the protocol', () => {
    // 39.995169 - 39.168314 is the initial margin; the venue shows 2.07.
    const initial = dec('39.995169').minus('39.168314')
    expect(marginUsePct(initial, dec('39.995169'))?.toFixed(2)).toBe('2.07')
  })

  it('of an account without value is unknown, not zero', () => {
    expect(marginUsePct(dec(1), ZERO)).toBeUndefined()
    expect(marginUsePct(dec(1), dec(-5))).toBeUndefined()
    expect(marginSummary({ collateralUsd: ZERO, positions: [] }).marginUsePct).toBeUndefined()
  })

  it('of an account without positions is zero', () => {
    const summary = marginSummary({ collateralUsd: dec(100), positions: [] })
    expect(summary.marginUsePct?.isZero()).toBe(true)
    expect(summary.availableUsd.toString()).toBe('100')
  })

  it('counts losses of shorts that rise', () => {
    const short = { ...livePosition, signedBase: dec(-1), entryQuoteUsd: dec(100), mark: dec(130) }
    const summary = marginSummary({ collateralUsd: dec(50), positions: [short] })
    expect(summary.totalValueUsd.toString()).toBe('20')
    expect(summary.availableUsd.toString()).toBe('13.5')
  })

  it('is additive over positions', () => {
    fc.assert(
      fc.property(
        fc.array(anyPosition, { maxLength: 6 }),
        anyDec(0, 10_000, 2),
        (positions, collateralUsd) => {
          const whole = marginSummary({ collateralUsd, positions })
          const alone = positions.map((one) =>
            marginSummary({ collateralUsd: ZERO, positions: [one] }),
          )
          const sum = alone.reduce((total, part) => total.plus(part.availableUsd), collateralUsd)
          expect(whole.availableUsd.eq(sum)).toBe(true)
        },
      ),
    )
  })
})

describe('margin of a size', () => {
  const at = { baseSize: dec('0.001'), price: dec(100_000) }

  it('is a tenth of the notional at leverage 10', () => {
    expect(initialMarginUsd(btcMarket(), dec(10), at).toString()).toBe('10')
    expect(maintenanceMarginUsd(btcMarket(), at).toString()).toBe('1.2')
  })

  it('is never below the lowest of the market', () => {
    expect(initialMarginFractionAt(btcMarket(), dec(80)).toString()).toBe('0.02')
    expect(initialMarginFractionAt(btcMarket(), dec(3)).toString()).toBe('0.3334')
  })

  it('falls with leverage and never below maintenance', () => {
    fc.assert(
      fc.property(anyMarket, fc.integer({ min: 1, max: 99 }), (market, leverage) => {
        const now = initialMarginUsd(market, dec(leverage), at)
        expect(initialMarginUsd(market, dec(leverage + 1), at).lte(now)).toBe(true)
        expect(now.gt(maintenanceMarginUsd(market, at))).toBe(true)
      }),
    )
  })
})

describe('liquidation price', () => {
  const long = {
    signedBase: dec(1),
    entryQuoteUsd: dec(100),
    maintenanceMarginFraction: dec('0.01'),
  }
  const short = { ...long, signedBase: dec(-1) }

  it('lies below a long and above a short', () => {
    expect(liquidationPrice(long, dec(10))?.toFixed(6)).toBe('90.909091')
    expect(liquidationPrice(short, dec(10))?.toFixed(6)).toBe('108.910891')
  })

  it('of a long is none when the collateral covers a price of zero', () => {
    expect(liquidationPrice(long, dec(100))).toBeUndefined()
    expect(liquidationPrice(long, dec(500))).toBeUndefined()
    expect(liquidationPrice(long, dec('99.9'))?.gt(0)).toBe(true)
  })

  it('of a short exists whatever the collateral', () => {
    expect(liquidationPrice(short, dec(1_000_000))?.gt(900_000)).toBe(true)
  })

  it('of a short beyond help is zero, not none: every price liquidates it', () => {
    expect(liquidationPrice(short, dec(-200))?.isZero()).toBe(true)
  })

  it('of nothing is none', () => {
    expect(liquidationPrice({ ...long, signedBase: ZERO }, dec(10))).toBeUndefined()
  })

  it('comes nearer by what other positions lose and ask for', () => {
    const other: MarginPosition = {
      signedBase: dec(-2),
      entryQuoteUsd: dec(40),
      mark: dec(22),
      initialMarginFraction: dec('0.1'),
      maintenanceMarginFraction: dec('0.05'),
    }
    // Loses 4 and asks for 2.2: 10 of collateral are 3.8.
    expect(liquidationPrice(long, dec(10), [other])).toEqual(liquidationPrice(long, dec('3.8')))
    expect(liquidationPrice(short, dec(10), [other])).toEqual(liquidationPrice(short, dec('3.8')))
  })

  it('is where total value equals maintenance margin', () => {
    fc.assert(
      fc.property(
        fc.array(anyPosition, { minLength: 1, maxLength: 5 }),
        anyDec(0, 50_000, 2),
        (positions, collateralUsd) => {
          const account = { collateralUsd, positions }
          const [first, ...others] = positions
          const price = first && liquidationPrice(first, collateralUsd, others)
          if (price === undefined || price.isZero()) return
          expect(healthAt(account, price).abs().lt('1e-20')).toBe(true)
        },
      ),
    )
  })

  it('parts the healthy prices from the others', () => {
    fc.assert(
      fc.property(
        fc.array(anyPosition, { minLength: 1, maxLength: 5 }),
        anyDec(-10_000, 50_000, 2),
        anyPositiveDec(10_000, 2),
        (positions, collateralUsd, price) => {
          const [first, ...others] = positions
          if (first === undefined) return
          const liquidation = liquidationPrice(first, collateralUsd, others)
          const isHealthy = healthAt({ collateralUsd, positions }, price).gte('-1e-20')
          const isLong = first.signedBase.isPositive()
          const isBefore =
            liquidation === undefined || (isLong ? price.gte(liquidation) : price.lte(liquidation))
          if (liquidation !== undefined && price.minus(liquidation).abs().lt('1e-15')) return
          expect(isHealthy).toBe(isBefore)
        },
      ),
    )
  })

  it('moves away with collateral', () => {
    fc.assert(
      fc.property(
        anyPosition,
        anyDec(0, 1000, 2),
        anyPositiveDec(1000, 2),
        (held, collateral, more) => {
          const near = liquidationPrice(held, collateral)
          const far = liquidationPrice(held, collateral.plus(more))
          // No price at all is the furthest away that a long can be.
          const isFurther = held.signedBase.isPositive()
            ? (far ?? ZERO).lt(near ?? '1e-30')
            : far !== undefined && near !== undefined && far.gt(near)
          expect(isFurther).toBe(true)
        },
      ),
    )
  })
})

describe('distance to liquidation', () => {
  it('is in percent of mark, on the side that hurts', () => {
    expect(liquidationDistancePct(dec(1), dec(200), dec(150))?.toString()).toBe('25')
    expect(liquidationDistancePct(dec(-1), dec(200), dec(250))?.toString()).toBe('25')
  })

  it('is negative past it', () => {
    expect(liquidationDistancePct(dec(1), dec(140), dec(150))?.lt(0)).toBe(true)
    expect(liquidationDistancePct(dec(-1), dec(260), dec(250))?.lt(0)).toBe(true)
  })

  it('of a short that every price liquidates is -100 %', () => {
    expect(liquidationDistancePct(dec(-1), dec(200), ZERO)?.toString()).toBe('-100')
  })

  it('is unknown without position, price or liquidation price', () => {
    expect(liquidationDistancePct(ZERO, dec(200), dec(150))).toBeUndefined()
    expect(liquidationDistancePct(dec(1), dec(200), undefined)).toBeUndefined()
    expect(liquidationDistancePct(dec(1), ZERO, dec(150))).toBeUndefined()
  })
})

describe('what an opening needs', () => {
  const needOf = (side: OrderSide, worstPrice: string, fee = '0') =>
    openingNeed({
      side,
      baseSize: dec('0.001'),
      worstPrice: dec(worstPrice),
      mark: dec(100_000),
      initialMarginFraction: dec('0.1'),
      takerFeeFraction: dec(fee),
    })

  it('is margin at mark, the loss at the worst price and the fee', () => {
    const bought = needOf('buy', '100500', '0.0005')
    expect(bought.marginUsd.toString()).toBe('10')
    expect(bought.slippageUsd.toString()).toBe('0.5')
    expect(bought.feeUsd.toString()).toBe('0.05025')
    expect(bought.totalUsd.toString()).toBe('10.55025')
  })

  it('counts the fee of a sale at mark, where it is highest', () => {
    const sold = needOf('sell', '99500', '0.0005')
    expect(sold.slippageUsd.toString()).toBe('0.5')
    expect(sold.feeUsd.toString()).toBe('0.05')
  })

  it('counts no gain of a limit that is better than mark', () => {
    expect(needOf('buy', '99000').totalUsd.toString()).toBe('10')
    expect(needOf('sell', '101000').totalUsd.toString()).toBe('10')
  })

  it('suffices: with it available the account is healthy after the worst fill', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<OrderSide>('buy', 'sell'),
        anyPositiveDec(5, 4),
        anyPositiveDec(5000, 2),
        anyDec(0, 5, 2),
        fc.integer({ min: 0, max: 10 }),
        (side, baseSize, mark, slippagePct, feeBps) => {
          const slip = slippagePct.div(100)
          const worstPrice = mark.times(side === 'buy' ? slip.plus(1) : dec(1).minus(slip))
          const takerFeeFraction = dec(feeBps).div(10_000)
          const initialMarginFraction = initialMarginFractionAt(ethMarket(), dec(20))
          const need = openingNeed({
            side,
            baseSize,
            worstPrice,
            mark,
            initialMarginFraction,
            takerFeeFraction,
          })
          const fee = baseSize.times(worstPrice).times(takerFeeFraction)
          const { availableUsd } = marginSummary({
            collateralUsd: need.totalUsd.minus(fee),
            positions: [
              {
                signedBase: side === 'buy' ? baseSize : baseSize.negated(),
                entryQuoteUsd: baseSize.times(worstPrice),
                mark,
                initialMarginFraction,
                maintenanceMarginFraction: dec('0.012'),
              },
            ],
          })
          expect(availableUsd.gte('-1e-25')).toBe(true)
        },
      ),
    )
  })
})
