import { describe, expect, it } from 'vitest'
import { LLP_ACCOUNT_INDEX } from '../../../src/sim/core/account-model.ts'
import type { Fixture } from './core-fixture.ts'
import {
  BTC,
  START_MS,
  cancelTx,
  createFixture,
  groupTx,
  netTicks,
  orderTx,
  totalE12,
} from './core-fixture.ts'

const MARKET = { type: 1 }
/** 10 000 USDC. */
const STAKE = 10_000_000_000n

/** Account 3 long 1.9 BTC (190 000 USDC of notional on 10 000) against the deep pockets of account 4. */
function leveraged(side: 'buy' | 'sell' = 'buy'): Fixture {
  const fixture = createFixture()
  fixture.core.deposit(4, 10_000_000_000_000n, START_MS)
  const other = side === 'buy' ? 'sell' : 'buy'
  fixture.place({ account: 4, side: other, size: 190_000n, price: 1_000_000n })
  fixture.place({ account: 3, side, size: 190_000n, price: 1_000_000n, ...MARKET })
  return fixture
}

const health = (fixture: Fixture) => fixture.core.account(3)?.health

describe('health', () => {
  it('falls from healthy to pre-liquidation at the initial margin', () => {
    const fixture = leveraged()
    fixture.mark(997_300n)
    expect(health(fixture)).toBe('healthy')
    fixture.mark(997_200n)
    expect(health(fixture)).toBe('pre-liquidation')
    expect(fixture.position(3)).toBe(190_000n)
    fixture.mark(1_000_000n)
    expect(health(fixture)).toBe('healthy')
  })
})

describe('partial liquidation', () => {
  it('cancels all orders and sells through the book until the maintenance margin is covered', () => {
    const fixture = leveraged()
    const resting = fixture.place({ account: 3, side: 'sell', size: 100n, price: 1_040_000n })
    const stop = fixture.place({
      account: 3,
      side: 'sell',
      size: 0n,
      price: 900_000n,
      type: 2,
      trigger: 930_000n,
      reduceOnly: true,
    })
    fixture.place({ account: 4, side: 'buy', size: 500_000n, price: 958_000n })
    fixture.mark(958_500n)
    expect([resting.status, stop.status]).toEqual(['canceled-liquidation', 'canceled-liquidation'])
    expect(fixture.position(3)).toBeLessThan(190_000n)
    const figures = fixture.core.accountFigures(3)
    expect(figures.crossValueE12).toBeGreaterThanOrEqual(figures.maintenanceMarginE12)
    const [trade] = fixture.core.trades(BTC, 1)
    expect(trade).toMatchObject({ type: 'liquidation', isMakerAsk: false })
    expect(trade?.ask.orderIndex).not.toBe(0n)
    expect(fixture.core.order(trade?.ask.orderIndex ?? 0n)?.type).toBe(8)
    const [notice] = fixture.core.notifications(3)
    expect(notice).toMatchObject({ kind: 'liquidation', liquidationType: 'partial' })
    expect(notice?.id).toMatch(/^liq:1:\d+$/)
  })

  it('never sells below the zero price, and the fee takes no more than the improvement over it', () => {
    const fixture = leveraged()
    fixture.place({ account: 4, side: 'buy', size: 500_000n, price: 947_000n })
    const before = fixture.core.account(LLP_ACCOUNT_INDEX)?.collateralE12 ?? 0n
    fixture.mark(958_500n)
    // Value 2 115, maintenance 2 185.4: zero price 947 368.
    expect(fixture.position(3)).toBe(190_000n)
    expect(fixture.core.account(3)?.health).toBe('partial-liquidation')
    fixture.place({ account: 4, side: 'buy', size: 190_000n, price: 948_000n })
    fixture.mark(958_499n)
    const liquidations = fixture.core
      .trades(BTC, 50)
      .filter((trade) => trade.type === 'liquidation')
    expect(liquidations.length).toBeGreaterThan(0)
    for (const trade of liquidations) {
      expect(trade.priceTicks).toBe(948_000n)
      expect(trade.ask.feeTick).toBeLessThan(10_000)
    }
    const paid = liquidations.reduce((sum, trade) => sum + trade.ask.feeE12, 0n)
    expect(paid).toBeGreaterThan(0n)
    expect((fixture.core.account(LLP_ACCOUNT_INDEX)?.collateralE12 ?? 0n) - before).toBe(paid)
  })

  it('works for shorts as well', () => {
    const fixture = leveraged('sell')
    fixture.place({ account: 4, side: 'sell', size: 500_000n, price: 1_042_000n })
    fixture.mark(1_041_500n)
    expect(fixture.position(3)).toBeGreaterThan(-190_000n)
    expect(fixture.core.trades(BTC, 1)[0]?.type).toBe('liquidation')
  })

  it('waits while the market stands still, and goes on with it', () => {
    const fixture = leveraged()
    fixture.place({ account: 4, side: 'buy', size: 500_000n, price: 958_000n })
    fixture.core.setMarket(BTC, { status: 'inactive' })
    fixture.mark(958_500n)
    expect([fixture.position(3), health(fixture)]).toEqual([190_000n, 'partial-liquidation'])
    fixture.core.setMarket(BTC, { status: 'active' })
    fixture.mark(958_499n)
    expect(fixture.position(3)).toBeLessThan(190_000n)
  })

  it('leaves the health of those up to date whom an order woken by it has traded with', () => {
    const fixture = leveraged()
    const { core, mark, place, send } = fixture
    core.createAccount({ l1Address: '0xC3', accountIndex: 6, collateralMicros: STAKE }, START_MS)
    place({ account: 4, side: 'buy', size: 100_000n, price: 1_000_000n })
    place({ account: 6, side: 'sell', size: 100_000n, price: 1_000_000n, ...MARKET })
    const parent = { account: 5, side: 'buy', size: 10_000n, price: 969_000n } as const
    const stop = { type: 2, trigger: 990_000n, price: 900_000n, reduceOnly: true } as const
    const sell = { account: 5, side: 'sell', size: 0n } as const
    const [first, child] = send(groupTx(1, [parent, { ...sell, ...stop }])).orders
    const cover = { side: 'buy', size: 90_000n, price: 969_000n, reduceOnly: true } as const
    place({ account: 6, ...cover })
    mark(970_000n)
    core.drain(6, 9_580_000_000n, START_MS)
    expect(core.account(6)?.health).toBe('pre-liquidation')
    core.drain(3, 2_120_000_000n, START_MS)
    expect([first?.status, child?.status]).toEqual(['filled', 'filled'])
    const { crossValueE12, initialMarginE12 } = core.accountFigures(6)
    expect(crossValueE12).toBeGreaterThan(initialMarginE12)
    expect(core.account(6)?.health).toBe('healthy')
  })

  it('closes the door to creates, cancels and modifications', () => {
    const fixture = leveraged()
    fixture.mark(958_500n)
    expect(health(fixture)).toBe('partial-liquidation')
    const sell = orderTx({ account: 3, side: 'sell', size: 100n, price: 940_000n, ...MARKET })
    expect(fixture.refusalOf(sell)).toBe(21112)
    expect(fixture.force(sell).error?.code).toBe(21112)
    expect(fixture.refusalOf(cancelTx(3, 5n))).toBe(21600)
  })
})

