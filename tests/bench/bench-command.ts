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
import type { Exchange, Journal, Logger, SpendStore, Transport } from '../../src/ports.ts'
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'

/** One command under measurement. */
export interface BenchCommand {
  readonly engine: Engine
  readonly request: OpeningRequest
  /** Warnings and errors of the log, and what the person would have been told. */
  readonly complaints: readonly string[]
  /** When the last transaction of each account was handed to its socket, monotonic, by account index. */
  readonly handedAtMs: ReadonlyMap<number, number>
  close(): void
}

/** Starts a command: nothing is connected yet. */
export async function startCommand(command: string, configFile: string): Promise<BenchCommand> {
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
  const transport = noting(buildTransport(context), handedAtMs)
  const exchange = buildExchange({ context, logger, journal, transport })
  journal.bindVenue(await exchange.identity())
  const engine = createEngine({
    exchange,
    journal,
    logger,
    clock: context.clock,
    policy: await context.policy(),
    accounts: context.config.accounts,
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
    close() {
      exchange.close()
      transport.close()
      context.close()
    },
  }
}

function buildTransport({ config, clock }: Context): Transport {
  return createHttpTransport({
    egress: 'direct',
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
  readonly transport: Transport
}): Exchange {
  const { context, logger, journal, transport } = parts
  const { config, clock, rng } = context
  return createLighterExchange({
    network: config.network,
    chainId: config.chainId,
    transports: new Map([[transport.egress, transport]]),
    clock,
    rng,
    logger,
    spend: countingOnly(journal, Buffer.from(rng.nextBytes(6)).toString('hex')),
    orderExpiryMs: config.riskPolicy.orderExpiryMs,
    accounts: config.accounts.map((account) => ({
      ref: account,
      privateKey: account.apiKey,
      ...(account.l1Address === undefined ? {} : { l1Address: account.l1Address }),
    })),
  })
}

/** Notes when a transaction has been written to its socket, by the id that the client gives it. */
function noting(transport: Transport, handedAtMs: Map<number, number>): Transport {
  return {
    ...transport,
    connect(handlers) {
      const socket = transport.connect(handlers)
      return {
        ...socket,
        send(text) {
          const isSent = socket.send(text)
          const sender = SENDER.exec(text)?.[1]
          if (sender !== undefined) handedAtMs.set(Number(sender), performance.now())
          return isSent
        },
      }
    },
  }
}

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
