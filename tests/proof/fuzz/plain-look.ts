/** A look at JSON that shares nothing with the client: `JSON.parse`, and decimals as digits. */

/** The value of a text; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Members of a list, or of a map, or of a map of lists. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isRecord(value) ? Object.values(value).flat() : []
}

/** An own member; undefined when there is none. */
export function member(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

export function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

/** A decimal without the zeros that say nothing; undefined when the text is none. */
export function normalDecimal(value: unknown): string | undefined {
  const match =
    typeof value === 'string' ? /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/.exec(value) : null
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  // The point moves by the exponent among digits that are padded with enough zeros.
  const digits = `${'0'.repeat(100)}${whole}${fraction}${'0'.repeat(100)}`
  const point = 100 + whole.length + shift
  const left = digits.slice(0, point).replace(/^0+/, '')
  const right = digits.slice(point).replace(/0+$/, '')
  const text = `${left === '' ? '0' : left}${right === '' ? '' : `.${right}`}`
  return text === '0' ? '0' : `${sign}${text}`
}

/** A text member; empty for anything else. */
export function textMember(value: unknown, name: string): string {
  const text = member(value, name)
  return typeof text === 'string' ? text : ''
}

/** A number, or the text of one; NaN for anything else. */
export function indexOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}
