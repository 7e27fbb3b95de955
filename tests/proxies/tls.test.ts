import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from './certificate.ts'
import {
  type Behaviour,
  closeAfterConnect,
  greetWith,
  hang,
  refuseWith,
  startMisbehavingProxy,
  tunnelWith,
} from './misbehaving-proxy.ts'
import { until } from './observe.ts'
import { startProxyChain } from './real-proxy.ts'
import { startVenue, type TestVenue } from './support.ts'
import type { TlsChildOptions } from './tls-child.ts'

const certificate = makeCertificate()
const login = { username: 'us er', password: 'p@ss:w/ö %"\'' }
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedgebot-tls-'))
  writeFileSync(join(folder, 'cert.pem'), certificate.cert)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function secureVenue(): Promise<TestVenue> {
  const venue = await startVenue(certificate)
  closers.push(() => venue.close())
  venue.sockets.on('connection', (socket) => socket.send('hello'))
  return venue
}

/** What a process saw that trusts our certificate, or does not. */
async function seenBy(
  options: { readonly isTrusting: boolean; readonly connectTimeoutMs?: number },
  told: Omit<TlsChildOptions, 'connectTimeoutMs'>,
): Promise<Readonly<Record<'request' | 'messages' | 'code' | 'error', unknown>>> {
  const script = fileURLToPath(new URL('tls-child.ts', import.meta.url))
  const { connectTimeoutMs = 2_000 } = options
  const argv = ['--import', 'tsx', script, JSON.stringify({ ...told, connectTimeoutMs })]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, {
    env: {
      PATH: process.env['PATH'],
      ...(options.isTrusting ? { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') } : {}),
    },
  })
  expect(`${stdout} ${stderr}`).not.toContain('p@ss')
  return JSON.parse(stdout) as Awaited<ReturnType<typeof seenBy>>
}

const ORDINARY = { request: { status: 200 }, messages: ['hello'] }

describe('a venue with TLS', () => {
  it.each(['http', 'https'] as const)(
    'is reached through an %s proxy, many requests in one tunnel',
    async (protocol) => {
      const venue = await secureVenue()
      const proxy = await startProxyChain({
        localAddress: '127.0.0.1',
        login,
        ...(protocol === 'https' ? { certificate } : {}),
      })
      closers.push(() => proxy.close())
      const { host, port } = proxy
      const { restUrl, wsUrl } = venue
      const seen = await seenBy(
        { isTrusting: true },
        { restUrl, wsUrl, requests: 10, proxy: { host, port, protocol, ...login } },
      )
      expect(seen).toMatchObject(ORDINARY)
      expect(venue.requests).toHaveLength(10)
      // One for the requests, one for the WebSocket.
      expect(proxy.connectCount()).toBe(2)
    },
  )

  it.each(['direct', 'through a proxy'])(
    'that we do not trust gets nothing of a request, %s',
    async (way) => {
      const venue = await secureVenue()
      const proxy = await startMisbehavingProxy(tunnelWith({}))
      closers.push(() => proxy.close())
      const { host, port } = proxy
      const seen = await seenBy(
        { isTrusting: false },
        {
          restUrl: venue.restUrl,
          wsUrl: venue.wsUrl,
          requests: 1,
          ...(way === 'direct' ? {} : { proxy: { host, port, protocol: 'http', ...login } }),
        },
      )
      const refused = { kind: 'network', code: 'venue_tls', mayHaveBeenDelivered: false }
      expect(seen).toMatchObject({ request: refused, messages: [], error: refused })
      expect(JSON.stringify(seen.request)).toContain('certificate')
      expect(venue.requests).toEqual([])
    },
  )

  it.each(['direct', 'through a proxy'])(
    'leaves the second request over a kept connection in doubt when it breaks, %s',
    async (way) => {
      const venue = await secureVenue()
      const { answer } = venue
      venue.answer = (request, response) => {
        if (venue.requests.length === 1) answer(request, response)
        else request.socket.destroy()
      }
      const proxy = await startMisbehavingProxy(tunnelWith({}))
      closers.push(() => proxy.close())
      const { host, port } = proxy
      const { restUrl, wsUrl } = venue
      const seen = await seenBy(
        { isTrusting: true },
        {
          restUrl,
          wsUrl,
          requests: 2,
          ...(way === 'direct' ? {} : { proxy: { host, port, protocol: 'http', ...login } }),
        },
      )
      // The handshake of this connection was over before the request began: no event says so again.
      expect(seen.request).toMatchObject({
        kind: 'network',
        code: 'connection_lost',
        mayHaveBeenDelivered: true,
      })
      // One for the requests, one for the WebSocket.
      expect(venue.connectionCount).toBe(2)
    },
  )

  it.each<[string, string, Parameters<typeof tunnelWith>[0]]>([
    ['answers without TLS', 'venue_tls', { onUp: (_chunk, { client }) => plainAnswer(client) }],
    [
      'hangs up in the TLS handshake',
      'connection_lost',
      { onUp: (_chunk, { client }) => void client.destroy() },
    ],
    ['never answers the TLS handshake', 'connect_timeout', { onUp: () => undefined }],
  ])('that %s gets nothing of a request: %s', async (_name, code, hooks) => {
    const venue = await secureVenue()
    const proxy = await startMisbehavingProxy(tunnelWith(hooks))
    closers.push(() => proxy.close())
    const { host, port } = proxy
    const { restUrl, wsUrl } = venue
    const seen = await seenBy(
      { isTrusting: true, connectTimeoutMs: 300 },
      { restUrl, wsUrl, requests: 1, proxy: { host, port, protocol: 'http', ...login } },
    )
    const failure = { kind: 'network', code, mayHaveBeenDelivered: false }
    expect(seen).toMatchObject({ request: failure, messages: [], error: failure })
    expect(proxy.openCount()).toBe(0)
  })
})

describe('an https proxy that we trust', () => {
  it.each<[string, string, Behaviour]>([
    ['hangs behind its TLS', 'proxy_timeout', hang],
    ['closes behind its TLS', 'proxy_reset', closeAfterConnect],
    ['is gone behind its TLS', 'proxy_reset', goneAfterConnect],
    ['wants another password', 'proxy_auth', refuseWith('407 No')],
    ['speaks no HTTP', 'proxy_not_http', greetWith('SSH-2.0 200\r\n\r\n')],
  ])('and that %s: %s', async (_name, code, behave) => {
    const venue = await secureVenue()
    const proxy = await startMisbehavingProxy(behave, certificate)
    closers.push(() => proxy.close())
    const { host, port } = proxy
    const { restUrl, wsUrl } = venue
    const seen = await seenBy(
      { isTrusting: true, connectTimeoutMs: 300 },
      { restUrl, wsUrl, requests: 1, proxy: { host, port, protocol: 'https', ...login } },
    )
    const failure = { kind: 'proxy', code, mayHaveBeenDelivered: false }
    expect(seen).toMatchObject({ request: failure, messages: [], error: failure })
    await until(() => proxy.openCount() === 0)
    expect(venue.connectionCount).toBe(0)
  })
})

/** Without the goodbye of TLS. */
const goneAfterConnect: Behaviour = (client) => {
  client.once('data', () => client.destroy())
}

function plainAnswer(client: { write(text: string): unknown }): undefined {
  client.write('HTTP/1.1 400 Bad Request\r\n\r\n')
  return undefined
}
