import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOpenSocket } from '../../../src/proxies/open-socket.ts'
import { createPostJson, type JsonPost } from '../../../src/proxies/post-json.ts'
import type { ProxyEndpoint } from '../../../src/proxies/proxy-endpoint.ts'
import { makeCertificate } from '../../proxies/certificate.ts'
import { hang, startFullPort, startMisbehavingProxy } from '../../proxies/misbehaving-proxy.ts'
import { failureOf, shown, until } from '../../proxies/observe.ts'
import { startProxyChain } from '../../proxies/real-proxy.ts'
import { newSeen, socksServer } from '../../proxies/socks-server.ts'
import { freePort } from '../../proxies/support.ts'
import { closesInTheMiddle, hangs, type HttpReceiver, say, startReceiver } from './http-receiver.ts'
import { CLOCK } from './smtp-servers.ts'

const login = { username: 'us er', password: 'p@ss:w/ö %"\'' }
const closers: (() => unknown)[] = []
let receiver: HttpReceiver
beforeEach(async () => {
  receiver = await startReceiver()
  closers.push(() => receiver.close())
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function closing<T extends { close(): unknown }>(thing: T): T {
  closers.push(() => thing.close())
  return thing
}

function proxies(
  proxy?: { readonly host: string; readonly port: number },
  protocol: ProxyEndpoint['protocol'] = 'http',
  password = login.password,
): ReadonlyMap<string, ProxyEndpoint> {
  if (proxy === undefined) return new Map()
  const { host, port } = proxy
  const { username } = login
  return new Map([['p1', { host, port, protocol, username, password: { reveal: () => password } }]])
}

function post(options: Partial<JsonPost> = {}, known = proxies()) {
  const url = `${receiver.url}/path?a=b%20c`
  return createPostJson({ clock: CLOCK, proxies: known })({
    url,
    body: '{"ä":1}',
    timeoutMs: 2_000,
    ...options,
  })
}

describe('a post', () => {
  it('brings the text as it is and tells the answer as it is', async () => {
    receiver.answer = say(418, '{"teapot":9007199254740993}', { 'X-Answer': 'Yes' })
    const body = ' {"ä": 9007199254740993} '
    expect(await post({ body })).toMatchObject({
      status: 418,
      headers: { 'x-answer': 'Yes' },
      body: '{"teapot":9007199254740993}',
    })
    expect(receiver.received).toMatchObject([{ method: 'POST', url: '/path?a=b%20c', body }])
    expect(receiver.received[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
  })

  it('leaves no connection behind', async () => {
    await post()
    await until(() => receiver.openCount() === 0)
    receiver.answer = hangs
    expect(await failureOf(post({ timeoutMs: 100 }))).toMatchObject({ code: 'timeout' })
    receiver.answer = closesInTheMiddle
    expect(await failureOf(post())).toMatchObject({ code: 'connection_lost' })
    await until(() => receiver.openCount() === 0)
  })

  it('does not follow a redirect', async () => {
    const other = closing(await startReceiver())
    receiver.answer = say(301, '', { Location: other.url })
    expect(await post()).toMatchObject({ status: 301 })
    expect(other.received).toEqual([])
  })

  it('sends the login of an address as a header and not in the address', async () => {
    const url = `http://us%20er:p%40ss%3A%C3%B6@127.0.0.1:${receiver.port}/x`
    await post({ url })
    const [{ headers, url: path } = { headers: {}, url: '' }] = receiver.received
    expect(path).toBe('/x')
    const [, base64 = ''] = headers.authorization?.split(' ') ?? []
    expect(Buffer.from(base64, 'base64').toString()).toBe('us er:p@ss:ö')
    const failed = await failureOf(
      post({ url: `http://a:s3cretword%zz@127.0.0.1:${await freePort()}/` }),
    )
    expect(shown(failed)).not.toContain('s3cretword')
  })

  it.each(['no address', 'ftp://s3cretword.example.com', 'http://', 'https://s3cretword:99999/'])(
    'to %j is refused without showing it',
    async (url) => {
      const failed = await failureOf(post({ url }))
      expect(failed).toMatchObject({ kind: 'config', code: 'bad_address' })
      expect(shown(failed)).not.toContain('s3cretword')
    },
  )

  it('to a server whose certificate we do not trust never leaves', async () => {
    const received: unknown[] = []
    const server = createTlsServer(makeCertificate(), (request) => received.push(request.url))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    closers.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const failed = await failureOf(post({ url: `https://127.0.0.1:${port}/token` }))
    expect(failed).toMatchObject({ code: 'venue_tls', mayHaveBeenDelivered: false })
    expect(received).toEqual([])
  })

  it('that is not wanted any more ends', async () => {
    receiver.answer = hangs
    const life = new AbortController()
    const posting = failureOf(post({ signal: life.signal }))
    await until(() => receiver.received.length === 1)
    life.abort()
    expect(await posting).toMatchObject({ code: 'aborted' })
    await until(() => receiver.openCount() === 0)
    expect(await failureOf(post({ signal: life.signal }))).toMatchObject({ code: 'aborted' })
  })
})

describe('a post through a proxy', () => {
  it('with a login by CONNECT arrives', async () => {
    const proxy = closing(await startProxyChain({ localAddress: '127.0.0.1', login }))
    expect(await post({ via: 'p1' }, proxies(proxy))).toMatchObject({ status: 200 })
    expect(proxy.connectCount()).toBe(1)
    expect(receiver.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('with a login by SOCKS 5 arrives', async () => {
    const seen = newSeen()
    const proxy = closing(await startMisbehavingProxy(socksServer({ login }, seen)))
    expect(await post({ via: 'p1' }, proxies(proxy, 'socks5'))).toMatchObject({ status: 200 })
    expect(seen.logins).toEqual([login])
    await until(() => proxy.openCount() === 0)
  })

  it('that refuses, hangs or is not there never arrives by another way', async () => {
    const refusing = closing(await startProxyChain({ localAddress: '127.0.0.1', login }))
    const hanging = closing(await startMisbehavingProxy(hang))
    const failures = await Promise.all([
      failureOf(post({ via: 'p1' }, proxies(refusing, 'http', 'wr@ng-one'))),
      failureOf(post({ via: 'p1', timeoutMs: 200 }, proxies(hanging))),
      failureOf(post({ via: 'p1' }, proxies({ host: '127.0.0.1', port: await freePort() }))),
      failureOf(post({ via: 'p2' }, proxies(refusing))),
    ])
    const codes = failures.map(({ code }) => code)
    expect(codes).toEqual(['proxy_auth', 'proxy_timeout', 'proxy_refused', 'unknown_proxy'])
    for (const failed of failures) expect(shown(failed)).not.toMatch(/wr@ng|p@ss/)
    expect(receiver.received).toEqual([])
    await until(() => hanging.openCount() === 0)
  })
})

describe('a socket', () => {
  const open = createOpenSocket({ clock: CLOCK, proxies: new Map() })

  it('leads to the port and can be read from the first byte', async () => {
    const greeting = closing(
      await startMisbehavingProxy((client) => {
        client.end('hello')
      }),
    )
    const socket = await open({ host: 'localhost', port: greeting.port, timeoutMs: 2_000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await new Promise((resolve) => socket.once('end', resolve))
    expect(Buffer.concat(chunks).toString()).toBe('hello')
  })

  it('to nobody is refused', async () => {
    const port = await freePort()
    expect(await failureOf(open({ host: '127.0.0.1', port, timeoutMs: 2_000 }))).toMatchObject({
      kind: 'network',
      code: 'connection_refused',
      message: `127.0.0.1:${port} refused the connection`,
    })
  })

  it('to a name that is none does not come about', async () => {
    const to = { host: 'no-such-host.invalid', port: 25, timeoutMs: 5_000 }
    expect(await failureOf(open(to))).toMatchObject({ code: 'unresolved' })
  })

  it('to a port that takes no more connections is given up, and so is one not wanted any more', async () => {
    const full = closing(await startFullPort())
    const to = { host: '127.0.0.1', port: full.port }
    expect(await failureOf(open({ ...to, timeoutMs: 100 }))).toMatchObject({
      code: 'connect_timeout',
    })
    const life = new AbortController()
    const opening = failureOf(open({ ...to, timeoutMs: 5_000, signal: life.signal }))
    life.abort()
    expect(await opening).toMatchObject({ code: 'aborted' })
    const late = failureOf(open({ ...to, timeoutMs: 5_000, signal: life.signal }))
    expect(await late).toMatchObject({ code: 'aborted' })
  })

  it('does not crash anybody by breaking before it is used', async () => {
    const breaking = closing(
      await startMisbehavingProxy((client) => {
        setTimeout(() => client.resetAndDestroy(), 10)
      }),
    )
    const socket = await open({ host: '127.0.0.1', port: breaking.port, timeoutMs: 2_000 })
    socket.resume()
    await until(() => socket.destroyed)
  })
})
