/**
 * A stream that never ends and never repeats itself: what the client keeps of it has an end, in counts and in memory.
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { HedgebotError } from '../../../src/errors.ts'
import { createPendingAnswers } from '../../../src/lighter/pending-answers.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { orderRow, positionRow, tradeRow } from '../../lighter/support/frames.ts'
import { createAccountDesk } from './account-desk.ts'
import { createClientDesk } from './client-desk.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget, type Outcome } from './fuzz-target.ts'
import { judgeError } from './judge-error.ts'
import { recordedSamples, type Samples } from './record-samples.ts'
import { judgeStore } from './store-limits.ts'

let samples: Samples | undefined

/** Thousands of frames each. */
export const endlessStreams: FuzzTarget = {
  name: 'endless-streams',
  weight: 24,
  limitMs: 60_000,
  cpuLimitMs: 30_000,
  async prepare() {
    samples = await recordedSamples()
  },
  async run(draw) {
    if (samples === undefined) throw new Error('prepare comes first')
    const before = heapBytes()
    const end = await draw.pick(STREAMS)(draw, samples)
    const grownMb = (heapBytes() - before) / 1_048_576
    claim(grownMb < 120, `the heap has grown by ${grownMb.toFixed(0)} MB`, `seed ${draw.seed}`)
    end.release()
    return end.outcome
  },
}

interface StreamEnd {
  readonly outcome: Outcome
  /** Until then everything is kept, so that the heap can be measured. */
  release(): unknown
}

type Stream = (draw: Draw, samples: Samples) => Promise<StreamEnd> | StreamEnd

const FRAMES = 1_500

const STREAMS: readonly Stream[] = [
  accountStream('account_all_orders', (draw, at) => ({
    orders: { 1: rows(draw.int(1, 12), (row) => liveOrder(at * 100 + row)) },
  })),
  accountStream('account_all_orders', (draw, at) => ({
    orders: { 1: rows(draw.int(1, 12), (row) => endedOrder(at * 100 + row)) },
  })),
  accountStream('account_all_trades', (draw, at, { accountIndex }) => ({
    trades: { 1: rows(draw.int(1, 12), (row) => trade(at * 100 + row, accountIndex)) },
  })),
  accountStream('account_all_trades', (_draw, at, { accountIndex }) => ({
    trades: rows(5, (row) => ({
      ...trade(at * 10 + row, accountIndex),
      market_id: (at * 5 + row) % 4_096,
    })),
  })),
  accountStream('account_all_positions', (_draw, at) => ({
    positions: rows(6, (row) => positionRow({ market_id: at * 6 + row, position: '1.0' })),
  })),
  bookStream,
  unansweredSends,
  oddFrames,
]

function rows(count: number, make: (row: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, row) => make(row))
}

function liveOrder(number: number): unknown {
  return endedOrder(number, {
    status: 'open',
    filled_base_amount: '0',
    remaining_base_amount: '0.001',
  })
}

function endedOrder(number: number, over: Record<string, unknown> = {}): unknown {
  const order_id = String(900_000 + number)
  return orderRow({
    order_id,
    order_index: Number(order_id),
    client_order_index: number + 1,
    owner_account_index: undefined,
    ...over,
  })
}

function trade(number: number, accountIndex: number): Record<string, unknown> {
  const trade_id = 7_000_000 + number
  const client = 1 + (number % 3_000)
  return tradeRow({
    trade_id,
    trade_id_str: String(trade_id),
    bid_account_id: accountIndex,
    bid_client_id: client,
    bid_client_id_str: String(client),
    bid_id: trade_id,
    bid_id_str: String(trade_id),
  })
}

type Members = (draw: Draw, at: number, samples: Samples) => Record<string, unknown>

