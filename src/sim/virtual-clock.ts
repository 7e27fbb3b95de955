/**
 * A clock that moves only when told: timers and sleeps fire in order of their time, and between two of them every
 * promise that can settle has settled. Production code runs on it unchanged.
 * @module
 */
import type { Clock } from '../ports.ts'
import { createTimerHeap } from './timer-heap.ts'

export interface VirtualClock extends Clock {
  /** Runs everything due within the next `ms` and ends exactly there. */
  advance(ms: number): Promise<void>
  /** Runs timers until the promise settles; rejects when nothing is left to run or `limitMs` has passed. */
  runUntil<T>(work: Promise<T>, limitMs?: number): Promise<T>
  /** Moves the wall clock alone, as an administrator or NTP would. */
  jumpWall(ms: number): void
  /** Timers that wait. */
  pendingCount(): number
}

/** Creates a virtual clock that shows `startMs` (milliseconds since 1970). */
export function createVirtualClock(startMs = Date.UTC(2026, 10, 1)): VirtualClock {
  let elapsedMs = 0
  let wallOffsetMs = startMs
  let nextOrder = 0
  const timers = createTimerHeap()
  const setTimer = (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: elapsedMs + Math.max(0, ms), order: nextOrder++, callback }
    timers.add(timer)
    return () => timers.remove(timer)
  }
  const fireNext = (untilMs: number): boolean => {
    const next = timers.takeDue(untilMs)
    if (next === undefined) return false
    elapsedMs = Math.max(elapsedMs, next.atMs)
    next.callback()
    return true
  }
  return {
    // Whole milliseconds, as the real one: fractions are for timers.
    now: () => Math.floor(wallOffsetMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    setTimer,
    sleep: (ms, signal) => sleepOn(setTimer, ms, signal),
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await settleMicrotasks()
      while (fireNext(untilMs)) await settleMicrotasks()
      elapsedMs = untilMs
    },
    runUntil: (work, limitMs = 3_600_000) => {
      const untilMs = elapsedMs + limitMs
      return settleBy(work, () => fireNext(untilMs))
    },
    jumpWall(ms) {
      wallOffsetMs += ms
    },
    pendingCount: () => timers.size(),
  }
}

function sleepOn(
  setTimer: Clock['setTimer'],
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal))
      return
    }
    const onAbort = () => {
      cancel()
      if (signal !== undefined) reject(abortReason(signal))
    }
    const cancel = setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Fires timers until the work settles; rejects when there is none left to fire in time. */
async function settleBy<T>(work: Promise<T>, fireNext: () => boolean): Promise<T> {
  const state = { isSettled: false }
  const settled = work.finally(() => {
    state.isSettled = true
  })
  settled.catch(() => undefined)
  await settleMicrotasks()
  while (!state.isSettled) {
    if (!fireNext()) throw new Error('virtual clock: no timer is left that could settle the work')
    await settleMicrotasks()
  }
  return settled
}

/** One turn of the event loop: all promise callbacks that are ready run first. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
