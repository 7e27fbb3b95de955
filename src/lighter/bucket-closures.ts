/**
 * Buckets that the venue itself has called empty. What it counts is not always what we count: others may use the same
 * address, and its clock is its own (PROTOCOL.md section 9).
 * @module
 */

/** First pause after a 429; it doubles with every further one (the back-off that the venue's documents suggest). */
const FIRST_CLOSURE_MS = 2_000
/** Longest pause, and the one of the firewall, which lets nobody in before. */
export const LONGEST_CLOSURE_MS = 60_000

/** What was refused: by the limit of the API, or by the firewall before it. */
export type LimitCause = 'too_many' | 'firewall'

/** Buckets that are closed for a while. */
export interface BucketClosures {
  /** Of refusals while it is closed already, which were under way together, the first counts. */
  close(bucket: string, cause: LimitCause, nowMs: number): void
  /** A request was served. */
  served(bucket: string): void
  /** How long it stays closed. */
  waitMs(bucket: string, nowMs: number): number
}

interface Closure {
  readonly untilMs: number
  readonly pauseMs: number
}

/** Nothing is closed. */
export function createBucketClosures(): BucketClosures {
  const closures = new Map<string, Closure>()
  const waitMs = (bucket: string, nowMs: number): number =>
    Math.max(0, (closures.get(bucket)?.untilMs ?? 0) - nowMs)
  return {
    waitMs,
    close(bucket, cause, nowMs) {
      const before = closures.get(bucket)
      if (cause === 'too_many' && waitMs(bucket, nowMs) > 0) return
      const grown = before === undefined ? FIRST_CLOSURE_MS : before.pauseMs * 2
      const pauseMs = Math.min(LONGEST_CLOSURE_MS, cause === 'firewall' ? Infinity : grown)
      closures.set(bucket, { pauseMs, untilMs: nowMs + pauseMs })
    },
    served: (bucket) => closures.delete(bucket),
  }
}
