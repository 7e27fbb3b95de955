/** Answers and frames that the search has found; each was taken for something that it does not say. */
import { describe, expect, it } from 'vitest'
import { hasCode, HedgebotError } from '../../../src/errors.ts'
import { classifyFrame, classifyHttpAnswer } from '../../../src/lighter/classify-answer.ts'
import { venueErrorRule } from '../../../src/lighter/error-codes.ts'
import { applyBookUpdate, bookOfSnapshot, type OrderBook } from '../../../src/lighter/order-book.ts'
import { excerpt, parseVenueJson } from '../../../src/lighter/parse-json.ts'
import { createPendingAnswers } from '../../../src/lighter/pending-answers.ts'
import { bookFrameSchema, marketSchema } from '../../../src/lighter/venue-schemas.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { createTestClient, makeLive, type TestClient } from '../../lighter/support/client.ts'
import {
  ACCOUNT,
  accountRow,
  marketRow,
  ordersUpdate,
  orderRow,
  positionRow,
  positionsUpdate,
  snapshotOf,
} from '../../lighter/support/frames.ts'
import { BTC } from '../../lighter/support/market.ts'
import { ok } from '../../lighter/support/scripted-venue.ts'

const HASH = 'ab'.repeat(40)

async function codeOf(client: TestClient, read: Promise<unknown>): Promise<string> {
  try {
    await client.clock.runUntil(read, 10_000)
    return 'no error'
  } catch (error) {
    return error instanceof HedgebotError ? error.code : `thrown: ${String(error)}`
  }
}

/** A client whose account holds 0.01 long. */
async function holding(): Promise<TestClient> {
  const client = createTestClient()
  const { venue } = client
  venue.answers = (channel) =>
    snapshotOf(channel, { positions: { 1: positionRow({ position: '0.01000' }) } })
  await makeLive(client)
  return client
}

function baseOf({ link }: TestClient): string {
  const { positions } = link.view()
  return positions.isKnown ? String(positions.value.get(1)?.signedBase) : 'unknown'
}

