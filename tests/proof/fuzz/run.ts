/**
 * Fuzzing of every border: `npx tsx tests/proof/fuzz/run.ts --inputs 100000 [--target name] [--seed n] [--workers 1|2]`.
 * Prints what came of each target, every new finding with the command that repeats it, and the sum; exit 1 when something
 * new was found.
 * @module
 */
import { parseArgs } from 'node:util'
import type { FuzzTarget } from './fuzz-target.ts'
import type { FuzzSummary } from './fuzz-loop.ts'
import {
  renderBugs,
  renderFindings,
  renderHead,
  renderRow,
  renderSum,
  sortFindings,
} from './render-run.ts'
import { spread, TARGETS, targetOf } from './targets.ts'
import { createWatchedWorker, sumOf } from './watched-worker.ts'

/** What was asked for. */
interface RunOptions {
  readonly inputs: number
  readonly seed: number
  readonly workers: number
  readonly targets: readonly FuzzTarget[]
}

function readOptions(argv: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      inputs: { type: 'string', default: '100000' },
      target: { type: 'string' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
    },
  })
  const named = values.target === undefined ? undefined : targetOf(values.target)
  if (values.target !== undefined && named === undefined) {
    throw new Error(
      `no target "${values.target}"; there are ${TARGETS.map(({ name }) => name).join(', ')}`,
    )
  }
  return {
    inputs: wholeNumber('inputs', values.inputs, 10_000_000),
    seed: wholeNumber('seed', values.seed, 2 ** 32 - 1),
    workers: wholeNumber('workers', values.workers, 2),
    targets: named === undefined ? TARGETS : [named],
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= max) return value
  throw new Error(`--${name} must be a whole number from 1 to ${max}`)
}

/** All targets, one after the other; with two workers each has half of the inputs of each target. */
async function run({ inputs, seed, workers, targets }: RunOptions): Promise<number> {
  const counts = spread(inputs, targets)
  const pool = Array.from({ length: workers }, () => createWatchedWorker())
  const summaries: FuzzSummary[] = []
  print(renderHead())
  try {
    for (const target of targets) {
      const startedMs = performance.now()
      const share = Math.ceil((counts.get(target.name) ?? 0) / workers)
      const parts = await Promise.all(
        pool.map((worker, at) => {
          const count = Math.min(share, (counts.get(target.name) ?? 0) - at * share)
          return worker.run({ target, firstSeed: seed + at * share, count: Math.max(0, count) })
        }),
      )
      const summary = sumOf(parts)
      summaries.push(summary)
      print(renderRow(target.name, summary, (performance.now() - startedMs) / 1_000))
    }
  } finally {
    for (const worker of pool) worker.close()
  }
  const { fresh, known } = sortFindings(summaries.flatMap(({ findings }) => findings))
  print(renderBugs(known))
  print(renderFindings(fresh))
  print(renderSum(sumOf(summaries).inputs, fresh.length))
  return fresh.length === 0 ? 0 : 1
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`)
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
