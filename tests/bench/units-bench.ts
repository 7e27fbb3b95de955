/**
 * Requests that an account costs, as the exchange's own limiter counts them, with its limits and delays on: the
 * compiled program, 20 accounts of 4 owners, 3 proxies. Cold has an empty journal, warm has opened before.
 * @module
 */
import { type Goal, type Section, goal, rounded, spreadOf } from './figures.ts'
import { runProgram } from './program.ts'
import { type SimProcess, startSimProcess } from './sim-process.ts'

const COLD_GOAL = 5
const WARM_GOAL = 3
const STEPS = [
  ['cold', 'open', COLD_GOAL],
  ['closing', 'close', undefined],
  ['warm', 'open', WARM_GOAL],
  ['closingAgain', 'close', undefined],
] as const

/** Measures units, and beside them how long the whole commands take. */
export async function benchUnits(): Promise<Section> {
  const sim = await startSimProcess({
    accounts: 20,
    owners: 4,
    hasLimits: true,
    hasDelay: true,
    proxies: 3,
  })
  const problems: string[] = []
  const goals: Goal[] = []
  const figures: Record<string, unknown> = {
    how: 'compiled program, 20 accounts of 4 owners, 3 proxies, limits and delays of the venue on',
  }
  try {
    for (const [name, command, atMost] of STEPS) {
      const { units, wallMs } = await runStep(sim, command, problems)
      const spread = spreadOf(units)
      figures[name] = { unitsPerAccount: spread, commandMs: rounded(wallMs) }
      if (atMost !== undefined) goals.push(goal(`${name}.unitsPerAccount.max`, spread.max, atMost))
    }
  } finally {
    await sim.close()
  }
  return { figures, goals, problems }
}

async function runStep(
  sim: SimProcess,
  command: 'open' | 'close',
  problems: string[],
): Promise<{ readonly units: readonly number[]; readonly wallMs: number }> {
  await sim.ask('reset_units')
  const argv = [command, '--all', '--yes', '--json', '--config', sim.configFile]
  const run = await runProgram(argv, sim.folder)
  const { accounts, bugs, refusedUnits } = await sim.ask('look')
  problems.push(...bugs)
  if (run.exit !== 0) problems.push(`${command} --all: exit ${run.exit}: ${run.stderr.trim()}`)
  if (refusedUnits > 0) problems.push(`${command} --all: ${refusedUnits} requests were refused`)
  const open = accounts.filter((account) => account.sizeTicks !== 0).length
  const wanted = command === 'open' ? accounts.length : 0
  if (open !== wanted) problems.push(`${open} positions after ${command} --all`)
  return { units: accounts.map((account) => account.units), wallMs: run.wallMs }
}
