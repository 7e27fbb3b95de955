/**
 * Reads what a person or a script asked of the control surface: strict, and whole before anything is changed.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { textToTicks } from '../gateway/decimal-text.ts'

/** The members of one request, each read at most as what it must be. */
export interface ControlInput {
  has(key: string): boolean
  /** Text of 1 to 200 characters. */
  text(key: string): string
  /** One of the given words. */
  word<const W extends string>(key: string, words: readonly W[]): W
  /** `true` or `false`. */
  flag(key: string): boolean
  /** A whole number within the limits. */
  integer(key: string, limits: { readonly min: number; readonly max: number }): number
  /** A positive amount with at most `decimals` places, in units of the last place. Text, or a JSON number. */
  amount(key: string, decimals: number): bigint
  /** `-5%`, `+0.25%`: billionths of the whole. */
  percentE9(key: string): bigint
  /** `500ms`, `30s`, `2m` or plain milliseconds; at most a day. */
  durationMs(key: string): number
  /** Text or whole number, as text: a name or an index. */
  reference(key: string): string
  /** The error for a member that cannot be what it says. */
  refuse(why: string): HedgebotError
}

/** How an operation is asked for. */
export interface InputShape {
  /** Shown in messages. */
  readonly operation: string
  /** Every member that it may have. */
  readonly keys: readonly string[]
  /** A request that would do. */
  readonly example: string
}

const MAX_TEXT = 200
const DAY_MS = 86_400_000
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, '': 1 }

/**
 * Opens a request body for reading.
 * @throws HedgebotError kind `usage`, code `control_input`, here and from every reader, when it is not as it must be
 */
export function readControlInput(body: unknown, shape: InputShape): ControlInput {
  const refuse = (why: string) => inputError(shape, why)
  if (!isRecord(body)) throw refuse('a JSON object is expected')
  const unknown = Object.keys(body).find((key) => !shape.keys.includes(key))
  if (unknown !== undefined) {
    throw refuse(`there is no "${shorten(unknown)}" (allowed: ${shape.keys.join(', ')})`)
  }
  const get = (key: string): unknown => {
    if (!Object.hasOwn(body, key)) throw refuse(`"${key}" is missing`)
    return body[key]
  }
  const plain = (key: string): string => plainText(get(key)) ?? fail(refuse, key, 'text')
  return {
    has: (key) => Object.hasOwn(body, key),
    text: (key) => {
      const value = get(key)
      return typeof value === 'string' && isShort(value) ? value : fail(refuse, key, 'a short text')
    },
    word: (key, words) => {
      const value = get(key)
      return words.find((word) => word === value) ?? fail(refuse, key, words.join(', '))
    },
    flag: (key) => {
      const value = get(key)
      return typeof value === 'boolean' ? value : fail(refuse, key, 'true or false')
    },
    integer: (key, { min, max }) => {
      const value = get(key)
      const isGood = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      return isGood ? Number(value) : fail(refuse, key, `a whole number from ${min} to ${max}`)
    },
    amount: (key, decimals) =>
      readAmount(plain(key), decimals) ??
      fail(refuse, key, `a positive amount with at most ${decimals} places`),
    percentE9: (key) =>
      readPercentE9(plain(key)) ?? fail(refuse, key, 'a change such as "-5%" or "+0.25%"'),
    durationMs: (key) =>
      readDurationMs(plain(key)) ?? fail(refuse, key, 'a time such as "30s", at most a day'),
    reference: (key) => plain(key),
    refuse,
  }
}

function fail(refuse: (why: string) => HedgebotError, key: string, expected: string): never {
  throw refuse(`"${key}" must be: ${expected}`)
}

function inputError({ operation, example }: InputShape, why: string): HedgebotError {
  return new HedgebotError('usage', `${operation}: ${why}`, {
    code: 'control_input',
    hint: `For example: ${example}`,
  })
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return isShort(value) ? value : undefined
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** Undefined when it is not a positive decimal that fits; fifteen digits before the point are plenty. */
function readAmount(text: string, decimals: number): bigint | undefined {
  const fraction = /^\d{1,15}(?:\.(\d+))?$/.exec(text)
  if (fraction === null || (fraction[1] ?? '').length > decimals) return undefined
  const ticks = textToTicks(text, decimals)
  return ticks > 0n ? ticks : undefined
}

/** Undefined beyond −99.99 % and +10000 %. */
function readPercentE9(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,5}(\.\d{1,7})?%$/.test(text)) return undefined
  const percentE9 = textToTicks(text.replace(/[+%]/g, ''), 7)
  const isInRange = percentE9 !== 0n && percentE9 >= -999_900_000n && percentE9 <= 100_000_000_000n
  return isInRange ? percentE9 : undefined
}

function readDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|)$/.exec(text)
  const ms = match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 1)
  return ms === undefined || ms > DAY_MS ? undefined : ms
}

function isShort(text: string): boolean {
  return text.length > 0 && text.length <= MAX_TEXT
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
