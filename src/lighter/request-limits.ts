/**
 * What the venue takes in a minute, as its documents said in September 2026 (PROTOCOL.md section 9). It has changed these
 * figures several times, so that the configuration may name others (`exchange.limits`).
 * @module
 */

/** Limits of one rolling minute. */
export interface RequestLimits {
  /** Requests of a standard owner, and of an address, sends included. */
  readonly requests: number
  /** Weight of the reads of an owner with a paid tier. */
  readonly weight: number
  /** Sends of an owner with a paid tier. */
  readonly sends: number
  /** Changes of leverage of an owner, whatever the tier. */
  readonly leverageUpdates: number
}

/** As documented; of figures that part the lowest. */
export const DOCUMENTED_LIMITS: RequestLimits = {
  requests: 60,
  weight: 24_000,
  sends: 4_000,
  leverageUpdates: 40,
}

/** Transaction type L2UpdateLeverage (PROTOCOL.md section 5.1). */
export const UPDATE_LEVERAGE = 20

const DEFAULT_WEIGHT = 300

/** By path without `/api/v1/`; of figures that part the highest. */
const WEIGHTS: Readonly<Record<string, number>> = {
  nextNonce: 6,
  sendTx: 6,
  accountActiveOrders: 100,
  accountInactiveOrders: 100,
  apikeys: 150,
  trades: 600,
}

/** What a read costs an owner with a paid tier. */
export function weightOf(path: string): number {
  return WEIGHTS[path.replace(/^\/api\/v1\//, '')] ?? DEFAULT_WEIGHT
}

/** What a read costs a standard owner: one request, but never more of them than the weighted limit would let through. */
export function unitsOf(weight: number, { requests, weight: weightLimit }: RequestLimits): number {
  return Math.max(1, Math.ceil((weight * requests) / weightLimit))
}
