/**
 * What is measured on one way to the venue, and what is said about it (CLI.md, `proxies test`).
 * @module
 */

/** The steps in the order in which they are taken. */
export const PROBE_STEPS = [
  'tcp',
  'connect',
  'tls',
  'first_byte',
  'websocket',
  'exit_address',
] as const

export type ProbeStep = (typeof PROBE_STEPS)[number]

/** How a step ended badly, as far as it can be told from outside. */
export type FailureReason =
  | 'unresolved'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'reset'
  | 'tls'
  | 'login'
  /** The proxy does not let the target through. */
  | 'denied'
  /** The proxy did not reach the target. */
  | 'no_tunnel'
  | 'speaks_socks'
  | 'speaks_http'
  | 'speaks_tls'
  /** An answer that no proxy gives. */
  | 'unreadable'
  | 'venue_status'
  /** An answer that the venue does not give. */
  | 'foreign'
  | 'no_address'

/** One failure. The text never quotes what came back: a proxy may echo our login. */
export interface Failure {
  readonly reason: FailureReason
  readonly text: string
  /** True when the proxy had already opened the tunnel, or there is none. */
  readonly isBehindTunnel: boolean
  /** Of an HTTP answer that came from behind the proxy. */
  readonly status?: number
  /** The venue's own code in its answer. */
  readonly venueCode?: number
}

/** How one step ended. */
export interface StepOutcome {
  readonly step: ProbeStep
  readonly outcome: 'ok' | 'failed' | 'skipped'
  /** Undefined when skipped. */
  readonly ms: number | undefined
  readonly failure: Failure | undefined
}

/** In one word how a way is. */
export type Verdict =
  | 'ok'
  | 'slow'
  | 'auth'
  | 'refused'
  | 'hangs'
  | 'reset'
  | 'blocked'
  | 'restricted'
  | 'tls'
  | 'unresolved'
  | 'unreachable'
  | 'no_tunnel'
  | 'speaks_socks'
  | 'speaks_http'
  | 'venue_down'
  | 'unexpected'

/** Venue time minus our wall clock: the middle of what is possible, and how far the truth may be from it. */
export interface ClockReading {
  readonly offsetMs: number
  readonly uncertaintyMs: number
}

/** What was measured on one way. */
export interface ProbeReport {
  /** The proxy's name, or `direct`. */
  readonly name: string
  /** Every step once, in order. */
  readonly steps: readonly StepOutcome[]
  readonly exitAddress: string | undefined
  readonly clock: ClockReading | undefined
}
