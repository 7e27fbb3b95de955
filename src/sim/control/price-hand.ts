/**
 * A hand on the prices: stands between the driver and the exchange and bends what the paths say, for mark, index and
 * book apart (PROTOCOL.md section 11.6: the three are different things, and a crash is where they part).
 * @module
 */
import { assert } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import type { BookLevel, SimCore } from '../core/core-model.ts'
import { MAX_PRICE_TICKS } from '../core/units.ts'
import type { Makers } from '../market/makers.ts'

/** What can be bent: the mark, the index, and the price that the house quotes around. */
export const PRICE_PARTS = ['mark', 'index', 'book'] as const

/** One of `PRICE_PARTS`. */
export type PricePart = (typeof PRICE_PARTS)[number]

/**
 * How a part is bent: it stands at a price (`hold`, in ticks), or keeps to its path times a factor (`scale`, in
 * billionths). It goes from one value to the other evenly within the time.
 */
export interface PriceBend {
  readonly kind: 'hold' | 'scale'
  readonly from: bigint
  readonly to: bigint
  /** Monotonic. */
  readonly startMs: number
  /** 0: at once. */
  readonly durationMs: number
}

/** One move of some parts of a market. */
export interface PriceMove {
  readonly marketIndex: number
  readonly parts: readonly PricePart[]
  /** Within this time, evenly, milliseconds. */
  readonly overMs: number
  /** `to` in ticks for `hold`; `byE9`, billionths of the present price to add (negative: to take), for `scale`. */
  readonly target:
    | { readonly kind: 'hold'; readonly toTicks: bigint }
    | { readonly kind: 'scale'; readonly byE9: bigint }
}

/** Where prices are bent and given back. */
export interface PriceHand {
  /** What the driver moves instead of the exchange itself. */
  readonly core: SimCore
  /** What the driver lets quote instead of the makers themselves. */
  readonly makers: Makers
  /** Where the parts would be at the end of the move, ticks; the smallest and the largest. */
  reach(move: PriceMove): { readonly lowTicks: bigint; readonly highTicks: bigint }
  /** Bends from now on, and shows it at once. */
  move(move: PriceMove): void
  /** Gives parts of a market back to their paths. */
  release(marketIndex: number, parts: readonly PricePart[]): void
  /** Undefined where the path rules. */
  bendOf(marketIndex: number, part: PricePart): PriceBend | undefined
}

/** What a hand holds. */
export interface PriceHandOptions {
  readonly core: SimCore
  readonly makers: Makers
  /** The venue's clock. */
  readonly clock: Clock
}

const FACTOR_ONE = 1_000_000_000n

interface BentMarket {
  /** What the paths said last. */
  readonly raw: Record<PricePart, bigint>
  readonly bends: Map<PricePart, PriceBend>
}

/** Creates a hand that bends nothing yet. */
export function createPriceHand({ core, makers, clock }: PriceHandOptions): PriceHand {
  const markets = new Map<number, BentMarket>()
  for (const { marketIndex, markTicks, indexTicks } of core.markets.values()) {
    const raw = { mark: markTicks, index: indexTicks, book: markTicks }
    markets.set(marketIndex, { raw, bends: new Map() })
  }
  const marketOf = (marketIndex: number): BentMarket => {
    const market = markets.get(marketIndex)
    assert(market !== undefined, `market ${marketIndex} has prices`)
    return market
  }
  const priceOf = ({ raw, bends }: BentMarket, part: PricePart): bigint =>
    bentTicks(raw[part], bends.get(part), clock.monotonicMs())
  const show = (marketIndex: number) => {
    const market = marketOf(marketIndex)
    const nowMs = clock.now()
    // Books lead marks: triggers must not meet yesterday's quotes.
    makers.refresh(marketIndex, nowMs, priceOf(market, 'book'))
    const mark = { markTicks: priceOf(market, 'mark'), indexTicks: priceOf(market, 'index') }
    const shown = core.markets.get(marketIndex)
    if (shown?.markTicks === mark.markTicks && shown.indexTicks === mark.indexTicks) return
    core.setMark(marketIndex, mark, nowMs)
  }

  return {
    core: bentCore({ core, marketOf, bookTicks: (market) => priceOf(market, 'book') }, show),
    makers: bentMakers(makers, marketOf, (market) => priceOf(market, 'book')),
    reach: (move) => reachOf(move, marketOf(move.marketIndex), priceOf),
    move(move) {
      const market = marketOf(move.marketIndex)
      for (const part of move.parts) {
        const now = { ticks: priceOf(market, part), ms: clock.monotonicMs() }
        market.bends.set(part, nextBend(move, market.bends.get(part), now))
      }
      show(move.marketIndex)
    },
    release(marketIndex, parts) {
      for (const part of parts) marketOf(marketIndex).bends.delete(part)
      show(marketIndex)
    },
    bendOf: (marketIndex, part) => marketOf(marketIndex).bends.get(part),
  }
}

