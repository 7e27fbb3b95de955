import { describe, expect, it } from 'vitest'
import { LLP_ACCOUNT_INDEX } from '../../../src/sim/core/account-model.ts'
import { isolatedRemovableE12 } from '../../../src/sim/core/margin.ts'
import type { Fixture } from './core-fixture.ts'
import {
  BTC,
  ETH,
  START_MS,
  createFixture,
  netTicks,
  totalE12,
  transaction,
} from './core-fixture.ts'

/** Thousandths of a USDC in 1e-12 USDC: the figures below were worked out by hand to three places and more. */
const MILLI = 1_000_000_000n
const MARKET = { type: 1 }

function isolate(fixture: Fixture, imf: number, market = BTC): void {
  fixture.send(
    transaction(3, {
      kind: 'updateLeverage',
      marketIndex: market,
      initialMarginFraction: imf,
      marginMode: 1,
    }),
  )
}

function trade(fixture: Fixture, side: 'buy' | 'sell', [size, price]: readonly [bigint, bigint]) {
  fixture.place({ account: 4, side: side === 'buy' ? 'sell' : 'buy', size, price })
  return fixture.place({ account: 3, side, size, price, ...MARKET })
}

/** 0.1 BTC bought 0.1 % above the mark at ten times leverage, for a fee of 0.05 %. */
function opened(): Fixture {
  const fixture = createFixture()
  fixture.core.deposit(4, 1_000_000_000_000n, START_MS)
  fixture.core.setFees(3, 0, 500)
  isolate(fixture, 1000)
  trade(fixture, 'buy', [10_000n, 1_001_000n])
  return fixture
}

const money = (fixture: Fixture) => {
  const account = fixture.core.account(3)
  return {
    cross: account?.collateralE12,
    margin: account?.positions.get(BTC)?.allocatedMarginE12,
  }
}

describe('isolated margin, by hand', () => {
  it('grows by the requirement of what was added, less the instant profit, plus the fee', () => {
    // Requirement 1000, instant loss 10, fee 5.005: 1015.005 leave cross, 5.005 of it for the fee.
    expect(money(opened())).toEqual({ cross: 8_984_995n * MILLI, margin: 1_010_000n * MILLI })
  })

  it('releases what is above the proportional value when the position shrinks', () => {
    const fixture = opened()
    fixture.mark(1_010_000n)
    trade(fixture, 'sell', [4_000n, 1_002_000n])
    // Profit 4, fee 2.004; value 1100 × 6/10 = 660 stays, of 1065.996 there is 405.996 too much.
    expect(money(fixture)).toEqual({ cross: 9_390_991n * MILLI, margin: 606_000n * MILLI })
  })

  it('returns everything when the position closes', () => {
    const fixture = opened()
    fixture.mark(1_010_000n)
    trade(fixture, 'sell', [4_000n, 1_002_000n])
    trade(fixture, 'sell', [6_000n, 1_010_000n])
    // 10 000 + profit 58 − fees 10.039.
    expect(money(fixture)).toEqual({ cross: 10_047_961n * MILLI, margin: 0n })
  })

  it('is set to the new requirement when the position turns', () => {
    const fixture = opened()
    trade(fixture, 'sell', [30_000n, 999_000n])
    // Margin left over 975.015; requirement 2000 and floating loss 20: cross adds 1044.985.
    expect(money(fixture)).toEqual({ cross: 7_940_010n * MILLI, margin: 2_020_000n * MILLI })
  })

  it('does not let cross pay for a loss beyond it', () => {
    const fixture = opened()
    const before = money(fixture)
    for (const size of [10_000n, 9_000n]) {
      expect(trade(fixture, 'sell', [size, 890_000n]).status).toBe('canceled-margin-not-allowed')
    }
    expect(money(fixture)).toEqual(before)
    expect(fixture.position(3)).toBe(10_000n)
  })

  it('is what a market asks for that allows nothing else, even of rows made before', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [100n, 1_000_000n])
    trade(fixture, 'sell', [100n, 1_000_000n])
    expect(fixture.core.account(3)?.positions.get(BTC)?.marginMode).toBe(0)
    fixture.core.setMarket(BTC, { marketMarginMode: 1 })
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    expect(fixture.core.account(3)?.positions.get(BTC)).toMatchObject({
      marginMode: 1,
      allocatedMarginE12: 500_000n * MILLI,
    })
  })

  it('counts funding that is still to be paid against what may be taken out', () => {
    const fixture = createFixture()
    isolate(fixture, 1000)
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    const { core } = fixture
    const update = transaction(3, {
      kind: 'updateMargin',
      marketIndex: BTC,
      usdcAmount: 100_000_000n,
      direction: 1,
    })
    fixture.send(update)
    const removable = () => {
      const [market, position] = [core.markets.get(BTC), core.account(3)?.positions.get(BTC)]
      if (market === undefined || position === undefined) throw new Error('no position')
      return isolatedRemovableE12(market, position)
    }
    expect(removable()).toBe(100_000n * MILLI)
    fixture.pass(1)
    fixture.pass(3_600_000)
    // 12 millionths of 10 000 USDC.
    expect(removable()).toBe(99_880n * MILLI)
    fixture.mark(1_100_000n)
    // Floating profit of 1000 does not leave: margin 1100 less funding does, while 1100 − … stays required.
    expect(removable()).toBe((1_100_000n - 120n + 1_000_000n - 1_100_000n) * MILLI)
    fixture.mark(950_000n)
    expect(removable()).toBe(0n)
  })
})

