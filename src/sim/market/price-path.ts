/**
 * Prices of the simulated markets as pure functions of time: a calm base with seeded noise, and on top of it trends,
 * jumps and crashes at given times. The same seed gives the same prices, whatever was asked before.
 * @module
 */
import { assert } from '../../errors.ts'
import { noiseAt } from './seeded-rng.ts'

/** Something that happens to a price, at a time since the start of the path. */
export type PriceShape =
  /** Moves evenly by `moveBps` within the time and stays there. */
  | {
      readonly kind: 'trend'
      readonly atMs: number
      readonly durationMs: number
      readonly moveBps: number
    }
  /** Moves at once and stays there. */
  | { readonly kind: 'jump'; readonly atMs: number; readonly moveBps: number }
  /** Falls (or rises) within `durationMs`, then recovers `recoverFraction` of it within four times as long. */
  | {
      readonly kind: 'crash'
      readonly atMs: number
      readonly durationMs: number
      readonly moveBps: number
      /** 0 to 1. */
      readonly recoverFraction: number
    }

export interface PricePathOptions {
  readonly seed: number
  /** First price, in ticks. */
  readonly startTicks: bigint
  /** Size of the calm noise: about this many ten-thousandths around the start; default 10. */
  readonly noiseBps?: number
  readonly shapes?: readonly PriceShape[]
}

/** The price in ticks at a time since the start, milliseconds. */
export type PricePath = (elapsedMs: number) => bigint

/** A wave of seeded noise: how long it takes, and its share of the movement. */
export interface NoiseWave {
  readonly periodMs: number
  readonly weight: number
}

/** Periods of the noise: slow waves carry most of the movement, fast ones make it look alive. */
const WAVES: readonly NoiseWave[] = [
  { periodMs: 600_000, weight: 0.6 },
  { periodMs: 60_000, weight: 0.25 },
  { periodMs: 8_000, weight: 0.1 },
  { periodMs: 1_000, weight: 0.05 },
]

/** Resolution of the factor between start price and price. */
const FACTOR_ONE = 1_000_000_000

/** Creates a path. At time 0 it stands at the start price, unless a shape acts at once. */
export function createPricePath(options: PricePathOptions): PricePath {
  const noiseBps = options.noiseBps ?? 10
  const shapes = options.shapes ?? []
  const zero = waveNoise(options.seed, 0)
  return (elapsedMs) => {
    let factor = 1 + ((waveNoise(options.seed, elapsedMs) - zero) * noiseBps) / 10_000
    for (const shape of shapes) factor *= 1 + shapeMove(shape, elapsedMs)
    return scaleTicks(options.startTicks, factor)
  }
}

/** A price times a factor, to the nearest tick and at least one tick. */
export function scaleTicks(ticks: bigint, factor: number): bigint {
  const scaled = BigInt(Math.max(1, Math.round(factor * FACTOR_ONE)))
  const result = (ticks * scaled + BigInt(FACTOR_ONE) / 2n) / BigInt(FACTOR_ONE)
  return result > 0n ? result : 1n
}

/** A point of a recorded path. */
export interface PricePoint {
  readonly elapsedMs: number
  readonly priceTicks: bigint
}

/** Creates a path that follows recorded points, oldest first, in straight lines; before and after them it stands still. */
export function createRecordedPath(points: Iterable<PricePoint>): PricePath {
  const { times, prices } = flatten(points)
  return (elapsedMs) => {
    const at = lastNotAfter(times, elapsedMs)
    const fromTicks = BigInt(prices[Math.max(at, 0)] ?? 1)
    const fromMs = times[at]
    const toMs = times[at + 1]
    if (fromMs === undefined || toMs === undefined) return fromTicks
    const spanUs = BigInt(Math.round((toMs - fromMs) * 1000))
    const passedUs = BigInt(Math.round((elapsedMs - fromMs) * 1000))
    return fromTicks + ((BigInt(prices[at + 1] ?? 1) - fromTicks) * passedUs) / spanUs
  }
}

/** A year of minutes is two million points: flat arrays keep them small. Prices fit 32 bits (PROTOCOL.md section 5.4). */
function flatten(points: Iterable<PricePoint>) {
  const times: number[] = []
  const prices: number[] = []
  for (const { elapsedMs, priceTicks } of points) {
    assert(elapsedMs >= (times.at(-1) ?? elapsedMs), 'recorded points are in order')
    times.push(elapsedMs)
    prices.push(Number(priceTicks))
  }
  assert(times.length > 0, 'a recorded path has points')
  return { times: Float64Array.from(times), prices: Float64Array.from(prices) }
}

function shapeMove(shape: PriceShape, elapsedMs: number): number {
  const sinceMs = elapsedMs - shape.atMs
  if (sinceMs < 0) return 0
  const full = shape.moveBps / 10_000
  if (shape.kind === 'jump') return full
  const share = Math.min(1, sinceMs / shape.durationMs)
  if (shape.kind === 'trend') return full * share
  const recovering = Math.min(1, Math.max(0, sinceMs / shape.durationMs - 1) / 4)
  return full * (share - shape.recoverFraction * recovering)
}

/** Sum of smooth waves through seeded points, between −1 and 1 when the weights sum to one. */
export function waveNoise(seed: number, elapsedMs: number, waves = WAVES): number {
  let sum = 0
  for (const [octave, { periodMs, weight }] of waves.entries()) {
    const position = elapsedMs / periodMs
    const cell = Math.floor(position)
    const share = position - cell
    const smooth = share * share * (3 - 2 * share)
    const left = noiseAt(seed + octave, cell)
    const right = noiseAt(seed + octave, cell + 1)
    sum += weight * (2 * (left + (right - left) * smooth) - 1)
  }
  return sum
}

function lastNotAfter(times: Float64Array, elapsedMs: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) <= elapsedMs) low = middle + 1
    else high = middle
  }
  return low - 1
}
