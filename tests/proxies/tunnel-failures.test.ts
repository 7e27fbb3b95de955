import http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock, Transport } from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import type { ProxyEndpoint } from '../../src/proxies/proxy-endpoint.ts'
import { TunnelAgent } from '../../src/proxies/tunnel-agent.ts'
import { brokenTunnelError } from '../../src/proxies/tunnel-error.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { makeCertificate } from './certificate.ts'
import * as proxies from './misbehaving-proxy.ts'
import { failureOf, shown, until, watchSocket } from './observe.ts'
import { newSeen, socksServer } from './socks-server.ts'
import { freePort, startVenue, type TestVenue } from './support.ts'

const USERNAME = 'us er'
const PASSWORD = 'p@ss:w/ö %"\''
const CONNECT_TIMEOUT_MS = 300
/** Above the limit for a tunnel and the venue behind it. */
const ANSWER_TIMEOUT_MS = 800
const certificate = makeCertificate()

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

interface Scene {
  readonly venue: TestVenue
  readonly proxy: proxies.MisbehavingProxy
  readonly transport: Transport
  /** Timers of the transport that have neither fired nor been cancelled. */
  timerCount(): number
}

async function openScene(
  behave: proxies.Behaviour,
  protocol: ProxyEndpoint['protocol'] = 'http',
  isTls = protocol === 'https',
): Promise<Scene> {
  const venue = await startVenue()
  closers.push(() => venue.close())
  const proxy = await proxies.startMisbehavingProxy(behave, isTls ? certificate : undefined)
  closers.push(() => proxy.close())
  const { clock, timerCount } = countingClock()
  const transport = transportTo(venue, { ...proxy, protocol }, clock)
  return { venue, proxy, transport, timerCount }
}

function transportTo(
  venue: Pick<TestVenue, 'restUrl' | 'wsUrl'>,
  proxy: Pick<ProxyEndpoint, 'host' | 'port'> & Partial<ProxyEndpoint>,
  clock: Clock = createSystemClock(),
): Transport {
  const transport = createHttpTransport({
    egress: 'p1',
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    clock,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    proxy: {
      username: USERNAME,
      password: { reveal: () => PASSWORD },
      protocol: 'http',
      ...proxy,
    },
  })
  closers.push(() => transport.close())
  return transport
}

function countingClock(): { clock: Clock; timerCount: () => number } {
  const system = createSystemClock()
  let count = 0
  return {
    timerCount: () => count,
    clock: {
      ...system,
      setTimer(ms, callback) {
        let isSet = true
        const end = (): void => {
          if (isSet) count--
          isSet = false
        }
        count++
        const cancel = system.setTimer(ms, () => {
          end()
          callback()
        })
        return () => {
          end()
          cancel()
        }
      },
    },
  }
}

const GET = { method: 'GET', path: '/api/v1/nextNonce', timeoutMs: ANSWER_TIMEOUT_MS } as const
const POST = {
  method: 'POST',
  path: '/api/v1/sendTx',
  form: { tx_type: '14', tx_info: '{}' },
  timeoutMs: ANSWER_TIMEOUT_MS,
} as const

function expectNoPassword(error: unknown): void {
  const text = shown(error)
  const basic = Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')
  // The beginning of it, too: the rest is written in another way by every kind of quoting.
  const secrets = ['p@ss', 'p%40ss', encodeURIComponent(PASSWORD), basic, 'w/ö']
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
}

async function expectNothingLeft({ proxy, timerCount }: Scene): Promise<void> {
  await until(() => proxy.openCount() === 0)
  expect(timerCount()).toBe(0)
}

/** Sockets of this whole process, of both sides. */
function socketHandles(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocket|TLS|TCPConnect)/.test(name))
}

/** How a WebSocket through this transport ends by itself. */
async function socketFailure(transport: Transport): Promise<Error | undefined> {
  const seen = watchSocket()
  transport.connect(seen.handlers)
  const { error } = await seen.closed
  expect(seen.closeCount).toBe(1)
  return error
}

