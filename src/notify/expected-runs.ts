import type { LastRun } from '../ports.ts'
import { spanText } from './compose/words.ts'

/** A run that has to happen, as cron or systemd is to start it. */
export interface ExpectedRun {
  readonly command: string
  readonly everyMs: number
}

/** How one expected run stands. */
export interface RunCheck {
  readonly command: string
  /** Undefined when all is well. */
  readonly missed: string | undefined
}

/**
 * Whether a run is missing. What lives counts as happening; else its last good end (exit 0), or, before the first, the
 * moment from which it was expected, must not be longer ago than `everyMs`.
 */
export function checkRun(
  expected: ExpectedRun,
  runs: { readonly last: LastRun | undefined; readonly lastGood: LastRun | undefined },
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): RunCheck {
  const { command, everyMs } = expected
  const { last, lastGood } = runs
  if (last?.isAlive === true) return { command, missed: undefined }
  const goodMs = lastGood?.endedAtMs ?? lastGood?.startedAtMs
  const referenceMs = Math.max(goodMs ?? -Infinity, sinceMs)
  if (nowMs - referenceMs <= everyMs) return { command, missed: undefined }
  const every = spanText(everyMs)
  const bad =
    last?.exit === undefined || last.exit === 0 || last === lastGood
      ? ''
      : `; the last one ended with exit code ${last.exit}`
  return { command, missed: `no run of "${command}" has succeeded for more than ${every}${bad}` }
}
