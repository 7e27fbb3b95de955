/**
 * Memory of the simulated exchange over a day of its own time, with the limits and delays of the venue on.
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Section, goal, rounded } from './figures.ts'

const HOURS = 24
/** The first hours fill what is bounded by number: a thousand orders and trades of each account. Then memory stands still. */
const SETTLED_HOUR = 15
const GOAL_GROWTH_MB = 5

interface Day {
  readonly heapMb: readonly number[]
  readonly sent: number
  readonly refused: number
  readonly frames: number
  readonly closed: number
}

/** Runs the day and compares the heap of its end with that of its morning. */
export async function benchSimDay(): Promise<Section> {
  const script = fileURLToPath(new URL('sim-day-child.ts', import.meta.url))
  const startMs = performance.now()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', script, String(HOURS)],
    { maxBuffer: 10_000_000 },
  )
  const day = JSON.parse(stdout) as Day
  const growthMb = rounded((day.heapMb.at(-1) ?? Number.NaN) - (day.heapMb[SETTLED_HOUR] ?? 0))
  return {
    figures: {
      how: `${HOURS} hours on a virtual clock, 20 accounts and as many sockets`,
      wallMs: Math.round(performance.now() - startMs),
      orders: day.sent,
      frames: day.frames,
      heapMbByHour: day.heapMb.map(rounded),
      growthMb,
    },
    goals: [goal('simDay.growthMb', growthMb, GOAL_GROWTH_MB)],
    problems: [
      ...(day.refused === 0 ? [] : [`${day.refused} of ${day.sent} orders were refused`]),
      ...(day.closed === 0 ? [] : [`${day.closed} sockets were closed`]),
    ],
  }
}
