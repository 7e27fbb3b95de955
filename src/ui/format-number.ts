/**
 * Numbers as people read them. Unknown is `?` and never 0, and what is not zero never reads as zero.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'

/** What stands for a value that could not be read. */
export const UNKNOWN = '?'

/** Dollars with cents, thousands grouped; amounts that cents would round to zero show their first digit. */
export function formatUsd(value: Dec | undefined): string {
  if (value === undefined) return UNKNOWN
  const isTiny = !value.isZero() && value.abs().lte('0.005')
  return groupThousands(isTiny ? value.toSignificantDigits(1).toFixed() : value.toFixed(2))
}

/** Dollars with `+` before a gain. */
export function formatGainUsd(value: Dec | undefined): string {
  const text = formatUsd(value)
  return value?.gt(0) === true ? `+${text}` : text
}

/** A price with all its digits, at most ten of them. */
export function formatPrice(value: Dec | undefined): string {
  return value === undefined ? UNKNOWN : groupThousands(value.toSignificantDigits(10).toFixed())
}

/** A base size with every digit. */
export function formatSize(value: Dec | undefined): string {
  return value === undefined ? UNKNOWN : groupThousands(value.toFixed())
}

/** Percent with one digit, two below ten. */
export function formatPct(value: Dec | undefined): string {
  if (value === undefined) return UNKNOWN
  return groupThousands(value.toFixed(value.abs().lt(10) ? 2 : 1))
}

/** Milliseconds as whole milliseconds. */
export function formatMs(valueMs: number | undefined): string {
  return valueMs === undefined ? UNKNOWN : groupThousands(String(Math.round(valueMs)))
}

/** Milliseconds as seconds with one digit. */
export function formatSeconds(valueMs: number | undefined): string {
  return valueMs === undefined ? UNKNOWN : groupThousands((valueMs / 1000).toFixed(1))
}

/** A count with its noun: `1 order`, `2 orders`. */
export function countOf(count: number, noun: string): string {
  return `${groupThousands(String(count))} ${noun}${count === 1 ? '' : 's'}`
}

function groupThousands(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
