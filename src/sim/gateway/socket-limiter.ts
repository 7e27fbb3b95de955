/**
 * The venue's limits on sockets, per address (PROTOCOL.md section 8.5, newest column).
 * @module
 */
import type { Clock } from '../../ports.ts'
import { createRollingMinute, type RollingMinute } from './rolling-minute.ts'
import { refusal, type VenueRefusal } from './venue-refusal.ts'

/** Limits per address and per connection. */
export const SOCKET_LIMITS = {
  connections: 255,
  newConnectionsPerMinute: 255,
  messagesPerMinute: 200,
  inFlight: 50,
  subscriptionsPerConnection: 500,
  accountsPerConnection: 500,
} as const

/** What one address has open. */
interface Address {
  connections: number
  inFlight: number
  readonly opened: RollingMinute
  readonly messages: RollingMinute
}

export interface SocketLimiter {
  /** Asks for a new connection; undefined when it is granted. */
  open(ip: string): VenueRefusal | undefined
  close(ip: string): void
  /** Counts a message that is not a transaction; undefined when it may be handled. */
  message(ip: string): VenueRefusal | undefined
  /** A message waits for its answer; undefined when it may wait. The caller calls `answered` afterwards. */
  begin(ip: string): VenueRefusal | undefined
  answered(ip: string): void
}

/** Creates a limiter that knows no address yet. */
export function createSocketLimiter(clock: Clock, noLimits: boolean): SocketLimiter {
  const addresses = new Map<string, Address>()
  const addressOf = (ip: string): Address => {
    let address = addresses.get(ip)
    if (address === undefined) {
      address = {
        connections: 0,
        inFlight: 0,
        opened: createRollingMinute(),
        messages: createRollingMinute(),
      }
      addresses.set(ip, address)
    }
    return address
  }
  const isFull = (window: RollingMinute, max: number): boolean => {
    const nowMs = clock.monotonicMs()
    if (!noLimits && window.count(nowMs) >= max) return true
    window.add(nowMs, 0)
    return false
  }

  return {
    open(ip) {
      const address = addressOf(ip)
      if (!noLimits && address.connections >= SOCKET_LIMITS.connections) return refusal(23003)
      if (isFull(address.opened, SOCKET_LIMITS.newConnectionsPerMinute)) return refusal(23003)
      address.connections += 1
      return undefined
    },
    close(ip) {
      addressOf(ip).connections -= 1
    },
    message(ip) {
      return isFull(addressOf(ip).messages, SOCKET_LIMITS.messagesPerMinute)
        ? refusal(30009)
        : undefined
    },
    begin(ip) {
      const address = addressOf(ip)
      if (!noLimits && address.inFlight >= SOCKET_LIMITS.inFlight) return refusal(30010)
      address.inFlight += 1
      return undefined
    },
    answered(ip) {
      addressOf(ip).inFlight -= 1
    },
  }
}