type Case = readonly [
  name: string,
  code: string,
  behave: proxies.Behaviour,
  options?: {
    readonly protocol?: ProxyEndpoint['protocol']
    readonly isTls?: boolean
    readonly says?: string
    readonly hint?: string
  },
]

const NO_TUNNEL: readonly Case[] = [
  ['accepts and never answers', 'proxy_timeout', proxies.hang, { says: 'in 300 ms' }],
  ['answers too late', 'proxy_timeout', proxies.tunnelWith({ delayMs: 500 })],
  ['answers a byte at a time, without end', 'proxy_timeout', proxies.drippingAnswer],
  ['answers without end', 'proxy_not_http', proxies.endlessAnswer],
  [
    'wants another password',
    'proxy_auth',
    proxies.refuseWith('407 No', 'Proxy-Authenticate: Basic realm="a"\r\n'),
    { says: '407', hint: 'password' },
  ],
  ['wants another password, in its own way', 'proxy_auth', proxies.refuseWith('401 No')],
  [
    'forbids the target',
    'proxy_denied',
    proxies.refuseWith('403 Forbidden'),
    { says: '403', hint: 'ask its provider' },
  ],
  ['forbids the method', 'proxy_denied', proxies.refuseWith('405 No'), { says: '405' }],
  [
    'cannot reach the venue',
    'proxy_no_tunnel',
    proxies.refuseWith('502 Bad Gateway'),
    { says: '502', hint: 'cannot reach the venue' },
  ],
  ['is overloaded', 'proxy_no_tunnel', proxies.refuseWith('503 Busy'), { says: '503' }],
  ['closes at once', 'proxy_reset', proxies.closeAtOnce],
  ['resets at once', 'proxy_reset', proxies.resetAtOnce],
  ['closes after CONNECT', 'proxy_reset', proxies.closeAfterConnect, { hint: 'socks5' }],
  ['resets after CONNECT', 'proxy_reset', proxies.resetAfterConnect, { says: 'reset' }],
  ['closes in the middle of its answer', 'proxy_reset', proxies.closeInAnswer],
  [
    'speaks SOCKS 5',
    'proxy_speaks_socks',
    proxies.greetWith(Buffer.from([5, 255])),
    { says: 'SOCKS', hint: 'protocol: socks5' },
  ],
  [
    'speaks SOCKS 4 and closes',
    'proxy_speaks_socks',
    proxies.answerWith(Buffer.from([0, 91, 0, 0, 0, 0, 0, 0])),
    { says: 'SOCKS', hint: 'protocol: socks5' },
  ],
  ['speaks SSH', 'proxy_not_http', proxies.greetWith('SSH-2.0 200 OK\r\n\r\n')],
  ['answers HTTP without a status', 'proxy_not_http', proxies.greetWith('HTTP/1.1 OK\r\n\r\n')],
  ['answers garbage', 'proxy_not_http', proxies.greetWith(Buffer.alloc(100, 0x81))],
  [
    'wants TLS and says so',
    'proxy_speaks_tls',
    proxies.greetWith(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])),
    { says: 'TLS', hint: 'protocol: https' },
  ],
  ['wants TLS and hangs up', 'proxy_reset', proxies.hang, { isTls: true, hint: 'protocol: https' }],
  [
    'answers TLS with garbage',
    'proxy_tls',
    proxies.greetWith('HTTP/1.1 400 Bad Request\r\n\r\n'),
    { protocol: 'https', isTls: false, says: 'TLS', hint: 'protocol: http ' },
  ],
  [
    'signed its certificate itself',
    'proxy_tls',
    proxies.hang,
    { protocol: 'https', says: 'DEPTH_ZERO_SELF_SIGNED_CERT', hint: 'NODE_EXTRA_CA_CERTS' },
  ],
  [
    'hangs in the TLS handshake',
    'proxy_timeout',
    proxies.hang,
    { protocol: 'https', isTls: false, says: 'TLS handshake' },
  ],
  [
    'resets in the TLS handshake',
    'proxy_reset',
    proxies.resetAfterConnect,
    { protocol: 'https', isTls: false },
  ],
]

