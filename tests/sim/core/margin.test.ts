import { describe, expect, it } from 'vitest'
import type { Fixture } from './core-fixture.ts'
import {
  BTC,
  ETH,
  START_MS,
  createFixture,
  orderTx,
  totalE12,
  transaction,
} from './core-fixture.ts'

const USDC = 1_000_000_000_000n
const MARKET = { type: 1 }

/** Account 3 takes `size` ticks at the price against account 4. */
function trade(
  fixture: Fixture,
  side: 'buy' | 'sell',
  [size, price]: readonly [bigint, bigint],
): void {
  fixture.place({ account: 4, side: side === 'buy' ? 'sell' : 'buy', size, price })
  fixture.place({ account: 3, side, size, price, ...MARKET })
}

const leverage = (imf: number, mode = 0, market = BTC) =>
  transaction(3, {
    kind: 'updateLeverage',
    marketIndex: market,
    initialMarginFraction: imf,
    marginMode: mode,
  })

describe('profit and loss in whole units', () => {
  it('adds the quote when growing, cuts the entry in proportion when shrinking, rounding down', () => {
    const fixture = createFixture()
    const { core } = fixture
    trade(fixture, 'buy', [33n, 1_000_000n])
    trade(fixture, 'buy', [34n, 1_000_001n])
    const position = core.account(3)?.positions.get(BTC)
    const entry = 33n * 1_000_000n + 34n * 1_000_001n
    expect(position?.entryQuoteMicros).toBe(entry)
    trade(fixture, 'sell', [20n, 1_000_300n])
    const kept = (entry * 47n) / 67n
    expect(position?.entryQuoteMicros).toBe(kept)
    const realized = 20n * 1_000_300n - (entry - kept)
    expect(position?.realizedPnlMicros).toBe(realized)
    expect(core.account(3)?.collateralE12).toBe(10_000n * USDC + realized * 1_000_000n)
  })

  it('starts a new entry when the position turns', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [50n, 1_000_000n])
    trade(fixture, 'sell', [80n, 1_001_000n])
    expect(fixture.core.account(3)?.positions.get(BTC)).toMatchObject({
      sizeTicks: -30n,
      entryQuoteMicros: 30n * 1_001_000n,
      realizedPnlMicros: 50n * 1_000n,
    })
  })

  it('floats with the mark', () => {
    const fixture = createFixture()
    trade(fixture, 'sell', [50n, 1_000_000n])
    fixture.mark(990_000n)
    expect(fixture.core.positionFigures(3, BTC)).toMatchObject({
      valueMicros: 50n * 990_000n,
      unrealizedPnlMicros: 50n * 10_000n,
    })
    expect(fixture.core.accountFigures(3)).toMatchObject({
      crossValueE12: 10_000n * USDC + 500_000n * 1_000_000n,
      initialMarginE12: (50n * 990_000n * 1_000_000n * 500n) / 10_000n,
      maintenanceMarginE12: (50n * 990_000n * 1_000_000n * 120n) / 10_000n,
      closeOutMarginE12: (50n * 990_000n * 1_000_000n * 80n) / 10_000n,
    })
  })

  it('charges the fees of the tier on both sides and keeps them in the treasury', () => {
    const fixture = createFixture()
    fixture.core.setTier('0xA1', 'premium')
    fixture.core.setTier('0xB2', 'plus')
    trade(fixture, 'buy', [100n, 1_000_000n])
    const quote = 100_000_000n
    expect(fixture.core.account(3)?.collateralE12).toBe(10_000n * USDC - quote * 280n)
    expect(fixture.core.account(4)?.collateralE12).toBe(10_000n * USDC - quote * 50n)
    expect(fixture.core.account(0)?.collateralE12).toBe(quote * 330n)
    expect(fixture.core.trades(BTC, 1)[0]?.bid).toMatchObject({ feeTick: 280, sizeBeforeTicks: 0n })
  })
})

describe('liquidation price', () => {
  it('is that of the published samples: (E·q − C) / (q·(1 ∓ MMF))', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [100_000n, 1_000_000n])
    const long = fixture.core.positionFigures(3, BTC).liquidationPriceE12
    expect(Number(long) / 1e12).toBeCloseTo((100_000 - 10_000) / (1 - 0.012), 6)
    const short = fixture.core.positionFigures(4, BTC).liquidationPriceE12
    expect(Number(short) / 1e12).toBeCloseTo((100_000 + 10_000) / (1 + 0.012), 6)
  })

  it('does not depend on the mark while there is one position, and is zero without danger', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [100_000n, 1_000_000n])
    const before = fixture.core.positionFigures(3, BTC).liquidationPriceE12
    fixture.mark(1_050_000n)
    const after = fixture.core.positionFigures(3, BTC).liquidationPriceE12
    expect(Number(after - before) / 1e12).toBeCloseTo(0, 6)
    fixture.core.deposit(3, 100_000_000_000n, START_MS)
    expect(fixture.core.positionFigures(3, BTC).liquidationPriceE12).toBe(0n)
    expect(fixture.core.positionFigures(3, ETH).liquidationPriceE12).toBe(0n)
  })
})

