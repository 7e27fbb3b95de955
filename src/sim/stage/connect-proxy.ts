/**
 * A small CONNECT proxy on loopback for demo and tests. Each leaves from an address of its own (127.0.0.N), so that
 * the simulated exchange counts it apart.
 * @module
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { isLoopbackAddress } from '../server/loopback.ts'

/** A request head longer than this is no CONNECT request. */
const MAX_HEAD_BYTES = 16_384

export interface ConnectProxyOptions {
  /** Default 0: a free one. */
  readonly port?: number
  /** Local address that connections to the target leave from; default `127.0.0.1`. */
  readonly localAddress?: string
  /** Both or none: then a client must give them (RFC 7617 basic). */
  readonly username?: string
  readonly password?: string
}

export interface ConnectProxy {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly localAddress: string
  /** Tunnels made so far. */
  tunnelCount(): number
  /** Breaks every tunnel; new ones are still made. */
  cutTunnels(): void
  /**
   * `hang` accepts connections and never answers, `refuse` closes them at once; what stands goes on. `freeze` hangs, and
   * carries nothing any more through what stands either, until it is normal again.
   */
  setMode(mode: ConnectProxyMode): void
  close(): Promise<void>
}

export type ConnectProxyMode = 'normal' | 'hang' | 'refuse' | 'freeze'

/** Starts a proxy that connects to loopback targets only. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { port = 0, localAddress = '127.0.0.1' } = options
  const kept = keepSockets()
  const { track } = kept
  let tunnels = 0
  let mode: ConnectProxyMode = 'normal'
  const server = createServer((client) => {
    track(client)
    if (mode === 'refuse') client.destroy()
    if (mode !== 'normal') return
    readHead(client, (head, rest) => {
      const target = readTarget(head, options)
      if (typeof target === 'string') {
        client.end(target)
        return
      }
      const upstream = connect({ ...target, localAddress })
      track(upstream)
      joinTunnel(client, upstream, rest)
      tunnels += 1
    })
  })
  await listen(server, port)
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    localAddress,
    tunnelCount: () => tunnels,
    cutTunnels: kept.destroyAll,
    setMode(next) {
      mode = next
      kept.freeze(next === 'freeze')
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        kept.destroyAll()
      }),
  }
}

/** Every socket at either end of the proxy. */
function keepSockets() {
  const sockets = new Set<Socket>()
  const frozen = new Set<Socket>()
  return {
    track(socket: Socket): void {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        frozen.delete(socket)
      })
      // A broken tunnel is told by its close.
      socket.on('error', () => undefined)
    },
    destroyAll(): void {
      for (const socket of sockets) socket.destroy()
    },
    /** A pipe stops with its source: both ends stay open and hear nothing. */
    freeze(isFrozen: boolean): void {
      // Only those: one that waits for its tunnel is paused as well, and would lose what it has read.
      for (const socket of frozen) socket.resume()
      frozen.clear()
      for (const socket of isFrozen ? sockets : []) {
        if (socket.isPaused()) continue
        socket.pause()
        frozen.add(socket)
      }
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

/** Gathers the request head; what follows it belongs to the tunnel. */
function readHead(client: Socket, onHead: (head: string, rest: Buffer) => void): void {
  let received = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const end = received.indexOf('\r\n\r\n')
    if (end < 0 && received.length <= MAX_HEAD_BYTES) return
    client.off('data', onData)
    client.pause()
    if (end < 0) client.destroy()
    else onHead(received.toString('latin1', 0, end), received.subarray(end + 4))
  }
  client.on('data', onData)
}

/** Where to connect to, or the answer that refuses. */
function readTarget(
  head: string,
  { username, password }: ConnectProxyOptions,
): { readonly host: string; readonly port: number } | string {
  const match = /^CONNECT ([^\s:]+|\[[^\]]+\]):(\d{1,5}) HTTP\/1\.[01]/.exec(head)
  if (match === null) return answer(405, 'Method Not Allowed')
  const login = `${username}:${password}`
  const expected = `Basic ${Buffer.from(login).toString('base64')}`
  const given = /^proxy-authorization:\s*(.+?)\s*$/im.exec(head)?.[1]
  if (username !== undefined && given !== expected) {
    return answer(407, 'Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="demo"')
  }
  const host = match[1]?.replace(/^\[|\]$/g, '') ?? ''
  if (!isLoopbackAddress(host)) return answer(403, 'Forbidden')
  return { host, port: Number(match[2]) }
}

function joinTunnel(client: Socket, upstream: Socket, rest: Buffer): void {
  let isJoined = false
  upstream.once('connect', () => {
    isJoined = true
    client.setNoDelay(true)
    upstream.setNoDelay(true)
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.write(rest)
    client.pipe(upstream)
    upstream.pipe(client)
  })
  upstream.once('error', () => {
    if (isJoined) client.destroy()
    else client.end(answer(502, 'Bad Gateway'))
  })
  upstream.once('close', () => client.destroy())
  client.once('close', () => upstream.destroy())
}

function answer(status: number, reason: string, header?: string): string {
  const lines = [`HTTP/1.1 ${status} ${reason}`, 'Content-Length: 0', 'Connection: close']
  return `${[...lines, ...(header === undefined ? [] : [header])].join('\r\n')}\r\n\r\n`
}
