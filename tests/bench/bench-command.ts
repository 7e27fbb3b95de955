/**
 * What one `hedgebot` command has in its hands, wired like the program itself: configuration, journal, log, real
 * sockets. One thing differs: the local request budget counts and never refuses, since thirty rounds of twenty accounts
 * within a minute are more than any venue would take.
 * @module
 */
import { tmpdir } from 'node:os'
import { openingRequest } from '../../src/commands/opening-request.ts'
import { createContext, type Context } from '../../src/context.ts'
import { createEngine, type Engine } from '../../src/engine/engine-context.ts'
import type { OpeningRequest } from '../../src/engine/prepare-opening.ts'
import { createLighterExchange } from '../../src/lighter/create-exchange.ts'
import type {
  AccountRef,
  Exchange,
  Journal,
  Logger,
  SpendStore,
  Transport,
} from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import { fixedWays } from '../support/fixed-ways.ts'

/** One command under measurement. */
export interface BenchCommand {
  readonly engine: Engine
  readonly request: OpeningRequest
  /** Warnings and errors of the log, and what the person would have been told. */
  readonly complaints: readonly string[]
  /** When the last transaction of each account was handed to its socket, monotonic, by account index. */
  readonly handedAtMs: ReadonlyMap<number, number>
  /** What was heard of the market. */
  readonly heard: HeardMarket
  close(): void
}

/** Frames with the mark, as they arrived. */
export interface HeardMarket {
  frames: number
  /** When the last one was in our hands as bytes, monotonic. */
  arrivedAtMs: number
  /** Processor time of this process by then. */
  arrivedCpuMs: number
  /** How long each of the last frames was worked on, parsing and all listeners, milliseconds. */
  workedMs: number[]
  /** Transactions in the order in which they were handed to their sockets. */
  handed: HandedOver[]
}

/** One transaction that was written to its socket. */
export interface HandedOver {
  readonly accountIndex: number
  /** Monotonic. */
  readonly atMs: number
  /** When the last frame with the mark before it had arrived. */
  readonly markArrivedAtMs: number
  /** Processor time of this process since then. */
  readonly cpuMs: number
}

export interface BenchCommandOptions {
  /**
   * Names under which the same direct way is used, accounts spread evenly: the client lets no more than 192
   * subscriptions a minute through one. Default 1.
   */
  readonly ways?: number
}

/** Starts a command: nothing is connected yet. */
export async function startCommand(
  command: string,
  configFile: string,
  { ways = 1 }: BenchCommandOptions = {},
): Promise<BenchCommand> {
  const context = await createContext({
    command,
    configFile,
    insecurePermissions: false,
    env: {},
    cwd: tmpdir(),
    home: tmpdir(),
  })
  const complaints: string[] = []
  const logger = listening(await context.logger(), complaints)
  const journal = await context.journal()
  const handedAtMs = new Map<number, number>()
  const heard: HeardMarket = {
    frames: 0,
    arrivedAtMs: 0,
    arrivedCpuMs: 0,
    workedMs: [],
    handed: [],
  }
  const transports = Array.from({ length: ways }, (_, at) =>
    noting(buildTransport(context, at === 0 ? 'direct' : `direct_${at + 1}`), handedAtMs, heard),
  )
  const accounts = spread(context, transports)
  const exchange = buildExchange({ context, logger, journal, transports, accounts })
  journal.bindVenue(await exchange.identity())
  const engine = createEngine({
    exchange,
    journal,
    logger,
    clock: context.clock,
    policy: await context.policy(),
    accounts,
    runId: journal.beginRun({ command }).run.runId,
    onProgress: ({ level, message }) => {
      if (level !== 'info') complaints.push(message)
    },
  })
  return {
    engine,
    request: await openingRequest(context, {
      selection: { kind: 'all' },
      isFlipped: false,
      sizeBase: undefined,
      leverage: undefined,
    }),
    complaints,
    handedAtMs,
    heard,
    close() {
      exchange.close()
      for (const transport of transports) transport.close()
      context.close()
    },
  }
}

