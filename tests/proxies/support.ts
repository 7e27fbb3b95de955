/** Real servers on loopback: a venue, and proxies that behave and misbehave. */
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import { Server as ProxyServer } from 'proxy-chain'
import { WebSocketServer } from 'ws'
import type { Certificate } from './certificate.ts'

export interface TestVenue {
  readonly restUrl: string
  readonly wsUrl: string
  readonly requests: { url: string; headers: http.IncomingHttpHeaders; body: string }[]
  /** Decides what is answered; default echoes 200. */
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void
  readonly sockets: WebSocketServer
  connectionCount: number
  /** Where connections came from. */
  readonly addresses: Set<string>
  close(): Promise<void>
}

export async function startVenue(certificate?: Certificate): Promise<TestVenue> {
  const listener: http.RequestListener = (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      venue.requests.push({ url: request.url ?? '', headers: request.headers, body })
      venue.answer(request, response)
    })
  }
  const server =
    certificate === undefined
      ? http.createServer(listener)
      : https.createServer(certificate, listener)
  server.on('connection', (socket: Socket) => {
    venue.connectionCount++
    venue.addresses.add(socket.remoteAddress ?? '')
  })
  const sockets = new WebSocketServer({ server, path: '/stream' })
  const port = await listen(server)
  const venue: TestVenue = {
    restUrl: `http${certificate === undefined ? '' : 's'}://127.0.0.1:${port}`,
    wsUrl: `ws${certificate === undefined ? '' : 's'}://127.0.0.1:${port}/stream`,
    requests: [],
    addresses: new Set(),
    answer: (_request, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.end('{"code":200,"id":9007199254740993}')
    },
    sockets,
    connectionCount: 0,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return venue
}

export interface TestProxy {
  readonly host: string
  readonly port: number
  readonly connectCount: () => number
  close(): Promise<void>
}

/** A CONNECT proxy that wants a password. */
export async function startProxy(username: string, password: string): Promise<TestProxy> {
  let connects = 0
  const server = new ProxyServer({
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: (request) => {
      connects++
      const isRight = request.username === username && request.password === password
      return { requestAuthentication: !isRight }
    },
  })
  await server.listen()
  return {
    host: '127.0.0.1',
    port: server.port,
    connectCount: () => connects,
    close: () => server.close(true),
  }
}

/** A server that does with every connection what the test says. */
export async function startRawProxy(onConnection: (socket: Socket) => void): Promise<TestProxy> {
  let connects = 0
  const open = new Set<Socket>()
  const server = net.createServer((socket) => {
    connects++
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  const port = await listen(server)
  return {
    host: '127.0.0.1',
    port,
    connectCount: () => connects,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
