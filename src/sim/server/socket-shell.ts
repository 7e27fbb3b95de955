import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Gateway } from '../gateway/gateway.ts'
import { forbiddenResponse, type GatewayResponse } from '../gateway/rest-service.ts'
import type { GatewaySession } from '../gateway/session.ts'
import type { ArrivalQueue } from './arrival-queue.ts'
import { splitUrl } from './sim-server.ts'

/** Largest message from a client, bytes. */
const MAX_MESSAGE_BYTES = 256_000
/** Characters of one client's messages that may wait for their turn; beyond that its socket is not read. */
const MAX_WAITING_CHARS = 1_000_000
/** Default of `maxBacklogBytes`: a minute of every channel of twenty accounts. */
const MAX_BACKLOG_BYTES = 4_000_000
/**
 * Compression is offered (PROTOCOL.md section 1) and used with clients that ask for it, for messages worth the work.
 */
const COMPRESSION = { threshold: 1_024, zlibDeflateOptions: { level: 1 } }

export interface SocketShell {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

export interface SocketShellOptions {
  readonly gateway: Gateway
  readonly arrivals: ArrivalQueue
  /** "Slow consumers are disconnected" (PROTOCOL.md section 8.1): bytes that may wait; the venue's figure is unknown. */
  readonly maxBacklogBytes?: number
}

/** WebSocket connections of a server; pongs are the session's decision, so that a line can play dead. */
export function createSocketShell(options: SocketShellOptions): SocketShell {
  const { gateway, maxBacklogBytes = MAX_BACKLOG_BYTES } = options
  const server = new WebSocketServer({
    noServer: true,
    autoPong: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: COMPRESSION,
    clientTracking: true,
  })
  return {
    upgrade(request, socket, head) {
      // From here on nobody else listens: a client that breaks off must not break the simulator.
      socket.on('error', () => undefined)
      const { path, query } = splitUrl(request.url ?? '/')
      if (path !== '/stream') {
        refuse(socket, forbiddenResponse())
        return
      }
      const line = createLine(socket, maxBacklogBytes)
      const remoteAddress = request.socket.remoteAddress ?? ''
      const session = gateway.openSession({ ...line, remoteAddress, query })
      if ('status' in session) {
        refuse(socket, session)
        return
      }
      socket.once('close', () => session.closed())
      server.handleUpgrade(request, socket, head, (client) => {
        line.attach(client)
        attach(options, client, session)
      })
    },
    close() {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}

interface Line {
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  attach(client: WebSocket): void
}

/** Keeps what the session says before the handshake is done. */
function createLine(socket: Duplex, maxBacklogBytes: number): Line {
  const early: string[] = []
  let client: WebSocket | undefined
  let isGathering = false
  /** Frames of one turn leave in one write: a fill tells several channels at once, and each write is a system call. */
  const gather = () => {
    if (isGathering) return
    isGathering = true
    socket.cork()
    process.nextTick(() => {
      isGathering = false
      socket.uncork()
    })
  }
  return {
    send(text) {
      if (client === undefined) {
        early.push(text)
        return
      }
      gather()
      client.send(text)
      if (client.bufferedAmount > maxBacklogBytes) client.terminate()
    },
    close: (code, reason) => client?.close(code, reason),
    terminate: () => (client === undefined ? void socket.destroy() : client.terminate()),
    attach(attached) {
      client = attached
      for (const text of early) client.send(text)
    },
  }
}

function attach(
  { gateway, arrivals }: SocketShellOptions,
  client: WebSocket,
  session: GatewaySession,
): void {
  let waitingChars = 0
  client.on('message', (data, isBinary) => {
    const arrivedAtMs = gateway.clock.now()
    // A message comes as one buffer (`binaryType` is left as it is). The venue speaks text; what it does with binary
    // messages is not known: here they are no JSON.
    const text = isBinary || !(data instanceof Buffer) ? '' : data.toString('utf8')
    waitingChars += text.length
    if (waitingChars > MAX_WAITING_CHARS) client.pause()
    arrivals.add(() => {
      waitingChars -= text.length
      if (waitingChars <= MAX_WAITING_CHARS && client.isPaused) client.resume()
      session.receive(text, arrivedAtMs)
    })
  })
  client.on('ping', (data) => {
    if (session.ping()) client.pong(data)
  })
  client.on('pong', () => session.heard())
  client.on('close', () => session.closed())
  // Protocol errors end in a close, which follows.
  client.on('error', () => undefined)
}

function refuse(socket: Duplex, { status, headers, body }: GatewayResponse): void {
  const head = [
    `HTTP/1.1 ${status} Refused`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
