/**
 * One simulated exchange on real sockets in this process, a state directory of its own, and `hedgebot` processes that
 * work there, with an auditor over everything.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../src/ports.ts'
import { parseFaultPlan } from '../../../src/sim/faults/parse-fault.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { startSimServer } from '../../../src/sim/server/sim-server.ts'
import type { ConnectProxy } from '../../../src/sim/stage/connect-proxy.ts'
import { startConnectProxy } from '../../../src/sim/stage/connect-proxy.ts'
import { writeStageConfig } from '../../../src/sim/stage/stage-config.ts'
import type { Stage } from '../../../src/sim/stage/stage.ts'
import { createStage } from '../../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import type { CliResult } from '../../commands/sim-cli.ts'
import { runLine } from '../../commands/sim-cli.ts'
import type { ExchangeAudit } from './exchange-audit.ts'
import { createExchangeAudit } from './exchange-audit.ts'
import type { Program, ProgramEnd, ProgramOptions } from './program.ts'
import { startProgram } from './program.ts'

const BTC = 1
/** 0.01 BTC in the market's steps. */
const LEG_TICKS = 1000n
/** Nothing that is asked for here takes longer, on a slow machine either. */
const END_TIMEOUT_MS = 60_000

export interface WorldOptions {
  readonly seed: number
  readonly accounts: number
  /** CONNECT proxies that the accounts are spread over; 0 means direct. */
  readonly proxies?: number
  /** The venue's speed bump, lagging reads and jitter between channels. */
  readonly hasDelay?: boolean
  readonly faults?: readonly string[]
  /** More lines of configuration. */
  readonly extraYaml?: string
}

/** How a process is started, where it is not the usual way. */
export type StartOptions = Pick<ProgramOptions, 'deed' | 'clockMs' | 'jumpMs' | 'wrapper'>

export interface ProcessWorld {
  readonly clock: Clock
  readonly stage: Stage
  readonly audit: ExchangeAudit
  readonly folder: string
  readonly configFile: string
  readonly journalFile: string
  /** Every process that has ended, in that order. */
  readonly ends: readonly ProgramEnd[]
  /** Starts `hedgebot <line>` with `--yes --json`. */
  start(line: string, options?: StartOptions): Program
  /** The same until its end. */
  run(line: string, options?: StartOptions): Promise<ProgramEnd>
  /** The command line in this process: for what is not under test. */
  inProcess(line: string): Promise<CliResult>
  /** Moves mark, index and book at once, in hundredths of a percent of the present price. */
  move(bps: number): void
  /** SIGSTOP and, after this time, SIGCONT: meanwhile nobody is there to do anything. */
  standStill(program: Program, forMs: number): Promise<void>
  close(): Promise<void>
}

/** Starts the exchange and writes the configuration. */
export async function startProcessWorld(options: WorldOptions): Promise<ProcessWorld> {
  const clock = createSystemClock()
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-proof-'))
  const stage = createStage({
    clock,
    rng: createSeededRng(options.seed),
    seed: options.seed,
    accounts: options.accounts,
    // Requests of a minute count by owner: with one of its own, no account waits for what many short runs spend.
    owners: options.accounts,
    noiseBps: 0,
    noLimits: true,
    noDelay: options.hasDelay !== true,
    tickIntervalMs: 100,
    faults: parseFaultPlan(options.faults ?? []),
  })
  const server = await startSimServer({ gateway: stage.gateway })
  const proxies = await startProxies(options.proxies ?? 0)
  const configFile = join(folder, 'config.yaml')
  await writeStageConfig({
    stage,
    file: configFile,
    simUrl: server.url,
    proxies: proxies.map(({ host, port }, at) => ({ name: `proxy_${at + 1}`, host, port })),
    // 5 USD of 0.01 BTC: a move of 0.5 % reaches the limit, 0.6 % the exchange's own stops.
    stopLossThreshold: '5',
    stateDir: 'state',
    extraYaml: options.extraYaml ?? '',
  })
  const audit = auditOf(stage, clock)
  const processes = createProcesses({ clock, audit, folder, configFile })
  return {
    clock,
    stage,
    audit,
    folder,
    configFile,
    journalFile: join(folder, 'state', 'sim', 'journal.db'),
    ends: processes.ends,
    start: processes.start,
    run: (line, start) => processes.start(line, start).ended,
    standStill: processes.standStill,
    async inProcess(line) {
      audit.attend()
      try {
        return await runLine(['--config', configFile, '--yes', '--json'], line)
      } finally {
        audit.leave()
      }
    },
    move: (bps) =>
      stage.priceHand.move({
        marketIndex: BTC,
        parts: ['mark', 'index', 'book'],
        overMs: 0,
        target: { kind: 'scale', byE9: BigInt(bps) * 100_000n },
      }),
    async close() {
      await processes.endAll()
      audit.stop()
      await server.close()
      await Promise.all(proxies.map((proxy) => proxy.close()))
      stage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function startProxies(count: number): Promise<readonly ConnectProxy[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) =>
      startConnectProxy({ localAddress: `127.0.0.${11 + at}` }),
    ),
  )
}

/** Neighbours in the configuration are a hedge. */
function auditOf(stage: Stage, clock: Clock): ExchangeAudit {
  const indexes = stage.accounts.map(({ accountIndex }) => accountIndex)
  const hedges = indexes.flatMap((first, at) =>
    at % 2 === 0 ? [[first, indexes[at + 1] ?? first]] : [],
  )
  return createExchangeAudit({ stage, clock, marketIndex: BTC, hedges, legTicks: LEG_TICKS })
}

function createProcesses(at: {
  readonly clock: Clock
  readonly audit: ExchangeAudit
  readonly folder: string
  readonly configFile: string
}) {
  const { clock, audit, folder, configFile } = at
  const ends: ProgramEnd[] = []
  const running = new Set<Program>()
  let started = 0
  return {
    ends,
    start(line: string, options: StartOptions = {}): Program {
      started += 1
      audit.attend()
      const program = startProgram({
        argv: ['--config', configFile, '--yes', '--json', ...line.split(' ')],
        home: folder,
        pointsFile: join(folder, `points-${started}`),
        ...options,
      })
      running.add(program)
      const cancel = clock.setTimer(END_TIMEOUT_MS, () => program.send('SIGKILL'))
      const ended = program.ended.then((end) => {
        cancel()
        running.delete(program)
        audit.leave()
        const shown = { ...end, line }
        ends.push(shown)
        return shown
      })
      return { ...program, ended }
    },
    async standStill(program: Program, forMs: number): Promise<void> {
      program.send('SIGSTOP')
      audit.leave()
      await clock.sleep(forMs)
      audit.attend()
      program.send('SIGCONT')
    },
    async endAll(): Promise<void> {
      const left = [...running]
      for (const program of left) program.send('SIGKILL')
      await Promise.all(left.map((program) => program.ended))
    },
  }
}
