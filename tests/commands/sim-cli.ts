/**
 * The command line in-process against a simulator on real sockets, through the files that a user would have.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../src/cli.ts'
import { parseFaultPlan } from '../../src/sim/faults/parse-fault.ts'
import type { SimServer } from '../../src/sim/server/sim-server.ts'
import { startSimServer } from '../../src/sim/server/sim-server.ts'
import type { StageConfigOptions } from '../../src/sim/stage/stage-config.ts'
import { writeStageConfig } from '../../src/sim/stage/stage-config.ts'
import type { Stage, StageOptions } from '../../src/sim/stage/stage.ts'
import { createStage } from '../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import type { CliIo } from '../../src/ui/command-io.ts'

export interface CliResult {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  /** The document on stdout, when there is one. */
  readonly json: JsonDocument
}

/** As scripts see it. */
export interface JsonDocument {
  readonly schema?: string
  readonly ok?: boolean
  readonly exit?: number
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | null }
  readonly hedges?: readonly {
    readonly hedge_id: string
    readonly state: string
    readonly net_exposure_usd: string
    readonly stop_state: string
    readonly legs: readonly { readonly account: string; readonly base_size: string }[]
  }[]
  readonly points?: readonly { readonly code: string; readonly level: string }[]
  readonly units?: Readonly<Record<string, number>>
}

export interface SimSession {
  readonly stage: Stage
  readonly server: SimServer
  readonly folder: string
  readonly configFile: string
  /** Runs `hedgebot <line>` with this session's configuration, `--yes` and `--json`. */
  hedgebot(line: string, options?: LineOptions): Promise<CliResult>
  /** Signed size in ticks of the n-th account (from 1) in BTC, by the exchange's own books. */
  position(account: number): bigint
  close(): Promise<void>
}

/** Signals that a test sends. */
export interface FakeSignals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): () => void
  emit(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void
}

export interface SessionOptions {
  readonly accounts?: number
  readonly faults?: readonly string[]
  readonly stage?: Partial<StageOptions>
  readonly config?: Partial<StageConfigOptions>
  /** Stands between server and exchange, to see what comes from where. */
  readonly seenBy?: (gateway: Stage['gateway']) => Stage['gateway']
}

/** Starts a simulator and writes a configuration for it. */
export async function startSession(options: SessionOptions = {}): Promise<SimSession> {
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-cli-'))
  const stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: options.accounts ?? 2,
    owners: 1,
    noiseBps: 0,
    noDelay: true,
    faults: parseFaultPlan(options.faults ?? []),
    ...options.stage,
  })
  const { seenBy = (gateway) => gateway } = options
  const server = await startSimServer({ gateway: seenBy(stage.gateway) })
  const configFile = join(folder, 'config.yaml')
  await writeStageConfig({ stage, file: configFile, simUrl: server.url, ...options.config })
  return {
    stage,
    server,
    folder,
    configFile,
    hedgebot: (line, run = {}) => runLine(['--config', configFile, '--yes', '--json'], line, run),
    position: (account) =>
      stage.core.account(stage.accounts[account - 1]?.accountIndex ?? -1)?.positions.get(1)
        ?.sizeTicks ?? 0n,
    async close() {
      await server.close()
      stage.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The outside of one run, where it is not the usual one. */
export interface LineOptions {
  readonly signals?: FakeSignals
  readonly io?: Partial<CliIo>
}

/** Runs one command line in-process. */
export async function runLine(
  globals: readonly string[],
  line: string,
  { signals, io }: LineOptions = {},
): Promise<CliResult> {
  let stdout = ''
  let stderr = ''
  const exit = await runCli([...line.split(' ').filter((word) => word !== ''), ...globals], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    isTerminal: false,
    columns: 100,
    env: {},
    cwd: tmpdir(),
    ...(signals === undefined ? {} : { signals }),
    ...io,
  })
  return { exit, stdout, stderr, json: parseDocument(stdout) }
}

function parseDocument(stdout: string): JsonDocument {
  try {
    return JSON.parse(stdout) as JsonDocument
  } catch {
    return {}
  }
}

/** A source of signals in the hands of a test. */
export function createFakeSignals(): FakeSignals {
  const listeners: { name: string; listener: () => void }[] = []
  return {
    on(name, listener) {
      const entry = { name, listener }
      listeners.push(entry)
      return () => {
        listeners.splice(listeners.indexOf(entry), 1)
      }
    },
    emit(name) {
      for (const entry of listeners.slice()) if (entry.name === name) entry.listener()
    },
  }
}
