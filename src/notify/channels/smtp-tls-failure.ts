/**
 * TLS with a mail server: what is wrong with its certificate, or why there is no TLS at all. None of it changes by
 * itself.
 * @module
 */
import { type Failure, failure } from './failure.ts'
import type { SmtpError, SmtpServer } from './smtp-error.ts'

const OWN_AUTHORITY =
  'Start hedgebot with NODE_EXTRA_CA_CERTS=<file with its certificate> if it is your own server.'

const SELF_SIGNED: readonly string[] = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']
const DATES: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']
const NAMES: readonly string[] = ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']
/** What comes back where one side speaks TLS and the other does not (OpenSSL 3). */
const NO_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST|BAD_RECORD_TYPE|RECORD_TOO_(?:SMALL|LARGE)/
/** Names of what is wrong with a certificate (node:tls, "X509 certificate error codes"). */
const CERTIFICATE = /CERT|CRL|ISSUER|LEAF_SIGNATURE|INVALID_(?:CA|PURPOSE)/
const TLS = /^(?:EPROTO$|ERR_(?:TLS|SSL)_)/

/** The failure when it is one of TLS, else undefined. */
export function smtpTlsFailure(error: SmtpError, server: SmtpServer): Failure | undefined {
  const { systemCode } = error
  if (NAMES.includes(systemCode)) return nameFailure(error, server)
  if (CERTIFICATE.test(systemCode)) return certificateFailure(systemCode, server)
  if (NO_TLS.test(systemCode)) return wrongModeFailure(server)
  if (TLS.test(systemCode)) return brokenTls(systemCode, server)
  if (error.text.includes('before secure TLS connection')) return closedFailure(server)
  if (error.text.startsWith('EHLO failed but') && error.status < 550)
    return noTlsFailure(error, server)
  if (error.code !== 'ETLS') return undefined
  return error.command === 'STARTTLS' ? noTlsFailure(error, server) : closedFailure(server)
}

/** How every message about a mail server begins. */
export function mailServer({ host, port }: Pick<SmtpServer, 'host' | 'port'>): string {
  return `mail server ${host.includes(':') ? `[${host}]` : host}:${port}`
}

function nameFailure({ certificateNames }: SmtpError, server: SmtpServer): Failure {
  const shown = certificateNames.slice(0, 3).join(', ')
  const more = certificateNames.length > 3 ? ', ...' : ''
  const names = shown === '' ? 'other names' : `${shown}${more}`
  return failure(
    'mail_certificate_name',
    `${mailServer(server)} shows a certificate that is not for ${server.host} but for ${names}`,
    { retry: 'later', hint: 'Set smtp_server to the name that the certificate is for.' },
  )
}

function certificateFailure(code: string, server: SmtpServer): Failure {
  const who = mailServer(server)
  if (SELF_SIGNED.includes(code)) {
    const message = `${who} shows a certificate that it signed itself (${code})`
    return failure('mail_certificate_self_signed', message, { retry: 'later', hint: OWN_AUTHORITY })
  }
  if (DATES.includes(code)) {
    const what = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return failure('mail_certificate_expired', `${who} shows a certificate that ${what}`, {
      retry: 'later',
      hint: 'Check the date of this machine; else the server needs a new certificate.',
    })
  }
  return failure(
    'mail_certificate_untrusted',
    `${who} shows a certificate that we do not trust (${code})`,
    {
      retry: 'later',
      hint: OWN_AUTHORITY,
    },
  )
}

function wrongModeFailure(server: SmtpServer): Failure {
  return failure('mail_tls_mode', `${mailServer(server)} does not answer in TLS`, {
    retry: 'later',
    hint: server.isSecure
      ? 'This port begins without TLS: set secure: false (usual with port 587), or take port 465.'
      : 'It offers STARTTLS and then does not speak TLS: take port 465 with secure: true.',
  })
}

function brokenTls(code: string, server: SmtpServer): Failure {
  return failure(
    'mail_tls',
    `${mailServer(server)} and this program found no common TLS (${code})`,
    {
      retry: 'later',
      hint: 'TLS 1.2 or later is needed.',
    },
  )
}

function closedFailure(server: SmtpServer): Failure {
  const what = 'closed the connection in the TLS handshake'
  return failure('mail_tls_closed', `${mailServer(server)} ${what}`, {
    retry: 'soon',
    hint: server.isSecure
      ? 'If this port begins without TLS (587 usually does), set secure: false.'
      : undefined,
  })
}

/** STARTTLS was refused, or there is no such thing. */
function noTlsFailure({ status }: SmtpError, server: SmtpServer): Failure {
  const what = 'offers no TLS, so nothing is sent through it'
  return failure('mail_no_tls', `${mailServer(server)} ${what}`, {
    retry: status >= 400 && status < 500 ? 'soon' : 'later',
    hint: 'Take a port with TLS: 465 with secure: true, or 587.',
  })
}
