import { closeSync, constants, openSync, writeSync } from 'node:fs'

/** A terminal as a file of our own, that never makes a thread wait inside the kernel. */
export interface TerminalOutput {
  /**
   * Writes all of it, waiting in small steps while the terminal takes nothing. False when `isOver` ended it before.
   * @throws the system's error when the terminal is gone (EIO, EPIPE)
   */
  write(text: string, isOver: (waitedMs: number) => boolean): boolean
  close(): void
}

const STEP_MS = 5

/**
 * Opens the terminal behind standard output once more. Standard output itself blocks: a terminal that takes nothing (a
 * dead SSH line, a stopped `script`) would hold the thread for ever, also the whole process at its end, since Node waits
 * for its threads.
 */
export function openTerminal(paths: readonly string[] = TERMINAL_PATHS): TerminalOutput {
  const fd = openFirst(paths)
  const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  return {
    write(text, isOver) {
      let bytes = Buffer.from(text)
      let waitedMs = 0
      while (bytes.length > 0) {
        if (isOver(waitedMs)) return false
        const written = writeSome(fd ?? STANDARD_OUTPUT, bytes)
        bytes = bytes.subarray(written)
        if (written > 0) continue
        Atomics.wait(sleeper, 0, 0, STEP_MS)
        waitedMs += STEP_MS
      }
      return true
    },
    close() {
      if (fd !== undefined) closeSync(fd)
    },
  }
}

const STANDARD_OUTPUT = 1
/** Linux opens the terminal itself behind the first name; elsewhere the second is the controlling terminal. */
const TERMINAL_PATHS = ['/proc/self/fd/1', '/dev/tty']

function openFirst(paths: readonly string[]): number | undefined {
  for (const path of paths) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    } catch {
      continue
    }
  }
  return undefined
}

function writeSome(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
    throw error
  }
}
