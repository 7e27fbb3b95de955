/**
 * Prices of one market over one socket: mark and index from `market_stats`, levels from `order_book`.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { known, type Known, unknown } from '../hedge/known.ts'
import type { MarketView } from '../hedge/venue-view.ts'
import type { Clock, Logger, Rng, Transport } from '../ports.ts'
import type { ClockOffset } from './clock-offset.ts'
import { sampleFrameStamp } from './frame-stamp.ts'
import { applyBookUpdate, bookOfSnapshot, type OrderBook } from './order-book.ts'
import type { SocketSession, VenueFrame } from './socket-session.ts'
import type { SubscribeGate } from './subscribe-gate.ts'
import { bookFrameSchema, marketStatsFrameSchema, marketStatsSchema } from './venue-schemas.ts'
import { createVenueSocket, type StayingSocket } from './venue-socket.ts'
import { readWire } from './wire-scalars.ts'

/** What one source needs. */
export interface MarketSourceOptions {
  readonly marketIndex: number
  readonly transport: Transport
  readonly gate: SubscribeGate
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly rng: Rng
  readonly logger: Logger
  readonly onTick: () => void
}

/** One of the sockets of a market. */
export interface MarketSource {
  view(): MarketView
  close(): void
}

interface Prices {
  mark: Known<Dec>
  index: Known<Dec>
  book: OrderBook | undefined
  /** Our wall clock; frames of either channel show that the stream flows. */
  bookAtMs: number
  resubscribedAtMs: number
}

/** A second gap so soon after the first means that the socket is at fault. */
const GAP_AGAIN_MS = 2_000

/** Opens the socket of one source at once. */
export function openMarketSource(options: MarketSourceOptions): MarketSource {
  const { marketIndex, clockOffset } = options
  const prices: Prices = {
    mark: unknown(NO_FRAME),
    index: unknown(NO_FRAME),
    book: undefined,
    bookAtMs: 0,
    resubscribedAtMs: -Infinity,
  }
  const socket: StayingSocket = createVenueSocket({
    ...options,
    label: `market ${marketIndex} over "${options.transport.egress}"`,
    channels: () => [
      { channel: `market_stats/${marketIndex}` },
      { channel: `order_book/${marketIndex}` },
    ],
    onFrame: (frame, session) => {
      sampleFrameStamp(frame, clockOffset)
      if (isFrameOf(frame, 'market_stats')) applyStats(prices, frame, options)
      else if (isFrameOf(frame, 'order_book'))
        applyBook(prices, frame, { options, socket, session })
      else return
      options.onTick()
    },
    onAlive: () => undefined,
    // Levels without their stream are worth nothing; the mark keeps its age.
    onLiveChange: () => {
      if (!socket.isLive()) prices.book = undefined
      options.onTick()
    },
    onSessionEnd: () => undefined,
    onAuthRefused: () => undefined,
  })
  socket.start()
  return {
    view: () => ({
      mark: prices.mark,
      index: prices.index,
      bids: levels(prices, 'bids'),
      asks: levels(prices, 'asks'),
    }),
    close: socket.close,
  }
}

const NO_FRAME = 'no price has arrived yet'

function levels(prices: Prices, side: 'bids' | 'asks'): MarketView['bids'] {
  if (prices.book === undefined) return unknown('the order book is not complete')
  return known(prices.book[side], prices.bookAtMs)
}

function applyStats(prices: Prices, frame: VenueFrame, options: MarketSourceOptions): void {
  const read = readWire(marketStatsFrameSchema, frame, 'market stats')
  // One object, or a map by market index where all markets were asked for.
  const isSingle = 'mark_price' in read.market_stats || 'market_id' in read.market_stats
  const own = isSingle ? read.market_stats : read.market_stats[String(options.marketIndex)]
  if (own === undefined) return
  const stats = readWire(marketStatsSchema, own, 'market stats')
  if (stats.market_id !== undefined && stats.market_id !== options.marketIndex) return
  const atMs = options.clock.now()
  if (stats.mark_price?.gt(0) === true) prices.mark = known(stats.mark_price, atMs)
  if (stats.index_price?.gt(0) === true) prices.index = known(stats.index_price, atMs)
  prices.bookAtMs = atMs
}

function applyBook(
  prices: Prices,
  frame: VenueFrame,
  context: {
    readonly options: MarketSourceOptions
    readonly socket: StayingSocket
    readonly session: SocketSession
  },
): void {
  const { options, socket, session } = context
  const { order_book: wire } = readWire(bookFrameSchema, frame, 'order book')
  if (frame['type'] === 'subscribed/order_book') {
    prices.book = bookOfSnapshot(wire)
    prices.bookAtMs = options.clock.now()
    return
  }
  // After a gap, updates wait for the new snapshot.
  if (prices.book === undefined) return
  const change = applyBookUpdate(prices.book, wire)
  prices.bookAtMs = options.clock.now()
  if (change.kind === 'applied') prices.book = change.book
  if (change.kind !== 'gap') return
  prices.book = undefined
  options.logger.warn(`market ${options.marketIndex}: gap in the order book`)
  const nowMs = options.clock.monotonicMs()
  if (nowMs - prices.resubscribedAtMs < GAP_AGAIN_MS) {
    session.end('gaps in the order book')
    return
  }
  prices.resubscribedAtMs = nowMs
  socket.resubscribe(session, `order_book/${options.marketIndex}`)
}

function isFrameOf(frame: VenueFrame, channel: string): boolean {
  return frame['type'] === `subscribed/${channel}` || frame['type'] === `update/${channel}`
}
