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

/** A name or value for a message, replaced by its length when it is long or looks like a key. */
export function shorten(text: string, quote = ''): string {
  const isSuspicious = text.length > 40 || /[0-9a-f]{24,}/i.test(text)
  if (isSuspicious) return `a text of ${text.length} characters`
  return `${quote}${text.replace(/[\p{Cc}]/gu, ' ')}${quote}`
}