describe('full liquidation', () => {
  it('hands every position to the pool and leaves the account with nothing', () => {
    const fixture = leveraged()
    const total = totalE12(fixture.core)
    fixture.mark(953_000n)
    expect(fixture.position(3)).toBe(0n)
    expect(fixture.position(LLP_ACCOUNT_INDEX)).toBe(190_000n)
    const left = fixture.core.account(3)?.collateralE12 ?? -1n
    expect(left).toBeGreaterThanOrEqual(0n)
    expect(left).toBeLessThan(1_000_000_000_000n)
    expect(fixture.core.notifications(3)[0]).toMatchObject({
      liquidationType: 'full',
      sizeBeforeTicks: 190_000n,
      sizeTicks: 190_000n,
    })
    expect(health(fixture)).toBe('healthy')
    expect(totalE12(fixture.core)).toBe(total)
    expect(netTicks(fixture.core, BTC)).toBe(0n)
  })

  it('comes by taking collateral away, too', () => {
    const fixture = leveraged()
    fixture.core.drain(3, 8_600_000_000n, START_MS)
    expect(fixture.position(3)).toBe(0n)
    expect(fixture.core.trades(BTC, 1)[0]).toMatchObject({ type: 'liquidation' })
  })
})

describe('bankruptcy', () => {
  it('deleverages opposite positions at the zero price and tells both sides', () => {
    const fixture = leveraged()
    const total = totalE12(fixture.core)
    fixture.mark(940_000n)
    expect(fixture.position(3)).toBe(0n)
    expect(fixture.position(4)).toBe(0n)
    expect(fixture.core.trades(BTC, 1)[0]).toMatchObject({ type: 'deleverage', isMakerAsk: false })
    for (const account of [3, 4]) {
      expect(fixture.core.notifications(account)[0]).toMatchObject({
        kind: 'deleverage',
        liquidationType: 'deleverage',
      })
    }
    expect(fixture.core.trades(BTC, 1)[0]?.priceTicks).toBeGreaterThan(940_000n)
    expect(totalE12(fixture.core)).toBe(total)
  })

  it('takes the opponent with the highest profit times leverage first', () => {
    const fixture = createFixture()
    fixture.core.deposit(4, 10_000_000_000_000n, START_MS)
    fixture.core.deposit(5, 100_000_000_000n, START_MS)
    for (const account of [4, 5]) {
      fixture.place({ account, side: 'sell', size: 95_000n, price: 1_000_000n })
    }
    fixture.place({ account: 3, side: 'buy', size: 190_000n, price: 1_000_000n, ...MARKET })
    fixture.place({ account: 5, side: 'buy', size: 50_000n, price: 980_000n })
    fixture.place({ account: 4, side: 'sell', size: 50_000n, price: 980_000n, ...MARKET })
    fixture.mark(940_000n)
    const first = fixture.core
      .trades(BTC, 9)
      .filter((trade) => trade.type === 'deleverage')
      .at(-1)
    expect(first?.bid.accountIndex).toBe(5)
  })
})
