import { describe, expect, it } from 'vitest'
import {
  BTC,
  createFixture,
  type Fixture,
  type Json,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const HOUR_MS = 3_600_000

function subscribe(f: Fixture, channels: readonly string[]) {
  const socket = f.open()
  for (const channel of channels) socket.say({ type: 'subscribe', channel, auth: f.token() })
  return socket
}

const bookOf = (frame: Json | undefined) => frame?.['order_book'] as Json

describe('the order book channel', () => {
  it('chains every batch to the frame before it, for early and late subscribers', async () => {
    const f = createFixture({ noiseBps: 50, tickIntervalMs: 70 })
    const early = subscribe(f, ['order_book/1'])
    await f.clock.advance(1_000)
    const late = subscribe(f, ['order_book/1'])
    await f.clock.advance(1_000)
    for (const socket of [early, late]) {
      const frames = socket.frames.filter((frame) => 'order_book' in frame)
      expect(frames.length).toBeGreaterThan(5)
      expect(bookOf(frames[0])['begin_nonce']).toBe(0)
      for (let at = 1; at < frames.length; at += 1) {
        expect(bookOf(frames[at])['begin_nonce']).toBe(bookOf(frames[at - 1])['nonce'])
      }
    }
  })

  it('rebuilds the venue’s book from snapshot and updates', async () => {
    const f = createFixture({ noiseBps: 50, tickIntervalMs: 70 })
    const socket = subscribe(f, ['order_book/1'])
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS))
    await f.clock.advance(3_000)
    f.stage.driver.stop()
    await f.clock.advance(100)
    const sides = { asks: new Map<string, string>(), bids: new Map<string, string>() }
    for (const frame of socket.frames) {
      for (const side of ['asks', 'bids'] as const) {
        for (const { price, size } of (bookOf(frame)?.[side] ?? []) as Json[]) {
          if (Number(size) === 0) sides[side].delete(String(price))
          else sides[side].set(String(price), String(size))
        }
      }
    }
    const book = f.stage.core.book(BTC)
    for (const side of ['asks', 'bids'] as const) {
      const expected = book[side].map((level) => [
        (Number(level.priceTicks) / 10).toFixed(1),
        (Number(level.totalTicks) / 100_000).toFixed(5),
      ])
      expect(new Map(sides[side])).toEqual(new Map(expected as [string, string][]))
    }
  })

  it('batches for 50 ms', async () => {
    const f = createFixture()
    const socket = subscribe(f, ['order_book/1'])
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS), 0)
    await f.send(restingOrder(8, f.clock.now() + HOUR_MS, { price: 970_010 }), 1)
    await f.clock.advance(249)
    expect(socket.of('update/order_book')).toHaveLength(0)
    await f.clock.advance(1)
    const updates = socket.of('update/order_book')
    expect(updates).toHaveLength(1)
    expect(bookOf(updates[0])['bids']).toEqual([
      { price: '97000.0', size: '0.00100' },
      { price: '97001.0', size: '0.00100' },
    ])
  })
})

describe('market channels', () => {
  it('tell marks, trades, best prices and the height', async () => {
    const f = createFixture()
    const socket = subscribe(f, [
      'market_stats/1',
      'market_stats/all',
      'trade/1',
      'ticker/1',
      'height',
    ])
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(300)
    const [trade] = socket.of('update/trade')
    expect(trade?.['trades']).toMatchObject([{ market_id: 1, size: '0.01000', is_maker_ask: true }])
    expect(socket.of('update/ticker').length).toBeGreaterThan(0)
    const { core } = f.stage
    core.setMark(BTC, { markTicks: 1_000_500n, indexTicks: 1_000_400n }, f.clock.now())
    await f.clock.advance(1_500)
    expect(socket.of('update/market_stats').map((frame) => frame['channel'])).toContain(
      'market_stats:all',
    )
    const single = socket.of('update/market_stats').filter((x) => x['channel'] === 'market_stats:1')
    expect(single.some((x) => (x['market_stats'] as Json)['mark_price'] === '100050.0')).toBe(true)
    expect(socket.of('update/height').length).toBeGreaterThan(0)
  })

  it('tell only the markets that moved on market_stats/all', async () => {
    const f = createFixture()
    const socket = subscribe(f, ['market_stats/all'])
    expect(Object.keys(socket.frames.at(-1)?.['market_stats'] as Json)).toEqual(['0', '1', '2'])
    f.stage.core.setMark(2, { markTicks: 150_100n, indexTicks: 150_000n }, f.clock.now())
    await f.clock.advance(1)
    expect(Object.keys(socket.frames.at(-1)?.['market_stats'] as Json)).toEqual(['2'])
  })

  it('do not push a ticker for changes behind the best prices', async () => {
    const f = createFixture()
    const socket = subscribe(f, ['ticker/1'])
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS))
    await f.clock.advance(300)
    const before = socket.of('update/ticker').length
    await f.send(restingOrder(8, f.clock.now() + HOUR_MS))
    await f.clock.advance(300)
    expect(socket.of('update/ticker')).toHaveLength(before)
  })
})

