/**
 * Why a mail was not taken, from nodemailer's error to words that help. Pure. The server's own text is quoted where it
 * surely contains nothing of the login.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { connectionFailure } from './connection-failure.ts'
import { type Failure, failure } from './failure.ts'
import { quoteAnswer } from './quote-answer.ts'
import { readSmtpError, type SmtpError, type SmtpServer } from './smtp-error.ts'
import { smtpLoginFailure } from './smtp-login-failure.ts'
import { mailServer, smtpTlsFailure } from './smtp-tls-failure.ts'

const CHECK_ADDRESS =
  'Check smtp_server and smtp_port; many networks and providers block mail ports.'

/** Turns whatever nodemailer or the port for sockets rejected with into a failure; never throws. */
export function smtpFailure(error: unknown, server: SmtpServer): Failure {
  if (error instanceof HedgebotError) {
    const name = mailServer(server)
    return connectionFailure(error, { prefix: 'mail', name, addressHint: CHECK_ADDRESS })
  }
  const facts = readSmtpError(error)
  return (
    smtpTlsFailure(facts, server) ??
    limitFailure(facts, server) ??
    busyFailure(facts, server) ??
    smtpLoginFailure(facts, server) ??
    answerFailure(facts, server) ??
    brokenFailure(facts, server)
  )
}

/** `who what: "the server's words"`. */
function told(server: SmtpServer, what: string, response: string): string {
  const quote = quoteAnswer(response, server.secrets)
  return `${mailServer(server)} ${what}${quote === undefined ? '' : `: ${quote}`}`
}

const LIMITS: Readonly<Record<string, readonly [code: string, what: string]>> = {
  CONNECT_TIMEOUT: ['mail_connect_timeout', 'could not be reached in time'],
  GREETING_TIMEOUT: ['mail_no_greeting', 'accepted the connection and did not greet in time'],
  UPGRADE_TIMEOUT: ['mail_tls_timeout', 'did not finish the TLS handshake in time'],
  SOCKET_TIMEOUT: ['mail_timeout', 'stopped answering'],
}

/** A limit ended it. */
function limitFailure({ limit, code }: SmtpError, server: SmtpServer): Failure | undefined {
  const known = LIMITS[limit]
  if (known !== undefined) {
    const [name, what] = known
    return failure(name, `${mailServer(server)} ${what}`, {
      retry: 'soon',
      hint: hintOf(name, server),
    })
  }
  return code === 'ETIMEDOUT'
    ? failure('mail_timeout', `${mailServer(server)} did not answer in time`, { retry: 'soon' })
    : undefined
}

function hintOf(name: string, { isSecure, port }: SmtpServer): string | undefined {
  if (name === 'mail_connect_timeout') return CHECK_ADDRESS
  if (name !== 'mail_no_greeting' || isSecure) return undefined
  return port === 465
    ? 'Port 465 wants TLS from the first byte: set secure: true.'
    : 'If this port wants TLS from the first byte (465 does), set secure: true.'
}

/** 421 means the same wherever it comes: not now (RFC 5321 section 4.2). */
function busyFailure({ status, response }: SmtpError, server: SmtpServer): Failure | undefined {
  if (status !== 421) return undefined
  return failure('mail_busy', told(server, 'has no time now', response), { retry: 'soon' })
}

/** The server answered a command, or greeted, with something that does not lead on. */
function answerFailure(error: SmtpError, server: SmtpServer): Failure | undefined {
  const { code, command } = error
  if (code === 'EPROTOCOL') return protocolFailure(error, server)
  if (command === 'EHLO' || command === 'HELO') return helloFailure(error, server)
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return undefined
  if (isTooLarge(error)) {
    const message = told(server, 'takes no mail of this size', error.response)
    return failure('mail_too_large', message, { retry: 'never' })
  }
  if (command === 'RCPT TO') return recipientsFailure(error, server)
  if (command === 'MAIL FROM') return senderFailure(error, server)
  if (command === 'DATA') return contentFailure(error, server)
  return failure('mail_bad_address', 'sender or a recipient is no mail address', {
    retry: 'later',
    hint: 'Check sender and recipients under notification.email.',
  })
}

/** 552, its enhanced codes (RFC 3463), and nodemailer's own check against the size that the server announced. */
function isTooLarge({ status, response, text, code }: SmtpError): boolean {
  return (
    (status === 552 && !/\b5\.2\.2\b/.test(response)) ||
    /^5\d\d[ -]5\.(?:2\.3|3\.4)\b/.test(response) ||
    (code === 'EMESSAGE' && status === 0 && text.startsWith('Message size larger'))
  )
}

function isTemporary(status: number): boolean {
  return status >= 400 && status < 500
}

function deferred({ response }: SmtpError, server: SmtpServer): Failure {
  return failure('mail_deferred', told(server, 'does not take the mail yet', response), {
    retry: 'soon',
  })
}

