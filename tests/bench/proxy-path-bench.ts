/**
 * What a proxy adds to a request: our transport direct, through a CONNECT proxy and through a SOCKS server, in turns
 * against one small HTTP server, all on loopback and in a process of their own. Beside it what the same costs when
 * nothing is kept: a connection, or a tunnel, for every request.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Transport } from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { type Section, goal, medianOf, rounded, spreadOf } from './figures.ts'
import type { PathServers } from './proxy-path-child.ts'

const REQUESTS = 100
const ROUNDS = 10
const WAYS = ['direct', 'http', 'socks5'] as const
const GET = { method: 'GET', path: '/', timeoutMs: 5_000 } as const

type Way = (typeof WAYS)[number]
type Times = Readonly<Record<Way, number[]>>

/** Measures every way, kept and not kept. */
export async function benchProxyPath(): Promise<Section> {
  const script = fileURLToPath(new URL('proxy-path-child.ts', import.meta.url))
  const child = fork(script, { execArgv: ['--import', 'tsx'] })
  try {
    const kept = await measure(child, { isKept: true })
    const single = await measure(child, { isKept: false })
    return {
      figures: {
        how: `${ROUNDS} rounds of ${REQUESTS} requests on each way, in turns; servers in another process`,
        keepAlive: kept,
        withoutKeepAlive: single,
      },
      goals: [
        goal('keepAlive.tunnelsPer100.http', kept.tunnelsPer100.http, 1),
        goal('keepAlive.tunnelsPer100.socks5', kept.tunnelsPer100.socks5, 1),
      ],
      problems: [],
    }
  } finally {
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  }
}

/** A way that is kept has a transport for each round of requests; else every request has one of its own. */
async function measure(child: ChildProcess, { isKept }: { readonly isKept: boolean }) {
  const times: Times = { direct: [], http: [], socks5: [] }
  const before = await lookAt(child)
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) {
      const requests = isKept ? REQUESTS : 1
      for (let at = 0; at < REQUESTS; at += requests) {
        const transport = openTransport(before, way)
        for (let of = 0; of < requests; of++) times[way].push(await timeOf(transport))
        transport.close()
      }
    }
  }
  const { tunnels } = await lookAt(child)
  const per100 = (way: 'http' | 'socks5') =>
    rounded(((tunnels[way] - before.tunnels[way]) * 100) / times[way].length)
  const directMs = spreadOf(times.direct)
  return {
    directMs,
    throughHttp: { ms: spreadOf(times.http), addedMs: added(times.http, directMs.p50) },
    throughSocks5: { ms: spreadOf(times.socks5), addedMs: added(times.socks5, directMs.p50) },
    tunnelsPer100: { http: per100('http'), socks5: per100('socks5') },
  }
}

function added(times: readonly number[], directMs: number): number {
  return rounded(medianOf(times) - directMs)
}

function openTransport({ ports }: PathServers, way: Way): Transport {
  const host = '127.0.0.1'
  return createHttpTransport({
    egress: way,
    restUrl: `http://${host}:${ports.venue}`,
    wsUrl: `ws://${host}:${ports.venue}`,
    clock: createSystemClock(),
    connectTimeoutMs: 5_000,
    ...(way === 'direct' ? {} : { proxy: { host, port: ports[way], protocol: way } }),
  })
}

async function timeOf(transport: Transport): Promise<number> {
  const startMs = performance.now()
  const { status } = await transport.request(GET)
  if (status !== 200) throw new Error(`${transport.egress}: status ${status}`)
  return performance.now() - startMs
}

async function lookAt(child: ChildProcess): Promise<PathServers> {
  const message = once(child, 'message')
  child.send('look')
  return ((await message) as [PathServers])[0]
}
