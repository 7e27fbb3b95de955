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

/** Counts requests before they leave. */
export interface Budget {
  /** Counts one unit and returns undefined, or counts nothing and says which limit is reached. */
  trySpend(spending: Spending): string | undefined
  /**
   * Units left for this priority in the owner's bucket. A full egress does not count: with a token the same send goes
   * over REST, where only the owner counts.
   */
  unitsLeft(account: string, priority: SpendPriority): number
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

/** The minute over which requests are counted. */
export const WINDOW_MS = 60_000
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

interface Entry {
  readonly bucket: string
  readonly account: string
  readonly atMs: number
}

/** Creates the budget of one run. */
export function createBudget(options: BudgetOptions): Budget {
  const { accounts, clock } = options
  const totals = new Map<string, number>()
  const ledger = createLedger(options)
  const owners = createOwners(accounts)
  const bucketsOf = (spending: Omit<Spending, 'priority'>): Bucket[] => {
    const buckets = spending.isAuthenticated ? [] : [egressBucket(accounts, spending.egress)]
    if (spending.account !== undefined) {
      buckets.push(owners.bucketOf(spending.account, spending.isSend))
    }
    return buckets
  }
  const leftIn = (bucket: Bucket, priority: SpendPriority): number =>
    Math.max(0, usableOf(bucket, priority) - ledger.spent(bucket.key))
  return {
    trySpend(spending) {
      const buckets = bucketsOf(spending)
      const full = buckets.find((bucket) => leftIn(bucket, spending.priority) < 1)
      if (full !== undefined) {
        const spent = ledger.spent(full.key)
        return `${spent} of ${full.limit} requests of "${full.key}" are used in this minute`
      }
      const account = spending.account ?? MARKET_DATA
      for (const { key } of buckets) ledger.add({ bucket: key, account, atMs: clock.now() })
      totals.set(account, (totals.get(account) ?? 0) + 1)
      return undefined
    },
    unitsLeft(account, priority) {
      const egress = accounts.find(({ ref }) => ref.name === account)?.ref.egress ?? ''
      const buckets = bucketsOf({ account, egress, isAuthenticated: true, isSend: true })
      return Math.min(...buckets.map((bucket) => leftIn(bucket, priority)))
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
  return { key: `egress:${egress}`, limit: STANDARD_LIMIT, accountCount }
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

interface Ledger {
  add(entry: Entry): void
  spent(bucket: string): number
  copy(move: { readonly account: string; readonly from: string; readonly to: string }): void
}

/**
 * The shared store, with our own entries of the last minute beside it: a store that fails must not stop a close. What is
 * added counts at once; the store hears of it right after the turn that spends, since each of its writes is a commit
 * (measured: 0.1 ms) that a send would wait for. A process that dies in between leaves out what it has just sent.
 */
function createLedger({ clock, spend, logger }: BudgetOptions): Ledger {
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
    for (const { bucket, atMs } of entries) shared(() => spend.record({ bucket, units: 1, atMs }))
  }
  const add = (entry: Entry): void => {
    own = own.filter(({ atMs }) => atMs > clock.now() - WINDOW_MS)
    own.push(entry)
    unwritten.push(entry)
    if (unwritten.length === 1) queueMicrotask(write)
  }
  return {
    add,
    spent(bucket) {
      const sinceMs = clock.now() - WINDOW_MS
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
  return entries.filter((entry) => entry.bucket === bucket && entry.atMs > sinceMs).length
}
