/**
 * Why a tunnel did not come about. Whoever reads the code must know what to do next: another password, another
 * protocol, another proxy, or waiting. All of these mean that nothing reached the venue.
 * @module
 */
import type { HedgebotError } from '../errors.ts'
import {
  type EgressName,
  isCertificateCode,
  proxyError,
  suffix,
  systemCode,
  textOfCode,
} from './connection-error.ts'
import type { ProxyEndpoint } from './proxy-endpoint.ts'

/** How far the opening of a tunnel has come. */
export type TunnelStep = 'resolve' | 'tcp' | 'tls' | 'handshake'

/** Which tunnel, and where its opening ended. */
export interface TunnelPlace {
  readonly way: EgressName
  readonly protocol: ProxyEndpoint['protocol']
  readonly step: TunnelStep
}

const CHECK_ADDRESS = 'Check host and port of this proxy in proxy_pool, or take another one.'
const CHECK_LOGIN = 'Check username and password of this proxy in proxy_pool.'
/** What a proxy that does not answer may be instead. */
const CHECK_PROTOCOL: Readonly<Record<ProxyEndpoint['protocol'], string>> = {
  http: 'If it is a SOCKS server, set protocol: socks5 for it in proxy_pool; if it wants TLS, protocol: https.',
  https: 'If it takes no TLS itself, set protocol: http for it in proxy_pool.',
  socks5: 'If it is an HTTP proxy, set protocol: http for it in proxy_pool.',
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'proxy_refused',
  ETIMEDOUT: 'proxy_connect_timeout',
  ENOTFOUND: 'proxy_unresolved',
  EAI_AGAIN: 'proxy_unresolved',
  EHOSTUNREACH: 'proxy_unreachable',
  EHOSTDOWN: 'proxy_unreachable',
  ENETUNREACH: 'proxy_unreachable',
  ENETDOWN: 'proxy_unreachable',
  EADDRNOTAVAIL: 'proxy_unreachable',
  EACCES: 'proxy_unreachable',
  EPERM: 'proxy_unreachable',
}

/** The connection to the proxy failed in this step; `cause` is undefined when it was just closed. */
export function brokenTunnelError(place: TunnelPlace, cause: unknown): HedgebotError {
  const { protocol, step, way } = place
  const code = systemCode(cause)
  const isClosed = cause === undefined || code === 'ECONNRESET' || code === 'EPIPE'
  if (step === 'tls' && !isClosed) return proxyTlsError(way, code)
  const isBeforeTcp = step === 'resolve' || step === 'tcp'
  if (isBeforeTcp && !isClosed) {
    const what = textOfCode(code) ?? `cannot be reached${suffix(code)}`
    return proxyError(way, CODES[code] ?? 'proxy_unreachable', { what, hint: CHECK_ADDRESS })
  }
  const verb = code === 'ECONNRESET' ? 'reset' : 'closed'
  return proxyError(way, 'proxy_reset', {
    what: `${verb} the connection before the tunnel stood${isClosed ? '' : suffix(code)}`,
    hint: `The proxy may be overloaded or may not let this address in. ${CHECK_PROTOCOL[protocol]}`,
  })
}

/** The TLS of an https proxy: what is wrong with its certificate is told apart from no TLS at all. */
function proxyTlsError(way: EgressName, code: string): HedgebotError {
  if (isCertificateCode(code)) {
    return proxyError(way, 'proxy_tls', {
      what: `shows a certificate that we do not trust (${code})`,
      hint: 'Name the proxy by the host of its certificate; an own authority goes in NODE_EXTRA_CA_CERTS.',
    })
  }
  return proxyError(way, 'proxy_tls', {
    what: `does not speak TLS${suffix(code)}`,
    hint: 'Set protocol: http for this proxy in proxy_pool unless it takes TLS itself.',
  })
}

/** Time was up in this step. */
export function lateTunnelError(place: TunnelPlace, limitMs?: number): HedgebotError {
  const { protocol, step, way } = place
  const inTime = limitMs === undefined ? 'in time' : `in ${limitMs} ms`
  if (step === 'resolve') {
    const what = `has a name that did not resolve ${inTime}`
    return proxyError(way, 'proxy_unresolved', { what, hint: CHECK_ADDRESS })
  }
  if (step === 'tcp') {
    const what = `did not accept a connection ${inTime}`
    return proxyError(way, 'proxy_connect_timeout', { what, hint: CHECK_ADDRESS })
  }
  const missing = step === 'tls' ? 'did not answer the TLS handshake' : 'did not open a tunnel'
  return proxyError(way, 'proxy_timeout', {
    what: `accepted the connection and ${missing} ${inTime}`,
    hint: `The proxy hangs: take another one. ${CHECK_PROTOCOL[protocol]}`,
  })
}

