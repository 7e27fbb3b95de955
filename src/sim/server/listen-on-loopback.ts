import type { Server } from 'node:http'
import { HedgebotError } from '../../errors.ts'
import { isLoopbackAddress } from './loopback.ts'

/** Where a server is reached. */
export interface Listening {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
}

/**
 * Opens a port that nobody but this machine can reach; port 0 takes a free one.
 * @throws HedgebotError kind `usage`, code `sim_host_not_loopback`, or `sim_port_in_use`
 */
export async function listenOnLoopback(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  if (!isLoopbackAddress(host)) {
    throw new HedgebotError('usage', `the simulator does not listen on ${host}`, {
      code: 'sim_host_not_loopback',
      hint: 'It is for this machine only: use 127.0.0.1.',
    })
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${cause.code})`
      const error = new HedgebotError('usage', `port ${port} ${what}`, {
        code: 'sim_port_in_use',
        hint: 'Choose another port, or 0 for a free one.',
        cause,
      })
      reject(error)
    })
    server.listen(port, host, () => resolve())
  })
  const address = server.address()
  const opened = typeof address === 'object' && address !== null ? address.port : port
  const authority = host.includes(':') ? `[${host}]:${opened}` : `${host}:${opened}`
  return { url: `http://${authority}`, port: opened }
}

/** Drops every connection and frees the port. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
