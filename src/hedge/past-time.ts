/**
 * Wall-clock times that were noted earlier, in this process or another. When one lies ahead of now, the clock was set
 * back since: nobody knows how long ago it was, and nothing may wait until the clock gets there again.
 * @module
 */

/** The time, or undefined when it lies ahead. */
export function pastOnly(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined || atMs > nowMs ? undefined : atMs
}

/** True when it was within the last so many milliseconds; never for a time that lies ahead. */
export function isRecent(atMs: number, nowMs: number, withinMs: number): boolean {
  return atMs <= nowMs && nowMs - atMs < withinMs
}
