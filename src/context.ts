/**
 * The composition root: the only file that knows concrete parts. Each is built on first use and closed together.
 * @module
 */
import { join } from 'node:path'
import type { LoadedConfig } from './config/loaded-config.ts'
import type { Engine, EngineOptions, Progress } from './engine/engine-context.ts'
import type { RiskPolicy } from './hedge/policy.ts'
import type { StopPolicy } from './hedge/stop-policy.ts'
import type { LogEntry } from './system/logger.ts'
import type { Redactor } from './system/redactor.ts'
import type { OpeningAccount } from './engine/prepare-opening.ts'
import type { Clock, EgressMonitor, Exchange, Journal, Logger, Rng } from './ports.ts'
import { buildEgressPool, buildExchange } from './context/build-exchange.ts'
import { accountRef, planAccounts, policyOf } from './context/domain-of-config.ts'
import { createTelling } from './context/telling.ts'
import type { Telling } from './context/telling.ts'

/** What a context needs to know about its process. */
export interface ContextOptions {
  /** The subcommand, for the journal. */
  readonly command: string
  readonly configFile: string | undefined
  readonly insecurePermissions: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  /** Hears the lines of the log, texts not scrubbed. */
  readonly onLog?: ((entry: LogEntry) => void) | undefined
  /** The first line of the log could not be written into this folder. */
  readonly onLogLost?: ((folder: string, error: unknown) => void) | undefined
}

