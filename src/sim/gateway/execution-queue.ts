import type { Clock } from '../../ports.ts'

export interface ExecutionQueue<T> {
  /** Runs the item when the monotonic clock reaches `dueMs`; equal times keep the order of adding. */
  add(dueMs: number, item: T): void
  size(): number
  /** Nothing runs any more. */
  close(): void
}

/** One line in front of the sequencer. Late or early timers do not change the order, and nothing is left behind. */
export function createExecutionQueue<T>(clock: Clock, run: (item: T) => void): ExecutionQueue<T> {
  let waiting: { readonly dueMs: number; readonly item: T }[] = []
  let armed: { readonly dueMs: number; cancel(): void } | undefined

  /** Real timers count from the start of the turn that set them: they fire early by as long as it had been running. */
  const armForHead = () => {
    const head = waiting[0]
    if (head === undefined || (armed !== undefined && armed.dueMs <= head.dueMs)) return
    armed?.cancel()
    const cancel = clock.setTimer(head.dueMs - clock.monotonicMs(), () => {
      armed = undefined
      runDue()
    })
    armed = { dueMs: head.dueMs, cancel }
  }
  const runDue = () => {
    const nowMs = clock.monotonicMs()
    for (let next = waiting[0]; next !== undefined && next.dueMs <= nowMs; next = waiting[0]) {
      waiting.shift()
      run(next.item)
    }
    armForHead()
  }
  return {
    add(dueMs, item) {
      let at = waiting.length
      while (at > 0 && (waiting[at - 1]?.dueMs ?? dueMs) > dueMs) at -= 1
      waiting.splice(at, 0, { dueMs, item })
      armForHead()
    },
    size: () => waiting.length,
    close() {
      armed?.cancel()
      armed = undefined
      waiting = []
    },
  }
}
