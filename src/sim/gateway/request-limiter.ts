/**
 * The venue's request limits: a rolling minute per address and per owner (PROTOCOL.md section 9). A request that
 * proves its account with a token counts on the owner alone; a signed transaction without one counts on both.
 * @module
 */
import type { Clock } from '../../ports.ts'
import { TX_TYPE_LIMITS, weightOfEndpoint } from './endpoint-weights.ts'
import { createRollingMinute, type RollingMinute } from './rolling-minute.ts'
import { createUnitCounter, type UnitCounter } from './unit-counter.ts'

/** Account tiers of the venue. */
export type Tier = 'standard' | 'plus' | 'premium'

const STANDARD_REQUESTS = 60
const READ_WEIGHT = 24_000
const PAID_SENDS = 4_000

export interface LimitedRequest {
  readonly ip: string
  /** REST path without `/api/v1/`; `sendTx` also for a send over a socket. */
  readonly endpoint: string
  /** Who the request speaks for, by token or by transaction. */
  readonly owner?: { readonly l1Address: string; readonly tier: Tier } | undefined
  readonly accountIndex?: number | undefined
  /** A valid token came with it. */
  readonly isAuthenticated: boolean
  /** Types of the transactions it carries. */
  readonly txTypes?: readonly number[]
}

export interface RequestLimiter {
  /** Counts the request; false when a limit is reached, and then it costs nothing. */
  admit(request: LimitedRequest): boolean
  readonly units: UnitCounter
}

export interface RequestLimiterOptions {
  readonly clock: Clock
  /** Counts units and refuses nothing. */
  readonly noLimits: boolean
}

/** Creates a limiter with empty windows. */
export function createRequestLimiter({ clock, noLimits }: RequestLimiterOptions): RequestLimiter {
  const windows = new Map<string, RollingMinute>()
  const units = createUnitCounter()
  const windowOf = (key: string): RollingMinute => {
    const found = windows.get(key)
    if (found !== undefined) return found
    const created = createRollingMinute()
    windows.set(key, created)
    return created
  }

  const admit = (request: LimitedRequest): boolean => {
    const nowMs = clock.monotonicMs()
    const weight = weightOfEndpoint(request.endpoint)
    const charges = noLimits ? [] : chargesOf(request, weight)
    const isRefused = charges.some((charge) => isOver(windowOf(charge.key), charge, nowMs))
    if (!isRefused) {
      for (const charge of charges) windowOf(charge.key).add(nowMs, charge.weight)
    }
    const { ip, accountIndex, owner } = request
    units.add({ ip, accountIndex, l1Address: owner?.l1Address, isRefused })
    return !isRefused
  }
  return { admit, units }
}

/** One window that a request must fit into. */
interface Charge {
  readonly key: string
  readonly weight: number
  readonly maxCount: number
  readonly maxWeight: number
}

function chargesOf(request: LimitedRequest, weight: number): Charge[] {
  const { owner } = request
  const charges: Charge[] = []
  if (!request.isAuthenticated || owner === undefined) {
    charges.push(standardCharge(`ip ${request.ip}`, weight))
  }
  if (owner === undefined) return charges
  const isSend = request.endpoint === 'sendTx' || request.endpoint === 'sendTxBatch'
  if (owner.tier === 'standard') {
    charges.push(standardCharge(`owner ${owner.l1Address}`, weight))
  } else if (isSend) {
    charges.push({ ...unlimited(`sends ${owner.l1Address}`), weight, maxCount: PAID_SENDS })
  } else {
    charges.push({ ...unlimited(`owner ${owner.l1Address}`), weight, maxWeight: READ_WEIGHT })
  }
  for (const txType of new Set(request.txTypes)) {
    const maxCount = TX_TYPE_LIMITS.get(txType)
    if (maxCount !== undefined) {
      charges.push({ ...unlimited(`type ${txType} ${owner.l1Address}`), maxCount })
    }
  }
  return charges
}

/** 60 requests whatever they weigh, but never more than the weighted bucket holds. */
function standardCharge(key: string, weight: number): Charge {
  return { key, weight, maxCount: STANDARD_REQUESTS, maxWeight: READ_WEIGHT }
}

function unlimited(key: string): Charge {
  const none = Number.POSITIVE_INFINITY
  return { key, weight: 0, maxCount: none, maxWeight: none }
}

function isOver(window: RollingMinute, charge: Charge, nowMs: number): boolean {
  return (
    window.count(nowMs) + 1 > charge.maxCount ||
    window.weight(nowMs) + charge.weight > charge.maxWeight
  )
}
