import { describe, expect, it } from 'vitest'
import type { Fixture, OrderInput } from './core-fixture.ts'
import { BTC, START_MS, cancelTx, createFixture, orderTx, transaction } from './core-fixture.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const bid: OrderInput = { account: 3, side: 'buy', size: 100n, price: 1_000_000n }
const stop: OrderInput = { ...bid, type: 2, price: 1_010_000n, trigger: 1_005_000n }

/** The code that the API answers to a change of a good order; undefined when it accepts. */
function refusal(input: Partial<OrderInput>, fixture: Fixture = createFixture()) {
  return fixture.refusalOf(orderTx({ ...bid, ...input }))
}

describe('an order by itself', () => {
  it.each([
    ['size zero without reduce-only', { size: 0n }, 21701],
    ['size of 2^48', { size: 1n << 48n }, 21701],
    ['price zero', { price: 0n }, 21702],
    ['price of 2^32', { price: 1n << 32n }, 21702],
    ['an unknown type', { type: 7, tif: 1 }, 21704],
    ['a TWAP', { type: 6, tif: 1 }, 21710],
    ['an unknown time in force', { tif: 3 }, 21705],
    ['a market order that is not IOC', { type: 1, tif: 1 }, 21705],
    ['a stop that is not IOC', { ...stop, tif: 1 }, 21705],
    ['a stop without trigger', { ...stop, trigger: 0n }, 21729],
    ['a limit order with trigger', { trigger: 1_000_000n }, 21729],
    ['a client index of 2^48', { clientId: 1n << 48n }, 21727],
    ['an unknown market', { market: 7 }, 21602],
    ['a quote above the limit', { size: (1n << 48n) - 1n, tif: 0 }, 21706],
  ])('is refused for %s', (_name, change, code) => {
    expect(refusal(change)).toBe(code)
  })

  it.each([
    ['5 minutes', 5 * MINUTE_MS, undefined],
    ['a millisecond less', 5 * MINUTE_MS - 1, 21711],
    ['30 days', 30 * DAY_MS, undefined],
    ['a millisecond more', 30 * DAY_MS + 1, 21711],
    ['no expiry', -START_MS, 21711],
  ])('may rest for %s: %i ms ahead gives %s', (_name, aheadMs, code) => {
    expect(refusal({ expiryMs: START_MS + aheadMs })).toBe(code)
  })

  it('has no expiry when it is immediate, and one when it waits for a trigger', () => {
    const ioc = orderTx({ ...bid, tif: 0 })
    const { refusalOf } = createFixture()
    expect(refusalOf({ ...ioc, orderExpiry: BigInt(START_MS + DAY_MS) } as typeof ioc)).toBe(21711)
    expect(refusal({ ...stop, expiryMs: 0 })).toBe(21711)
    expect(refusal(stop)).toBeUndefined()
  })

  it('must reach the smallest base and the smallest quote only when it can rest', () => {
    expect(refusal({ size: 19n })).toBe(21706)
    expect(refusal({ size: 20n })).toBeUndefined()
    expect(refusal({ market: 0, size: 50n, price: 190_000n })).toBe(21706)
    expect(refusal({ size: 1n, tif: 0 })).toBeUndefined()
    expect(refusal({ size: 1n, type: 1 })).toBeUndefined()
  })
})

describe('price bands', () => {
  it('refuse limit prices five percent through the mark', () => {
    expect(refusal({ price: 1_050_000n })).toBeUndefined()
    expect(refusal({ price: 1_050_001n })).toBe(21734)
    expect(refusal({ side: 'sell', price: 950_000n })).toBeUndefined()
    expect(refusal({ side: 'sell', price: 949_999n })).toBe(21734)
    expect(refusal({ price: 500_000n })).toBeUndefined()
  })

  it('refuse limit prices five percent through the best of the other side', () => {
    const fixture = createFixture()
    fixture.place({ account: 4, side: 'sell', size: 100n, price: 960_000n })
    expect(refusal({ price: 1_008_000n }, fixture)).toBeUndefined()
    expect(refusal({ price: 1_008_001n }, fixture)).toBe(21733)
  })

  it('do not bind market orders, and bind stops to their trigger', () => {
    expect(refusal({ type: 1, price: 1_500_000n })).toBeUndefined()
    expect(refusal({ ...stop, price: 1_105_500n })).toBeUndefined()
    expect(refusal({ ...stop, price: 1_105_501n })).toBe(21735)
  })
})

