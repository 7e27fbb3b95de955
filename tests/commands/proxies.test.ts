import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import net, { type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { type ConnectProxyOptions, startConnectProxy } from '../../src/sim/stage/connect-proxy.ts'
import { type StageProxy, writeStageConfig } from '../../src/sim/stage/stage-config.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../proxies/loopback-certificate.ts'
import {
  GREETING,
  page,
  startAnsweringProxy,
  startGreetingVenue,
  startSocksServer,
} from '../proxies/odd-proxies.ts'
import { freePort, startRawProxy } from '../proxies/support.ts'
import { createFakeSignals, runLine, startSession } from './sim-cli.ts'
import type { CliResult, LineOptions, SimSession } from './sim-cli.ts'

interface ProbeJson {
  readonly name: string
  readonly verdict: string
  readonly sick_step: string | null
  readonly steps: readonly { step: string; outcome: string; ms: number | null }[]
  readonly exit_address: string | null
  readonly duplicate_of: string | null
  readonly clock_offset_ms: number | null
  readonly accounts: readonly string[]
  readonly hint: string | null
}

/** One simulator for every test: its accounts are only names here. */
let session: SimSession
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  session = await startSession({ accounts: 4 })
})
afterAll(() => session.close())
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function kept<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  closers.push(() => started.close())
  return started
}

interface Pool {
  readonly proxies: readonly StageProxy[]
  /** Default: the simulator. */
  readonly venueUrl?: string
  readonly extraYaml?: string
}

/** A configuration with this pool; returns the file. */
async function writeConfig({ proxies, venueUrl, extraYaml }: Pool): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-proxies-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.yaml')
  await writeStageConfig({
    stage: session.stage,
    file,
    simUrl: venueUrl ?? session.server.url,
    proxies,
    extraYaml: extraYaml ?? 'proxies:\n  connect_timeout_ms: 800\n',
  })
  return file
}

async function hedgebot(file: string, line: string, options?: LineOptions) {
  const run = await runLine(['--config', file], line, options)
  return { ...run, proxies: probesOf(run) }
}

function probesOf({ json }: CliResult): readonly ProbeJson[] {
  return (json as { readonly proxies?: readonly ProbeJson[] }).proxies ?? []
}

async function goodProxy(name: string, options: ConnectProxyOptions = {}): Promise<StageProxy> {
  const { host, port } = await kept(startConnectProxy(options))
  const { username, password } = options
  const login = username === undefined || password === undefined ? {} : { username, password }
  return { name, host, port, ...login }
}

const silentProxy = async (name: string): Promise<StageProxy> => {
  const { host, port } = await kept(startRawProxy((client) => client.resume()))
  return { name, host, port }
}

const closedProxy = async (name: string): Promise<StageProxy> => ({
  name,
  host: '127.0.0.1',
  port: await freePort(),
})

describe('proxies list', () => {
  it('names each with protocol, address, masked login and accounts, without the network', async () => {
    const login = { username: 'trader', password: 'hunter2!hunter2' }
    const file = await writeConfig({
      proxies: [await closedProxy('a'), { ...(await closedProxy('b')), ...login }],
    })
    const { exit, stdout } = await hedgebot(file, 'proxies list')
    expect(exit).toBe(0)
    expect(stdout.replace(/:\d{4,5} +/g, ':PORT  ')).toMatchInlineSnapshot(`
      "proxy  protocol  address          login       accounts  names
      a      http      127.0.0.1:PORT  -                  2  account_1, account_2
      b      http      127.0.0.1:PORT  trader:***         2  account_3, account_4

      2 proxies, 4 accounts
      "
    `)
    const { json } = await hedgebot(file, 'proxies list --json')
    expect(json).toMatchObject({
      schema: 'hedgebot/proxies/1',
      ok: true,
      exit: 0,
      proxies: [
        { name: 'a', protocol: 'http', host: '127.0.0.1', has_login: false },
        { name: 'b', has_login: true, accounts: ['account_3', 'account_4'] },
      ],
    })
  })

  it('lists the way without a proxy when accounts go it', async () => {
    const { stdout } = await hedgebot(await writeConfig({ proxies: [] }), 'proxies list --json')
    expect(JSON.parse(stdout)).toMatchObject({
      proxies: [
        { name: 'direct', protocol: null, host: null, port: null, accounts: { length: 4 } },
      ],
    })
  })
})

