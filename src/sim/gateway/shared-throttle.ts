import type { AddressThrottle } from './address-throttle.ts'
import { SOCKET_LIMITS, type SocketLimiter } from './socket-limiter.ts'
import { refusal, type VenueRefusal } from './venue-refusal.ts'

const MINUTE_MS = 60_000

/**
 * Lets the limits of sockets and of REST act on each other: who is throttled on one is throttled on the other
 * (PROTOCOL.md section 8.5). What a throttled socket is answered is not documented; it is the code of a socket limit.
 * Messages in flight, subscriptions and accounts of a connection are sizes and not rates: they throttle nobody.
 */
export function shareThrottle(sockets: SocketLimiter, throttle: AddressThrottle): SocketLimiter {
  const isThrottled = (ip: string) => throttle.isBanned(ip) || throttle.isCooling(ip, 'rest')
  const told = (ip: string, full: VenueRefusal | undefined, perMinute: number) => {
    if (full === undefined) return undefined
    throttle.refused(ip)
    throttle.coolDown(ip, 'socket', MINUTE_MS / perMinute)
    return full
  }
  return {
    ...sockets,
    open(ip) {
      if (isThrottled(ip)) return refusal(23003)
      return told(ip, sockets.open(ip), SOCKET_LIMITS.newConnectionsPerMinute)
    },
    message(ip) {
      const full = told(ip, sockets.message(ip), SOCKET_LIMITS.messagesPerMinute)
      return full ?? (isThrottled(ip) ? refusal(30009) : undefined)
    },
  }
}
