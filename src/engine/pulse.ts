/**
 * Notices that this process stood still (SIGSTOP, a sleeping machine, a blocked event loop) or that the wall clock was
 * set: what it knew before is not what is (DESIGN.md section 3, "Lanes, owners, fencing").
 * @module
 */
import type { Clock } from '../ports.ts'

/** What happened, milliseconds. */
export interface Stall {
  /** How long nothing ran. */
  readonly stoodMs: number
  /** How far the wall clock was set beside it; 0 for a mere stall. */
  readonly jumpedMs: number
}

export interface Pulse {
  /**
   * Milliseconds for which nothing may be decided yet; 0: go on. It looks for itself: after a stall, frames that piled
   * up may be handled before any timer is.
   */
  restMs(): number
  stop(): void
}

const BEAT_MS = 200
/** Above this a process doubts itself. */
const STALL_MS = 1_000
/** What piled up meanwhile is read within this time; then it is known what is. */
const REST_MS = 300

/** Starts beating. `onStall` is called once for each stall, before anybody is told to rest. */
export function createPulse(clock: Clock, onStall: (stall: Stall) => void): Pulse {
  let lastMs = clock.monotonicMs()
  let lastWallMs = clock.now()
  let restUntilMs = 0
  const look = (): void => {
    const nowMs = clock.monotonicMs()
    const stoodMs = nowMs - lastMs
    const jumpedMs = clock.now() - lastWallMs - stoodMs
    lastMs = nowMs
    lastWallMs = clock.now()
    if (stoodMs <= BEAT_MS + STALL_MS && Math.abs(jumpedMs) <= STALL_MS) return
    restUntilMs = nowMs + REST_MS
    onStall({ stoodMs, jumpedMs: Math.abs(jumpedMs) <= STALL_MS ? 0 : jumpedMs })
  }
  let cancel = (): void => undefined
  const beat = (): void => {
    look()
    cancel = clock.setTimer(BEAT_MS, beat)
  }
  beat()
  return {
    restMs() {
      look()
      return Math.max(0, restUntilMs - clock.monotonicMs())
    },
    stop: () => cancel(),
  }
}
