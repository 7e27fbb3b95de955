import { HedgebotError } from '../errors.ts'
import { shorten } from './yaml-number.ts'

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/
const PART = /(\d+)(ms|s|m|h|d)/g

/**
 * Reads a duration such as `500ms`, `90s`, `30m`, `6h`, `2d` or `1h30m`, in milliseconds.
 * @returns `undefined` when the text is not a duration: a bare number has no unit and is not one
 */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined
  let totalMs = 0
  for (const [, count, unit] of text.matchAll(PART)) {
    totalMs += Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  }
  return Number.isSafeInteger(totalMs) ? totalMs : undefined
}

/**
 * Reads the duration of a command-line option.
 * @throws HedgebotError kind `usage`, code `<option>_invalid`
 */
export function requireDurationMs(option: 'timeout' | 'for', text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined && durationMs > 0) return durationMs
  throw new HedgebotError('usage', `--${option} ${shorten(text, '"')} is not a duration`, {
    code: `${option}_invalid`,
    hint: 'write a number with its unit, such as 90s, 5m or 1h30m',
  })
}

/** The shortest way to write a number of milliseconds as one or more parts; `parseDurationMs` reads it back. */
export function renderDuration(durationMs: number): string {
  let restMs = durationMs
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const unitMs = UNIT_MS[unit] ?? 1
    const count = Math.floor(restMs / unitMs)
    if (count > 0) text += `${count}${unit}`
    restMs -= count * unitMs
  }
  return text === '' ? '0s' : text
}
