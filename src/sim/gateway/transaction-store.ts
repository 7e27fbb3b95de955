import type { Clock } from '../../ports.ts'
import { TX_STATUS, type TransactionRecord } from './transaction-record.ts'

/** Records kept before the oldest is forgotten. */
const MAX_RECORDS = 100_000
const MAX_PER_ACCOUNT = 500

export interface TransactionStore {
  add(record: TransactionRecord): void
  /** The record itself, as the venue's own parts see it. */
  get(hash: string): TransactionRecord | undefined
  /** What a query shows: nothing, or still pending, until the lag has passed. */
  shownByHash(hash: string): TransactionRecord | undefined
  shownBySequence(sequenceIndex: number): TransactionRecord | undefined
  /** Newest first, bounded. */
  ofAccount(accountIndex: number): readonly TransactionRecord[]
}

/** Creates an empty store whose queries are `lagMs` behind. */
export function createTransactionStore(clock: Clock, lagMs: number): TransactionStore {
  const byHash = new Map<string, TransactionRecord>()
  const byAccount = new Map<number, TransactionRecord[]>()
  const shown = (record: TransactionRecord | undefined): TransactionRecord | undefined => {
    const seenAtMs = clock.monotonicMs() - lagMs
    if (record === undefined || record.acceptedMonotonicMs > seenAtMs) return undefined
    if (record.settledMonotonicMs <= seenAtMs) return record
    return { ...record, status: TX_STATUS.pending, eventInfo: '', executedAtMs: 0 }
  }
  return {
    add(record) {
      byHash.set(record.hash, record)
      if (byHash.size > MAX_RECORDS) {
        for (const oldest of byHash.keys()) {
          byHash.delete(oldest)
          break
        }
      }
      const list = byAccount.get(record.accountIndex) ?? []
      list.unshift(record)
      if (list.length > MAX_PER_ACCOUNT) list.pop()
      byAccount.set(record.accountIndex, list)
    },
    get: (hash) => byHash.get(hash),
    shownByHash: (hash) => shown(byHash.get(hash)),
    shownBySequence(sequenceIndex) {
      for (const record of byHash.values()) {
        if (record.sequenceIndex === sequenceIndex) return shown(record)
      }
      return undefined
    },
    ofAccount: (accountIndex) => byAccount.get(accountIndex) ?? [],
  }
}
