import { describe, expect, it } from 'vitest'
import type { Fixture } from './core-fixture.ts'
import { BTC, START_MS, cancelTx, createFixture, groupTx, transaction } from './core-fixture.ts'

const STOP = { type: 2 }
const TAKE = { type: 4 }
const MARKET = { type: 1 }

/** Account 3 long (or short) 100 ticks at 100 000 against account 4, with depth of account 5 on both sides. */
function withPosition(side: 'buy' | 'sell' = 'buy'): Fixture {
  const fixture = createFixture()
  const other = side === 'buy' ? 'sell' : 'buy'
  fixture.place({ account: 4, side: other, size: 100n, price: 1_000_000n })
  fixture.place({ account: 3, side, size: 100n, price: 1_000_000n, ...MARKET })
  fixture.place({ account: 5, side: 'buy', size: 5_000n, price: 980_000n })
  fixture.place({ account: 5, side: 'sell', size: 5_000n, price: 1_020_000n })
  return fixture
}

describe('stop-loss and take-profit', () => {
  const cases = [
    {
      name: 'sell stop',
      side: 'buy',
      close: 'sell',
      kind: STOP,
      trigger: 990_000n,
      misses: 990_001n,
      hits: 990_000n,
    },
    {
      name: 'sell take-profit',
      side: 'buy',
      close: 'sell',
      kind: TAKE,
      trigger: 1_010_000n,
      misses: 1_009_999n,
      hits: 1_010_000n,
    },
    {
      name: 'buy stop',
      side: 'sell',
      close: 'buy',
      kind: STOP,
      trigger: 1_010_000n,
      misses: 1_009_999n,
      hits: 1_010_000n,
    },
    {
      name: 'buy take-profit',
      side: 'sell',
      close: 'buy',
      kind: TAKE,
      trigger: 990_000n,
      misses: 990_001n,
      hits: 990_000n,
    },
  ] as const

  it.each(cases)('$name waits for its mark and fires when it is reached', (test) => {
    const { place, mark, position } = withPosition(test.side)
    const order = place({
      account: 3,
      side: test.close,
      size: 100n,
      price: test.close === 'sell' ? 950_000n : 1_060_000n,
      trigger: test.trigger,
      reduceOnly: true,
      ...test.kind,
    })
    expect(order).toMatchObject({ status: 'pending', triggerStatus: 'mark-price' })
    mark(test.misses)
    expect(order.status).toBe('pending')
    mark(test.hits)
    expect(order).toMatchObject({
      status: 'filled',
      triggerStatus: 'ready',
      triggerTimeMs: START_MS,
    })
    expect(position(3)).toBe(0n)
  })

  it('fires at once when the condition is already true', () => {
    const { place, position } = withPosition()
    const order = place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 950_000n,
      trigger: 1_000_000n,
      reduceOnly: true,
      ...STOP,
    })
    expect(order.status).toBe('filled')
    expect(position(3)).toBe(0n)
  })

  it('treats its price as a bound on the average after firing', () => {
    const { place, mark, position } = withPosition()
    const order = place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 985_000n,
      trigger: 990_000n,
      reduceOnly: true,
      ...STOP,
    })
    mark(990_000n)
    expect(order.status).toBe('canceled-too-much-slippage')
    expect(position(3)).toBe(100n)
  })

  it('becomes a resting limit order when it is a stop-loss-limit', () => {
    const { place, mark, core } = withPosition()
    const order = place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 989_000n,
      trigger: 990_000n,
      reduceOnly: true,
      type: 3,
    })
    mark(990_000n)
    expect(order).toMatchObject({ status: 'open', triggerStatus: 'ready' })
    expect(core.book(BTC).asks[0]).toMatchObject({ priceTicks: 989_000n, totalTicks: 100n })
  })

  it('fires several in the order in which the mark passes them', () => {
    const { place, mark, core } = withPosition()
    const stop = (trigger: bigint) =>
      place({
        account: 3,
        side: 'sell',
        size: 20n,
        price: 950_000n,
        trigger,
        reduceOnly: true,
        ...STOP,
      })
    const low = stop(985_000n)
    const high = stop(995_000n)
    const middle = stop(990_000n)
    mark(980_000n)
    const fired = core.trades(BTC, 3).map((trade) => trade.ask.orderIndex)
    expect(fired.toReversed()).toEqual([high.orderIndex, middle.orderIndex, low.orderIndex])
  })

  it('expires unfired', () => {
    const { place, pass, mark } = withPosition()
    const order = place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 950_000n,
      trigger: 990_000n,
      reduceOnly: true,
      expiryMs: START_MS + 300_000,
      ...STOP,
    })
    pass(300_000)
    expect(order.status).toBe('canceled-expired')
    mark(980_000n)
    expect(order.filledTicks).toBe(0n)
  })

  it('opens a position when it is not reduce-only', () => {
    const { place, mark, position } = withPosition()
    place({ account: 3, side: 'sell', size: 250n, price: 950_000n, trigger: 990_000n, ...STOP })
    mark(990_000n)
    expect(position(3)).toBe(-150n)
  })

  it('keeps waiting with new values after a modification', () => {
    const { place, send, mark } = withPosition()
    const order = place({
      account: 3,
      side: 'sell',
      size: 100n,
      price: 950_000n,
      trigger: 990_000n,
      reduceOnly: true,
      clientId: 9n,
      ...STOP,
    })
    const change = { marketIndex: BTC, index: 9n, baseAmount: 60n, price: 940_000 }
    send(transaction(3, { kind: 'modifyOrder', ...change, triggerPrice: 985_000 }))
    mark(990_000n)
    expect(order.status).toBe('pending')
    mark(985_000n)
    expect(order).toMatchObject({ status: 'filled', filledTicks: 60n })
  })
})