describe('proxies test', () => {
  it('ends with 0 when every proxy reaches the venue', async () => {
    const login = { username: 'zoë', password: 'p@ss:w/ö' }
    const file = await writeConfig({
      proxies: [await goodProxy('a'), await goodProxy('b', login)],
    })
    const { exit, json, proxies } = await hedgebot(file, 'proxies test --json')
    expect(exit).toBe(0)
    expect(json).toMatchObject({ schema: 'hedgebot/proxies/1', ok: true, exit: 0, network: 'sim' })
    expect(proxies.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['a', 'ok'],
      ['b', 'ok'],
    ])
    expect(proxies[0]?.steps.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['tcp', 'ok'],
      ['connect', 'ok'],
      ['tls', 'skipped'],
      ['first_byte', 'ok'],
      ['websocket', 'ok'],
      ['exit_address', 'skipped'],
    ])
    expect(Math.abs(proxies[0]?.clock_offset_ms ?? NaN)).toBeLessThan(2_000)
    expect(proxies[1]?.accounts).toEqual(['account_3', 'account_4'])
  })

  it('ends with 3 when one is sick and says which, where and what to do', async () => {
    const { host, port } = await kept(startSocksServer())
    const file = await writeConfig({
      proxies: [await goodProxy('a'), await silentProxy('b'), { name: 'c', host, port }],
    })
    const { exit, stdout, stderr } = await hedgebot(file, 'proxies test')
    expect(exit).toBe(3)
    expect(stdout).toContain(
      '✗ b: hangs at connect: the proxy accepted the connection and did not open a tunnel in 800 ms',
    )
    expect(stdout).toContain('✗ c: speaks_socks at connect')
    expect(stdout).toContain('hint: Set protocol: socks5 for this proxy.')
    expect(stdout).toContain('3 tested: 1 ok, 2 cannot be used')
    expect(stdout).not.toContain('\u001b')
    expect(stderr).toContain('3 of 3 tested: b failed at connect')
  })

  it('ends with 5 when none reaches the venue', async () => {
    const file = await writeConfig({ proxies: [await silentProxy('a'), await closedProxy('b')] })
    const { exit, proxies, json } = await hedgebot(file, 'proxies test --json')
    expect([exit, json.ok]).toEqual([5, false])
    expect(proxies.map(({ verdict }) => verdict)).toEqual(['hangs', 'refused'])
  })

  it('tests the way without a proxy when there is no other, and says so', async () => {
    const file = await writeConfig({ proxies: [] })
    const { exit, stderr, stdout } = await hedgebot(file, 'proxies test')
    expect(exit).toBe(0)
    expect(stderr).toContain('proxy_pool is empty: every account goes direct')
    expect(stdout).toMatch(/^direct +ok/m)
  })

  it('tests those that are named, direct also when nobody goes it', async () => {
    const file = await writeConfig({ proxies: [await goodProxy('a'), await closedProxy('b')] })
    const { exit, proxies } = await hedgebot(file, 'proxies test direct a --json')
    expect(exit).toBe(0)
    expect(proxies.map(({ name }) => name)).toEqual(['a', 'direct'])
  })

  it('does not take a name that there is not, and says which was meant', async () => {
    const file = await writeConfig({ proxies: [await closedProxy('proxy_1')] })
    const { exit, json } = await hedgebot(file, 'proxies test proxi_1 --json')
    expect(exit).toBe(2)
    expect(json.error).toMatchObject({ code: 'proxy_unknown', hint: 'Did you mean proxy_1?' })
  })

  it('shows that two proxies leave from the same address', async () => {
    const server = createHttpServer((request, response) => {
      response.end(request.socket.remoteAddress?.replace('::ffff:', ''))
    })
    const checkPort = await listen(server)
    const localAddress = '127.0.0.41'
    const file = await writeConfig({
      proxies: [
        await goodProxy('a', { localAddress }),
        await goodProxy('b', { localAddress: '127.0.0.42' }),
        await goodProxy('c', { localAddress }),
      ],
      extraYaml: `proxies:\n  check_url: "http://127.0.0.1:${checkPort}/"\n`,
    })
    const { exit, proxies } = await hedgebot(file, 'proxies test --json')
    expect(exit).toBe(0)
    expect(proxies.map((one) => [one.exit_address, one.duplicate_of])).toEqual([
      [localAddress, null],
      ['127.0.0.42', null],
      [localAddress, 'a'],
    ])
    const { stdout } = await hedgebot(file, 'proxies test')
    expect(stdout).toContain('! c: leaves from the same address as a (127.0.0.41)')
  })

  it('warns of a clock that is off', async () => {
    const venue = await kept(startGreetingVenue(() => Date.now() + 60_000))
    const file = await writeConfig({ proxies: [], venueUrl: venue.restUrl })
    const { exit, stderr } = await hedgebot(file, 'proxies test')
    expect(exit).toBe(0)
    expect(stderr).toMatch(/clock of this machine is about (59|60|61) s behind the venue/)
  })

  it('says once what all suffer from', async () => {
    const venue = await kept(startGreetingVenue())
    venue.answer = page(503, '<html>maintenance</html>')
    const file = await writeConfig({
      proxies: [await goodProxy('a'), await goodProxy('b')],
      venueUrl: venue.restUrl,
    })
    const { exit, stdout } = await hedgebot(file, 'proxies test')
    expect(exit).toBe(5)
    expect(stdout).toContain('✗ a, b: venue_down at first_byte')
    expect(stdout.match(/hint:/g)).toHaveLength(1)
  })

  it('ends with 130 on Ctrl-C, without waiting for the silent one', async () => {
    const signals = createFakeSignals()
    const { host, port } = await kept(
      startRawProxy((client) => {
        client.resume()
        setImmediate(() => signals.emit('SIGINT'))
      }),
    )
    const file = await writeConfig({
      proxies: [{ name: 'a', host, port }],
      extraYaml: 'proxies:\n  connect_timeout_ms: 60000\n',
    })
    expect((await hedgebot(file, 'proxies test', { signals })).exit).toBe(130)
  })

  it('draws one line on a terminal while it waits', async () => {
    const file = await writeConfig({ proxies: [await goodProxy('a'), await silentProxy('b')] })
    const output = new PassThrough()
    let drawn = ''
    output.on('data', (chunk: Buffer) => (drawn += chunk.toString()))
    // A terminal stream, as far as the spinner asks.
    const terminal = { isTTY: true, columns: 80, clearLine() {}, cursorTo() {}, moveCursor() {} }
    vi.stubEnv('CI', undefined)
    vi.stubEnv('TERM', 'xterm')
    const streams = { input: new PassThrough(), output: Object.assign(output, terminal) }
    const { exit, stderr } = await hedgebot(file, 'proxies test', {
      io: { isTerminal: true, streams },
    })
    expect(exit).toBe(3)
    expect(drawn).toContain('1 of 2 tested; waiting for b (connect)')
    expect(stderr).not.toContain('tested')
  })
})

