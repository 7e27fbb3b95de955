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

/** How every message about a proxy begins. */
export function proxyPrefix({ egress, proxyAddress }: EgressName): string {
  return `proxy "${egress}" (${proxyAddress ?? '?'})`
}

/** A connection through a proxy that never came about: certainly nothing reached the venue. */
export function proxyError(
  way: EgressName,
  code: string,
  told: { readonly what: string; readonly hint: string },
): HedgebotError {
  const message = `${proxyPrefix(way)} ${told.what}`
  return new HedgebotError('proxy', message, { code, hint: told.hint, mayHaveBeenDelivered: false })
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

/** This way was closed by us. */
export function transportClosedError({ egress }: EgressName): HedgebotError {
  return new HedgebotError('network', `the way through "${egress}" is closed`, {
    code: 'transport_closed',
    mayHaveBeenDelivered: false,
  })
}

/** A system error of a connection to the venue. */
export function venueConnectionError(
  way: EgressName,
  cause: unknown,
  mayHaveBeenDelivered: boolean,
): HedgebotError {
  const code = systemCode(cause)
  if (!mayHaveBeenDelivered && isTlsCode(code)) return venueTlsError(way, code)
  const what = textOfCode(code) ?? `connection failed${suffix(code)}`
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

/** Nothing is written before the certificate has been checked, so nothing was delivered. */
function venueTlsError(way: EgressName, code: string): HedgebotError {
  const isCertificate = isCertificateCode(code)
  return networkError(
    way,
    isCertificate
      ? `showed a certificate that we do not trust (${code})`
      : `speaks no TLS (${code})`,
    {
      code: 'venue_tls',
      mayHaveBeenDelivered: false,
      hint: isCertificate
        ? 'Something between us and the venue answers in its place, or the clock of this machine is wrong.'
        : 'Check the address in exchange; a proxy may also answer in place of the venue.',
    },
  )
}

/** The operating system's or TLS library's name of an error, empty when it has none. */
export function systemCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(cause.code)
    ? cause.code
    : ''
}

/** What a system error says about the other side. */
export function textOfCode(code: string): string | undefined {
  return TEXT_BY_CODE[code]
}

/** True for the TLS library's names of what is wrong with a certificate (node:tls, "X509 certificate error codes"). */
export function isCertificateCode(code: string): boolean {
  return /CERT|CRL|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)/.test(
    code,
  )
}

function isTlsCode(code: string): boolean {
  return isCertificateCode(code) || code === 'EPROTO' || /^ERR_(TLS|SSL)_/.test(code)
}

/** A code in brackets for the end of a message. */
export function suffix(code: string): string {
  return code === '' ? '' : ` (${code})`
}
