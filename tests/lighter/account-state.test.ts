import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import { positionIn } from '../../src/hedge/venue-view.ts'
import { toAccountFills, toPositionRow, toVenueOrder } from '../../src/lighter/account-convert.ts'
import { orderSchema, positionSchema, tradeSchema } from '../../src/lighter/account-schemas.ts'
import { withFills } from '../../src/lighter/account-fills.ts'
import {
  type AccountState,
  emptyAccountState,
  KEPT_ENDED_ORDERS,
  withOrders,
  withPositionRead,
  withPositionSnapshot,
  withPositionUpdate,
} from '../../src/lighter/account-state.ts'
import { summarizeState, viewOf } from '../../src/lighter/account-view.ts'
import { ACCOUNT, orderRow, positionRow, tradeRow } from './support/frames.ts'

const T = 1793491200000
const arrival = (atMs: number) => ({ atMs, provenMs: atMs - 5_000 })
const row = (over: Record<string, unknown>) =>
  toPositionRow(positionSchema.parse(positionRow(over)), T)
const order = (over: Record<string, unknown>) => toVenueOrder(orderSchema.parse(orderRow(over)), T)
const fill = (over: Record<string, unknown>) =>
  toAccountFills(tradeSchema.parse(tradeRow(over)), ACCOUNT)

function view(state: AccountState) {
  return viewOf(state, summarizeState(state), {
    isLive: true,
    lastAliveAtMs: T,
    positionsAtMs: T,
    ordersAtMs: T,
  })
}

function inMarket(state: AccountState, marketIndex = 1) {
  const position = positionIn(view(state), marketIndex)
  if (!position.isKnown) return 'unknown'
  if (position.value === undefined) return 'flat'
  return `${position.value.signedBase.toFixed()} ${position.value.isSettled ? 'settled' : 'open'}`
}

const empty = withPositionSnapshot(emptyAccountState(ACCOUNT), [], arrival(T - 60_000))

describe('positions', () => {
  it('are unknown before a snapshot, whatever updates come', () => {
    const state = withPositionUpdate(emptyAccountState(ACCOUNT), [row({})], arrival(T))
    expect(inMarket(state)).toBe('unknown')
  })

  it('merge an update of one market into the others', () => {
    const first = withPositionSnapshot(
      empty,
      [row({ position: '1.0' }), row({ market_id: 2, position: '3.0', sign: -1 })],
      arrival(T),
    )
    const state = withPositionUpdate(first, [row({ position: '2.0' })], arrival(T))
    expect([inMarket(state, 1), inMarket(state, 2)]).toEqual(['2 settled', '-3 settled'])
  })

  it('are not flat when a fill came and its row did not', () => {
    expect(inMarket(withFills(empty, fill({})))).toBe('unknown')
  })

  it('settle when the row holds what the newest fill left, in any order of arrival', () => {
    const steps = [
      (state: AccountState) => withFills(state, fill({})),
      (state: AccountState) =>
        withPositionUpdate(state, [row({ position: '0.00100' })], arrival(T + 5)),
      (state: AccountState) => withOrders(state, [order({})], 'update'),
    ] as const
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 3 }), (sequence) => {
        let state = empty
        for (const at of sequence) state = steps[at as 0 | 1 | 2](state)
        const has = (step: number) => sequence.includes(step)
        const shownAs = inMarket(state)
        // Known to have filled while the row is missing, or while only the order tells of it.
        const withoutRow = has(0) || has(2) ? 'unknown' : 'flat'
        const withRow = has(2) && !has(0) ? '0.001 open' : '0.001 settled'
        expect(shownAs).toBe(has(1) ? withRow : withoutRow)
      }),
    )
  })

  it('stay unsettled while an order tells of more than its trades', () => {
    const told = withFills(empty, fill({ size: '0.00040' }))
    const some = withPositionUpdate(told, [row({ position: '0.00040' })], arrival(T + 5))
    expect(inMarket(some)).toBe('0.0004 settled')
    expect(inMarket(withOrders(some, [order({})], 'update'))).toBe('0.0004 open')
  })

  it('settle by age when trades were lost in a gap of the connection', () => {
    const filled = withOrders(empty, [order({})], 'update')
    const snapshot = (atMs: number) =>
      withPositionSnapshot(filled, [row({ position: '0.00100' })], arrival(atMs))
    expect(inMarket(snapshot(T + 100))).toBe('0.001 open')
    expect(inMarket(snapshot(T + 6_000))).toBe('0.001 settled')
  })

  it('keep a fresher row of the stream when a read comes late', () => {
    const streamed = withPositionUpdate(
      empty,
      [{ ...row({ position: '2.0' }), atMs: T + 50 }],
      arrival(T + 50),
    )
    const read = withPositionRead(streamed, [row({ position: '1.0' })], {
      ...arrival(T + 90),
      sentAtMs: T + 10,
    })
    expect(inMarket(read)).toBe('2 settled')
    const later = withPositionRead(streamed, [row({ position: '1.0' })], {
      ...arrival(T + 190),
      sentAtMs: T + 100,
    })
    expect(inMarket(later)).toBe('1 settled')
  })

  it('do not fall back to a read that is older than the last fill', () => {
    const filled = withFills(empty, fill({}))
    const settled = withPositionUpdate(filled, [row({ position: '0.00100' })], arrival(T + 1))
    const stale = { atMs: T + 900, sentAtMs: T + 800, provenMs: T - 10_000 }
    expect(inMarket(withPositionRead(settled, [row({})], stale))).toBe('0.001 settled')
  })

  it('settle by a read whose state is as new as the fill, when the trade hid the size', () => {
    const silent = fill({ taker_position_size_before: undefined })
    const filled = withFills(empty, silent)
    const read = withPositionRead(filled, [row({ position: '0.00100' })], {
      atMs: T + 20,
      sentAtMs: T + 10,
      provenMs: T,
    })
    expect(inMarket(read)).toBe('0.001 settled')
  })
})