describe('position-tied orders', () => {
  const tied = {
    account: 3,
    side: 'sell',
    size: 0n,
    price: 950_000n,
    trigger: 990_000n,
    reduceOnly: true,
    ...STOP,
  } as const

  it('take the size of the position when they fire', () => {
    const { place, mark, position } = withPosition()
    const order = place(tied)
    place({ account: 4, side: 'sell', size: 60n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 60n, price: 1_000_000n, ...MARKET })
    mark(990_000n)
    expect(order).toMatchObject({ status: 'filled', baseTicks: 160n, filledTicks: 160n })
    expect(position(3)).toBe(0n)
  })

  it('are cancelled when the position is closed', () => {
    const { place, core } = withPosition()
    const order = place(tied)
    expect(core.account(3)?.positions.get(BTC)?.positionTiedOrderCount).toBe(1)
    place({ account: 3, side: 'sell', size: 100n, price: 970_000n, reduceOnly: true, ...MARKET })
    expect(order.status).toBe('canceled-reduce-only')
    expect(core.account(3)?.positions.get(BTC)?.positionTiedOrderCount).toBe(0)
  })

  it('are cancelled when the position turns, and stay when it only shrinks', () => {
    const { place } = withPosition()
    const order = place(tied)
    place({ account: 3, side: 'sell', size: 30n, price: 970_000n, ...MARKET })
    expect(order.status).toBe('pending')
    place({ account: 3, side: 'sell', size: 200n, price: 970_000n, ...MARKET })
    expect(order.status).toBe('canceled-reduce-only')
  })
})

