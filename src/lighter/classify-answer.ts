/**
 * What an answer to one send means (DESIGN.md section 3, "Answers of the venue"). Pure: the only place that decides
 * between failure and doubt.
 * @module
 */
import { HedgebotError, messageOf } from '../errors.ts'
import type { SendAnswer } from '../ports.ts'
import { isDoubtCode, isNonceRefusal, venueErrorRule } from './error-codes.ts'
import { excerpt, parseVenueJson } from './parse-json.ts'
import { acceptedSchema, answerFrameSchema, refusalSchema } from './venue-schemas.ts'

/** An HTTP answer to `sendTx`. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** Classifies an HTTP answer; `txHash` is the one we signed. */
export function classifyHttpAnswer(answer: HttpAnswer, txHash: string): SendAnswer {
  const { status, body } = answer
  if (status >= 500) return inDoubt(`the venue answered ${status}: ${excerpt(body)}`)
  if (status === 429) return limited('the venue answered 429: too many requests')
  if (status === 407) return { outcome: 'not_sent', message: 'the proxy wants a password (407)' }
  const json = tryParse(body)
  const refusal = refusalSchema.safeParse(json)
  if (status >= 200 && status < 300) return classifySuccess(json, body, txHash)
  if (refusal.success && status >= 400 && isRefusalCode(refusal.data.code)) {
    return classifyRefusal(refusal.data.code, refusal.data.message)
  }
  // With a code it is not the firewall's page, whatever else is odd about it.
  const hasCode = typeof json === 'object' && json !== null && 'code' in json
  return hasCode ? unreadable(status, body) : classifyUncoded(status, body)
}

/** Classifies a socket frame that answers our send (both forms of PROTOCOL.md section 8.4). */
export function classifyFrame(frame: unknown, txHash: string): SendAnswer {
  const read = answerFrameSchema.safeParse(frame)
  if (!read.success) return inDoubt('the answer on the socket cannot be read')
  const { error, code, message } = read.data
  if (error === undefined && code === 200) return classifySuccess(frame, '', txHash)
  const said = error ?? { code, message: message ?? '' }
  if (said.code === undefined) return inDoubt('the answer on the socket has no code')
  if (isRefusalCode(said.code)) return classifyRefusal(said.code, said.message)
  return inDoubt(`the answer on the socket has a code that says nothing: ${said.code}`)
}

/**
 * The venue's codes have five digits, a plain 400 was seen (PROTOCOL.md section 10). 0 was seen as success (section 2), and
 * what else is below says nothing for certain.
 */
function isRefusalCode(code: number): boolean {
  return (code >= 400 && code < 500) || code >= 10_000
}

/** Classifies the failure of a request: what surely did not leave was not sent, the rest is doubt. */
export function classifyFailure(cause: unknown): SendAnswer {
  if (cause instanceof HedgebotError && cause.mayHaveBeenDelivered === false) {
    return { outcome: 'not_sent', message: cause.message }
  }
  return inDoubt(messageOf(cause))
}

/** Our own budget is used up: nothing was sent. */
export function localLimitAnswer(message: string): SendAnswer {
  return {
    outcome: 'refused',
    venueCode: undefined,
    code: 'local_rate_limit',
    message,
    hint: 'Requests of the last minute are counted before sending; wait or spread the accounts.',
    canHeal: true,
    isFatal: false,
  }
}

/** The outcome is not known. */
export function inDoubt(message: string): SendAnswer {
  return { outcome: 'in_doubt', message }
}

function classifySuccess(json: unknown, body: string, txHash: string): SendAnswer {
  const accepted = acceptedSchema.safeParse(json)
  if (accepted.success) {
    if (accepted.data.tx_hash !== txHash) {
      return inDoubt('the venue accepted a transaction with another hash than ours')
    }
    return {
      outcome: 'accepted',
      predictedExecutionMs: accepted.data.predicted_execution_time_ms,
    }
  }
  // A refusal with status 200 was reported; only a documented code is believed there.
  const refusal = refusalSchema.safeParse(json)
  if (refusal.success && isDocumented(refusal.data.code)) {
    return classifyRefusal(refusal.data.code, refusal.data.message)
  }
  return inDoubt(`the venue's 200 cannot be read: ${excerpt(body)}`)
}

function isDocumented(venueCode: number): boolean {
  return !venueErrorRule(venueCode).code.startsWith('venue_')
}

function classifyRefusal(venueCode: number, message: string): SendAnswer {
  if (isDoubtCode(venueCode)) return inDoubt(`the venue answered ${venueCode}: ${excerpt(message)}`)
  if (isNonceRefusal(venueCode, message))
    return { outcome: 'nonce_used', message: excerpt(message) }
  const rule = venueErrorRule(venueCode)
  return {
    outcome: 'refused',
    venueCode,
    code: rule.code,
    message: message.trim() === '' ? rule.code : excerpt(message),
    hint: rule.hint,
    canHeal: rule.canHeal ?? false,
    isFatal: rule.isFatal ?? false,
  }
}

/** Answers without a code come from what stands before the venue; only some of them are certain refusals. */
function classifyUncoded(status: number, body: string): SendAnswer {
  if (status === 405) return limited('the firewall answered 405: too many requests')
  if (status === 403) {
    return {
      ...limited('the firewall answered 403'),
      code: 'blocked_by_firewall',
      hint: 'The firewall of the exchange blocks this way out; another proxy may work.',
    }
  }
  return unreadable(status, body)
}

function unreadable(status: number, body: string): SendAnswer {
  return inDoubt(`the venue answered ${status} without a code that can be read: ${excerpt(body)}`)
}

function limited(message: string): SendAnswer & { readonly outcome: 'refused' } {
  return {
    outcome: 'refused',
    venueCode: undefined,
    code: 'rate_limited',
    message,
    hint: venueErrorRule(23_000).hint,
    canHeal: true,
    isFatal: false,
  }
}

function tryParse(body: string): unknown {
  try {
    return parseVenueJson(body)
  } catch {
    return undefined
  }
}
