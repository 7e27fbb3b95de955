/**
 * Requests counted before they leave, per owner (L1) address and per egress, over a rolling minute that all processes
 * share (DESIGN.md section 5; PROTOCOL.md section 9). The last part of a bucket is kept for closing (rule 11).
 * @module
 */
import type { Clock, Logger, RequestBudget, SpendPriority, SpendStore } from '../ports.ts'
import {
  type Bucket,
  type BudgetAccount,
  type Counted,
  createBuckets,
  egressKey,
  ownerKey,
  UNKNOWN_OWNER,
  usableOf,
} from './budget-buckets.ts'
import { DOCUMENTED_LIMITS, type RequestLimits } from './request-limits.ts'
import { type LimitCause, createBucketClosures } from './bucket-closures.ts'
import { createSpendLedger } from './spend-ledger.ts'

/** What a budget needs. */
export interface BudgetOptions {
  readonly clock: Clock
  readonly spend: SpendStore
  readonly logger: Logger
  readonly accounts: readonly BudgetAccount[]
  /** Default: as documented. */
  readonly limits?: RequestLimits
}

/** How a request is counted. */
export interface Spending extends Counted {
  readonly priority: SpendPriority
}

/** Counts requests before they leave. */
export interface Budget {
  /** Counts what it costs and returns undefined, or counts nothing and says which limit is reached. */
  trySpend(spending: Spending): string | undefined
  /** The venue refused it for its limit: its buckets are empty for a while, for all but what closes. */
  noteLimited(spending: Counted, cause: LimitCause): void
  /** The venue served it. */
  noteServed(spending: Counted): void
  /**
   * Units left for this priority in the owner's bucket, now or at a later time if nothing is spent until then. A full
   * egress does not count: with a token the same send goes over REST, where only the owner counts.
   */
  unitsLeft(account: string, priority: SpendPriority, atMs?: number): number
  /** Moves an account into its owner's bucket, with what it spent in the last minute. */
  setOwner(account: string, l1Address: string): void
  /** A paid tier has other limits. */
  setTier(account: string, tier: string): void
  unitsSpent(): ReadonlyMap<string, number>
  /** One for each owner, by the bucket that sends are counted in. */
  budgets(): readonly RequestBudget[]
}

/** Name under which requests without an account are reported. */
export const MARKET_DATA = 'market data'

/** Creates the budget of one run. */
export function createBudget(options: BudgetOptions): Budget {
  const { accounts, clock } = options
  const totals = new Map<string, number>()
  const ledger = createSpendLedger(options)
  const buckets = createBuckets(accounts, options.limits ?? DOCUMENTED_LIMITS)
  const gates = createGates(clock, buckets.of)
  const leftIn = (bucket: Bucket, priority: SpendPriority, atMs = clock.now()): number =>
    Math.max(0, usableOf(bucket, priority) - ledger.spent(bucket.key, atMs))
  return {
    noteLimited: gates.close,
    noteServed: gates.served,
    trySpend(spending) {
      const closed = gates.closedText(spending)
      if (closed !== undefined) return closed
      const counting = buckets.of(spending)
      const full = counting.find((bucket) => leftIn(bucket, spending.priority) < bucket.cost)
      if (full !== undefined) return fullText(full, ledger.spent(full.key))
      const account = spending.account ?? MARKET_DATA
      for (const { key, cost } of counting) {
        ledger.add({ bucket: key, account, units: cost, atMs: clock.now() })
      }
      totals.set(account, (totals.get(account) ?? 0) + 1)
      return undefined
    },
    unitsLeft(account, priority, atMs = clock.now()) {
      const counted = sendOf(accounts, account)
      if (gates.waitMs({ ...counted, priority }, atMs) > 0) return 0
      return Math.min(...buckets.of(counted).map((bucket) => leftIn(bucket, priority, atMs)))
    },
    setOwner(account, l1Address) {
      const from = buckets.setOwner(account, l1Address)
      // What was spent before the owner was known counts for the owner too.
      if (from === UNKNOWN_OWNER) ledger.copy({ account, from, to: ownerKey(l1Address) })
    },
    setTier: buckets.setTier,
    unitsSpent: () => totals,
    budgets: () =>
      buckets.sendBuckets().map(({ owner, bucket }) => ({
        owner,
        left: leftIn(bucket, 'close'),
        limit: bucket.limit,
        closedForMs: gates.bucketWaitMs(bucket.key, clock.now()),
      })),
  }
}

function fullText({ key, limit }: Bucket, spent: number): string {
  return `${spent} of ${limit} requests of "${key}" are used in this minute`
}

/** A send over REST: with a token, where only the owner counts. */
function sendOf(accounts: readonly BudgetAccount[], account: string): Counted {
  const egress = accounts.find(({ ref }) => ref.name === account)?.ref.egress ?? ''
  return { account, egress, isAuthenticated: true, isSend: true }
}

interface Gates {
  close(counted: Counted, cause: LimitCause): void
  served(counted: Counted): void
  /** Until the venue may be asked again; nothing that closes waits. */
  waitMs(spending: Spending, atMs: number): number
  closedText(spending: Spending): string | undefined
  bucketWaitMs(key: string, atMs: number): number
}

/** What the venue called empty. The firewall looks at addresses, with a token or without. */
function createGates(clock: Clock, bucketsOf: (counted: Counted) => readonly Bucket[]): Gates {
  const closures = createBucketClosures()
  const keysOf = (counted: Counted): readonly string[] => [
    egressKey(counted.egress),
    ...bucketsOf(counted).map(({ key }) => key),
  ]
  const longest = ({ priority, ...counted }: Spending, atMs: number): readonly [string, number] => {
    const waits = keysOf(counted).map((key) => [key, closures.waitMs(key, atMs)] as const)
    const none = ['', 0] as const
    if (priority === 'close') return none
    return waits.reduce((most, each) => (each[1] > most[1] ? each : most), none)
  }
  return {
    close(counted, cause) {
      const buckets = bucketsOf(counted).map(({ key }) => key)
      const keys = cause === 'firewall' ? [egressKey(counted.egress)] : buckets
      for (const key of keys) closures.close(key, cause, clock.now())
    },
    served(counted) {
      for (const key of keysOf(counted)) closures.served(key)
    },
    waitMs: (spending, atMs) => longest(spending, atMs)[1],
    bucketWaitMs: closures.waitMs,
    closedText(spending) {
      const [key, waitMs] = longest(spending, clock.now())
      if (waitMs === 0) return undefined
      const seconds = (waitMs / 1000).toFixed(1)
      return `the exchange refused requests of "${key}" for its limit: ${seconds} s to wait`
    },
  }
}
