import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { MarketChoice } from '../sim/market/choose-markets.ts'
import type { PricePath } from '../sim/market/price-path.ts'
import type { ScenarioName } from '../sim/market/scenarios.ts'
import type { ControlServer } from '../sim/control/control-server.ts'
import type { SimServer } from '../sim/server/sim-server.ts'
import type { Stage, StageOptions } from '../sim/stage/stage.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { SimOptions } from '../ui/command-options.ts'

/** Faster than this a second skips more than a day. */
const MAX_SPEED = 100_000
/** The stage's own, to compare owners with. */
const DEFAULT_ACCOUNTS = 20

/** `hedgebot sim`: serves the simulated exchange on loopback until it is stopped. */
export async function runSim(io: CommandIo, options: SimOptions): Promise<ExitCode> {
  const [{ createStage }, { checkFaultAccounts }, { createSystemRng }, { parseFaultPlan }] =
    await Promise.all([
      import('../sim/stage/stage.ts'),
      import('../sim/stage/check-fault-accounts.ts'),
      import('../system/system-rng.ts'),
      import('../sim/faults/parse-fault.ts'),
    ])
  const files = await filesOf(io, options)
  checkOwners(options)
  const faults = parseFaultPlan(options.faults)
  const market = await readMarket(io, options)
  const stage = createStage({
    clock: io.clock,
    rng: createSystemRng(),
    noLimits: !options.hasLimits,
    noDelay: !options.hasDelay,
    faults,
    speed: market.speed,
    sceneOf: market.sceneOf,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
    ...(options.owners === undefined ? {} : { owners: options.owners }),
  })
  try {
    checkFaultAccounts(stage, faults)
    await serve(io, options, { stage, market, files })
  } finally {
    stage.close()
  }
  return EXIT.done
}

/** Where to write what, as full paths; undefined: nowhere. */
interface WrittenFiles {
  readonly config: string | undefined
  readonly owners: string | undefined
}

interface Staged {
  readonly stage: Stage
  readonly market: SimulatedMarket
  readonly files: WrittenFiles
}

interface Running extends Staged {
  readonly server: SimServer
  readonly control: ControlServer | undefined
}

/** Opens both ports before it writes any file: a configuration that leads nowhere would stand in the next one's way. */
async function serve(io: CommandIo, options: SimOptions, staged: Staged): Promise<void> {
  const { startSimServer } = await import('../sim/server/sim-server.ts')
  const server = await startSimServer({
    gateway: staged.stage.gateway,
    onBug: (error) => io.out.warn(`simulator: ${String(error)}`),
    ...(options.port === undefined ? {} : { port: options.port }),
  })
  try {
    const control =
      options.control === undefined
        ? undefined
        : await startControl(io, staged.stage, options.control)
    try {
      const running: Running = { ...staged, server, control }
      await writeFiles(io, running)
      await announce(io, running)
      await untilStopped(io)
    } finally {
      await control?.close()
    }
  } finally {
    await server.close()
  }
}

async function filesOf(
  io: CommandIo,
  { writeConfig, writeOwners }: SimOptions,
): Promise<WrittenFiles> {
  const { resolve } = await import('node:path')
  const full = (file: string | undefined) =>
    file === undefined ? undefined : resolve(io.cwd, file)
  const files = { config: full(writeConfig), owners: full(writeOwners) }
  if (files.config === undefined || files.config !== files.owners) return files
  throw new HedgebotError(
    'usage',
    `configuration and owners' keys cannot both be ${files.config}`,
    {
      code: 'files_collide',
      hint: 'give --write-config and --write-owners different names',
    },
  )
}

function checkOwners({ owners, accounts = DEFAULT_ACCOUNTS }: SimOptions): void {
  if (owners === undefined || owners <= accounts) return
  throw new HedgebotError('usage', `${owners} owners cannot share ${accounts} accounts`, {
    code: 'owners_without_accounts',
    hint: `every owner has an account: --accounts ${owners} or more`,
  })
}

