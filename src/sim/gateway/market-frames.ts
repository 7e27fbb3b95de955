/**
 * Frames of the public channels (PROTOCOL.md section 8.3). `kind` is `subscribed` for a snapshot, else `update`.
 * @module
 */
import type { BookLevel, SimCore, SimMarket, SimTrade } from '../core/core-model.ts'
import { ticksToText } from './decimal-text.ts'
import { marketStatsJson } from './market-json.ts'
import { tradeJson } from './trade-json.ts'
import type { WireObject } from './wire-json.ts'

export type FrameKind = 'subscribed' | 'update'

/** Changed or complete levels of a book. */
export interface BookChange {
  readonly asks: readonly Pick<BookLevel, 'priceTicks' | 'totalTicks'>[]
  readonly bids: readonly Pick<BookLevel, 'priceTicks' | 'totalTicks'>[]
  readonly nonce: bigint
  /** 0n in a snapshot. */
  readonly beginNonce: bigint
  /** Of this server; grows, with gaps. */
  readonly offset: number
}

/** A whole book, or the levels that changed since `beginNonce`. Sizes are new totals, zero removes a level. */
export function orderBookFrame(
  kind: FrameKind,
  market: SimMarket,
  change: BookChange & { readonly nowMs: number },
): WireObject {
  const levels = (side: BookChange['asks']) =>
    side.map((level) => ({
      price: ticksToText(level.priceTicks, market.priceDecimals),
      size: ticksToText(level.totalTicks, market.sizeDecimals),
    }))
  const lastUpdatedAt = Math.trunc(change.nowMs * 1_000)
  return {
    channel: `order_book:${market.marketIndex}`,
    last_updated_at: lastUpdatedAt,
    offset: change.offset,
    order_book: {
      code: 0,
      asks: levels(change.asks),
      bids: levels(change.bids),
      offset: change.offset,
      nonce: change.nonce,
      last_updated_at: lastUpdatedAt,
      begin_nonce: change.beginNonce,
    },
    timestamp: Math.trunc(change.nowMs),
    type: `${kind}/order_book`,
  }
}

/** Best bid and offer; an empty side has empty texts. */
export function tickerFrame(
  kind: FrameKind,
  core: SimCore,
  at: { readonly market: SimMarket; readonly nowMs: number },
): WireObject {
  const { market, nowMs } = at
  const book = core.book(market.marketIndex, 1)
  const best = (level: BookLevel | undefined) => ({
    price: level === undefined ? '' : ticksToText(level.priceTicks, market.priceDecimals),
    size: level === undefined ? '' : ticksToText(level.totalTicks, market.sizeDecimals),
  })
  const lastUpdatedAt = Math.trunc(nowMs * 1_000)
  return {
    channel: `ticker:${market.marketIndex}`,
    last_updated_at: lastUpdatedAt,
    nonce: book.nonce,
    ticker: {
      s: market.symbol,
      a: best(book.asks[0]),
      b: best(book.bids[0]),
      last_updated_at: lastUpdatedAt,
    },
    timestamp: Math.trunc(nowMs),
    type: `${kind}/ticker`,
  }
}

/** Statistics of one market. */
export function marketStatsFrame(
  kind: FrameKind,
  core: SimCore,
  at: { readonly market: SimMarket; readonly nowMs: number },
): WireObject {
  return {
    channel: `market_stats:${at.market.marketIndex}`,
    market_stats: marketStatsJson(core, at.market),
    timestamp: Math.trunc(at.nowMs),
    type: `${kind}/market_stats`,
  }
}

/** Statistics of several markets, by market id. */
export function allMarketStatsFrame(
  kind: FrameKind,
  core: SimCore,
  at: { readonly markets: Iterable<SimMarket>; readonly nowMs: number },
): WireObject {
  const stats: Record<string, WireObject> = {}
  for (const market of at.markets) stats[market.marketIndex] = marketStatsJson(core, market)
  return {
    channel: 'market_stats:all',
    market_stats: stats,
    timestamp: Math.trunc(at.nowMs),
    type: `${kind}/market_stats`,
  }
}

/** Statistics of all spot markets: there are none, and so no update ever follows (PROTOCOL.md section 8.2). */
export function spotMarketStatsFrame(nowMs: number): WireObject {
  return {
    channel: 'spot_market_stats:all',
    spot_market_stats: {},
    timestamp: Math.trunc(nowMs),
    type: 'subscribed/spot_market_stats',
  }
}

/** Public trades, newest first; liquidations have a list of their own. */
export function tradeFrame(
  kind: FrameKind,
  market: SimMarket,
  trades: readonly SimTrade[],
): WireObject {
  const write = (list: readonly SimTrade[]) => list.map((trade) => tradeJson(trade, market))
  return {
    channel: `trade:${market.marketIndex}`,
    liquidation_trades: write(trades.filter((trade) => trade.type !== 'trade')),
    nonce: market.bookNonce,
    trades: write(trades.filter((trade) => trade.type === 'trade')),
    type: `${kind}/trade`,
  }
}

/** Height of the chain. */
export function heightFrame(kind: FrameKind, height: number, nowMs: number): WireObject {
  return { channel: 'height', height, timestamp: Math.trunc(nowMs), type: `${kind}/height` }
}
