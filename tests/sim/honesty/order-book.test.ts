/** The order book stream: chained batches of 50 ms, and what a lost frame does (PROTOCOL.md section 8.3). */
import { afterEach, describe, expect, it } from 'vitest'
import type { BookLevel } from '../../../src/hedge/venue-view.ts'
import { createLighterExchange } from '../../../src/lighter/create-exchange.ts'
import type { Transport } from '../../../src/ports.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { aim as fault } from '../../engine/scenario.ts'
import { BTC, marketOrder, restingOrder, type Json } from '../gateway/stage-fixture.ts'
import { createHonestStage, type HonestStage } from './hand-client.ts'
import { fixedWays } from '../../support/fixed-ways.ts'

const CHANNEL = `order_book/${BTC}`
const HOUR_MS = 3_600_000

let stage: HonestStage | undefined

afterEach(() => {
  stage?.close()
  stage = undefined
})

function build(options: Parameters<typeof createHonestStage>[0] = {}): HonestStage {
  stage = createHonestStage({ accounts: 2, owners: 2, ...options })
  return stage
}

/** A book as most bots keep it: two maps, whatever comes is put in. */
function createHandBook() {
  const sides = { asks: new Map<number, number>(), bids: new Map<number, number>() }
  return {
    clear() {
      sides.asks.clear()
      sides.bids.clear()
    },
    apply(book: Json) {
      for (const name of ['asks', 'bids'] as const) {
        for (const { price, size } of book[name] as Json[]) {
          if (Number(size) === 0) sides[name].delete(Number(price))
          else sides[name].set(Number(price), Number(size))
        }
      }
    },
    bestAsk: () => Math.min(...sides.asks.keys()),
    bestBid: () => Math.max(...sides.bids.keys()),
  }
}

const bookOf = (frame: Json) => frame['order_book'] as Json
const isBook = (frame: Json) => 'order_book' in frame

/** What the exchange itself has, in USD. */
function truth(at: HonestStage) {
  const { asks, bids } = at.stage.core.book(BTC)
  return {
    bestAsk: Number(asks[0]?.priceTicks) / 10,
    bestBid: Number(bids[0]?.priceTicks) / 10,
    asks: asks.map(({ priceTicks }) => Number(priceTicks) / 10),
    bids: bids.map(({ priceTicks }) => Number(priceTicks) / 10),
  }
}

/** The price rises for a while, then stands: levels behind it vanish, and only once. */
const RISE = {
  noiseBps: 0,
  shapes: new Map([
    [BTC, [{ kind: 'trend', atMs: 2_000, durationMs: 8_000, moveBps: 50 } as const]],
  ]),
}

