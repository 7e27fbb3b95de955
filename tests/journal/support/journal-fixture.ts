import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createJournal, type JournalOptions } from '../../../src/journal/create-journal.ts'
import type { Clock, Journal, LaneKey, NewOrder, Rng } from '../../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { newOrder } from './journal-factory.ts'

/** Lease of every journal in these tests. */
export const LEASE_MS = 5_000

/** Bytes that start at a number and count up: a journal with a known instance. */
export function countingRng(start = 0x0a): Rng {
  let next = start
  return {
    nextFloat: () => 0.5,
    nextBytes: (length) => Uint8Array.from({ length }, () => next++ % 256),
  }
}

/** A folder that goes with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-journal-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** One journal file and a clock, with as many owners as a test likes. */
export interface JournalHouse {
  readonly folder: string
  readonly file: string
  readonly clock: VirtualClock
  open(ownerId: string, options?: Partial<JournalOptions>): Journal
}

/** A new journal file; every journal opened on it is closed with the test. */
export function makeHouse(): JournalHouse {
  const folder = makeFolder()
  const file = join(folder, 'net', 'journal.db')
  const clock = createVirtualClock()
  return {
    folder,
    file,
    clock,
    open: (ownerId, options) => {
      const journal = createJournal({ ...optionsOf({ file, ownerId, clock }), ...options })
      onTestFinished(() => {
        journal.close()
      })
      return journal
    },
  }
}

/** Options of a journal that a test opens. */
export function optionsOf(place: {
  readonly file: string
  readonly ownerId: string
  readonly clock: Clock
}): JournalOptions {
  const { file, ownerId, clock } = place
  return {
    file,
    clock,
    rng: countingRng(),
    owner: { ownerId, pid: process.pid, command: `test ${ownerId}` },
    leaseMs: LEASE_MS,
  }
}

/** Takes a lane and records an order in it, in one transaction. */
export function takeAndRecord(
  journal: Journal,
  key: LaneKey,
  rest: Partial<NewOrder> & Pick<NewOrder, 'runId'>,
): ReturnType<Journal['recordOrder']> {
  return journal.transaction('normal', () =>
    journal.recordOrder(newOrder(key, journal.takeLane(key), rest)),
  )
}

/** The kind and code of what `work` throws, as one word. */
export function failureOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    const { kind, code } = error as { kind?: string; code?: string }
    return `${kind}:${code}`
  }
  return 'nothing was thrown'
}
