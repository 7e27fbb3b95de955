/**
 * How values lie in columns: decimals as plain text, times as whole milliseconds, missing as NULL.
 * @module
 */
import { assert } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'

/** A decimal as text, never in exponent form. */
export function decText(value: Dec): string {
  assert(value.isFinite(), 'only finite decimals are recorded')
  return value.toFixed()
}

/** A decimal that may be missing, as text or NULL. */
export function optionalDecText(value: Dec | undefined): string | null {
  return value === undefined ? null : decText(value)
}

/** The decimal in a column that may be NULL. */
export function optionalDec(text: string | null): Dec | undefined {
  return text === null ? undefined : new Dec(text)
}

/** Whole milliseconds, rounded down: clocks may give fractions, the columns hold integers. */
export function wholeMs(atMs: number): number {
  assert(Number.isFinite(atMs), 'a time is finite')
  return Math.floor(atMs)
}

/** Whole milliseconds that may be missing. */
export function optionalMs(atMs: number | undefined): number | null {
  return atMs === undefined ? null : wholeMs(atMs)
}
