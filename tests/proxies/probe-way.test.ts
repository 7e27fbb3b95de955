import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProbeStep, Verdict } from '../../src/proxies/probe/probe-model.ts'
import { probePool } from '../../src/proxies/probe/probe-pool.ts'
import type { JudgedWay, ProbePoolOptions } from '../../src/proxies/probe/probe-pool.ts'
import type { ProbedWay } from '../../src/proxies/probe/probe-way.ts'
import { startConnectProxy } from '../../src/sim/stage/connect-proxy.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import {
  carry,
  GREETING,
  page,
  startAnsweringProxy,
  startGreetingVenue,
  startSocksServer,
  startTunnelProxy,
} from './odd-proxies.ts'
import { freePort, startRawProxy } from './support.ts'
import type { TestProxy, TestVenue } from './support.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function kept<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  closers.push(() => started.close())
  return started
}

const clock = createSystemClock()

/** A deadline that nothing healthy misses, also on a busy machine. */
const HEALTHY_MS = 5_000
/** Where the deadline is what is waited for. */
const SILENT_MS = 600

function optionsFor(
  venue: { readonly restUrl: string; readonly wsUrl: string },
  more: Partial<ProbePoolOptions> = {},
): ProbePoolOptions {
  return {
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    checkUrl: undefined,
    timeoutMs: HEALTHY_MS,
    clock,
    rng: createSystemRng(),
    signal: new AbortController().signal,
    ...more,
  }
}

type Address = { readonly host: string; readonly port: number }

function over(address: Address, more: Partial<NonNullable<ProbedWay['proxy']>> = {}): ProbedWay {
  const { host, port } = address
  return { name: 'one', proxy: { host, port, protocol: 'http', ...more } }
}

const secret = (text: string) => ({ reveal: () => text })

async function probeOne(
  way: ProbedWay,
  venue: { readonly restUrl: string; readonly wsUrl: string },
  more: Partial<ProbePoolOptions> = {},
): Promise<JudgedWay> {
  const [judged] = await probePool([way], optionsFor(venue, more))
  if (judged === undefined) throw new Error('nothing was judged')
  return judged
}

const outcomes = ({ steps }: JudgedWay): string =>
  steps.map(({ step, outcome }) => `${step} ${outcome}`).join(', ')

const messageOf = ({ steps }: JudgedWay): string =>
  steps.find(({ failure }) => failure !== undefined)?.failure?.text ?? ''

describe('a way that works', () => {
  it('passes every step; TLS is skipped with a plain venue, the exit address without a page', async () => {
    const venue = await kept(startGreetingVenue())
    const proxy = await kept(startConnectProxy())
    const judged = await probeOne(over(proxy), venue)
    expect(judged).toMatchObject({ verdict: 'ok', sickStep: undefined, hint: undefined })
    expect(outcomes(judged)).toBe(
      'tcp ok, connect ok, tls skipped, first_byte ok, websocket ok, exit_address skipped',
    )
    // One tunnel for requests, one for the WebSocket, as the tool has them.
    expect(proxy.tunnelCount()).toBe(2)
  })

  it('takes logins with any characters', async () => {
    const venue = await kept(startGreetingVenue())
    const login = { username: 'zoë@home:80', password: 's3cr3t p@ss:w/ö"\\' }
    // A user name with a colon cannot be told from its password, so the proxy compares the pair.
    const proxy = await kept(startConnectProxy(login))
    const way = over(proxy, { username: login.username, password: secret(login.password) })
    expect(await probeOne(way, venue)).toMatchObject({ verdict: 'ok' })
  })

  it('goes direct without a CONNECT', async () => {
    const venue = await kept(startGreetingVenue())
    const judged = await probeOne({ name: 'direct', proxy: undefined }, venue)
    expect(judged.verdict).toBe('ok')
    expect(outcomes(judged)).toContain('tcp ok, connect skipped, tls skipped, first_byte ok')
  })

  it('goes through a SOCKS5 server with and without a login', async () => {
    const venue = await kept(startGreetingVenue())
    const open = await kept(startSocksServer())
    const login = { username: 'ü', password: 'p@ss w/ö' }
    const closed = await kept(startSocksServer(login))
    expect(await probeOne(over(open, { protocol: 'socks5' }), venue)).toMatchObject({
      verdict: 'ok',
    })
    const way = over(closed, {
      protocol: 'socks5',
      username: login.username,
      password: secret(login.password),
    })
    expect(await probeOne(way, venue)).toMatchObject({ verdict: 'ok' })
  })

  it('tells how far the clock of the venue is', async () => {
    const venue = await kept(startGreetingVenue(() => Date.now() + 90_000))
    const { clock: reading } = await probeOne({ name: 'direct', proxy: undefined }, venue)
    expect(Math.abs((reading?.offsetMs ?? 0) - 90_000)).toBeLessThanOrEqual(1_000)
    expect(reading?.uncertaintyMs).toBeGreaterThanOrEqual(500)
  })
})

