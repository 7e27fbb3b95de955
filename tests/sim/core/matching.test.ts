import { describe, expect, it } from 'vitest'
import { MARKET_SPECS } from '../../../src/sim/core/market-list.ts'
import { BTC, START_MS, cancelTx, createFixture, orderTx, transaction } from './core-fixture.ts'

const MARKET = 1
const LIMIT_IOC = { type: 0, tif: 0 }

describe('price-time priority', () => {
  it('fills the best price first and the oldest order first at a price', () => {
    const { place, core } = createFixture()
    const worse = place({ account: 4, side: 'sell', size: 100n, price: 1_000_010n })
    const older = place({ account: 4, side: 'sell', size: 100n, price: 1_000_000n })
    const younger = place({ account: 5, side: 'sell', size: 100n, price: 1_000_000n })
    const taker = place({ account: 3, side: 'buy', size: 250n, price: 1_000_020n, ...LIMIT_IOC })
    expect(taker.status).toBe('filled')
    expect(older.status).toBe('filled')
    expect(younger.status).toBe('filled')
    expect(worse).toMatchObject({ status: 'open', remainingTicks: 50n, filledTicks: 50n })
    const fills = core.trades(BTC, 10).map((trade) => trade.ask.orderIndex)
    expect(fills).toEqual([worse.orderIndex, younger.orderIndex, older.orderIndex])
  })

  it('fills at the price of the maker', () => {
    const { place, core } = createFixture()
    place({ account: 4, side: 'buy', size: 100n, price: 1_000_000n })
    place({ account: 3, side: 'sell', size: 40n, price: 990_000n, ...LIMIT_IOC })
    expect(core.trades(BTC, 1)[0]).toMatchObject({
      priceTicks: 1_000_000n,
      sizeTicks: 40n,
      quoteMicros: 40_000_000n,
      isMakerAsk: false,
    })
  })

  it('numbers asks upward and bids downward within the range of the market', () => {
    const { place } = createFixture()
    const asks = [1, 2].map(() => place({ account: 3, side: 'sell', size: 20n, price: 1_000_500n }))
    const bids = [1, 2].map(() => place({ account: 4, side: 'buy', size: 20n, price: 999_500n }))
    const base = 2n << 48n
    expect(asks.map((order) => order.orderIndex - base)).toEqual([1n, 2n])
    expect(bids.map((order) => order.orderIndex - base)).toEqual([
      (1n << 48n) - 1n,
      (1n << 48n) - 2n,
    ])
  })

  it('shows aggregated levels, best first, and the orders in them, oldest first', () => {
    const { place, core } = createFixture()
    const a = place({ account: 3, side: 'sell', size: 30n, price: 1_000_100n })
    const b = place({ account: 4, side: 'sell', size: 20n, price: 1_000_100n })
    place({ account: 4, side: 'sell', size: 20n, price: 1_000_200n })
    expect(core.book(BTC).asks).toEqual([
      { priceTicks: 1_000_100n, totalTicks: 50n, orderCount: 2 },
      { priceTicks: 1_000_200n, totalTicks: 20n, orderCount: 1 },
    ])
    const shown = core.bookOrders(BTC, 2)
    expect(shown.totalAsks).toBe(3)
    expect(shown.asks.map((order) => order.orderIndex)).toEqual([a.orderIndex, b.orderIndex])
  })
})

describe('limit orders', () => {
  it('never trade beyond their price; what is left of an IOC is cancelled', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_001n })
    const taker = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, ...LIMIT_IOC })
    expect(taker).toMatchObject({
      status: 'canceled-not-enough-liquidity',
      filledTicks: 50n,
      remainingTicks: 50n,
    })
  })

  it('rest with what they could not fill', () => {
    const { place, core } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    const taker = place({ account: 3, side: 'buy', size: 120n, price: 1_000_000n })
    expect(taker).toMatchObject({ status: 'open', filledTicks: 50n, remainingTicks: 70n })
    expect(core.book(BTC).bids).toEqual([
      { priceTicks: 1_000_000n, totalTicks: 70n, orderCount: 1 },
    ])
  })

  it('that are post-only are cancelled when they would trade, and rest when not', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    expect(place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, tif: 2 }).status).toBe(
      'canceled-post-only',
    )
    expect(place({ account: 3, side: 'buy', size: 50n, price: 999_999n, tif: 2 }).status).toBe(
      'open',
    )
  })
})