export interface EngineChoice {
  readonly runId: string
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface Context {
  readonly config: LoadedConfig
  readonly clock: Clock
  readonly rng: Rng
  logger(): Promise<Logger>
  journal(): Promise<Journal>
  exchange(): Promise<Exchange>
  /** The ways out as they are now. */
  egresses(): Promise<EgressMonitor>
  policy(): Promise<RiskPolicy>
  /** The limits that a watch keeps. */
  stopPolicy(): Promise<StopPolicy>
  /** The enabled accounts as the planner wants them. */
  accounts(): Promise<readonly OpeningAccount[]>
  engine(choice: EngineChoice): Promise<Engine>
  /** What reaches the owner. */
  readonly telling: Pick<Telling, 'isTelling' | 'dispatcher' | 'sender'>
  /** Takes every secret of the configuration out of a text. */
  readonly scrub: (text: string) => string
  /** Writes a bug with its stack to the log; returns where, undefined when there is no log yet. */
  readonly logBug: (error: unknown) => string | undefined
  close(): void
}

/**
 * Loads the configuration and prepares everything else.
 * @throws HedgebotError kind `config`
 */
export async function createContext(options: ContextOptions): Promise<Context> {
  const config = await loadConfiguration(options)
  const [{ createSystemClock }, { createSystemRng }] = await Promise.all([
    import('./system/system-clock.ts'),
    import('./system/system-rng.ts'),
  ])
  const clock = createSystemClock()
  const rng = createSystemRng()
  const closers: (() => void)[] = []
  const redactor = await buildRedactor(config)
  const parts = { config, options, command: options.command, clock, rng, closers, redactor }
  const built = lazyParts(parts)
  const { logger, journal, exchange, egresses } = built
  const scrub = (text: string): string => redactor.scrub(text)
  const telling = createTelling(parts, { ...built, scrub })
  return {
    config,
    clock,
    rng,
    telling,
    logger,
    journal,
    exchange,
    egresses,
    policy: () => policyOf(config),
    stopPolicy: () => policyOf(config),
    accounts: () => planAccounts(config),
    async engine(choice) {
      await telling.begin()
      const engine = await buildEngine(
        parts,
        { ...choice, ...scrubbedEars(choice, telling, scrub) },
        {
          exchange: await exchange(),
          journal: await journal(),
          logger: await logger(),
          egresses: await egresses(),
        },
      )
      telling.attach(engine)
      return engine
    },
    scrub,
    logBug: built.logBug,
    close() {
      for (const closer of closers.toReversed()) closer()
    },
  }
}

/** A live screen draws what it hears, and a channel sends it, without another look. */
function scrubbedEars(
  { onProgress }: EngineChoice,
  { unrecorded }: Telling,
  scrub: Context['scrub'],
): Pick<EngineOptions, 'onProgress' | 'onUnrecorded'> {
  return {
    onProgress: (event) => onProgress?.({ ...event, message: scrub(event.message) }),
    onUnrecorded: (event) => unrecorded({ ...event, message: scrub(event.message) }),
  }
}

/** Each is built when it is first asked for. */
function lazyParts(parts: Parts & { readonly command: string }) {
  let log: Logger | undefined
  const logger = once(async () => (log = await buildLogger(parts)))
  const journal = once(() => buildJournal(parts))
  const egresses = once(async () => buildEgressPool(parts, await logger()))
  const exchange = once(async () =>
    buildExchange(parts, {
      logger: await logger(),
      journal: await journal(),
      pool: await egresses(),
    }),
  )
  return {
    logger,
    journal,
    egresses,
    exchange,
    logBug(error: unknown): string | undefined {
      log?.error('a bug in hedgebot', { error })
      return log === undefined ? undefined : join(parts.config.stateDir, 'logs')
    },
  }
}

interface Parts {
  readonly config: LoadedConfig
  readonly options: ContextOptions
  readonly clock: Clock
  readonly rng: Rng
  readonly closers: (() => void)[]
  readonly redactor: Redactor
}

async function buildEngine(
  { config, clock, closers }: Parts,
  choice: EngineChoice & Pick<EngineOptions, 'onUnrecorded'>,
  built: {
    readonly exchange: Exchange
    readonly journal: Journal
    readonly logger: Logger
    readonly egresses: EgressMonitor
  },
): Promise<Engine> {
  const [{ createEngine }, { noteEgresses }] = await Promise.all([
    import('./engine/engine-context.ts'),
    import('./engine/note-egresses.ts'),
  ])
  const engine = createEngine({
    ...built,
    clock,
    policy: await policyOf(config),
    accounts: config.accounts.map(accountRef),
    ...choice,
  })
  closers.push(noteEgresses(engine, built.egresses))
  return engine
}

function once<T>(build: () => Promise<T>): () => Promise<T> {
  let built: Promise<T> | undefined
  return () => (built ??= build())
}

async function loadConfiguration(options: ContextOptions): Promise<LoadedConfig> {
  const [{ findConfigFile }, { loadConfig }] = await Promise.all([
    import('./config/find-config-file.ts'),
    import('./config/load-config.ts'),
  ])
  const { env, cwd, home, insecurePermissions } = options
  const file = await findConfigFile({ explicit: options.configFile, env, cwd, home })
  return loadConfig({ file, env, insecurePermissions })
}

async function buildRedactor(config: LoadedConfig): Promise<Redactor> {
  const [{ createRedactor }, { listSecretTexts }] = await Promise.all([
    import('./system/redactor.ts'),
    import('./config/list-secrets.ts'),
  ])
  const redactor = createRedactor()
  for (const secret of listSecretTexts(config)) redactor.registerSecret(secret)
  return redactor
}

async function buildLogger(parts: Parts): Promise<Logger> {
  const { config, options, clock, closers, redactor } = parts
  const [{ createLogger }, { statePathsOf, prepareStateDirectory }] = await Promise.all([
    import('./system/logger.ts'),
    import('./system/state-directory.ts'),
  ])
  const paths = statePathsOf(config.stateDir, config.network)
  await prepareStateDirectory(paths)
  const { level, keepDays } = config.log
  const logger = createLogger({
    directory: paths.logs,
    level,
    keepDays,
    clock,
    redactor,
    base: { command: options.command, network: config.network },
    onEntry: options.onLog,
    onDropped: (error) => options.onLogLost?.(paths.logs, error),
  })
  closers.push(() => logger.close())
  return logger
}

async function buildJournal(parts: Parts): Promise<Journal> {
  const { config, options, clock, rng, closers, redactor } = parts
  const [{ createJournal }, { scrubJournal }, { statePathsOf, prepareStateDirectory }] =
    await Promise.all([
      import('./journal/create-journal.ts'),
      import('./context/scrub-journal.ts'),
      import('./system/state-directory.ts'),
    ])
  const paths = statePathsOf(config.stateDir, config.network)
  await prepareStateDirectory(paths)
  const suffix = Buffer.from(rng.nextBytes(6)).toString('hex')
  const journal = createJournal({
    file: join(paths.network, 'journal.db'),
    clock,
    rng,
    owner: { ownerId: `${process.pid}-${suffix}`, pid: process.pid, command: options.command },
    leaseMs: config.riskPolicy.leaseMs,
  })
  closers.push(() => journal.close())
  return scrubJournal(journal, (text) => redactor.scrub(text))
}