describe('account channels', () => {
  const channelsOf = (index: number) => [
    `account_all/${index}`,
    `account_market/1/${index}`,
    `user_stats/${index}`,
    `account_tx/${index}`,
    `account_all_orders/${index}`,
    `account_orders/1/${index}`,
    `account_all_trades/${index}`,
    `account_all_positions/${index}`,
    `account_all_assets/${index}`,
    `notification/${index}`,
  ]

  it('tell a fill on every channel that it concerns', async () => {
    const f = createFixture({ tier: 'premium' })
    const index = f.account.accountIndex
    const socket = subscribe(f, channelsOf(index))
    const signed = f.sign(marketOrder(0, 1_000, { clientOrderIndex: 42 }))
    await f.post('/api/v1/sendTx', { tx_type: '14', tx_info: signed.txInfo })
    const before = socket.frames.length
    await f.clock.advance(200)
    const updates = socket.frames.slice(before)
    const content = (type: string) => updates.find((frame) => frame['type'] === `update/${type}`)
    expect(content('account_all_positions')).toMatchObject({
      channel: `account_all_positions:${index}`,
      positions: { '1': { market_id: 1, sign: 1, position: '0.01000' } },
    })
    expect(content('account_all_trades')?.['trades']).toMatchObject({
      '1': [{ tx_hash: signed.txHash, bid_account_id: index, bid_client_id: 42 }],
    })
    expect(content('account_all_orders')?.['orders']).toMatchObject({
      '1': [{ client_order_index: 42, status: 'filled', side: '' }],
    })
    expect(content('account_orders')).toMatchObject({ channel: 'account_orders:1', account: index })
    expect(content('account_tx')?.['txs']).toMatchObject([{ hash: signed.txHash, status: 3 }])
    expect(content('account_market')).toMatchObject({
      channel: `account_market:1:${index}`,
      position: { position: '0.01000' },
    })
    expect(content('user_stats')).toBeDefined()
    expect(content('account_all_assets')).toBeDefined()
    expect(content('account_all')).toMatchObject({ positions: { '1': { position: '0.01000' } } })
  })

  it('name only the changed market in an update', async () => {
    const f = createFixture()
    const index = f.account.accountIndex
    await f.send(marketOrder(0, 1_000))
    await f.send(marketOrder(0, 100, { marketIndex: 0, price: 310_000 }))
    await f.clock.advance(1_000)
    const socket = subscribe(f, [`account_all_positions/${index}`])
    expect(Object.keys(socket.frames.at(-1)?.['positions'] as Json)).toEqual(['0', '1'])
    await f.send(marketOrder(1, 1_000))
    await f.clock.advance(1_000)
    expect(socket.frames.at(-1)?.['positions']).toMatchObject({
      '1': { sign: 1, position: '0.00000' },
    })
    expect(Object.keys(socket.frames.at(-1)?.['positions'] as Json)).toEqual(['1'])
  })

  it('follow the mark on user_stats while a position is open, at most once a second', async () => {
    const f = createFixture({ noiseBps: 50, tickIntervalMs: 100 })
    const socket = subscribe(f, [`user_stats/${f.account.accountIndex}`])
    await f.clock.advance(2_000)
    expect(socket.of('update/user_stats')).toHaveLength(0)
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(10_300)
    const count = socket.of('update/user_stats').length
    expect(count).toBeGreaterThan(8)
    expect(count).toBeLessThan(14)
  })

  it('overtake each other when the jitter is on, and keep their own order', async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 8; seed += 1) {
      const f = createFixture({ channelJitterMs: 20, seed })
      const socket = subscribe(f, channelsOf(f.account.accountIndex))
      await f.clock.advance(100)
      const before = socket.frames.length
      for (let at = 0; at < 5; at += 1) await f.send(marketOrder(0, 100))
      await f.clock.advance(1_000)
      const updates = socket.frames.slice(before)
      const positions = updates.filter((x) => x['type'] === 'update/account_all_positions')
      const sizes = positions.map(
        (x) => (x['positions'] as Record<string, Json>)['1']?.['position'],
      )
      const grown = [...sizes].sort((a, b) => Number(a) - Number(b))
      expect(sizes).toEqual(grown)
      orders.add(
        updates
          .map((x) => x['type'])
          .slice(0, 5)
          .join(),
      )
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('tell a liquidation as notification', async () => {
    const f = createFixture({ collateralUsd: '150' })
    const index = f.account.accountIndex
    const socket = subscribe(f, [`notification/${index}`])
    expect((await f.send(marketOrder(0, 1_500))).status).toBe(200)
    await f.clock.advance(500)
    f.stage.core.drain(index, 145_000_000n, f.clock.now())
    await f.clock.advance(500)
    expect(socket.of('update/notification').length).toBeGreaterThan(0)
    expect(socket.of('update/notification')[0]?.['notifs']).toMatchObject([
      { kind: 'liquidation', account_index: index, ack: false, acked_at: null },
    ])
  })
})
