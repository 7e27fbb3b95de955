import type { ChalkInstance } from 'chalk'
import { countOf } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { cleanText, wrapText } from './text-width.ts'

/** One finding of `check` or of the configuration. */
export interface PointView {
  readonly code: string
  readonly level: 'error' | 'warning' | 'ok'
  /** Path in the configuration; may be empty. */
  readonly path: string
  readonly message: string
  readonly hint: string | undefined
}

const MARKS = { error: '✗', warning: '!', ok: '✓' } as const
const LEVELS = ['error', 'warning', 'ok'] as const

/** More good news of one kind than this is said in one line. */
const MOST_OF_A_KIND = 3

/** Findings as a list, the worst first, and a count at the end; good news in short unless `isVerbose`. */
export function renderPoints(
  points: readonly PointView[],
  style: RenderStyle,
  isVerbose = false,
): string {
  const lines = LEVELS.flatMap((level) => {
    const found = points.filter((point) => point.level === level)
    const shown = level === 'ok' && !isVerbose ? shorten(found) : found
    return shown.flatMap((point) => pointLines(point, style))
  })
  return [...lines, concludePoints(points)].join('\n')
}

/** Twenty accounts with enough margin are one line: "margin: 20 ok". */
function shorten(points: readonly PointView[]): readonly PointView[] {
  const codes = [...new Set(points.map((point) => point.code))]
  return codes.flatMap((code) => {
    const group = points.filter((point) => point.code === code)
    const [first] = group
    if (first === undefined || group.length <= MOST_OF_A_KIND) return group
    const message = `${code.replaceAll('_', ' ')}: ${group.length} ok`
    return [{ ...first, path: '', message, hint: undefined }]
  })
}

/** For example "1 error, 2 warnings, 14 ok". */
function concludePoints(points: readonly PointView[]): string {
  const count = (level: PointView['level']): number =>
    points.filter((point) => point.level === level).length
  return [
    countOf(count('error'), 'error'),
    countOf(count('warning'), 'warning'),
    `${count('ok')} ok`,
  ].join(', ')
}

function pointLines(point: PointView, { chalk, columns }: RenderStyle): readonly string[] {
  const path = point.path === '' ? '' : `${point.path}: `
  const text = `${MARKS[point.level]} ${cleanText(`${path}${point.message}`)}`
  const [first = '', ...rest] = wrapText(text, columns, '  ')
  const hint =
    point.hint === undefined ? [] : wrapText(`    hint: ${cleanText(point.hint)}`, columns, '    ')
  return [paintMark(chalk, point.level, first), ...rest, ...hint.map((line) => chalk.dim(line))]
}

function paintMark(chalk: ChalkInstance, level: PointView['level'], line: string): string {
  const paint = { error: chalk.red, warning: chalk.yellow, ok: chalk.green }[level]
  return `${paint(line.slice(0, 1))}${line.slice(1)}`
}
