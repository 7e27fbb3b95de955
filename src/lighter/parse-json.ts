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
    if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text) as unknown
    if (isTooDeep(text)) throw new RangeError('too deep')
    return parseLossless(text, null, { parseNumber })
  } catch {
    throw new HedgebotError('unknown_state', `the venue's answer is not JSON: ${excerpt(text)}`, {
      code: 'answer_unreadable',
    })
  }
}

/** Longest text that is looked at for an excerpt: an answer may have megabytes. */
const MOST_LOOKED_AT = 2_000
/** A token of ours that a page shows again: `deadline:account:key:signature`. */
const TOKEN = /(:\d{1,3}:)[0-9a-f]{8,}/gi

/** The beginning of a text in one line, for messages; without our token, which a page of a proxy may show again. */
export function excerpt(text: string): string {
  const line = text.slice(0, MOST_LOOKED_AT).replace(/\s+/g, ' ').trim().replace(TOKEN, '$1***')
  return line.length > 120 ? `${line.slice(0, 120)}...` : line
}

/** Answers have some levels. The lossless parser is recursive, and the end of the stack may be the end of the process. */
const DEEPEST = 200

function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === OPENING_BRACKET || character === OPENING_BRACE) depth += 1
    else if (character === CLOSING_BRACKET || character === CLOSING_BRACE) depth -= 1
    if (depth > DEEPEST) return true
  }
  return false
}

const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]

function parseNumber(text: string): number | bigint {
  const value = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value
}
