/** Goes through inputs of one target, one after the other. */
import { createDraw } from './draw.ts'
import { Finding, type FuzzTarget } from './fuzz-target.ts'

/** Something that was found, with what repeats it. */
export interface FoundInput {
  readonly target: string
  readonly seed: number
  readonly what: string
  readonly input: string
}

/** Inputs of one target. */
export interface FuzzJob {
  readonly target: FuzzTarget
  readonly firstSeed: number
  readonly count: number
}

/** What came of them. */
export interface FuzzSummary {
  readonly inputs: number
  readonly namedErrors: number
  readonly accepted: number
  readonly findings: readonly FoundInput[]
}

/** Who hears of it while it goes on. */
export interface FuzzListener {
  /** Before an input is made: should it never end, this is what is known of it. */
  readonly onInput?: (seed: number) => void
}

/** Runs them all; a finding does not end it. */
export async function fuzz(
  { target, firstSeed, count }: FuzzJob,
  { onInput }: FuzzListener = {},
): Promise<FuzzSummary> {
  const outcomes = { 'named error': 0, accepted: 0 }
  const findings: FoundInput[] = []
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    onInput?.(seed)
    const before = process.cpuUsage()
    try {
      outcomes[await target.run(createDraw(seed))] += 1
      const { user, system } = process.cpuUsage(before)
      const cpuMs = Math.round((user + system) / 1_000)
      if (cpuMs > target.cpuLimitMs) {
        findings.push({
          target: target.name,
          seed,
          what: `takes ${cpuMs} ms of CPU time`,
          input: '',
        })
      }
    } catch (error) {
      findings.push({ target: target.name, seed, ...wordsOf(error) })
    }
  }
  return {
    inputs: count,
    namedErrors: outcomes['named error'],
    accepted: outcomes.accepted,
    findings,
  }
}

/** The target that throws something else is broken itself, or what it looks at is. */
function wordsOf(error: unknown): { readonly what: string; readonly input: string } {
  if (error instanceof Finding) return { what: error.message, input: error.input }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { what: `thrown: ${what.slice(0, 1_500)}`, input: '' }
}