interface Sickness {
  readonly name: string
  readonly start: () => Promise<TestProxy>
  readonly way?: Partial<NonNullable<ProbedWay['proxy']>>
  readonly verdict: Verdict
  readonly step: ProbeStep
  readonly says: string
  /** The deadline, where it is waited for. */
  readonly timeoutMs?: number
}

const reset = (client: { resetAndDestroy(): unknown }): void => void client.resetAndDestroy()

const SICK_PROXIES: readonly Sickness[] = [
  {
    name: 'accepts and never answers',
    start: () => startRawProxy((client) => client.resume()),
    verdict: 'hangs',
    step: 'connect',
    says: `accepted the connection and did not open a tunnel in ${SILENT_MS} ms`,
    timeoutMs: SILENT_MS,
  },
  {
    name: 'wants a login (407)',
    start: () =>
      startAnsweringProxy((client) => client.end('HTTP/1.1 407 Authentication Required\r\n\r\n')),
    verdict: 'auth',
    step: 'connect',
    says: '407',
  },
  {
    name: 'forbids the target (403)',
    start: () => startAnsweringProxy((client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')),
    verdict: 'blocked',
    step: 'connect',
    says: 'status 403',
  },
  {
    name: 'is a web server (405)',
    start: () => startAnsweringProxy((client) => client.end('HTTP/1.1 405 No\r\n\r\n')),
    verdict: 'blocked',
    step: 'connect',
    says: 'status 405',
  },
  {
    name: 'has no way out (502)',
    start: () => startAnsweringProxy((client) => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')),
    verdict: 'no_tunnel',
    step: 'connect',
    says: 'status 502',
  },
  {
    name: 'resets on CONNECT',
    start: () => startAnsweringProxy(reset),
    verdict: 'reset',
    step: 'connect',
    says: 'before the tunnel stood',
    // A SOCKS5 greeting is tried, which this one does not answer.
    timeoutMs: SILENT_MS,
  },
  {
    name: 'closes on CONNECT',
    start: () => startAnsweringProxy((client) => client.end()),
    verdict: 'reset',
    step: 'connect',
    says: 'before the tunnel stood',
    // A SOCKS5 greeting is tried, which this one does not answer.
    timeoutMs: SILENT_MS,
  },
  {
    name: 'dies mid-tunnel',
    start: () => startTunnelProxy((client) => client.on('data', () => client.destroy())),
    verdict: 'reset',
    step: 'first_byte',
    says: 'the far end of the tunnel ended the connection',
  },
  {
    name: 'sends garbage instead of HTTP',
    start: () => startRawProxy((client) => client.resume().write('SSH-2.0-OpenSSH_9.6\r\n')),
    verdict: 'unexpected',
    step: 'connect',
    says: 'does not answer in HTTP',
  },
  {
    name: 'talks for ever without an answer',
    start: () =>
      startAnsweringProxy((client) => client.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`)),
    verdict: 'unexpected',
    step: 'connect',
    says: 'does not answer in HTTP',
  },
  {
    name: 'is a SOCKS5 server by the book',
    start: () => startSocksServer(),
    verdict: 'speaks_socks',
    step: 'connect',
    says: 'answers a SOCKS greeting',
  },
  {
    name: 'answers CONNECT with SOCKS bytes',
    start: () => startAnsweringProxy((client) => client.end(Buffer.from([5, 255]))),
    verdict: 'speaks_socks',
    step: 'connect',
    says: 'SOCKS',
  },
  {
    name: 'wants TLS',
    start: () =>
      startAnsweringProxy((client) => client.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]))),
    verdict: 'tls',
    step: 'connect',
    says: 'with TLS',
  },
  {
    name: 'speaks plain HTTP where TLS is expected',
    start: () => startRawProxy((client) => client.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    way: { protocol: 'https' },
    verdict: 'tls',
    step: 'connect',
    says: 'does not speak TLS',
  },
  {
    name: 'is an HTTP proxy where SOCKS5 is expected',
    start: () => startRawProxy((client) => client.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    way: { protocol: 'socks5' },
    verdict: 'speaks_http',
    step: 'connect',
    says: 'but in HTTP',
  },
  {
    name: 'is SOCKS5 and wants a login',
    start: () => startSocksServer({ username: 'a', password: 'b' }),
    way: { protocol: 'socks5' },
    verdict: 'auth',
    step: 'connect',
    says: 'wants a user name',
  },
  {
    name: 'is SOCKS5 and does not accept the login',
    start: () => startSocksServer({ username: 'a', password: 'b' }),
    way: { protocol: 'socks5', username: 'a', password: secret('wrong') },
    verdict: 'auth',
    step: 'connect',
    says: 'does not accept',
  },
  {
    name: 'is SOCKS5 and forbids the target',
    start: () => startSocksServer({ reply: 2 }),
    way: { protocol: 'socks5' },
    verdict: 'blocked',
    step: 'connect',
    says: 'not allowed',
  },
  {
    name: 'is SOCKS5 and does not reach the target',
    start: () => startSocksServer({ reply: 4 }),
    way: { protocol: 'socks5' },
    verdict: 'no_tunnel',
    step: 'connect',
    says: 'host unreachable',
  },
]

describe('a proxy that', () => {
  it.each(SICK_PROXIES)('$name: $verdict at $step', async (sickness) => {
    const venue = await kept(startGreetingVenue())
    const proxy = await kept(sickness.start())
    const { timeoutMs = HEALTHY_MS } = sickness
    const judged = await probeOne(over(proxy, sickness.way), venue, { timeoutMs })
    expect(judged).toMatchObject({ verdict: sickness.verdict, sickStep: sickness.step })
    expect(messageOf(judged)).toContain(sickness.says)
    expect(judged.hint).not.toBeUndefined()
    const sickAt = judged.steps.findIndex(({ step }) => step === sickness.step)
    expect(judged.steps.slice(sickAt + 1).every(({ outcome }) => outcome === 'skipped')).toBe(true)
  })

  it('is not there: refused at tcp', async () => {
    const venue = await kept(startGreetingVenue())
    const judged = await probeOne(over({ host: '127.0.0.1', port: await freePort() }), venue)
    expect(judged).toMatchObject({ verdict: 'refused', sickStep: 'tcp' })
  })

  it('resets at once: reset, at tcp or at connect', async () => {
    const venue = await kept(startGreetingVenue())
    const judged = await probeOne(over(await kept(startRawProxy(reset))), venue)
    expect(judged.verdict).toBe('reset')
    expect(messageOf(judged)).toMatch(/ended the connection|before the tunnel stood/)
  })

  it('has no such name: unresolved at tcp', async () => {
    const venue = await kept(startGreetingVenue())
    const judged = await probeOne(over({ host: 'proxy.invalid', port: 1 }), venue)
    expect(judged).toMatchObject({ verdict: 'unresolved', sickStep: 'tcp' })
  })

  it('answers CONNECT late: slow, and still usable', async () => {
    const venue = await kept(startGreetingVenue())
    const proxy = await kept(
      startAnsweringProxy((client, head) => {
        const port = Number(/:(\d+) /.exec(head)?.[1])
        setTimeout(() => {
          client.write('HTTP/1.1 200 OK\r\n\r\n')
          carry(client, { host: '127.0.0.1', port })
        }, 1_100)
      }),
    )
    const judged = await probeOne(over(proxy), venue)
    expect(judged).toMatchObject({ verdict: 'slow', sickStep: 'connect' })
  })

  it('swallows what goes through: hangs when another way reaches the venue, else the venue is down', async () => {
    const venue = await kept(startGreetingVenue())
    const good = await kept(startConnectProxy())
    const bad = await kept(startTunnelProxy(() => undefined))
    const sick = { ...over(bad), name: 'bad' }
    const both = await probePool(
      [{ ...over(good), name: 'good' }, sick],
      optionsFor(venue, { timeoutMs: SILENT_MS }),
    )
    expect(both.map(({ verdict }) => verdict)).toEqual(['ok', 'hangs'])
    expect(await probeOne(sick, venue, { timeoutMs: SILENT_MS })).toMatchObject({
      verdict: 'venue_down',
      sickStep: 'first_byte',
    })
  })
})

describe('any bytes', () => {
  it('from a proxy, before and in the tunnel, end in a verdict and never in an error', async () => {
    const venue = await kept(startGreetingVenue())
    let script: { readonly head: Buffer; readonly tunnel: Buffer } | undefined
    const proxy = await kept(
      startAnsweringProxy((client) => {
        client.write(script?.head ?? '')
        client.end(script?.tunnel ?? '')
      }),
    )
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array))
    const heads = fc.oneof(
      bytes,
      fc.constantFrom('HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 101 X\r\n\r\n').map(Buffer.from),
    )
    const tunnels = fc.oneof(
      bytes,
      bytes.map((body) => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), body])),
      fc
        .constantFrom(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
          'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}',
          'HTTP/1.1 100 Continue\r\n\r\n',
          'HTTP/1.1 204 No Content\r\n\r\n',
        )
        .map(Buffer.from),
    )
    await fc.assert(
      fc.asyncProperty(heads, tunnels, async (head, tunnel) => {
        script = { head, tunnel }
        const judged = await probeOne(over(proxy), venue, { timeoutMs: SILENT_MS })
        expect(judged.verdict).not.toMatch(/^(ok|slow)$/)
        expect(judged.hint).not.toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })
})

describe('a login', () => {
  it('is nowhere in what is reported, even when the proxy throws it back', async () => {
    const venue = await kept(startGreetingVenue())
    const password = 's3cr3t p@ss:w/ö'
    const pair = Buffer.from(`user:${password}`).toString('base64')
    const seen: string[] = []
    const answers: ((head: string) => string)[] = [
      (head) => `HTTP/1.1 403 ${head}`,
      (head) => `HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n${head}`,
      (head) => `HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 ${head}`,
      (head) => head,
    ]
    for (const answer of answers) {
      const proxy = await kept(
        startAnsweringProxy((client, head) => {
          seen.push(head)
          client.end(answer(head))
        }),
      )
      const login = { username: 'user', password: secret(password) }
      const report = JSON.stringify(await probeOne(over(proxy, login), venue))
      expect(report).not.toContain(pair)
      expect(report).not.toContain('s3cr3t')
    }
    // The proxies did get it.
    expect(seen).toHaveLength(answers.length)
    expect(seen.every((head) => head.includes(`Basic ${pair}`))).toBe(true)
  })
})

describe('a venue that answers', () => {
  const RESTRICTED = '{"code":20558,"message":"You are accessing Lighter from ..."}'

  it.each<[string, ReturnType<typeof page>, Verdict]>([
    ['405 with HTML', page(405, '<html>Human verification</html>'), 'blocked'],
    ['403 with HTML', page(403, '<html>ERROR</html>'), 'blocked'],
    ['429', page(429, '{"code":23000,"message":"Too Many Requests!"}'), 'blocked'],
    ['code 20558', page(400, RESTRICTED), 'restricted'],
    ['code 20558 with status 200', page(200, RESTRICTED), 'restricted'],
    ['500', page(500, 'oops'), 'venue_down'],
    ['503 with HTML', page(503, '<html>maintenance</html>'), 'venue_down'],
    ['404', page(404, 'not found'), 'unexpected'],
    ['HTML with 200', page(200, '<html>Please log in to the WLAN</html>'), 'unexpected'],
    ['a redirect', page(302, ''), 'unexpected'],
  ])('%s', async (_name, answer, verdict) => {
    const venue = await kept(startGreetingVenue())
    venue.answer = answer
    const proxy = await kept(startConnectProxy())
    const judged = await probeOne(over(proxy), venue)
    expect(judged).toMatchObject({ verdict, sickStep: 'first_byte' })
  })

  it('refuses the WebSocket of a restricted region', async () => {
    const proxy = await kept(startConnectProxy())
    const venue = await kept(startRefusingVenue(400, RESTRICTED))
    const judged = await probeOne(over(proxy), venue)
    expect(judged).toMatchObject({ verdict: 'restricted', sickStep: 'websocket' })
  })

  it('says nothing on the WebSocket', async () => {
    const venue = await kept(startGreetingVenue())
    venue.sockets.removeAllListeners('connection')
    const proxy = await kept(startConnectProxy())
    const judged = await probeOne(over(proxy), venue, { timeoutMs: SILENT_MS })
    expect(judged).toMatchObject({ verdict: 'venue_down', sickStep: 'websocket' })
    expect(messageOf(judged)).toContain('did not greet')
  })

  it('greets late or in pieces', async () => {
    const venue = await kept(startGreetingVenue())
    venue.sockets.removeAllListeners('connection')
    venue.sockets.on('connection', (socket) => {
      setTimeout(() => socket.send(GREETING.padEnd(300)), 50)
    })
    const proxy = await kept(startConnectProxy())
    expect(await probeOne(over(proxy), venue)).toMatchObject({ verdict: 'ok' })
  })

  it('garbage instead of TLS', async () => {
    const garbage = await kept(
      startRawProxy((client) => client.on('data', () => client.write('this is not TLS at all'))),
    )
    const proxy = await kept(startConnectProxy())
    const { port } = garbage
    const judged = await probeOne(over(proxy), {
      restUrl: `https://127.0.0.1:${port}`,
      wsUrl: `wss://127.0.0.1:${port}/stream`,
    })
    expect(judged).toMatchObject({ verdict: 'tls', sickStep: 'tls' })
    expect(outcomes(judged)).toContain('connect ok, tls failed, first_byte skipped')
  })
})

