import type { Clock } from '../../ports.ts'

/** How long a wait may take, and who may end it earlier. */
export interface Patience {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The two ends of a wait; only the first call counts. */
export interface WaitEnds<T> {
  resolve(value: T): void
  reject(error: Error): void
}

/**
 * Waits for something that calls back. However it ends, the timer and every listener are gone afterwards: `start`
 * returns what takes its own ones away. Rejects with `late()` after the deadline and with the signal's reason.
 */
export function waitWithin<T>(
  { clock, timeoutMs, signal }: Patience,
  late: () => Error,
  start: (ends: WaitEnds<T>) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false
    let stop: (() => void) | undefined
    const end = (finish: () => void): void => {
      if (isOver) return
      isOver = true
      cancelTimer()
      signal.removeEventListener('abort', onAbort)
      stop?.()
      finish()
    }
    const onAbort = (): void => end(() => reject(reasonOf(signal)))
    const cancelTimer = clock.setTimer(timeoutMs, () => end(() => reject(late())))
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) {
      onAbort()
      return
    }
    stop = start({
      resolve: (value) => end(() => resolve(value)),
      reject: (error) => end(() => reject(error)),
    })
    // It may have ended before there was anything to take away.
    if (isOver) stop()
  })
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('aborted')
}
