import net, { type AddressInfo, type Socket } from 'node:net'

/** A server on loopback that says what it is told to say, byte by byte. */
export interface RawServer {
  readonly port: number
  /** What it does with the next connections, once they have said something. */
  onRequest: (socket: Socket, request: string) => void
  /** Connections that are open. */
  openCount(): number
  /** Drops all of them. */
  dropAll(): void
  close(): Promise<void>
}

/** Starts one. */
export async function startRawServer(): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const raw: Omit<RawServer, 'port'> = {
    onRequest: (socket) => socket.destroy(),
    openCount: () => sockets.size,
    dropAll() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      raw.dropAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let head = ''
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const request = head
      head = ''
      owner.onRequest(socket, request)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const owner: RawServer = Object.assign(raw, { port: (server.address() as AddressInfo).port })
  return owner
}
