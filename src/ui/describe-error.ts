/**
 * One place that knows what an error means to the person, to a script and to the exit code (CLI.md "Exit codes").
 * @module
 */
import { EXIT, HedgebotError, messageOf } from '../errors.ts'
import type { ExitCode } from '../errors.ts'

/** A finding of the configuration, as far as it is shown. */
export interface ShownPoint {
  readonly level: string
  readonly code: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly path: string
  readonly message: string
  readonly hint: string | undefined
}

/** An error in the words of the command line. */
export interface ErrorView {
  readonly exit: ExitCode
  /** snake_case, stable for scripts. */
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly isRetryable: boolean
  /** Every finding when the configuration is at fault, else undefined. */
  readonly points: readonly ShownPoint[] | undefined
  /** True for a mistake of ours: then `stack` is set. */
  readonly isBug: boolean
  readonly stack: string | undefined
}

/** Whatever a message quotes, a line of a log or a mail has to take it. */
const LONGEST_MESSAGE = 1_500

/** Reads anything that was thrown. What is no HedgebotError is a bug of ours. */
export function describeError(error: unknown): ErrorView {
  const message = bounded(messageOf(error))
  if (!(error instanceof HedgebotError) || error.kind === 'bug') {
    return {
      exit: EXIT.bug,
      code: error instanceof HedgebotError ? error.code : 'bug',
      message: `a bug in hedgebot: ${message}`,
      hint: 'please report it; look at hedgebot status before you do anything else',
      isRetryable: false,
      points: undefined,
      isBug: true,
      stack: error instanceof Error ? stackOf(error) : undefined,
    }
  }
  const points = pointsOf(error)
  const { exit, code, hint, isRetryable } = error
  const isBug = exit === EXIT.bug
  return {
    exit,
    code,
    message: points === undefined ? message : (message.split('\n')[0] ?? message),
    hint,
    isRetryable,
    points,
    isBug,
    stack: isBug ? stackOf(error) : undefined,
  }
}

function bounded(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message
  return `${message.slice(0, LONGEST_MESSAGE)}... (${message.length} characters)`
}

/** The lines for a person: `error: ...`, every finding, `hint: ...`. No stack. */
export function renderError(view: ErrorView): string {
  const lines = [`error: ${view.message}`, ...(view.points ?? []).flatMap(pointLines)]
  return [...lines, ...(view.hint === undefined ? [] : [`hint: ${view.hint}`])].join('\n')
}

function pointLines(point: ShownPoint): readonly string[] {
  const { file, line, column, path, message, hint } = point
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  const start = [place, path].filter((part) => part !== '').join(' ')
  const mark = point.level === 'error' ? '' : `${point.level}: `
  const text = start === '' ? `${mark}${message}` : `${start}: ${mark}${message}`
  return hint === undefined ? [text] : [text, `    hint: ${hint}`]
}

/** Recognised by its field: importing the class would load the configuration's room. */
function pointsOf(error: HedgebotError): readonly ShownPoint[] | undefined {
  if (!('points' in error) || !Array.isArray(error.points)) return undefined
  return error.points as readonly ShownPoint[]
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own
}
