/** A list that remembers its newest entries. */
export interface BoundedLog<T> {
  /** Adds an entry; the oldest one beyond the limit is handed back and no longer held. */
  push(entry: T): T | undefined
  /** Newest first. */
  newest(limit?: number): T[]
  /** Oldest first. */
  oldest(): readonly T[]
}

/** Creates an empty log of at most `capacity` entries. */
export function createBoundedLog<T>(capacity: number): BoundedLog<T> {
  const ring: T[] = []
  /** Once the ring is full: its oldest entry, which the next one replaces. */
  let next = 0
  return {
    push(entry) {
      if (ring.length < capacity) {
        ring.push(entry)
        return undefined
      }
      const dropped = ring[next]
      ring[next] = entry
      next = (next + 1) % capacity
      return dropped
    },
    newest(limit = capacity) {
      const count = Math.min(limit, ring.length)
      const late = ring.slice(Math.max(0, next - count), next)
      const early = ring.slice(ring.length - (count - late.length))
      return [...early, ...late].toReversed()
    },
    oldest: () => [...ring.slice(next), ...ring.slice(0, next)],
  }
}
