import { suffix, systemCode } from '../connection-error.ts'
import type { Failure } from './probe-model.ts'

/** Ends a step. Never leaves this folder; foreign errors end here, because they may carry a password. */
export class StepFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.text)
    this.name = 'StepFailure'
    this.failure = failure
  }
}

/** Who was spoken to when it failed. */
export interface Counterpart {
  /** At the start of a message: `the proxy`, `the venue`, `the check page`. */
  readonly who: string
  readonly isBehindTunnel: boolean
}

type SystemReason = 'unresolved' | 'refused' | 'unreachable' | 'timeout' | 'reset' | 'unreadable'

const REASON_BY_CODE: Readonly<Record<string, readonly [SystemReason, string]>> = {
  ENOTFOUND: ['unresolved', 'has a name that does not resolve'],
  EAI_AGAIN: ['unresolved', 'has a name that does not resolve right now'],
  ECONNREFUSED: ['refused', 'refused the connection'],
  EHOSTUNREACH: ['unreachable', 'cannot be reached'],
  ENETUNREACH: ['unreachable', 'cannot be reached: no network'],
  EADDRNOTAVAIL: ['unreachable', 'cannot be reached: no such address'],
  ETIMEDOUT: ['timeout', 'did not answer'],
  ECONNRESET: ['reset', 'ended the connection'],
  EPIPE: ['reset', 'ended the connection'],
  ECONNABORTED: ['reset', 'ended the connection'],
}

/** A failure in the words of this folder, from whatever a socket or a parser threw. */
export function systemFailure(cause: unknown, counterpart: Counterpart): StepFailure {
  if (cause instanceof StepFailure) return cause
  const { who, isBehindTunnel } = counterpart
  const code = systemCode(cause)
  const known = REASON_BY_CODE[code]
  if (known !== undefined) {
    return new StepFailure({ reason: known[0], text: `${who} ${known[1]}`, isBehindTunnel })
  }
  if (code.startsWith('HPE_')) {
    const reason = isBehindTunnel ? 'foreign' : 'unreadable'
    return new StepFailure({ reason, text: `${who} answered no HTTP`, isBehindTunnel })
  }
  const text = `${who} cannot be reached${suffix(code)}`
  return new StepFailure({ reason: 'unreachable', text, isBehindTunnel })
}

/** The connection was closed in the middle. */
export function closedFailure({ who, isBehindTunnel }: Counterpart): StepFailure {
  return new StepFailure({ reason: 'reset', text: `${who} ended the connection`, isBehindTunnel })
}

/** Nothing came in time; `what` goes on after who: `did not answer CONNECT`. */
export function lateFailure(
  { who, isBehindTunnel }: Counterpart,
  what: string,
  timeoutMs: number,
): StepFailure {
  const text = `${who} ${what} in ${timeoutMs} ms`
  return new StepFailure({ reason: 'timeout', text, isBehindTunnel })
}
