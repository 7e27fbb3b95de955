/**
 * A mail server on loopback for demo and tests: takes everything, keeps the last mails in memory, delivers nothing.
 * @module
 */
import type { AddressInfo, Socket } from 'node:net'
import {
  SMTPServer,
  type SMTPServerAuthentication,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import type { Clock } from '../../ports.ts'

export interface MailSinkOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Default 0: a free one. */
  readonly port?: number
  /** Key and certificate, PEM: offers STARTTLS with it; without, there is no TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** TLS from the first byte instead; needs the certificate. */
  readonly isSecure?: boolean
  /** Then nothing is taken without it, and where there is TLS not before that. */
  readonly login?: { readonly username: string; readonly password: string }
  /** Mails that are kept; default 100. */
  readonly maxMails?: number
  /** Largest mail that is taken; default 1 MiB. */
  readonly maxMailBytes?: number
  readonly onMail?: (mail: SinkMail) => void
}

/** One mail as it came. */
export interface SinkMail {
  /** Of the envelope. */
  readonly from: string
  readonly to: readonly string[]
  /** Head and body; `readMail` reads it. */
  readonly raw: Buffer
  readonly receivedAtMs: number
}

export interface MailSink {
  readonly host: '127.0.0.1'
  readonly port: number
  /** The last ones, oldest first. */
  mails(): readonly SinkMail[]
  close(): Promise<void>
}

const MAX_MAILS = 100
const MAX_MAIL_BYTES = 1024 * 1024
const SOCKET_TIMEOUT_MS = 30_000

/** Starts the server; rejects with the system's own error where the port cannot be opened. */
export async function startMailSink(options: MailSinkOptions): Promise<MailSink> {
  const kept: SinkMail[] = []
  const server = new SMTPServer(serverOptions(options, kept))
  const sockets = new Set<Socket>()
  server.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject)
      // From here on these are about single connections, which ended.
      server.on('error', () => undefined)
      resolve()
    })
  })
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    mails: () => [...kept],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function serverOptions(options: MailSinkOptions, kept: SinkMail[]): SMTPServerOptions {
  const { certificate, isSecure = false, login, maxMailBytes = MAX_MAIL_BYTES } = options
  const hasStartTls = certificate !== undefined && !isSecure
  return {
    name: 'localhost',
    secure: isSecure,
    ...certificate,
    disabledCommands: [
      ...(hasStartTls ? [] : ['STARTTLS']),
      ...(login === undefined ? ['AUTH'] : []),
    ],
    authOptional: login === undefined,
    // Where there is no TLS at all: nobody but this machine hears it.
    allowInsecureAuth: !hasStartTls,
    // Asks no name server, prints nothing.
    disableReverseLookup: true,
    logger: false,
    size: maxMailBytes,
    rejectOversized: true,
    socketTimeout: SOCKET_TIMEOUT_MS,
    closeTimeout: SOCKET_TIMEOUT_MS,
    onAuth: (given, _session, done) => {
      if (isLogin(given, login)) done(null, { user: given.username })
      else done(null, { message: 'Authentication credentials invalid' })
    },
    onData: (stream, session, done) => {
      takeMail(stream, maxMailBytes)
        .then((raw) => {
          if (raw !== undefined) keep(mailOf(session, raw, options.clock.now()), options, kept)
          done(null)
        })
        .catch((error: unknown) => done(error instanceof Error ? error : new Error(String(error))))
    },
  }
}

function isLogin(given: SMTPServerAuthentication, login: MailSinkOptions['login']): boolean {
  return given.username === login?.username && given.password === login?.password
}

/** The whole mail, or undefined for one that is too large, of which nothing is kept. */
async function takeMail(
  stream: SMTPServerDataStream,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  }
  return length <= maxBytes ? Buffer.concat(chunks) : undefined
}

function mailOf({ envelope }: SMTPServerSession, raw: Buffer, receivedAtMs: number): SinkMail {
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    raw,
    receivedAtMs,
  }
}

function keep(
  mail: SinkMail,
  { maxMails = MAX_MAILS, onMail }: MailSinkOptions,
  kept: SinkMail[],
): void {
  kept.push(mail)
  if (kept.length > maxMails) kept.shift()
  onMail?.(mail)
}
