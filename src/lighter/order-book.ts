/**
 * One market's book from a snapshot and its updates. An update continues the frame before it by its nonce chain;
 * a gap makes the book unknown (PROTOCOL.md section 8.3). Pure.
 * @module
 */
import type { BookLevel } from '../hedge/venue-view.ts'
import { MOST_LEVELS, type WireBook } from './venue-schemas.ts'

/** All levels of one market at one point of its nonce chain. */
export interface OrderBook {
  readonly nonce: bigint
  /** Best (highest) first. */
  readonly bids: readonly BookLevel[]
  /** Best (lowest) first. */
  readonly asks: readonly BookLevel[]
}

/** What an update does to a book. */
export type BookChange =
  | { readonly kind: 'applied'; readonly book: OrderBook }
  /** Seen before. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'gap' }

/** The whole book; levels may come in any order. */
export function bookOfSnapshot(wire: WireBook): OrderBook {
  return { nonce: wire.nonce, bids: sideOf(wire.bids, 'bids'), asks: sideOf(wire.asks, 'asks') }
}

/** Changed levels with their new total size; size zero removes. */
export function applyBookUpdate(book: OrderBook, wire: WireBook): BookChange {
  if (wire.nonce <= book.nonce) return { kind: 'duplicate' }
  // Captures of 2025 have no begin_nonce: then only the order of frames protects.
  if (wire.begin_nonce !== undefined && wire.begin_nonce !== book.nonce) return { kind: 'gap' }
  const updated: OrderBook = {
    nonce: wire.nonce,
    bids: merge(book.bids, wire.bids, 'bids'),
    asks: merge(book.asks, wire.asks, 'asks'),
  }
  return { kind: 'applied', book: updated }
}

type SideName = 'bids' | 'asks'
type WireLevel = WireBook['bids'][number]

function sideOf(levels: readonly WireLevel[], side: SideName): readonly BookLevel[] {
  const sorted = levels
    .filter((level) => level.size.isPositive() && !level.size.isZero())
    .map(toLevel)
    .sort((a, b) => distance(a, b, side))
  // Two levels of one price: the later one counts, as in updates.
  return sorted.filter((level, at) => sorted[at + 1]?.price.eq(level.price) !== true)
}

function merge(
  levels: readonly BookLevel[],
  changes: readonly WireLevel[],
  side: SideName,
): readonly BookLevel[] {
  if (changes.length === 0) return levels
  const merged = [...levels]
  for (const change of changes) {
    const level = toLevel(change)
    const at = positionOf(merged, level, side)
    const isThere = merged[at]?.price.eq(level.price) === true
    const isGone = !level.baseSize.isPositive() || level.baseSize.isZero()
    if (isGone) merged.splice(at, isThere ? 1 : 0)
    else merged.splice(at, isThere ? 1 : 0, level)
  }
  // Levels that are told and never taken away must not fill the memory; the farthest matter least.
  return merged.length > MOST_LEVELS ? merged.slice(0, MOST_LEVELS) : merged
}

/** Index of the first level that is not better than this one. */
function positionOf(levels: readonly BookLevel[], level: BookLevel, side: SideName): number {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    const there = levels[middle]
    if (there !== undefined && distance(there, level, side) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Negative when `a` is the better price of the side. */
function distance(a: BookLevel, b: BookLevel, side: SideName): number {
  return side === 'asks' ? a.price.cmp(b.price) : b.price.cmp(a.price)
}

function toLevel(level: WireLevel): BookLevel {
  return { price: level.price, baseSize: level.size }
}
