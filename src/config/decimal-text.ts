import type { DecimalText } from './loaded-config.ts'

/** More digits than any size, price or amount of money needs; keeps absurd input out. */
const MOST_INTEGER_DIGITS = 20
const MOST_DECIMALS = 18

/** At least one digit, before or after the point. */
const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?$/

/**
 * Reads a decimal number from the text in which it was written, without floating point. The digits stay as they are;
 * only a plus sign, superfluous leading zeros and a dangling point go.
 * @returns `undefined` when the text is not a plain decimal (an exponent, a comma, too many digits)
 */
export function parseDecimalText(text: string): DecimalText | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign = '', integer = '', decimals = ''] = match
  const significant = integer.replace(/^0+(?=\d)/, '') || '0'
  if (significant.length > MOST_INTEGER_DIGITS || decimals.length > MOST_DECIMALS) return undefined
  const magnitude = decimals === '' ? significant : `${significant}.${decimals}`
  return sign === '-' && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude
}

/** Negative, zero or positive as `a` is smaller than, equal to or larger than `b`; exact. */
export function compareDecimalTexts(a: DecimalText, b: DecimalText): number {
  const difference = toScaledInteger(a) - toScaledInteger(b)
  if (difference === 0n) return 0
  return difference < 0n ? -1 : 1
}

function toScaledInteger(text: DecimalText): bigint {
  const [integer = '0', decimals = ''] = text.replace('-', '').split('.')
  const scaled = BigInt(integer + decimals.padEnd(MOST_DECIMALS, '0'))
  return text.startsWith('-') ? -scaled : scaled
}
