/**
 * The venue's request limits: a rolling minute per address and per owner (PROTOCOL.md section 9). A request that
 * proves its account with a token counts on the owner alone; a signed transaction without one counts on both.
 * @module
 */
import { TX_TYPE } from '../../lighter/signer/transactions.ts'
import type { Clock } from '../../ports.ts'
import type { AddressThrottle } from './address-throttle.ts'
import { TX_TYPE_LIMITS, weightOfEndpoint } from './endpoint-weights.ts'
import { createRollingMinute, type RollingMinute } from './rolling-minute.ts'
import { createUnitCounter, type UnitCounter } from './unit-counter.ts'
import { refusal, type VenueRefusal } from './venue-refusal.ts'

/** Account tiers of the venue. */
export type Tier = 'standard' | 'plus' | 'premium'

const MINUTE_MS = 60_000
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
  /**
   * Counts the request; a refusal when a limit is reached, and then it costs nothing but a cool-down (PROTOCOL.md
   * section 9): whatever the window has room for, the same bucket refuses everything for so long. Withdrawals have a
   * code of their own (section 10, 23004).
   */
  admit(request: LimitedRequest): VenueRefusal | undefined
  /** Whether the firewall answers this request of the address instead; then it counts as a refused one. */
  turnAway(ip: string): boolean
  readonly units: UnitCounter
  /** Nothing is refused, nor on sockets (`--no-limits`). */
  readonly isUnlimited: boolean
}

export interface RequestLimiterOptions {
  readonly clock: Clock
  /** Counts units and refuses nothing. */
  readonly noLimits: boolean
  readonly throttle: AddressThrottle
}

/** Creates a limiter with empty windows. */
export function createRequestLimiter(options: RequestLimiterOptions): RequestLimiter {
  const { clock, noLimits, throttle } = options
  const windows = new Map<string, RollingMinute>()
  /** Until when a bucket refuses everything, by its key. */
  const coolUntilMs = new Map<string, number>()
  const units = createUnitCounter()
  const windowOf = (key: string): RollingMinute => {
    const found = windows.get(key)
    if (found !== undefined) return found
    const created = createRollingMinute()
    windows.set(key, created)
    return created
  }

  const isFull = (charge: Charge, nowMs: number): boolean => {
    if ((coolUntilMs.get(charge.key) ?? 0) > nowMs) return true
    const coolDownMs = overBy(windowOf(charge.key), charge, nowMs)
    if (coolDownMs === undefined) return false
    coolUntilMs.set(charge.key, nowMs + coolDownMs)
    if (charge.ip !== undefined) throttle.coolDown(charge.ip, 'rest', coolDownMs)
    return true
  }
  const refusalOf = ({ ip }: LimitedRequest, charges: readonly Charge[], nowMs: number) => {
    if (throttle.isBanned(ip)) return refusal(23000)
    const full = charges.find((charge) => isFull(charge, nowMs) || isCooling(throttle, charge))
    return full === undefined ? undefined : refusal(full.code ?? 23000)
  }

  const admit = (request: LimitedRequest): VenueRefusal | undefined => {
    const { ip, accountIndex, owner } = request
    const nowMs = clock.monotonicMs()
    const charges = noLimits ? [] : chargesOf(request, weightOfEndpoint(request.endpoint))
    const refused = refusalOf(request, charges, nowMs)
    const isRefused = refused !== undefined
    if (isRefused) throttle.refused(ip)
    else for (const charge of charges) fill(windowOf(charge.key), charge, nowMs)
    units.add({ ip, accountIndex, l1Address: owner?.l1Address, isRefused })
    return refused
  }
  const turnAway = (ip: string): boolean => {
    const isBanned = throttle.isBanned(ip)
    if (isBanned) units.add({ ip, isRefused: true })
    return isBanned
  }
  return { admit, turnAway, units, isUnlimited: noLimits }
}

/** One window that a request must fit into. */
interface Charge {
  readonly key: string
  /** Set when the window is that of an address. */
  readonly ip?: string
  readonly weight: number
  /** How many it counts as. */
  readonly count: number
  readonly maxCount: number
  readonly maxWeight: number
  /** What is answered when it is full; 23000 if left out. */
  readonly code?: 23004
}

function chargesOf(request: LimitedRequest, weight: number): Charge[] {
  const { owner } = request
  const charges: Charge[] = []
  if (!request.isAuthenticated || owner === undefined) {
    charges.push({ ...standardCharge(`ip ${request.ip}`, weight), ip: request.ip })
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
    if (maxCount === undefined) continue
    // Every transaction of a batch counts here, though the batch is one request.
    const count = request.txTypes?.filter((type) => type === txType).length ?? 1
    const charge = { ...unlimited(`type ${txType} ${owner.l1Address}`), maxCount, count }
    charges.push(txType === TX_TYPE.withdraw ? { ...charge, code: 23004 } : charge)
  }
  return charges
}

/** 60 requests whatever they weigh, but never more than the weighted bucket holds. */
function standardCharge(key: string, weight: number): Charge {
  return { key, weight, count: 1, maxCount: STANDARD_REQUESTS, maxWeight: READ_WEIGHT }
}

function unlimited(key: string): Charge {
  const none = Number.POSITIVE_INFINITY
  return { key, weight: 0, count: 1, maxCount: none, maxWeight: none }
}

function fill(window: RollingMinute, { weight, count }: Charge, nowMs: number): void {
  for (let at = 0; at < count; at += 1) window.add(nowMs, weight)
}

/** How long the bucket cools down when the request does not fit (PROTOCOL.md section 9), undefined when it fits. */
function overBy(window: RollingMinute, charge: Charge, nowMs: number): number | undefined {
  const { weight, count, maxCount, maxWeight } = charge
  const overCount = window.count(nowMs) + count > maxCount ? MINUTE_MS / maxCount : 0
  const overWeight =
    window.weight(nowMs) + weight > maxWeight ? (weight * MINUTE_MS) / maxWeight : 0
  return overCount + overWeight === 0 ? undefined : Math.max(overCount, overWeight)
}

/** A flood over the sockets of an address throttles its requests too (PROTOCOL.md section 8.5). */
function isCooling(throttle: AddressThrottle, { ip }: Charge): boolean {
  return ip !== undefined && throttle.isCooling(ip, 'socket')
}
