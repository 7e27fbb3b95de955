/**
 * Feeds of the public channels: each notes what concerns it and tells it when the stroke is over.
 * @module
 */
import { assert } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import type { CoreEvent, SimCore, SimTrade } from '../core/core-model.ts'
import { type BookFeed, createBookFeed } from './book-feed.ts'
import { createCandleFeed } from './candle-feed.ts'
import type { Channel } from './channel.ts'
import type { Listeners } from './listeners.ts'
import {
  allMarketStatsFrame,
  heightFrame,
  marketStatsFrame,
  spotMarketStatsFrame,
  tickerFrame,
  tradeFrame,
} from './market-frames.ts'
import type { MarketHistory } from './market-history.ts'
import { marketOf } from './order-json.ts'
import { toWireJson } from './wire-json.ts'

/** Trades in the snapshot of a trade channel (PROTOCOL.md section 8.3). */
const SNAPSHOT_TRADES = 50
/** The height is told at most this often. */
const HEIGHT_INTERVAL_MS = 1_000

export interface MarketFeedOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly listeners: Listeners
  readonly history: MarketHistory
}

/** A part that notes events; `note` is true when `flush` has something to tell. */
interface FeedPart {
  note(event: CoreEvent): boolean
  flush(): void
}

export interface MarketFeed extends FeedPart {
  /** The first frame of a subscription. */
  snapshot(channel: Channel): string
  /** Stops timers that would outlive the venue. */
  close(): void
}

/** A part that must know who starts to listen. */
type FollowingPart = Omit<MarketFeed, 'close'>

/** A part with timers of its own. */
type TimedPart<T> = T & Pick<MarketFeed, 'close'>

/** Creates the feeds of all public channels. */
export function createMarketFeed(options: MarketFeedOptions): MarketFeed {
  const books = createBookFeeds(options)
  const tickers = createTickerFeed(options)
  const candles = createCandleFeed(options)
  const heights = createHeightFeed(options)
  const parts = [books, tickers, createStatsFeed(options), createTradeFeed(options), heights]
  return {
    note(event) {
      let hasNews = false
      for (const part of parts) if (part.note(event)) hasNews = true
      candles.note(event)
      return hasNews
    },
    flush() {
      for (const part of parts) part.flush()
    },
    snapshot(channel) {
      if (channel.name === 'order_book') return books.snapshot(channel)
      if (channel.name === 'ticker') return tickers.snapshot(channel)
      return channel.resolution === undefined
        ? snapshotOf(options, channel)
        : candles.snapshot(channel)
    },
    close() {
      for (const part of [books, candles, heights]) part.close()
    },
  }
}

function createBookFeeds({ core, clock, listeners }: MarketFeedOptions): TimedPart<FollowingPart> {
  const books = new Map<number, BookFeed>()
  const feedOf = (marketIndex: number): BookFeed => {
    const found = books.get(marketIndex)
    if (found !== undefined) return found
    const publish = (frame: string) => listeners.publish(`order_book:${marketIndex}`, frame)
    const created = createBookFeed({ core, clock, marketIndex, publish })
    books.set(marketIndex, created)
    return created
  }
  return {
    // Batches have their own timer.
    note(event) {
      if (event.type !== 'book' || !listeners.has(`order_book:${event.marketIndex}`)) return false
      feedOf(event.marketIndex).change(event)
      return false
    },
    flush: () => undefined,
    snapshot(channel) {
      assert(channel.marketIndex !== undefined, 'a book belongs to a market')
      const feed = feedOf(channel.marketIndex)
      if (!listeners.has(channel.key)) feed.reset()
      return feed.snapshot()
    },
    close() {
      for (const feed of books.values()) feed.close()
    },
  }
}

