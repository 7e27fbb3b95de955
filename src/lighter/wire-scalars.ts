/**
 * The kinds of values in the venue's JSON, as schemas. A missing or odd value is an error with the name of its
 * field, never a default (DESIGN.md section 5).
 * @module
 */
import { z } from 'zod'
import { HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'

/** Sizes and prices have at most 48 bits, amounts are products of them: far below this. */
const HIGHEST_EXPONENT = 40

/** A decimal in text; exponent form was never seen, but would lose nothing. */
export const wireDecimal = z
  .string()
  .max(80)
  .regex(/^-?\d+(\.\d+)?([eE][+-]?\d{1,2})?$/, 'is not a decimal')
  .transform((text) => new Dec(text))
  .refine((value) => value.e <= HIGHEST_EXPONENT, 'is more than anything can be')

/** A size, a limit: never below zero. */
export const wireAmount = wireDecimal.refine((amount) => amount.gte(0), 'is negative')

/** An id of up to 64 bits, as text. */
export const wireId = z
  .union([z.string().regex(/^\d{1,20}$/, 'is not an id'), z.int().nonnegative(), z.bigint()])
  .transform(String)

/** An index that fits a safe integer: account, market, client order index. */
export const wireIndex = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/, 'is not an index')])
  .transform(Number)

/** Perpetuals are numbered to 254, spot markets from 2048 to 4094 (PROTOCOL.md section 4); state is kept for each. */
export const wireMarketIndex = wireIndex.refine(
  (index) => index >= 0 && index <= 4_095,
  'is not a market',
)

/** A point in time in seconds or milliseconds since 1970, told apart by size, as milliseconds; 0 means none. */
export const wireTimeMs = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/, 'is not a time')])
  .transform((value) => {
    const time = Number(value)
    return time < 1e11 ? time * 1_000 : time
  })

/** A point in time in microseconds since 1970, as milliseconds with fraction; 0 means none. */
export const wireTimeUs = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,16}$/, 'is not a time')])
  .transform((value) => Number(value) / 1_000)

/** Ten-thousandths as a plain fraction. */
export const wireFraction = z
  .int()
  .nonnegative()
  .transform((tenThousandths) => new Dec(tenThousandths).div(10_000))

/**
 * A collection that the venue sends as a list, as a map, as a map of lists, or not at all when empty.
 * Both observed variants of PROTOCOL.md section 8.3 become one list.
 */
export function wireCollection<T extends z.ZodType>(item: T) {
  return z.preprocess(flatten, z.array(item))
}

/** The same where it is never left out: what is missing there must not be taken for none (DESIGN.md section 5). */
export function neededCollection<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (value === null ? undefined : value),
    z.preprocess(flattenPresent, z.array(item)),
  )
}

function flattenPresent(value: unknown): unknown {
  return value === undefined ? undefined : flatten(value)
}

function flatten(value: unknown): unknown {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  if (typeof value === 'object') return Object.values(value).flat()
  return value
}

/**
 * Reads a value by its schema.
 * @throws HedgebotError kind `unknown_state`, code `answer_malformed`, naming the place
 */
export function readWire<T extends z.ZodType>(
  schema: T,
  value: unknown,
  what: string,
): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue === undefined ? '' : `${issue.path.join('.') || '(root)'}: ${issue.message}`
  throw new HedgebotError('unknown_state', `the venue's ${what} cannot be read: ${place}`, {
    code: 'answer_malformed',
    hint: 'The exchange may have changed its format; nothing is assumed about the missing value.',
  })
}
