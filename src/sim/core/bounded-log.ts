/** A list that remembers its newest entries. */
export interface BoundedLog<T> {
  /** Adds an entry; the oldest one beyond the limit is handed back. */
  push(entry: T): T | undefined
  /** Newest first. */
  newest(limit?: number): T[]
  /** Oldest first. */
  oldest(): readonly T[]
}

/** Creates an empty log of at most `capacity` entries. */
export function createBoundedLog<T>(capacity: number): BoundedLog<T> {
  let entries: T[] = []
  let start = 0
  return {
    push(entry) {
      entries.push(entry)
      if (entries.length - start <= capacity) return undefined
      const dropped = entries[start]
      start += 1
      // Compacting once per capacity keeps a push constant on average.
      if (start >= capacity) {
        entries = entries.slice(start)
        start = 0
      }
      return dropped
    },
    newest(limit = capacity) {
      const from = Math.max(start, entries.length - limit)
      return entries.slice(from).toReversed()
    },
    oldest: () => entries.slice(start),
  }
}
