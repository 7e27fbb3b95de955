import { HedgebotError } from '../errors.ts'
import { isDoubtCode, venueErrorRule } from './error-codes.ts'
import { excerpt } from './parse-json.ts'

const LIMIT_CODES: ReadonlySet<string> = new Set(['rate_limited', 'too_many_pending'])

/** The error of a read that the venue refused with a code. */
export function codedReadError(venueCode: number, message: string, what: string): HedgebotError {
  const rule = venueErrorRule(venueCode)
  const text = `${what}: ${message.trim() === '' ? rule.code : excerpt(message)} (${venueCode})`
  if (LIMIT_CODES.has(rule.code)) return limitError(text)
  if (isDoubtCode(venueCode)) return unavailable(text)
  return new HedgebotError('venue_refused', text, {
    code: rule.code,
    venueCode,
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    isFatal: rule.isFatal ?? false,
    isRetryable: rule.canHeal ?? false,
  })
}

/** The error of a read that was answered without a code: by a firewall, a proxy or a broken server. */
export function uncodedReadError(status: number, body: string, what: string): HedgebotError {
  const text = `${what}: status ${status}, ${excerpt(body) || 'empty answer'}`
  if (status === 429 || status === 405) return limitError(text)
  if (status >= 500) return unavailable(text)
  if (status === 403) {
    return new HedgebotError('network', text, {
      code: 'blocked_by_firewall',
      hint: 'The firewall of the exchange blocks this way out; another proxy may work.',
    })
  }
  return new HedgebotError('unknown_state', text, { code: 'answer_unreadable' })
}

function limitError(text: string): HedgebotError {
  return new HedgebotError('rate_limited', text, {
    code: 'rate_limited',
    hint: 'The exchange limits requests a minute: wait, or spread the accounts over more owners.',
  })
}

function unavailable(text: string): HedgebotError {
  return new HedgebotError('network', text, {
    code: 'venue_unavailable',
    hint: 'The exchange has trouble of its own; try again later.',
  })
}