describe('margin at a fill', () => {
  it('lets a taker go exactly to its initial margin and not a tick further', () => {
    const fixture = createFixture()
    fixture.core.deposit(4, 1_000_000_000_000n, START_MS)
    fixture.place({ account: 4, side: 'sell', size: 300_000n, price: 1_000_000n })
    const enough = fixture.place({
      account: 3,
      side: 'buy',
      size: 200_000n,
      price: 1_000_000n,
      ...MARKET,
    })
    expect(enough.status).toBe('filled')
    expect(fixture.core.accountFigures(3).availableE12).toBe(0n)
    const more = fixture.place({ account: 3, side: 'buy', size: 1n, price: 1_000_000n, ...MARKET })
    expect(more.status).toBe('canceled-margin-not-allowed')
  })

  it('lets an unhealthy account reduce but not grow', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [150_000n, 1_000_000n])
    fixture.mark(975_000n)
    fixture.core.drain(3, 1_500_000_000n, START_MS)
    expect(fixture.core.account(3)?.health).toBe('pre-liquidation')
    fixture.place({ account: 5, side: 'buy', size: 1_000n, price: 975_000n })
    fixture.place({ account: 4, side: 'sell', size: 1_000n, price: 975_100n, reduceOnly: false })
    const grow = orderTx({ account: 3, side: 'buy', size: 100n, price: 980_000n, ...MARKET })
    expect(fixture.refusalOf(grow)).toBe(21111)
    expect(fixture.force(grow).orders[0]?.status).toBe('canceled-margin-not-allowed')
    const reduce = fixture.place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 970_000n,
      ...MARKET,
    })
    expect(reduce.status).toBe('filled')
  })
})

describe('leverage', () => {
  it('is bounded by the market and changes the requirement', () => {
    const fixture = createFixture()
    expect(fixture.refusalOf(leverage(199))).toBe(21113)
    expect(fixture.refusalOf(leverage(10_001))).toBe(21113)
    expect(fixture.refusalOf(leverage(500, 2))).toBe(21613)
    expect(fixture.refusalOf(leverage(500, 0, 9))).toBe(21602)
    fixture.send(leverage(200))
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    expect(fixture.core.accountFigures(3).initialMarginE12).toBe(200n * USDC)
    expect(fixture.core.positionFigures(3, BTC).effectiveImf).toBe(200)
  })

  it('may not fall below what an open position needs', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [150_000n, 1_000_000n])
    expect(fixture.refusalOf(leverage(1000))).toBe(21133)
    expect(fixture.refusalOf(leverage(600))).toBeUndefined()
  })

  it('fixes the margin mode while there is a position or an order', () => {
    const fixture = createFixture()
    const order = fixture.place({ account: 3, side: 'buy', size: 50n, price: 990_000n })
    expect(fixture.refusalOf(leverage(500, 1))).toBe(21132)
    fixture.send(transaction(3, { kind: 'cancelOrder', marketIndex: BTC, index: order.orderIndex }))
    fixture.send(leverage(500, 1))
    trade(fixture, 'buy', [50n, 1_000_000n])
    expect(fixture.refusalOf(leverage(500, 0))).toBe(21132)
  })
})

describe('isolated margin', () => {
  function isolated(): Fixture {
    const fixture = createFixture()
    fixture.send(leverage(1000, 1))
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    return fixture
  }
  const position = (fixture: Fixture) => fixture.core.account(3)?.positions.get(BTC)
  const margin = (direction: number, micros: bigint) =>
    transaction(3, { kind: 'updateMargin', marketIndex: BTC, usdcAmount: micros, direction })

  it('moves in with the position and out again with it', () => {
    const fixture = isolated()
    expect(position(fixture)?.allocatedMarginE12).toBe(1000n * USDC)
    expect(fixture.core.account(3)?.collateralE12).toBe(9000n * USDC)
    trade(fixture, 'sell', [5_000n, 1_000_000n])
    expect(position(fixture)?.allocatedMarginE12).toBe(500n * USDC)
    trade(fixture, 'sell', [5_000n, 1_000_000n])
    expect(position(fixture)?.allocatedMarginE12).toBe(0n)
    expect(fixture.core.account(3)?.collateralE12).toBe(10_000n * USDC)
  })

  it('is topped up to the new requirement when the position turns', () => {
    const fixture = isolated()
    trade(fixture, 'sell', [30_000n, 1_000_000n])
    expect(position(fixture)).toMatchObject({
      sizeTicks: -20_000n,
      allocatedMarginE12: 2000n * USDC,
    })
    expect(fixture.core.account(3)?.collateralE12).toBe(8000n * USDC)
  })

  it('pays the fee out of itself and is refilled from cross', () => {
    const fixture = createFixture()
    fixture.core.setTier('0xA1', 'premium')
    fixture.send(leverage(1000, 1))
    const before = totalE12(fixture.core)
    trade(fixture, 'buy', [10_000n, 1_000_000n])
    expect(position(fixture)?.allocatedMarginE12).toBe(1000n * USDC)
    expect(fixture.core.account(3)?.collateralE12).toBe(9000n * USDC - 10_000_000_000n * 280n)
    expect(totalE12(fixture.core)).toBe(before)
  })

  it('is refused when cross has not enough to give', () => {
    const fixture = createFixture()
    fixture.send(leverage(5000, 1))
    fixture.place({ account: 4, side: 'sell', size: 50_000n, price: 1_000_000n })
    const taker = fixture.place({
      account: 3,
      side: 'buy',
      size: 50_000n,
      price: 1_000_000n,
      ...MARKET,
    })
    expect(taker.status).toBe('canceled-margin-not-allowed')
  })

  it('can be added to and taken from down to the requirement', () => {
    const fixture = isolated()
    expect(fixture.refusalOf(margin(0, 1n))).toBe(21133)
    expect(fixture.refusalOf(margin(1, 9_000_000_001n))).toBe(21301)
    fixture.send(margin(1, 100_000_000n))
    expect(position(fixture)?.allocatedMarginE12).toBe(1100n * USDC)
    fixture.send(margin(0, 100_000_000n))
    expect(position(fixture)?.allocatedMarginE12).toBe(1000n * USDC)
    expect(fixture.refusalOf(margin(2, 1n))).toBe(21615)
  })

  it('stands alone: its loss does not touch the cross account', () => {
    const fixture = isolated()
    const cross = fixture.core.accountFigures(3).crossValueE12
    fixture.mark(905_000n)
    expect(fixture.core.accountFigures(3).crossValueE12).toBe(cross)
    expect(fixture.core.account(3)?.health).toBe('healthy')
    expect(position(fixture)?.sizeTicks).toBe(0n)
    expect(fixture.core.notifications(3)[0]?.liquidationType).toBe('full')
  })
})

