/**
 * Connections to one mail server over nodemailer, which is loaded with the first one.
 * @module
 */
import type { Socket } from 'node:net'
import type { SMTPPoolOptions, SMTPPoolSentMessageInfo, Transporter } from 'nodemailer'
import type { MailLimits, MailNotifierOptions } from './mail-notifier.ts'

type PoolTransporter = Transporter<SMTPPoolSentMessageInfo, SMTPPoolOptions>
type GetSocketCallback = Parameters<NonNullable<SMTPPoolOptions['getSocket']>>[1]

/** Connections that end together. */
export interface MailLink {
  readonly transporter: Promise<PoolTransporter>
  /** At once, whatever is under way; what nodemailer still waits for rejects. */
  drop(): void
}

/** Mails that come together share a connection; longer idle ones would be cut by servers and routers without a word. */
const IDLE_MS = 5_000
/** Real answers have a few hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024
/** All answers of one connection. */
const MAX_PLAIN_BYTES = 64 * 1024
const MAX_MAILS_PER_CONNECTION = 10

/** Opens nothing yet: the first mail does. */
export function openMailLink(options: MailNotifierOptions, limits: MailLimits): MailLink {
  const life = new AbortController()
  const getSocket = createGetSocket(options, limits, life.signal)
  const transporter = createTransporter({ ...poolOptions(options, limits), getSocket })
  return {
    transporter,
    drop() {
      life.abort()
      transporter.then((made) => made.close({ force: true })).catch(() => undefined)
    },
  }
}

async function createTransporter(
  options: SMTPPoolOptions & { readonly pool: true },
): Promise<PoolTransporter> {
  const { createTransport } = await import('nodemailer')
  const transporter = createTransport(options)
  // What it says beside the answers to our calls is nothing to us, but unheard it would end the process.
  transporter.on('error', () => undefined)
  return transporter
}

/**
 * All connections are ours: nodemailer would ask name servers itself, past the machine's own list of hosts, so that even
 * `localhost` could lead elsewhere.
 */
function createGetSocket(options: MailNotifierOptions, limits: MailLimits, signal: AbortSignal) {
  const { openSocket, smtpPort: port, via } = options
  const to = { host: mailHost(options), port, via, timeoutMs: limits.connectionMs, signal }
  // It waits for the callback alone: nothing may be thrown at it, and nothing come back.
  const open = async (): Promise<Socket> => openSocket(to)
  return (_options: unknown, callback: GetSocketCallback): void => {
    open()
      .then((connection) => callback(null, { connection: limitTalk(connection) }), callback)
      .catch(() => undefined)
  }
}

/**
 * Ends a connection on which far too much is said in clear. nodemailer counts an answer, but not answers: measured with
 * 10.6.0, a flood of empty lines fills its queue as long as it comes, and takes minutes to go through afterwards.
 */
function limitTalk(socket: Socket): Socket {
  let received = 0
  // It is nodemailer that begins to read, when it listens.
  socket.pause()
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > MAX_PLAIN_BYTES) socket.destroy(new TalkError())
  })
  return socket
}

class TalkError extends Error {
  readonly code = 'TOO_MUCH_TALK'
}

function poolOptions(
  options: MailNotifierOptions,
  limits: MailLimits,
): SMTPPoolOptions & { readonly pool: true } {
  const { username, password, trustedCa } = options
  return {
    pool: true,
    maxConnections: 1,
    maxMessages: MAX_MAILS_PER_CONNECTION,
    // What is tried again, and when, is decided by whoever sends.
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    host: mailHost(options),
    port: options.smtpPort,
    secure: options.isSecure,
    requireTLS: mustHaveTls(options),
    // Nothing about this machine.
    name: '[127.0.0.1]',
    ...(username === undefined && password === undefined
      ? {}
      : { auth: { user: username ?? '', pass: password ?? '' } }),
    tls: {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(trustedCa === undefined ? {} : { ca: trustedCa }),
    },
    // nodemailer's limit for the connection goes on until the greeting.
    connectionTimeout: limits.connectionMs + limits.greetingMs,
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.socketMs,
    socketCloseTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  }
}

function mustHaveTls(options: MailNotifierOptions): boolean {
  const { username, password, requireTls = true, via } = options
  // Behind a proxy, its own machine would be meant.
  if (via === undefined && isLoopback(mailHost(options))) return false
  return requireTls || username !== undefined || password !== undefined
}

function isLoopback(host: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(host) || host === '::1' || host.toLowerCase() === 'localhost'
}

/** The host without the brackets that an IPv6 address may have in a configuration. */
export function mailHost({ smtpServer }: Pick<MailNotifierOptions, 'smtpServer'>): string {
  return smtpServer.replace(/^\[(.*)\]$/, '$1')
}