describe('a password', () => {
  const login = { username: 'trader', password: 's3cr3t p@ss:w/ö' }
  const pair = `${login.username}:${login.password}`
  const planted = [
    login.password,
    encodeURIComponent(login.password),
    Buffer.from(login.password).toString('base64'),
    Buffer.from(pair).toString('base64'),
    JSON.stringify(login.password).slice(1, -1),
  ]

  it('is in no output, whatever the proxy does with it', async () => {
    const echo = await kept(
      startAnsweringProxy((client, head) => {
        const body = head.repeat(2)
        client.end(`HTTP/1.1 403 ${pair}\r\nX-Echo: ${planted.at(3)}\r\n\r\n${body}`)
      }),
    )
    const garbage = await kept(startAnsweringProxy((client, head) => client.end(head)))
    const wrong = await kept(startConnectProxy({ username: 'other', password: 'other' }))
    const at = (name: string, { host, port }: { host: string; port: number }): StageProxy => ({
      name,
      host,
      port,
      ...login,
    })
    const proxies = [
      await goodProxy('good', login),
      at('echo', echo),
      at('garbage', garbage),
      at('wrong', wrong),
      at('silent', await silentProxy('silent')),
      at('closed', await closedProxy('closed')),
    ]
    const file = await writeConfig({ proxies })
    for (const line of [
      'proxies list',
      'proxies list --json',
      'proxies test --verbose',
      'proxies test --json --verbose',
      'proxies test ehco',
    ]) {
      const { stdout, stderr } = await hedgebot(file, line)
      expect(stdout + stderr).not.toBe('')
      for (const text of planted) expect(stdout + stderr).not.toContain(text)
    }
    const { proxies: judged } = await hedgebot(file, 'proxies test --json')
    expect(judged.map(({ verdict }) => verdict)).toEqual([
      'ok',
      'blocked',
      'unexpected',
      'auth',
      'hangs',
      'refused',
    ])
  })
})

