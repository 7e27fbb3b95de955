/**
 * Decimal text as people read it, with the rules of `format-number.ts`. The drawing thread has no decimal package: it
 * gets text and rounds text.
 * @module
 */
import { UNKNOWN } from '../format-number.ts'

interface Parts {
  readonly isNegative: boolean
  readonly whole: string
  readonly fraction: string
}

/** Dollars with cents; amounts that cents would round to zero show their first digit. */
export function usdText(text: string | undefined): string {
  const parts = parse(text)
  if (parts === undefined) return UNKNOWN
  const firstDigit = parts.fraction.search(/[1-9]/)
  const isTiny = !isZero(parts) && parts.whole === '0' && isAtMostHalfCent(parts.fraction)
  return grouped(roundTo(parts, isTiny ? firstDigit + 1 : 2), { isTrimmed: isTiny })
}

/** Dollars with `+` before a gain. */
export function gainText(text: string | undefined): string {
  return signOf(text) === 1 ? `+${usdText(text)}` : usdText(text)
}

/** A price with at most ten significant digits, whole dollars in full. */
export function priceText(text: string | undefined): string {
  const parts = parse(text)
  if (parts === undefined) return UNKNOWN
  const leading =
    parts.whole === '0' ? -Math.max(0, parts.fraction.search(/[1-9]/)) : parts.whole.length
  const places = Math.max(0, 10 - leading)
  return grouped(roundTo(parts, places), { isTrimmed: true })
}

/** A size with every digit it was given with. */
export function sizeText(text: string | undefined): string {
  const parts = parse(text)
  return parts === undefined ? UNKNOWN : grouped(parts, { isTrimmed: true })
}

/** Percent with one digit, two below ten. */
export function pctText(text: string | undefined): string {
  const parts = parse(text)
  if (parts === undefined) return UNKNOWN
  return grouped(roundTo(parts, parts.whole.length === 1 ? 2 : 1), { isTrimmed: false })
}

/** -1, 0, 1; undefined when unknown. */
export function signOf(text: string | undefined): -1 | 0 | 1 | undefined {
  const parts = parse(text)
  if (parts === undefined) return undefined
  if (isZero(parts)) return 0
  return parts.isNegative ? -1 : 1
}

/** What is no plain decimal is unknown: a wrong number must not look like a right one. */
function parse(text: string | undefined): Parts | undefined {
  const found = text === undefined ? null : /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (found === null) return undefined
  const [, sign = '', whole = '0', fraction = ''] = found
  const isNegative = sign === '-' && /[1-9]/.test(whole + fraction)
  return { isNegative, whole: whole.replace(/^0+(?=\d)/, ''), fraction }
}

function isZero({ whole, fraction }: Parts): boolean {
  return whole === '0' && !/[1-9]/.test(fraction)
}

function isAtMostHalfCent(fraction: string): boolean {
  return fraction.startsWith('00') && BigInt(`${fraction.slice(2)}0`) <= halfOf(fraction)
}

function halfOf(fraction: string): bigint {
  return 5n * 10n ** BigInt(fraction.length - 2)
}

/** Half to even, as the decimals of the program round. */
function roundTo(parts: Parts, places: number): Parts {
  const { whole, fraction } = parts
  if (fraction.length <= places) return { ...parts, fraction: fraction.padEnd(places, '0') }
  const kept = BigInt(whole + fraction.slice(0, places))
  const rest = fraction.slice(places)
  const half = `5${'0'.repeat(rest.length - 1)}`
  const isUp = rest > half || (rest === half && kept % 2n === 1n)
  const digits = String(isUp ? kept + 1n : kept).padStart(places + 1, '0')
  return {
    ...parts,
    whole: digits.slice(0, digits.length - places),
    fraction: digits.slice(digits.length - places),
  }
}

/** A minus stays where rounding left only zeros, as in `Decimal.toFixed`. */
function grouped(parts: Parts, { isTrimmed }: { readonly isTrimmed: boolean }): string {
  const whole = parts.whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  const fraction = isTrimmed ? parts.fraction.replace(/0+$/, '') : parts.fraction
  return `${parts.isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
