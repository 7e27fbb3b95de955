/**
 * What one source knows of a market's prices, every value with the age of the frame that told it. A delayed frame is
 * as old as its stamp says, whenever it arrives (DESIGN.md section 3, "Freshness").
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { known, type Known, unknown } from '../hedge/known.ts'
import type { MarketView } from '../hedge/venue-view.ts'
import type { ClockOffset } from './clock-offset.ts'
import type { OrderBook } from './order-book.ts'

/** When something was told. */
export interface FrameTime {
  /** Venue time of publishing; undefined when the frame does not tell. */
  readonly stampMs: number | undefined
  /** Our wall clock; for a read, when it was asked for. */
  readonly arrivedAtMs: number
}

/** A value with its time. */
export interface Told<T> extends FrameTime {
  readonly value: T
}

/** The newest of each kind that one source has told. */
export interface Prices {
  mark: Told<Dec> | undefined
  index: Told<Dec> | undefined
  book: OrderBook | undefined
  /** Frames of either channel show that the stream flows. */
  flow: FrameTime | undefined
}

/** Nothing told yet. */
export function emptyPrices(): Prices {
  return { mark: undefined, index: undefined, book: undefined, flow: undefined }
}

/**
 * A venue whose clock was set back must not be ignored until it has caught up: after this time without a newer frame
 * any frame counts again, with the age that its stamp tells.
 */
const NEWER_WANTED_MS = 5_000

/**
 * The later of two, by the venue's stamps: they do not move when our idea of the offset does. Without them the one
 * that came last.
 */
export function laterOf<T extends FrameTime>(before: T | undefined, now: T): T {
  if (before?.stampMs === undefined || now.stampMs === undefined) return now
  const isNewerMissing = Math.abs(now.arrivedAtMs - before.arrivedAtMs) >= NEWER_WANTED_MS
  return now.stampMs < before.stampMs && !isNewerMissing ? before : now
}

/** All that is known, with ages by our wall clock. */
export function viewOfPrices(prices: Prices, offset: ClockOffset): MarketView {
  return {
    mark: toKnown(prices.mark, offset),
    index: toKnown(prices.index, offset),
    bids: levels(prices, 'bids', offset),
    asks: levels(prices, 'asks', offset),
  }
}

function levels(prices: Prices, side: 'bids' | 'asks', offset: ClockOffset): MarketView['bids'] {
  const { book, flow } = prices
  if (book === undefined || flow === undefined) return unknown('the order book is not complete')
  return known(book[side], toldAtMs(flow, offset))
}

function toKnown(told: Told<Dec> | undefined, offset: ClockOffset): Known<Dec> {
  if (told === undefined) return unknown('no price has arrived yet')
  return known(told.value, toldAtMs(told, offset))
}

/**
 * Our wall clock at the time of publishing, never later than the arrival. The offset is the best that stamps have
 * shown, so a frame that came as fast as the fastest has no age, and a slower one shows by how much it was slower.
 */
function toldAtMs({ stampMs, arrivedAtMs }: FrameTime, clockOffset: ClockOffset): number {
  const offset = clockOffset.current()
  if (stampMs === undefined || !offset.isKnown) return arrivedAtMs
  return Math.min(arrivedAtMs, stampMs - offset.value)
}