describe('OCO', () => {
  const pair = (sizes = 100n) =>
    [
      {
        account: 3,
        side: 'sell',
        size: sizes,
        price: 950_000n,
        trigger: 990_000n,
        reduceOnly: true,
        ...STOP,
      },
      {
        account: 3,
        side: 'sell',
        size: sizes,
        price: 950_000n,
        trigger: 1_010_000n,
        reduceOnly: true,
        ...TAKE,
      },
    ] as const

  it('cancels the sibling of the one that fires', () => {
    const { send, mark, position } = withPosition()
    const [stop, take] = send(groupTx(2, pair())).orders
    expect(stop?.toCancelOrderIndex).toBe(take?.orderIndex)
    mark(1_010_000n)
    expect(take?.status).toBe('filled')
    expect(stop?.status).toBe('canceled-oco')
    expect(position(3)).toBe(0n)
  })

  it('leaves the sibling when one is cancelled by hand', () => {
    const { send } = withPosition()
    const [stop, take] = send(groupTx(2, pair())).orders
    send(cancelTx(3, stop?.orderIndex ?? 0n))
    expect(take?.status).toBe('pending')
  })

  it('fires only one when both conditions are true at once', () => {
    const { send, position } = withPosition()
    const [stop, take] = pair()
    const { orders } = send(
      groupTx(2, [
        { ...stop, trigger: 1_000_000n },
        { ...take, trigger: 1_000_000n },
      ]),
    )
    expect(orders.map((order) => order.status)).toEqual(['filled', 'canceled-oco'])
    expect(position(3)).toBe(0n)
  })

  it.each([
    ['two stops', (a: object) => [a, a]],
    ['different sizes', (a: object, b: object) => [a, { ...b, size: 50n }]],
    ['different sides', (a: object, b: object) => [a, { ...b, side: 'buy' }]],
    ['one that is not reduce-only', (a: object, b: object) => [a, { ...b, reduceOnly: false }]],
    ['different expiries', (a: object, b: object) => [a, { ...b, expiryMs: START_MS + 999_999 }]],
  ])('refuses %s', (_name, change) => {
    const { refusalOf } = withPosition()
    const [stop, take] = pair()
    const orders = change(stop, take) as Parameters<typeof groupTx>[1]
    expect(refusalOf(groupTx(2, orders))).toBe(21743)
  })
})

describe('OTO and OTOCO', () => {
  const parent = { account: 3, side: 'buy', size: 40n, price: 1_020_000n, ...MARKET } as const
  const stop = {
    account: 3,
    side: 'sell',
    size: 0n,
    price: 950_000n,
    trigger: 990_000n,
    reduceOnly: true,
    ...STOP,
  } as const
  const take = { ...stop, trigger: 1_030_000n, price: 1_000_000n, ...TAKE } as const

  function flat(): Fixture {
    const fixture = createFixture()
    fixture.place({ account: 5, side: 'sell', size: 30n, price: 1_000_000n })
    fixture.place({ account: 5, side: 'buy', size: 5_000n, price: 980_000n })
    return fixture
  }

  it('wakes the child with the filled size when the parent finishes with fills', () => {
    const { send, mark, position } = flat()
    const [first, child] = send(groupTx(1, [parent, stop])).orders
    expect(first).toMatchObject({ status: 'canceled-not-enough-liquidity', filledTicks: 30n })
    expect(child).toMatchObject({
      status: 'pending',
      triggerStatus: 'mark-price',
      baseTicks: 30n,
      parentOrderIndex: first?.orderIndex,
    })
    mark(990_000n)
    expect(child).toMatchObject({ status: 'filled', filledTicks: 30n })
    expect(position(3)).toBe(0n)
  })

  it('cancels the child when the parent ends without a fill', () => {
    const { send } = flat()
    const [first, child] = send(groupTx(1, [{ ...parent, price: 990_000n }, stop])).orders
    expect(first?.status).toBe('canceled-too-much-slippage')
    expect(child?.status).toBe('canceled-child')
  })

  it('lets children of a resting parent wait until it is finished', () => {
    const { send, place, mark } = flat()
    const limit = { ...parent, type: 0, price: 985_000n } as const
    const [first, sl, tp] = send(groupTx(3, [limit, stop, take])).orders
    expect(first?.status).toBe('open')
    mark(980_500n)
    expect([sl?.triggerStatus, tp?.triggerStatus]).toEqual(['parent-order', 'parent-order'])
    mark(1_000_000n)
    place({ account: 4, side: 'sell', size: 40n, price: 985_000n, ...MARKET })
    expect(first?.status).toBe('filled')
    expect([sl?.triggerStatus, tp?.triggerStatus]).toEqual(['mark-price', 'mark-price'])
    mark(990_000n)
    expect([sl?.status, tp?.status]).toEqual(['filled', 'canceled-oco'])
  })

  it('wakes children of a parent that is cancelled after a partial fill', () => {
    const { send, place } = flat()
    const limit = { ...parent, type: 0, price: 985_000n } as const
    const [first, child] = send(groupTx(1, [limit, stop])).orders
    place({ account: 4, side: 'sell', size: 25n, price: 985_000n, ...MARKET })
    send(cancelTx(3, first?.orderIndex ?? 0n))
    expect(child).toMatchObject({ status: 'pending', triggerStatus: 'mark-price', baseTicks: 25n })
  })

  it.each([
    [21741, 4, [parent, stop]],
    [21742, 1, [parent, stop, take]],
    [21742, 3, [parent, stop]],
    [21743, 1, [parent, { ...stop, side: 'buy' }]],
    [21743, 1, [parent, { ...stop, size: 40n }]],
    [21743, 1, [stop, stop]],
    [21743, 1, [parent, { ...stop, market: 0 }]],
    [21743, 3, [parent, stop, stop]],
  ] as const)('refuses with %i what is no group of type %i', (code, type, orders) => {
    expect(flat().refusalOf(groupTx(type, orders))).toBe(code)
  })

  it('takes different client indexes in a group and refuses equal ones', () => {
    const { send, refusalOf } = flat()
    const same = [
      { ...parent, clientId: 7n },
      { ...stop, clientId: 7n },
    ]
    expect(refusalOf(groupTx(1, same))).toBe(21728)
    const { orders } = send(
      groupTx(1, [
        { ...parent, clientId: 7n },
        { ...stop, clientId: 8n },
      ]),
    )
    expect(orders.map((order) => order.clientOrderIndex)).toEqual([7n, 8n])
  })
})