describe('fills', () => {
  it('count once however often they come', () => {
    const once = withFills(empty, fill({}))
    expect(withFills(once, fill({}))).toBe(once)
    expect(once.fillsOfClient.get(77)).toHaveLength(1)
  })

  it('belong to the side and role of the account', () => {
    const maker = toAccountFills(
      tradeSchema.parse(
        tradeRow({
          is_maker_ask: false,
          maker_fee: 28,
          taker_fee: 280,
          maker_position_size_before: '-0.00100',
        }),
      ),
      ACCOUNT,
    )[0]?.fill
    expect(maker).toMatchObject({ side: 'buy', clientOrderIndex: 77, counterAccountIndex: '999' })
    expect(maker?.feeUsd.toFixed()).toBe('0.001792')
    expect(maker?.signedBaseAfter?.toFixed()).toBe('0')
    const other = toAccountFills(tradeSchema.parse(tradeRow()), 12_345)
    expect(other).toEqual([])
  })

  it('have no fee when the venue leaves the fee out', () => {
    expect(fill({})[0]?.fill.feeUsd.isZero()).toBe(true)
  })

  it('keep ids beyond 2^53 from their text', () => {
    const big = fill({ trade_id: 1, trade_id_str: '9223372036854775807' })
    expect(big[0]?.fill.tradeId).toBe('9223372036854775807')
  })
})

describe('orders', () => {
  it('never come back to life and never lose fills', () => {
    const ended = withOrders(empty, [order({})], 'update')
    const again = withOrders(
      ended,
      [order({ status: 'open', filled_base_amount: '0.00000', remaining_base_amount: '0.00100' })],
      'update',
    )
    expect(again.orders.get('562949953421400')?.status).toBe('filled')
  })

  it('show the ended state by client order index', () => {
    const state = withOrders(empty, [order({ status: 'canceled-too-much-slippage' })], 'update')
    expect(state.orderOfClient.get(77)).toBe('562949953421400')
    expect(view(state).liveOrders.isKnown).toBe(false)
  })

  it('are forgotten when a complete list does not have them: how they ended is not known', () => {
    const live = withOrders(empty, [order({ status: 'open', filled_base_amount: '0' })], 'all_live')
    expect(view(live).liveOrders).toMatchObject({ isKnown: true, value: [{ isLive: true }] })
    const gone = withOrders(live, [], 'all_live')
    expect(gone.orders.size).toBe(0)
    expect(gone.orderOfClient.get(77)).toBeUndefined()
  })

  it('of other markets stay when one market is read', () => {
    const live = withOrders(
      empty,
      [
        order({ status: 'open', filled_base_amount: '0' }),
        order({ status: 'open', order_id: '5', market_index: 2, filled_base_amount: '0' }),
      ],
      'all_live',
    )
    const read = withOrders(live, [], { marketIndex: 1, provenMs: T + 1 })
    expect([...read.orders.keys()]).toEqual(['5'])
  })

  it('that changed while a list was on its way stay', () => {
    const live = withOrders(empty, [order({ status: 'open', filled_base_amount: '0' })], 'update')
    const read = withOrders(live, [], { marketIndex: 1, provenMs: T - 100 })
    expect(read.orders.size).toBe(1)
  })

  it('are kept in a bounded number, live ones always', () => {
    let state = withOrders(
      empty,
      [order({ order_id: '1', client_order_index: 1, status: 'open', filled_base_amount: '0' })],
      'update',
    )
    const ended = Array.from({ length: KEPT_ENDED_ORDERS + 50 }, (_, at) =>
      order({ order_id: String(at + 10), client_order_index: at + 10 }),
    )
    state = withOrders(state, ended, 'update')
    expect(state.orders.size).toBe(KEPT_ENDED_ORDERS + 1)
    expect(state.orders.get('1')?.isLive).toBe(true)
    expect(state.orderOfClient.get(10)).toBeUndefined()
  })

  it('refuse a status that is not documented', () => {
    expect(() => order({ status: 'melted' })).toThrow(
      expect.objectContaining({ code: 'answer_malformed' }),
    )
  })

  it('read times in seconds and in milliseconds', () => {
    const seconds = order({ updated_at: 1766387932, timestamp: 1766387932 })
    expect(seconds.atMs).toBe(1766387932000)
    expect(order({ updated_at: 1777941383900 }).atMs).toBe(T)
  })
})

describe('position rows', () => {
  it('take the side from the sign and percent as fraction', () => {
    const short = row({ sign: -1, position: '0.001', initial_margin_fraction: '6.66' })
    expect(short.signedBase.toFixed()).toBe('-0.001')
    expect(short.initialMarginFraction.eq(new Dec('0.0666'))).toBe(true)
  })

  it('are plain zero when flat, whatever the sign', () => {
    for (const sign of [1, -1, 0]) expect(row({ sign }).signedBase.toString()).toBe('0')
  })

  it('have no liquidation price when the venue says 0', () => {
    expect(row({}).liquidationPrice).toBeUndefined()
    expect(row({ liquidation_price: '2191.1107231380406' }).liquidationPrice?.toFixed()).toBe(
      '2191.1107231380406',
    )
  })

  it('never turn a missing field into zero', () => {
    const { position: _gone, ...rest } = positionRow()
    expect(positionSchema.safeParse(rest).success).toBe(false)
    expect(positionSchema.safeParse(positionRow({ position: '' })).success).toBe(false)
    expect(positionSchema.safeParse(positionRow({ position: null })).success).toBe(false)
  })
})