describe('a lost frame of the order book', () => {
  it('leaves who ignores begin_nonce with a book that does not exist, and one leg', async () => {
    const at = build(RISE)
    const [long, short] = [at.client(0), at.client(1)]
    const book = createHandBook()
    let updates = 0
    long.listen([CHANNEL]).onFrame = (frame) => {
      if (!isBook(frame)) return
      updates += 1
      // The fourth one is lost on a bad line.
      if (updates !== 4) book.apply(bookOf(frame))
    }
    await at.clock.advance(20_000)
    const { bestAsk, bestBid } = truth(at)
    expect(updates).toBeGreaterThan(6)
    expect(book.bestAsk()).toBeLessThan(bestAsk)
    // Both legs at the touch, as limit IOC: the buy meets nothing at the price that is long gone.
    const ioc = { type: 0, timeInForce: 0 }
    const answers = await at.run(
      Promise.all([
        long.order(marketOrder(0, 1_000, { ...ioc, price: Math.round(book.bestAsk() * 10) })),
        short.order(marketOrder(1, 1_000, { ...ioc, price: Math.round(bestBid * 10) })),
      ]),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    await at.clock.advance(2_000)
    expect([at.positionTicks(0), at.positionTicks(1)]).toEqual([0n, -1_000n])
  })

  it('is seen by who checks the chain, and a new snapshot heals it', async () => {
    const at = build(RISE)
    const book = createHandBook()
    let nonce: unknown
    let updates = 0
    let gaps = 0
    const streams = at.client(0).listen([CHANNEL])
    streams.onFrame = (frame) => {
      if (!isBook(frame)) return
      updates += 1
      if (updates === 4) return
      const { begin_nonce: begin, nonce: end } = bookOf(frame)
      if (frame['type'] === 'subscribed/order_book') book.clear()
      else if (begin !== nonce) {
        gaps += 1
        streams.say({ type: 'unsubscribe', channel: CHANNEL })
        streams.say({ type: 'subscribe', channel: CHANNEL })
        return
      }
      nonce = end
      book.apply(bookOf(frame))
    }
    await at.clock.advance(20_000)
    const { bestAsk, bestBid } = truth(at)
    expect(gaps).toBe(1)
    expect([book.bestAsk(), book.bestBid()]).toEqual([bestAsk, bestBid])
  })

  it('does not reach the product’s feed, nor does a frame that comes twice', async () => {
    const at = build({ ...RISE, faults: [fault({ kind: 'duplicate-frames' }, { ratio: 0.5 })] })
    const feed = openFeed(at, loseUpdates(at.way(), new Set([4, 9])))
    await at.run(feed.ready(15_000))
    await at.clock.advance(20_000)
    const view = feed.view()
    const prices = ({ price }: BookLevel) => price.toNumber()
    const expected = truth(at)
    expect(view.asks.isKnown && view.asks.value.map(prices)).toEqual(expected.asks)
    expect(view.bids.isKnown && view.bids.value.map(prices)).toEqual(expected.bids)
    feed.close()
  })
})

/** The same way, with some updates of the book lost on it. */
function loseUpdates(way: Transport, lost: ReadonlySet<number>): Transport {
  let updates = 0
  return {
    ...way,
    connect: (handlers) =>
      way.connect({
        ...handlers,
        onMessage(text) {
          if (text.includes('update/order_book')) {
            updates += 1
            if (lost.has(updates)) return
          }
          handlers.onMessage(text)
        },
      }),
  }
}

function openFeed(at: HonestStage, transport: Transport) {
  const silent = () => undefined
  return createLighterExchange({
    network: 'sim',
    chainId: 300,
    ways: fixedWays(new Map([[transport.egress, transport]])),
    clock: at.clock,
    rng: createSeededRng(9),
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    spend: { record: silent, spentSince: () => 0 },
    orderExpiryMs: 15_000,
    accounts: [],
  }).feed(BTC)
}

describe('batches of 50 ms', () => {
  it('hold everything that changed meanwhile, each level with its last total', async () => {
    const at = build({ noiseBps: 0 })
    const bot = at.client(0)
    const streams = bot.listen([CHANNEL])
    await at.clock.advance(1_100)
    const before = streams.frames.length
    const expiry = at.clock.now() + HOUR_MS
    await at.run(
      Promise.all([
        bot.post(bot.sign(restingOrder(1, expiry), 0)),
        at.client(1).post(at.client(1).sign(restingOrder(2, expiry), 0)),
      ]),
    )
    await at.clock.advance(600)
    const updates = streams.frames.slice(before).filter((frame) => 'order_book' in frame)
    expect(updates).toHaveLength(1)
    // Two orders of 0.001 at one price.
    expect(bookOf(updates[0] ?? {})['bids']).toEqual([{ price: '97000.0', size: '0.00200' }])
  })

  it('never come closer together than 50 ms at the venue', async () => {
    const at = build({ noiseBps: 50, tickIntervalMs: 10 })
    const streams = at.client(0).listen([CHANNEL])
    await at.clock.advance(3_000)
    const stamps = streams.frames.filter(isBook).map((frame) => Number(frame['timestamp']))
    expect(stamps.length).toBeGreaterThan(20)
    // The first batch after a snapshot may have begun before it.
    const gaps = stamps.slice(2).map((stamp, place) => stamp - (stamps[place + 1] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(49)
  })
})
