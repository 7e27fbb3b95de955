import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import type { ProxyEndpoint } from '../../src/proxies/proxy-endpoint.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { failureOf, shown, until, watchSocket } from './observe.ts'
import { freePort, startProxy, startRawProxy, startVenue, type TestVenue } from './support.ts'

const PASSWORD = 'h0rse-b@ttery:staple%'
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function venueServer(): Promise<TestVenue> {
  const venue = await startVenue()
  closers.push(() => venue.close())
  return venue
}

async function passwordProxy() {
  const proxy = await startProxy('user', PASSWORD)
  closers.push(() => proxy.close())
  return proxy
}

async function rawProxy(onConnection: Parameters<typeof startRawProxy>[0]) {
  const proxy = await startRawProxy(onConnection)
  closers.push(() => proxy.close())
  return proxy
}

function open(venue: TestVenue, proxy?: Partial<ProxyEndpoint>, connectTimeoutMs = 400): Transport {
  const transport = createHttpTransport({
    egress: proxy === undefined ? 'direct' : 'p1',
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    clock: createSystemClock(),
    connectTimeoutMs,
    ...(proxy === undefined
      ? {}
      : {
          proxy: {
            host: '127.0.0.1',
            port: 1,
            protocol: 'http',
            username: 'user',
            password: { reveal: () => PASSWORD },
            ...proxy,
          },
        }),
  })
  closers.push(() => transport.close())
  return transport
}

const get = (path = '/api/v1/nextNonce', timeoutMs = 3_000) =>
  ({ method: 'GET', path, query: { a: '1', b: 'x y' }, timeoutMs }) as const

function hasPassword(text: string): boolean {
  const basic = Buffer.from(`user:${PASSWORD}`).toString('base64')
  return [PASSWORD, encodeURIComponent(PASSWORD), basic].some((secret) => text.includes(secret))
}

describe('requests', () => {
  it('send query, form, headers and a name, and bring back text of any status', async () => {
    const venue = await venueServer()
    const transport = open(venue)
    const answer = await transport.request({ ...get(), headers: { Authorization: 't' } })
    expect(answer).toMatchObject({ status: 200, body: '{"code":200,"id":9007199254740993}' })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(venue.requests[0]).toMatchObject({
      url: '/api/v1/nextNonce?a=1&b=x+y',
      headers: { authorization: 't', 'user-agent': 'hedgebot/0.1.0' },
    })
    venue.answer = (_request, response) => {
      response.statusCode = 403
      response.end('<html>no</html>')
    }
    const posted = await transport.request({
      method: 'POST',
      path: '/api/v1/sendTx',
      form: { tx_type: '14', tx_info: '{"a":"+&="}' },
      timeoutMs: 3_000,
    })
    expect(posted).toMatchObject({ status: 403, body: '<html>no</html>' })
    expect(venue.requests[1]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(new URLSearchParams(venue.requests[1]?.body).get('tx_info')).toBe('{"a":"+&="}')
  })

  it('do not follow redirects', async () => {
    const venue = await venueServer()
    venue.answer = (_request, response) => {
      response.writeHead(302, { Location: `${venue.restUrl}/elsewhere` })
      response.end()
    }
    expect(await open(venue).request(get())).toMatchObject({ status: 302 })
    expect(venue.requests).toHaveLength(1)
  })

  it('ignore a proxy in the environment', async () => {
    const venue = await venueServer()
    const before = process.env['HTTP_PROXY']
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${await freePort()}`
    try {
      expect(await open(venue).request(get())).toMatchObject({ status: 200 })
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY']
      else process.env['HTTP_PROXY'] = before
    }
  })

  it('may have been delivered when no answer comes in time', async () => {
    const venue = await venueServer()
    venue.answer = () => undefined
    const error = await failureOf(open(venue).request(get('/slow', 100)))
    expect(error).toMatchObject({ kind: 'network', code: 'timeout', mayHaveBeenDelivered: true })
    expect(venue.requests).toHaveLength(1)
  })

  it('may have been delivered when the connection breaks before the answer', async () => {
    const venue = await venueServer()
    venue.answer = (request) => request.socket.destroy()
    const error = await failureOf(open(venue).request(get()))
    expect(error).toMatchObject({ kind: 'network', mayHaveBeenDelivered: true })
  })

  it('may have been delivered when the answer breaks off', async () => {
    const venue = await venueServer()
    venue.answer = (request, response) => {
      response.writeHead(200, { 'Content-Length': '100' })
      response.write('{"code":200')
      setTimeout(() => request.socket.destroy(), 20)
    }
    const error = await failureOf(open(venue).request(get()))
    expect(error).toMatchObject({ kind: 'network', mayHaveBeenDelivered: true })
  })

  it('were surely not delivered when nobody listens', async () => {
    const venue = await venueServer()
    const transport = createHttpTransport({
      egress: 'direct',
      restUrl: `http://127.0.0.1:${await freePort()}`,
      wsUrl: venue.wsUrl,
      clock: createSystemClock(),
      connectTimeoutMs: 400,
    })
    closers.push(() => transport.close())
    expect(await failureOf(transport.request(get()))).toMatchObject({
      kind: 'network',
      code: 'connection_refused',
      hint: 'Nothing listens at the address in exchange: is the simulator running?',
      mayHaveBeenDelivered: false,
    })
  })

  it('stop when the caller stops', async () => {
    const venue = await venueServer()
    venue.answer = () => undefined
    const stop = new AbortController()
    const work = open(venue).request({ ...get(), signal: stop.signal })
    await until(() => venue.requests.length === 1)
    stop.abort()
    expect(await failureOf(work)).toMatchObject({ code: 'aborted', mayHaveBeenDelivered: true })
    const early = open(venue).request({ ...get(), signal: AbortSignal.abort() })
    expect(await failureOf(early)).toMatchObject({ code: 'aborted', mayHaveBeenDelivered: false })
  })

  it('take no endless answer', async () => {
    const venue = await venueServer()
    venue.answer = (_request, response) => {
      response.end(Buffer.alloc(17 * 1024 * 1024, 'x'))
    }
    const error = await failureOf(open(venue).request(get('/big', 10_000)))
    expect(error).toMatchObject({ kind: 'network', code: 'answer_too_large' })
  })
})

