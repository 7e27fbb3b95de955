/**
 * What an answer or a failure says about the egress it came through. Pure.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { VenueResponse } from '../ports.ts'
import { doubt, type Observation, type SickReason } from './egress-health.ts'
import { isFirewall, venueCodeIn } from './venue-refusal.ts'

/** The venue's word for a place that it does not serve (PROTOCOL.md section 10). */
const RESTRICTED_CODE = 20_558

/** Failures of the proxy itself: nothing went through it. */
const PROXY_REASONS: Readonly<Record<string, SickReason>> = {
  proxy_auth: 'auth',
  proxy_denied: 'denied',
  proxy_no_tunnel: 'no_tunnel',
  proxy_refused: 'refused',
  proxy_unreachable: 'unreachable',
  proxy_unresolved: 'unresolved',
  proxy_connect_timeout: 'hangs',
  proxy_timeout: 'hangs',
  proxy_reset: 'reset',
  proxy_not_http: 'not_http',
  proxy_not_socks: 'not_http',
  proxy_speaks_socks: 'not_http',
  proxy_speaks_http: 'not_http',
  proxy_speaks_tls: 'not_http',
  proxy_tls: 'tls',
}

/** Failures behind it, which may be the venue's or the net's. */
const NETWORK_REASONS: Readonly<Record<string, SickReason>> = {
  venue_tls: 'tls',
  connect_timeout: 'hangs',
  connection_refused: 'refused',
  connection_lost: 'reset',
  timeout: 'no_answer',
}

/** What an HTTP answer says; 5xx and 429 are the venue's own business. */
export function observationOfAnswer(
  { status, body }: VenueResponse,
  answeredInMs: number,
): Observation {
  if (status === 407) return { kind: 'failed', reason: 'auth', isSure: true }
  const code = status === 200 ? undefined : venueCodeIn(body)
  if (code === RESTRICTED_CODE) return { kind: 'failed', reason: 'restricted', isSure: true }
  if (isFirewall(status, code)) return { kind: 'failed', reason: 'blocked', isSure: true }
  return { kind: 'ok', answeredInMs }
}

/** What a failure says; undefined when it says nothing (cancelled by us, closed by us). */
export function observationOfFailure(error: unknown): Observation | undefined {
  if (!(error instanceof HedgebotError)) return undefined
  const { kind, code, venueCode } = error
  if (venueCode === RESTRICTED_CODE) return { kind: 'failed', reason: 'restricted', isSure: true }
  if (kind === 'proxy') {
    const reason = PROXY_REASONS[code] ?? 'unreachable'
    // It answers and did not reach the venue: that may be the venue's fault.
    return { kind: 'failed', reason, isSure: reason !== 'no_tunnel' }
  }
  if (code === 'websocket_blocked') return { kind: 'failed', reason: 'blocked', isSure: true }
  const reason = kind === 'network' ? NETWORK_REASONS[code] : undefined
  return reason === undefined ? undefined : doubt(reason)
}

/** True when the venue did not see what was answered so as a request: the same bytes may go another way at once. */
export function isKeptOut(observation: Observation): boolean {
  return observation.kind === 'failed' && observation.reason !== 'restricted'
}