/** `GET /` works, the upgrade does not. */
async function startRefusingVenue(status: number, body: string): Promise<TestVenue> {
  const venue = await startGreetingVenue()
  const { answer } = venue
  venue.sockets.options.verifyClient = (_info, verified) => verified(false, status, body)
  venue.answer = answer
  return venue
}

describe('the exit address', () => {
  const startPage = async (body: (address: string) => string): Promise<TestVenue> => {
    const venue = await kept(startGreetingVenue())
    venue.answer = (request, response) =>
      response.end(body(request.socket.remoteAddress?.replace('::ffff:', '') ?? ''))
    return venue
  }

  it('is read from a plain page and from JSON, and the second way with the same one is named', async () => {
    const venue = await kept(startGreetingVenue())
    const proxies = await Promise.all(
      ['127.0.0.21', '127.0.0.22', '127.0.0.21'].map((localAddress) =>
        kept(startConnectProxy({ localAddress })),
      ),
    )
    const ways = proxies.map((proxy, at) => ({ ...over(proxy), name: `proxy_${at + 1}` }))
    for (const body of [
      (ip: string) => `${ip}\n`,
      (ip: string) => JSON.stringify({ ip }),
      (ip: string) => JSON.stringify({ origin: ip }),
    ]) {
      const checkUrl = (await startPage(body)).restUrl
      const judged = await probePool(ways, optionsFor(venue, { checkUrl }))
      expect(judged.map(({ exitAddress }) => exitAddress)).toEqual([
        '127.0.0.21',
        '127.0.0.22',
        '127.0.0.21',
      ])
      expect(judged.map(({ duplicateOf }) => duplicateOf)).toEqual([
        undefined,
        undefined,
        'proxy_1',
      ])
    }
  })

  it('that is not told leaves the way as good as it was', async () => {
    const venue = await kept(startGreetingVenue())
    const proxy = await kept(startConnectProxy())
    const checkUrl = (await startPage(() => 'who knows')).restUrl
    const judged = await probeOne(over(proxy), venue, { checkUrl })
    expect(judged).toMatchObject({ verdict: 'ok', exitAddress: undefined })
    expect(messageOf(judged)).toContain('does not say an address')
  })
})

