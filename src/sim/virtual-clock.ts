/**
 * A clock that moves only when told: timers and sleeps fire in order of their time, and between two of them every
 * promise that can settle has settled. Production code runs on it unchanged.
 * @module
 */
import type { Clock } from '../ports.ts'

interface VirtualTimer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

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
  const heap: VirtualTimer[] = []

  const setTimer = (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: elapsedMs + Math.max(0, ms), order: nextOrder++, callback }
    push(heap, timer)
    return () => {
      const at = heap.indexOf(timer)
      if (at >= 0) removeAt(heap, at)
    }
  }

  const fireNext = (untilMs: number): boolean => {
    const next = heap[0]
    if (next === undefined || next.atMs > untilMs) return false
    removeAt(heap, 0)
    elapsedMs = Math.max(elapsedMs, next.atMs)
    next.callback()
    return true
  }

  return {
    // Whole milliseconds, as the real one: fractions are for timers.
    now: () => Math.floor(wallOffsetMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
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
      }),
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await settleMicrotasks()
      while (fireNext(untilMs)) await settleMicrotasks()
      elapsedMs = untilMs
    },
    async runUntil(work, limitMs = 3_600_000) {
      const untilMs = elapsedMs + limitMs
      let isSettled = false
      const settled = work.finally(() => {
        isSettled = true
      })
      settled.catch(() => undefined)
      await settleMicrotasks()
      while (!isSettled) {
        if (!fireNext(untilMs)) {
          throw new Error(
            `virtual clock: nothing settled the work within ${limitMs} ms (${heap.length} timers left)`,
          )
        }
        await settleMicrotasks()
      }
      return settled
    },
    jumpWall(ms) {
      wallOffsetMs += ms
    },
    pendingCount: () => heap.length,
  }
}

/** One turn of the event loop: all promise callbacks that are ready run first. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** Binary heap: a day of one-second ticks over many sockets must stay cheap. */
function push(heap: VirtualTimer[], timer: VirtualTimer): void {
  heap.push(timer)
  siftUp(heap, heap.length - 1)
}

function removeAt(heap: VirtualTimer[], at: number): void {
  const last = heap.pop()
  if (last === undefined || at >= heap.length) return
  heap[at] = last
  siftUp(heap, at)
  siftDown(heap, at)
}

function siftUp(heap: VirtualTimer[], start: number): void {
  let at = start
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!swapIfBefore(heap, at, above)) return
    at = above
  }
}

function siftDown(heap: VirtualTimer[], start: number): void {
  let at = start
  for (;;) {
    const left = 2 * at + 1
    const a = heap[left]
    if (a === undefined) return
    const b = heap[left + 1]
    const child = b !== undefined && isBefore(b, a) ? left + 1 : left
    if (!swapIfBefore(heap, child, at)) return
    at = child
  }
}

/** Swaps the timers at `first` and `second` when the first comes earlier; says whether it did. */
function swapIfBefore(heap: VirtualTimer[], first: number, second: number): boolean {
  const a = heap[first]
  const b = heap[second]
  if (a === undefined || b === undefined || !isBefore(a, b)) return false
  heap[first] = b
  heap[second] = a
  return true
}