describe('isolated liquidation, by hand', () => {
  /** 0.1 BTC at fifty times: margin 200, zero price 98 000 wherever the mark is. */
  function fiftyfold(): Fixture {
    const fixture = createFixture()
    fixture.core.deposit(4, 1_000_000_000_000n, START_MS)
    isolate(fixture, 200)
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    expect(money(fixture)).toEqual({ cross: 9_800_000n * MILLI, margin: 200_000n * MILLI })
    return fixture
  }

  it('sells at the bid for a fee of the improvement over the zero price, and leaves cross alone', () => {
    const fixture = fiftyfold()
    const pool = fixture.core.account(LLP_ACCOUNT_INDEX)?.collateralE12 ?? 0n
    const other = fixture.place({
      account: 3,
      market: ETH,
      side: 'buy',
      size: 100n,
      price: 299_000n,
    })
    const own = fixture.place({ account: 3, side: 'sell', size: 100n, price: 1_040_000n })
    fixture.place({ account: 4, side: 'buy', size: 50_000n, price: 985_000n })
    fixture.mark(989_500n)
    // Value 95 of 118.74: all must go. Fee ⌊5 000 / 985 000⌋ = 5076 millionths of 9850 = 49.9986.
    expect([other.status, own.status]).toEqual(['open', 'canceled-liquidation'])
    const [sold] = fixture.core.trades(BTC, 1)
    expect(sold).toMatchObject({
      type: 'liquidation',
      priceTicks: 985_000n,
      sizeTicks: 10_000n,
      ask: { accountIndex: 3, feeTick: 5076, feeE12: 49_998_600_000_000n },
    })
    expect(fixture.core.notifications(3)[0]).toMatchObject({
      kind: 'liquidation',
      liquidationType: 'partial',
      sizeBeforeTicks: 10_000n,
      sizeTicks: 10_000n,
      priceTicks: 985_000n,
      quoteMicros: 9_850_000_000n,
      feeE12: 49_998_600_000_000n,
    })
    expect(money(fixture)).toEqual({ cross: 9_800_000n * MILLI + 1_400_000_000n, margin: 0n })
    expect((fixture.core.account(LLP_ACCOUNT_INDEX)?.collateralE12 ?? 0n) - pool).toBe(
      49_998_600_000_000n,
    )
    expect(fixture.core.account(3)?.health).toBe('healthy')
  })

  it('stops selling once the maintenance margin is covered', () => {
    const fixture = fiftyfold()
    fixture.place({ account: 4, side: 'buy', size: 50_000n, price: 991_700n })
    fixture.mark(991_800n)
    const left = fixture.core.account(3)?.positions.get(BTC)
    const size = left?.sizeTicks ?? 0n
    expect(size > 0n && size < 10_000n).toBe(true)
    const value =
      (left?.allocatedMarginE12 ?? 0n) +
      (size * 991_800n - (left?.entryQuoteMicros ?? 0n)) * 1_000_000n
    const required = (size * 991_800n * 1_000_000n * 120n) / 10_000n
    expect(value).toBeGreaterThanOrEqual(required)
    expect(money(fixture).cross).toBe(9_800_000n * MILLI)
  })

  it('closes the market to the account while it lasts, and no other market', () => {
    const fixture = fiftyfold()
    fixture.mark(989_500n)
    const order = { account: 3, size: 100n } as const
    const at = (market: number, price: bigint) =>
      transaction(3, {
        kind: 'createOrder',
        marketIndex: market,
        clientOrderIndex: 0n,
        baseAmount: order.size,
        price: Number(price),
        isAsk: 1,
        type: 1,
        timeInForce: 0,
        reduceOnly: 0,
        triggerPrice: 0,
        orderExpiry: 0n,
      })
    expect(fixture.refusalOf(at(BTC, 980_000n))).toBe(21112)
    expect(fixture.refusalOf(at(ETH, 290_000n))).toBeUndefined()
  })

  it('goes to the pool at the zero price below the close-out margin', () => {
    const fixture = fiftyfold()
    fixture.mark(987_000n)
    // Value 70 of 78.96.
    expect(fixture.core.trades(BTC, 1)[0]).toMatchObject({
      type: 'liquidation',
      priceTicks: 980_000n,
      ask: { accountIndex: 3, feeE12: 0n },
      bid: { accountIndex: LLP_ACCOUNT_INDEX },
    })
    expect(money(fixture)).toEqual({ cross: 9_800_000n * MILLI, margin: 0n })
    expect(fixture.core.notifications(3)[0]).toMatchObject({
      liquidationType: 'full',
      priceTicks: 980_000n,
    })
  })

  it('is taken from opposite positions when the margin is gone, and costs cross nothing', () => {
    const fixture = fiftyfold()
    const total = totalE12(fixture.core)
    fixture.mark(975_000n)
    expect(fixture.core.trades(BTC, 1)[0]).toMatchObject({
      type: 'deleverage',
      priceTicks: 980_000n,
      ask: { accountIndex: 3 },
      bid: { accountIndex: 4 },
    })
    expect(money(fixture)).toEqual({ cross: 9_800_000n * MILLI, margin: 0n })
    expect(totalE12(fixture.core)).toBe(total)
    expect(netTicks(fixture.core, BTC)).toBe(0n)
  })
})