/** Both or none: what was written before the second one failed is taken away again. */
async function writeFiles(io: CommandIo, { stage, server, files }: Running): Promise<void> {
  const [{ writeStageConfig, writeStageOwners }, { rm }] = await Promise.all([
    import('../sim/stage/stage-config.ts'),
    import('node:fs/promises'),
  ])
  const { config, owners } = files
  if (config !== undefined) await writeStageConfig({ stage, file: config, simUrl: server.url })
  try {
    if (owners !== undefined) await writeStageOwners({ stage, file: owners })
  } catch (error) {
    if (config !== undefined) await rm(config, { force: true })
    throw error
  }
  if (config !== undefined) {
    io.out.note(
      `configuration for ${counted(stage.accounts.length, 'account')} written to ${config}`,
    )
  }
  if (owners !== undefined) {
    io.out.note(`Ethereum keys of ${counted(stage.owners.length, 'owner')} written to ${owners}`)
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

async function startControl(io: CommandIo, stage: Stage, port: number): Promise<ControlServer> {
  const [{ createControlDesk }, { startControlServer }] = await Promise.all([
    import('../sim/control/control-desk.ts'),
    import('../sim/control/control-server.ts'),
  ])
  return startControlServer({
    desk: createControlDesk(stage),
    port,
    onBug: (error) => io.out.warn(`simulator control: ${String(error)}`),
  })
}

async function announce(io: CommandIo, running: Running): Promise<void> {
  const { server, stage, market, control } = running
  const accounts = counted(stage.accounts.length, 'account')
  io.out.line(`simulated exchange on ${server.url} (sockets ${server.wsUrl}), ${accounts}`)
  const follows = [...market.choices].map(([symbol, choice]) => `${symbol} ${nameOf(choice)}`)
  const pace = market.speed === 1 ? '' : `, ${market.speed} times as fast`
  io.out.line(`prices: ${follows.join(', ')}${pace}`)
  if (control !== undefined) io.out.line(`control: curl ${control.url}/help`)
  io.out.line('stop it with Ctrl-C')
  const { plainDocument } = await import('../ui/json-documents.ts')
  const head = { command: 'sim', atMs: io.clock.now(), network: 'sim', exit: EXIT.done } as const
  io.out.json(plainDocument(head, fieldsOf(running)))
}

function fieldsOf({ server, stage, market, control, files }: Running) {
  const follows = [...market.choices].map(([symbol, choice]) => [symbol, nameOf(choice)] as const)
  return {
    url: server.url,
    ws_url: server.wsUrl,
    accounts: stage.accounts.length,
    owners: stage.owners.length,
    markets: Object.fromEntries(follows),
    speed: market.speed,
    ...(control === undefined ? {} : { control_url: control.url }),
    ...(files.config === undefined ? {} : { config_file: files.config }),
    ...(files.owners === undefined ? {} : { owners_file: files.owners }),
  }
}

function nameOf(choice: MarketChoice): string {
  return choice.kind === 'scenario' ? choice.name : choice.file
}

/** Being stopped is the way this command ends well. */
function untilStopped(io: CommandIo): Promise<void> {
  return new Promise((resolve) => {
    if (io.signal.aborted) resolve()
    io.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What the prices will do, checked and read. */
interface SimulatedMarket {
  /** By symbol. */
  readonly choices: ReadonlyMap<string, MarketChoice>
  readonly speed: number
  readonly sceneOf: NonNullable<StageOptions['sceneOf']>
}

async function readMarket(io: CommandIo, options: SimOptions): Promise<SimulatedMarket> {
  const [{ chooseMarkets }, { createScene }, { createUniformScene }, { MARKET_SPECS }] =
    await Promise.all([
      import('../sim/market/choose-markets.ts'),
      import('../sim/market/scenarios.ts'),
      import('../sim/market/market-scene.ts'),
      import('../sim/core/market-list.ts'),
    ])
  const symbols = MARKET_SPECS.map(({ symbol }) => symbol)
  const choices = chooseMarkets(options, symbols)
  const speed = readSpeed(options.speed)
  const recorded = new Map<number, PricePath>()
  const named = new Map<number, ScenarioName>()
  for (const { symbol, marketIndex, priceDecimals } of MARKET_SPECS) {
    const choice = choices.get(symbol)
    if (choice?.kind === 'scenario') named.set(marketIndex, choice.name)
    if (choice?.kind !== 'file') continue
    recorded.set(marketIndex, await readPath(io, choice.file, priceDecimals))
  }
  return {
    choices,
    speed,
    sceneOf(start) {
      const path = recorded.get(start.marketIndex)
      if (path !== undefined) return createUniformScene(path)
      return createScene(named.get(start.marketIndex) ?? 'calm', start)
    },
  }
}

function readSpeed(text: string | undefined): number {
  const speed = Number(text ?? '1')
  if (speed > 0 && speed <= MAX_SPEED) return speed
  throw new HedgebotError('usage', `a speed of ${text} is not between 0 and ${MAX_SPEED}`, {
    code: 'speed_out_of_range',
    hint: 'for example --speed 60: a minute of prices in a second',
  })
}

const UNREADABLE: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'permission denied'],
  ['ERR_STRING_TOO_LONG', 'it is larger than half a gigabyte'],
])

async function readPath(io: CommandIo, file: string, priceDecimals: number): Promise<PricePath> {
  const [{ readFile }, { resolve }, { readCandles }, { createRecordedPath }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../sim/market/read-candles.ts'),
    import('../sim/market/price-path.ts'),
  ])
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const reason = UNREADABLE.get(code) ?? String(code ?? cause)
    throw new HedgebotError('usage', `${file} cannot be read: ${reason}`, {
      code: 'candles_unreadable',
      hint: `--path names a CSV file, relative to ${io.cwd}`,
      cause,
    })
  })
  return createRecordedPath(readCandles(text, { priceDecimals, file }))
}
