/**
 * The floor under every leg gap: two bytes written back to back to two connections, stamped on arrival by a process
 * that has nothing else to do. What this shows is the machine and its load, not us.
 * @module
 */
import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** Answers every byte with the time of its arrival; returns the port. */
export async function serveArrivalTimes(): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write(String(performance.now())))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Writes pairs of bytes and returns the milliseconds between their arrivals. */
export async function measureBareGaps(port: number, pairs: number): Promise<readonly number[]> {
  const sockets = await Promise.all([open(port), open(port)])
  try {
    const gapsMs: number[] = []
    for (let pair = 0; pair < pairs; pair += 1) {
      const answers = sockets.map((socket) => once(socket, 'data') as Promise<[Buffer]>)
      for (const socket of sockets) socket.write('.')
      const [first, second] = (await Promise.all(answers)).map(([data]) => Number(data.toString()))
      gapsMs.push(Math.abs((second ?? Number.NaN) - (first ?? Number.NaN)))
    }
    return gapsMs
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** How long this machine takes for one byte written to a connection that has been quiet, milliseconds. */
export interface BareWriter {
  write(): number
  end(): void
}

/** Connects to where arrivals are stamped. */
export async function openBareWriter(port: number): Promise<BareWriter> {
  const socket = await open(port)
  socket.resume()
  return {
    write() {
      const startMs = performance.now()
      socket.write('.')
      return performance.now() - startMs
    },
    end: () => socket.destroy(),
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}
