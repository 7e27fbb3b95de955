import { pino } from 'pino'
import type { Clock, LogFields, Logger } from '../ports.ts'
import { createDailyFile } from './daily-file.ts'
import type { Redactor } from './redactor.ts'

/** Needs of the log. */
export interface LoggerOptions {
  /** Folder of the daily files, created with mode 0700 when missing. */
  readonly directory: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Days that are kept, today included. */
  readonly keepDays: number
  readonly clock: Clock
  readonly redactor: Redactor
  /** Fields of every line, for example the run's id. */
  readonly base?: LogFields
}

/** A log that can be closed. */
export interface FileLogger extends Logger {
  /** Lines that could not be written, for example because the disk is full. */
  droppedLines(): number
  close(): void
}

/**
 * Writes JSON lines to `<directory>/hedgebot-<UTC date>.log`, each before the call returns, secrets replaced. A write
 * that fails is counted and never thrown: a full disk must not stop a closing.
 */
export function createLogger(options: LoggerOptions): FileLogger {
  const file = createDailyFile(options)
  const log = pino(
    {
      level: options.level,
      base: { pid: process.pid, ...options.base },
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => options.redactor.scrub(line) },
    },
    file,
  )
  return {
    debug: (message, fields) => log.debug(plain(fields), message),
    info: (message, fields) => log.info(plain(fields), message),
    warn: (message, fields) => log.warn(plain(fields), message),
    error: (message, fields) => log.error(plain(fields), message),
    droppedLines: () => file.droppedLines(),
    close: () => file.close(),
  }
}

/** Names that belong to the line itself and may not be overwritten by a field. */
const RESERVED = new Set(['level', 'time', 'pid', 'msg'])

function plain(fields: LogFields = {}): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    RESERVED.has(name) ? `${name}_` : name,
    plainValue(value),
  ])
  return Object.fromEntries(entries) as Record<string, unknown>
}

/** Only known parts of an error: foreign ones carry requests, agents and passwords as properties. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  const { name, message, stack, cause } = value
  const code: unknown = 'code' in value ? value.code : undefined
  return { name, code, message, stack, cause: cause === undefined ? undefined : plainValue(cause) }
}
