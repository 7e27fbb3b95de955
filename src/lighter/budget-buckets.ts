/**
 * The buckets in which the venue counts: of an owner by tier and kind, and of an address (PROTOCOL.md section 9).
 * @module
 */
import type { AccountRef, SpendPriority } from '../ports.ts'
import { type RequestLimits, unitsOf, UPDATE_LEVERAGE, weightOf } from './request-limits.ts'

/** An account with its owner. */
export interface BudgetAccount {
  readonly ref: AccountRef
  /** Undefined until it was read: such accounts share one bucket. */
  readonly l1Address: string | undefined
}

/** Whose buckets a request is counted in, and what it costs there. */
export interface Counted {
  /** Name of the account, undefined for market data. */
  readonly account: string | undefined
  readonly egress: string
  /** With a token only the owner's bucket counts. */
  readonly isAuthenticated: boolean
  readonly isSend: boolean
  /** Of a read; a usual one when it is left out. */
  readonly path?: string
  /** Of a send. */
  readonly txType?: number
}

/** One bucket, and what a request costs in it. */
export interface Bucket {
  readonly key: string
  readonly limit: number
  /** Kept for what closes. */
  readonly reserve: number
  readonly cost: number
}

/** Units an account keeps for closing in each of its buckets. */
export const RESERVE_PER_ACCOUNT = 3
const USUAL_WEIGHT = 300
const PAID_TIERS: ReadonlySet<string> = new Set(['premium', 'plus'])

/** Knows who owns which account and at which tier. */
export interface Buckets {
  of(counted: Counted): readonly Bucket[]
  /** Returns the bucket that the account leaves, undefined when it stays. */
  setOwner(account: string, l1Address: string): string | undefined
  setTier(account: string, tier: string): void
  /** Of each owner, the one that sends are counted in. */
  sendBuckets(): readonly { readonly owner: string; readonly bucket: Bucket }[]
}

/** Creates the buckets of these accounts. */
export function createBuckets(accounts: readonly BudgetAccount[], limits: RequestLimits): Buckets {
  const owners = new Map(accounts.map(({ ref, l1Address }) => [ref.name, ownerKey(l1Address)]))
  const paidOwners = new Set<string>()
  const ownerOf = (account: string): string => owners.get(account) ?? UNKNOWN_OWNER
  const ownersBucket = (owner: string, counted: Pick<Counted, 'isSend' | 'path'>): Bucket => {
    const count = [...owners.values()].filter((each) => each === owner).length
    const weight = counted.path === undefined ? USUAL_WEIGHT : weightOf(counted.path)
    if (!paidOwners.has(owner)) return standardBucket(owner, { count, limits, weight, ...counted })
    return counted.isSend
      ? bucketOf(`${owner}:sends`, { limit: limits.sends, count, cost: 1, unit: 1 })
      : // The same bucket: after a change of tier what was spent counts on, as more than it was.
        bucketOf(owner, {
          limit: limits.weight,
          count,
          cost: weight,
          unit: USUAL_WEIGHT,
        })
  }
  return {
    of(counted) {
      const { account, isAuthenticated, isSend, txType } = counted
      const buckets = isAuthenticated ? [] : [egressBucket(accounts, limits, counted)]
      if (account === undefined) return buckets
      const owner = ownerOf(account)
      buckets.push(ownersBucket(owner, counted))
      if (isSend && txType === UPDATE_LEVERAGE) {
        const limit = limits.leverageUpdates
        buckets.push({ key: `${owner}:leverage`, limit, reserve: 0, cost: 1 })
      }
      return buckets
    },
    setOwner(account, l1Address) {
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
    sendBuckets: () =>
      [...new Set(owners.values())].map((owner) => ({
        owner: owner.slice(OWNER_PREFIX.length),
        bucket: ownersBucket(owner, { isSend: true }),
      })),
  }
}

function standardBucket(
  key: string,
  of: {
    readonly count: number
    readonly limits: RequestLimits
    readonly weight: number
    readonly isSend: boolean
  },
): Bucket {
  const { count, limits, weight, isSend } = of
  const cost = isSend ? 1 : unitsOf(weight, limits)
  return bucketOf(key, { limit: limits.requests, count, cost, unit: 1 })
}

/** The reserve never takes more than half, or twenty accounts could not even start. */
function bucketOf(
  key: string,
  of: {
    readonly limit: number
    readonly count: number
    readonly cost: number
    readonly unit: number
  },
): Bucket {
  const { limit, count, cost, unit } = of
  const reserve = Math.min(count * RESERVE_PER_ACCOUNT * unit, Math.floor(limit / 2))
  return { key, limit, reserve, cost }
}

function egressBucket(
  accounts: readonly BudgetAccount[],
  limits: RequestLimits,
  { egress, path, isSend }: Counted,
): Bucket {
  const count = accounts.filter(({ ref }) => ref.egress === egress).length
  const weight = path === undefined ? USUAL_WEIGHT : weightOf(path)
  return standardBucket(egressKey(egress), { count, limits, weight, isSend })
}

/** Key of the bucket of an address. */
export function egressKey(egress: string): string {
  return `egress:${egress}`
}

const OWNER_PREFIX = 'owner:'
/** Bucket of accounts whose owner was not read yet. */
export const UNKNOWN_OWNER = `${OWNER_PREFIX}unknown`

/** Key of the bucket of an owner. */
export function ownerKey(l1Address: string | undefined): string {
  return l1Address === undefined ? UNKNOWN_OWNER : `${OWNER_PREFIX}${l1Address.toLowerCase()}`
}

/** Closing may use all of a bucket. */
export function usableOf({ limit, reserve }: Bucket, priority: SpendPriority): number {
  return priority === 'close' ? limit : limit - reserve
}
