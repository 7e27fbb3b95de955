/**
 * A market's figures over the last 24 hours, in buckets of ten minutes.
 * @module
 */
import type { DailyStats } from './market-model.ts'

const BUCKET_MS = 600_000
const BUCKETS = 144

interface Bucket {
  readonly startMs: number
  tradeCount: number
  baseTicks: bigint
  quoteMicros: bigint
  lowTicks: bigint
  highTicks: bigint
  readonly openTicks: bigint
  closeTicks: bigint
}

/** A traded price with its size. */
interface DailyEntry {
  readonly priceTicks: bigint
  readonly sizeTicks: bigint
  readonly quoteMicros: bigint
}

export interface DailyWindow {
  add(entry: DailyEntry, nowMs: number): void
  /** Sums the window; `fallbackTicks` stands for prices before the first trade, and for low and high of an idle day. */
  stats(fallbackTicks: bigint): DailyStats
  /** Forgets what is older than a day. */
  expire(nowMs: number): void
}

/** Creates an empty window. */
export function createDailyWindow(): DailyWindow {
  const buckets: Bucket[] = []
  /** The last price before the window: what a thing cost 24 hours ago. */
  let beforeTicks: bigint | undefined
  const expire = (nowMs: number): void => {
    while (buckets[0] !== undefined && buckets[0].startMs <= nowMs - BUCKET_MS * BUCKETS) {
      beforeTicks = buckets.shift()?.closeTicks
    }
  }
  return {
    expire,
    add(entry, nowMs) {
      const startMs = nowMs - (nowMs % BUCKET_MS)
      let bucket = buckets.at(-1)
      if (bucket?.startMs !== startMs) {
        expire(nowMs)
        bucket = openBucket(startMs, entry.priceTicks)
        buckets.push(bucket)
      }
      bucket.tradeCount += 1
      bucket.closeTicks = entry.priceTicks
      bucket.baseTicks += entry.sizeTicks
      bucket.quoteMicros += entry.quoteMicros
      if (entry.priceTicks < bucket.lowTicks) bucket.lowTicks = entry.priceTicks
      if (entry.priceTicks > bucket.highTicks) bucket.highTicks = entry.priceTicks
    },
    stats(fallbackTicks) {
      const sum = sumBuckets(buckets, fallbackTicks)
      return { ...sum, openTicks: beforeTicks ?? sum.openTicks }
    },
  }
}

function openBucket(startMs: number, priceTicks: bigint): Bucket {
  return {
    startMs,
    tradeCount: 0,
    baseTicks: 0n,
    quoteMicros: 0n,
    lowTicks: priceTicks,
    highTicks: priceTicks,
    openTicks: priceTicks,
    closeTicks: priceTicks,
  }
}

function sumBuckets(buckets: readonly Bucket[], fallbackTicks: bigint): DailyStats {
  const first = buckets[0]
  const sum = {
    tradeCount: 0,
    baseTicks: 0n,
    quoteMicros: 0n,
    lowTicks: first?.lowTicks ?? fallbackTicks,
    highTicks: first?.highTicks ?? fallbackTicks,
    openTicks: first?.openTicks ?? fallbackTicks,
  }
  for (const bucket of buckets) {
    sum.tradeCount += bucket.tradeCount
    sum.baseTicks += bucket.baseTicks
    sum.quoteMicros += bucket.quoteMicros
    if (bucket.lowTicks < sum.lowTicks) sum.lowTicks = bucket.lowTicks
    if (bucket.highTicks > sum.highTicks) sum.highTicks = bucket.highTicks
  }
  return sum
}
