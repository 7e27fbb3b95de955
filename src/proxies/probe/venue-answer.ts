/**
 * What answers of the venue mean for the way that they came. Pure.
 * @module
 */
import { isIP } from 'node:net'
import type { HttpAnswer } from './http-exchange.ts'
import type { ClockReading, Failure } from './probe-model.ts'

/** When an answer was asked for and when it was there, by our wall clock. */
export interface AskedAndAnswered {
  readonly sentAtMs: number
  readonly receivedAtMs: number
}

/** Why this is no good answer to `GET /` (PROTOCOL.md section 1); undefined when it is one. */
export function venueAnswerFailure(answer: HttpAnswer): Failure | undefined {
  const json = jsonObject(answer.body)
  if (answer.status === 200 && json !== undefined && codeOf(json) === undefined) return undefined
  return refusalFailure(answer)
}

/** A refused WebSocket, or a refused request. */
export function refusalFailure({ status, body }: HttpAnswer): Failure {
  const json = jsonObject(body)
  const venueCode = json === undefined ? undefined : codeOf(json)
  if (status >= 200 && status < 400 && venueCode === undefined) {
    const text = `the answer (status ${status}) is not the venue's`
    return { reason: 'foreign', text, isBehindTunnel: true, status }
  }
  const code = venueCode === undefined ? '' : `, code ${venueCode}`
  return {
    reason: 'venue_status',
    text: `the venue answered with status ${status}${code}`,
    isBehindTunnel: true,
    status,
    ...(venueCode === undefined ? {} : { venueCode }),
  }
}

/** The first frame on a socket (PROTOCOL.md section 8.1); undefined when it is the greeting. */
export function greetingFailure(text: string): Failure | undefined {
  if (jsonObject(text)?.['type'] === 'connected') return undefined
  return {
    reason: 'foreign',
    text: "the first frame on the WebSocket is not the venue's greeting",
    isBehindTunnel: true,
  }
}

/** Both clocks of an answer have a resolution of one second: the stamp may be as old as that. */
const STAMP_RESOLUTION_MS = 1_000

/** Venue time minus ours, from the stamp in the body or the `Date` header; undefined when neither is there or fresh. */
export function readClock(
  answer: Pick<HttpAnswer, 'headers' | 'body'>,
  { sentAtMs, receivedAtMs }: AskedAndAnswered,
): ClockReading | undefined {
  // A cached answer has the time of its making.
  if (Number(answer.headers['age'] ?? 0) > 0) return undefined
  const venueMs = bodyStampMs(answer.body) ?? Date.parse(answer.headers.date ?? '')
  if (Number.isNaN(venueMs)) return undefined
  const low = venueMs - receivedAtMs
  const high = venueMs + STAMP_RESOLUTION_MS - sentAtMs
  return {
    offsetMs: Math.round((low + high) / 2),
    uncertaintyMs: Math.ceil(Math.max(0, high - low) / 2),
  }
}

/** The address in the answer of a check page: the whole text, or `ip` or `origin` of a JSON object. */
export function readExitAddress(body: string): string | undefined {
  const json = jsonObject(body)
  const candidates = [body, json?.['ip'], json?.['origin']]
  for (const candidate of candidates) {
    if (typeof candidate !== 'string') continue
    // httpbin's `origin` lists proxies on the way after commas; the last one is whom it saw.
    const address =
      candidate
        .split(',')
        .at(-1)
        ?.trim()
        .replace(/^::ffff:(?=[\d.]+$)/i, '') ?? ''
    if (isIP(address) !== 0) return address.toLowerCase()
  }
  return undefined
}

function bodyStampMs(body: string): number | undefined {
  const stamp = jsonObject(body)?.['timestamp']
  if (typeof stamp !== 'number' || !(stamp > 0)) return undefined
  // Seconds today; a time before 1973 in milliseconds is not one.
  return stamp < 1e11 ? Math.floor(stamp) * 1_000 : stamp
}

/** A code that is an error: 200 and 0 were seen as success (PROTOCOL.md section 2). */
function codeOf(json: Readonly<Record<string, unknown>>): number | undefined {
  const { code } = json
  return typeof code === 'number' && code !== 200 && code !== 0 ? code : undefined
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
