import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hourlyRateE6 } from '../../../src/sim/core/funding.ts'
import { BTC, createFixture, totalE12 } from './core-fixture.ts'

const HOUR_MS = 3_600_000

describe('the hourly rate', () => {
  it.each([
    [0n, 12n],
    [100n, 12n],
    [600n, 12n],
    [601n, 12n],
    [608n, 13n],
    [-400n, 12n],
    [-508n, -1n],
    [-507n, 0n],
    [1_000_000n, 5_000n],
    [-1_000_000n, -5_000n],
  ])('of an average premium of %i millionths is %i', (average, rate) => {
    expect(hourlyRateE6(average)).toBe(rate)
  })

  it('never falls when the premium rises', () => {
    fc.assert(
      fc.property(fc.bigInt(-100_000n, 100_000n), fc.bigInt(0n, 1000n), (average, more) => {
        expect(hourlyRateE6(average + more)).toBeGreaterThanOrEqual(hourlyRateE6(average))
      }),
    )
  })
})

describe('funding', () => {
  function withPositions() {
    const fixture = createFixture()
    fixture.place({ account: 4, side: 'sell', size: 1000n, price: 1_000_000n })
    fixture.place({ account: 3, side: 'buy', size: 1000n, price: 1_000_000n, type: 1 })
    fixture.pass(1)
    return fixture
  }

  it('lets longs pay shorts at each full hour on the index price', () => {
    const { core, pass } = withPositions()
    pass(HOUR_MS)
    const change = 1000n * 12n * 1_000_000n
    expect(core.fundingPayments(3)).toHaveLength(1)
    expect(core.fundingPayments(3)[0]).toMatchObject({
      marketIndex: BTC,
      changeE12: -change,
      rateE6: 12n,
      sizeTicks: 1000n,
    })
    expect((core.fundingPayments(3)[0]?.timestampMs ?? 1) % HOUR_MS).toBe(0)
    expect(core.fundingPayments(4)[0]).toMatchObject({ changeE12: change, sizeTicks: -1000n })
    expect(core.markets.get(BTC)?.fundingHours.at(-1)).toMatchObject({
      rateE6: 12n,
      indexTicks: 1_000_000n,
    })
  })

  it('counts in the value at once and is booked when the position next changes', () => {
    const { core, pass, place } = withPositions()
    const before = core.account(3)?.collateralE12 ?? 0n
    const total = totalE12(core)
    pass(HOUR_MS)
    const owed = 1000n * 12n * 1_000_000n
    expect(core.account(3)?.collateralE12).toBe(before)
    expect(core.positionFigures(3, BTC).unsettledFundingE12).toBe(-owed)
    expect(core.accountFigures(3)).toMatchObject({
      collateralE12: before - owed,
      crossValueE12: before - owed,
    })
    place({ account: 4, side: 'buy', size: 100n, price: 1_000_000n })
    place({ account: 3, side: 'sell', size: 100n, price: 1_000_000n, type: 1 })
    expect(core.account(3)?.collateralE12).toBe(before - owed)
    expect(core.account(3)?.positions.get(BTC)?.fundingPaidE12).toBe(owed)
    expect(core.positionFigures(3, BTC).unsettledFundingE12).toBe(0n)
    expect(totalE12(core)).toBe(total)
  })

  it('settles every hour of a long silence', () => {
    const { core, pass } = withPositions()
    pass(5 * HOUR_MS)
    expect(core.fundingPayments(3)).toHaveLength(5)
  })

  it('follows the premium of the book over the index', () => {
    const { core, pass, place } = withPositions()
    place({ account: 5, side: 'buy', size: 30_000n, price: 1_010_000n })
    pass(HOUR_MS)
    // Impact bid 1 % above the index: 10 000 − 500 millionths over 8 hours.
    expect(core.fundingPayments(3)[0]?.rateE6).toBe(1187n)
    place({ account: 5, side: 'buy', size: 100n, price: 990_000n })
    pass(60_000)
    expect(core.markets.get(BTC)?.currentFundingRateE6).toBe(1187n)
  })

  it('keeps one list of the hours until the next one is settled', () => {
    const { core, pass } = withPositions()
    const hours = () => core.markets.get(BTC)?.fundingHours
    expect(hours()).toEqual([])
    pass(2 * HOUR_MS)
    const known = hours()
    expect(known).toHaveLength(2)
    pass(60_000)
    expect(hours()).toBe(known)
    pass(HOUR_MS)
    expect(hours()).toHaveLength(3)
    expect(hours()?.slice(0, 2)).toEqual(known)
  })

  it('takes the index where the book is too thin for the impact notional', () => {
    const { core, pass, place } = withPositions()
    place({ account: 5, side: 'buy', size: 100n, price: 1_010_000n })
    pass(HOUR_MS)
    expect(core.fundingPayments(3)[0]?.rateE6).toBe(12n)
  })
})
