/**
 * Requests of the last minute, by bucket: our own exactly, those of other processes through the shared store.
 * @module
 */
import type { Clock, Logger, SpendStore } from '../ports.ts'

/** The minute over which requests are counted. */
export const WINDOW_MS = 60_000

interface LedgerOptions {
  readonly clock: Clock
  readonly spend: SpendStore
  readonly logger: Logger
}

/** What was spent at once. */
interface Entry {
  readonly bucket: string
  readonly account: string
  readonly units: number
  readonly atMs: number
}

/** What was spent in the last minute. */
export interface SpendLedger {
  add(entry: Entry): void
  /** In the minute that ends then; default now. What is spent until then is not known. */
  spent(bucket: string, atMs?: number): number
  copy(move: { readonly account: string; readonly from: string; readonly to: string }): void
}

/**
 * The shared store, with our own entries of the last minute beside it: a store that fails must not stop a close. What is
 * added counts at once; the store hears of it right after the turn that spends, since each of its writes is a commit
 * (measured: 0.1 ms) that a send would wait for. A process that dies in between leaves out what it has just sent.
 */
export function createSpendLedger({ clock, spend, logger }: LedgerOptions): SpendLedger {
  let own: Entry[] = []
  let unwritten: Entry[] = []
  const shared = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      logger.error('requests cannot be counted across processes', { error })
      return undefined
    }
  }
  const write = (): void => {
    const entries = unwritten
    unwritten = []
    for (const { bucket, units, atMs } of entries) {
      shared(() => spend.record({ bucket, units, atMs }))
    }
  }
  const add = (entry: Entry): void => {
    own = own.filter(({ atMs }) => atMs > clock.now() - WINDOW_MS)
    own.push(entry)
    unwritten.push(entry)
    if (unwritten.length === 1) queueMicrotask(write)
  }
  return {
    add,
    spent(bucket, atMs = clock.now()) {
      const sinceMs = atMs - WINDOW_MS
      const ours = countOf(own, bucket, sinceMs)
      const written = shared(() => spend.spentSince(bucket, sinceMs)) ?? 0
      return Math.max(ours, written + countOf(unwritten, bucket, sinceMs))
    },
    copy({ account, from, to }) {
      const moved = own.filter((entry) => entry.bucket === from && entry.account === account)
      for (const entry of moved) add({ ...entry, bucket: to })
    },
  }
}

function countOf(entries: readonly Entry[], bucket: string, sinceMs: number): number {
  return entries
    .filter((entry) => entry.bucket === bucket && entry.atMs > sinceMs)
    .reduce((sum, { units }) => sum + units, 0)
}
