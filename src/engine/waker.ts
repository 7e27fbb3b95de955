import type { Clock } from '../ports.ts'

/** Lets loops sleep until something happens. */
export interface Waker {
  /** Wakes everybody who waits now. */
  wake(): void
  /** Resolves on the next `wake`, or after `ms`. */
  wait(ms: number): Promise<void>
}

/** Creates a waker on a clock. */
export function createWaker(clock: Clock): Waker {
  let sleepers: (() => void)[] = []
  return {
    wake() {
      const woken = sleepers
      sleepers = []
      for (const sleeper of woken) sleeper()
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const cancel = clock.setTimer(ms, resolve)
        sleepers.push(() => {
          cancel()
          resolve()
        })
      }),
  }
}
