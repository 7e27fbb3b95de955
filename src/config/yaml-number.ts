/** A number as it stands in the file: its source text is what counts, the value may have lost digits. */
export interface YamlNumber {
  readonly source: string
}

const numbers = new WeakSet<object>()

/** Wraps the source text of a YAML number. */
export function createYamlNumber(source: string): YamlNumber {
  const number = Object.freeze({ source })
  numbers.add(number)
  return number
}

/** True only for what `createYamlNumber` made: a mapping in the file cannot pass for a number. */
export function isYamlNumber(value: unknown): value is YamlNumber {
  return typeof value === 'object' && value !== null && numbers.has(value)
}

/** What a person wrote, in words for a message. Anything that could be a key or a password in the wrong place is not shown. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (typeof value === 'boolean') return String(value)
  if (isYamlNumber(value)) return shorten(value.source)
  if (typeof value === 'string') return shorten(value, '"')
  return Array.isArray(value) ? 'a list' : 'a mapping (key: value)'
}

/** A name or value for a message, replaced by its length when it is long or looks like a key or a password. */
export function shorten(text: string, quote = ''): string {
  if (text.length > 40 || looksSecret(text)) return `a text of ${text.length} characters`
  return `${quote}${text.replace(/[\p{Cc}]/gu, ' ')}${quote}`
}

/** What is shorter protects nothing. */
const SHORTEST_SECRET = 6
/** Names, numbers, hosts and paths have no other characters. */
const PLAIN = /^[\p{L}\p{N}\s_.,:/+-]*$/u
/** Keys and tokens: many digits and letters without a pause. */
const RANDOM = /[0-9a-f]{24,}|\d{6,}:|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{16,}/iu

/** True for what may be a key, a token, a password, or an address with one in it. */
export function looksSecret(text: string): boolean {
  return text.length >= SHORTEST_SECRET && (!PLAIN.test(text) || RANDOM.test(text))
}
