import type { Clock } from '../../ports.ts'
import { closedFailure, failure, rendered } from './failure.ts'
import { mailOf, type MailParties } from './mail-envelope.ts'
import { mailHost, type MailLink, openMailLink } from './mail-link.ts'
import type { Envelope, Notifier, OpenSocket, SendResult } from '../notifier.ts'
import { formsOfLogin, quoteAnswer } from './quote-answer.ts'
import { createSendTurns } from './send-turns.ts'
import { readRefusals, type SmtpServer } from './smtp-error.ts'
import { smtpFailure } from './smtp-failure.ts'
import { mailServer } from './smtp-tls-failure.ts'

/** Milliseconds. */
export interface MailLimits {
  /** Until the connection stands, through a proxy too. */
  readonly connectionMs: number
  /** From then to the greeting, and again for STARTTLS. */
  readonly greetingMs: number
  /** Silence in between. */
  readonly socketMs: number
  /** One whole `send`, with the wait for those before it. */
  readonly sendMs: number
}

/** One mail account. */
export interface MailNotifierOptions extends MailParties {
  readonly smtpServer: string
  readonly smtpPort: number
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly isSecure: boolean
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Name of the proxy that mail goes through; direct without one. */
  readonly via?: string | undefined
  readonly openSocket: OpenSocket
  readonly clock: Clock
  readonly limits?: Partial<MailLimits>
  /**
   * Default true: without TLS nothing is sent. A login never goes without TLS, whatever this says. A server on this machine
   * is the exception to both: nobody else hears it.
   */
  readonly requireTls?: boolean
  /** Certificate (PEM) trusted in place of the authorities that Node knows. */
  readonly trustedCa?: string
}

const LIMITS: MailLimits = {
  connectionMs: 10_000,
  greetingMs: 10_000,
  socketMs: 30_000,
  sendMs: 60_000,
}

/**
 * Creates the mail channel. One mail at a time; a connection stays for a few seconds after a mail, and never after a
 * failure. A server that vanishes after the mail and before its answer may have it: it comes again, with the same
 * Message-ID.
 */
export function createMailNotifier(options: MailNotifierOptions): Notifier {
  const limits = { ...LIMITS, ...options.limits }
  const server = serverOf(options)
  let link: MailLink | undefined
  let isClosed = false
  const drop = (): void => {
    link?.drop()
    link = undefined
  }
  const turns = createSendTurns({
    clock: options.clock,
    limitMs: limits.sendMs,
    lateFailure: () =>
      failure('mail_timeout', `${mailServer(server)} did not take the mail in time`, {
        retry: 'soon',
      }),
    onGiveUp: drop,
  })
  const deliver = async (envelope: Envelope): Promise<SendResult> => {
    const mail = rendered(() => mailOf(envelope, options))
    if (!('content' in mail)) return mail
    const used = (link ??= openMailLink(options, limits))
    try {
      const transporter = await used.transporter
      return sentResult(await transporter.sendMail(mail.content), server)
    } catch (error) {
      used.drop()
      if (link === used) link = undefined
      return smtpFailure(error, server)
    }
  }
  return {
    channel: 'email',
    send: (envelope) =>
      isClosed ? Promise.resolve(closedFailure()) : turns.run(() => deliver(envelope)),
    close() {
      isClosed = true
      turns.endAll(closedFailure())
      drop()
    },
  }
}

/** Taken by some at least. */
function sentResult(info: { readonly rejectedErrors?: unknown }, server: SmtpServer): SendResult {
  const refusals = readRefusals(info.rejectedErrors)
  if (refusals.length === 0) return { outcome: 'sent' }
  const told = refusals.map(({ recipient, response }) => {
    const quote = quoteAnswer(response, server.secrets)
    return quote === undefined ? recipient : `${recipient} (${quote})`
  })
  return { outcome: 'sent', note: `${mailServer(server)} did not take it for ${told.join(', ')}` }
}

function serverOf(options: MailNotifierOptions): SmtpServer {
  const { username, password } = options
  return {
    host: mailHost(options),
    port: options.smtpPort,
    isSecure: options.isSecure,
    hasLogin: username !== undefined || password !== undefined,
    secrets: password === undefined ? [] : formsOfLogin(username, password),
  }
}