/** The proxy answered CONNECT with a status that opens no tunnel. */
export function connectStatusError(
  way: EgressName,
  status: number,
  hasLogin: boolean,
): HedgebotError {
  // 401 is meant for servers, but tinyproxy says it to a wrong password and 407 to none.
  if (status === 407 || status === 401) return authError(way, hasLogin, String(status))
  const what = `answered CONNECT with status ${status}`
  const isForbidden = status === 403 || status === 405
  return isForbidden ? deniedError(way, what) : noTunnelError(way, what)
}

function deniedError(way: EgressName, what: string): HedgebotError {
  const hint = 'The proxy answers but does not let this target through: ask its provider.'
  return proxyError(way, 'proxy_denied', { what, hint })
}

function noTunnelError(way: EgressName, what: string): HedgebotError {
  const hint = 'The proxy answers but cannot reach the venue itself: wait, or take another one.'
  return proxyError(way, 'proxy_no_tunnel', { what, hint })
}

/** The proxy wants a login, or another one than ours. */
export function authError(way: EgressName, hasLogin: boolean, detail: string): HedgebotError {
  const what = hasLogin
    ? `does not accept our user name or password (${detail})`
    : `wants a user name and a password (${detail})`
  return proxyError(way, 'proxy_auth', { what, hint: CHECK_LOGIN })
}

/** The proxy answered CONNECT with something that is not HTTP; its first bytes may say what it is. */
export function notHttpError(way: EgressName, received: Buffer): HedgebotError {
  // A TLS record of type alert or handshake begins with its type and version 3.
  const isTls = (received[0] === 0x15 || received[0] === 0x16) && received[1] === 3
  // SOCKS 5 answers with its version; SOCKS 4 with a null byte and a code from 90 on.
  const isSocks = received[0] === 5 || (received[0] === 0 && (received[1] ?? 0) >= 90)
  if (isTls) {
    return proxyError(way, 'proxy_speaks_tls', {
      what: 'does not answer in HTTP but with TLS',
      hint: 'Set protocol: https for this proxy in proxy_pool.',
    })
  }
  if (isSocks) return speaksSocksError(way, 'does not answer in HTTP but like a SOCKS server')
  return proxyError(way, 'proxy_not_http', {
    what: 'does not answer in HTTP',
    hint: 'Set protocol: socks5 for this proxy in proxy_pool if it is a SOCKS server.',
  })
}

/** It is a SOCKS server where an HTTP proxy was expected. */
export function speaksSocksError(way: EgressName, what: string): HedgebotError {
  const hint = 'Set protocol: socks5 for this proxy in proxy_pool.'
  return proxyError(way, 'proxy_speaks_socks', { what, hint })
}

/** The proxy did not answer as SOCKS 5 servers do. */
export function notSocksError(way: EgressName, received: Buffer): HedgebotError {
  if (received.toString('latin1', 0, 5).startsWith('HTTP')) {
    return proxyError(way, 'proxy_speaks_http', {
      what: 'does not answer in SOCKS 5 but in HTTP',
      hint: 'Set protocol: http for this proxy in proxy_pool.',
    })
  }
  return proxyError(way, 'proxy_not_socks', {
    what: 'does not answer in SOCKS 5',
    hint: 'Set protocol: http for this proxy in proxy_pool if it is an HTTP proxy.',
  })
}

/** RFC 1928 section 6. */
const SOCKS_REPLIES: readonly string[] = [
  'succeeded',
  'general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
]

const NOT_ALLOWED = 2

/** The SOCKS server did not connect to the venue. */
export function socksReplyError(way: EgressName, reply: number): HedgebotError {
  const what = `answered with SOCKS reply ${reply} (${SOCKS_REPLIES[reply] ?? 'unknown'})`
  return reply === NOT_ALLOWED ? deniedError(way, what) : noTunnelError(way, what)
}