const LOGIN = { username: USERNAME, password: PASSWORD }
const socks5 = { protocol: 'socks5' } as const
const NO_SOCKS: readonly Case[] = [
  ['hangs', 'proxy_timeout', proxies.hang, socks5],
  ['hangs in the login', 'proxy_timeout', socksServer({ login: LOGIN, status: 'nothing' }), socks5],
  ['hangs while it connects', 'proxy_timeout', socksServer({ reply: 'nothing' }), socks5],
  ['closes at once', 'proxy_reset', proxies.closeAtOnce, socks5],
  ['closes in the login', 'proxy_reset', socksServer({ login: LOGIN, status: 'close' }), socks5],
  ['closes while it connects', 'proxy_reset', socksServer({ reply: 'close' }), socks5],
  [
    'knows another password',
    'proxy_auth',
    socksServer({ login: { ...LOGIN, password: 'x' } }),
    { ...socks5, says: 'user name or password', hint: 'password' },
  ],
  [
    'takes none of our methods',
    'proxy_auth',
    socksServer({ method: Buffer.from([5, 0xff]) }),
    socks5,
  ],
  [
    'does not allow the target',
    'proxy_denied',
    socksServer({ reply: Buffer.from([5, 2]) }),
    { ...socks5, says: 'reply 2 (not allowed by its rules)', hint: 'ask its provider' },
  ],
  [
    'cannot reach the venue',
    'proxy_no_tunnel',
    socksServer({ reply: Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]) }),
    { ...socks5, says: 'reply 5 (connection refused)', hint: 'cannot reach the venue' },
  ],
  [
    'has an address of no known kind',
    'proxy_not_socks',
    socksServer({ reply: Buffer.from([5, 0, 0, 9, 9, 9]) }),
    socks5,
  ],
  [
    'is an HTTP proxy',
    'proxy_speaks_http',
    proxies.refuseWith('400 Bad Request'),
    { ...socks5, hint: 'protocol: http ' },
  ],
]

function named(prefix: string) {
  return ([name, code, behave, options = {}]: Case) => ({
    name: `${prefix}${name}`,
    code,
    behave,
    options,
  })
}

