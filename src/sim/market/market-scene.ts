/**
 * What surrounds one simulated market at a time: where the index, other exchanges' marks and the book's middle stand,
 * and how its makers and traders behave. Pure functions of the time since the start; the venue's mark is made of
 * these (PROTOCOL.md section 11.6), so that mark and book can part.
 * @module
 */
import type { PricePath } from './price-path.ts'

/** Behaviour of makers and traders. PROTOCOL.md is silent about liquidity; the figures are the simulator's own. */
export interface BookWeather {
  /** Share of the usual depth; 0 leaves the side empty. */
  readonly askDepth: number
  readonly bidDepth: number
  /** Distance that is added between the middle and each best quote, millionths of the price. */
  readonly extraHalfSpreadE6: number
  /** How many times the usual distance lies between two levels; 1 or more. */
  readonly gapFactor: number
  /** Trades of the public. */
  readonly tradesPerSecond: number
  /** Share of them that buy, 0 to 1. */
  readonly buyShare: number
}

/** Everything that moves one market. */
export interface MarketScene {
  /** Spot price from the oracles. */
  readonly index: PricePath
  /** Median of other exchanges' perpetual marks. */
  readonly external: PricePath
  /** The middle around which makers quote. */
  readonly book: PricePath
  weather(elapsedMs: number): BookWeather
}

/** An ordinary day: full depth, a trade every second or two. */
export const FAIR_WEATHER: BookWeather = {
  askDepth: 1,
  bidDepth: 1,
  extraHalfSpreadE6: 0,
  gapFactor: 1,
  tradesPerSecond: 0.8,
  buyShare: 0.5,
}

/** A scene in which index, marks and book follow one path in fair weather, as with recorded prices. */
export function createUniformScene(path: PricePath): MarketScene {
  return { index: path, external: path, book: path, weather: () => FAIR_WEATHER }
}

/**
 * The same scene, running `speed` times as fast as its clock: at time t it stands where the original stands at
 * speed × t. Trades a second stay, since they happen on the exchange's clock.
 */
export function accelerate(scene: MarketScene, speed: number): MarketScene {
  if (speed === 1) return scene
  return {
    index: (elapsedMs) => scene.index(elapsedMs * speed),
    external: (elapsedMs) => scene.external(elapsedMs * speed),
    book: (elapsedMs) => scene.book(elapsedMs * speed),
    weather: (elapsedMs) => scene.weather(elapsedMs * speed),
  }
}