describe('a deleverage', () => {
  it('that ruins the opponent leads to its liquidation in the same breath', () => {
    const fixture = createFixture()
    const { core, place } = fixture
    for (const account of [3, 5]) {
      fixture.send(
        transaction(account, {
          kind: 'updateLeverage',
          marketIndex: BTC,
          initialMarginFraction: 200,
          marginMode: 0,
        }),
      )
    }
    place({ account: 5, side: 'sell', size: 10_000n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 4_000n, price: 1_000_000n, ...MARKET })
    place({ account: 4, side: 'buy', size: 6_000n, price: 1_000_000n, ...MARKET })
    core.drain(5, 9_750_000_000n, START_MS)
    expect(core.account(5)?.health).toBe('healthy')
    core.drain(3, 10_200_000_000n, START_MS)
    // 3 owes 200 over 0.04 BTC: zero price 105 000. 5 pays it and keeps 50 of the 72 that 0.06 BTC need.
    expect(core.trades(BTC, 1)[0]).toMatchObject({ type: 'deleverage', priceTicks: 1_050_000n })
    expect(core.account(3)).toMatchObject({ collateralE12: 0n, health: 'healthy' })
    expect(core.account(5)).toMatchObject({
      collateralE12: 50_000n * MILLI,
      health: 'partial-liquidation',
    })
  })
})
