/**
 * One table for everything that can go wrong: what kind of failure it is, which exit code it ends in,
 * whether trying again can help, and whether it must stop openings (CLI.md "Exit codes", DESIGN.md section 4).
 * @module
 */

/** Exit codes of the command line (CLI.md). */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  incomplete: 3,
  exposed: 4,
  unknown: 5,
  busy: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export type ErrorKind =
  | 'usage'
  | 'config'
  | 'refused'
  | 'venue_refused'
  | 'proxy'
  | 'network'
  | 'rate_limited'
  | 'in_doubt'
  | 'unknown_state'
  | 'busy'
  | 'journal'
  | 'signer'
  | 'bug'

interface KindRule {
  readonly exit: ExitCode
  readonly isRetryable: boolean
  /** Fatal failures end opening; what is open stays protected or is closed (`risk.on_fatal`). */
  readonly isFatal: boolean
  readonly isAlert: boolean
}

const RULES: Readonly<Record<ErrorKind, KindRule>> = {
  usage: { exit: EXIT.usage, isRetryable: false, isFatal: false, isAlert: false },
  config: { exit: EXIT.usage, isRetryable: false, isFatal: false, isAlert: false },
  refused: { exit: EXIT.refused, isRetryable: false, isFatal: false, isAlert: false },
  venue_refused: { exit: EXIT.refused, isRetryable: false, isFatal: false, isAlert: true },
  proxy: { exit: EXIT.unknown, isRetryable: true, isFatal: false, isAlert: true },
  network: { exit: EXIT.unknown, isRetryable: true, isFatal: false, isAlert: true },
  rate_limited: { exit: EXIT.unknown, isRetryable: true, isFatal: false, isAlert: true },
  in_doubt: { exit: EXIT.unknown, isRetryable: false, isFatal: false, isAlert: true },
  unknown_state: { exit: EXIT.unknown, isRetryable: true, isFatal: false, isAlert: true },
  busy: { exit: EXIT.busy, isRetryable: true, isFatal: false, isAlert: false },
  journal: { exit: EXIT.bug, isRetryable: false, isFatal: true, isAlert: true },
  signer: { exit: EXIT.bug, isRetryable: false, isFatal: true, isAlert: true },
  bug: { exit: EXIT.bug, isRetryable: false, isFatal: true, isAlert: true },
}

export interface HedgebotErrorOptions {
  /** Machine-readable name, snake_case, stable for scripts (`error.code` in JSON). */
  readonly code: string
  /** What the person can do about it, one sentence. */
  readonly hint?: string
  readonly cause?: unknown
  readonly exit?: ExitCode
  readonly isRetryable?: boolean
  readonly isFatal?: boolean
  /** The venue's numeric code, when it refused. */
  readonly venueCode?: number
  /**
   * For a request that failed: false when it is certain that nothing reached the venue (connection, CONNECT or TLS
   * failure). Undefined means not a request. True or unknown delivery of a transaction is doubt, never failure.
   */
  readonly mayHaveBeenDelivered?: boolean
}

/** The only error class that crosses module borders. Messages never contain secrets. */
export class HedgebotError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly hint: string | undefined
  readonly exit: ExitCode
  readonly isRetryable: boolean
  readonly isFatal: boolean
  readonly venueCode: number | undefined
  readonly mayHaveBeenDelivered: boolean | undefined

  constructor(kind: ErrorKind, message: string, options: HedgebotErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HedgebotError'
    const rule = RULES[kind]
    this.kind = kind
    this.code = options.code
    this.hint = options.hint
    this.exit = options.exit ?? rule.exit
    this.isRetryable = options.isRetryable ?? rule.isRetryable
    this.isFatal = options.isFatal ?? rule.isFatal
    this.venueCode = options.venueCode
    this.mayHaveBeenDelivered = options.mayHaveBeenDelivered
  }
}

/** True for an error of ours with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof HedgebotError && error.code === code
}

/** Exit codes in the order in which they win when several apply (CLI.md: 4, 5, 3, 6, 1). */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.bug,
  EXIT.exposed,
  EXIT.unknown,
  EXIT.incomplete,
  EXIT.busy,
  EXIT.refused,
]

/** Picks the exit code that wins among several outcomes; 0 when none is worse. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes)
  for (const code of PRECEDENCE) if (seen.has(code)) return code
  for (const code of seen) if (code !== EXIT.done) return code
  return EXIT.done
}

/**
 * States something that only a mistake of ours can break. Stays on in production.
 * @throws HedgebotError kind `bug`
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new HedgebotError('bug', `assertion failed: ${message}`, { code: 'assertion_failed' })
  }
}

/** The text of anything that was thrown, for messages; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
