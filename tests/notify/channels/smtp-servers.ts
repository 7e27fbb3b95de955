/** Mail servers on loopback, good ones and bad ones, and what a notifier needs to reach them. */
import net, { type AddressInfo, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { vi } from 'vitest'
import {
  createMailNotifier,
  type MailNotifierOptions,
} from '../../../src/notify/channels/mail-notifier.ts'
import type { Message } from '../../../src/notify/message.ts'
import type { Envelope, Notifier, OpenSocket } from '../../../src/notify/notifier.ts'
import { createOpenSocket } from '../../../src/proxies/open-socket.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { type Certificate, makeCertificate } from '../../proxies/certificate.ts'

export const CLOCK = createSystemClock()
export const openDirectly: OpenSocket = createOpenSocket({ clock: CLOCK, proxies: new Map() })

/** Every name leads to this port of this machine, as if it were far away. */
export function mapTo(port: number): OpenSocket {
  return ({ via: _via, ...to }) => openDirectly({ ...to, host: '127.0.0.1', port })
}

export const SENDER = 'Hedge Bot <bot@example.com>'
export const FIRST = 'first@example.org'
export const SECOND = 'second@example.org'

/** A notifier for a server on this machine; short limits, so that a test does not wait. */
export function mailNotifier(port: number, options: Partial<MailNotifierOptions> = {}): Notifier {
  return createMailNotifier({
    smtpServer: '127.0.0.1',
    smtpPort: port,
    isSecure: false,
    sender: SENDER,
    recipients: [FIRST],
    openSocket: openDirectly,
    clock: CLOCK,
    ...options,
  })
}

/** The same server under the name of a machine that is not this one. */
export function farNotifier(port: number, options: Partial<MailNotifierOptions> = {}): Notifier {
  return mailNotifier(port, {
    smtpServer: 'mail.example.com',
    smtpPort: 587,
    openSocket: mapTo(port),
    ...options,
  })
}

export function envelope(message: Partial<Message> = {}, id = 'run7.12'): Envelope {
  return {
    id,
    message: {
      kind: 'stop',
      severity: 'critical',
      title: 'h3 closed at -104.20 USD',
      network: 'testnet',
      atMs: Date.UTC(2026, 10, 30, 14, 3, 22),
      blocks: [{ kind: 'text', text: 'The long leg lost more than allowed.' }],
      ...message,
    },
  }
}

/** Everything that a log or a crash could print. */
export function printed(value: unknown): string {
  return `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)}`
}

export interface TestServer {
  readonly port: number
  /** Connections that were made, and those that stand. */
  connectCount(): number
  openCount(): number
  close(): Promise<void>
}

/** smtp-server with a will of its own. */
export async function startSmtp(options: SMTPServerOptions): Promise<TestServer> {
  const server = new SMTPServer({
    name: 'localhost',
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    disabledCommands: options.cert === undefined ? ['STARTTLS', 'AUTH'] : ['AUTH'],
    ...options,
  })
  server.on('error', () => undefined)
  return listening(server.server)
}

/** A server that does with every connection what the test says. */
export async function startRaw(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return listening(net.createServer(onConnection))
}

async function listening(server: net.Server): Promise<TestServer> {
  const open = new Set<Socket>()
  let connects = 0
  server.on('connection', (socket) => {
    connects++
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    connectCount: () => connects,
    openCount: () => open.size,
    async close() {
      const isClosed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await isClosed
    },
  }
}

/**
 * A mail server by hand. `answer` may say something else than usual to a command (`.` is the end of a mail); what it
 * returns is sent, and `null` sends nothing.
 */
export function startScripted(
  answer: (command: string, socket: Socket) => string | null | undefined,
  greeting = '220 test ESMTP',
): Promise<TestServer> {
  return startRaw((socket) => {
    let rest = ''
    let isData = false
    socket.write(`${greeting}\r\n`)
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (isData && line !== '.') continue
        isData = false
        const said = answer(line, socket)
        const reply = said === undefined ? usualAnswer(line) : said
        if (reply !== null && !socket.destroyed) socket.write(`${reply}\r\n`)
        isData = reply?.startsWith('354') === true
      }
    })
  })
}

function usualAnswer(line: string): string {
  if (line.startsWith('EHLO')) return '250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME'
  if (line.startsWith('AUTH')) return '235 2.7.0 welcome'
  if (line === 'DATA') return '354 go on'
  if (line === 'QUIT') return '221 bye'
  return '250 2.0.0 fine'
}

/** For `localhost`, valid from eleven to nine days ago. */
export function makeExpiredCertificate(): Certificate {
  const now = Date.now()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now - 10 * 86_400_000)
  try {
    return makeCertificate()
  } finally {
    clock.mockRestore()
  }
}