describe('through a proxy', () => {
  it('keep one tunnel for many requests', async () => {
    const venue = await venueServer()
    const proxy = await passwordProxy()
    const transport = open(venue, proxy)
    for (let at = 0; at < 20; at++) await transport.request(get())
    expect(venue.requests).toHaveLength(20)
    expect(proxy.connectCount()).toBe(1)
  })

  it('outlive the time limit for connecting', async () => {
    const venue = await venueServer()
    const proxy = await passwordProxy()
    const transport = open(venue, proxy, 150)
    await transport.request(get())
    await new Promise((resolve) => setTimeout(resolve, 400))
    await transport.request(get())
    expect(proxy.connectCount()).toBe(1)
  })

  it.each<[string, string, (proxy: { port: number }) => Promise<Partial<ProxyEndpoint>>]>([
    [
      'a wrong password',
      'proxy_auth',
      async ({ port }) => ({ port, password: { reveal: () => `${PASSWORD}x` } }),
    ],
    [
      'no password',
      'proxy_auth',
      async ({ port }) => ({ port, username: undefined, password: undefined }),
    ],
    ['a dead proxy', 'proxy_refused', async () => ({ port: await freePort() })],
    [
      'a proxy that hangs',
      'proxy_timeout',
      async () => ({ port: (await rawProxy(() => undefined)).port }),
    ],
    [
      'a proxy that hangs up',
      'proxy_reset',
      async () => ({ port: (await rawProxy((socket) => socket.end())).port }),
    ],
    [
      'a proxy that resets',
      'proxy_reset',
      async () => ({ port: (await rawProxy((socket) => socket.resetAndDestroy())).port }),
    ],
    [
      'a proxy that answers nonsense',
      'proxy_not_http',
      async () => ({ port: (await rawProxy((socket) => socket.end('SMTP ready\r\n\r\n'))).port }),
    ],
    [
      'a proxy that denies the target',
      'proxy_denied',
      async () => ({
        port: (await rawProxy((socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))).port,
      }),
    ],
    [
      'a TLS proxy that hangs',
      'proxy_timeout',
      async () => ({ port: (await rawProxy(() => undefined)).port, protocol: 'https' }),
    ],
  ])(
    'tell %s as a proxy failure that delivered nothing, without the password',
    async (_name, code, make) => {
      const venue = await venueServer()
      const transport = open(venue, await make(await passwordProxy()))
      const startMs = performance.now()
      const error = await failureOf(transport.request(get()))
      expect(performance.now() - startMs).toBeLessThan(1_500)
      expect(error).toMatchObject({ kind: 'proxy', code, mayHaveBeenDelivered: false })
      expect(error.message).toContain('"p1"')
      expect(hasPassword(shown(error))).toBe(false)
      const seen = watchSocket()
      transport.connect(seen.handlers)
      const close = await seen.closed
      expect(close.error).toMatchObject({ kind: 'proxy', code })
      expect(hasPassword(shown(close.error))).toBe(false)
      expect(venue.connectionCount).toBe(0)
    },
  )

  it('leave no socket behind at a proxy that hangs', async () => {
    const venue = await venueServer()
    let openCount = 0
    const proxy = await rawProxy((socket) => {
      openCount++
      socket.on('close', () => openCount--)
      socket.resume()
    })
    const transport = open(venue, proxy)
    const seen = watchSocket()
    transport.connect(seen.handlers)
    await Promise.all([
      failureOf(transport.request(get())),
      failureOf(transport.request(get())),
      seen.closed,
    ])
    await until(() => openCount === 0)
    expect(proxy.connectCount()).toBe(3)
  })

  it('are in doubt when the proxy dies under a request that has left', async () => {
    const venue = await venueServer()
    const proxy = await passwordProxy()
    const transport = open(venue, proxy)
    await transport.request(get())
    venue.answer = () => void proxy.close()
    const error = await failureOf(transport.request(get()))
    expect(error).toMatchObject({ kind: 'network', mayHaveBeenDelivered: true })
    expect(error.message).toContain('through proxy "p1"')
    expect(hasPassword(shown(error))).toBe(false)
  })

  it('show no password in the transport itself', async () => {
    const venue = await venueServer()
    const proxy = await passwordProxy()
    const transport = open(venue, proxy)
    await transport.request(get())
    expect(hasPassword(inspect(transport, { depth: 20, showHidden: true }))).toBe(false)
  })
})