describe('in a market that stands still', () => {
  const stop = {
    account: 3,
    side: 'sell',
    size: 100n,
    price: 950_000n,
    trigger: 990_000n,
    reduceOnly: true,
    ...STOP,
  } as const

  it('no stop fires, however far the mark goes; it does as soon as trading goes on', () => {
    const { core, place, mark, position } = withPosition()
    const order = place(stop)
    core.setMarket(BTC, { status: 'inactive' })
    mark(985_000n)
    expect(order.status).toBe('pending')
    expect(position(3)).toBe(100n)
    core.setMarket(BTC, { status: 'active' })
    expect(order.status).toBe('filled')
    expect(position(3)).toBe(0n)
  })

  it('a stop whose mark has gone back meanwhile waits on', () => {
    const { core, place, mark } = withPosition()
    const order = place(stop)
    core.setMarket(BTC, { status: 'inactive' })
    mark(985_000n)
    mark(1_000_000n)
    core.setMarket(BTC, { status: 'active' })
    expect(order.status).toBe('pending')
  })

  it('a child whose parent is cancelled after a partial fill waits, though its trigger is reached', () => {
    const { core, send, place, mark } = createFixture()
    const parent = { account: 3, side: 'buy', size: 40n, price: 1_000_000n } as const
    const [first, child] = send(groupTx(1, [parent, { ...stop, size: 0n }])).orders
    place({ account: 4, side: 'sell', size: 25n, price: 1_000_000n, ...MARKET })
    place({ account: 5, side: 'buy', size: 100n, price: 980_000n })
    core.setMarket(BTC, { status: 'inactive' })
    mark(985_000n)
    send(cancelTx(3, first?.orderIndex ?? 0n))
    expect(child).toMatchObject({ status: 'pending', triggerStatus: 'mark-price' })
    core.setMarket(BTC, { status: 'active' })
    expect(child).toMatchObject({ status: 'filled', filledTicks: 25n })
  })
})
