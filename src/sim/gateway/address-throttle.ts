/**
 * What breaking a limit does to an address beyond the one refusal: a short cool-down that REST and sockets share, and
 * a ban by the firewall in front of the venue when the address goes on knocking (PROTOCOL.md sections 8.5 and 9).
 * @module
 */
import type { Clock } from '../../ports.ts'
import { createRollingMinute, type RollingMinute } from './rolling-minute.ts'

/**
 * Refusals of one address within a minute that make the firewall ban it. PROTOCOL.md section 9 names the ban and its
 * length, not what sets it off; this is a third of the requests that a well-behaved client may make.
 */
const FIREWALL_REFUSALS = 20

/** Length of a ban, milliseconds: fixed, whatever the client does meanwhile (PROTOCOL.md section 9). */
const FIREWALL_BAN_MS = 60_000

/** Which limit has been broken: one of the requests or one of the sockets. */
export type ThrottleSource = 'rest' | 'socket'

/** What each address has brought upon itself (PROTOCOL.md sections 8.5 and 9). */
export interface AddressThrottle {
  /** A limit has refused the address once more. */
  refused(ip: string): void
  /** A limit of this kind makes the address wait this long on the other kind as well. */
  coolDown(ip: string, source: ThrottleSource, coolDownMs: number): void
  isCooling(ip: string, source: ThrottleSource): boolean
  /** The firewall answers in the venue's stead. */
  isBanned(ip: string): boolean
}

export interface AddressThrottleOptions {
  readonly clock: Clock
  /** Never cools down and never bans. */
  readonly noLimits: boolean
}

/** Creates a throttle that knows no address yet (PROTOCOL.md section 9). */
export function createAddressThrottle({
  clock,
  noLimits,
}: AddressThrottleOptions): AddressThrottle {
  const refusals = new Map<string, RollingMinute>()
  const bannedUntilMs = new Map<string, number>()
  const coolUntilMs = new Map<string, number>()
  const isBefore = (times: Map<string, number>, ip: string): boolean => {
    const untilMs = times.get(ip)
    if (untilMs === undefined) return false
    if (clock.monotonicMs() < untilMs) return true
    times.delete(ip)
    return false
  }
  const isBanned = (ip: string) => isBefore(bannedUntilMs, ip)

  return {
    refused(ip) {
      if (noLimits || isBanned(ip)) return
      const nowMs = clock.monotonicMs()
      const window = refusals.get(ip) ?? createRollingMinute()
      window.add(nowMs, 1)
      refusals.set(ip, window)
      if (window.count(nowMs) < FIREWALL_REFUSALS) return
      // The count starts anew after the ban.
      refusals.delete(ip)
      bannedUntilMs.set(ip, nowMs + FIREWALL_BAN_MS)
    },
    coolDown(ip, source, coolDownMs) {
      if (noLimits) return
      const key = `${source} ${ip}`
      const untilMs = clock.monotonicMs() + coolDownMs
      coolUntilMs.set(key, Math.max(untilMs, coolUntilMs.get(key) ?? 0))
    },
    isCooling: (ip, source) => isBefore(coolUntilMs, `${source} ${ip}`),
    isBanned,
  }
}