describe('market orders', () => {
  it('may trade beyond their price at a level as long as the average holds', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 999_000n })
    place({ account: 4, side: 'sell', size: 100n, price: 1_001_000n })
    const taker = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, type: 1 })
    expect(taker).toMatchObject({ status: 'filled', filledTicks: 100n })
    expect(taker.filledQuoteMicros).toBe(50n * 999_000n + 50n * 1_001_000n)
  })

  it('stop where the average would pass their price', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'sell', size: 30n, price: 999_000n })
    place({ account: 4, side: 'sell', size: 100n, price: 1_002_000n })
    const taker = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, type: 1 })
    expect(taker).toMatchObject({ status: 'canceled-too-much-slippage', filledTicks: 45n })
  })

  it('do nothing when even the best level is beyond their price', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'buy', size: 30n, price: 999_999n })
    const taker = place({ account: 3, side: 'sell', size: 30n, price: 1_000_000n, type: 1 })
    expect(taker).toMatchObject({ status: 'canceled-too-much-slippage', filledTicks: 0n })
  })

  it('keep what they filled when the book runs out', () => {
    const { place, position } = createFixture()
    place({ account: 4, side: 'buy', size: 30n, price: 999_999n })
    const taker = place({ account: 3, side: 'sell', size: 50n, price: 900_000n, type: 1 })
    expect(taker).toMatchObject({ status: 'canceled-not-enough-liquidity', filledTicks: 30n })
    expect(position(3)).toBe(-30n)
    expect(position(4)).toBe(30n)
  })
})

describe('reduce-only', () => {
  it('takers are cut to their position and the rest is cancelled', () => {
    const { place, position } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, type: 1 })
    place({ account: 4, side: 'buy', size: 200n, price: 999_000n })
    const close = place({
      account: 3,
      side: 'sell',
      size: 80n,
      price: 990_000n,
      type: 1,
      reduceOnly: true,
    })
    expect(close).toMatchObject({ status: 'canceled-reduce-only', filledTicks: 50n })
    expect(position(3)).toBe(0n)
  })

  it('takers without an opposite position are cancelled by the sequencer', () => {
    const { force, now } = createFixture()
    const result = force(
      orderTx(
        { account: 3, side: 'sell', size: 50n, price: 990_000n, type: 1, reduceOnly: true },
        now(),
      ),
    )
    expect(result.status).toBe('ok')
    expect(result.orders[0]?.status).toBe('canceled-reduce-only')
  })

  it('makers trade no more than their position and are cancelled when it is gone', () => {
    const { place, position, core } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, type: 1 })
    const maker = place({
      account: 3,
      side: 'sell',
      size: 80n,
      price: 1_000_100n,
      reduceOnly: true,
    })
    place({ account: 5, side: 'sell', size: 100n, price: 1_000_200n })
    const taker = place({ account: 4, side: 'buy', size: 120n, price: 1_000_200n, ...LIMIT_IOC })
    expect(maker).toMatchObject({ status: 'canceled-reduce-only', filledTicks: 50n })
    expect(position(3)).toBe(0n)
    expect(taker).toMatchObject({ status: 'filled', filledTicks: 120n })
    expect(core.book(BTC).asks).toEqual([
      { priceTicks: 1_000_200n, totalTicks: 30n, orderCount: 1 },
    ])
  })

  it('makers that could not trade still cancel a post-only taker that meets them', () => {
    const { place } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, type: 1 })
    const maker = place({
      account: 3,
      side: 'sell',
      size: 50n,
      price: 1_000_100n,
      reduceOnly: true,
    })
    place({ account: 4, side: 'buy', size: 50n, price: 999_000n })
    place({ account: 3, side: 'sell', size: 50n, price: 999_000n, type: 1 })
    const taker = place({ account: 5, side: 'buy', size: 50n, price: 1_000_100n, tif: 2 })
    expect(taker.status).toBe('canceled-post-only')
    expect(maker.status).toBe('open')
  })

  it('makers of size zero follow the position, and are filled when they close it', () => {
    const { place, position } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, type: 1 })
    const maker = place({ account: 3, side: 'sell', size: 0n, price: 1_000_100n, reduceOnly: true })
    expect(maker).toMatchObject({ status: 'open', baseTicks: 50n, isPositionTied: true })
    place({ account: 5, side: 'buy', size: 50n, price: 1_000_100n, ...LIMIT_IOC })
    expect(maker).toMatchObject({ status: 'filled', filledTicks: 50n })
    expect(position(3)).toBe(0n)
  })

  it('orders of size zero take the size of the position', () => {
    const { place, position } = createFixture()
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_000_000n, type: 1 })
    place({ account: 4, side: 'buy', size: 200n, price: 999_000n })
    const close = place({
      account: 3,
      side: 'sell',
      size: 0n,
      price: 990_000n,
      type: 1,
      reduceOnly: true,
    })
    expect(close).toMatchObject({ status: 'filled', baseTicks: 50n })
    expect(position(3)).toBe(0n)
  })
})

