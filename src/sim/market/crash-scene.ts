/**
 * The crash of `--market crash`: mark and book part, depth vanishes, spreads blow out, then all of it heals. It comes
 * one minute after the start and then every 20 minutes. In turn the book leads (it empties and falls further than any
 * index) and the mark leads (index and other exchanges fall while the book stands stale, then disappears).
 * @module
 */
import type { BookWeather, MarketScene } from './market-scene.ts'
import { FAIR_WEATHER } from './market-scene.ts'
import { scaleTicks } from './price-path.ts'
import { noiseAt } from './seeded-rng.ts'

/** From one crash to the next. */
const CELL_MS = 20 * 60_000
/** A crash begins this long after its cell. */
const CALM_BEFORE_MS = 60_000

type Factor = (elapsedMs: number) => number

/** A course as corner points: seconds since the crash began, value; straight in between, flat outside. */
type Course = readonly (readonly [seconds: number, value: number])[]

/** One crash: how deep index and book fall (shares of the price, negative), and who leads. */
interface Crash {
  readonly sinceS: number
  readonly indexMove: number
  readonly bookMove: number
  readonly isBookFirst: boolean
}

/** Shares of the index's fall. */
const INDEX_COURSE: Readonly<Record<'bookFirst' | 'markFirst', Course>> = {
  bookFirst: [
    [2, 0],
    [14, 1],
    [60, 1],
    [360, 0.5],
    [1080, 0],
  ],
  markFirst: [
    [0, 0],
    [5, 1],
    [60, 1],
    [360, 0.5],
    [1080, 0],
  ],
}
/** Other exchanges fall earlier and a little further, then meet the index. */
const EXTERNAL_COURSE: typeof INDEX_COURSE = {
  bookFirst: [
    [1, 0],
    [11, 1.15],
    [45, 1.1],
    [75, 1],
    [360, 0.5],
    [1080, 0],
  ],
  markFirst: [
    [0, 0],
    [3, 1.1],
    [45, 1.05],
    [75, 1],
    [360, 0.5],
    [1080, 0],
  ],
}
/** How much of the way from the index's price to the book's own bottom the book has gone. */
const BOOK_COURSE: Course = [
  [0, 0],
  [6, 1],
  [15, 1],
  [75, 0],
]
/** Until then a stale book stands where it stood. */
const STALE_UNTIL_S = 4

const DEPTH_COURSE: Readonly<Record<'bookFirstAsk' | 'bookFirstBid' | 'markFirst', Course>> = {
  bookFirstAsk: [
    [0, 1],
    [3, 0.12],
    [20, 0.12],
    [240, 1],
  ],
  // No bid at all from the third to the sixth second.
  bookFirstBid: [
    [0, 1],
    [2.5, 0.02],
    [3, 0],
    [6, 0],
    [6.01, 0.015],
    [20, 0.03],
    [240, 1],
  ],
  // Stale and full, then gone, then thin.
  markFirst: [
    [3.99, 1],
    [4, 0],
    [7, 0],
    [7.01, 0.02],
    [20, 0.05],
    [240, 1],
  ],
}
const SPREAD_COURSE: Course = [
  [0, 0],
  [3, 2_500],
  [6, 6_000],
  [15, 4_000],
  [60, 800],
  [180, 0],
]
const GAP_COURSE: Course = [
  [0, 1],
  [3, 20],
  [20, 20],
  [180, 1],
]
const TRADES_COURSE: Course = [
  [0, 0.8],
  [2, 12],
  [20, 8],
  [240, 0.8],
]
const BUYERS_COURSE: Course = [
  [0, 0.5],
  [1, 0.12],
  [15, 0.2],
  [40, 0.65],
  [240, 0.5],
]

/** What the crash happens to: price factors of a quiet day. */
interface QuietPrices {
  readonly index: Factor
  readonly external: Factor
  readonly book: Factor
}

/**
 * Creates the scene: the index loses 4 to 7 percent and gets it back within 18 minutes, the book at its worst 8 to 12
 * percent. PROTOCOL.md is silent; the harsher reading of public crashes was chosen.
 */
export function createCrashScene(
  { seed, startTicks }: { readonly seed: number; readonly startTicks: bigint },
  quiet: QuietPrices,
): MarketScene {
  const crashAt = (ms: number) => describeCrash(seed, ms)
  const path = (factor: Factor) => (ms: number) => scaleTicks(startTicks, factor(ms))
  return {
    index: path((ms) => quiet.index(ms) * (1 + indexMove(crashAt(ms)))),
    external: path((ms) => quiet.external(ms) * (1 + externalMove(crashAt(ms)))),
    book: path((ms) => quiet.book(ms) * (1 + bookMove(crashAt(ms)))),
    weather: (ms) => weatherOf(crashAt(ms)),
  }
}

function describeCrash(seed: number, elapsedMs: number): Crash {
  const cell = Math.max(0, Math.floor(elapsedMs / CELL_MS))
  return {
    sinceS: (elapsedMs - cell * CELL_MS - CALM_BEFORE_MS) / 1000,
    indexMove: -(0.04 + 0.03 * noiseAt(seed + 51, cell)),
    bookMove: -(0.08 + 0.04 * noiseAt(seed + 53, cell)),
    isBookFirst: cell % 2 === 0,
  }
}

function indexMove({ sinceS, indexMove: depth, isBookFirst }: Crash): number {
  return depth * valueAt(INDEX_COURSE[isBookFirst ? 'bookFirst' : 'markFirst'], sinceS)
}

function externalMove({ sinceS, indexMove: depth, isBookFirst }: Crash): number {
  return depth * valueAt(EXTERNAL_COURSE[isBookFirst ? 'bookFirst' : 'markFirst'], sinceS)
}

function bookMove(crash: Crash): number {
  const index = indexMove(crash)
  if (!crash.isBookFirst) return crash.sinceS < STALE_UNTIL_S ? 0 : index
  return index + (crash.bookMove - index) * valueAt(BOOK_COURSE, crash.sinceS)
}

function weatherOf({ sinceS, isBookFirst }: Crash): BookWeather {
  if (sinceS < 0) return FAIR_WEATHER
  const isStale = !isBookFirst && sinceS < STALE_UNTIL_S
  return {
    askDepth: valueAt(DEPTH_COURSE[isBookFirst ? 'bookFirstAsk' : 'markFirst'], sinceS),
    bidDepth: valueAt(DEPTH_COURSE[isBookFirst ? 'bookFirstBid' : 'markFirst'], sinceS),
    extraHalfSpreadE6: isStale ? 0 : Math.round(valueAt(SPREAD_COURSE, sinceS)),
    gapFactor: isStale ? 1 : valueAt(GAP_COURSE, sinceS),
    tradesPerSecond: valueAt(TRADES_COURSE, sinceS),
    buyShare: valueAt(BUYERS_COURSE, sinceS),
  }
}

function valueAt(course: Course, seconds: number): number {
  let before = course[0]
  for (const point of course) {
    if (point[0] > seconds) {
      if (before === undefined || before === point) return point[1]
      const share = (seconds - before[0]) / (point[0] - before[0])
      return before[1] + (point[1] - before[1]) * share
    }
    before = point
  }
  return before?.[1] ?? 0
}
