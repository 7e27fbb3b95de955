/**
 * Proxies that misbehave, as real servers on loopback: what one of them does with a connection is a function of it.
 * A behaviour that makes tunnels makes them to the target that was asked for.
 * @module
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'
import { Worker } from 'node:worker_threads'
import type { Certificate } from './certificate.ts'

export type Behaviour = (client: Socket) => void

export interface MisbehavingProxy {
  readonly host: string
  readonly port: number
  /** Sockets at the proxy, of both sides. */
  openCount(): number
  close(): Promise<void>
}

/** Sockets of the proxy that is being served; a behaviour's own connections are counted with it. */
const upstreams = new WeakMap<Socket, (socket: Socket) => void>()

export async function startMisbehavingProxy(
  behave: Behaviour,
  certificate?: Certificate,
): Promise<MisbehavingProxy> {
  const open = new Set<Socket>()
  const track = (socket: Socket): void => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
  }
  const serve = (socket: Socket): void => {
    track(socket)
    upstreams.set(socket, track)
    behave(socket)
  }
  const settings = { allowHalfOpen: false }
  const server =
    certificate === undefined
      ? net.createServer(settings, serve)
      : tls.createServer({ ...settings, ...certificate }, serve)
  server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    openCount: () => open.size,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Accepts and never answers. */
export const hang: Behaviour = (client) => {
  client.resume()
}

/** Answers CONNECT with these bytes and closes. */
export function answerWith(bytes: string | Buffer): Behaviour {
  return (client) => {
    client.once('data', () => client.end(bytes))
  }
}

/** Says this without being asked, and stays. */
export function greetWith(bytes: string | Buffer): Behaviour {
  return (client) => {
    client.write(bytes)
    client.resume()
  }
}

export function refuseWith(status: string, header = ''): Behaviour {
  return answerWith(`HTTP/1.1 ${status}\r\n${header}Content-Length: 6\r\n\r\n<html>`)
}

export const closeAtOnce: Behaviour = (client) => {
  client.destroy()
}

export const resetAtOnce: Behaviour = (client) => {
  client.resetAndDestroy()
}

export const closeAfterConnect: Behaviour = (client) => {
  client.once('data', () => client.end())
}

export const resetAfterConnect: Behaviour = (client) => {
  client.once('data', () => client.resetAndDestroy())
}

/** Begins a good answer, closes in the middle. */
export const closeInAnswer: Behaviour = answerWith('HTTP/1.1 200 Connection esta')

/** Header after header, as fast as the client reads. */
export const endlessAnswer: Behaviour = (client) => {
  const more = Buffer.from('X-More: of the same\r\n'.repeat(1_000))
  const write = (): void => {
    while (client.writable && client.write(more));
  }
  client.on('drain', write)
  client.write('HTTP/1.1 200 OK\r\n')
  write()
}

/** Header after header, a byte at a time: no limit of size is ever reached. */
export const drippingAnswer: Behaviour = (client) => {
  client.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => client.write('x'), 5)
  client.on('close', () => clearInterval(timer)).resume()
}

/** What happens to the bytes of a tunnel that stands; each returns what is passed on, undefined for nothing. */
export interface TunnelHooks {
  /** Before the proxy answers CONNECT. */
  readonly delayMs?: number
  readonly onUp?: (chunk: Buffer, tunnel: Tunnel) => Buffer | undefined
  readonly onDown?: (chunk: Buffer, tunnel: Tunnel) => Buffer | undefined
  /** Right after the proxy has answered CONNECT. */
  readonly onOpen?: (tunnel: Tunnel) => void
  /** Sent together with the answer to CONNECT, in one packet. */
  readonly extra?: string
}

export interface Tunnel {
  readonly client: Socket
  readonly upstream: Socket
}

/** A tunnel that stands, with a will of its own. */
export function tunnelWith(hooks: TunnelHooks): Behaviour {
  return (client) => {
    let head = ''
    const onHead = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      const target = /^CONNECT (\S+):(\d+) [^]*\r\n\r\n$/.exec(head)
      if (target === null) return
      client.off('data', onHead)
      const upstream = net.connect(Number(target[2]), '127.0.0.1')
      upstreams.get(client)?.(upstream)
      const delay = setTimeout(() => join({ client, upstream }, hooks), hooks.delayMs ?? 0)
      client.on('close', () => {
        clearTimeout(delay)
        upstream.destroy()
      })
    }
    client.on('data', onHead)
  }
}

function join(tunnel: Tunnel, hooks: TunnelHooks): void {
  const { client, upstream } = tunnel
  client.write(`HTTP/1.1 200 Connection Established\r\n\r\n${hooks.extra ?? ''}`)
  const pass = (chunk: Buffer): Buffer => chunk
  client.on('data', (chunk: Buffer) => {
    const passed = (hooks.onUp ?? pass)(chunk, tunnel)
    if (passed !== undefined) upstream.write(passed)
  })
  upstream.on('data', (chunk: Buffer) => {
    const passed = (hooks.onDown ?? pass)(chunk, tunnel)
    if (passed !== undefined) client.write(passed)
  })
  upstream.on('close', () => client.destroy())
  hooks.onOpen?.(tunnel)
}

/**
 * A port that takes no more connections: a thread that listens and then sleeps, with its queue full. The kernel drops
 * what else comes in, so that connecting goes on until someone gives up.
 */
export async function startFullPort(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const code = `
    const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:worker_threads').parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const worker = new Worker(code, { eval: true })
  const port = await new Promise<number>((resolve) => {
    worker.once('message', resolve)
  })
  const fillers = Array.from({ length: 4 }, () =>
    net.connect(port, '127.0.0.1').on('error', () => undefined),
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    port,
    async close() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  }
}