describe('an order and its account', () => {
  it('needs a client index that no live order has; an ended one frees it', () => {
    const fixture = createFixture()
    const order = fixture.place({ ...bid, price: 999_000n, clientId: 42n })
    expect(refusal({ clientId: 42n }, fixture)).toBe(21728)
    expect(refusal({ market: 0, size: 100n, price: 300_000n, clientId: 42n }, fixture)).toBe(21728)
    expect(fixture.force(orderTx({ ...bid, clientId: 42n })).error?.code).toBe(21728)
    fixture.send(cancelTx(3, order.orderIndex))
    expect(refusal({ clientId: 42n }, fixture)).toBeUndefined()
  })

  it('is refused as reduce-only when it would not reduce', () => {
    const fixture = createFixture()
    expect(refusal({ reduceOnly: true }, fixture)).toBe(21732)
    fixture.place({ ...bid, account: 4, side: 'sell' })
    fixture.place({ ...bid, type: 1 })
    expect(refusal({ reduceOnly: true }, fixture)).toBe(21738)
    expect(refusal({ reduceOnly: true, side: 'sell' }, fixture)).toBeUndefined()
  })

  it('needs free margin when it would rest, and reserves nothing', () => {
    const fixture = createFixture()
    const large = { size: 200_000n, price: 1_000_000n }
    expect(refusal(large, fixture)).toBeUndefined()
    expect(refusal({ ...large, size: 200_001n }, fixture)).toBe(21739)
    expect(refusal({ ...large, size: 200_001n, tif: 0 }, fixture)).toBeUndefined()
    fixture.place({ ...bid, ...large, price: 999_000n })
    expect(refusal({ ...large, price: 999_000n }, fixture)).toBeUndefined()
  })

  it('needs no margin to close, and counts only what is larger than the position when turning', () => {
    const fixture = createFixture()
    fixture.place({ ...bid, account: 4, side: 'sell', size: 200_000n })
    fixture.place({ ...bid, size: 200_000n, type: 1 })
    const ask = { side: 'sell', price: 1_001_000n } as const
    expect(refusal({ ...ask, size: 400_000n }, fixture)).toBeUndefined()
    expect(refusal({ ...ask, size: 400_020n }, fixture)).toBe(21739)
  })

  it('is refused beyond the order caps of a standard account', () => {
    const fixture = createFixture()
    for (let count = 0; count < 30; count += 1) fixture.place({ ...bid, price: 999_000n })
    expect(refusal({ price: 999_000n }, fixture)).toBe(21718)
    expect(refusal({ tif: 0 }, fixture)).toBeUndefined()
    for (let count = 0; count < 10; count += 1) fixture.place(stop)
    expect(refusal(stop, fixture)).toBe(21720)
    fixture.core.setTier('0xA1', 'premium')
    expect(refusal({ price: 999_000n }, fixture)).toBeUndefined()
    expect(refusal(stop, fixture)).toBeUndefined()
  })

  it('is refused for integrators, unknown accounts and unknown markets', () => {
    const fixture = createFixture()
    expect(refusal({ attributes: { integratorAccountIndex: 9 } }, fixture)).toBe(21149)
    expect(refusal({ account: 77 }, fixture)).toBe(21100)
  })
})

describe('an order and its market', () => {
  it('is refused while the market is inactive', () => {
    const fixture = createFixture()
    fixture.core.setMarket(BTC, { status: 'inactive' })
    expect(refusal({}, fixture)).toBe(21605)
    expect(fixture.force(orderTx(bid))).toMatchObject({ status: 'failed', error: { code: 21605 } })
  })

  it('is not modified once the market is inactive, but may be cancelled', () => {
    const fixture = createFixture()
    const { orderIndex: index } = fixture.place({ ...bid, price: 999_000n })
    fixture.place({ ...bid, account: 4, side: 'sell', price: 1_000_000n })
    fixture.core.setMarket(BTC, { status: 'inactive' })
    const change = { baseAmount: 100n, price: 1_000_000, triggerPrice: 0 }
    const modify = transaction(3, { kind: 'modifyOrder', marketIndex: BTC, index, ...change })
    expect(fixture.refusalOf(modify)).toBe(21605)
    expect(fixture.force(modify)).toMatchObject({ status: 'failed', error: { code: 21605 } })
    expect(fixture.position(3)).toBe(0n)
    expect(fixture.send(cancelTx(3, index)).status).toBe('ok')
  })

  it('must reduce while the market is reduce-only', () => {
    const fixture = createFixture()
    fixture.place({ ...bid, account: 4, side: 'sell' })
    fixture.place({ ...bid, type: 1 })
    fixture.core.setMarket(BTC, { forceReduceOnly: true })
    expect(refusal({}, fixture)).toBe(21740)
    expect(refusal({ side: 'sell', reduceOnly: true }, fixture)).toBeUndefined()
  })
})