describe('self-trade', () => {
  const against = (behavior: number, maker: number, equality = 0) => {
    const fixture = createFixture()
    const resting = fixture.place({ account: maker, side: 'sell', size: 50n, price: 1_000_000n })
    fixture.place({ account: 4, side: 'sell', size: 50n, price: 1_000_100n })
    const taker = fixture.place({
      account: 3,
      side: 'buy',
      size: 80n,
      price: 1_000_100n,
      ...LIMIT_IOC,
      attributes: { selfTradeBehaviorMode: behavior, selfTradeEqualityMode: equality },
    })
    return { ...fixture, resting, taker }
  }

  it('expires the maker by default and goes on', () => {
    const { resting, taker } = against(0, 3)
    expect(resting.status).toBe('canceled-self-trade')
    expect(taker).toMatchObject({ status: 'canceled-not-enough-liquidity', filledTicks: 50n })
  })

  it('expires the taker on request', () => {
    const { resting, taker } = against(1, 3)
    expect(resting.status).toBe('open')
    expect(taker).toMatchObject({ status: 'canceled-self-trade', filledTicks: 0n })
  })

  it('cancels both on request', () => {
    const { resting, taker } = against(2, 3)
    expect([resting.status, taker.status]).toEqual(['canceled-self-trade', 'canceled-self-trade'])
  })

  it('reduces both by the overlap without a trade on request', () => {
    const { resting, taker, position } = against(3, 3)
    expect(resting).toMatchObject({
      status: 'canceled-self-trade',
      remainingTicks: 0n,
      filledTicks: 0n,
    })
    expect(taker).toMatchObject({ status: 'filled', filledTicks: 30n })
    expect(position(3)).toBe(30n)
  })

  it('lets two accounts of one owner trade with each other unless told otherwise', () => {
    expect(against(0, 5).taker).toMatchObject({ status: 'filled', filledTicks: 80n })
    const strict = against(0, 5, 1)
    expect(strict.resting.status).toBe('canceled-self-trade')
    expect(strict.taker.filledTicks).toBe(50n)
  })
})