describe('many ways', () => {
  it('are tried at once: a hundred, ten of them silent, take no longer than one silent one', async () => {
    const venue = await kept(startGreetingVenue())
    const good = await kept(startConnectProxy())
    const silent = await kept(startRawProxy(() => undefined))
    const ways = Array.from({ length: 100 }, (_, at) => ({
      ...over(at % 10 === 0 ? silent : good),
      name: `proxy_${at}`,
    }))
    const through: string[] = []
    const startMs = performance.now()
    const timeoutMs = 3_000
    const judged = await probePool(
      ways,
      optionsFor(venue, { timeoutMs, onDone: ({ name }) => through.push(name) }),
    )
    // One after the other ten silent ones alone would take ten deadlines.
    expect(performance.now() - startMs).toBeLessThan(2 * timeoutMs)
    expect(judged.filter(({ verdict }) => verdict === 'hangs')).toHaveLength(10)
    expect(judged.filter(({ verdict }) => verdict === 'ok' || verdict === 'slow')).toHaveLength(90)
    // The healthy ones were through before the first silent one was given up.
    expect(through.slice(0, 90).every((name) => !name.endsWith('0'))).toBe(true)
  })

  it('end at once when the run is interrupted, and leave no socket behind', async () => {
    const venue = await kept(startGreetingVenue())
    let closed = 0
    const silent = await kept(
      startRawProxy((client) => {
        client.resume().on('close', () => {
          closed += 1
        })
        setImmediate(() => controller.abort(new Error('stopped')))
      }),
    )
    const controller = new AbortController()
    const { signal } = controller
    const running = probePool(
      [over(silent), over(silent)],
      optionsFor(venue, { signal, timeoutMs: 60_000 }),
    )
    await expect(running).rejects.toThrow('stopped')
    await expect.poll(() => silent.connectCount() - closed).toBe(0)
  })

  it('leave no timer and no socket behind when they are through', async () => {
    const venue = await kept(startGreetingVenue())
    const proxies = await Promise.all(SICK_PROXIES.map(({ start }) => kept(start())))
    const live = new Set<() => void>()
    const counting = {
      ...clock,
      setTimer: (ms: number, callback: () => void) => {
        const cancel = clock.setTimer(ms, () => {
          live.delete(entry)
          callback()
        })
        const entry = (): void => {
          live.delete(entry)
          cancel()
        }
        live.add(entry)
        return entry
      },
    }
    const countSockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    const before = countSockets()
    const ways = SICK_PROXIES.flatMap(({ way }, at) => {
      const proxy = proxies[at]
      return proxy === undefined ? [] : [over(proxy, way)]
    })
    await probePool(ways, optionsFor(venue, { clock: counting, timeoutMs: SILENT_MS }))
    expect(live.size).toBe(0)
    await expect.poll(countSockets).toBe(before)
  })
})
