/** Length of the venue's window, milliseconds (PROTOCOL.md section 9). */
const WINDOW_MS = 60_000

/** Weights of the last minute, oldest first. */
export interface RollingMinute {
  count(nowMs: number): number
  weight(nowMs: number): number
  add(nowMs: number, weight: number): void
}

/** Creates an empty window. Adding and asking cost amortised constant time. */
export function createRollingMinute(): RollingMinute {
  let entries: { atMs: number; weight: number }[] = []
  let first = 0
  let sum = 0

  const forget = (nowMs: number) => {
    for (let entry = entries[first]; entry !== undefined; entry = entries[first]) {
      if (entry.atMs > nowMs - WINDOW_MS) break
      sum -= entry.weight
      first += 1
    }
    if (first > 1_000 && first > entries.length / 2) {
      entries = entries.slice(first)
      first = 0
    }
  }
  return {
    count(nowMs) {
      forget(nowMs)
      return entries.length - first
    },
    weight(nowMs) {
      forget(nowMs)
      return sum
    },
    add(nowMs, weight) {
      forget(nowMs)
      entries.push({ atMs: nowMs, weight })
      sum += weight
    },
  }
}