describe('before the tunnel stands, a proxy', () => {
  it.each([...NO_TUNNEL.map(named('')), ...NO_SOCKS.map(named('for SOCKS that '))])(
    'that $name: $code',
    async ({ code, behave, options }) => {
      const scene = await openScene(behave, options.protocol, options.isTls)
      const startMs = performance.now()
      const errors = await Promise.all([
        failureOf(scene.transport.request(GET)),
        failureOf(scene.transport.request(POST)),
        socketFailure(scene.transport),
      ])
      expect(performance.now() - startMs).toBeLessThan(CONNECT_TIMEOUT_MS + 250)
      for (const error of errors) {
        expect(error).toMatchObject({ kind: 'proxy', code, mayHaveBeenDelivered: false })
        expect(error?.message).toContain('"p1"')
        expect(error?.message).toContain(options.says ?? '')
        expect(error).toMatchObject({ hint: expect.stringContaining(options.hint ?? '') as string })
        expectNoPassword(error)
      }
      await expectNothingLeft(scene)
      await until(() => socketHandles().length === 0)
      expect(scene.venue.requests).toEqual([])
    },
  )

  it.each<[string, string, () => Promise<Pick<ProxyEndpoint, 'host' | 'port'>>]>([
    [
      'whose port is closed',
      'proxy_refused',
      async () => ({ host: '127.0.0.1', port: await freePort() }),
    ],
    [
      'whose name does not exist',
      'proxy_unresolved',
      () => Promise.resolve({ host: 'proxy.invalid', port: 1080 }),
    ],
    [
      'that takes no connection',
      'proxy_connect_timeout',
      async () => {
        const full = await proxies.startFullPort()
        closers.push(() => full.close())
        return { host: '127.0.0.1', port: full.port }
      },
    ],
  ])('%s: %s', async (_name, code, make) => {
    const venue = await startVenue()
    closers.push(() => venue.close())
    const { clock, timerCount } = countingClock()
    const transport = transportTo(venue, await make(), clock)
    const errors = await Promise.all([
      failureOf(transport.request(GET)),
      failureOf(transport.request(POST)),
      socketFailure(transport),
    ])
    for (const error of errors) {
      expect(error).toMatchObject({ kind: 'proxy', code, mayHaveBeenDelivered: false })
      expectNoPassword(error)
    }
    expect(timerCount()).toBe(0)
  })

  it.each([
    ['EHOSTUNREACH', 'proxy_unreachable'],
    ['ENETUNREACH', 'proxy_unreachable'],
    ['EMFILE', 'proxy_unreachable'],
    ['ETIMEDOUT', 'proxy_connect_timeout'],
    ['ENOTFOUND', 'proxy_unresolved'],
    ['EAI_AGAIN', 'proxy_unresolved'],
  ])('that the system reports with %s: %s', (system, code) => {
    const way = { egress: 'p1', proxyAddress: 'host:1' }
    const place = { way, protocol: 'http', step: 'tcp' } as const
    const cause = Object.assign(new Error(PASSWORD), { code: system })
    expect(brokenTunnelError(place, cause)).toMatchObject({ kind: 'proxy', code })
    expectNoPassword(brokenTunnelError(place, cause))
  })

  it('is what failed, too, when the request has less patience than the tunnel', async () => {
    const scene = await openScene(proxies.hang)
    const error = await failureOf(scene.transport.request({ ...POST, timeoutMs: 100 }))
    expect(error).toMatchObject({
      kind: 'proxy',
      code: 'proxy_timeout',
      mayHaveBeenDelivered: false,
    })
    // The socket goes with the request, not at the end of its own limit.
    await until(() => scene.proxy.openCount() === 0, 100)
    expect(scene.timerCount()).toBe(0)
  })

  it('loses its connection as soon as the caller gives up', async () => {
    const scene = await openScene(proxies.hang)
    const stop = new AbortController()
    const work = scene.transport.request({ ...POST, signal: stop.signal })
    const seen = watchSocket()
    const socket = scene.transport.connect(seen.handlers)
    await until(() => scene.proxy.openCount() === 2)
    stop.abort()
    socket.terminate()
    expect(await failureOf(work)).toMatchObject({ code: 'aborted', mayHaveBeenDelivered: false })
    await seen.closed
    await until(() => scene.proxy.openCount() === 0, 100)
    expect(scene.timerCount()).toBe(0)
  })

  it('loses its connections when the transport closes', async () => {
    const scene = await openScene(proxies.hang)
    const work = failureOf(scene.transport.request(POST))
    await until(() => scene.proxy.openCount() === 1)
    scene.transport.close()
    expect(await work).toMatchObject({ code: 'transport_closed', mayHaveBeenDelivered: false })
    await expectNothingLeft(scene)
  })
})

/** For what no caller of a transport can do: ending a request behind its back. */
function bareAgent({ host, port }: proxies.MisbehavingProxy): TunnelAgent {
  const agent = new TunnelAgent({
    way: { egress: 'p1', proxyAddress: `${host}:${port}` },
    proxy: { host, port, protocol: 'http' },
    clock: createSystemClock(),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  })
  closers.push(() => agent.destroy())
  return agent
}

