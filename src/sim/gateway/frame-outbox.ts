import type { Clock, Rng } from '../../ports.ts'

/** Sends frames of one socket. Frames of one lane keep their order; lanes overtake each other. */
export interface FrameOutbox {
  push(lane: string, frame: string, options?: PushOptions): void
  close(): void
}

export interface PushOptions {
  /** Delay on top of the jitter. */
  readonly extraMs?: number
  /** Runs when the frame has gone. */
  readonly onSent?: () => void
}

export interface FrameOutboxOptions {
  readonly clock: Clock
  readonly rng: Rng
  /** Largest delay of a frame; 0 sends at once and in order. */
  readonly jitterMs: number
  send(frame: string): void
}

interface Lane {
  readonly waiting: (() => void)[]
  /** Monotonic time before which the next frame must not go. */
  dueMs: number
}

/** Creates the outbox of a socket. */
export function createFrameOutbox({ clock, rng, jitterMs, send }: FrameOutboxOptions): FrameOutbox {
  const lanes = new Map<string, Lane>()
  const timers = new Set<() => void>()
  let isClosed = false

  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? { waiting: [], dueMs: 0 }
    lanes.set(name, lane)
    return lane
  }
  const release = (name: string, lane: Lane) => {
    // Whichever timer fires first, the oldest frame goes first.
    lane.waiting.shift()?.()
    if (lane.waiting.length === 0) lanes.delete(name)
  }
  return {
    push(name, frame, { extraMs = 0, onSent } = {}) {
      if (isClosed) return
      const deliver = () => {
        send(frame)
        onSent?.()
      }
      const nowMs = clock.monotonicMs()
      const spreadMs = jitterMs === 0 ? 0 : jitterMs * rng.nextFloat()
      const lane = laneOf(name)
      lane.dueMs = Math.max(nowMs + spreadMs + extraMs, lane.dueMs)
      if (lane.dueMs <= nowMs && lane.waiting.length === 0) {
        lanes.delete(name)
        deliver()
        return
      }
      lane.waiting.push(deliver)
      const cancel = clock.setTimer(lane.dueMs - nowMs, () => {
        timers.delete(cancel)
        release(name, lane)
      })
      timers.add(cancel)
    },
    close() {
      isClosed = true
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
