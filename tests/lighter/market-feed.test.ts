import { describe, expect, it } from 'vitest'
import {
  createLighterExchange,
  type LighterExchangeOptions,
} from '../../src/lighter/create-exchange.ts'
import { createTestClient, KEYS, REF } from './support/client.ts'
import { marketRow } from './support/frames.ts'
import { NETWORK_LOST, ok } from './support/scripted-venue.ts'
import { fixedWays } from '../support/fixed-ways.ts'

function bookFrame(type: string, nonce: number, begin: number, bids: [string, string][] = []) {
  return {
    channel: 'order_book:1',
    type: `${type}/order_book`,
    timestamp: 1,
    order_book: {
      code: 0,
      asks: type === 'subscribed' ? [{ price: '64001.0', size: '2.0' }] : [],
      bids: bids.map(([price, size]) => ({ price, size })),
      nonce,
      begin_nonce: begin,
    },
  }
}

function statsFrame(type: string, mark: string, over: Record<string, unknown> = {}) {
  return {
    channel: 'market_stats:1',
    type: `${type}/market_stats`,
    market_stats: {
      symbol: 'BTC',
      market_id: 1,
      mark_price: mark,
      index_price: '63999.0',
      ...over,
    },
  }
}

function answer(channel: string): unknown {
  if (channel === 'market_stats/1') return statsFrame('subscribed', '64000.0')
  return bookFrame('subscribed', 10, 0, [['63999.0', '1.0']])
}

/** A client with accounts on two egresses. */
async function openFeed() {
  const base = createTestClient()
  const accounts: LighterExchangeOptions['accounts'] = ['p1', 'p2'].map((egress, at) => ({
    ref: { ...REF, name: egress, accountIndex: 20 + at, egress },
    privateKey: { reveal: () => KEYS.privateKeyHex },
  }))
  const { clock, venue } = base
  venue.answers = answer
  const exchange = createLighterExchange({
    network: 'simulator',
    chainId: 300,
    ways: fixedWays(new Map(['p1', 'p2'].map((egress) => [egress, venue.transport(egress)]))),
    clock,
    rng: { nextFloat: () => 0.5, nextBytes: (length) => new Uint8Array(length) },
    logger: base.logger,
    spend: base.spend,
    accounts,
    orderExpiryMs: 15_000,
  })
  const feed = exchange.feed(1)
  await clock.runUntil(feed.ready(5_000))
  return { clock, venue, exchange, feed, spend: base.spend }
}

const priceOf = (value: { isKnown: boolean; value?: { toFixed(): string } }) =>
  value.isKnown ? value.value?.toFixed() : 'unknown'

