/**
 * SIGSTOP and SIGCONT for one process on the virtual clock: while it is suspended nothing of it runs. What arrives for it
 * piles up and is handled first when it goes on, in order; then its timers that were due, in the order of their time.
 */
import type { Clock, Transport, VenueSocketHandlers } from '../../../../src/ports.ts'

export interface Suspension {
  /** The process's clock. */
  readonly clock: Clock
  /** The process's way to the venue. */
  wrap<T extends Transport>(transport: T): T
  suspend(): void
  resume(): void
}

/** Creates the switch of one process that runs. */
export function createSuspension(clock: Clock): Suspension {
  const arrivals: (() => void)[] = []
  const timers: (() => void)[] = []
  let state: 'running' | 'suspended' | 'resuming' = 'running'
  const through = (queue: (() => void)[], run: () => void): void => {
    if (state === 'running') run()
    else queue.push(run)
  }
  const pump = (): void => {
    if (state !== 'resuming') return
    const next = arrivals.shift() ?? timers.shift()
    if (next === undefined) {
      state = 'running'
      return
    }
    next()
    clock.setTimer(0, pump)
  }
  const setTimer: Clock['setTimer'] = (ms, callback) => {
    let isCancelled = false
    const cancel = clock.setTimer(ms, () =>
      through(timers, () => {
        if (!isCancelled) callback()
      }),
    )
    return () => {
      isCancelled = true
      cancel()
    }
  }
  const own: Clock = {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer,
    sleep: (ms, signal) => sleepBy(setTimer, ms, signal),
  }
  const heldBack = async <T>(work: Promise<T>): Promise<T> => {
    const settle = (): Promise<void> =>
      new Promise((resolve) => {
        through(arrivals, resolve)
      })
    return work.then(
      async (value) => {
        await settle()
        return value
      },
      async (error: unknown) => {
        await settle()
        throw error
      },
    )
  }
  const gated = (handlers: VenueSocketHandlers): VenueSocketHandlers => ({
    onOpen: () => through(arrivals, () => handlers.onOpen()),
    onMessage: (text) => through(arrivals, () => handlers.onMessage(text)),
    onPong: () => through(arrivals, () => handlers.onPong()),
    onClose: (close) => through(arrivals, () => handlers.onClose(close)),
  })
  return {
    clock: own,
    wrap: (transport) => ({
      ...transport,
      request: (request) => heldBack(transport.request(request)),
      connect: (handlers) => transport.connect(gated(handlers)),
    }),
    suspend() {
      state = 'suspended'
    },
    resume() {
      if (state !== 'suspended') return
      state = 'resuming'
      pump()
    },
  }
}

function sleepBy(
  setTimer: Clock['setTimer'],
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      cancel()
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    const cancel = setTimer(ms, () => {
      signal?.removeEventListener('abort', fail)
      resolve()
    })
    if (signal?.aborted === true) fail()
    else signal?.addEventListener('abort', fail, { once: true })
  })
}