/** Frames of one channel of the account, right into its store; one that is too much is refused by name. */
function accountStream(channel: string, members: Members): Stream {
  return (draw, all) => {
    const desk = createAccountDesk(all, 'token', () => ({ status: 500, headers: {}, body: '' }))
    let outcome: Outcome = 'accepted'
    const base = { channel: `${channel}:${all.accountIndex}` }
    desk.store.applyFrame({ ...base, type: `subscribed/${channel}`, positions: {}, orders: {} })
    for (let at = 0; at < FRAMES; at += 1) {
      try {
        desk.store.applyFrame({ ...base, type: `update/${channel}`, ...members(draw, at, all) })
      } catch (error) {
        claim(error instanceof HedgebotError, `no error of ours: ${String(error)}`, channel)
        judgeError(error)
        outcome = 'named error'
      }
      if (at % 100 === 0) judgeStore(desk.store, channel)
    }
    judgeStore(desk.store, channel)
    desk.store.view()
    return { outcome, release: () => desk.store.state().orders.size }
  }
}

/** Levels that come and are never taken away. */
async function bookStream(draw: Draw, all: Samples): Promise<StreamEnd> {
  const desk = createClientDesk(all, 'token')
  const channel = `order_book:${all.marketIndex}`
  await desk.clock.advance(50)
  const socket = desk.venue.last()
  const frame = (type: string, nonce: number, levels: unknown[]) => ({
    channel,
    type,
    order_book: {
      asks: draw.chance(0.5) ? levels : [],
      bids: levels,
      nonce,
      begin_nonce: nonce - 1,
    },
  })
  socket.push(frame('subscribed/order_book', 1, []))
  for (let at = 2; at < FRAMES; at += 1) {
    const levels = rows(40, (row) => ({ price: `${100_000 - at}.${1_000 + row}`, size: '0.5' }))
    socket.push(frame('update/order_book', at, levels))
    if (at % 50 === 0) await desk.clock.advance(2)
  }
  await desk.clock.advance(5)
  const { bids, asks } = desk.feed.view()
  claim(bids.isKnown && bids.value.length > 1_000, 'the book is lost', channel)
  claim(bids.value.length <= 20_000, `${bids.value.length} bids`, channel)
  claim(!asks.isKnown || asks.value.length <= 20_000, 'more asks than that', channel)
  desk.close()
  return { outcome: 'accepted', release: () => desk.feed.view() }
}

/** Sends whose answers never come are over when their time is; answers to nobody are not kept. */
async function unansweredSends(draw: Draw): Promise<StreamEnd> {
  const clock = createVirtualClock()
  const pending = createPendingAnswers(clock)
  let open = 0
  for (let at = 0; at < 6_000; at += 1) {
    open += 1
    void pending
      .wait({ id: `3-1-${at}`, txHash: `hash${at}`, sessionId: draw.int(1, 3), timeoutMs: 600 })
      .then(() => (open -= 1))
    pending.settle({ id: `9-9-${at}`, code: 200, tx_hash: 'nobody' }, 1)
    if (at % 20 === 0) await clock.advance(30)
  }
  claim(open <= 1_000, `${open} sends are waited for`, 'sends')
  await clock.advance(2_000)
  claim(
    open === 0 && clock.pendingCount() === 0,
    `${open} sends are waited for in the end`,
    'sends',
  )
  return { outcome: 'accepted', release: () => pending }
}

/** Channels that nobody asked for, pings, answers without a question. */
async function oddFrames(_draw: Draw, all: Samples): Promise<StreamEnd> {
  const desk = createClientDesk(all, 'token')
  desk.start()
  await desk.clock.advance(50)
  for (let at = 0; at < FRAMES; at += 1) {
    for (const socket of desk.venue.sockets) {
      socket.push({
        type: `update/channel_${at}`,
        channel: `channel_${at}:${at}`,
        x: 'y'.repeat(500),
      })
      socket.push({ type: 'ping' })
      socket.push({ id: `x-${at}`, code: 200 })
    }
    if (at % 100 === 0) {
      await desk.clock.advance(2)
      // What the scripted venue wrote down is the test's own memory.
      for (const socket of desk.venue.sockets) {
        socket.sent.length = 0
        socket.sentText.length = 0
      }
    }
  }
  claim(desk.venue.sockets.length <= 10, `${desk.venue.sockets.length} sockets`, 'odd frames')
  desk.close()
  return { outcome: 'accepted', release: () => desk.link.view() }
}

let collect: (() => void) | undefined

/** After everything that nobody holds is gone. */
function heapBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose_gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  return process.memoryUsage().heapUsed
}
