import type { KillOutcome } from './kill-run.ts'
import type { KillRuns } from './kill-runs.ts'
import { kindOf, parsePoint } from './point-name.ts'

/** A table of hits and recoveries, a line for each kind of point, and the sum. */
export function renderKills({ outcomes, kinds, points }: KillRuns, wallMs: number): string {
  const recovered = outcomes.filter(({ findings }) => findings.length === 0).length
  const further = outcomes.reduce((sum, { furtherKills }) => sum + furtherKills, 0)
  const later = outcomes.filter(({ isCompletedLater }) => isCompletedLater).length
  const met = new Set(outcomes.map(({ name }) => name)).size
  return [
    `${'kind of point'.padEnd(WIDTH)}   hits  recovered  naked, attended  longest recovery`,
    ...kinds.map((name) => renderKind(name, outcomes)),
    '',
    `${met} of ${points} different points, ${further} further kills in recoveries, ` +
      `${(wallMs / 1000).toFixed(0)} s`,
    `results whose last fills a later watch had to read: ${later}`,
    `longest naked time: ${largest(outcomes, 'attendedNakedMs')} ms while a process ran, ` +
      `${largest(outcomes, 'nakedMs')} ms altogether`,
    `${recovered} of ${outcomes.length} kills recovered`,
  ].join('\n')
}

const WIDTH = 28

function renderKind(name: string, outcomes: readonly KillOutcome[]): string {
  const own = outcomes.filter((outcome) => kindOf(parsePoint(outcome.name)) === name)
  const recovered = own.filter(({ findings }) => findings.length === 0).length
  return [
    name.padEnd(WIDTH),
    String(own.length).padStart(6),
    String(recovered).padStart(10),
    `${largest(own, 'attendedNakedMs')} ms`.padStart(16),
    `${largest(own, 'recoveryMs')} ms`.padStart(17),
  ].join(' ')
}

function largest(
  outcomes: readonly KillOutcome[],
  figure: 'attendedNakedMs' | 'nakedMs' | 'recoveryMs',
): number {
  return Math.max(0, ...outcomes.map((outcome) => outcome[figure]))
}
