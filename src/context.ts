/**
 * The composition root: the only file that knows concrete parts. Each is built on first use and closed together.
 * @module
 */
import { join } from 'node:path'
import type { LoadedConfig } from './config/loaded-config.ts'
import type { Engine, Progress } from './engine/engine-context.ts'
import type { RiskPolicy } from './hedge/policy.ts'
import type { StopPolicy } from './hedge/stop-policy.ts'
import type { AccountStream } from './lighter/account-link.ts'
import type { Redactor } from './system/redactor.ts'
import type { OpeningAccount } from './engine/prepare-opening.ts'
import type { AccountRef, Clock, Exchange, Journal, Logger, Rng, Transport } from './ports.ts'

/** What a context needs to know about its process. */
export interface ContextOptions {
  /** The subcommand, for the journal. */
  readonly command: string
  readonly configFile: string | undefined
  readonly insecurePermissions: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
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
  policy(): Promise<RiskPolicy>
  /** The limits that a watch keeps. */
  stopPolicy(): Promise<StopPolicy>
  /** The enabled accounts as the planner wants them. */
  accounts(): Promise<readonly OpeningAccount[]>
  engine(choice: EngineChoice): Promise<Engine>
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
  const parts = { config, options, clock, rng, closers, redactor }
  let log: Logger | undefined
  const logger = once(async () => (log = await buildLogger(parts)))
  const journal = once(() => buildJournal(parts))
  const exchange = once(async () => buildExchange(parts, await logger(), await journal()))
  return {
    config,
    clock,
    rng,
    logger,
    journal,
    exchange,
    policy: () => policyOf(config),
    stopPolicy: () => policyOf(config),
    accounts: () => planAccounts(config),
    async engine(choice) {
      const { createEngine } = await import('./engine/engine-context.ts')
      return createEngine({
        exchange: await exchange(),
        journal: await journal(),
        logger: await logger(),
        clock,
        policy: await policyOf(config),
        accounts: config.accounts.map(accountRef),
        ...choice,
      })
    },
    scrub: (text) => redactor.scrub(text),
    logBug(error) {
      log?.error('a bug in hedgebot', { error })
      return log === undefined ? undefined : join(config.stateDir, 'logs')
    },
    close() {
      for (const closer of closers.toReversed()) closer()
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
  })
  closers.push(() => logger.close())
  return logger
}

async function buildJournal({ config, options, clock, rng, closers }: Parts): Promise<Journal> {
  const [{ createJournal }, { statePathsOf, prepareStateDirectory }] = await Promise.all([
    import('./journal/create-journal.ts'),
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
  return journal
}

/**
 * The venue takes 200 messages a minute of one address, and every stream of every account is one: a command listens
 * only to what it shows. What trades hears orders, fills and positions.
 */
const STREAMS_OF: Readonly<Record<string, readonly AccountStream[]>> = {
  accounts: [],
  check: ['orders'],
  orders: ['orders'],
  status: ['orders', 'positions'],
  watch: ['orders', 'trades', 'positions', 'stats'],
}

async function buildExchange(parts: Parts, logger: Logger, journal: Journal): Promise<Exchange> {
  const { config, clock, rng, closers } = parts
  const [{ createLighterExchange }, transports] = await Promise.all([
    import('./lighter/create-exchange.ts'),
    buildTransports(config, clock),
  ])
  const exchange = createLighterExchange({
    network: config.network,
    chainId: config.chainId,
    transports,
    clock,
    rng,
    logger,
    spend: journal,
    streams: STREAMS_OF[parts.options.command] ?? ['orders', 'trades', 'positions'],
    orderExpiryMs: config.riskPolicy.orderExpiryMs,
    accounts: config.accounts.map((account) => ({
      ref: accountRef(account),
      privateKey: account.apiKey,
      ...(account.l1Address === undefined ? {} : { l1Address: account.l1Address }),
    })),
    knownFacts: (accountIndex) => journal.accountFacts(accountIndex),
  })
  closers.push(() => {
    exchange.close()
    for (const transport of transports.values()) transport.close()
  })
  journal.bindVenue(await exchange.identity())
  return exchange
}

/** One transport for every egress that an enabled account uses. */
async function buildTransports(
  config: LoadedConfig,
  clock: Clock,
): Promise<ReadonlyMap<string, Transport>> {
  const { createHttpTransport } = await import('./proxies/create-http-transport.ts')
  const names = [...new Set(config.accounts.map((account) => account.egress))]
  return new Map(
    names.map((egress) => {
      const proxy = config.proxyPool.find((candidate) => candidate.name === egress)
      const transport = createHttpTransport({
        egress,
        restUrl: config.restUrl,
        wsUrl: config.wsUrl,
        clock,
        connectTimeoutMs: config.proxies.connectTimeoutMs,
        ...(proxy === undefined ? {} : { proxy }),
      })
      return [egress, transport]
    }),
  )
}

type ConfigAccount = LoadedConfig['accounts'][number]

function accountRef(account: ConfigAccount): AccountRef {
  const { name, accountIndex, apiKeyIndex, egress } = account
  return { name, accountIndex, apiKeyIndex, egress }
}

async function planAccounts(config: LoadedConfig): Promise<readonly OpeningAccount[]> {
  const { Dec } = await import('./hedge/decimal.ts')
  const enabled = config.accounts.map((account) => ({ account, isEnabled: true }))
  const disabled = config.disabledAccounts.map((account) => ({ account, isEnabled: false }))
  return [...enabled, ...disabled]
    .toSorted((a, b) => a.account.place - b.account.place)
    .map(({ account, isEnabled }) => ({
      name: account.name,
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      side: account.side,
      positionSizeBase: new Dec(account.positionSizeBase),
      isEnabled,
      path: `api_credentials[${account.place}]`,
      l1Address: account.l1Address,
    }))
}

async function policyOf(config: LoadedConfig): Promise<RiskPolicy & StopPolicy> {
  const { Dec } = await import('./hedge/decimal.ts')
  const risk = config.riskPolicy
  const optional = (text: string | undefined) => (text === undefined ? undefined : new Dec(text))
  return {
    stopLossUsd: new Dec(config.stopLossThresholdUsd),
    onStop: risk.onStop,
    isExchangeStopOn: risk.hasExchangeStop,
    exchangeStopPct: new Dec(risk.exchangeStopPct),
    liquidationBufferPct: new Dec(risk.liquidationBufferPct),
    maxSlippagePct: new Dec(risk.maxSlippagePct),
    closeStepsPct: risk.closeStepsPct.map((step) => new Dec(step)),
    openTimeoutMs: risk.openTimeoutMs,
    maxNakedMs: risk.maxNakedMs,
    nakedToleranceUsd: new Dec(risk.nakedToleranceUsd),
    orderExpiryMs: risk.orderExpiryMs,
    leaseMs: risk.leaseMs,
    maxPositionBase: optional(risk.maxPositionSizeBase),
    maxPositionUsd: optional(risk.maxPositionUsd),
    marginMode: risk.marginMode,
    maxClockOffsetMs: risk.maxClockOffsetMs,
    attempts: risk.attempts,
    maxHoldMs: risk.maxHoldMs,
    onFatal: risk.onFatal,
    hedgeStopUsd: optional(risk.hedgeStopUsd),
    totalStopUsd: optional(risk.totalStopUsd),
    takeProfitUsd: optional(risk.takeProfitUsd),
    trailingUsd: optional(risk.trailingUsd),
    dailyStopLimit: risk.dailyStopLimit,
    staleAfterMs: config.watch.staleAfterMs,
  }
}