describe('sockets', () => {
  it.each(['direct', 'a proxy'])('carry frames and pings over %s', async (way) => {
    const venue = await venueServer()
    venue.sockets.on('connection', (socket) => {
      socket.send('{"type":"connected"}')
      socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`))
    })
    const transport = way === 'direct' ? open(venue) : open(venue, await passwordProxy())
    const seen = watchSocket()
    const socket = transport.connect(seen.handlers)
    expect(socket.send('too early')).toBe(false)
    await seen.opened
    expect(socket.send('{"id":9007199254740993}')).toBe(true)
    socket.ping()
    await until(() => seen.messages.length === 2 && seen.pongCount === 1)
    expect(seen.messages).toEqual(['{"type":"connected"}', 'echo {"id":9007199254740993}'])
    socket.close()
    expect(await seen.closed).toMatchObject({ code: 1005 })
    expect(socket.send('too late')).toBe(false)
    expect(seen.closeCount).toBe(1)
  })

  it('tell code and reason when the venue closes', async () => {
    const venue = await venueServer()
    venue.sockets.on('connection', (socket) => socket.close(1008, 'no pong'))
    const seen = watchSocket()
    open(venue).connect(seen.handlers)
    expect(await seen.closed).toEqual({ code: 1008, reason: 'no pong' })
  })

  it('tell why an upgrade was refused, with the venue\u2019s code', async () => {
    const venue = await venueServer()
    venue.sockets.options.verifyClient = (
      _info: unknown,
      done: (isAllowed: boolean, code: number, body: string) => void,
    ) => done(false, 400, '{"code":20558,"message":"restricted jurisdiction"}')
    const seen = watchSocket()
    open(venue).connect(seen.handlers)
    const { error } = await seen.closed
    expect(error).toMatchObject({ kind: 'network', code: 'websocket_refused', venueCode: 20558 })
    expect(error?.message).toContain('restricted jurisdiction')
  })

  it('give up a venue that never answers the upgrade', async () => {
    const silent = await rawProxy(() => undefined)
    const transport = createHttpTransport({
      egress: 'direct',
      restUrl: `http://127.0.0.1:${silent.port}`,
      wsUrl: `ws://127.0.0.1:${silent.port}/stream`,
      clock: createSystemClock(),
      connectTimeoutMs: 200,
    })
    closers.push(() => transport.close())
    const seen = watchSocket()
    transport.connect(seen.handlers)
    expect((await seen.closed).error).toMatchObject({ kind: 'network', code: 'connect_timeout' })
    expect(seen.closeCount).toBe(1)
  })

  it('end with the transport, and a closed transport opens nothing', async () => {
    const venue = await venueServer()
    const transport = open(venue)
    const seen = watchSocket()
    transport.connect(seen.handlers)
    await seen.opened
    transport.close()
    await seen.closed
    const late = watchSocket()
    transport.connect(late.handlers)
    expect((await late.closed).error).toMatchObject({ code: 'transport_closed' })
    expect(await failureOf(transport.request(get()))).toMatchObject({
      code: 'transport_closed',
      mayHaveBeenDelivered: false,
    })
  })
})
