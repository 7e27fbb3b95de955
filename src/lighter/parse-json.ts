import { parse as parseLossless } from 'lossless-json'
import { HedgebotError } from '../errors.ts'

/** An unquoted integer that a double may not hold: 17 digits, or 16 that start with 9 (2^53 is 9007199254740992). */
const MAY_LOSE_DIGITS = /(?:^|[:[,])\s*-?(?:9\d{15}|\d{17})/

/**
 * Parses an answer of the venue. Integers beyond 2^53 become bigints, so that ids never pass through a double
 * (PROTOCOL.md section 2); fractions in number form (statistics only) stay numbers.
 * @throws HedgebotError kind `unknown_state`, code `answer_unreadable`
 */
export function parseVenueJson(text: string): unknown {
  try {
    return MAY_LOSE_DIGITS.test(text)
      ? parseLossless(text, null, { parseNumber })
      : (JSON.parse(text) as unknown)
  } catch {
    throw new HedgebotError('unknown_state', `the venue's answer is not JSON: ${excerpt(text)}`, {
      code: 'answer_unreadable',
    })
  }
}

/** The beginning of a text in one line, for messages. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 120)}...` : line
}

function parseNumber(text: string): number | bigint {
  const value = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value
}