/** The configured accounts, each with its way. */
function spread({ config }: Context, transports: readonly Transport[]): readonly AccountRef[] {
  return config.accounts.map(({ name, accountIndex, apiKeyIndex, egress }, at) => ({
    name,
    accountIndex,
    apiKeyIndex,
    egress:
      transports[Math.floor((at * transports.length) / config.accounts.length)]?.egress ?? egress,
  }))
}

function buildTransport({ config, clock }: Context, egress: string): Transport {
  return createHttpTransport({
    egress,
    restUrl: config.restUrl,
    wsUrl: config.wsUrl,
    clock,
    connectTimeoutMs: config.proxies.connectTimeoutMs,
  })
}

function buildExchange(parts: {
  readonly context: Context
  readonly logger: Logger
  readonly journal: Journal
  readonly transports: readonly Transport[]
  readonly accounts: readonly AccountRef[]
}): Exchange {
  const { context, logger, journal, transports, accounts } = parts
  const { config, clock, rng } = context
  return createLighterExchange({
    network: config.network,
    chainId: config.chainId,
    ways: fixedWays(new Map(transports.map((transport) => [transport.egress, transport]))),
    clock,
    rng,
    logger,
    spend: countingOnly(journal, Buffer.from(rng.nextBytes(6)).toString('hex')),
    orderExpiryMs: config.riskPolicy.orderExpiryMs,
    accounts: config.accounts.map((account, at) => ({
      ref: accounts[at] ?? account,
      privateKey: account.apiKey,
      ...(account.l1Address === undefined ? {} : { l1Address: account.l1Address }),
    })),
  })
}

/**
 * Notes when a frame with the mark came, and when a transaction has been written to its socket, by the id that the
 * client gives it.
 */
function noting(
  transport: Transport,
  handedAtMs: Map<number, number>,
  heard: HeardMarket,
): Transport {
  return {
    ...transport,
    connect(handlers) {
      const socket = transport.connect({
        ...handlers,
        onMessage(text) {
          if (!MARK_FRAME.test(text)) {
            handlers.onMessage(text)
            return
          }
          heard.frames += 1
          heard.arrivedCpuMs = cpuMs()
          heard.arrivedAtMs = performance.now()
          handlers.onMessage(text)
          heard.workedMs.push(performance.now() - heard.arrivedAtMs)
          if (heard.workedMs.length > 2 * FRAMES_KEPT) heard.workedMs.splice(0, FRAMES_KEPT)
        },
      })
      return {
        ...socket,
        send(text) {
          const isSent = socket.send(text)
          const sender = SENDER.exec(text)?.[1]
          if (sender !== undefined) {
            const accountIndex = Number(sender)
            const atMs = performance.now()
            handedAtMs.set(accountIndex, atMs)
            heard.handed.push({
              accountIndex,
              atMs,
              markArrivedAtMs: heard.arrivedAtMs,
              cpuMs: cpuMs() - heard.arrivedCpuMs,
            })
          }
          return isSent
        },
      }
    },
  }
}

/** All threads; waiting for a busy machine is not in it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const FRAMES_KEPT = 5_000
const MARK_FRAME = /^\{"channel":"market_stats:/
const SENDER = /^\{"type":"jsonapi\/sendtx","data":\{"id":"(\d+)-/

/**
 * Writes and reads as the real one does, so that both are in the measured time. Buckets are this command's own: they
 * hold what one command spends, as in ordinary use, and not what thirty rounds spend in a minute.
 */
function countingOnly(journal: SpendStore, command: string): SpendStore {
  return {
    record: (entry) => journal.record({ ...entry, bucket: `${command}/${entry.bucket}` }),
    spentSince(bucket, sinceMs) {
      journal.spentSince(`${command}/${bucket}`, sinceMs)
      return 0
    },
  }
}

function listening(logger: Logger, complaints: string[]): Logger {
  return {
    ...logger,
    warn(message, fields) {
      complaints.push(`${message} ${JSON.stringify(fields ?? {})}`)
      logger.warn(message, fields)
    },
    error(message, fields) {
      complaints.push(`${message} ${JSON.stringify(fields ?? {})}`)
      logger.error(message, fields)
    },
  }
}
