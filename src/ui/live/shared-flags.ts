/**
 * The few bits that the main and the drawing thread share, so that the main thread can take the terminal back in the
 * middle of anything, also synchronously while the process ends, and knows whether the last frame is out.
 * @module
 */

const CLOSED = 0
const WRITING = 1
const POSTED = 2
const DRAWN = 3

/** Memory for one screen. */
export function createSharedFlags(): SharedFlags {
  return new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT))
}

/** Shared by reference between threads. */
export type SharedFlags = Int32Array<SharedArrayBuffer>

/** Main: from now on the drawing thread writes nothing; waits until a write under way has ended. False: it has not. */
export function takeTerminal(flags: SharedFlags, waitMs: number): boolean {
  Atomics.store(flags, CLOSED, 1)
  return (
    Atomics.load(flags, WRITING) === 0 || Atomics.wait(flags, WRITING, 1, waitMs) !== 'timed-out'
  )
}

/** Main: the drawing thread may write again. */
export function giveTerminal(flags: SharedFlags): void {
  Atomics.store(flags, CLOSED, 0)
}

/** Drawing: true when the terminal was taken away. */
export function isTaken(flags: SharedFlags): boolean {
  return Atomics.load(flags, CLOSED) === 1
}

/** Drawing: runs a write unless the terminal is taken; `takeTerminal` waits for its end. */
export function whileWriting(flags: SharedFlags, write: () => void): void {
  // Announced before looking: then either side sees the other, whatever the order.
  Atomics.store(flags, WRITING, 1)
  try {
    if (!isTaken(flags)) write()
  } finally {
    Atomics.store(flags, WRITING, 0)
    Atomics.notify(flags, WRITING)
  }
}

/** Main: a frame was handed over. */
export function countPosted(flags: SharedFlags): void {
  Atomics.add(flags, POSTED, 1)
}

/** Drawing: a frame is done with, drawn or not. */
export function countDrawn(flags: SharedFlags): void {
  Atomics.add(flags, DRAWN, 1)
}

/** Main: a frame is still under way; another one would only queue up behind a slow terminal. */
export function isBehind(flags: SharedFlags): boolean {
  return Atomics.load(flags, POSTED) !== Atomics.load(flags, DRAWN)
}
