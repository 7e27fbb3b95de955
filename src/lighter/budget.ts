/**
 * Requests counted before they leave, per owner (L1) address and per egress, over a rolling minute that all processes
 * share (DESIGN.md section 5; PROTOCOL.md section 9). The last part of a bucket is kept for closing (rule 11).
 * @module
 */
import type {
  AccountRef,
  Clock,
  Logger,
  RequestBudget,
  SpendPriority,
  SpendStore,
} from '../ports.ts'
import { type LimitCause, createBucketClosures } from './bucket-closures.ts'
import { createSpendLedger } from './spend-ledger.ts'

/** An account with its owner. */
export interface BudgetAccount {
  readonly ref: AccountRef
  /** Undefined until it was read: such accounts share one bucket. */
  readonly l1Address: string | undefined
}

/** What a budget needs. */
export interface BudgetOptions {
  readonly clock: Clock
  readonly spend: SpendStore
  readonly logger: Logger
  readonly accounts: readonly BudgetAccount[]
}

/** How a request is counted. */
export interface Spending {
  /** Name of the account, undefined for market data. */
  readonly account: string | undefined
  readonly egress: string
  /** With a token only the owner's bucket counts. */
  readonly isAuthenticated: boolean
  readonly isSend: boolean
  readonly priority: SpendPriority
}

/** Whose buckets a request is counted in. */
export type Counted = Pick<Spending, 'account' | 'egress' | 'isAuthenticated' | 'isSend'>

/** Counts requests before they leave. */
export interface Budget {
  /** Counts one unit and returns undefined, or counts nothing and says which limit is reached. */
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

/** Requests a minute of a standard account, per owner and per egress. */
export const STANDARD_LIMIT = 60
/** Units an account keeps for closing in each of its buckets. */
export const RESERVE_PER_ACCOUNT = 3

/**
 * Paid tiers: 24 000 weight a minute for reads at 300 each, 4 000 sends a minute in a bucket of their own
 * (PROTOCOL.md section 9, the lowest stated figures).
 */
const PAID_READ_LIMIT = 80
const PAID_SEND_LIMIT = 4_000
const PAID_TIERS: ReadonlySet<string> = new Set(['premium', 'plus'])

interface Bucket {
  readonly key: string
  readonly limit: number
  readonly accountCount: number
}

/** Creates the budget of one run. */
export function createBudget(options: BudgetOptions): Budget {
  const { accounts, clock } = options
  const totals = new Map<string, number>()
  const ledger = createSpendLedger(options)
  const owners = createOwners(accounts)
  const bucketsOf = (counted: Counted): Bucket[] => {
    const buckets = counted.isAuthenticated ? [] : [egressBucket(accounts, counted.egress)]
    if (counted.account !== undefined) {
      buckets.push(owners.bucketOf(counted.account, counted.isSend))
    }
    return buckets
  }
  const gates = createGates(clock, bucketsOf)
  const leftIn = (bucket: Bucket, priority: SpendPriority, atMs = clock.now()): number =>
    Math.max(0, usableOf(bucket, priority) - ledger.spent(bucket.key, atMs))
  return {
    noteLimited: gates.close,
    noteServed: gates.served,
    trySpend(spending) {
      const closed = gates.closedText(spending)
      if (closed !== undefined) return closed
      const buckets = bucketsOf(spending)
      const full = buckets.find((bucket) => leftIn(bucket, spending.priority) < 1)
      if (full !== undefined) return fullText(full, ledger.spent(full.key))
      const account = spending.account ?? MARKET_DATA
      for (const { key } of buckets) ledger.add({ bucket: key, account, atMs: clock.now() })
      totals.set(account, (totals.get(account) ?? 0) + 1)
      return undefined
    },
    unitsLeft(account, priority, atMs = clock.now()) {
      const counted = sendOf(accounts, account)
      if (gates.waitMs({ ...counted, priority }, atMs) > 0) return 0
      return Math.min(...bucketsOf(counted).map((bucket) => leftIn(bucket, priority, atMs)))
    },
    setOwner(account, l1Address) {
      const from = owners.set(account, l1Address)
      // What was spent before the owner was known counts for the owner too.
      if (from === UNKNOWN_OWNER) ledger.copy({ account, from, to: ownerKey(l1Address) })
    },
    setTier: owners.setTier,
    unitsSpent: () => totals,
    budgets: () =>
      owners.sendBuckets().map(({ owner, bucket }) => ({
        owner,
        left: leftIn(bucket, 'close'),
        limit: bucket.limit,
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
    closedText(spending) {
      const [key, waitMs] = longest(spending, clock.now())
      if (waitMs === 0) return undefined
      const seconds = (waitMs / 1000).toFixed(1)
      return `the exchange refused requests of "${key}" for its limit: ${seconds} s to wait`
    },
  }
}

interface Owners {
  bucketOf(account: string, isSend: boolean): Bucket
  /** Returns the bucket that the account leaves, undefined when it stays. */
  set(account: string, l1Address: string): string | undefined
  setTier(account: string, tier: string): void
  sendBuckets(): readonly { readonly owner: string; readonly bucket: Bucket }[]
}

function createOwners(accounts: readonly BudgetAccount[]): Owners {
  const owners = new Map(accounts.map(({ ref, l1Address }) => [ref.name, ownerKey(l1Address)]))
  const paidOwners = new Set<string>()
  const ownerOf = (account: string): string => owners.get(account) ?? UNKNOWN_OWNER
  const bucketOfOwner = (key: string, isSend: boolean): Bucket => {
    const accountCount = [...owners.values()].filter((owner) => owner === key).length
    if (!paidOwners.has(key)) return { key, limit: STANDARD_LIMIT, accountCount }
    return isSend
      ? { key: `${key}:sends`, limit: PAID_SEND_LIMIT, accountCount }
      : { key, limit: PAID_READ_LIMIT, accountCount }
  }
  return {
    bucketOf: (account, isSend) => bucketOfOwner(ownerOf(account), isSend),
    sendBuckets: () =>
      [...new Set(owners.values())].map((key) => ({
        owner: key.slice(OWNER_PREFIX.length),
        bucket: bucketOfOwner(key, true),
      })),
    set(account, l1Address) {
      const from = ownerOf(account)
      owners.set(account, ownerKey(l1Address))
      return from === ownerKey(l1Address) ? undefined : from
    },
    setTier(account, tier) {
      const owner = ownerOf(account)
      if (owner === UNKNOWN_OWNER) return
      if (PAID_TIERS.has(tier.toLowerCase())) paidOwners.add(owner)
      else paidOwners.delete(owner)
    },
  }
}

function egressBucket(accounts: readonly BudgetAccount[], egress: string): Bucket {
  const accountCount = accounts.filter(({ ref }) => ref.egress === egress).length
  return { key: egressKey(egress), limit: STANDARD_LIMIT, accountCount }
}

function egressKey(egress: string): string {
  return `egress:${egress}`
}

const OWNER_PREFIX = 'owner:'
const UNKNOWN_OWNER = `${OWNER_PREFIX}unknown`

function ownerKey(l1Address: string | undefined): string {
  return l1Address === undefined ? UNKNOWN_OWNER : `${OWNER_PREFIX}${l1Address.toLowerCase()}`
}

/** Closing may use all of a bucket. The reserve never takes more than half, or twenty accounts could not even start. */
function usableOf(bucket: Bucket, priority: SpendPriority): number {
  if (priority === 'close') return bucket.limit
  const reserve = Math.min(bucket.accountCount * RESERVE_PER_ACCOUNT, Math.floor(bucket.limit / 2))
  return bucket.limit - reserve
}
