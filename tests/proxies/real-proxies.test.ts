import { afterEach, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { failureOf, shown, until, watchSocket } from './observe.ts'
import { type RealProxy, type RealProxyOptions, startProxyChain } from './real-proxy.ts'
import { startVenue, type TestVenue } from './support.ts'
import { hasTinyproxy, startTinyproxy } from './tinyproxy.ts'

// A machine of a user may lack it; a build server has to have it.
const isTinyproxyWanted = hasTinyproxy() || process.env['CI'] !== undefined

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function venueServer(): Promise<TestVenue> {
  const venue = await startVenue()
  closers.push(() => venue.close())
  venue.sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`))
  })
  return venue
}

function through(proxy: RealProxy, venue: TestVenue, login?: RealProxyOptions['login']): Transport {
  const transport = createHttpTransport({
    egress: `p${proxy.port}`,
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    clock: createSystemClock(),
    connectTimeoutMs: 2_000,
    proxy: {
      protocol: 'http',
      host: proxy.host,
      port: proxy.port,
      ...(login && { username: login.username, password: { reveal: () => login.password } }),
    },
  })
  closers.push(() => transport.close())
  return transport
}

const GET = { method: 'GET', path: '/api/v1/info', timeoutMs: 3_000 } as const

interface Kind {
  readonly name: string
  readonly isWanted: boolean
  readonly start: (options: RealProxyOptions) => Promise<RealProxy>
  readonly login: { readonly username: string; readonly password: string }
}

const KINDS: readonly Kind[] = [
  {
    name: 'proxy-chain',
    isWanted: true,
    start: startProxyChain,
    login: { username: 'us er', password: 'p@ss:w/ö %"\'' },
  },
  {
    name: 'tinyproxy',
    isWanted: isTinyproxyWanted,
    start: startTinyproxy,
    login: { username: 'us.er', password: 'p-ss_w.9' },
  },
]

describe.each(KINDS.filter((kind) => kind.isWanted))('$name', ({ start, login }) => {
  async function proxyServer(options: Partial<RealProxyOptions> = {}): Promise<RealProxy> {
    const proxy = await start({ localAddress: '127.0.0.1', login, ...options })
    closers.push(() => proxy.close())
    return proxy
  }

  it('carries a hundred requests in one tunnel', async () => {
    const venue = await venueServer()
    const proxy = await proxyServer()
    const transport = through(proxy, venue, login)
    for (let at = 0; at < 100; at++) {
      expect(await transport.request({ ...GET, path: `/api/v1/${at}` })).toMatchObject({
        status: 200,
      })
    }
    expect(venue.requests).toHaveLength(100)
    expect(proxy.connectCount()).toBe(1)
    expect(venue.connectionCount).toBe(1)
  })

  it('carries WebSockets, each in a tunnel of its own', async () => {
    const venue = await venueServer()
    const proxy = await proxyServer()
    const transport = through(proxy, venue, login)
    const both = [watchSocket(), watchSocket()]
    const sockets = both.map((seen) => transport.connect(seen.handlers))
    await Promise.all(both.map((seen) => seen.opened))
    for (const socket of sockets) socket.send('a')
    await until(() => both.every((seen) => seen.messages[0] === 'echo a'))
    for (const socket of sockets) socket.ping()
    await until(() => both.every((seen) => seen.pongCount === 1))
    expect(proxy.connectCount()).toBe(2)
  })

  it.each(['with another password', 'without one'])('lets nobody in %s', async (how) => {
    const venue = await venueServer()
    const other = how === 'without one' ? undefined : { ...login, password: 'other-9' }
    const transport = through(await proxyServer(), venue, other)
    const error = await failureOf(transport.request(GET))
    expect(error).toMatchObject({ kind: 'proxy', code: 'proxy_auth', mayHaveBeenDelivered: false })
    expect(shown(error)).not.toContain('other-9')
    const seen = watchSocket()
    transport.connect(seen.handlers)
    expect((await seen.closed).error).toMatchObject({ kind: 'proxy', code: 'proxy_auth' })
    expect(venue.connectionCount).toBe(0)
  })

  it('says which target it does not let through', async () => {
    const venue = await venueServer()
    const transport = through(await proxyServer({ onlyPort: 443 }), venue, login)
    const error = await failureOf(transport.request(GET))
    expect(error).toMatchObject({ kind: 'proxy', code: 'proxy_denied' })
    expect(error.message).toContain('403')
  })

  it('leaves from an address of its own, which the venue sees', async () => {
    const venue = await venueServer()
    const addresses = ['127.0.0.31', '127.0.0.32', '127.0.0.33']
    for (const localAddress of addresses) {
      const transport = through(await proxyServer({ localAddress }), venue, login)
      venue.addresses.clear()
      await transport.request(GET)
      const seen = watchSocket()
      transport.connect(seen.handlers)
      await seen.opened
      expect([...venue.addresses]).toEqual([localAddress])
    }
    expect(venue.connectionCount).toBe(6)
  })
})
