import type { LiveEvent } from './live-view.ts'

/** The newest events, however long a watch runs. */
export interface EventRing {
  add(event: LiveEvent): void
  /** Oldest first. */
  list(): readonly LiveEvent[]
}

/** More than any terminal shows, few enough for a frame to carry them all. */
const MOST_EVENTS = 60

/** Creates an empty ring. */
export function createEventRing(most: number = MOST_EVENTS): EventRing {
  let events: readonly LiveEvent[] = []
  return {
    add(event) {
      events = [...events, event].slice(-most)
    },
    list: () => events,
  }
}