describe('a tunnel that stands', () => {
  it.each<[string, proxies.Behaviour, ProxyEndpoint['protocol']]>([
    ['late, but in time', proxies.tunnelWith({ delayMs: 150 }), 'http'],
    ['over SOCKS without a login', socksServer({}), 'socks5'],
    ['over SOCKS with a login', socksServer({ login: LOGIN }), 'socks5'],
    ['over SOCKS a byte at a time', socksServer({ login: LOGIN, isSlow: true }), 'socks5'],
  ])('%s carries requests and sockets', async (_name, behave, protocol) => {
    const scene = await openScene(behave, protocol)
    scene.venue.sockets.on('connection', (socket) => socket.send('hello'))
    expect(await scene.transport.request(GET)).toMatchObject({ status: 200 })
    expect(await scene.transport.request(POST)).toMatchObject({ status: 200 })
    expect(scene.venue.connectionCount).toBe(1)
    const seen = watchSocket()
    scene.transport.connect(seen.handlers)
    await until(() => seen.messages.length === 1)
    scene.transport.close()
    await expectNothingLeft(scene)
  })

  it('may bring bytes of the venue together with the proxy\u2019s answer', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly'
    const scene = await openScene(proxies.tunnelWith({ extra: answer, onDown: () => undefined }))
    expect(await scene.transport.request(GET)).toMatchObject({ status: 200, body: 'early' })
  })

  it.each<[string, string, proxies.Behaviour]>([
    [
      'breaks before it has passed anything on',
      'connection_lost',
      proxies.tunnelWith({ onUp: (_chunk, { client }) => void client.destroy() }),
    ],
    [
      'breaks when it has passed the request on',
      'connection_lost',
      proxies.tunnelWith({ onDown: (_chunk, { client }) => void client.destroy() }),
    ],
    [
      'is reset when it has passed the request on',
      'connection_lost',
      proxies.tunnelWith({ onDown: (_chunk, { client }) => void client.resetAndDestroy() }),
    ],
    [
      'breaks in the middle of the answer',
      'connection_lost',
      proxies.tunnelWith({
        onDown: (chunk, { client }) => void client.end(chunk.subarray(0, chunk.length - 5)),
      }),
    ],
    ['passes nothing on', 'timeout', proxies.tunnelWith({ onUp: () => undefined })],
    ['swallows the answer', 'timeout', proxies.tunnelWith({ onDown: () => undefined })],
    [
      'brings garbage for an answer',
      'connection_lost',
      proxies.tunnelWith({ onDown: () => Buffer.from('garbage\r\n\r\n') }),
    ],
  ])('and %s leaves requests in doubt: %s', async (_name, code, behave) => {
    const scene = await openScene(behave)
    const startMs = performance.now()
    const errors = await Promise.all([
      failureOf(scene.transport.request(GET)),
      failureOf(scene.transport.request(POST)),
    ])
    expect(performance.now() - startMs).toBeLessThan(ANSWER_TIMEOUT_MS + 250)
    for (const error of errors) {
      expect(error).toMatchObject({ kind: 'network', code, mayHaveBeenDelivered: true })
      expect(error.message).toContain('through proxy "p1"')
      expectNoPassword(error)
    }
    await expectNothingLeft(scene)
  })

  it('is not even begun for a request that has ended already', async () => {
    const { venue, proxy } = await openScene(proxies.hang)
    const agent = bareAgent(proxy)
    const request = http.get(`${venue.restUrl}/api/v1/info`, { agent })
    request.on('error', () => undefined).destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(proxy.openCount()).toBe(0)
  })

  it('is closed when its request has ended meanwhile', async () => {
    let request: http.ClientRequest | undefined
    // Nobody tells the agent: the proxy's answer and the end of the request cross each other.
    const onOpen = (): void => void request?.destroy()
    const { venue, proxy } = await openScene(proxies.tunnelWith({ onOpen }))
    const agent = bareAgent(proxy)
    let hasEnded = false
    request = http.get(`${venue.restUrl}/api/v1/info`, { agent })
    request.on('error', () => {
      hasEnded = true
    })
    await until(() => hasEnded)
    await until(() => proxy.openCount() === 0)
    expect(venue.requests).toEqual([])
  })

  it('leaves the second request in doubt when it dies between two', async () => {
    let tunnel: proxies.Tunnel | undefined
    const scene = await openScene(
      proxies.tunnelWith({
        onOpen: (opened) => {
          tunnel = opened
        },
      }),
    )
    await scene.transport.request(GET)
    const work = failureOf(scene.transport.request(POST))
    tunnel?.client.resetAndDestroy()
    expect(await work).toMatchObject({
      kind: 'network',
      code: 'connection_lost',
      mayHaveBeenDelivered: true,
    })
    expect(await scene.transport.request(GET)).toMatchObject({ status: 200 })
  })

  it.each<[string, string, proxies.Behaviour]>([
    [
      'breaks before the WebSocket is open',
      'connection_lost',
      proxies.tunnelWith({ onDown: (_chunk, { client }) => void client.destroy() }),
    ],
    ['passes nothing on', 'connect_timeout', proxies.tunnelWith({ onUp: () => undefined })],
    ['passes nothing back', 'connect_timeout', proxies.tunnelWith({ onDown: () => undefined })],
  ])('and %s opens no WebSocket: %s', async (_name, code, behave) => {
    const scene = await openScene(behave)
    const error = await socketFailure(scene.transport)
    expect(error).toMatchObject({ kind: 'network', code, mayHaveBeenDelivered: false })
    expectNoPassword(error)
    await expectNothingLeft(scene)
  })

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'tells an open WebSocket of its end (%s), which may have lost what was sent',
    async (method) => {
      let tunnel: proxies.Tunnel | undefined
      const scene = await openScene(
        proxies.tunnelWith({
          onOpen: (opened) => {
            tunnel = opened
          },
        }),
      )
      const seen = watchSocket()
      const socket = scene.transport.connect(seen.handlers)
      await seen.opened
      expect(socket.send('order')).toBe(true)
      tunnel?.client[method]()
      const { code, error } = await seen.closed
      expect(code).toBe(1006)
      expect(error).toMatchObject({
        kind: 'network',
        code: 'connection_lost',
        mayHaveBeenDelivered: true,
      })
      expectNoPassword(error)
      await expectNothingLeft(scene)
    },
  )

  it('that goes silent under a WebSocket is left to the pings, and ends when it is dropped', async () => {
    let isSilent = false
    const forward = (chunk: Buffer) => (isSilent ? undefined : chunk)
    const scene = await openScene(proxies.tunnelWith({ onUp: forward, onDown: forward }))
    const seen = watchSocket()
    const socket = scene.transport.connect(seen.handlers)
    await seen.opened
    socket.ping()
    await until(() => seen.pongCount === 1)
    isSilent = true
    socket.ping()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(seen).toMatchObject({ pongCount: 1, closeCount: 0 })
    socket.terminate()
    expect(await seen.closed).toEqual({ code: 1006, reason: '' })
    await expectNothingLeft(scene)
  })
})

