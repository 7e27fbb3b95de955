import { HedgebotError } from '../errors.ts'

/**
 * Reads `--not-after`: `HH:MM` or `HH:MM:SS` of today in local time, or an ISO date and time.
 * @throws HedgebotError kind `usage`, code `time_invalid`
 */
export function parseNotAfter(text: string, nowMs: number): number {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim())
  if (clock !== null) {
    const [hours, minutes, seconds] = [clock[1], clock[2], clock[3] ?? '0'].map(Number)
    if (isTimeOfDay(hours, minutes, seconds)) {
      return new Date(nowMs).setHours(hours ?? 0, minutes ?? 0, seconds ?? 0, 0)
    }
  } else if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text.trim())) {
    const atMs = Date.parse(text.trim())
    if (Number.isFinite(atMs)) return atMs
  }
  throw new HedgebotError('usage', `--not-after: "${text}" is not a time`, {
    code: 'time_invalid',
    hint: 'for example 09:30 (today, local time) or 2026-12-01T09:30:00Z',
  })
}

function isTimeOfDay(
  hours: number | undefined,
  minutes: number | undefined,
  seconds: number | undefined,
): boolean {
  return (hours ?? 99) < 24 && (minutes ?? 99) < 60 && (seconds ?? 99) < 60
}
