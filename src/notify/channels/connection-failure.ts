/**
 * Connections that failed, in our own words: those of the ports may contain a path, and tokens are in paths.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { type Failure, failure } from './failure.ts'

/** Who could not be reached. */
export interface Receiver {
  /** Begins every code: `mail`, `telegram`, `webhook`. */
  readonly prefix: string
  /** Begins every message: `mail server smtp.example.com:587`. */
  readonly name: string
  /** Where its address is set. */
  readonly addressHint: string
}

interface Words {
  readonly what: string
  readonly retry: Failure['retry']
  readonly hint?: string
}

const WORDS: Readonly<Record<string, Words>> = {
  connection_refused: { what: 'refused the connection', retry: 'soon' },
  connect_timeout: { what: 'could not be reached in time', retry: 'soon' },
  unresolved: { what: 'has a name that does not resolve', retry: 'soon' },
  unreachable: { what: 'cannot be reached', retry: 'soon' },
  timeout: { what: 'did not answer in time', retry: 'soon', hint: '' },
  answer_too_large: { what: 'answered with far more than an answer', retry: 'later' },
  bad_address: { what: 'has no http:// or https:// address', retry: 'later' },
}

/** Some of what a proxy may say is about the venue there; and most proxies let no mail through. */
const PROXY_HINTS: Readonly<Record<string, string>> = {
  proxy_denied: 'Many proxies let no mail through: take another way, or ask its provider.',
  proxy_no_tunnel:
    'The proxy answers but does not get there: many let no mail through. Wait, or take another way.',
}

const PROXY_LATER: readonly string[] = ['proxy_auth', 'proxy_denied', 'proxy_login_too_long']

/** Tells a failure of the ports `post` and `openSocket`. */
export function connectionFailure(error: unknown, receiver: Receiver): Failure {
  const { prefix, name } = receiver
  if (!(error instanceof HedgebotError)) {
    return failure(`${prefix}_failed`, `${name} could not be asked`, { retry: 'soon' })
  }
  const { code } = error
  if (error.kind === 'proxy' || code === 'proxy_login_too_long') return proxyFailure(error)
  if (code === 'unknown_proxy') {
    return failure(code, `${name} is to be reached through a proxy that proxy_pool does not have`, {
      retry: 'later',
      hint: error.hint,
    })
  }
  if (code === 'venue_tls') return tlsFailure(error, receiver)
  if (code === 'aborted' || code === 'transport_closed') {
    return failure(`${prefix}_aborted`, `${name} was not asked to the end`, { retry: 'soon' })
  }
  const known = WORDS[code] ?? brokenWords(error)
  const hint = known.hint ?? receiver.addressHint
  return failure(
    `${prefix}_${WORDS[code] === undefined ? 'connection_lost' : code}`,
    `${name} ${known.what}`,
    {
      retry: known.retry,
      hint: hint === '' ? undefined : hint,
    },
  )
}

function brokenWords({ mayHaveBeenDelivered }: HedgebotError): Words {
  return mayHaveBeenDelivered === true
    ? { what: 'closed the connection before it had answered', retry: 'soon', hint: '' }
    : { what: 'cannot be reached', retry: 'soon' }
}

/** These name the proxy, never a path. */
function proxyFailure({ code, message, hint }: HedgebotError): Failure {
  return failure(code, message, {
    retry: PROXY_LATER.includes(code) ? 'later' : 'soon',
    hint: PROXY_HINTS[code] ?? hint,
  })
}

function tlsFailure({ message }: HedgebotError, { prefix, name }: Receiver): Failure {
  const reason = /\(([A-Z][A-Z0-9_]{2,60})\)/.exec(message)?.[1]
  const suffix = reason === undefined ? '' : ` (${reason})`
  return message.includes('certificate')
    ? failure(
        `${prefix}_certificate`,
        `${name} shows a certificate that we do not trust${suffix}`,
        {
          retry: 'later',
          hint: 'An own authority goes in NODE_EXTRA_CA_CERTS=<file>; else something answers in its place, or the clock of this machine is wrong.',
        },
      )
    : failure(`${prefix}_tls`, `${name} speaks no TLS${suffix}`, {
        retry: 'later',
        hint: 'Check whether its address begins with http:// instead of https://.',
      })
}