describe('market feed', () => {
  it('comes over two egresses, and the fresher value counts', async () => {
    const { clock, venue, feed } = await openFeed()
    expect(venue.sockets.map(({ egress }) => egress).toSorted()).toEqual(['p1', 'p2'])
    await clock.advance(10)
    let ticks = 0
    feed.onTick(() => {
      ticks++
    })
    await clock.advance(10)
    venue.sockets[0]?.push(statsFrame('update', '64010.0'))
    await clock.advance(10)
    expect(priceOf(feed.view().mark)).toBe('64010')
    venue.sockets[1]?.push(statsFrame('update', '64020.0'))
    await clock.advance(10)
    expect(priceOf(feed.view().mark)).toBe('64020')
    expect(feed.view().mark).toMatchObject({ atMs: clock.now() - 9 })
    expect(priceOf(feed.view().index)).toBe('63999')
    expect(ticks).toBe(2)
  })

  it('survives the loss of one socket and gets it back', async () => {
    const { clock, venue, feed } = await openFeed()
    venue.sockets[0]?.drop()
    await clock.advance(1)
    expect(feed.view().bids.isKnown).toBe(true)
    venue.sockets[1]?.drop()
    await clock.advance(0)
    expect(feed.view()).toMatchObject({ bids: { isKnown: false }, mark: { isKnown: true } })
    await clock.advance(2_000)
    expect(feed.view().bids.isKnown).toBe(true)
    expect(venue.sockets).toHaveLength(4)
  })

  it('drops a book with a gap and asks for a new one', async () => {
    const { clock, venue, feed } = await openFeed()
    const [first, second] = venue.sockets
    second?.drop()
    venue.isRefusing = true
    venue.answers = () => undefined
    first?.push(bookFrame('update', 12, 11, [['63998.0', '5.0']]))
    await clock.advance(1)
    expect(feed.view().bids).toMatchObject({ isKnown: false })
    expect(first?.sent.slice(-2)).toEqual([
      { type: 'unsubscribe', channel: 'order_book/1' },
      { type: 'subscribe', channel: 'order_book/1' },
    ])
    first?.push(bookFrame('update', 13, 12, [['63998.0', '5.0']]))
    await clock.advance(1)
    expect(feed.view().bids.isKnown).toBe(false)
    first?.push(bookFrame('subscribed', 20, 0, [['63990.0', '1.0']]))
    first?.push(bookFrame('update', 21, 20, [['63991.0', '1.0']]))
    await clock.advance(1)
    const bids = feed.view().bids
    expect(bids.isKnown && bids.value.map(({ price }) => price.toFixed())).toEqual([
      '63991',
      '63990',
    ])
    expect(priceOf(feed.view().mark)).toBe('64000')
  })

  it('reconnects when gaps follow each other', async () => {
    const { clock, venue } = await openFeed()
    const [first] = venue.sockets
    for (const nonce of [30, 50]) {
      first?.push(bookFrame('update', nonce, nonce - 1))
      await clock.advance(5)
    }
    expect(first?.isOpen).toBe(false)
  })

  it('never takes a missing or zero mark for a price', async () => {
    const { clock, venue, feed } = await openFeed()
    await clock.advance(100)
    const atMs = clock.now()
    for (const socket of venue.sockets) {
      socket.push(statsFrame('update', '0.0'))
      socket.push({
        ...statsFrame('update', ''),
        market_stats: { market_id: 1, index_price: '64005.0' },
      })
      socket.push(statsFrame('update', '1.0', { market_id: 2 }))
    }
    await clock.advance(10)
    expect(priceOf(feed.view().mark)).toBe('64000')
    const { mark } = feed.view()
    expect(mark.isKnown && mark.atMs).toBeLessThan(atMs)
    expect(priceOf(feed.view().index)).toBe('64005')
  })

  it('shows how late a frame is, and keeps the newer mark of the other socket', async () => {
    const { clock, venue, feed } = await openFeed()
    const [first, second] = venue.sockets
    const stamped = (mark: string, timestamp: number) => ({
      ...statsFrame('update', mark),
      timestamp,
    })
    first?.push(stamped('64010.0', clock.now()))
    await clock.advance(4_000)
    // Published three seconds before it was handed over.
    second?.push(stamped('64020.0', clock.now() - 3_000))
    await clock.advance(1)
    expect(priceOf(feed.view().mark)).toBe('64020')
    expect(feed.view().mark).toMatchObject({ atMs: clock.now() - 3_000 })
    first?.push(stamped('64030.0', clock.now() - 3_500))
    await clock.advance(1)
    expect(priceOf(feed.view().mark)).toBe('64020')
    first?.push(stamped('64040.0', clock.now()))
    second?.push(stamped('64050.0', clock.now() - 500))
    await clock.advance(1)
    expect(priceOf(feed.view().mark)).toBe('64040')
    expect(feed.view().mark).toMatchObject({ atMs: clock.now() })
  })

  it('shows the true age of levels', async () => {
    const { clock, venue, feed } = await openFeed()
    const [first, second] = venue.sockets
    second?.drop()
    venue.isRefusing = true
    first?.push({ ...statsFrame('update', '64000.0'), timestamp: clock.now() })
    await clock.advance(2_000)
    const late = bookFrame('update', 11, 10, [['63998.0', '5.0']])
    first?.push({ ...late, timestamp: clock.now() - 1_500 })
    await clock.advance(1)
    const { bids } = feed.view()
    expect(bids).toMatchObject({ isKnown: true, atMs: clock.now() - 1_500 })
    expect(bids.isKnown && bids.value).toHaveLength(2)
  })

  it('asks for fresh snapshots on the live sockets, once while they are under way', async () => {
    const { clock, venue, feed } = await openFeed()
    await clock.advance(10)
    const counts = () => venue.sockets.map(({ sent }) => sent.length)
    const [before] = counts()
    venue.answers = () => undefined
    feed.resubscribe()
    feed.resubscribe()
    expect(counts()).toEqual([Number(before) + 4, Number(before) + 4])
    expect(venue.sockets[0]?.sent.slice(-4)).toEqual([
      { type: 'unsubscribe', channel: 'market_stats/1' },
      { type: 'subscribe', channel: 'market_stats/1' },
      { type: 'unsubscribe', channel: 'order_book/1' },
      { type: 'subscribe', channel: 'order_book/1' },
    ])
    // What is known stays until the snapshots come, and a snapshot that never comes ends the session.
    expect(feed.view()).toMatchObject({ bids: { isKnown: true }, mark: { isKnown: true } })
    venue.sockets[1]?.push(statsFrame('subscribed', '65000.0'))
    venue.sockets[1]?.push(bookFrame('subscribed', 5, 0, [['64990.0', '1.0']]))
    await clock.advance(15_100)
    expect(priceOf(feed.view().mark)).toBe('65000')
    expect(venue.sockets.map(({ isOpen }) => isOpen).slice(0, 2)).toEqual([false, true])
  })

  it('opens all sockets anew on request, once', async () => {
    const { clock, venue, feed } = await openFeed()
    await clock.advance(10)
    feed.reconnect('no tick for long')
    feed.reconnect('no tick for long')
    expect(feed.view()).toMatchObject({ bids: { isKnown: false }, mark: { isKnown: true } })
    expect(venue.sockets.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false])
    await clock.advance(10)
    expect(feed.view().bids.isKnown).toBe(true)
    expect(venue.sockets.map(({ egress }) => egress)).toEqual(['p2', 'p1', 'p2', 'p1'])
  })

  it('reads mark and index, as old as the request, for one unit', async () => {
    const { clock, venue, feed, exchange } = await openFeed()
    await clock.advance(1_000)
    let ticks = 0
    feed.onTick(() => {
      ticks++
    })
    const sentAtMs = clock.now()
    venue.onRequest = async () => {
      await clock.sleep(300)
      const row = marketRow({ mark_price: '64100.5', index_price: '64101.0' })
      return ok({ code: 200, order_book_details: [row] })
    }
    await clock.runUntil(feed.readMark('read'))
    expect(venue.requests).toMatchObject([
      { path: '/api/v1/orderBookDetails', query: { market_id: '1' } },
    ])
    expect(feed.view().mark).toMatchObject({ isKnown: true, atMs: sentAtMs })
    expect([priceOf(feed.view().mark), priceOf(feed.view().index)]).toEqual(['64100.5', '64101'])
    expect(ticks).toBe(1)
    expect([...exchange.unitsSpent()]).toEqual([['market data', 1]])
    // A frame that came while the answer was on its way is newer.
    venue.sockets[0]?.push(statsFrame('update', '64200.0'))
    await clock.advance(1)
    expect(priceOf(feed.view().mark)).toBe('64200')
  })

  it('reads over the next way each time, and takes no missing price for one', async () => {
    const { clock, venue, feed, spend } = await openFeed()
    venue.onRequest = () => ok({ code: 200, order_book_details: [marketRow()] })
    await expect(clock.runUntil(feed.readMark('read'))).rejects.toMatchObject({
      kind: 'unknown_state',
      code: 'mark_price_missing',
    })
    const zero = marketRow({ mark_price: '0.0', index_price: '1.0' })
    venue.onRequest = () => ok({ code: 200, order_book_details: [zero] })
    await expect(clock.runUntil(feed.readMark('read'))).rejects.toMatchObject({
      code: 'mark_price_missing',
    })
    venue.onRequest = () => NETWORK_LOST
    await expect(clock.runUntil(feed.readMark('read'))).rejects.toBe(NETWORK_LOST)
    const units = spend.entries.filter(({ bucket }) => bucket.startsWith('egress:'))
    expect(units.map(({ bucket }) => bucket)).toEqual(['egress:p2', 'egress:p1', 'egress:p2'])
    expect(priceOf(feed.view().mark)).toBe('64000')
  })

  it('is shared, and can be opened again after it was closed', async () => {
    const { exchange, feed, venue, clock } = await openFeed()
    expect(exchange.feed(1)).toBe(feed)
    feed.close()
    await clock.advance(60_000)
    expect(venue.sockets).toHaveLength(2)
    expect(exchange.feed(1)).not.toBe(feed)
    exchange.close()
    await clock.advance(60_000)
    expect(clock.pendingCount()).toBe(0)
  })
})
