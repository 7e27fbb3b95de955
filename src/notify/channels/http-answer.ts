/**
 * What Telegram and webhooks have in common: an answer to a POST, and how to take what is in it.
 * @module
 */
import type { Failure } from './failure.ts'
import type { PostAnswer } from '../notifier.ts'

/** No pause that a receiver asks for is longer. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000

type Fields = Readonly<Record<string, unknown>>

/** The body as an object; empty when it is none. */
export function readBody({ body }: PostAnswer): Fields {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Fields) : {}
  } catch {
    return {}
  }
}

/** The object behind a name; empty when there is none. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name]
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** A pause in seconds as milliseconds; undefined for what is none. */
export function pauseMs(seconds: unknown): number | undefined {
  const value = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds
  if (typeof value !== 'number' || !(value >= 0)) return undefined
  return Math.min(Math.ceil(value * 1_000), MAX_RETRY_AFTER_MS)
}

/** `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which is measured from `nowMs`. */
export function retryAfterMs({ headers }: PostAnswer, nowMs: number): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const untilMs = Date.parse(text)
  return pauseMs(text) ?? (Number.isNaN(untilMs) ? undefined : pauseMs((untilMs - nowMs) / 1_000))
}

/** When a status is worth another try, where nothing more is known about it. */
export function retryOfStatus(status: number): Failure['retry'] {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'soon'
  return status === 400 || status === 413 || status === 422 ? 'never' : 'later'
}
