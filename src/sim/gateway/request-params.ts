/**
 * Parameters of a REST request: the query, and the fields of an urlencoded or multipart form (PROTOCOL.md section 2).
 * Lists come as `types=14,15` or as `types=14&types=15` (openapi.json, accountTxs): a name that comes more than once has
 * its texts joined by commas, which no reader of a single value takes.
 * @module
 */
import { refusal } from './venue-refusal.ts'

export type Params = Readonly<Record<string, string>>

/** Every name with its texts, those of a repeated one joined by commas (PROTOCOL.md section 2). */
export function gatherParams(fields: Iterable<readonly [name: string, text: string]>): Params {
  const params = new Map<string, string>()
  for (const [name, text] of fields) {
    const before = params.get(name)
    params.set(name, before === undefined ? text : `${before},${text}`)
  }
  return Object.fromEntries(params)
}

/** Gathers query and form fields; a form field wins over a query parameter of the same name. */
export function readParams(query: Params, contentType: string, body: string): Params {
  if (body === '') return query
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  const form =
    boundary === undefined
      ? gatherParams(new URLSearchParams(body))
      : gatherParams(readMultipart(body, boundary))
  return { ...query, ...form }
}

/** Gathers query and the members of a JSON body, as text; a body that is no object adds none (PROTOCOL.md section 2). */
export function readJsonParams(request: { readonly query: Params; readonly body: string }): Params {
  const params: Record<string, string> = { ...request.query }
  let value: unknown
  try {
    value = JSON.parse(request.body)
  } catch {
    return params
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return params
  for (const [name, member] of Object.entries(value)) {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof member)
    if (isPlain) params[name] = String(member)
  }
  return params
}

function readMultipart(body: string, boundary: string): [name: string, text: string][] {
  const fields: [name: string, text: string][] = []
  for (const part of body.split(`--${boundary}`)) {
    const blank = part.indexOf('\r\n\r\n')
    const name = /name="([^"]*)"/i.exec(part.slice(0, blank))?.[1]
    if (blank < 0 || name === undefined) continue
    fields.push([name, part.slice(blank + 4).replace(/\r\n$/, '')])
  }
  return fields
}

/**
 * Text of a parameter that must be there.
 * @throws VenueRefusal 20001
 */
export function requiredParam(params: Params, name: string): string {
  const text = params[name]
  if (text === undefined || text === '') throw refusal(20001)
  return text
}

export interface IntegerRule {
  readonly min?: number
  readonly max?: number
  /** Taken when the parameter is absent; without it the parameter is required. */
  readonly fallback?: number
}

/**
 * A whole number within a range.
 * @throws VenueRefusal 20001
 */
export function integerParam(params: Params, name: string, rule: IntegerRule = {}): number {
  const text = params[name]
  if ((text === undefined || text === '') && rule.fallback !== undefined) return rule.fallback
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) throw refusal(20001)
  const value = Number(text)
  const isInRange = value >= (rule.min ?? 0) && value <= (rule.max ?? Number.MAX_SAFE_INTEGER)
  if (!isInRange) throw refusal(20001)
  return value
}

/**
 * One of several words.
 * @throws VenueRefusal 20001
 */
export function choiceParam<T extends string>(
  params: Params,
  name: string,
  choices: readonly T[],
): T {
  const text = requiredParam(params, name)
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) throw refusal(20001)
  return choice
}
