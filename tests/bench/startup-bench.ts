/**
 * Start-up of the compiled program over an empty Node process: medians of interleaved runs, so that a busy moment of
 * the machine falls on all of them. The goals are those of DEPENDENCIES.md section 5.
 * @module
 */
import { type Goal, type Section, goal, medianOf, rounded } from './figures.ts'
import { type ProgramRun, runEmpty, runProgram } from './program.ts'
import { startSimProcess } from './sim-process.ts'

const RUNS = 15

interface Candidate {
  readonly name: string
  readonly argv: readonly string[]
  /** Most milliseconds over the empty process; undefined: no goal is set. */
  readonly atMost: number | undefined
}

/** Measures help, version, and the two commands that everybody types first. */
export async function benchStartup(): Promise<Section> {
  // Only for its configuration of 20 accounts: none of these commands connects.
  const sim = await startSimProcess({
    accounts: 20,
    owners: 4,
    hasLimits: true,
    hasDelay: true,
    proxies: 0,
  })
  try {
    return await measure(sim.folder, [
      { name: 'help', argv: ['--help'], atMost: 40 },
      { name: 'version', argv: ['--version'], atMost: 40 },
      { name: 'configShow', argv: ['config', 'show', '--config', sim.configFile], atMost: 130 },
      { name: 'status', argv: ['status', '--config', sim.configFile], atMost: 330 },
    ])
  } finally {
    await sim.close()
  }
}

async function measure(home: string, candidates: readonly Candidate[]): Promise<Section> {
  const problems: string[] = []
  const emptyMs: number[] = []
  const timesMs = new Map(candidates.map(({ name }) => [name, [] as number[]]))
  for (let run = 0; run < RUNS; run += 1) {
    emptyMs.push(checked('node -e 0', await runEmpty(home), problems))
    for (const { name, argv } of candidates) {
      timesMs.get(name)?.push(checked(name, await runProgram(argv, home), problems))
    }
  }
  const empty = medianOf(emptyMs)
  const figures: Record<string, unknown> = {
    how: `medians of ${RUNS} interleaved runs of the compiled program; over: minus an empty node process`,
    emptyNodeMs: empty,
  }
  const goals: Goal[] = []
  for (const { name, atMost } of candidates) {
    const medianMs = medianOf(timesMs.get(name) ?? [])
    const overMs = rounded(medianMs - empty)
    figures[name] = { medianMs, overMs, timesEmpty: rounded(medianMs / empty) }
    if (atMost !== undefined) goals.push(goal(`${name}.overMs`, overMs, atMost))
  }
  return { figures, goals, problems }
}

function checked(name: string, run: ProgramRun, problems: string[]): number {
  if (run.exit !== 0) problems.push(`${name}: exit ${run.exit}: ${run.stderr.trim()}`)
  return run.wallMs
}
