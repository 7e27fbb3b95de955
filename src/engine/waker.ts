import type { AccountLink, Clock } from '../ports.ts'

/** Lets loops sleep until something happens. */
export interface Waker {
  /** Wakes those who wait for this key and those who wait for anything; without a key everybody. */
  wake(key?: string): void
  /** Resolves on the next `wake` of everybody or of one of these keys, of any where none is given, or after `ms`. */
  wait(ms: number, keys?: readonly string[]): Promise<void>
}

/** Whoever waits for news of an account waits for this. */
export function accountKey(accountIndex: number): string {
  return `account/${accountIndex}`
}

/** Every change of an account wakes those who wait for it, until the returned function is called. */
export function wakeOnChange(waker: Waker, link: AccountLink): () => void {
  const key = accountKey(link.ref.accountIndex)
  return link.onChange(() => waker.wake(key))
}

/** Waits for whatever happens. */
const ANYTHING = ['*'] as const

/** Creates a waker on a clock. */
export function createWaker(clock: Clock): Waker {
  const sleepers = new Map<string, Set<() => void>>()
  const wakeThose = (key: string): void => {
    for (const wakeUp of sleepers.get(key) ?? []) wakeUp()
  }
  return {
    wake(key) {
      if (key === undefined) for (const each of sleepers.keys()) wakeThose(each)
      else {
        wakeThose(key)
        wakeThose(ANYTHING[0])
      }
    },
    wait: (ms, keys = ANYTHING) =>
      new Promise((resolve) => {
        const wakeUp = (): void => {
          for (const key of keys) forget(sleepers, key, wakeUp)
          cancel()
          resolve()
        }
        const cancel = clock.setTimer(ms, wakeUp)
        for (const key of keys) {
          const known = sleepers.get(key)
          if (known === undefined) sleepers.set(key, new Set([wakeUp]))
          else known.add(wakeUp)
        }
      }),
  }
}

function forget(sleepers: Map<string, Set<() => void>>, key: string, wakeUp: () => void): void {
  const known = sleepers.get(key)
  known?.delete(wakeUp)
  if (known?.size === 0) sleepers.delete(key)
}
