/** Proxies, mail servers and receivers that turn against whoever trusts them with a secret, and send it back. */
import net, { type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import { startConnectProxy } from '../../../src/sim/stage/connect-proxy.ts'
import { type Certificate, makeCertificate } from '../../proxies/certificate.ts'

/**
 * `refuse`: 407 with all that came in. `hang`. `garbage`: what came in, and no HTTP. `pretend`: opens a tunnel and
 * answers every request in it with a page that has the login and the request.
 */
export type ProxyMode = 'normal' | 'refuse' | 'hang' | 'garbage' | 'pretend'

export interface EchoProxy {
  readonly port: number
  setMode(mode: ProxyMode): void
  close(): Promise<void>
}

export interface EchoProxyOptions {
  readonly localAddress: string
  readonly username: string
  readonly password: string
  /** Port of this machine that stands for any host that is not on it. */
  readonly outsidePort: number
}

/** A proxy with a login before a real one. */
export async function startEchoProxy(options: EchoProxyOptions): Promise<EchoProxy> {
  const { localAddress, username, password, outsidePort } = options
  const real = await startConnectProxy({ localAddress, username, password })
  let mode: ProxyMode = 'normal'
  const server = await listen((client) => {
    client.once('data', (chunk) => {
      const head = chunk.toString('latin1')
      if (mode === 'hang') return
      if (mode === 'refuse') {
        client.end(
          `HTTP/1.1 407 no: ${loginIn(head)}\r\nX-Echo: ${loginIn(head)}\r\nConnection: close\r\n\r\n${explain(head)}`,
        )
      } else if (mode === 'garbage') client.end(explain(head))
      else if (mode === 'pretend') pretend(client, head)
      else if (/^CONNECT (?:127\.|localhost)/.test(head)) {
        relay(client, net.connect(real.port, '127.0.0.1'), chunk)
      } else {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        relay(client, net.connect(outsidePort, '127.0.0.1'))
      }
    })
  })
  return {
    port: server.port,
    setMode(next) {
      mode = next
      real.cutTunnels()
      server.cut()
    },
    async close() {
      await server.close()
      await real.close()
    },
  }
}

function pretend(client: Socket, head: string): void {
  client.write('HTTP/1.1 200 OK\r\n\r\n')
  client.on('data', (chunk: Buffer) => {
    const body = `<html><p>${explain(head)}</p><p>${explain(chunk.toString('latin1'))}</p></html>`
    const length = Buffer.byteLength(body)
    client.write(
      `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: ${length}\r\n\r\n${body}`,
    )
  })
}

function loginIn(head: string): string {
  return /authorization: (?:basic )?(.*)/i.exec(head)?.[1]?.trim() ?? ''
}

/** All that there is to be learned from a login, readable and not, and the rest behind it. */
function explain(head: string): string {
  const login = loginIn(head)
  const decoded = Buffer.from(login, 'base64').toString()
  return `who is ${decoded} (${login})? ${JSON.stringify(decoded)} ${encodeURIComponent(decoded)}: ${head}`
}

function relay(client: Socket, upstream: Socket, first?: Buffer): void {
  upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
  client.on('close', () => upstream.destroy())
  if (first !== undefined) upstream.write(first)
  client.pipe(upstream)
  upstream.pipe(client)
}

/** `accept`: takes every login. `reject`: 535 with all that came in. `drop`: closes at the login. */
export type SmtpMode = 'accept' | 'reject' | 'drop'

export interface EchoSmtp {
  readonly port: number
  /** Mails as they came, dots undone. */
  readonly mails: readonly string[]
  setMode(mode: SmtpMode): void
  close(): Promise<void>
}

/** A mail server that keeps what it gets, and quotes every login that it does not like. */
export async function startEchoSmtp(): Promise<EchoSmtp> {
  const mails: string[] = []
  let mode: SmtpMode = 'accept'
  const server = await listen((socket) => {
    talkSmtp(socket, { mode: () => mode, onMail: (mail) => mails.push(mail) })
  })
  return {
    port: server.port,
    mails,
    setMode(next) {
      mode = next
      server.cut()
    },
    close: server.close,
  }
}

function talkSmtp(
  socket: Socket,
  { mode, onMail }: { readonly mode: () => SmtpMode; readonly onMail: (mail: string) => void },
): void {
  let rest = ''
  let mail: string[] | undefined
  const answer = (line: string): string => {
    if (/^EHLO/i.test(line)) return '250-test\r\n250-AUTH PLAIN LOGIN\r\n250 OK'
    if (/^AUTH/i.test(line)) {
      if (mode() === 'accept') return '235 welcome'
      const login = line.split(' ').at(-1) ?? ''
      const decoded = Buffer.from(login, 'base64').toString().replaceAll('\0', ' ')
      return `535-5.7.8 ${line}\r\n535-5.7.8 ${decoded}\r\n535 5.7.8 ${decoded.toUpperCase()} is wrong`
    }
    if (/^DATA/i.test(line)) {
      mail = []
      return '354 go on'
    }
    return /^QUIT/i.test(line) ? '221 bye' : '250 OK'
  }
  socket.write('220 test\r\n')
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (mail === undefined) {
        if (/^AUTH/i.test(line) && mode() === 'drop') socket.destroy()
        else socket.write(`${answer(line)}\r\n`)
      } else if (line === '.') {
        onMail(mail.join('\r\n'))
        mail = undefined
        socket.write('250 taken\r\n')
      } else mail.push(line.replace(/^\.\./, '.'))
    }
  })
}

/** TLS and HTTP in place of Telegram: `accept`, or an error whose description has everything that came in. */
export async function startEchoTelegram(): Promise<{
  readonly port: number
  readonly bodies: readonly string[]
  setMode(mode: 'accept' | 'refuse'): void
  close(): Promise<void>
}> {
  const bodies: string[] = []
  let mode: 'accept' | 'refuse' = 'accept'
  const certificate: Certificate = makeCertificate()
  const server = createTlsServer({ ...certificate }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      const { url = '' } = request
      const description = `Unauthorized: ${decodeURIComponent(url)} (${url})`
      response.statusCode = mode === 'accept' ? 200 : 401
      response.end(
        JSON.stringify(
          mode === 'accept' ? { ok: true } : { ok: false, error_code: 401, description },
        ),
      )
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    bodies,
    setMode(next) {
      mode = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function listen(onConnection: (socket: Socket) => void) {
  const open = new Set<Socket>()
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async close(): Promise<void> {
      const isClosed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      cut()
      await isClosed
    },
  }
}
