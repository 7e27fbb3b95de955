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

/** `hedgebot sim`: serves the simulated exchange on loopback until it is stopped. */
export async function runSim(io: CommandIo, options: SimOptions): Promise<ExitCode> {
  const [{ createStage }, { startSimServer }, { createSystemRng }, { parseFaultPlan }] =
    await Promise.all([
      import('../sim/stage/stage.ts'),
      import('../sim/server/sim-server.ts'),
      import('../system/system-rng.ts'),
      import('../sim/faults/parse-fault.ts'),
    ])
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
    const server = await startSimServer({
      gateway: stage.gateway,
      onBug: (error) => io.out.warn(`simulator: ${String(error)}`),
      ...(options.port === undefined ? {} : { port: options.port }),
    })
    try {
      await serveUntilStopped(io, options, { stage, server, market })
    } finally {
      await server.close()
    }
  } finally {
    stage.close()
  }
  return EXIT.done
}

interface Running {
  readonly stage: Stage
  readonly server: SimServer
  readonly market: SimulatedMarket
}

async function serveUntilStopped(
  io: CommandIo,
  options: SimOptions,
  running: Running,
): Promise<void> {
  await writeFiles(io, options, running)
  if (options.control === undefined) {
    await announce(io, running)
    await untilStopped(io)
    return
  }
  const control = await startControl(io, running.stage, options.control)
  try {
    await announce(io, running, control.url)
    await untilStopped(io)
  } finally {
    await control.close()
  }
}

async function writeFiles(
  io: CommandIo,
  { writeConfig, writeOwners }: SimOptions,
  { stage, server }: Running,
): Promise<void> {
  if (writeConfig === undefined && writeOwners === undefined) return
  const [{ writeStageConfig, writeStageOwners }, { resolve }] = await Promise.all([
    import('../sim/stage/stage-config.ts'),
    import('node:path'),
  ])
  if (writeConfig !== undefined) {
    const file = resolve(io.cwd, writeConfig)
    await writeStageConfig({ stage, file, simUrl: server.url })
    io.out.note(`configuration for ${stage.accounts.length} accounts written to ${file}`)
  }
  if (writeOwners !== undefined) {
    const file = resolve(io.cwd, writeOwners)
    await writeStageOwners({ stage, file })
    io.out.note(`Ethereum keys of ${stage.owners.length} owners written to ${file}`)
  }
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

async function announce(
  io: CommandIo,
  { server, stage, market }: Running,
  controlUrl?: string,
): Promise<void> {
  const { url, wsUrl } = server
  const accounts = stage.accounts.length
  io.out.line(`simulated exchange on ${url} (sockets ${wsUrl}), ${accounts} accounts`)
  const follows = [...market.choices].map(([symbol, choice]) => `${symbol} ${nameOf(choice)}`)
  const pace = market.speed === 1 ? '' : `, ${market.speed} times as fast`
  io.out.line(`prices: ${follows.join(', ')}${pace}`)
  if (controlUrl !== undefined) io.out.line(`control: curl ${controlUrl}/help`)
  io.out.line('stop it with Ctrl-C')
  const { plainDocument } = await import('../ui/json-documents.ts')
  io.out.json(
    plainDocument(
      { command: 'sim', atMs: io.clock.now(), network: 'sim', exit: EXIT.done },
      {
        url,
        ws_url: wsUrl,
        accounts,
        markets: Object.fromEntries(
          [...market.choices].map(([symbol, choice]) => [symbol, nameOf(choice)]),
        ),
        speed: market.speed,
        ...(controlUrl === undefined ? {} : { control_url: controlUrl }),
      },
    ),
  )
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

async function readPath(io: CommandIo, file: string, priceDecimals: number): Promise<PricePath> {
  const [{ readFile }, { resolve }, { readCandles }, { createRecordedPath }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../sim/market/read-candles.ts'),
    import('../sim/market/price-path.ts'),
  ])
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new HedgebotError('usage', `${file} cannot be read`, {
      code: 'candles_unreadable',
      hint: `--path names a CSV file, relative to ${io.cwd}`,
      cause: error,
    })
  })
  return createRecordedPath(readCandles(text, { priceDecimals, file }))
}
