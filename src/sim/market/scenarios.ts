/**
 * The named markets of `hedgebot sim --market`: calm, trend, jump, crash. Each is a scene that a seed repeats and that
 * stays within bounds for as long as it runs. PROTOCOL.md says nothing of price paths: shapes and sizes are the
 * simulator's own, the crash modelled on days on which a perpetual's book fell further than its index.
 * @module
 */
import { createCrashScene } from './crash-scene.ts'
import type { MarketScene } from './market-scene.ts'
import { FAIR_WEATHER } from './market-scene.ts'
import { scaleTicks, waveNoise } from './price-path.ts'
import { noiseAt } from './seeded-rng.ts'

/** Names in the order in which help shows them. */
export const SCENARIO_NAMES = ['calm', 'trend', 'jump', 'crash'] as const

export type ScenarioName = (typeof SCENARIO_NAMES)[number]

/** What a scene is made from. */
export interface SceneOptions {
  readonly seed: number
  /** First price, in ticks. */
  readonly startTicks: bigint
}

/** Relative price change since the start as a function of time, as a plain number: 0.01 is one percent up. */
type Move = (elapsedMs: number) => number

/** Whether a text names a scenario. */
export function isScenarioName(text: string): text is ScenarioName {
  return SCENARIO_NAMES.some((name) => name === text)
}

/** Creates the scene of a name; all its prices stand at the start price at time 0, give or take the basis. */
export function createScene(name: ScenarioName, options: SceneOptions): MarketScene {
  const scenes: Readonly<Record<ScenarioName, (options: SceneOptions) => MarketScene>> = {
    calm: (of) => sceneAlong(() => 0, of),
    trend: createTrendScene,
    jump: createJumpScene,
    crash: (of) => createCrashScene(of, calmPrices(of)),
  }
  return scenes[name](options)
}

/** Slow drift of a quiet day: under one percent within hours. */
const DAY_WAVES = [
  { periodMs: 6 * 3_600_000, weight: 0.6 },
  { periodMs: 3_600_000, weight: 0.25 },
  { periodMs: 600_000, weight: 0.1 },
  { periodMs: 60_000, weight: 0.035 },
  { periodMs: 5_000, weight: 0.015 },
]
const DAY_MOVE = 0.008
/** How far other exchanges' marks and this book stray from the index on a quiet day. */
const EXTERNAL_BASIS = 0.0001
const BOOK_BASIS = 0.00015

/** The three prices of a quiet day as factors of the start price; index starts at exactly 1. */
function calmPrices({ seed }: SceneOptions): Readonly<Record<'index' | 'external' | 'book', Move>> {
  const zero = waveNoise(seed, 0, DAY_WAVES)
  const index: Move = (ms) => 1 + (waveNoise(seed, ms, DAY_WAVES) - zero) * DAY_MOVE
  return {
    index,
    external: (ms) => index(ms) * (1 + waveNoise(seed + 11, ms) * EXTERNAL_BASIS),
    book: (ms) => index(ms) * (1 + waveNoise(seed + 23, ms) * BOOK_BASIS),
  }
}

/** Quiet noise around a move that index, marks and book make together. */
function sceneAlong(move: Move, options: SceneOptions): MarketScene {
  const { startTicks } = options
  const { index, external, book } = calmPrices(options)
  return {
    index: (ms) => scaleTicks(startTicks, index(ms) * (1 + move(ms))),
    external: (ms) => scaleTicks(startTicks, external(ms) * (1 + move(ms))),
    book: (ms) => scaleTicks(startTicks, book(ms) * (1 + move(ms))),
    weather: () => FAIR_WEATHER,
  }
}

const LEG_MS = 30 * 60_000

/** Legs of half an hour, 3 to 10 percent each, up and down in turn; the seed says which way the first one goes. */
function createTrendScene(options: SceneOptions): MarketScene {
  const { seed } = options
  const firstSign = noiseAt(seed + 31, 0) < 0.5 ? -1 : 1
  const levelAt = (turn: number): number => {
    if (turn <= 0) return 0
    const size = 0.015 + 0.025 * noiseAt(seed + 37, turn)
    return (turn % 2 === 1 ? firstSign : -firstSign) * (turn === 1 ? size + 0.015 : size)
  }
  const signAt = (ms: number) => (Math.floor(ms / LEG_MS) % 2 === 0 ? firstSign : -firstSign)
  const move: Move = (ms) => {
    const leg = Math.floor(ms / LEG_MS)
    const share = ms / LEG_MS - leg
    return levelAt(leg) + (levelAt(leg + 1) - levelAt(leg)) * share
  }
  return {
    ...sceneAlong(move, options),
    weather: (ms) => ({ ...FAIR_WEATHER, tradesPerSecond: 1.5, buyShare: 0.5 + 0.15 * signAt(ms) }),
  }
}

const JUMP_CELL_MS = 5 * 60_000
/** Who sees a jump when: the book first, then other exchanges, then the oracles. */
const EXTERNAL_LAG_MS = 500
const INDEX_LAG_MS = 1_500
const JUMP_HEAL_MS = 20_000

/** A jump in every five minutes, to a level within 1.5 percent of the start; books thin out while it lasts. */
function createJumpScene(options: SceneOptions): MarketScene {
  const { seed, startTicks } = options
  const jumpAtMs = (cell: number) => (cell + 0.2 + 0.6 * noiseAt(seed + 41, cell)) * JUMP_CELL_MS
  const levelOf = (cell: number): number => {
    if (cell < 0) return 0
    // Above and below the start in turn: no jump is smaller than 0.3 percent.
    const sign = (cell % 2 === 0) === noiseAt(seed + 43, 0) < 0.5 ? -1 : 1
    return sign * (0.003 + 0.012 * noiseAt(seed + 47, cell))
  }
  const move: Move = (ms) => {
    const cell = Math.floor(ms / JUMP_CELL_MS)
    return ms >= jumpAtMs(cell) ? levelOf(cell) : levelOf(cell - 1)
  }
  const prices = calmPrices(options)
  return {
    index: (ms) => scaleTicks(startTicks, prices.index(ms) * (1 + move(ms - INDEX_LAG_MS))),
    external: (ms) =>
      scaleTicks(startTicks, prices.external(ms) * (1 + move(ms - EXTERNAL_LAG_MS))),
    book: (ms) => scaleTicks(startTicks, prices.book(ms) * (1 + move(ms))),
    weather(ms) {
      const cell = Math.floor(ms / JUMP_CELL_MS)
      const sinceMs = ms - jumpAtMs(cell)
      if (sinceMs < 0 || sinceMs >= JUMP_HEAL_MS) return FAIR_WEATHER
      const fear = 1 - sinceMs / JUMP_HEAL_MS
      const depth = 1 - 0.8 * fear
      return {
        askDepth: depth,
        bidDepth: depth,
        extraHalfSpreadE6: Math.round(400 * fear),
        gapFactor: 1 + 3 * fear,
        tradesPerSecond: 0.8 + 6 * fear,
        buyShare: levelOf(cell) > levelOf(cell - 1) ? 0.7 : 0.3,
      }
    },
  }
}