interface BentPrices {
  readonly core: SimCore
  marketOf(marketIndex: number): BentMarket
  bookTicks(market: BentMarket): bigint
}

/**
 * The exchange as the driver sees it: marks are noted and bent, and every tick shows the bends as they are by then. A
 * mark that follows the book follows the path's book: else a bend would count twice, once in the book and once more in
 * the mark that was made of it.
 */
function bentCore(
  { core, marketOf, bookTicks }: BentPrices,
  show: (marketIndex: number) => void,
): SimCore {
  return {
    ...core,
    book(marketIndex, limit) {
      const view = core.book(marketIndex, limit)
      const market = marketOf(marketIndex)
      if (!market.bends.has('book')) return view
      const bentBook = bookTicks(market)
      const straighten = ({ priceTicks, ...level }: BookLevel): BookLevel => ({
        ...level,
        priceTicks: (priceTicks * market.raw.book) / bentBook,
      })
      return { ...view, asks: view.asks.map(straighten), bids: view.bids.map(straighten) }
    },
    setMark(marketIndex, mark, nowMs) {
      const { raw, bends } = marketOf(marketIndex)
      raw.mark = mark.markTicks
      raw.index = mark.indexTicks
      if (bends.has('mark') || bends.has('index')) show(marketIndex)
      else core.setMark(marketIndex, mark, nowMs)
    },
    tick(nowMs) {
      for (const marketIndex of core.markets.keys()) {
        if (marketOf(marketIndex).bends.size > 0) show(marketIndex)
      }
      core.tick(nowMs)
    },
  }
}

/** The makers as the driver sees them: they quote around the bent price. */
function bentMakers(
  makers: Makers,
  marketOf: (marketIndex: number) => BentMarket,
  bookTicks: (market: BentMarket) => bigint,
): Makers {
  return {
    ...makers,
    refresh(marketIndex, nowMs, aroundTicks) {
      const market = marketOf(marketIndex)
      if (aroundTicks !== undefined) market.raw.book = aroundTicks
      makers.refresh(marketIndex, nowMs, market.bends.has('book') ? bookTicks(market) : aroundTicks)
    },
  }
}

function bentTicks(rawTicks: bigint, bend: PriceBend | undefined, nowMs: number): bigint {
  if (bend === undefined) return rawTicks
  const value = valueOf(bend, nowMs)
  const ticks = bend.kind === 'hold' ? value : (rawTicks * value) / FACTOR_ONE
  if (ticks < 1n) return 1n
  return ticks > MAX_PRICE_TICKS ? MAX_PRICE_TICKS : ticks
}

function valueOf({ from, to, startMs, durationMs }: PriceBend, nowMs: number): bigint {
  const passedMs = nowMs - startMs
  if (passedMs >= durationMs) return to
  const share = BigInt(Math.max(0, Math.trunc((passedMs / durationMs) * Number(FACTOR_ONE))))
  return from + ((to - from) * share) / FACTOR_ONE
}

function nextBend(
  { target, overMs }: PriceMove,
  before: PriceBend | undefined,
  now: { readonly ticks: bigint; readonly ms: number },
): PriceBend {
  const time = { startMs: now.ms, durationMs: overMs }
  if (target.kind === 'hold') return { kind: 'hold', from: now.ticks, to: target.toTicks, ...time }
  // Moving a price that is held leaves it held, somewhere else.
  const from =
    before?.kind === 'hold'
      ? now.ticks
      : before === undefined
        ? FACTOR_ONE
        : valueOf(before, now.ms)
  const to = (from * (FACTOR_ONE + target.byE9)) / FACTOR_ONE
  return { kind: before?.kind ?? 'scale', from, to, ...time }
}

function reachOf(
  { parts, target }: PriceMove,
  market: BentMarket,
  priceOf: (market: BentMarket, part: PricePart) => bigint,
): { readonly lowTicks: bigint; readonly highTicks: bigint } {
  const ends = parts.map((part) =>
    target.kind === 'hold'
      ? target.toTicks
      : (priceOf(market, part) * (FACTOR_ONE + target.byE9)) / FACTOR_ONE,
  )
  const sorted = ends.sort((a, b) => (a < b ? -1 : 1))
  return { lowTicks: sorted[0] ?? 0n, highTicks: sorted.at(-1) ?? 0n }
}
