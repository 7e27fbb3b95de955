import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { PricePath } from '../sim/market/price-path.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { SimOptions } from '../ui/command-options.ts'

const BTC_INDEX = 1

/** `hedgebot sim`: serves the simulated exchange on loopback until it is stopped. */
export async function runSim(io: CommandIo, options: SimOptions): Promise<ExitCode> {
  const [{ createStage }, { startSimServer }, { createSystemRng }, { parseFaultPlan }] =
    await Promise.all([
      import('../sim/stage/stage.ts'),
      import('../sim/server/sim-server.ts'),
      import('../system/system-rng.ts'),
      import('../sim/faults/parse-fault.ts'),
    ])
  const paths = await readPath(io, options)
  const stage = createStage({
    clock: io.clock,
    rng: createSystemRng(),
    noLimits: !options.hasLimits,
    noDelay: !options.hasDelay,
    faults: parseFaultPlan(options.faults),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
    ...(options.owners === undefined ? {} : { owners: options.owners }),
    ...(paths === undefined ? {} : { paths }),
  })
  try {
    const server = await startSimServer({
      gateway: stage.gateway,
      onBug: (error) => io.out.warn(`simulator: ${String(error)}`),
      ...(options.port === undefined ? {} : { port: options.port }),
    })
    try {
      if (options.writeConfig !== undefined) {
        const [{ writeStageConfig }, { resolve }] = await Promise.all([
          import('../sim/stage/stage-config.ts'),
          import('node:path'),
        ])
        const file = resolve(io.cwd, options.writeConfig)
        await writeStageConfig({ stage, file, simUrl: server.url })
        io.out.note(`configuration for ${stage.accounts.length} accounts written to ${file}`)
      }
      await announce(io, { url: server.url, wsUrl: server.wsUrl, accounts: stage.accounts.length })
      await untilStopped(io)
    } finally {
      await server.close()
    }
  } finally {
    stage.close()
  }
  return EXIT.done
}

async function announce(
  io: CommandIo,
  sim: { readonly url: string; readonly wsUrl: string; readonly accounts: number },
): Promise<void> {
  io.out.line(`simulated exchange on ${sim.url} (sockets ${sim.wsUrl}), ${sim.accounts} accounts`)
  io.out.line('stop it with Ctrl-C')
  const { plainDocument } = await import('../ui/json-documents.ts')
  io.out.json(
    plainDocument(
      { command: 'sim', atMs: io.clock.now(), network: 'sim', exit: EXIT.done },
      { url: sim.url, ws_url: sim.wsUrl, accounts: sim.accounts },
    ),
  )
}

/** Being stopped is the way this command ends well. */
function untilStopped(io: CommandIo): Promise<void> {
  return new Promise((resolve) => {
    if (io.signal.aborted) resolve()
    io.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function readPath(
  io: CommandIo,
  { path }: SimOptions,
): Promise<ReadonlyMap<number, PricePath> | undefined> {
  if (path === undefined) return undefined
  const [{ readFile }, { resolve }, { readCandles }, { createRecordedPath }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../sim/market/read-candles.ts'),
    import('../sim/market/price-path.ts'),
  ])
  const text = await readFile(resolve(io.cwd, path), 'utf8').catch((error: unknown) => {
    throw new HedgebotError('usage', `${path} cannot be read`, {
      code: 'candles_unreadable',
      cause: error,
    })
  })
  return new Map([[BTC_INDEX, createRecordedPath(readCandles(text, { priceDecimals: 1 }))]])
}
