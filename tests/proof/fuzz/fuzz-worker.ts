/**
 * The process in which inputs are run. Which one it is at is written into a file before it begins, so that whoever watches
 * knows the input that hangs, or that ended the process.
 * @module
 */
import { openSync, writeSync } from 'node:fs'
import { fuzz, type FuzzSummary } from './fuzz-loop.ts'
import { targetOf } from './targets.ts'

/** What the worker is told. */
export interface WorkerOrder {
  readonly target: string
  readonly firstSeed: number
  readonly count: number
}

/** What it tells when it is through. */
export interface WorkerReport extends FuzzSummary {
  readonly target: string
}

const [markFile = ''] = process.argv.slice(2)
const mark = openSync(markFile, 'w')
let current = 0

function note(seed: number): void {
  current = seed
  writeSync(mark, String(seed).padEnd(16), 0)
}

// What nobody waits for belongs to the input that began it, or to one shortly before.
const strays: { seed: number; what: string }[] = []
const onStray = (error: unknown): void => {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  strays.push({ seed: current, what: `nobody caught: ${what.slice(0, 1_500)}` })
}
process.on('uncaughtException', onStray)
process.on('unhandledRejection', onStray)

async function work({ target: name, firstSeed, count }: WorkerOrder): Promise<WorkerReport> {
  const target = targetOf(name)
  if (target === undefined) throw new Error(`there is no target "${name}"`)
  await target.prepare?.()
  const summary = await fuzz({ target, firstSeed, count }, { onInput: note })
  await target.end?.()
  await new Promise(setImmediate)
  const found = strays.splice(0).map((stray) => ({ target: name, ...stray, input: '' }))
  return { ...summary, target: name, findings: [...summary.findings, ...found] }
}

process.on('message', (order: WorkerOrder) => {
  void work(order).then((report) => process.send?.(report))
})