describe('money in and out', () => {
  /** Account 5 is of the same owner, so there is no fee. */
  const transfer = (amount: bigint, to = 5) =>
    transaction(3, {
      kind: 'transfer',
      toAccountIndex: to,
      assetIndex: 3,
      fromRouteType: 0,
      toRouteType: 0,
      amount,
      usdcFee: 0n,
      memo: '00'.repeat(32),
    })
  const withdraw = (amount: bigint) =>
    transaction(3, { kind: 'withdraw', assetIndex: 3, routeType: 0, amount })

  it('moves no more than what margin leaves free', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [100_000n, 1_000_000n])
    expect(fixture.refusalOf(transfer(5_000_000_001n))).toBe(21301)
    expect(fixture.refusalOf(withdraw(5_000_000_001n))).toBe(21301)
    fixture.send(transfer(2_000_000_000n))
    fixture.send(withdraw(3_000_000_000n))
    expect(fixture.core.account(3)?.collateralE12).toBe(5000n * USDC)
    expect(fixture.core.account(5)?.collateralE12).toBe(12_000n * USDC)
  })

  it('does not let floating profit leave', () => {
    const fixture = createFixture()
    trade(fixture, 'buy', [1_000n, 1_000_000n])
    fixture.mark(2_000_000n)
    expect(fixture.refusalOf(withdraw(10_000_000_001n))).toBe(21301)
    expect(fixture.refusalOf(withdraw(10_000_000_000n))).toBeUndefined()
  })

  it('refuses too little, oneself, strangers and other assets', () => {
    const { refusalOf } = createFixture()
    expect(refusalOf(transfer(999_999n))).toBe(21118)
    expect(refusalOf(transfer(1_000_000n, 3))).toBe(21106)
    expect(refusalOf(transfer(1_000_000n, 999))).toBe(21106)
    expect(refusalOf(withdraw(999_999n))).toBe(21116)
  })
})

describe('keys, sub-accounts, mode', () => {
  it('stores a key and keeps counting its nonce', () => {
    const { core, send, refusalOf } = createFixture()
    core.registerKey(3, 4, 'ab'.repeat(40))
    core.setNonce(3, 4, 17n)
    send(transaction(3, { kind: 'changePubKey', pubKey: 'cd'.repeat(40) }))
    expect(core.account(3)?.apiKeys.get(4)).toMatchObject({
      publicKeyHex: 'cd'.repeat(40),
      nonce: 17n,
    })
    const poor = core.createAccount({ l1Address: '0xC3' }, START_MS).accountIndex
    expect(refusalOf(transaction(poor, { kind: 'changePubKey', pubKey: 'cd'.repeat(40) }))).toBe(
      21126,
    )
  })

  it('opens sub-accounts under the master, counting down, up to the cap of the tier', () => {
    const { core, send, refusalOf } = createFixture()
    const tx = transaction(4, { kind: 'createSubAccount' })
    for (let count = 0; count < 4; count += 1) send(tx)
    expect(refusalOf(tx)).toBe(21129)
    const owned = core.accountsByL1('0xb2').map((account) => account.accountIndex)
    expect(owned).toEqual([4, ...[1, 2, 3, 4].map((n) => 281_474_976_710_654 - n)])
    expect(refusalOf(transaction(owned[1] ?? 0, { kind: 'createSubAccount' }))).toBe(21128)
  })
})
