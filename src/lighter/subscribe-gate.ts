import type { Clock } from '../ports.ts'

/** Lets subscriptions through one egress as fast as the venue allows. */
export interface SubscribeGate {
  /** Calls `start` when there is room, perhaps at once. The ticket gives the place back. */
  enter(start: () => void): GateTicket
}

/** One place in the gate. */
export interface GateTicket {
  /** The subscription was answered, or its socket is gone. */
  leave(): void
}

/** The venue takes 50 unanswered messages of an address; some room stays for other processes (DESIGN.md section 5). */
export const UNANSWERED_MAX = 30
/** The venue takes 200 messages a minute of an address (PROTOCOL.md section 8.5): twenty accounts twice, and prices. */
export const SUBSCRIBES_PER_MINUTE = 180
const WINDOW_MS = 60_000

interface Waiting {
  start: (() => void) | undefined
  isInside: boolean
}

/** Creates the gate of one egress. */
export function createSubscribeGate(clock: Clock): SubscribeGate {
  const queue: Waiting[] = []
  let startedAtMs: number[] = []
  let insideCount = 0
  let isTimerSet = false

  const admit = (): void => {
    startedAtMs = startedAtMs.filter((atMs) => atMs > clock.monotonicMs() - WINDOW_MS)
    while (insideCount < UNANSWERED_MAX && startedAtMs.length < SUBSCRIBES_PER_MINUTE) {
      const next = queue.shift()
      if (next === undefined) return
      const start = next.start
      if (start === undefined) continue
      next.start = undefined
      next.isInside = true
      insideCount++
      startedAtMs.push(clock.monotonicMs())
      start()
    }
    waitForWindow()
  }
  const waitForWindow = (): void => {
    const oldestMs = startedAtMs[0]
    const isWindowFull = startedAtMs.length >= SUBSCRIBES_PER_MINUTE
    if (isTimerSet || queue.length === 0 || !isWindowFull || oldestMs === undefined) return
    isTimerSet = true
    clock.setTimer(oldestMs + WINDOW_MS - clock.monotonicMs() + 1, () => {
      isTimerSet = false
      admit()
    })
  }
  return {
    enter(start) {
      const entry: Waiting = { start, isInside: false }
      queue.push(entry)
      admit()
      return {
        leave() {
          // Still waiting: it will be skipped.
          entry.start = undefined
          if (!entry.isInside) return
          entry.isInside = false
          insideCount--
          admit()
        },
      }
    },
  }
}
