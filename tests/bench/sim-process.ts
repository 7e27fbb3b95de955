/**
 * A simulated exchange in another process, on real sockets: what it costs does not count as ours, and its clock stamps
 * what arrives while we are busy. Prices stand still until they are told to move.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SimChildOptions {
  readonly configFile: string
  readonly accounts: number
  readonly owners: number
  /** The venue's request limits. */
  readonly hasLimits: boolean
  /** The venue's taker delay, lagging reads, channels in no fixed order. */
  readonly hasDelay: boolean
  /** CONNECT proxies that leave from addresses of their own; 0 means direct. */
  readonly proxies: number
  /** Of each account; default the stage's. */
  readonly collateralUsd?: string
}

/**
 * What the exchange is asked or told. `price` sets mark, index and book of BTC; `ticks` lets them walk a
 * little below it so often a second, 0 ends it.
 */
export type SimQuestion =
  'look' | 'reset_units' | { readonly priceUsd: string } | { readonly ticksPerSecond: number }

/** What the exchange itself knows. */
export interface SimAnswer {
  /** Mistakes of the simulator while serving. */
  readonly bugs: readonly string[]
  /** Where it stamps arrivals for `measureBareGaps`. */
  readonly arrivalPort: number
  /** Requests refused by a limit since the last reset. */
  readonly refusedUnits: number
  /** When the last price that was asked for was set, milliseconds of the clock that all processes share. */
  readonly pricedAtMs: number
  readonly markUsd: number
  /** Moves of the price since the start. */
  readonly ticks: number
  /** Processor time of the whole process since its start, all threads. */
  readonly cpuMs: number
  readonly accounts: readonly {
    readonly name: string
    /** Requests and sends since the last reset, as its limiter counts them. */
    readonly units: number
    /** Signed position in BTC. */
    readonly sizeTicks: number
  }[]
}

export interface SimProcess {
  readonly folder: string
  readonly configFile: string
  ask(question: SimQuestion): Promise<SimAnswer>
  close(): Promise<void>
}

/** Starts the exchange; its configuration file and state live in a folder that goes with it. */
export async function startSimProcess(
  options: Omit<SimChildOptions, 'configFile'>,
): Promise<SimProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-bench-'))
  const configFile = join(folder, 'config.yaml')
  const script = fileURLToPath(new URL('sim-child.ts', import.meta.url))
  const child = fork(script, [JSON.stringify({ ...options, configFile })], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await answerOf(child)
  return {
    folder,
    configFile,
    ask(question) {
      const answer = answerOf(child)
      child.send(question)
      return answer
    },
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Milliseconds of the monotonic clock of the machine: `performance.now()` starts anew in every process. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1_000_000
}

/** The next message; rejects when the process ends instead. */
async function answerOf(child: ChildProcess): Promise<SimAnswer> {
  const settled = new AbortController()
  const { signal } = settled
  const died = once(child, 'exit', { signal }).then((): never => {
    throw new Error('the simulator process ended')
  })
  try {
    const message = once(child, 'message', { signal })
    const [answer] = (await Promise.race([message, died])) as [SimAnswer]
    return answer
  } finally {
    // The loser of the race goes with its listeners; nobody waits for it any more.
    died.catch(() => undefined)
    settled.abort()
  }
}
