/**
 * What a process costs that only watches, at 20, 200 and 1,000 accounts with 100 mark ticks a second; and what its tick
 * handler and its timers take with and without the live table.
 * @module
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openAll } from './bench-watch.ts'
import { type Goal, type Section, type Spread, goal, rounded } from './figures.ts'
import { type SimProcess, startSimProcess } from './sim-process.ts'

/** What a watching process is told. */
export interface LoadChildOptions {
  readonly configFile: string
  readonly ways: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly hasTable: boolean
  /** Also how late timers come. */
  readonly isTimed: boolean
}

/** What it says. */
export interface WatchLoad {
  readonly startedMs: number
  /** Percent of one core, all threads. */
  readonly cpuPct: number
  readonly rssMb: number
  /** With all modules loaded and nothing done. */
  readonly rssAtStartMb: number
  /** What is left of the heap after a collection at the end. */
  readonly liveHeapMb: number
  readonly markFramesPerSecond: number
  /** From the bytes of a frame with the mark to the end of everything that it caused at once. */
  readonly frameMs: Spread
  /** In each listener of the feed. */
  readonly tickMs: Spread
  readonly timerLateMs: Spread | undefined
  readonly watched: number
  /** Told before the measurement: a thousand accounts are not all heard within the first two seconds. */
  readonly startWarnings: number
  readonly problems: readonly string[]
}

const SIZES = [20, 200, 1000] as const
const TICKS_PER_SECOND = 100
const WARM_UP_MS = 10_000
const MEASURE_MS = 15_000
/** A watch that cannot keep up does not end by itself. */
const DEADLINE_MS = 120_000
/** Accounts that share one way: 192 subscriptions a minute are all that one takes. */
const ACCOUNTS_A_WAY = 40
/** Of the figures of the design, at 200 accounts. */
const GOAL_CPU_PCT = 25
const GOAL_RSS_MB = 200
/** Ten times the accounts may cost ten times as much. */
const GOAL_GROWTH = 10

/** Measures all sizes, one after the other. */
export async function benchWatchLoad(): Promise<Section> {
  const problems: string[] = []
  const figures: Record<string, unknown> = {
    how: `${TICKS_PER_SECOND} mark ticks a second for ${MEASURE_MS / 1_000} s, real sockets, a process of its own`,
  }
  const loads = new Map<number, WatchLoad>()
  for (const accounts of SIZES) {
    const measured = await measureAt(accounts, problems).catch((error: unknown) => {
      problems.push(`${accounts} accounts: ${String(error)}`)
    })
    if (measured === undefined) continue
    const { load, table } = measured
    figures[`accounts${accounts}`] = load
    if (table !== undefined) figures['table'] = table
    loads.set(accounts, load)
  }
  const [small, middle, large] = SIZES.map((accounts) => loads.get(accounts)?.cpuPct ?? Number.NaN)
  const loaderMb = await loaderCostMb()
  const rssWithoutLoaderMb = rounded((loads.get(200)?.rssMb ?? Number.NaN) - loaderMb)
  figures['loader'] = {
    how: 'an empty process that runs TypeScript over an empty process: the compiled program has no such loader',
    rssMb: loaderMb,
    rssWithoutLoaderMb,
  }
  const growth = rounded((middle ?? Number.NaN) / (small ?? Number.NaN))
  figures['cpuGrowth20To200'] = growth
  figures['cpuGrowth200To1000'] = rounded((large ?? Number.NaN) / (middle ?? Number.NaN))
  return {
    figures,
    goals: goalsOf(loads.get(200)?.cpuPct ?? Number.NaN, { rssWithoutLoaderMb, growth }),
    problems: problems.slice(0, 5),
  }
}

function goalsOf(
  cpuPct: number,
  { rssWithoutLoaderMb, growth }: { readonly rssWithoutLoaderMb: number; readonly growth: number },
): readonly Goal[] {
  return [
    goal('watchLoad.200.cpuPct', cpuPct, GOAL_CPU_PCT),
    goal('watchLoad.200.rssWithoutLoaderMb', rssWithoutLoaderMb, GOAL_RSS_MB),
    goal('watchLoad.cpuGrowth20To200', growth, GOAL_GROWTH),
  ]
}

/** Memory of the loader alone, megabytes. */
async function loaderCostMb(): Promise<number> {
  const rssOf = async (...flags: readonly string[]): Promise<number> => {
    const script = 'console.log(process.memoryUsage().rss)'
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', script])
    return Number(stdout) / 1_048_576
  }
  return rounded((await rssOf('--import', 'tsx')) - (await rssOf()))
}

interface Measured {
  readonly load: WatchLoad
  /** The tick handler beside the live table; only for the usual 20 accounts. */
  readonly table: { readonly without: TickLoad; readonly with: TickLoad } | undefined
}

type TickLoad = Pick<WatchLoad, 'cpuPct' | 'frameMs' | 'tickMs' | 'timerLateMs'>

async function measureAt(accounts: number, problems: string[]): Promise<Measured> {
  const ways = Math.ceil(accounts / ACCOUNTS_A_WAY)
  const sim = await startSimProcess({
    accounts,
    owners: accounts,
    hasLimits: false,
    hasDelay: false,
    proxies: 0,
  })
  try {
    problems.push(...(await openAll(sim.configFile, () => '0.001', ways)))
    await sim.ask({ ticksPerSecond: TICKS_PER_SECOND })
    const { configFile } = sim
    const child = { configFile, ways, warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS }
    const load = await watchFrom(sim, { ...child, hasTable: false, isTimed: false }, problems)
    if (load.watched !== accounts / 2) problems.push(`${accounts}: ${load.watched} hedges watched`)
    if (accounts !== SIZES[0]) return { load, table: undefined }
    const without = await watchFrom(sim, { ...child, hasTable: false, isTimed: true }, problems)
    const withTable = await watchFrom(sim, { ...child, hasTable: true, isTimed: true }, problems)
    return { load, table: { without: ticksOf(without), with: ticksOf(withTable) } }
  } finally {
    await sim.close()
  }
}

function ticksOf({ cpuPct, frameMs, tickMs, timerLateMs }: WatchLoad): TickLoad {
  return { cpuPct, frameMs, tickMs, timerLateMs }
}

async function watchFrom(
  sim: SimProcess,
  options: LoadChildOptions,
  problems: string[],
): Promise<WatchLoad> {
  const script = fileURLToPath(new URL('watch-load-child.ts', import.meta.url))
  const child = fork(script, [JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  let load: WatchLoad | undefined
  child.on('message', (message: WatchLoad) => {
    load = message
  })
  await gone
  clearTimeout(deadline)
  if (load === undefined) throw new Error('the watching process did not come to an end in time')
  problems.push(...load.problems, ...(await sim.ask('look')).bugs)
  return load
}
