import { Decimal } from 'decimal.js'

/**
 * The one decimal of the program: own constructor, so that nobody else can change its rounding, never exponent form.
 * 40 digits hold a 48-bit size times a 32-bit price times a fraction without loss.
 */
export const Dec = Decimal.clone({
  precision: 40,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -40,
  toExpPos: 60,
})
/** An exact decimal; sizes in base coins, prices and money in USD. */
export type Dec = Decimal

/** Nothing, as a decimal. */
export const ZERO: Dec = new Dec(0)

/** The smaller of two decimals. */
export function minDec(a: Dec, b: Dec): Dec {
  return a.lte(b) ? a : b
}

/** The larger of two decimals. */
export function maxDec(a: Dec, b: Dec): Dec {
  return a.gte(b) ? a : b
}

/** Sum of any number of decimals; zero for none. */
export function sumDec(values: Iterable<Dec>): Dec {
  let total = ZERO
  for (const value of values) total = total.plus(value)
  return total
}

/** The sum, or undefined as soon as one part is unknown; zero for none. */
export function sumKnown(values: readonly (Dec | undefined)[]): Dec | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length ? sumDec(known) : undefined
}

/** True when both are the same number, or both unknown. */
export function isSameDec(a: Dec | undefined, b: Dec | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.eq(b))
}
