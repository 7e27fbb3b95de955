/** Many kills, two at a time: records which points there are, then kills at every kind of them. */
import { ensureBuilt } from './built-program.ts'
import type { Recording } from './kill-plan.ts'
import { createKillPlan } from './kill-plan.ts'
import type { KillOutcome } from './kill-run.ts'
import { recordPoints, runKill } from './kill-run.ts'
import { SCENARIOS } from './scenarios.ts'

export interface KillRunsOptions {
  /** At least so many kills; more when that is what every kind of point takes. */
  readonly count: number
  readonly seed: number
  /** Least hits of every kind of point. */
  readonly perKind: number
  /** Hears of every kill, and of every point that was not met again. */
  readonly onKill: (outcome: KillOutcome) => void
}

export interface KillRuns {
  readonly outcomes: readonly KillOutcome[]
  readonly kinds: readonly string[]
  /** How many different points the recordings know. */
  readonly points: number
}

/** One for each core of the smallest machine that runs this. */
const AT_ONCE = 2

/** Runs kills until every kind of point had its share. */
export async function runKills(options: KillRunsOptions): Promise<KillRuns> {
  await ensureBuilt()
  const recordings = await recordAll(options.seed)
  const plan = createKillPlan({ ...options, recordings })
  const outcomes: KillOutcome[] = []
  await inParallel(async () => {
    for (let kill = plan.next(); kill !== undefined; kill = plan.next()) {
      const outcome = await runKill(kill.name, kill.seed)
      if (outcome.isHit) outcomes.push(outcome)
      else plan.missed(kill)
      options.onKill(outcome)
    }
  })
  const names = recordings.flatMap(({ scenario, points }) =>
    points.map((point) => `${scenario}/${point}`),
  )
  return { outcomes, kinds: plan.kinds, points: new Set(names).size }
}

async function recordAll(seed: number): Promise<readonly Recording[]> {
  const wanted = Object.keys(SCENARIOS).flatMap((scenario) =>
    ([0, 1] as const).map((parity) => ({ scenario, parity })),
  )
  const recordings: Recording[] = []
  await inParallel(async () => {
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      const points = await recordPoints(next.scenario, 2 * seed + next.parity)
      recordings.push({ ...next, points: [...new Set(points)] })
    }
  })
  // In the order of their names: which one was ready first must not decide what is killed.
  return recordings.toSorted((a, b) => a.scenario.localeCompare(b.scenario) || a.parity - b.parity)
}

async function inParallel(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
