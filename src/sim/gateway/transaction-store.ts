import type { Clock } from '../../ports.ts'
import { createBoundedLog, type BoundedLog } from '../core/bounded-log.ts'
import { TX_STATUS, type TransactionRecord } from './transaction-record.ts'

/** What all records together may take, bytes: some ten thousand orders. */
const MAX_BYTES = 18_000_000
/** Hash, indexes, numbers and the event text, which comes later. */
const BYTES_PER_RECORD = 1_400
const MAX_PER_ACCOUNT = 1_000

export interface TransactionStore {
  add(record: TransactionRecord): void
  /** The sequencer has numbered an accepted transaction. */
  sequenced(hash: string, sequenceIndex: number): void
  /** The record itself, as the venue's own parts see it. */
  get(hash: string): TransactionRecord | undefined
  /** What a query shows: nothing, or still pending, until the lag has passed. */
  shownByHash(hash: string): TransactionRecord | undefined
  shownBySequence(sequenceIndex: number): TransactionRecord | undefined
  /** Newest first, bounded. */
  ofAccount(accountIndex: number): readonly TransactionRecord[]
  /**
   * Transactions that queries show as handled, by falling sequence index, from below `belowSequence` on, at most
   * `limit`; of one account if it is given.
   */
  shownBelow(
    belowSequence: number,
    limit: number,
    isWanted: (record: TransactionRecord) => boolean,
  ): readonly TransactionRecord[]
}

/** Creates an empty store whose queries are `lagMs` behind; the oldest records give way (PROTOCOL.md section 2.1, tx). */
export function createTransactionStore(clock: Clock, lagMs: number): TransactionStore {
  const byHash = new Map<string, TransactionRecord>()
  const bySequence = new Map<number, TransactionRecord>()
  /** Hashes, so that a quiet account's list does not keep what the store has forgotten. */
  const byAccount = new Map<number, BoundedLog<string>>()
  let bytes = 0

  const show = (record: TransactionRecord | undefined) =>
    record === undefined ? undefined : shownAt(record, clock.monotonicMs() - lagMs)
  const arrivals = createArrivals()
  const forgetOldest = () => {
    while (bytes > MAX_BYTES) {
      const oldest = arrivals.take()
      if (oldest === undefined) return
      if (byHash.get(oldest.hash) === oldest) byHash.delete(oldest.hash)
      bySequence.delete(oldest.sequenceIndex)
      bytes -= bytesOf(oldest)
    }
  }
  return {
    add(record) {
      byHash.set(record.hash, record)
      arrivals.push(record)
      bytes += bytesOf(record)
      forgetOldest()
      const list = byAccount.get(record.accountIndex) ?? createBoundedLog<string>(MAX_PER_ACCOUNT)
      list.push(record.hash)
      byAccount.set(record.accountIndex, list)
    },
    sequenced(hash, sequenceIndex) {
      const record = byHash.get(hash)
      if (record !== undefined) bySequence.set(sequenceIndex, record)
    },
    get: (hash) => byHash.get(hash),
    shownByHash: (hash) => show(byHash.get(hash)),
    shownBySequence: (sequenceIndex) => show(bySequence.get(sequenceIndex)),
    ofAccount: (accountIndex) =>
      (byAccount.get(accountIndex)?.newest() ?? []).flatMap((hash) => byHash.get(hash) ?? []),
    shownBelow(belowSequence, limit, isWanted) {
      const found: TransactionRecord[] = []
      const lowest = firstKey(bySequence)
      for (let at = Math.min(belowSequence, lowest + bySequence.size) - 1; at >= lowest; at -= 1) {
        if (found.length === limit) break
        const record = show(bySequence.get(at))
        if (isHandled(record) && isWanted(record)) found.push(record)
      }
      return found
    },
  }
}

/** Nothing before it was accepted, pending until it was settled. */
function shownAt(record: TransactionRecord, seenAtMs: number): TransactionRecord | undefined {
  if (record.acceptedMonotonicMs > seenAtMs) return undefined
  if (record.settledMonotonicMs <= seenAtMs) return record
  return { ...record, status: TX_STATUS.pending, eventInfo: '', executedAtMs: 0 }
}

function bytesOf(record: TransactionRecord): number {
  return record.info.length + BYTES_PER_RECORD
}

function isHandled(record: TransactionRecord | undefined): record is TransactionRecord {
  return record !== undefined && record.status !== TX_STATUS.pending
}

/** Sequence indexes rise without gaps: everything from the first key on is there. */
function firstKey(map: ReadonlyMap<number, unknown>): number {
  for (const key of map.keys()) return key
  return Infinity
}

/** Records in order of arrival: a map whose first entries are deleted one by one is slow to begin with. */
function createArrivals() {
  let records: (TransactionRecord | undefined)[] = []
  let head = 0
  return {
    push: (record: TransactionRecord): void => void records.push(record),
    take(): TransactionRecord | undefined {
      const oldest = records[head]
      if (oldest === undefined) return undefined
      records[head] = undefined
      head += 1
      if (head > records.length / 2) {
        records = records.slice(head)
        head = 0
      }
      return oldest
    },
  }
}
