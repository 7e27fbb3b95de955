/** The whole outside world of the program on loopback, with a configuration full of secrets that are known. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../../src/cli.ts'
import { startSimServer } from '../../../src/sim/server/sim-server.ts'
import { readMail } from '../../../src/sim/stage/read-mail.ts'
import { createStage } from '../../../src/sim/stage/stage.ts'
import type { Stage } from '../../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'
import type { CliIo } from '../../../src/ui/command-io.ts'
import type { HttpReceiver } from '../../notify/channels/http-receiver.ts'
import { startReceiver } from '../../notify/channels/http-receiver.ts'
import type { EchoExchange } from './echo-exchange.ts'
import { createEchoExchange } from './echo-exchange.ts'
import type { Place } from './search.ts'
import { readPlaces } from './search.ts'
import type { Plants, WrittenConfig } from './secrets.ts'
import { plantSecrets, writeConfig } from './secrets.ts'
import type { EchoProxy, EchoSmtp } from './servers.ts'
import { startEchoProxy, startEchoSmtp, startEchoTelegram } from './servers.ts'

export interface RunOptions {
  /** Keeps its state in a folder of its own: then runs may go side by side. */
  readonly state?: string
  readonly io?: Partial<CliIo>
  /** Stands in for the program's own commands. */
  readonly runners?: Parameters<typeof runCli>[2]
  /** Changes the configuration for this run. */
  readonly change?: (text: string) => string
}

export interface RunEnd {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface PlantedWorld {
  readonly folder: string
  readonly stage: Stage
  readonly plants: Plants
  readonly written: WrittenConfig
  readonly exchange: EchoExchange
  readonly proxies: readonly EchoProxy[]
  readonly smtp: EchoSmtp
  readonly telegram: Awaited<ReturnType<typeof startEchoTelegram>>
  readonly hooks: HttpReceiver
  /** Runs one line; everything it says is kept. */
  run(line: string, options?: RunOptions): Promise<RunEnd>
  /** All that was said, written and sent so far. */
  places(): Promise<readonly Place[]>
  close(): Promise<void>
}

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

/** Starts all servers and writes the configuration. */
export async function startPlantedWorld(): Promise<PlantedWorld> {
  // Telegram's certificate is not ours to make: whoever stands in for it is not asked for one.
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-planted-'))
  const exchange = createEchoExchange()
  const stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: 4,
    owners: 1,
    noiseBps: 0,
    noDelay: true,
    noLimits: true,
  })
  const [server, smtp, telegram, hooks] = await Promise.all([
    startSimServer({ gateway: exchange.seenBy(stage.gateway) }),
    startEchoSmtp(),
    startEchoTelegram(),
    startReceiver(),
  ])
  const plants = plantSecrets(stage, hooks.url)
  exchange.learn(
    plants.proxies.map(({ username, text }) => {
      const login = `${username}:${text}`
      return `${text} ${Buffer.from(login).toString('base64')}`
    }),
  )
  const proxies = await Promise.all(
    plants.proxies.map(({ username, text }, at) =>
      startEchoProxy({
        localAddress: ADDRESSES[at] ?? '127.0.0.1',
        username,
        password: text,
        outsidePort: telegram.port,
      }),
    ),
  )
  const written = await writeConfig(folder, {
    stage,
    plants,
    places: {
      simUrl: server.url,
      proxyPorts: proxies.map(({ port }) => port),
      smtpPort: smtp.port,
      hookUrl: hooks.url,
    },
  })
  const said: Place[] = []
  return {
    folder,
    stage,
    plants,
    written,
    exchange,
    proxies,
    smtp,
    telegram,
    hooks,
    run: (line, options = {}) => runLine({ folder, written, said }, line, options),
    async places() {
      const files = readPlaces(folder, (path) => /config[^/]*\.yaml$|\/secrets\//.test(path))
      return [...files, ...said, ...(await messagesOf({ smtp, telegram, hooks }))]
    },
    async close() {
      await Promise.all([
        ...proxies.map((proxy) => proxy.close()),
        ...[smtp, telegram, hooks, server].map((one) => one.close()),
      ])
      stage.close()
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
      await rm(folder, { recursive: true, force: true })
    },
  }
}

let runs = 0

async function runLine(
  at: { readonly folder: string; readonly written: WrittenConfig; readonly said: Place[] },
  line: string,
  { state = 'state', io, runners, change = String }: RunOptions,
): Promise<RunEnd> {
  runs += 1
  const file = join(at.folder, `config-${runs}.yaml`)
  const own = at.written.text.replace('state_dir: "state"', `state_dir: ${JSON.stringify(state)}`)
  await writeFile(file, change(own), { mode: 0o600 })
  let stdout = ''
  let stderr = ''
  const argv = [...line.split(' '), '--config', file, '--yes']
  const exit = await runCli(
    argv,
    {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      isTerminal: false,
      columns: 100,
      env: at.written.env,
      cwd: at.folder,
      ...io,
    },
    ...(runners === undefined ? [] : [runners]),
  )
  at.said.push(
    { where: `stdout of ${line}`, text: stdout },
    { where: `stderr of ${line}`, text: stderr },
  )
  return { exit, stdout, stderr }
}

async function messagesOf(
  receivers: Pick<PlantedWorld, 'smtp' | 'telegram' | 'hooks'>,
): Promise<readonly Place[]> {
  const mails = await Promise.all(
    receivers.smtp.mails.map(async (raw) => {
      const { subject, text, html } = await readMail(Buffer.from(raw))
      return [raw, subject, text, html].map((part) => ({ where: 'mail', text: part }))
    }),
  )
  return [
    ...mails.flat(),
    ...receivers.telegram.bodies.map((text) => ({ where: 'Telegram', text })),
    ...receivers.hooks.received.map(({ body }) => ({ where: 'webhook', text: body })),
  ]
}