describe('TLS', () => {
  it('is tried with the venue and with the proxy, and a certificate nobody vouches for is told', async () => {
    const venuePort = await startTlsVenue()
    const plain = await goodProxy('plain')
    const secured = await frontWithTls(plain.port)
    const socks = await kept(startSocksServer())
    const proxies = [
      plain,
      { name: 'secured', host: '127.0.0.1', port: secured, protocol: 'https' },
      { name: 'socks', host: socks.host, port: socks.port, protocol: 'socks5' },
    ]
    const file = await writeConfig({
      proxies: [],
      extraYaml: `proxies:\n  connect_timeout_ms: 8000\nproxy_pool: ${JSON.stringify(proxies)}\n`,
    })
    const venue = `rest_url: "https://localhost:${venuePort}"\n  ws_url: "wss://localhost:${venuePort}/stream"`
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/sim_url: .*/, venue))
    const certificate = `${file}.pem`
    await writeFile(certificate, LOOPBACK_CERTIFICATE)
    const [trusted, untrusted] = await Promise.all([
      inChild(file, { NODE_EXTRA_CA_CERTS: certificate }),
      inChild(file, {}),
    ])
    expect(trusted.proxies.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['plain', 'ok'],
      ['secured', 'ok'],
      ['socks', 'ok'],
    ])
    expect(trusted.exit).toBe(0)
    expect(
      trusted.proxies[1]?.steps.every(({ step, outcome }) => {
        return outcome === (step === 'exit_address' ? 'skipped' : 'ok')
      }),
    ).toBe(true)
    expect(untrusted.exit).toBe(5)
    expect(untrusted.proxies.map((one) => [one.verdict, one.sick_step])).toEqual([
      ['tls', 'tls'],
      ['tls', 'connect'],
      ['tls', 'tls'],
    ])
  })
})

/** Only the start of a process decides whom it trusts. */
async function inChild(file: string, env: Readonly<Record<string, string>>) {
  const script = new URL('./cli-child.ts', import.meta.url).pathname
  const argv = ['--import', 'tsx', script, '--config', file, '--json', 'proxies', 'test']
  return new Promise<{ exit: number; proxies: readonly ProbeJson[] }>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      argv,
      { env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env } },
      (_error, stdout, stderr) => {
        try {
          const { proxies } = JSON.parse(stdout) as { proxies?: readonly ProbeJson[] }
          if (proxies === undefined) throw new Error(stderr)
          resolve({ exit: child.exitCode ?? -1, proxies })
        } catch (cause) {
          reject(new Error(`no document: ${stdout}${stderr}`, { cause }))
        }
      },
    )
  })
}

async function startTlsVenue(): Promise<number> {
  const server = createHttpsServer(
    { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE },
    (_request, response) => response.end('{"status":200,"network_id":1,"timestamp":1763005601}'),
  )
  const sockets = new WebSocketServer({ server, path: '/stream' })
  sockets.on('connection', (socket) => socket.send(GREETING))
  return listen(server)
}

/** A door with TLS before a plain proxy. */
function frontWithTls(port: number): Promise<number> {
  const front = createTlsServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, (client) => {
    const behind = net.connect({ host: '127.0.0.1', port })
    client.on('error', () => behind.destroy()).on('close', () => behind.destroy())
    behind.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.pipe(behind).pipe(client)
  })
  return listen(front)
}

/** Listens until the test is over. */
async function listen(server: Server): Promise<number> {
  const open = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    open.add(socket)
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  closers.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise((resolve) => {
      server.close(resolve)
    })
  })
  return (server.address() as AddressInfo).port
}
