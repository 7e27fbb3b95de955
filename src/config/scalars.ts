/**
 * The kinds of single values that the configuration knows, as zod schemas over the values of the YAML tree. Each says
 * in its own words what was found and what is allowed.
 * @module
 */

import { z } from 'zod'
import { compareDecimalTexts, parseDecimalText } from './decimal-text.ts'
import { parseDurationMs, renderDuration } from './duration.ts'
import { suggest } from './suggest.ts'
import { describeFound, isYamlNumber } from './yaml-number.ts'

/** Why a value is not accepted; `allowed` completes "expected ...". */
interface Refusal {
  readonly allowed: string
  readonly hint?: string
  /** Say nothing about what was found, because it may be secret. */
  readonly isSecret?: boolean
  readonly code?: string
}

type Reading<T> = { readonly value: T } | Refusal

function scalar<T>(allowed: string, read: (raw: unknown) => Reading<T>) {
  return z.unknown().transform((raw, context): T => {
    const reading: Reading<T> = raw === undefined || raw === null ? { allowed } : read(raw)
    if ('value' in reading) return reading.value
    const found = reading.isSecret === true ? kindOf(raw) : describeFound(raw)
    const isMissing = raw === undefined
    context.addIssue({
      code: 'custom',
      message: isMissing
        ? `is missing, expected ${reading.allowed}`
        : `found ${found}, expected ${reading.allowed}`,
      params: {
        code: isMissing ? 'missing' : (reading.code ?? 'wrong_value'),
        hint: raw === null ? 'give a value or remove the line' : reading.hint,
      },
    })
    return z.NEVER
  })
}

/** Limits of a text. */
interface TextOptions {
  readonly allowed?: string
  readonly pattern?: RegExp
  readonly hint?: string
}

/** A text. A number is not one: `trading_pair: 1` is a slip. */
export function text(options: TextOptions = {}) {
  const { allowed = 'a text', pattern = /\S/, hint } = options
  return scalar<string>(allowed, (raw) =>
    typeof raw === 'string' && pattern.test(raw)
      ? { value: raw }
      : { allowed, ...(hint === undefined ? {} : { hint }) },
  )
}

/** A text that may look like a number in YAML (a name, a chat id, a key that starts with 0x); taken as written. */
export function looseText(options: TextOptions = {}) {
  const { allowed = 'a text', pattern = /\S/, hint } = options
  return scalar<string>(allowed, (raw) => {
    const written = isYamlNumber(raw) ? raw.source : raw
    return typeof written === 'string' && pattern.test(written)
      ? { value: written }
      : { allowed, ...(hint === undefined ? {} : { hint }) }
  })
}

/** A secret or a reference to one; read elsewhere, here only its form is checked. */
export function secretText() {
  const allowed = 'a text, env:NAME or file:PATH'
  return scalar<string>(allowed, (raw) => {
    const written = isYamlNumber(raw) ? raw.source : raw
    if (typeof written === 'string' && written !== '') return { value: written }
    return { allowed, isSecret: true, hint: 'put the text in quotes' }
  })
}

/** `true` or `false`. */
export function flag() {
  const allowed = 'true or false'
  return scalar<boolean>(allowed, (raw) =>
    typeof raw === 'boolean' ? { value: raw } : { allowed },
  )
}

/** One word of a list. */
export function choice<const T extends string>(words: readonly T[]) {
  const allowed = words.length === 1 ? words.join('') : `one of ${words.join(', ')}`
  return scalar<T>(allowed, (raw) => {
    const word = words.find((candidate) => candidate === raw)
    if (word !== undefined) return { value: word }
    const meant = typeof raw === 'string' ? suggest(raw, words) : undefined
    return { allowed, ...(meant === undefined ? {} : { hint: `did you mean ${meant}?` }) }
  })
}

/** A whole number between two limits, both allowed. */
export function integer(limits: { readonly min: number; readonly max: number; unit?: string }) {
  const unit = limits.unit === undefined ? '' : ` ${limits.unit}`
  const allowed = `a whole number from ${limits.min} to ${limits.max}${unit}`
  return scalar<number>(allowed, (raw) => {
    if (!isYamlNumber(raw)) return { allowed, ...unquoteHint(raw) }
    const value = /^[+-]?\d{1,16}$/.test(raw.source) ? Number(raw.source) : Number.NaN
    return value >= limits.min && value <= limits.max ? { value } : { allowed }
  })
}

/** Limits of a decimal; `above` itself is not allowed, `min` and `max` are. */
interface DecimalLimits {
  readonly above?: string
  readonly min?: string
  readonly max?: string
  readonly unit: string
}

/** A decimal number, kept as the text in which it was written; quotes around it do no harm. */
export function decimal(limits: DecimalLimits) {
  const allowed = `a number ${describeLimits(limits)} (${limits.unit})`
  return scalar<string>(allowed, (raw) => {
    const written = isYamlNumber(raw) ? raw.source : raw
    if (typeof written !== 'string') return { allowed }
    const value = parseDecimalText(written.trim())
    if (value !== undefined) return isWithin(value, limits) ? { value } : { allowed }
    return {
      allowed,
      hint: 'write it with a point and without exponent or unit, for example 0.001',
    }
  })
}

/** Limits of a duration, both allowed. */
interface DurationLimits {
  readonly minMs: number
  readonly maxMs: number
}

/** A duration with its unit, in milliseconds. */
export function duration(limits: DurationLimits) {
  return scalar<number>(DURATION_ALLOWED, (raw) => readDuration(raw, limits))
}

/** A duration, or the word `off`. */
export function durationOrOff(limits: DurationLimits) {
  return scalar<number | 'off'>(`${DURATION_ALLOWED}, or off`, (raw) =>
    raw === 'off' ? { value: 'off' } : readDuration(raw, limits),
  )
}

const DURATION_ALLOWED = 'a duration such as 90s, 30m, 6h or 2d'

function readDuration(raw: unknown, { minMs, maxMs }: DurationLimits): Reading<number> {
  const value = typeof raw === 'string' ? parseDurationMs(raw.trim()) : undefined
  if (value !== undefined) {
    const range = `from ${renderDuration(minMs)} to ${renderDuration(maxMs)}`
    const isAllowed = value >= minMs && value <= maxMs
    return isAllowed ? { value } : { allowed: `${DURATION_ALLOWED}, ${range}` }
  }
  if (!isYamlNumber(raw)) return { allowed: DURATION_ALLOWED }
  const count = describeFound(raw)
  return {
    allowed: DURATION_ALLOWED,
    hint: `the unit is missing: ${count}m are minutes, ${count}h are hours`,
  }
}

function unquoteHint(raw: unknown): { readonly hint?: string } {
  return typeof raw === 'string' && /^\d+$/.test(raw) ? { hint: 'remove the quotes' } : {}
}

function isWithin(value: string, { above, min, max }: DecimalLimits): boolean {
  if (above !== undefined && compareDecimalTexts(value, above) <= 0) return false
  if (min !== undefined && compareDecimalTexts(value, min) < 0) return false
  return max === undefined || compareDecimalTexts(value, max) <= 0
}

function describeLimits({ above, min, max }: DecimalLimits): string {
  const lower = above === undefined ? `from ${min ?? '0'}` : `above ${above}`
  return max === undefined ? lower : `${lower} to ${max}`
}

function kindOf(raw: unknown): string {
  if (raw === null) return 'an empty value'
  if (raw === '') return 'an empty text'
  return typeof raw === 'object' ? 'a list or mapping' : `a ${typeof raw}`
}
