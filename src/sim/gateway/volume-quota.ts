/**
 * Volume quota of the paid tiers: sending orders costs, trading earns, and now and then a send is free (PROTOCOL.md
 * section 9). It belongs to the owner's address; the standard tier has none.
 * @module
 */
import type { TxKind } from '../../lighter/signer/transactions.ts'
import type { Clock } from '../../ports.ts'
import type { SimAccount, SimCore } from '../core/core-model.ts'
import { VenueRefusal } from './venue-refusal.ts'

const START = 1_000n
const CAP = 5_000_000n
const MICROS_PER_UNIT = 5_000_000n
const FREE_SEND_EVERY_MS = 15_000
/** Kinds that cost one unit each. */
const CHARGED: ReadonlySet<TxKind> = new Set([
  'createOrder',
  'createGroupedOrders',
  'modifyOrder',
  'cancelAllOrders',
])

/** What the answer to a send says of the quota (PROTOCOL.md section 2.1). */
export interface QuotaNote {
  readonly message: string
  readonly remaining: bigint
}

/** A send that the quota covers. */
export interface PlannedCharge {
  /** The send was accepted: takes the units. Without this call it costs nothing. */
  commit(): QuotaNote
}

/** One request that carries transactions of one account. */
export interface QuotaRequest {
  readonly account: Pick<SimAccount, 'l1Address' | 'tier'>
  readonly kinds: readonly TxKind[]
  /** Only single sends are ever free. */
  readonly isBatch: boolean
}

export interface VolumeQuota {
  /**
   * Whether the quota covers a send.
   * @throws VenueRefusal 23000 when it does not; the error list has no code of its own for it
   */
  plan(request: QuotaRequest): PlannedCharge
}

/** Where the volume of an owner's accounts is read. */
type Traded = Pick<SimCore, 'accountsByL1'>

interface OwnerQuota {
  units: bigint
  /** The owner's volume up to here has earned its units. */
  countedMicros: bigint
  /** When the last free send was, monotonic. */
  lastFreeMs: number
}

const UNCHARGED: QuotaNote = { message: '{"ratelimit": "didn\'t use volume quota"}', remaining: 0n }

/**
 * Creates the quotas. Choices where PROTOCOL.md is silent: the free send is used before units are, refused sends cost
 * nothing, volume counts from an owner's first send on a paid tier, and an owner's trades with itself count twice.
 */
export function createVolumeQuota({
  core,
  clock,
  noLimits,
}: {
  readonly core: Traded
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Counts and never refuses. */
  readonly noLimits: boolean
}): VolumeQuota {
  const quotas = new Map<string, OwnerQuota>()
  const quotaOf = (l1Address: string): OwnerQuota => {
    const found = quotas.get(l1Address)
    const volumeMicros = volumeOf(core, l1Address)
    if (found !== undefined) {
      earn(found, volumeMicros)
      return found
    }
    const created = { units: START, countedMicros: volumeMicros, lastFreeMs: -FREE_SEND_EVERY_MS }
    quotas.set(l1Address, created)
    return created
  }

  return {
    plan({ account, kinds, isBatch }) {
      if (account.tier === 'standard') {
        const known = quotas.get(account.l1Address)
        // What is traded without a quota earns none.
        if (known !== undefined) known.countedMicros = volumeOf(core, account.l1Address)
        return { commit: () => UNCHARGED }
      }
      const quota = quotaOf(account.l1Address)
      const cost = BigInt(kinds.filter((kind) => CHARGED.has(kind)).length)
      const nowMs = clock.monotonicMs()
      const isFree = cost > 0n && !isBatch && nowMs - quota.lastFreeMs >= FREE_SEND_EVERY_MS
      if (!isFree && cost > quota.units && !noLimits) {
        throw new VenueRefusal(23000, 'Too Many Requests! not enough volume quota remaining')
      }
      return {
        commit() {
          if (isFree) quota.lastFreeMs = nowMs
          else quota.units = cost > quota.units ? 0n : quota.units - cost
          return noteOf(quota, isFree || cost === 0n)
        },
      }
    },
  }
}

function noteOf({ units }: OwnerQuota, isUncharged: boolean): QuotaNote {
  if (isUncharged) return { ...UNCHARGED, remaining: units }
  return { message: `${units} volume quota remaining.`, remaining: units }
}

/** Adds the units of what was traded since; the rest of an incomplete unit is kept. */
function earn(quota: OwnerQuota, volumeMicros: bigint): void {
  const earned = (volumeMicros - quota.countedMicros) / MICROS_PER_UNIT
  quota.countedMicros += earned * MICROS_PER_UNIT
  quota.units = quota.units + earned > CAP ? CAP : quota.units + earned
}

function volumeOf(core: Traded, l1Address: string): bigint {
  return core.accountsByL1(l1Address).reduce((sum, { volumeMicros }) => sum + volumeMicros, 0n)
}
