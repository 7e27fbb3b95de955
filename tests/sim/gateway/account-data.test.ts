import { afterEach, describe, expect, it } from 'vitest'
import {
  createFixture,
  type Fixture,
  type Json,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const HOUR_MS = 3_600_000

let f: Fixture
afterEach(() => f.stage.close())

const account = (at = 0) => ({ account_index: String(f.stage.accounts[at]?.accountIndex) })
const rowsOf = (json: Json, key: string) => json[key] as Json[]

async function read(path: string, query: Record<string, string>, token = f.token()) {
  return f.get(`/api/v1/${path}`, query, { token })
}

/** Every row of a paged list, page by page. */
async function readAll(path: string, key: string, query: Record<string, string>) {
  const all: Json[] = []
  let cursor = ''
  for (let page = 0; page < 50; page += 1) {
    const { json } = await read(path, { ...query, ...(cursor === '' ? {} : { cursor }) })
    all.push(...rowsOf(json, key))
    const next = json['next_cursor']
    cursor = typeof next === 'string' ? next : ''
    if (cursor === '') break
  }
  return all
}

/** Rests and cancels so many orders, two in the same stroke each. */
async function endOrders(count: number) {
  for (let id = 1; id <= count; id += 1) {
    await f.send(restingOrder(id, Math.trunc(f.clock.now()) + HOUR_MS))
  }
  await f.clock.advance(1_000)
  await f.send({ kind: 'cancelAllOrders', timeInForce: 0, time: 0 })
  await f.clock.advance(1_000)
}

describe('pages', () => {
  it('of ended orders hold every order once, also those that ended in one stroke', async () => {
    f = createFixture({ noLimits: true })
    await endOrders(9)
    const query = { ...account(), limit: '2' }
    const rows = await readAll('accountInactiveOrders', 'orders', query)
    expect(rows.map((row) => row['client_order_index'])).toHaveLength(9)
    expect(new Set(rows.map((row) => row['order_index'])).size).toBe(9)
  })

  it('go on where they were when newer rows have come meanwhile', async () => {
    f = createFixture({ noLimits: true })
    await f.send(marketOrder(0, 100))
    await f.send(marketOrder(1, 60))
    await f.clock.advance(1_000)
    const query = { ...account(), limit: '1', sort_by: 'timestamp' }
    const first = (await read('trades', query)).json
    await f.send(marketOrder(1, 40))
    await f.clock.advance(1_000)
    const second = await read('trades', { ...query, cursor: String(first['next_cursor']) })
    const [newest] = rowsOf(first, 'trades')
    const [older] = rowsOf(second.json, 'trades')
    expect(newest).toMatchObject({ size: '0.00060' })
    expect(older).toMatchObject({ size: '0.00100' })
  })

  it('refuse a cursor that no page has given', async () => {
    f = createFixture({ noLimits: true })
    const answer = await read('accountInactiveOrders', { ...account(), limit: '5', cursor: 'x' })
    expect(answer.json).toMatchObject({ code: 20001 })
  })
})

describe('accountOrders', () => {
  it('finds live and ended orders by client index, for a day, at most 20 indexes', async () => {
    f = createFixture({ noLimits: true, tickIntervalMs: 60_000 })
    await endOrders(2)
    await f.send(restingOrder(3, Math.trunc(f.clock.now()) + 72 * HOUR_MS))
    await f.clock.advance(1_000)
    const ask = async (indexes: string) =>
      read('accountOrders', { ...account(), client_order_indexes: indexes })
    const found = rowsOf((await ask('1,3,77')).json, 'orders')
    expect(found.map((row) => [row['client_order_index'], row['status']])).toEqual([
      [3, 'open'],
      [1, 'canceled'],
    ])
    await f.clock.advance(24 * HOUR_MS)
    const later = rowsOf((await ask('1,3')).json, 'orders')
    expect(later.map((row) => row['client_order_index'])).toEqual([3])
    const many = Array.from({ length: 21 }, (_, at) => at + 1).join()
    expect((await ask(many)).json).toMatchObject({ code: 20001 })
    expect((await ask('0')).json).toMatchObject({ code: 20001 })
  })
})

describe('trades', () => {
  it('filter by role and side of the account', async () => {
    f = createFixture({ noLimits: true })
    await f.send(marketOrder(0, 100))
    await f.send(marketOrder(1, 50))
    await f.clock.advance(1_000)
    const query = { ...account(), limit: '10', sort_by: 'trade_id' }
    const sizes = async (more: Record<string, string>) =>
      rowsOf((await read('trades', { ...query, ...more })).json, 'trades').map((row) => row['size'])
    expect(await sizes({ ask_filter: '1' })).toEqual(['0.00050'])
    expect(await sizes({ ask_filter: '0', role: 'taker' })).toEqual(['0.00100'])
    expect(await sizes({ role: 'maker' })).toEqual([])
    expect(await sizes({ type: 'liquidation' })).toEqual([])
    expect(await sizes({ market_type: 'spot' })).toEqual([])
    expect((await read('trades', { ...query, sort_dir: 'asc' })).json).toMatchObject({
      code: 20001,
    })
  })
})

describe('transactions', () => {
  it('are listed by account and type, paged by sequence index without loss', async () => {
    f = createFixture({ noLimits: true })
    await endOrders(5)
    await f.send(restingOrder(50, Math.trunc(f.clock.now()) + HOUR_MS), 1)
    await f.clock.advance(1_000)
    const own = { by: 'account_index', value: account().account_index }
    const all = rowsOf((await read('accountTxs', { ...own, limit: '100' })).json, 'txs')
    expect(all.map((row) => row['type'])).toEqual([16, 14, 14, 14, 14, 14])
    const paged: unknown[] = []
    let index = ''
    for (;;) {
      const query = { ...own, limit: '2', ...(index === '' ? {} : { index }) }
      const rows = rowsOf((await read('accountTxs', query)).json, 'txs')
      paged.push(...rows.map((row) => row['sequence_index']))
      const last = rows.at(-1)
      if (last === undefined) break
      index = String(last['sequence_index'])
    }
    expect(paged).toEqual(all.map((row) => row['sequence_index']))
    const cancels = await read('accountTxs', { ...own, limit: '9', types: '16' })
    expect(rowsOf(cancels.json, 'txs')).toHaveLength(1)
    const everybody = (await f.get('/api/v1/txs', { limit: '100' })).json
    expect(rowsOf(everybody, 'txs')).toHaveLength(7)
    const bySequence = await f.get('/api/v1/tx', {
      by: 'sequence_index',
      value: String(all[0]?.['sequence_index']),
    })
    expect(bySequence.json).toMatchObject({ hash: all[0]?.['hash'] })
  })

  it('tell the order before and after a modification, and the maker of the last fill', async () => {
    f = createFixture({ noLimits: true })
    await f.send(restingOrder(7, Math.trunc(f.clock.now()) + HOUR_MS))
    await f.clock.advance(1_000)
    const modified = await f.send({
      kind: 'modifyOrder',
      marketIndex: 1,
      index: 7,
      baseAmount: 140,
      price: 965_000,
      triggerPrice: 0,
    })
    const filled = await f.send(marketOrder(0, 100))
    await f.clock.advance(1_000)
    const eventOf = async (hash: unknown) => {
      const { json } = await f.get('/api/v1/tx', { by: 'hash', value: String(hash) })
      return JSON.parse(String(json['event_info'])) as Json
    }
    expect(await eventOf(modified.json['tx_hash'])).toMatchObject({
      oo: { is: 100, p: 970_000 },
      no: { is: 140, p: 965_000 },
      ae: '',
    })
    const execution = await eventOf(filled.json['tx_hash'])
    expect(execution).toMatchObject({ mo: { a: 2, ia: 1 }, to: { ia: 0, rs: 0 }, ae: '' })
    expect((execution['mo'] as Json)['i']).not.toBe((execution['to'] as Json)['i'])
  })

  it('from Ethereum are unknown', async () => {
    f = createFixture()
    const answer = await f.get('/api/v1/txFromL1TxHash', { hash: '0xab' })
    expect(answer).toMatchObject({ status: 400, json: { code: 21500 } })
  })
})

describe('orders that the sequencer refuses after 200', () => {
  const group = () => {
    const expiryMs = Math.trunc(f.clock.now()) + HOUR_MS
    const stop = { marketIndex: 1, clientOrderIndex: 0, baseAmount: 0, isAsk: 1, reduceOnly: 1 }
    return {
      kind: 'createGroupedOrders',
      groupingType: 3,
      orders: [
        {
          ...stop,
          baseAmount: 100,
          price: 970_000,
          isAsk: 0,
          type: 0,
          timeInForce: 1,
          reduceOnly: 0,
          triggerPrice: 0,
          orderExpiry: expiryMs,
        },
        {
          ...stop,
          price: 900_000,
          type: 2,
          timeInForce: 0,
          triggerPrice: 940_000,
          orderExpiry: expiryMs,
        },
        {
          ...stop,
          price: 1_020_000,
          type: 4,
          timeInForce: 0,
          triggerPrice: 1_060_000,
          orderExpiry: expiryMs,
        },
      ],
    } as const
  }

  it('have a row for each order of a group, a frame, and a place in the sequence', async () => {
    f = createFixture({ noLimits: true, faultTexts: ['sequencer-refusal:21739@times=1'] })
    const socket = f.open()
    const own = account().account_index
    socket.say({ type: 'subscribe', channel: `account_all_orders/${own}`, auth: f.token() })
    const sent = await f.send(group())
    expect(sent.json).toMatchObject({ code: 200 })
    await f.clock.advance(1_000)
    const { json } = await read('accountInactiveOrders', { ...account(), limit: '9' })
    const statuses = rowsOf(json, 'orders').map((row) => String(row['status']))
    expect(statuses.toSorted()).toEqual([
      'canceled-child',
      'canceled-child',
      'canceled-margin-not-allowed',
    ])
    expect(socket.of('update/account_all_orders')).toHaveLength(1)
    const list = await read('accountTxs', { by: 'account_index', value: own, limit: '9' })
    expect(rowsOf(list.json, 'txs')).toMatchObject([
      { type: 28, event_info: expect.stringContaining('21739') as string },
    ])
  })

  it('have a row when the core itself refuses them', async () => {
    f = createFixture({ noLimits: true })
    const expiryMs = Math.trunc(f.clock.now()) + HOUR_MS
    // Both are admitted while the client index is free; the second one comes too late.
    const first = f.sign(restingOrder(5, expiryMs))
    const second = f.sign(restingOrder(5, expiryMs, { price: 960_000 }))
    await f.post('/api/v1/sendTxBatch', {
      tx_types: '[14,14]',
      tx_infos: JSON.stringify([first.txInfo, second.txInfo]),
    })
    await f.clock.advance(1_000)
    const { json } = await read('accountInactiveOrders', { ...account(), limit: '9' })
    expect(rowsOf(json, 'orders')).toMatchObject([
      { client_order_index: 5, price: '96000.0', status: 'canceled' },
    ])
    const active = await read('accountActiveOrders', account())
    expect(rowsOf(active.json, 'orders')).toHaveLength(1)
  })
})
