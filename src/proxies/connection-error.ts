/**
 * Failures of connections, told in our words: who failed, how, and whether the venue may have seen the request.
 * Foreign errors stay outside, because they may carry a password (DEPENDENCIES.md section 1, finding 2).
 * @module
 */
import { HedgebotError } from '../errors.ts'

/** What a message needs to know about a way out. */
export interface EgressName {
  /** `direct`, or the proxy's name. */
  readonly egress: string
  /** `host:port` of the proxy, undefined when direct. */
  readonly proxyAddress: string | undefined
}

const TEXT_BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'reset the connection',
  EPIPE: 'closed the connection',
  ETIMEDOUT: 'did not answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: no network',
  ENOTFOUND: 'has a name that does not resolve',
  EAI_AGAIN: 'has a name that does not resolve right now',
}

/** A connection through a proxy that never came about: certainly nothing reached the venue. */
export function proxyError(way: EgressName, code: string, what: string): HedgebotError {
  return new HedgebotError('proxy', `proxy "${way.egress}" (${way.proxyAddress ?? '?'}) ${what}`, {
    code,
    hint: HINTS[code] ?? 'Check host and port of this proxy in proxy_pool, or take another one.',
    mayHaveBeenDelivered: false,
  })
}

const HINTS: Readonly<Record<string, string>> = {
  proxy_auth: 'Check username and password of this proxy in proxy_pool.',
  proxy_denied: 'The proxy answers but does not let this target through: ask its provider.',
}

/** The proxy answered CONNECT with something else than 200. */
export function proxyStatusError(way: EgressName, status: number): HedgebotError {
  if (status === 407) {
    return proxyError(way, 'proxy_auth', 'does not accept our user name or password (407)')
  }
  return proxyError(way, 'proxy_denied', `answered CONNECT with status ${status}`)
}

/** A system error while reaching the proxy. */
export function proxyConnectError(way: EgressName, cause: unknown): HedgebotError {
  const code = systemCode(cause)
  const what = TEXT_BY_CODE[code] ?? `ended the connection before the tunnel stood${suffix(code)}`
  const name = code === 'ECONNREFUSED' ? 'proxy_refused' : 'proxy_unreachable'
  return proxyError(way, name, what)
}

/** A failure behind the proxy, or without one. */
export function networkError(
  way: EgressName,
  what: string,
  options: {
    readonly code: string
    readonly mayHaveBeenDelivered: boolean
    readonly hint?: string
  },
): HedgebotError {
  const through = way.proxyAddress === undefined ? '' : ` (through proxy "${way.egress}")`
  return new HedgebotError('network', `the venue ${what}${through}`, options)
}

/** A system error of a connection to the venue. */
export function venueConnectionError(
  way: EgressName,
  cause: unknown,
  mayHaveBeenDelivered: boolean,
): HedgebotError {
  const code = systemCode(cause)
  const what = TEXT_BY_CODE[code] ?? `connection failed${suffix(code)}`
  if (code !== 'ECONNREFUSED') {
    return networkError(way, what, { code: 'connection_lost', mayHaveBeenDelivered })
  }
  const hint = 'Nothing listens at the address in exchange: is the simulator running?'
  const isDirect = way.proxyAddress === undefined
  return networkError(way, what, {
    code: 'connection_refused',
    mayHaveBeenDelivered,
    ...(isDirect ? { hint } : {}),
  })
}

/** The operating system's or TLS library's name of an error, empty when it has none. */
function systemCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(cause.code)
    ? cause.code
    : ''
}

function suffix(code: string): string {
  return code === '' ? '' : ` (${code})`
}
