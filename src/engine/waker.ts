import type { Clock } from '../ports.ts'

/** Lets loops sleep until something happens. */
export interface Waker {
  /** Wakes those who wait for this key, or everybody. */
  wake(key?: string): void
  /** Resolves on the next `wake` of everybody or of this key, or after `ms`. */
  wait(ms: number, key?: string): Promise<void>
}

/** Creates a waker on a clock. */
export function createWaker(clock: Clock): Waker {
  const sleepers = new Map<() => void, string | undefined>()
  return {
    wake(key) {
      for (const [wakeUp, waitsFor] of sleepers) {
        if (key === undefined || waitsFor === key) wakeUp()
      }
    },
    wait: (ms, key) =>
      new Promise((resolve) => {
        const wakeUp = () => {
          sleepers.delete(wakeUp)
          cancel()
          resolve()
        }
        const cancel = clock.setTimer(ms, wakeUp)
        sleepers.set(wakeUp, key)
      }),
  }
}