describe('an answer over REST', () => {
  it.each([['missing'], ['null']])(
    'whose positions are %s leaves the position that is there',
    async (how) => {
      const client = await holding()
      const { positions: _gone, ...rest } = accountRow()
      const row = how === 'null' ? { ...rest, positions: null } : rest
      client.venue.onRequest = () => ok({ code: 200, accounts: [row] })
      expect(await codeOf(client, client.link.readAccount('close'))).toBe('answer_malformed')
      expect(baseOf(client)).toBe('0.01')
    },
  )

  it.each(['{"code":200}', '{"code":200,"orders":null}'])(
    'of orders that says %s is no list without orders',
    async (body) => {
      const client = await holding()
      client.venue.onRequest = () => ok(body)
      expect(await codeOf(client, client.link.readOrders(1, 'close'))).toBe('answer_malformed')
      expect(await codeOf(client, client.link.readFills(1, 0, 'close'))).toBe('answer_malformed')
    },
  )

  it('with another account’s orders is not taken for ours', async () => {
    const client = await holding()
    const order = orderRow({ owner_account_index: ACCOUNT + 1, status: 'open' })
    client.venue.onRequest = () => ok({ code: 200, orders: [order] })
    expect(await codeOf(client, client.link.readOrders(1, 'close'))).toBe('answer_malformed')
  })

  it.each([
    ['a number without end', `{"ae":${'9'.repeat(30)}}`],
    ['nesting without end', `{"ae":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['an object', '{"ae":{"code":21739}}'],
  ])('with %s for the sequencer’s error tells of one', async (_name, event_info) => {
    const client = await holding()
    client.venue.onRequest = () => ok({ code: 200, hash: HASH, status: 2, event_info })
    const fact = await client.clock.runUntil(client.link.readTransaction(HASH, 'close'), 10_000)
    expect(fact?.status).toBe('executed')
    expect(fact?.error).toContain('{"ae":')
    expect(fact?.error?.length).toBeLessThan(200)
  })

  it('that shows our token again is quoted without it', async () => {
    const token = `1793491200:8:5:${'ab'.repeat(80)}`
    expect(excerpt(`<pre>Authorization: ${token}</pre>`)).not.toContain('abababab')
    const answer = classifyHttpAnswer({ status: 500, body: `no: ${token}` }, HASH)
    expect(JSON.stringify(answer)).not.toContain('abababab')
  })

  it('is looked at no longer than an excerpt needs', () => {
    expect(excerpt('x'.repeat(16_000_000))).toHaveLength(123)
  })

  it('of nothing but brackets and a long number is unreadable', () => {
    const text = `${'['.repeat(9_000)}12345678901234567890${']'.repeat(9_000)}`
    expect(() => parseVenueJson(text)).toThrow('is not JSON')
  })

  it('with a negative code has a name as all others have', () => {
    expect(venueErrorRule(-201).code).toBe('venue_negative')
  })

  it.each([
    { min_base_amount: '-1' },
    { order_quote_limit: '-5' },
    { market_id: 70_000 },
    { market_id: -1 },
  ])('with a market of %o leaves that market out', (over) => {
    expect(marketSchema.safeParse(marketRow(over)).success).toBe(false)
  })
})

describe('a frame', () => {
  const channel = `account_all_positions:${ACCOUNT}`

  it.each([
    ['whose channel is a function of every object', { type: 'update/toString' }],
    ['whose channel no object has', { type: 'update/hasOwnProperty', channel: 'x' }],
    ['whose type is an object', { type: { toString: 1 } }],
  ])('%s changes nothing and ends nothing', async (_name, frame) => {
    const client = await holding()
    client.venue.last().push(frame)
    await client.clock.advance(5)
    expect([baseOf(client), client.link.view().isLive]).toEqual(['0.01', true])
  })

  it.each([
    ['without positions', { channel, type: 'subscribed/account_all_positions' }],
    ['of no channel', { type: 'subscribed/account_all_positions', positions: {} }],
  ])('%s does not make the account flat', async (_name, frame) => {
    const client = await holding()
    client.venue.last().push(frame)
    await client.clock.advance(2)
    expect(baseOf(client)).toBe('0.01')
    expect(client.link.view().isLive).toBe(false)
  })

  it('of a stream is news also when it carries an id', async () => {
    const client = await holding()
    const update = positionsUpdate([positionRow({ position: '0.02000' })]) as object
    client.venue.last().push({ ...update, id: 'x-1' })
    await client.clock.advance(2)
    expect(baseOf(client)).toBe('0.02')
  })

  it('of another market is not taken for this one’s prices', async () => {
    const client = createTestClient()
    const feed = client.exchange.feed(1)
    await client.clock.advance(20)
    const stats = { mark_price: '2000.0', index_price: '2000.0' }
    client.venue
      .last()
      .push({ channel: 'market_stats:0', market_stats: stats, type: 'update/market_stats' })
    await client.clock.advance(2)
    expect(feed.view().mark.isKnown).toBe(false)
  })

  it('with another account’s order ends the socket', async () => {
    const client = await holding()
    client.venue.last().push(ordersUpdate([orderRow({ owner_account_index: 9 })]))
    await client.clock.advance(2)
    expect(client.link.view().isLive).toBe(false)
  })

  it('of more live orders than an account can have is not believed', async () => {
    const client = await holding()
    const orders = Array.from({ length: 6_000 }, (_, at) =>
      orderRow({ order_id: String(at + 1), client_order_index: at + 1, status: 'open' }),
    )
    client.venue.last().push(ordersUpdate(orders))
    await client.clock.advance(2)
    const { liveOrders } = client.link.view()
    expect(liveOrders.isKnown && liveOrders.value.length).toBe(0)
  })

  it.each([
    { price: '0', size: '1' },
    { price: '-5', size: '1' },
    { price: '5', size: '-1' },
  ])('with the level %o is no book', (level) => {
    const order_book = { asks: [level], bids: [], nonce: 1 }
    expect(bookFrameSchema.safeParse({ order_book }).success).toBe(false)
  })
})

describe('an order book', () => {
  it('that only grows is cut where nobody trades', () => {
    let book: OrderBook = bookOfSnapshot(wire(1, []))
    for (let nonce = 2; nonce < 30; nonce += 1) {
      const prices = Array.from({ length: 1_000 }, (_, at) => String(100_000 - nonce * 1_000 - at))
      const change = applyBookUpdate(book, wire(nonce, prices))
      if (change.kind === 'applied') book = change.book
    }
    expect(book.bids).toHaveLength(20_000)
    expect(book.bids[0]?.price.toString()).toBe('98000')
  })
})

function wire(nonce: number, prices: readonly string[]) {
  const bids = prices.map((price) => ({ price, size: '1' }))
  return bookFrameSchema.parse({ order_book: { asks: [], bids, nonce } }).order_book
}

describe('an answer to a send', () => {
  it.each([{ code: 0 }, { code: 201 }, { code: -1 }, { error: { code: 0, message: '' } }])(
    'on the socket that says %o is in doubt',
    (frame) => {
      expect(classifyFrame({ id: '1', tx_hash: HASH, ...frame }, HASH).outcome).toBe('in_doubt')
    },
  )

  it.each([
    [400, '{"code":0,"message":"ok"}'],
    [400, '{"code":299,"message":""}'],
    [403, '{"code":29500,"message":7}'],
    [405, '{"code":"x"}'],
  ])('over REST with status %i and %s is in doubt', (status, body) => {
    expect(classifyHttpAnswer({ status, body }, HASH).outcome).toBe('in_doubt')
  })

  it('that says a megabyte about the nonce is told in a line', () => {
    const message = 'invalid nonce '.repeat(70_000)
    const answer = classifyHttpAnswer(
      { status: 400, body: JSON.stringify({ code: 21104, message }) },
      HASH,
    )
    expect(answer.outcome).toBe('nonce_used')
    expect(JSON.stringify(answer).length).toBeLessThan(300)
  })

  it('is not what a stream says under the same id', async () => {
    const clock = createVirtualClock()
    const pending = createPendingAnswers(clock)
    const answer = pending.wait({ id: '1', txHash: HASH, sessionId: 1, timeoutMs: 100 })
    expect(pending.settle({ type: 'update/account_all_orders', id: '1', code: 21739 }, 1)).toBe(
      false,
    )
    expect((await clock.runUntil(answer, 1_000)).outcome).toBe('in_doubt')
  })
})

describe('a transaction that displaces another one', () => {
  it.each(['0.00', '-5.00', '500.00'])(
    'is not made for the margin fraction %s, and nothing is called a bug',
    async (initial_margin_fraction) => {
      const client = createTestClient()
      client.venue.answers = (name) =>
        snapshotOf(name, { positions: { 1: positionRow({ initial_margin_fraction }) } })
      await makeLive(client)
      const sign = () => client.link.signDisplacing(BTC, 3)
      expect(sign).toThrow(HedgebotError)
      try {
        sign()
      } catch (error) {
        expect(hasCode(error, 'leverage_unknown')).toBe(true)
      }
    },
  )
})
