import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MARKET_SPECS } from '../../../src/sim/core/market-list.ts'
import type { OrderInput } from './core-fixture.ts'
import { BTC, START_MS, createFixture, orderTx, transaction } from './core-fixture.ts'

interface Level {
  readonly size: bigint
  readonly price: bigint
}

/**
 * The average rule written down anew (PROTOCOL 11.2 step 8): tick by tick of size, best price first, as long as the sum
 * of all fills is within size × price.
 */
function naiveFill(
  levels: readonly Level[],
  size: bigint,
  [price, isBuy]: readonly [bigint, boolean],
) {
  const sorted = levels.toSorted((a, b) => Number(isBuy ? a.price - b.price : b.price - a.price))
  let filled = 0n
  let quote = 0n
  for (const level of sorted) {
    for (let left = level.size; left > 0n && filled < size; left -= 1n) {
      const next = quote + level.price
      const bound = (filled + 1n) * price
      if (isBuy ? next > bound : next < bound) return { filled, quote }
      filled += 1n
      quote = next
    }
  }
  return { filled, quote }
}

describe('the average price of a market order', () => {
  it('allows exactly what a tick-by-tick count allows', () => {
    const level = fc.record({
      size: fc.bigInt(20n, 120n),
      price: fc.bigInt(-1_500n, 1_500n).map((offset) => 1_000_000n + offset),
    })
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 8 }),
        fc.bigInt(1n, 700n),
        fc.boolean(),
        (levels, size, isBuy) => {
          const { place, position } = createFixture()
          const side = isBuy ? 'buy' : 'sell'
          for (const { size: depth, price } of levels) {
            place({ account: 4, side: isBuy ? 'sell' : 'buy', size: depth, price })
          }
          const taker = place({ account: 3, side, size, price: 1_000_000n, type: 1 })
          const wanted = naiveFill(levels, size, [1_000_000n, isBuy])
          expect({ filled: taker.filledTicks, quote: taker.filledQuoteMicros }).toEqual(wanted)
          expect(position(3)).toBe(isBuy ? wanted.filled : -wanted.filled)
          const depth = levels.reduce((sum, entry) => sum + entry.size, 0n)
          const isShort = wanted.filled < size
          const because = wanted.filled === depth ? 'not-enough-liquidity' : 'too-much-slippage'
          expect(taker.status).toBe(isShort ? `canceled-${because}` : 'filled')
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('self-trade, every behaviour with every equality', () => {
  // Maker 50 of account `maker`, behind it 50 of a stranger; the taker wants 80. [taker filled, taker status, maker status]
  const gone = 'canceled-self-trade'
  const table: readonly (readonly [string, number, number, number, readonly unknown[]])[] = [
    ['own, expire maker', 3, 0, 0, [50n, 'canceled-not-enough-liquidity', gone, 0n]],
    ['own, expire taker', 3, 1, 0, [0n, gone, 'open', 0n]],
    ['own, cancel both', 3, 2, 0, [0n, gone, gone, 0n]],
    ['own, reduce', 3, 3, 0, [30n, 'filled', gone, 0n]],
    ['own by owner, expire maker', 3, 0, 1, [50n, 'canceled-not-enough-liquidity', gone, 0n]],
    ['own by owner, expire taker', 3, 1, 1, [0n, gone, 'open', 0n]],
    ['own by owner, cancel both', 3, 2, 1, [0n, gone, gone, 0n]],
    ['sibling, any behaviour', 5, 0, 0, [80n, 'filled', 'filled', 50n]],
    ['sibling, expire taker by account', 5, 1, 0, [80n, 'filled', 'filled', 50n]],
    ['sibling, cancel both by account', 5, 2, 0, [80n, 'filled', 'filled', 50n]],
    ['sibling, reduce by account', 5, 3, 0, [80n, 'filled', 'filled', 50n]],
    ['sibling by owner, expire maker', 5, 0, 1, [50n, 'canceled-not-enough-liquidity', gone, 0n]],
    ['sibling by owner, expire taker', 5, 1, 1, [0n, gone, 'open', 0n]],
    ['sibling by owner, cancel both', 5, 2, 1, [0n, gone, gone, 0n]],
    ['stranger by owner, expire both', 4, 2, 1, [80n, 'filled', 'filled', 50n]],
  ]

  it.each(table)('%s', (_name, makerAccount, behavior, equality, wanted) => {
    const { place } = createFixture()
    const maker = place({ account: makerAccount, side: 'sell', size: 50n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_100n })
    const taker = place({
      account: 3,
      side: 'buy',
      size: 80n,
      price: 1_000_100n,
      type: 0,
      tif: 0,
      attributes: { selfTradeBehaviorMode: behavior, selfTradeEqualityMode: equality },
    })
    expect([taker.filledTicks, taker.status, maker.status, maker.filledTicks]).toEqual(wanted)
  })

  // Steps 3 and 4 of PROTOCOL 11.2 in their order: whose order it is counts before its time.
  const late: readonly (readonly [string, number, readonly unknown[]])[] = [
    ['expire maker', 0, [50n, 'filled', gone]],
    ['expire taker', 1, [0n, gone, 'open']],
    ['cancel both', 2, [0n, gone, gone]],
  ]

  it.each(late)('holds for an own order that has expired: %s', (_name, behavior, wanted) => {
    const { place, core } = createFixture()
    const expiryMs = START_MS + 400_000
    const own = place({ account: 3, side: 'sell', size: 50n, price: 1_000_000n, expiryMs })
    place({ account: 4, side: 'sell', size: 50n, price: 1_000_000n })
    const attributes = { selfTradeBehaviorMode: behavior }
    const input: OrderInput = {
      account: 3,
      side: 'buy',
      size: 50n,
      price: 1_000_000n,
      tif: 0,
      attributes,
    }
    const result = core.execute(orderTx(input), { hash: 'e'.repeat(80), nowMs: expiryMs })
    const taker = result.orders[0]
    expect([taker?.filledTicks, taker?.status, own.status]).toEqual(wanted)
  })
})

describe('limits', () => {
  it('of open interest stop every taker that does not reduce while the market is above them', () => {
    const { place, core, position } = createFixture()
    place({ account: 4, side: 'sell', size: 80n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 80n, price: 1_000_000n, type: 1 })
    Object.assign(core.markets.get(BTC) ?? {}, { openInterestLimitTicks: 50n })
    place({ account: 3, side: 'sell', size: 30n, price: 1_000_000n })
    const change = place({ account: 5, side: 'buy', size: 30n, price: 1_000_000n, type: 1 })
    expect(change).toMatchObject({ status: 'canceled-position-not-allowed', filledTicks: 0n })
    place({ account: 5, side: 'sell', size: 30n, price: 999_000n })
    const reduce = place({ account: 4, side: 'buy', size: 30n, price: 999_000n, type: 1 })
    expect(reduce.status).toBe('filled')
    expect([position(3), position(4), position(5)]).toEqual([80n, -50n, -30n])
  })

  it('of a position are 56 bits of size and of entry quote', () => {
    const huge = MARKET_SPECS.map((spec) => ({
      ...spec,
      defaultImf: 1,
      minImf: 1,
      mmf: 0,
      cmf: 0,
      markTicks: 1_000n,
      openInterestLimitTicks: 1n << 60n,
    }))
    const { place, core, position } = createFixture({ markets: huge })
    for (const account of [3, 4, 5]) core.deposit(account, 10n ** 18n, START_MS)
    const most = (1n << 48n) - 1n
    const [size, price] = [most / 1_000n, 1_000n]
    let last = 'filled'
    for (let count = 0; last === 'filled' && count < 300; count += 1) {
      place({ account: 4 + (count % 2), side: 'sell', size, price })
      last = place({ account: 3, side: 'buy', size, price, type: 1 }).status
    }
    expect(last).toBe('canceled-position-not-allowed')
    expect(position(3) * price).toBeLessThan(1n << 56n)
    expect((position(3) + size) * price).toBeGreaterThanOrEqual(1n << 56n)
  })

  it('of expiry are 5 minutes at the API and 4 minutes in the sequencer, 30 days in both', () => {
    const { refusalOf, force } = createFixture()
    const at = (aheadMs: number) =>
      orderTx({
        account: 3,
        side: 'buy',
        size: 100n,
        price: 999_000n,
        expiryMs: START_MS + aheadMs,
      })
    const month = 30 * 86_400_000
    expect(refusalOf(at(299_999))).toBe(21711)
    expect(refusalOf(at(300_000))).toBeUndefined()
    expect(force(at(299_700)).status).toBe('ok')
    expect(force(at(239_999)).error?.code).toBe(21711)
    expect(refusalOf(at(month))).toBeUndefined()
    expect(refusalOf(at(month + 1))).toBe(21711)
  })

  it('of types: TWAP is refused, slices and liquidations are the exchange’s own', () => {
    const { refusalOf } = createFixture()
    const of = (type: number) =>
      orderTx({ account: 3, side: 'buy', size: 100n, price: 999_000n, type, tif: 1 })
    expect([6, 7, 8].map((type) => refusalOf(of(type)))).toEqual([21710, 21704, 21704])
  })
})

describe('a dead-man switch that is due and not handled yet', () => {
  const DUE = START_MS + 300_000

  function armed() {
    const fixture = createFixture()
    fixture.send(transaction(3, { kind: 'cancelAllOrders', timeInForce: 1, time: BigInt(DUE) }))
    return fixture
  }
  const at = { hash: 'd'.repeat(80), nowMs: DUE }

  it('refuses creates, groups and modifications with 21122, but not cancels', () => {
    const { place, core } = armed()
    const order = place({ account: 3, side: 'buy', size: 100n, price: 999_000n })
    const { orderIndex: index } = order
    const modify = {
      kind: 'modifyOrder',
      marketIndex: BTC,
      index,
      baseAmount: 200n,
      price: 999_000,
      triggerPrice: 0,
    } as const
    expect(core.execute(transaction(3, modify), at).error?.code).toBe(21122)
    const create = orderTx({ account: 3, side: 'buy', size: 100n, price: 999_000n, tif: 0 })
    expect(core.execute(create, at).error?.code).toBe(21122)
    expect(
      core.execute(transaction(3, { kind: 'cancelOrder', marketIndex: BTC, index }), at).status,
    ).toBe('ok')
  })

  it('lets no stop of the account fire', () => {
    const { place, core, position } = armed()
    place({ account: 4, side: 'sell', size: 100n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, type: 1 })
    place({ account: 4, side: 'buy', size: 500n, price: 985_000n })
    const stop = place({
      account: 3,
      side: 'sell',
      size: 0n,
      price: 950_000n,
      type: 2,
      trigger: 990_000n,
      reduceOnly: true,
    })
    core.setMark(BTC, { markTicks: 989_000n, indexTicks: 989_000n }, DUE)
    expect(stop).toMatchObject({ status: 'canceled', filledTicks: 0n })
    expect(position(3)).toBe(100n)
  })

  it('is handled by the next tick: everything cancelled, creates allowed again', () => {
    const { place, core } = armed()
    const order = place({ account: 3, side: 'buy', size: 100n, price: 999_000n })
    core.tick(DUE)
    expect(order.status).toBe('canceled')
    expect(core.account(3)?.cancelAllTimeMs).toBe(0)
    const again = orderTx({ account: 3, side: 'buy', size: 100n, price: 999_000n }, DUE)
    expect(core.execute(again, at).status).toBe('ok')
  })
})

describe('modify', () => {
  const modify = (index: bigint, change: object) =>
    transaction(3, {
      kind: 'modifyOrder',
      marketIndex: BTC,
      index,
      baseAmount: 100n,
      price: 1_000_000,
      triggerPrice: 0,
      ...change,
    })

  it('counts what a self-trade took away as gone', () => {
    const { place, send } = createFixture()
    const resting = place({ account: 3, side: 'sell', size: 100n, price: 1_000_000n })
    const attributes = { selfTradeBehaviorMode: 3 }
    place({ account: 3, side: 'buy', size: 40n, price: 1_000_000n, tif: 0, attributes })
    expect(resting).toMatchObject({ remainingTicks: 60n, filledTicks: 0n })
    send(modify(resting.orderIndex, { baseAmount: 150n }))
    expect(resting).toMatchObject({ status: 'open', remainingTicks: 110n })
  })

  it('below what is filled ends the order as filled with what it filled', () => {
    const { place, send } = createFixture()
    const order = place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n })
    place({ account: 4, side: 'sell', size: 60n, price: 1_000_000n, tif: 0 })
    send(modify(order.orderIndex, { baseAmount: 30n }))
    expect(order).toMatchObject({
      status: 'filled',
      baseTicks: 60n,
      filledTicks: 60n,
      remainingTicks: 0n,
    })
  })

  it('follows the self-trade attributes of the modification', () => {
    const { place, force } = createFixture()
    const order = place({ account: 3, side: 'buy', size: 100n, price: 990_000n })
    const own = place({ account: 3, side: 'sell', size: 100n, price: 1_000_000n })
    force({ ...modify(order.orderIndex, {}), attributes: { selfTradeBehaviorMode: 1 } })
    expect([order.status, own.status]).toEqual(['canceled-self-trade', 'open'])
  })

  it('is refused for a size where the order follows the position, and for none where it has one', () => {
    const { place, refusalOf } = createFixture()
    place({ account: 4, side: 'sell', size: 100n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 100n, price: 1_000_000n, type: 1 })
    const stop = {
      account: 3,
      side: 'sell',
      type: 2,
      trigger: 990_000n,
      price: 950_000n,
      reduceOnly: true,
    } as const
    const tied = place({ ...stop, size: 0n })
    const sized = place({ ...stop, size: 100n })
    const waiting = { triggerPrice: 980_000, price: 950_000 }
    expect(refusalOf(modify(tied.orderIndex, { ...waiting, baseAmount: 0n }))).toBeUndefined()
    expect(refusalOf(modify(tied.orderIndex, { ...waiting, baseAmount: 50n }))).toBe(21701)
    expect(refusalOf(modify(sized.orderIndex, { ...waiting, baseAmount: 0n }))).toBe(21701)
    expect(refusalOf(modify(sized.orderIndex, { ...waiting, triggerPrice: 0 }))).toBe(21729)
  })

  it('comes too late for an order whose time is over', () => {
    const { place, core } = createFixture()
    const expiryMs = START_MS + 400_000
    const order = place({ account: 3, side: 'buy', size: 100n, price: 990_000n, expiryMs })
    const late = { hash: 'c'.repeat(80), nowMs: expiryMs }
    expect(core.execute(modify(order.orderIndex, {}), late).error?.code).toBe(21715)
  })
})
