import { cleanText } from './text-width.ts'

/** One line of the log as it was written. */
export interface LogLine {
  /** Wall clock. */
  readonly atMs: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Plain data. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** For programs, or the same in every line. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'kind',
  'runId',
  'apiKeyIndex',
  'clientOrderIndex',
  'counterAccountIndex',
])
/** What the message usually names itself. */
const NAMED: ReadonlySet<string> = new Set(['hedgeId', 'account', 'egress', 'channel'])
const LONGEST_VALUE = 160

/** For `--verbose`: UTC time, level unless it is mere information, message, and the fields that matter as `key=value`. */
export function renderLogLine({ atMs, level, message, fields }: LogLine): string {
  const named = new Set(message.split(/[\s:,]+/))
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null || LEFT_OUT.has(name)) return []
    if (NAMED.has(name) && typeof value === 'string' && named.has(value)) return []
    return [`${name}=${valueText(value)}`]
  })
  const time = new Date(atMs).toISOString().slice(11, 23)
  const words = [time, ...(level === 'info' ? [] : [level]), message, ...shown]
  return cleanText(words.join(' '))
}

function valueText(value: unknown): string {
  const text = plainText(value)
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
  return /^[^\s"=]+$/.test(short) ? short : JSON.stringify(short)
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(plainText).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return isError(value) ? errorText(value) : JSON.stringify(value)
}

interface ErrorFields {
  readonly message: string
  readonly code?: unknown
  readonly cause?: unknown
}

function isError(value: object): value is ErrorFields {
  return 'message' in value && typeof value.message === 'string' && 'stack' in value
}

/** The stack is in the file. */
function errorText({ message, code, cause }: ErrorFields): string {
  const own = typeof code === 'string' ? `${message} (${code})` : message
  return cause === undefined ? own : `${own}; ${plainText(cause)}`
}
