import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Gateway } from '../gateway/gateway.ts'
import type { GatewaySession } from '../gateway/session.ts'
import type { ArrivalQueue } from './arrival-queue.ts'
import { splitUrl } from './sim-server.ts'

/** Largest message from a client, bytes. */
const MAX_MESSAGE_BYTES = 256_000
/** A client that does not read is dropped beyond this many waiting bytes. */
const MAX_BACKLOG_BYTES = 16_000_000

export interface SocketShell {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

/** WebSocket connections of a server; pongs are the session's decision, so that a line can play dead. */
export function createSocketShell(gateway: Gateway, arrivals: ArrivalQueue): SocketShell {
  const server = new WebSocketServer({
    noServer: true,
    autoPong: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  })
  return {
    upgrade(request, socket, head) {
      const { path, query } = splitUrl(request.url ?? '/')
      if (path !== '/stream') {
        refuse(socket, 403, 'Forbidden')
        return
      }
      const line = createLine(socket)
      const remoteAddress = request.socket.remoteAddress ?? ''
      const session = gateway.openSession({ ...line, remoteAddress, query })
      if ('status' in session) {
        refuse(socket, session.status, session.body)
        return
      }
      socket.once('close', () => session.closed())
      server.handleUpgrade(request, socket, head, (client) => {
        line.attach(client)
        attach({ gateway, arrivals }, client, session)
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
function createLine(socket: Duplex): Line {
  const early: string[] = []
  let client: WebSocket | undefined
  return {
    send(text) {
      if (client === undefined) {
        early.push(text)
        return
      }
      client.send(text)
      if (client.bufferedAmount > MAX_BACKLOG_BYTES) client.terminate()
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
  { gateway, arrivals }: { readonly gateway: Gateway; readonly arrivals: ArrivalQueue },
  client: WebSocket,
  session: GatewaySession,
): void {
  client.on('message', (data, isBinary) => {
    const arrivedAtMs = gateway.clock.now()
    // A text message comes as one buffer (`binaryType` is left as it is).
    if (isBinary || !(data instanceof Buffer)) return
    const text = data.toString('utf8')
    arrivals.add(() => session.receive(text, arrivedAtMs))
  })
  client.on('ping', (data) => {
    if (session.ping()) client.pong(data)
  })
  client.on('close', () => session.closed())
  // Protocol errors end in a close, which follows.
  client.on('error', () => undefined)
}

function refuse(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
