/**
 * A day of a watch on a virtual clock: how long it takes, whether memory stands still, what it writes and spends.
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Section, goal, rounded } from './figures.ts'

const HOURS = 24
/** By then everything that is made once is made. */
const SETTLED_HOUR = 2
const GOAL_WALL_S = 60
const GOAL_GROWTH_MB = 5
const HEDGES = 2
const STOPS = 2

/** What the day came to. */
export interface WatchDay {
  readonly wallMs: number
  /** Processor time, simulator and all threads included: what a busy machine does not change so much. */
  readonly cpuMs: number
  /** After every hour and a collection. */
  readonly heapMb: readonly number[]
  readonly ticks: number
  readonly open: number
  readonly closed: number
  /** Of the journal, by table. */
  readonly rows: Readonly<Record<string, number>>
  /** Requests of the watch, by account. */
  readonly units: Readonly<Record<string, number>>
  /** Warnings and errors. */
  readonly complaints: number
  readonly complaintKinds: Readonly<Record<string, number>>
}

/** Runs the day. */
export async function benchWatchDay(): Promise<Section> {
  const script = fileURLToPath(new URL('watch-day-child.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', script, String(HOURS)],
    { maxBuffer: 10_000_000 },
  )
  const day = JSON.parse(stdout) as WatchDay
  const wallS = rounded(day.wallMs / 1_000)
  const early = day.heapMb[SETTLED_HOUR - 1] ?? Number.NaN
  const growthMb = rounded((day.heapMb.at(-1) ?? Number.NaN) - early)
  const isRight = day.open === HEDGES && day.closed === HEDGES * STOPS
  return {
    figures: {
      how: `${HOURS} hours, 4 accounts, a price every second, ${STOPS} stops of everything, opened again`,
      wallS,
      cpuS: rounded(day.cpuMs / 1_000),
      daysPerDay: Math.round(86_400 / wallS),
      marketFrames: day.ticks,
      heapMbByHour: day.heapMb.map(rounded),
      growthMb,
      journalRows: day.rows,
      unitsByAccount: day.units,
      warnings: day.complaints,
      warningKinds: day.complaintKinds,
    },
    goals: [
      goal('watchDay.wallS', wallS, GOAL_WALL_S),
      goal('watchDay.growthMb', growthMb, GOAL_GROWTH_MB),
    ],
    problems: isRight ? [] : [`${day.open} hedges are open, ${day.closed} were stopped`],
  }
}
