/**
 * Prices of one market over one socket: mark and index from `market_stats`, levels from `order_book`.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { MarketView } from '../hedge/venue-view.ts'
import type { Clock, Logger, Rng, Way } from '../ports.ts'
import type { ClockOffset } from './clock-offset.ts'
import { frameStampMs, sampleFrameStamp } from './frame-stamp.ts'
import { emptyPrices, laterOf, type Prices, viewOfPrices } from './market-prices.ts'
import { applyBookUpdate, bookOfSnapshot } from './order-book.ts'
import { excerpt } from './parse-json.ts'
import type { SocketSession, VenueFrame } from './socket-session.ts'
import type { SubscribeGate } from './subscribe-gate.ts'
import { bookFrameSchema, marketStatsFrameSchema, marketStatsSchema } from './venue-schemas.ts'
import { createVenueSocket, type StayingSocket } from './venue-socket.ts'
import { readWire } from './wire-scalars.ts'

/** What one source needs. */
export interface MarketSourceOptions {
  readonly marketIndex: number
  readonly way: Way
  readonly gateOf: (egress: string) => SubscribeGate
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly rng: Rng
  readonly logger: Logger
  readonly onTick: () => void
}

/** One of the sockets of a market. */
export interface MarketSource {
  view(): MarketView
  /** Asks for both snapshots again, while the socket is live. */
  resubscribe(): void
  reconnect(reason: string): void
  close(): void
}

interface Gaps {
  resubscribedAtMs: number
}

/** A second gap so soon after the first means that the socket is at fault. */
const GAP_AGAIN_MS = 2_000

/** Opens the socket of one source at once. */
export function openMarketSource(options: MarketSourceOptions): MarketSource {
  const { marketIndex, clockOffset, way } = options
  const prices = emptyPrices()
  const gaps: Gaps = { resubscribedAtMs: -Infinity }
  const channels = [`market_stats/${marketIndex}`, `order_book/${marketIndex}`]
  const socket: StayingSocket = createVenueSocket({
    ...options,
    transport: way,
    label: `market ${marketIndex} over "${way.egress}"`,
    channels: () => channels.map((channel) => ({ channel })),
    onFrame: (frame, session) => {
      sampleFrameStamp(frame, clockOffset)
      if (isForeign(frame, marketIndex)) throw foreignFrame(frame)
      if (isFrameOf(frame, 'market_stats')) applyStats(prices, frame, options)
      else if (isFrameOf(frame, 'order_book'))
        applyBook(prices, frame, { options, gaps, socket, session })
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
  const stopMoving = way.onMove(() => socket.move(way.mustLeave))
  socket.start()
  return {
    view: () => viewOfPrices(prices, clockOffset),
    resubscribe() {
      const session = socket.session()
      if (session === undefined) return
      for (const channel of channels) socket.resubscribe(session, channel)
    },
    reconnect: socket.reconnect,
    close() {
      stopMoving()
      socket.close()
      way.close()
    },
  }
}

function applyStats(prices: Prices, frame: VenueFrame, options: MarketSourceOptions): void {
  const read = readWire(marketStatsFrameSchema, frame, 'market stats')
  // One object, or a map by market index where all markets were asked for.
  const isSingle = 'mark_price' in read.market_stats || 'market_id' in read.market_stats
  const own = isSingle ? read.market_stats : read.market_stats[String(options.marketIndex)]
  if (own === undefined) return
  const stats = readWire(marketStatsSchema, own, 'market stats')
  if (stats.market_id !== undefined && stats.market_id !== options.marketIndex) return
  const time = { stampMs: frameStampMs(frame), arrivedAtMs: options.clock.now() }
  const { mark_price: mark, index_price: index } = stats
  if (mark?.gt(0) === true) prices.mark = laterOf(prices.mark, { ...time, value: mark })
  if (index?.gt(0) === true) prices.index = laterOf(prices.index, { ...time, value: index })
  prices.flow = laterOf(prices.flow, time)
}

function applyBook(
  prices: Prices,
  frame: VenueFrame,
  context: {
    readonly options: MarketSourceOptions
    readonly gaps: Gaps
    readonly socket: StayingSocket
    readonly session: SocketSession
  },
): void {
  const { options, gaps, socket, session } = context
  const { order_book: wire } = readWire(bookFrameSchema, frame, 'order book')
  const time = { stampMs: frameStampMs(frame), arrivedAtMs: options.clock.now() }
  if (frame['type'] === 'subscribed/order_book') {
    prices.book = bookOfSnapshot(wire)
    prices.flow = time
    return
  }
  // After a gap, updates wait for the new snapshot.
  if (prices.book === undefined) return
  const change = applyBookUpdate(prices.book, wire)
  prices.flow = laterOf(prices.flow, time)
  if (change.kind === 'applied') prices.book = change.book
  if (change.kind !== 'gap') return
  prices.book = undefined
  options.logger.warn(`market ${options.marketIndex}: gap in the order book`)
  const nowMs = options.clock.monotonicMs()
  if (nowMs - gaps.resubscribedAtMs < GAP_AGAIN_MS) {
    session.end('gaps in the order book')
    return
  }
  gaps.resubscribedAtMs = nowMs
  socket.resubscribe(session, `order_book/${options.marketIndex}`)
}

/** `order_book:1`; all markets come as `market_stats:all` (PROTOCOL.md section 8.3). */
function isForeign(frame: VenueFrame, marketIndex: number): boolean {
  if (!isFrameOf(frame, 'market_stats') && !isFrameOf(frame, 'order_book')) return false
  const channel = channelOf(frame)
  return !channel.endsWith(`:${marketIndex}`) && channel !== 'market_stats:all'
}

/** One market's prices must never be taken for another's. */
function foreignFrame(frame: VenueFrame): HedgebotError {
  const told = excerpt(channelOf(frame))
  return new HedgebotError('unknown_state', `a frame of another market arrived: ${told}`, {
    code: 'answer_malformed',
  })
}

function channelOf(frame: VenueFrame): string {
  const { channel } = frame as { readonly channel?: unknown }
  return typeof channel === 'string' ? channel : 'none'
}

function isFrameOf(frame: VenueFrame, channel: string): boolean {
  return frame['type'] === `subscribed/${channel}` || frame['type'] === `update/${channel}`
}
