import type { Clock } from '../../ports.ts'

export interface ExecutionQueue<T> {
  /** Runs the item when the monotonic clock reaches `dueMs`; equal times keep the order of adding. */
  add(dueMs: number, item: T): void
  size(): number
}

/** One line in front of the sequencer. Late timers do not change the order. */
export function createExecutionQueue<T>(clock: Clock, run: (item: T) => void): ExecutionQueue<T> {
  const waiting: { readonly dueMs: number; readonly item: T }[] = []

  const runDue = () => {
    const nowMs = clock.monotonicMs()
    for (let next = waiting[0]; next !== undefined && next.dueMs <= nowMs; next = waiting[0]) {
      waiting.shift()
      run(next.item)
    }
    // Timers may fire a fraction early on a real clock.
    const rest = waiting[0]
    if (rest !== undefined && rest.dueMs - nowMs < 1) clock.setTimer(rest.dueMs - nowMs, runDue)
  }
  return {
    add(dueMs, item) {
      let at = waiting.length
      while (at > 0 && (waiting[at - 1]?.dueMs ?? dueMs) > dueMs) at -= 1
      waiting.splice(at, 0, { dueMs, item })
      clock.setTimer(dueMs - clock.monotonicMs(), runDue)
    },
    size: () => waiting.length,
  }
}