describe('SOCKS 5', () => {
  it('carries every character of a login', async () => {
    const seen = newSeen()
    const scene = await openScene(socksServer({ login: LOGIN }, seen), 'socks5')
    await scene.transport.request(GET)
    expect(seen.logins).toEqual([LOGIN])
  })

  it('takes 255 bytes of each and refuses more before anything is opened', async () => {
    const login = { username: 'u'.repeat(255), password: `${'ö'.repeat(127)}p` }
    const seen = newSeen()
    const scene = await openScene(socksServer({ login }, seen))
    const open = (password: string) =>
      transportTo(scene.venue, {
        ...scene.proxy,
        protocol: 'socks5',
        username: login.username,
        password: { reveal: () => password },
      })
    expect(await open(login.password).request(GET)).toMatchObject({ status: 200 })
    expect(seen.logins).toEqual([login])
    expect(() => open('ö'.repeat(128))).toThrow(
      expect.objectContaining({ kind: 'config', code: 'proxy_login_too_long' }),
    )
  })

  it.each([
    ['venue.test', [3, ...Buffer.from('venue.test')]],
    ['127.0.0.1', [1, 127, 0, 0, 1]],
    ['[::1]', [4, ...Array.from({ length: 15 }, () => 0), 1]],
    ['[2001:db8::7:0:1]', [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1]],
    ['[::ffff:1.2.3.4]', [4, ...Array.from({ length: 10 }, () => 0), 0xff, 0xff, 1, 2, 3, 4]],
  ])('asks for %s as it is, so that names are resolved at the proxy', async (host, bytes) => {
    const seen = newSeen()
    const { venue, proxy } = await openScene(socksServer({}, seen))
    const restUrl = venue.restUrl.replace('127.0.0.1', host)
    const transport = transportTo({ ...venue, restUrl }, { ...proxy, protocol: 'socks5' })
    expect(await transport.request(GET)).toMatchObject({ status: 200 })
    expect(seen.addresses).toEqual([Buffer.from(bytes)])
  })
})