describe('makers that may not trade', () => {
  it('are cancelled when they have expired, even before time is told', () => {
    const { place, core, now } = createFixture()
    const maker = place({
      account: 4,
      side: 'sell',
      size: 50n,
      price: 1_000_000n,
      expiryMs: START_MS + 400_000,
    })
    const tx = orderTx(
      { account: 3, side: 'buy', size: 50n, price: 1_000_000n, ...LIMIT_IOC },
      now(),
    )
    const result = core.execute(tx, { hash: 'e'.repeat(80), nowMs: START_MS + 400_000 })
    expect(maker.status).toBe('canceled-expired')
    expect(result.orders[0]?.filledTicks).toBe(0n)
  })

  it("are cancelled when their account's dead-man switch is due", () => {
    const { place, core, send, now } = createFixture()
    const maker = place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    send(transaction(4, { kind: 'cancelAllOrders', timeInForce: 1, time: BigInt(now() + 300_000) }))
    const tx = orderTx(
      { account: 3, side: 'buy', size: 50n, price: 1_000_000n, ...LIMIT_IOC },
      now(),
    )
    core.execute(tx, { hash: 'd'.repeat(80), nowMs: now() + 300_000 })
    expect(maker.status).toBe('canceled')
  })

  it('are cancelled when their margin does not allow the fill', () => {
    const { place, core, now } = createFixture()
    const maker = place({ account: 4, side: 'sell', size: 10_000n, price: 1_000_000n })
    core.drain(4, 9_600_000_000n, now())
    const taker = place({ account: 3, side: 'buy', size: 10_000n, price: 1_000_000n, ...LIMIT_IOC })
    expect(maker.status).toBe('canceled-margin-not-allowed')
    expect(taker.filledTicks).toBe(0n)
  })
})

describe('takers without margin', () => {
  it('are cancelled with what they filled before', () => {
    const { place, position } = createFixture()
    place({ account: 4, side: 'sell', size: 100_000n, price: 1_000_000n })
    place({ account: 5, side: 'sell', size: 190_000n, price: 1_000_100n })
    const taker = place({ account: 3, side: 'buy', size: 290_000n, price: 1_000_100n, type: 1 })
    expect(taker).toMatchObject({ status: 'canceled-margin-not-allowed', filledTicks: 100_000n })
    expect(position(3)).toBe(100_000n)
  })
})

