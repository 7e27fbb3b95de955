import type { Clock, SpendStore } from '../ports.ts'

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
/** The venue takes 200 messages a minute of an address (PROTOCOL.md section 8.5): some stay for whoever else is behind it. */
export const SUBSCRIBES_PER_MINUTE = 192
const WINDOW_MS = 60_000

interface Waiting {
  start: (() => void) | undefined
  isInside: boolean
}

/** How often a gate that other processes have filled looks again. */
const LOOK_AGAIN_MS = 500

/** The count of an egress that all processes of a journal share. */
export interface SharedCount {
  readonly spend: SpendStore
  readonly egress: string
}

/** Creates the gate of one egress; without a shared count it knows only its own process. */
export function createSubscribeGate(clock: Clock, shared?: SharedCount): SubscribeGate {
  const counted = createMessageCount(clock, shared)
  const queue: Waiting[] = []
  let insideCount = 0
  let isTimerSet = false

  const admit = (): void => {
    while (insideCount < UNANSWERED_MAX && counted.waitMs() === 0) {
      const next = queue.shift()
      if (next === undefined) return
      const start = next.start
      if (start === undefined) continue
      next.start = undefined
      next.isInside = true
      insideCount++
      counted.add()
      start()
    }
    waitForWindow()
  }
  const waitForWindow = (): void => {
    const waitMs = counted.waitMs()
    if (isTimerSet || queue.length === 0 || waitMs === 0) return
    isTimerSet = true
    clock.setTimer(waitMs, () => {
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

interface MessageCount {
  add(): void
  /** 0 when there is room now, else how long to wait before looking again. */
  waitMs(): number
}

/** Messages of the last minute: our own exactly, those of other processes through the shared store. */
function createMessageCount(clock: Clock, shared: SharedCount | undefined): MessageCount {
  let startedAtMs: number[] = []
  const bucket = `messages:${shared?.egress ?? ''}`
  return {
    add() {
      startedAtMs.push(clock.monotonicMs())
      guarded(() => shared?.spend.record({ bucket, units: 1, atMs: clock.now() }))
    },
    waitMs() {
      const nowMs = clock.monotonicMs()
      startedAtMs = startedAtMs.filter((atMs) => atMs > nowMs - WINDOW_MS)
      const [oldestMs] = startedAtMs
      if (startedAtMs.length >= SUBSCRIBES_PER_MINUTE && oldestMs !== undefined) {
        return oldestMs + WINDOW_MS - nowMs + 1
      }
      const spent = guarded(() => shared?.spend.spentSince(bucket, clock.now() - WINDOW_MS)) ?? 0
      return spent >= SUBSCRIBES_PER_MINUTE ? LOOK_AGAIN_MS : 0
    },
  }
}

/** A store that fails must not end the process from a timer: then only our own messages count. */
function guarded<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
