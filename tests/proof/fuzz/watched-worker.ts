/**
 * A worker process under watch: an input that does not end in its time, or that ends the process, is a finding with its
 * seed, and a new process goes on behind it.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FoundInput, FuzzJob, FuzzSummary } from './fuzz-loop.ts'
import type { WorkerReport } from './fuzz-worker.ts'

/** One process at a time. */
export interface WatchedWorker {
  /** Runs a job to its end, over as many processes as that takes. */
  run(job: FuzzJob): Promise<FuzzSummary>
  close(): void
}

const WORKER = fileURLToPath(new URL('fuzz-worker.ts', import.meta.url))
const LOOK_MS = 200
/** Starting, and what a target prepares. */
const START_MS = 60_000
/** An input that needs more is a finding: the process ends. */
const HEAP_MB = 2_048
/** Behind so many processes that ended the rest of a job is not worth the time. */
const MOST_DEATHS = 5

/** Starts nothing yet. */
export function createWatchedWorker(): WatchedWorker {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-fuzz-worker-'))
  let child: Child | undefined
  return {
    async run(job) {
      const parts: FuzzSummary[] = []
      let { firstSeed, count } = job
      for (let deaths = 0; count > 0 && deaths < MOST_DEATHS; deaths += 1) {
        child ??= start(folder)
        const part = await runPart(child, { ...job, firstSeed, count })
        parts.push(part)
        if (child.process.exitCode !== null || child.process.signalCode !== null) child = undefined
        firstSeed += part.inputs
        count -= part.inputs
      }
      return sumOf(parts)
    },
    close() {
      child?.process.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Child {
  readonly process: ChildProcess
  readonly markFile: string
  /** What it wrote to its streams: nothing here writes. */
  output: string
}

function start(folder: string): Child {
  const markFile = join(folder, 'mark')
  const process_ = fork(WORKER, [markFile], {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MB}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const child: Child = { process: process_, markFile, output: '' }
  for (const stream of [process_.stdout, process_.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      if (child.output.length < 4_000) child.output += chunk.toString()
    })
  }
  return child
}

/** Until the worker reports, hangs or ends. */
function runPart(child: Child, job: FuzzJob): Promise<FuzzSummary> {
  const { target, firstSeed, count } = job
  return new Promise((resolve) => {
    let seen = { mark: '', atMs: performance.now() }
    let isHanging = false
    const timer = setInterval(() => {
      const mark = markIn(child)
      const nowMs = performance.now()
      if (mark !== seen.mark) seen = { mark, atMs: nowMs }
      const limitMs = isWithin(mark, job) ? target.limitMs : START_MS
      if (nowMs - seen.atMs < limitMs) return
      isHanging = true
      child.process.kill('SIGKILL')
    }, LOOK_MS)
    const end = (summary: FuzzSummary): void => {
      clearInterval(timer)
      child.process.removeAllListeners('message').removeAllListeners('exit')
      resolve(withOutput(child, job, summary))
    }
    child.process.once('message', (report: WorkerReport) => end(report))
    child.process.once('exit', (code, signal) => {
      const mark = markIn(child)
      const seed = isWithin(mark, job) ? Number(mark) : firstSeed
      const how = isHanging
        ? `does not end within ${target.limitMs} ms`
        : `ends the process (${signal ?? `code ${code}`}): ${child.output.slice(0, 1_000)}`
      child.output = ''
      end(deathOf({ target: target.name, seed, what: how, input: '' }, firstSeed))
    })
    child.process.send({ target: target.name, firstSeed, count })
  })
}

/** Everything before the last input went well, as far as is known. */
function deathOf(finding: FoundInput, firstSeed: number): FuzzSummary {
  const inputs = finding.seed - firstSeed + 1
  return { inputs, namedErrors: 0, accepted: inputs - 1, findings: [finding] }
}

/** Words on a stream of the process are a finding as well. */
function withOutput(
  child: Child,
  { target, firstSeed }: FuzzJob,
  summary: FuzzSummary,
): FuzzSummary {
  const { output } = child
  if (output.trim() === '') return summary
  child.output = ''
  const what = `something is written to the process's own streams: ${output.slice(0, 1_000)}`
  const finding = { target: target.name, seed: firstSeed, what, input: '' }
  return { ...summary, findings: [...summary.findings, finding] }
}

function markIn({ markFile }: Child): string {
  try {
    return readFileSync(markFile, 'utf8').trim()
  } catch {
    return ''
  }
}

function isWithin(mark: string, { firstSeed, count }: FuzzJob): boolean {
  const seed = Number(mark)
  return mark !== '' && seed >= firstSeed && seed < firstSeed + count
}

/** One summary of several. */
export function sumOf(parts: readonly FuzzSummary[]): FuzzSummary {
  const sum = (pick: (part: FuzzSummary) => number) =>
    parts.reduce((total, part) => total + pick(part), 0)
  return {
    inputs: sum(({ inputs }) => inputs),
    namedErrors: sum(({ namedErrors }) => namedErrors),
    accepted: sum(({ accepted }) => accepted),
    findings: parts.flatMap(({ findings }) => findings),
  }
}
