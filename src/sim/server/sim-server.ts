/**
 * The simulated exchange on a loopback port: plain HTTP and `/stream`, a thin shell around the gateway
 * (DESIGN.md section 6).
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Gateway } from '../gateway/gateway.ts'
import { gatherParams } from '../gateway/request-params.ts'
import { type ArrivalQueue, createArrivalQueue } from './arrival-queue.ts'
import { closeServer, listenOnLoopback } from './listen-on-loopback.ts'
import { readBody } from './read-body.ts'
import { createSocketShell } from './socket-shell.ts'

/** Largest request body, bytes: fifty transactions fit many times. */
const MAX_BODY_BYTES = 1_000_000

export interface SimServerOptions {
  readonly gateway: Gateway
  /** Default `127.0.0.1`; anything but loopback is refused. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** A client that does not read is disconnected beyond this many waiting bytes; default 4,000,000. */
  readonly maxBacklogBytes?: number
  /** A mistake of the simulator while serving; the client gets status 500. */
  onBug?(error: unknown): void
}

export interface SimServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `ws://127.0.0.1:PORT/stream` */
  readonly wsUrl: string
  readonly port: number
  /** Drops every connection and frees the port. */
  close(): Promise<void>
}

/**
 * Serves a gateway.
 * @throws HedgebotError kind `usage`, code `sim_host_not_loopback`, or `sim_port_in_use`
 */
export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const { gateway, host = '127.0.0.1', port = 0 } = options
  const arrivals = createArrivalQueue()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve({ gateway, arrivals }, request, response).catch((error: unknown) => {
      options.onBug?.(error)
      if (!response.headersSent) response.writeHead(500).end()
    })
  })
  const sockets = createSocketShell({
    gateway,
    arrivals,
    ...(options.maxBacklogBytes === undefined ? {} : { maxBacklogBytes: options.maxBacklogBytes }),
  })
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  const listening = await listenOnLoopback(server, { host, port })
  return {
    ...listening,
    wsUrl: `${listening.url.replace('http:', 'ws:')}/stream`,
    async close() {
      sockets.close()
      await closeServer(server)
    },
  }
}

async function serve(
  { gateway, arrivals }: { readonly gateway: Gateway; readonly arrivals: ArrivalQueue },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const arrivedAtMs = gateway.clock.now()
  const body = request.method === 'POST' ? await readBody(request, MAX_BODY_BYTES) : { text: '' }
  if ('failed' in body) {
    // Whoever went away in the middle of a request gets no answer.
    if (body.failed === 'too-large') response.writeHead(413, { connection: 'close' }).end()
    return
  }
  await new Promise<void>((resolve) => arrivals.add(resolve))
  const { path, query } = splitUrl(request.url ?? '/')
  const outcome = await gateway.request({
    remoteAddress: request.socket.remoteAddress ?? '',
    method: request.method ?? 'GET',
    path,
    query,
    headers: singleHeaders(request),
    body: body.text,
    arrivedAtMs,
  })
  if ('lost' in outcome) {
    // Silence leaves the client to its own time-out.
    if (outcome.how !== 'silence') request.socket.destroy()
    return
  }
  const length = String(Buffer.byteLength(outcome.body))
  response.writeHead(outcome.status, { ...outcome.headers, 'content-length': length })
  response.end(outcome.body)
}

/** Path and decoded query of a request target. */
export function splitUrl(target: string): {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
} {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: {} }
  const query = new URLSearchParams(target.slice(mark + 1))
  return { path: target.slice(0, mark), query: gatherParams(query) }
}

function singleHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'content-type']) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}
