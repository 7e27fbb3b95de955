/**
 * The log: JSON lines, one file a UTC day. Every line has a field `log`:
 *
 * - `trade`: the life of orders and hedges (recorded, sent, answered, filled, ended, a hedge's change of state, a stop), at
 *   whatever level. The engine says so with a field `log: 'trade'`. `log.level` of the configuration does not hold these
 *   lines back: they are the record of what was done with money.
 * - `error`: any other line of level `warn` or `error`.
 * - `app`: the rest.
 *
 * So `jq 'select(.log=="trade" and .hedgeId=="h3")'` is the story of a hedge, and `select(.log=="error")` what went wrong.
 * @module
 */
import { pino } from 'pino'
import type { Clock, LogFields, Logger } from '../ports.ts'
import { createDailyFile } from './daily-file.ts'
import { plainFields, plainMessage } from './plain-fields.ts'
import type { Redactor } from './redactor.ts'

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line as a person may read it while it is written; its texts are not scrubbed. */
export interface LogEntry {
  readonly atMs: number
  readonly level: LogLevel
  readonly log: 'trade' | 'error' | 'app'
  readonly message: string
  /** Plain data of bounded size, secret names masked. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Needs of the log. */
export interface LoggerOptions {
  /** Folder of the daily files, created with mode 0700 when missing. */
  readonly directory: string
  /** Least important line that is written, apart from trade lines. */
  readonly level: LogLevel
  /** Days that are kept, today included. */
  readonly keepDays: number
  readonly clock: Clock
  readonly redactor: Redactor
  /** Fields of every line, for example the command. */
  readonly base?: LogFields
  /** Hears every line that is written, and every other one from `info` up; what it throws is lost. */
  readonly onEntry?: ((entry: LogEntry) => void) | undefined
  /** The first line could not be written; what it throws is lost. */
  readonly onDropped?: ((error: unknown) => void) | undefined
}

/** A log that can be closed. */
export interface FileLogger extends Logger {
  /** Lines that could not be written, for example because the disk is full. */
  droppedLines(): number
  close(): void
}

/**
 * Writes JSON lines to `<directory>/hedgebot-<UTC date>.log`, each before the call returns. Fields are plain data of a
 * bounded size (`plainFields`), and secrets are taken out of the line as it goes to the disk. A write that fails is
 * counted and never thrown: a full disk must not stop a closing.
 */
export function createLogger(options: LoggerOptions): FileLogger {
  const { clock, redactor, onEntry, onDropped } = options
  const file = createDailyFile({
    ...options,
    scrub: (line) => redactor.scrub(line),
    onDropped: onDropped && ((error) => silently(() => onDropped(error))),
  })
  let atMs = 0
  const lines = pino(
    {
      level: 'debug',
      base: { pid: process.pid, ...options.base },
      timestamp: () => `,"time":"${new Date(atMs).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    file,
  )
  const write = (level: LogLevel, message: string, given: LogFields = {}): void => {
    const log = kindOf(level, given)
    const isWritten = log === 'trade' || RANKS[level] >= RANKS[options.level]
    const isHeard = onEntry !== undefined && (isWritten || RANKS[level] >= RANKS.info)
    if (!isWritten && !isHeard) return
    atMs = clock.now()
    const fields = ownFields(plainFields(given))
    const text = plainMessage(message)
    if (isWritten) lines[level]({ log, ...fields }, text)
    if (isHeard) silently(() => onEntry({ atMs, level, log, message: text, fields }))
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    droppedLines: () => file.droppedLines(),
    close: () => file.close(),
  }
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

function kindOf(level: LogLevel, { log }: LogFields): LogEntry['log'] {
  if (log === 'trade') return 'trade'
  return RANKS[level] >= RANKS.warn ? 'error' : 'app'
}

/** Names that belong to the line itself and may not be overwritten by a field. */
const RESERVED = new Set(['level', 'time', 'pid', 'msg'])

function ownFields(fields: Record<string, unknown>): Record<string, unknown> {
  const { log: _, ...rest } = fields
  const names = Object.keys(rest)
  if (!names.some((name) => RESERVED.has(name))) return rest
  return Object.fromEntries(
    names.map((name) => [RESERVED.has(name) ? `${name}_` : name, rest[name]]),
  )
}

/** Nothing that only listens may keep a line from being written, or its writer from going on. */
function silently(work: () => void): void {
  try {
    work()
  } catch {
    // There is nowhere left to say it.
  }
}