describe('cancel and modify', () => {
  it('find an order by client index and by exchange index', () => {
    const { place, send } = createFixture()
    const a = place({ account: 3, side: 'buy', size: 50n, price: 999_000n, clientId: 77n })
    const b = place({ account: 3, side: 'buy', size: 50n, price: 999_000n })
    send(cancelTx(3, 77n))
    send(cancelTx(3, b.orderIndex))
    expect([a.status, b.status]).toEqual(['canceled', 'canceled'])
  })

  it('fail in the sequencer when the order is gone', () => {
    const { place, send, force } = createFixture()
    const order = place({ account: 3, side: 'buy', size: 50n, price: 999_000n })
    send(cancelTx(3, order.orderIndex))
    expect(force(cancelTx(3, order.orderIndex))).toMatchObject({
      status: 'failed',
      error: { code: 21600 },
    })
  })

  it('modify keeps index and client index, counts fills into the new size, and loses the turn', () => {
    const { place, send, core } = createFixture()
    const order = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, clientId: 5n })
    const other = place({ account: 5, side: 'buy', size: 100n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 40n, price: 1_000_000n, ...LIMIT_IOC })
    const nonce = order.bookNonce
    send(modify(3, { index: 5n, size: 150n, price: 1_000_000 }))
    expect(order).toMatchObject({
      status: 'open',
      baseTicks: 150n,
      remainingTicks: 110n,
      clientOrderIndex: 5n,
    })
    expect(order.bookNonce).toBeGreaterThan(nonce)
    expect(core.bookOrders(MARKET, 9).bids.map((entry) => entry.orderIndex)).toEqual([
      other.orderIndex,
      order.orderIndex,
    ])
  })

  it('modify to a crossing price trades, to a size already filled ends as filled', () => {
    const { place, send } = createFixture()
    const maker = place({ account: 4, side: 'sell', size: 50n, price: 1_000_100n })
    const order = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, clientId: 5n })
    send(modify(3, { index: 5n, size: 100n, price: 1_000_100 }))
    expect(maker.status).toBe('filled')
    expect(order).toMatchObject({ status: 'open', filledTicks: 50n, remainingTicks: 50n })
    send(modify(3, { index: 5n, size: 50n, price: 1_000_100 }))
    expect(order).toMatchObject({ status: 'filled', remainingTicks: 0n })
  })

  it('cancel-all cancels resting and untriggered orders, or those of one market', () => {
    const { place, send, core } = createFixture()
    place({ account: 3, side: 'buy', size: 50n, price: 999_000n })
    place({ account: 3, market: 0, side: 'buy', size: 500n, price: 299_000n })
    place({ account: 3, side: 'buy', size: 50n, price: 1_010_000n, type: 2, trigger: 1_005_000n })
    const all = { kind: 'cancelAllOrders', timeInForce: 0, time: 0n } as const
    send(transaction(3, all, { cancelAllMarketIndex: 0 }))
    expect(core.activeOrders(3)).toHaveLength(2)
    send(transaction(3, all))
    expect(core.activeOrders(3)).toHaveLength(0)
    expect(core.account(3)).toMatchObject({ totalOrderCount: 0, pendingOrderCount: 0 })
  })

  it('a scheduled cancel-all fires when due, blocks creates until then handled, and can be disarmed', () => {
    const { place, send, core, now, pass, refusalOf } = createFixture()
    const order = place({ account: 3, side: 'buy', size: 50n, price: 999_000n })
    const at = now() + 300_000
    const tx = (timeInForce: number, time: number) =>
      transaction(3, { kind: 'cancelAllOrders', timeInForce, time: BigInt(time) })
    expect(refusalOf(tx(1, now() + 299_999))).toBe(21714)
    send(tx(1, at))
    send(tx(2, 0))
    expect(core.account(3)?.cancelAllTimeMs).toBe(0)
    send(tx(1, at))
    const create = orderTx({ account: 3, side: 'buy', size: 50n, price: 999_000n }, at)
    expect(core.admit(create, at)?.code).toBe(21122)
    pass(300_000)
    expect(order.status).toBe('canceled')
    expect(core.account(3)?.cancelAllTimeMs).toBe(0)
    expect(core.admit(create, at)).toBeUndefined()
  })
})

interface Modification {
  readonly index: bigint
  readonly size: bigint
  readonly price: number
}

function modify(account: number, { index, size, price }: Modification) {
  return transaction(account, {
    kind: 'modifyOrder',
    marketIndex: MARKET,
    index,
    baseAmount: size,
    price,
    triggerPrice: 0,
  })
}

describe('open interest', () => {
  const [eth, btc] = MARKET_SPECS
  const markets = [eth, btc].flatMap((spec) =>
    spec === undefined ? [] : [{ ...spec, openInterestLimitTicks: 100n }],
  )

  it('may not grow beyond the limit of the market, but shrink and change hands', () => {
    const { place, core, position } = createFixture({ markets })
    place({ account: 4, side: 'sell', size: 80n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 80n, price: 1_000_000n, type: 1 })
    place({ account: 4, side: 'sell', size: 40n, price: 1_000_000n })
    const over = place({ account: 3, side: 'buy', size: 40n, price: 1_000_000n, type: 1 })
    expect(over).toMatchObject({ status: 'canceled-position-not-allowed', filledTicks: 0n })
    place({ account: 5, side: 'buy', size: 50n, price: 999_000n })
    const handedOver = place({ account: 3, side: 'sell', size: 50n, price: 999_000n, type: 1 })
    expect(handedOver.status).toBe('filled')
    expect([position(3), position(4), position(5)]).toEqual([30n, -80n, 50n])
    expect(core.markets.get(BTC)?.openInterestTicks).toBe(80n)
  })
})