function createTickerFeed({ core, clock, listeners }: MarketFeedOptions): FollowingPart {
  const moved = new Set<number>()
  /** Last best prices, so that changes deep in the book push no ticker. */
  const lastBest = new Map<number, string>()
  const bestOf = (marketIndex: number): string => {
    const { asks, bids } = core.book(marketIndex, 1)
    return [asks[0], bids[0]].map((level) => `${level?.priceTicks}x${level?.totalTicks}`).join()
  }
  return {
    note(event) {
      if (event.type !== 'book' || !listeners.has(`ticker:${event.marketIndex}`)) return false
      moved.add(event.marketIndex)
      return true
    },
    flush() {
      for (const marketIndex of moved) {
        const market = marketOf(core, marketIndex)
        const best = bestOf(marketIndex)
        if (lastBest.get(marketIndex) === best) continue
        lastBest.set(marketIndex, best)
        const frame = tickerFrame('update', core, { market, nowMs: clock.now() })
        listeners.publish(`ticker:${marketIndex}`, toWireJson(frame))
      }
      moved.clear()
    },
    snapshot({ marketIndex }) {
      assert(marketIndex !== undefined, 'a ticker belongs to a market')
      // Nobody may have listened since the last frame: what the first one hears is the last known now.
      if (!listeners.has(`ticker:${marketIndex}`)) lastBest.set(marketIndex, bestOf(marketIndex))
      const market = marketOf(core, marketIndex)
      return toWireJson(tickerFrame('subscribed', core, { market, nowMs: clock.now() }))
    },
  }
}

function createStatsFeed({ core, clock, listeners }: MarketFeedOptions): FeedPart {
  const moved = new Set<number>()
  return {
    note(event) {
      const marketIndex = statsMarketOf(event)
      if (marketIndex === undefined) return false
      moved.add(marketIndex)
      return true
    },
    flush() {
      const nowMs = clock.now()
      const markets = [...moved].map((marketIndex) => marketOf(core, marketIndex))
      moved.clear()
      for (const market of markets) {
        const key = `market_stats:${market.marketIndex}`
        if (!listeners.has(key)) continue
        listeners.publish(key, toWireJson(marketStatsFrame('update', core, { market, nowMs })))
      }
      if (markets.length === 0 || !listeners.has('market_stats:all')) return
      const frame = allMarketStatsFrame('update', core, { markets, nowMs })
      listeners.publish('market_stats:all', toWireJson(frame))
    },
  }
}

function statsMarketOf(event: CoreEvent): number | undefined {
  if (event.type === 'mark' || event.type === 'market') return event.marketIndex
  return event.type === 'trade' ? event.trade.marketIndex : undefined
}

function createTradeFeed({ core, listeners }: MarketFeedOptions): FeedPart {
  const trades = new Map<number, SimTrade[]>()
  return {
    note(event) {
      if (event.type !== 'trade') return false
      const { marketIndex } = event.trade
      if (!listeners.has(`trade:${marketIndex}`)) return false
      const list = trades.get(marketIndex) ?? []
      list.unshift(event.trade)
      trades.set(marketIndex, list)
      return true
    },
    flush() {
      for (const [marketIndex, list] of trades) {
        const frame = tradeFrame('update', marketOf(core, marketIndex), list)
        listeners.publish(`trade:${marketIndex}`, toWireJson(frame))
      }
      trades.clear()
    },
  }
}

function createHeightFeed({ core, clock, listeners }: MarketFeedOptions): TimedPart<FeedPart> {
  let stopTimer: (() => void) | undefined
  return {
    note() {
      if (stopTimer !== undefined || !listeners.has('height')) return false
      stopTimer = clock.setTimer(HEIGHT_INTERVAL_MS, () => {
        stopTimer = undefined
        const frame = heightFrame('update', core.height(), clock.now())
        listeners.publish('height', toWireJson(frame))
      })
      return false
    },
    flush: () => undefined,
    close: () => stopTimer?.(),
  }
}

function snapshotOf({ core, clock }: MarketFeedOptions, channel: Channel): string {
  const { name, marketIndex } = channel
  const nowMs = clock.now()
  if (name === 'height') return toWireJson(heightFrame('subscribed', core.height(), nowMs))
  if (name === 'spot_market_stats') return toWireJson(spotMarketStatsFrame(nowMs))
  if (marketIndex === undefined) {
    const markets = core.markets.values()
    return toWireJson(allMarketStatsFrame('subscribed', core, { markets, nowMs }))
  }
  const market = marketOf(core, marketIndex)
  if (name === 'market_stats') {
    return toWireJson(marketStatsFrame('subscribed', core, { market, nowMs }))
  }
  assert(name === 'trade', `channel ${name} has no account`)
  return toWireJson(tradeFrame('subscribed', market, core.trades(marketIndex, SNAPSHOT_TRADES)))
}