describe('cancel, modify, cancel-all', () => {
  const modify = (change: object) =>
    transaction(3, {
      kind: 'modifyOrder',
      marketIndex: BTC,
      index: 42n,
      baseAmount: 100n,
      price: 999_000,
      triggerPrice: 0,
      ...change,
    })

  it('are refused for orders that are not live', () => {
    const { refusalOf } = createFixture()
    expect(refusalOf(cancelTx(3, 42n))).toBe(21600)
    expect(refusalOf(modify({}))).toBe(21715)
    expect(refusalOf(cancelTx(3, 0n))).toBe(21700)
    expect(refusalOf(cancelTx(3, 42n, 9))).toBe(21602)
  })

  it("do not reach another account's order", () => {
    const fixture = createFixture()
    const order = fixture.place({ ...bid, price: 999_000n })
    expect(fixture.refusalOf(cancelTx(4, order.orderIndex))).toBe(21600)
  })

  it('keep to the rules of the order', () => {
    const fixture = createFixture()
    fixture.place({ ...bid, price: 999_000n, clientId: 42n })
    expect(fixture.refusalOf(modify({}))).toBeUndefined()
    expect(fixture.refusalOf(modify({ baseAmount: 0n }))).toBe(21701)
    expect(fixture.refusalOf(modify({ baseAmount: 19n }))).toBe(21706)
    expect(fixture.refusalOf(modify({ price: 0 }))).toBe(21702)
    expect(fixture.refusalOf(modify({ triggerPrice: 5 }))).toBe(21729)
    expect(fixture.refusalOf(modify({ price: 1_050_001 }))).toBe(21734)
    expect(fixture.refusalOf(modify({ baseAmount: 300_000n }))).toBe(21739)
  })

  it('keep to the window of the dead-man switch', () => {
    const { refusalOf } = createFixture()
    const all = (timeInForce: number, time: number) =>
      refusalOf(transaction(3, { kind: 'cancelAllOrders', timeInForce, time: BigInt(time) }))
    expect(all(3, 0)).toBe(21713)
    expect(all(0, 1)).toBe(21714)
    expect(all(2, 1)).toBe(21714)
    expect(all(1, START_MS + 5 * MINUTE_MS)).toBeUndefined()
    expect(all(1, START_MS + 15 * DAY_MS + 1)).toBe(21714)
  })
})

describe('the market of a cancel-all', () => {
  const all = (market: number, timeInForce = 0) =>
    transaction(
      3,
      { kind: 'cancelAllOrders', timeInForce, time: timeInForce === 1 ? DAY_AHEAD : 0n },
      { cancelAllMarketIndex: market },
    )
  const DAY_AHEAD = BigInt(START_MS + DAY_MS)

  it.each([
    ['one that exists', all(BTC), undefined],
    ['all', all(255), undefined],
    ['one that does not exist', all(77), 21602],
    ['a number below all markets', all(-1), 21501],
    ['a number above all markets', all(256), 21501],
    ['one, but later', all(BTC, 1), 21501],
    ['one, to disarm', all(BTC, 2), 21501],
    ['all, later', all(255, 1), undefined],
  ] as const)('may be or not: %s', (_name, tx, code) => {
    expect(createFixture().refusalOf(tx)).toBe(code)
  })

  it('is looked at by the sequencer as well', () => {
    expect(createFixture().force(all(77))).toMatchObject({ error: { code: 21602 } })
  })
})

describe('admission', () => {
  it('changes nothing', () => {
    const fixture = createFixture()
    const height = fixture.core.height()
    expect(fixture.refusalOf(orderTx(bid))).toBeUndefined()
    expect(fixture.core.height()).toBe(height)
    expect(fixture.core.activeOrders(3)).toEqual([])
    expect(fixture.core.account(3)?.positions.size).toBe(0)
  })
})
