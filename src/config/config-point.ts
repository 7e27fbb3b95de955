/**
 * One finding about the configuration, with its place, and the error that carries all of them.
 * @module
 */

import { HedgebotError } from '../errors.ts'

/** One finding. `line` and `column` start at 1; they are 1 when the finding is about the whole file. */
export interface ConfigPoint {
  readonly level: 'error' | 'warning'
  /** Machine-readable name, snake_case. */
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** Where in the tree, for example `api_credentials[2].proxy`; empty for the whole file. */
  readonly path: string
  /** What was found and what is allowed; never a secret. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string | undefined
}

/** The configuration cannot be used: kind `config`, exit 2, with every finding (warnings too) in file order. */
export class ConfigError extends HedgebotError {
  readonly points: readonly ConfigPoint[]

  constructor(file: string, points: readonly ConfigPoint[]) {
    const errors = points.filter((point) => point.level === 'error')
    super('config', describeErrors(file, errors), { code: 'config_invalid' })
    this.points = points
  }
}

/** One finding as a line, `file:line:column path: message`, with the hint on a line of its own. */
export function renderConfigPoint(point: ConfigPoint): string {
  const place = `${point.file}:${point.line}:${point.column}`
  const path = point.path === '' ? '' : ` ${point.path}`
  const hint = point.hint === undefined ? '' : `\n    hint: ${point.hint}`
  return `${place}${path}: ${point.message}${hint}`
}

/** Orders findings by place; at one place errors come before warnings. */
export function sortConfigPoints(points: readonly ConfigPoint[]): ConfigPoint[] {
  return [...points].sort(
    (a, b) => a.line - b.line || a.column - b.column || a.level.localeCompare(b.level),
  )
}

/** More at once help nobody: a file of a megabyte can have 100,000 mistakes. */
const MOST_POINTS = 200

/** The first findings of a sorted list, and one more that counts the rest. */
export function boundConfigPoints(points: readonly ConfigPoint[]): readonly ConfigPoint[] {
  const next = points[MOST_POINTS]
  if (next === undefined) return points
  const rest: ConfigPoint = {
    ...next,
    level: 'error',
    code: 'too_many_problems',
    path: '',
    message: `and ${points.length - MOST_POINTS} more problems from here on`,
    hint: undefined,
  }
  return [...points.slice(0, MOST_POINTS), rest]
}

function describeErrors(file: string, errors: readonly ConfigPoint[]): string {
  const title = errors.length === 1 ? 'one problem' : `${errors.length} problems`
  return [`${title} in ${file}`, ...errors.map(renderConfigPoint)].join('\n')
}