const WANTS_LOGIN = /\b(?:relay|authenticat|log ?in)/i

/** It would pass the mail on for somebody who has logged in: nothing is wrong with the mail. */
function loginMissing({ status, response }: SmtpError, server: SmtpServer): Failure | undefined {
  if (status !== 530 && !(status >= 500 && WANTS_LOGIN.test(response))) return undefined
  return failure('mail_login_required', told(server, 'wants a login for this', response), {
    retry: 'later',
    hint: server.hasLogin
      ? 'It did not offer to log in: another port (587 or 465) usually does.'
      : 'Set username and password under notification.email.',
  })
}

function recipientsFailure(error: SmtpError, server: SmtpServer): Failure {
  const { refusals, response, status } = error
  const statuses = refusals.length === 0 ? [status] : refusals.map((refusal) => refusal.status)
  const isFinal = statuses.every((each) => each >= 500)
  if (!isFinal) return deferred(error, server)
  const login = loginMissing(error, server)
  if (login !== undefined) return login
  return failure(
    'mail_recipients_refused',
    told(server, 'takes mail for none of the recipients', response),
    {
      retry: 'never',
      hint: 'Check recipients under notification.email.',
    },
  )
}

function senderFailure(error: SmtpError, server: SmtpServer): Failure {
  if (isTemporary(error.status)) return deferred(error, server)
  return (
    loginMissing(error, server) ??
    failure('mail_sender_refused', told(server, 'takes no mail from this sender', error.response), {
      retry: 'later',
      hint: 'Check sender under notification.email; many servers want the address of the login there.',
    })
  )
}

function contentFailure(error: SmtpError, server: SmtpServer): Failure {
  if (error.status < 500) return deferred(error, server)
  return failure('mail_refused', told(server, 'refuses this mail', error.response), {
    retry: 'never',
  })
}

/** A greeting that is none, or an answer that nobody asked for. */
function protocolFailure(error: SmtpError, server: SmtpServer): Failure {
  const { status, response, text } = error
  if (isTemporary(status)) {
    return failure('mail_busy', told(server, 'has no time now', response), { retry: 'soon' })
  }
  if (status >= 500) return refusedClient(error, server)
  if (/^Invalid (?:greeting|HELO)/.test(text) || text.includes('maximum allowed size')) {
    return failure('mail_not_smtp', told(server, 'does not answer like a mail server', response), {
      retry: 'later',
      hint: CHECK_ADDRESS,
    })
  }
  return failure('mail_protocol', told(server, 'answered out of turn', response), { retry: 'soon' })
}

function helloFailure(error: SmtpError, server: SmtpServer): Failure {
  return isTemporary(error.status)
    ? failure('mail_busy', told(server, 'has no time now', error.response), { retry: 'soon' })
    : refusedClient(error, server)
}

function refusedClient({ response }: SmtpError, server: SmtpServer): Failure {
  return failure('mail_client_refused', told(server, 'does not talk with this machine', response), {
    retry: 'later',
    hint: 'Its provider may block this address: send through your own mail account, port 587 or 465.',
  })
}

const BROKEN: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ECONNREFUSED: ['mail_connection_refused', 'refused the connection'],
  ENOTFOUND: ['mail_unresolved', 'has a name that does not resolve'],
  EAI_AGAIN: ['mail_unresolved', 'has a name that does not resolve right now'],
  EHOSTUNREACH: ['mail_unreachable', 'cannot be reached'],
  ENETUNREACH: ['mail_unreachable', 'cannot be reached: no network'],
  ETIMEDOUT: ['mail_connect_timeout', 'could not be reached in time'],
  TOO_MUCH_TALK: ['mail_not_smtp', 'says far more than a mail server does'],
}

/** No answer at all: the connection, or something that this file does not know. */
function brokenFailure({ code, systemCode }: SmtpError, server: SmtpServer): Failure {
  const known =
    BROKEN[systemCode] ?? BROKEN[code] ?? (code === 'EDNS' ? BROKEN['ENOTFOUND'] : undefined)
  if (known !== undefined) {
    const [name, what] = known
    return failure(name, `${mailServer(server)} ${what}`, { retry: 'soon', hint: CHECK_ADDRESS })
  }
  if (code === 'ECONNECTION' || code === 'ESOCKET') {
    const what = 'closed the connection before it had taken the mail'
    return failure('mail_connection_lost', `${mailServer(server)} ${what}`, {
      retry: 'soon',
      hint:
        server.port === 465 && !server.isSecure ? hintOf('mail_no_greeting', server) : undefined,
    })
  }
  const suffix = code === '' ? '' : ` (${code})`
  return failure('mail_failed', `${mailServer(server)} did not take the mail${suffix}`, {
    retry: 'soon',
  })
}
