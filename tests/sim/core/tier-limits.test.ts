import { describe, expect, it } from 'vitest'
import { MARKET_SPECS } from '../../../src/sim/core/market-list.ts'
import {
  BTC,
  createFixture,
  type Fixture,
  groupTx,
  type OrderInput,
  orderTx,
} from './core-fixture.ts'

/** Ten markets like BTC, so that the cap of the account is reached before that of a market. */
const MARKETS = Array.from({ length: 10 }, (_, marketIndex) => {
  const spec = MARKET_SPECS.find((candidate) => candidate.marketIndex === BTC)
  if (spec === undefined) throw new Error('BTC is listed')
  return { ...spec, marketIndex, symbol: `M${marketIndex}` }
})

const RESTING: OrderInput = { account: 3, side: 'buy', size: 20n, price: 960_000n }
const STOP: OrderInput = {
  ...RESTING,
  side: 'sell',
  type: 2,
  price: 900_000n,
  trigger: 940_000n,
}

function fill(fixture: Fixture, count: number, input: OrderInput, perMarket: number): void {
  for (let at = 0; at < count; at += 1) {
    fixture.place({ ...input, market: Math.floor(at / perMarket) })
  }
}

describe('caps on live orders', () => {
  it.each([
    ['standard', 30],
    ['plus', 250],
    ['premium', 1000],
  ] as const)('of a %s account stop at %i resting orders a market with 21718', (tier, cap) => {
    const fixture = createFixture({ markets: MARKETS })
    fixture.core.deposit(3, 10n ** 12n, fixture.now())
    fixture.core.setTier('0xa1', tier)
    fill(fixture, cap, RESTING, cap)
    expect(fixture.refusalOf(orderTx({ ...RESTING, market: 0 }))).toBe(21718)
    expect(fixture.force(orderTx({ ...RESTING, market: 0 })).error?.code).toBe(21718)
    expect(fixture.refusalOf(orderTx({ ...RESTING, market: 1 }))).toBeUndefined()
    // What does not rest is not counted.
    expect(fixture.refusalOf(orderTx({ ...RESTING, market: 0, tif: 0 }))).toBeUndefined()
  })

  it.each([
    ['standard', 250, 30],
    ['plus', 750, 250],
    ['premium', 1500, 1000],
  ] as const)('of a %s account stop at %i resting orders in all with 21717', (tier, cap, each) => {
    const fixture = createFixture({ markets: MARKETS })
    fixture.core.deposit(3, 10n ** 12n, fixture.now())
    fixture.core.setTier('0xa1', tier)
    fill(fixture, cap, RESTING, each)
    expect(fixture.refusalOf(orderTx({ ...RESTING, market: 9 }))).toBe(21717)
    expect(fixture.force(orderTx({ ...RESTING, market: 9 })).error?.code).toBe(21717)
    expect(fixture.refusalOf(orderTx({ ...STOP, market: 9 }))).toBeUndefined()
  })

  it.each([
    ['standard', 10],
    ['plus', 16],
    ['premium', 16],
  ] as const)('of a %s account stop at %i untriggered orders a market with 21720', (tier, each) => {
    const fixture = createFixture({ markets: MARKETS })
    fixture.core.setTier('0xa1', tier)
    fill(fixture, each, STOP, each)
    expect(fixture.refusalOf(orderTx({ ...STOP, market: 0 }))).toBe(21720)
    expect(fixture.refusalOf(orderTx({ ...STOP, market: 1 }))).toBeUndefined()
  })

  it('of a standard account stop at 50 untriggered orders in all with 21719', () => {
    const fixture = createFixture({ markets: MARKETS })
    fill(fixture, 50, STOP, 10)
    expect(fixture.refusalOf(orderTx({ ...STOP, market: 7 }))).toBe(21719)
    expect(fixture.force(orderTx({ ...STOP, market: 7 })).error?.code).toBe(21719)
  })

  it('count a group whole: one place left is not enough for two', () => {
    const fixture = createFixture({ markets: MARKETS })
    fill(fixture, 9, STOP, 10)
    const pair: OrderInput = { ...STOP, market: 0, reduceOnly: true }
    const profit: OrderInput = { ...pair, type: 4, trigger: 1_100_000n, price: 1_050_000n }
    expect(fixture.refusalOf(groupTx(2, [pair, profit]))).toBe(21720)
  })
})
