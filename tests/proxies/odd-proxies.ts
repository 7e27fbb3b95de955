/** Proxies that misbehave in one way each, and a venue that greets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import { type TestProxy, type TestVenue, startRawProxy, startVenue } from './support.ts'

export const GREETING = '{"session_id":"x","type":"connected"}'

/** A venue as PROTOCOL.md has it: `GET /` tells the time, `/stream` greets. */
export async function startGreetingVenue(now: () => number = () => Date.now()): Promise<TestVenue> {
  const venue = await startVenue()
  venue.answer = (_request, response) => {
    const timestamp = Math.floor(now() / 1_000)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ status: 200, network_id: 1, timestamp }))
  }
  venue.sockets.on('connection', (socket) => socket.send(GREETING))
  return venue
}

/** A page with this status instead of the venue's answer. */
export function page(status: number, body: string) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status).end(body)
  }
}

/** Answers the head of a CONNECT request with whatever the test wants. */
export function startAnsweringProxy(
  onHead: (client: Socket, head: string) => void,
): Promise<TestProxy> {
  return startRawProxy((client) => {
    let head = ''
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      client.off('data', onData)
      onHead(client, head)
    }
    client.on('data', onData)
  })
}

/** Says 200 and then does this with the tunnel. */
export function startTunnelProxy(
  onTunnel: (client: Socket, target: { host: string; port: number }) => void,
): Promise<TestProxy> {
  return startAnsweringProxy((client, head) => {
    const match = /^CONNECT ([^:]+):(\d+)/.exec(head)
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    onTunnel(client, { host: match?.[1] ?? '', port: Number(match?.[2]) })
  })
}

/** Carries a tunnel. */
export function carry(client: Socket, target: { host: string; port: number }): Socket {
  const upstream = net.connect(target)
  upstream.on('error', () => client.destroy())
  upstream.on('close', () => client.destroy())
  client.on('close', () => upstream.destroy())
  client.pipe(upstream).pipe(client)
  return upstream
}

export interface SocksOptions {
  readonly username?: string
  readonly password?: string
  /** Code of the reply; default 0. */
  readonly reply?: number
}

/** A SOCKS5 server by the book (RFC 1928, 1929), byte by byte: what is no SOCKS it hangs up on without a word. */
export function startSocksServer(options: SocksOptions = {}): Promise<TestProxy> {
  return startRawProxy((client) => {
    const read = byteReader(client)
    const serve = async (): Promise<void> => {
      const [version, count = 0] = await read(2)
      if (version !== 5) return void client.destroy()
      const methods = await read(count)
      const wanted = options.username === undefined ? 0 : 2
      if (!methods.includes(wanted)) return endWith(client, [5, 255])
      client.write(Buffer.from([5, wanted]))
      if (wanted === 2) {
        const [, userLength = 0] = await read(2)
        const user = (await read(userLength)).toString()
        const [secretLength = 0] = await read(1)
        const secret = (await read(secretLength)).toString()
        const isRight = user === options.username && secret === options.password
        if (!isRight) return endWith(client, [1, 1])
        client.write(Buffer.from([1, 0]))
      }
      const [, , , kind] = await read(4)
      const host =
        kind === 1
          ? [...(await read(4))].join('.')
          : (await read((await read(1))[0] ?? 0)).toString()
      const port = (await read(2)).readUInt16BE()
      const reply = Buffer.from([5, options.reply ?? 0, 0, 1, 127, 0, 0, 1, 0, 0])
      // In two pieces: whoever reads must not take packets for messages.
      client.write(reply.subarray(0, 3))
      setImmediate(() => {
        client.write(reply.subarray(3))
        if (options.reply === undefined) carry(client, { host, port })
        else client.destroySoon()
      })
    }
    void serve()
  })
}

/** Nobody reads any more, so that an ordinary end would never be noticed. */
function endWith(client: Socket, bytes: readonly number[]): void {
  client.write(Buffer.from(bytes))
  client.destroySoon()
}

function byteReader(socket: Socket): (count: number) => Promise<Buffer> {
  return async (count) => {
    if (count === 0) return Buffer.alloc(0)
    for (;;) {
      const chunk = socket.read(count) as Buffer | null
      if (chunk !== null) return chunk
      await new Promise((resolve) => {
        socket.once('readable', resolve)
      })
    }
  }
}
