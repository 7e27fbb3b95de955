/** The words of a run. */
import type { FoundInput, FuzzSummary } from './fuzz-loop.ts'
import { type OpenBug, openBugOf } from './open-bugs.ts'

const WIDTHS = [18, 9, 14, 10, 9]

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[at] ?? 0) : cell.padStart(WIDTHS[at] ?? 0)))
    .join(' ')
}

/** The table's first line. */
export function renderHead(): string {
  return row(['target', 'inputs', 'named errors', 'accepted', 'seconds'])
}

/** One target's line. */
export function renderRow(name: string, summary: FuzzSummary, seconds: number): string {
  const { inputs, namedErrors, accepted } = summary
  return row([name, String(inputs), String(namedErrors), String(accepted), seconds.toFixed(1)])
}

/** Findings that say the same are one, with the first input that shows it. */
export interface GroupedFinding extends FoundInput {
  readonly count: number
}

/** New ones, each once, and how often each open bug was seen. */
export function sortFindings(findings: readonly FoundInput[]): {
  readonly fresh: readonly GroupedFinding[]
  readonly known: ReadonlyMap<OpenBug, number>
} {
  const groups = new Map<string, GroupedFinding>()
  const known = new Map<OpenBug, number>()
  for (const finding of findings) {
    const bug = openBugOf(finding)
    if (bug !== undefined) {
      known.set(bug, (known.get(bug) ?? 0) + 1)
      continue
    }
    const key = `${finding.target} ${finding.what.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, 'N').slice(0, 120)}`
    groups.set(key, { ...finding, ...groups.get(key), count: (groups.get(key)?.count ?? 0) + 1 })
  }
  return { fresh: [...groups.values()], known }
}

/** Bugs that are known and open; empty when there are none. */
export function renderBugs(known: ReadonlyMap<OpenBug, number>): string {
  return [...known]
    .map(([{ what, target }, count]) => `open, ${count} x ${target}: ${what}`)
    .join('\n')
}

const MOST_SHOWN = 20

/** Every new finding with the one command that repeats it. */
export function renderFindings(fresh: readonly GroupedFinding[]): string {
  return fresh
    .slice(0, MOST_SHOWN)
    .map(
      ({ target, seed, what, input, count }) =>
        `\nFOUND ${count} x in ${target}, first with seed ${seed}: ${what}\n` +
        (input === '' ? '' : `  input: ${input}\n`) +
        `  again: npx tsx tests/proof/fuzz/run.ts --target ${target} --seed ${seed} --inputs 1`,
    )
    .join('\n')
}

/** The last line. */
export function renderSum(inputs: number, findings: number): string {
  return `${inputs} inputs, ${findings} findings`
}
