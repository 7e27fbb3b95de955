import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../ports.ts'

/** Needs of a file that changes with the day. */
export interface DailyFileOptions {
  readonly directory: string
  readonly keepDays: number
  readonly clock: Clock
  /** Takes the secrets out: whatever reaches the disk went through it. */
  readonly scrub: (line: string) => string
  /** The first line was lost, and why. */
  readonly onDropped?: ((error: unknown) => void) | undefined
}

/** A sink for lines that starts a new file every UTC day and deletes the ones that are too old. */
export interface DailyFile {
  write(line: string): void
  /** Writes that failed so far. */
  droppedLines(): number
  close(): void
}

const DAY_MS = 86_400_000
const FILE_NAME = /^hedgebot-(\d{4}-\d{2}-\d{2})\.log$/

/** Opens nothing until the first line; files have mode 0600. Failing writes are counted, never thrown. */
export function createDailyFile(options: DailyFileOptions): DailyFile {
  let openDay = ''
  let descriptor: number | undefined
  let dropped = 0
  // A disk that fills up may take a part of a line: the next one begins on a line of its own.
  let isTorn = false

  const close = (): void => {
    const closing = descriptor
    descriptor = undefined
    if (closing !== undefined) closeSync(closing)
  }

  const descriptorOf = (day: string): number => {
    if (descriptor !== undefined && day === openDay) return descriptor
    close()
    mkdirSync(options.directory, { recursive: true, mode: 0o700 })
    descriptor = openSync(join(options.directory, `hedgebot-${day}.log`), 'a', 0o600)
    openDay = day
    deleteOldFiles(options)
    return descriptor
  }

  return {
    write: (line) => {
      try {
        const text = options.scrub(line)
        const into = descriptorOf(dayOf(options.clock.now()))
        const start = isTorn ? '\n' : ''
        isTorn = true
        writeWhole(into, start + text)
        isTorn = false
      } catch (error) {
        dropped += 1
        if (dropped === 1) options.onDropped?.(error)
      }
    },
    droppedLines: () => dropped,
    close() {
      try {
        close()
      } catch {
        // What was written is written, or was counted.
      }
    },
  }
}

/** A write may take only a part of the bytes, for example when the disk fills up. */
function writeWhole(descriptor: number, line: string): void {
  const bytes = Buffer.from(line)
  for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset)
}

/** Old files that cannot be deleted must not keep the new line from being written. */
function deleteOldFiles({ directory, keepDays, clock }: DailyFileOptions): void {
  const oldestKept = dayOf(clock.now() - (keepDays - 1) * DAY_MS)
  try {
    for (const name of readdirSync(directory)) {
      const day = FILE_NAME.exec(name)?.[1]
      if (day !== undefined && day < oldestKept) rmSync(join(directory, name), { force: true })
    }
  } catch {
    // The next day tries again.
  }
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10)
}
