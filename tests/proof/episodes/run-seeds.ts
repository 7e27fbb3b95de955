/**
 * Many seeds, spread over processes, and what became of each.
 * @module
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ProofEnd } from './run-proof-episode.ts'

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly end?: ProofEnd
  /** It threw, or its process ended. */
  readonly error?: string
  readonly tookMs: number
}

export interface RunSeedsOptions {
  readonly seeds: readonly number[]
  readonly processes?: number
  /** Of another copy of the sources, for sabotage. */
  readonly root?: string
  readonly onResult: (result: SeedResult) => void
  /** True: no further seed is begun. */
  readonly isOver?: () => boolean
}

/** A seed takes seconds; one that takes so long hangs. */
const SEED_LIMIT_MS = 180_000

/** True when a result breaks a rule. */
export function isBad({ end, error }: SeedResult): boolean {
  return error !== undefined || (end?.findings.length ?? 0) > 0
}

/** Runs all seeds; a process that dies or hangs fails its seed and is replaced. */
export async function runSeeds(options: RunSeedsOptions): Promise<void> {
  const { seeds, processes = availableParallelism(), isOver = () => false } = options
  const waiting = [...seeds]
  const runners = Array.from({ length: Math.min(processes, seeds.length) }, async () => {
    while (waiting.length > 0 && !isOver()) await runSome(options, waiting)
  })
  await Promise.all(runners)
}

/** One process works on seeds until none is left or it fails. */
function runSome(
  { root, onResult, isOver = () => false }: RunSeedsOptions,
  waiting: number[],
): Promise<void> {
  const here = fileURLToPath(new URL('seed-child.ts', import.meta.url))
  const script = root === undefined ? here : `${root}/tests/proof/episodes/seed-child.ts`
  const child = fork(script, [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(root === undefined ? {} : { cwd: root }),
  })
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  return new Promise((resolve) => {
    let seed: number | undefined
    let timer: NodeJS.Timeout | undefined
    const next = (): void => {
      seed = isOver() ? undefined : waiting.shift()
      if (seed === undefined) {
        child.disconnect()
        return
      }
      timer = setTimeout(() => child.kill('SIGKILL'), SEED_LIMIT_MS)
      child.send({ seed })
    }
    child.on('message', (result: SeedResult) => {
      clearTimeout(timer)
      onResult(result)
      next()
    })
    child.on('exit', () => {
      clearTimeout(timer)
      if (seed !== undefined) {
        const error = complaint === '' ? 'it hung or was killed' : complaint
        onResult({ seed, error, tookMs: SEED_LIMIT_MS })
      }
      resolve()
    })
    next()
  })
}
