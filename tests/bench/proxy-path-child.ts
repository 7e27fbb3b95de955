/**
 * A small HTTP server and a proxy of each kind in front of it; run by `proxy-path-bench.ts`. Every question over IPC is
 * answered with what it has seen; it ends with the channel.
 * @module
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startConnectProxy } from '../../src/sim/stage/connect-proxy.ts'
import { startMisbehavingProxy } from '../proxies/misbehaving-proxy.ts'
import { newSeen, socksServer } from '../proxies/socks-server.ts'

/** Where they are, and how many tunnels were asked for since the start. */
export interface PathServers {
  readonly ports: { readonly venue: number; readonly http: number; readonly socks5: number }
  readonly tunnels: { readonly http: number; readonly socks5: number }
}

const venue = createServer((_request, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end('{"code":200}')
})
venue.listen(0, '127.0.0.1')
const connectProxy = await startConnectProxy()
const seen = newSeen()
const socks = await startMisbehavingProxy(socksServer({}, seen))

process.on('message', () => {
  const { port } = venue.address() as AddressInfo
  const servers: PathServers = {
    ports: { venue: port, http: connectProxy.port, socks5: socks.port },
    tunnels: { http: connectProxy.tunnelCount(), socks5: seen.addresses.length },
  }
  process.send?.(servers)
})
process.on('disconnect', () => process.exit(0))
