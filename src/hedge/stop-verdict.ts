/**
 * What the stop rules say, and the sentence for it.
 * @module
 */
import { Dec } from './decimal.ts'

/** Which rule closes; the word that the journal keeps as the hedge's cause. */
export type StopCause =
  'stop_loss' | 'hedge_stop' | 'total_stop' | 'trailing_stop' | 'take_profit' | 'max_hold'

/** One reason to close. Stands until the hedge's target is flat: said again at every look. */
export interface StopVerdict {
  /** The hedge whose rule it is; undefined for the total. */
  readonly hedgeId: string | undefined
  /** What to close: this hedge, or every one. */
  readonly closes: 'hedge' | 'all'
  readonly cause: StopCause
  /** For `stop_loss`: the leg that lost, of several the one that lost most. */
  readonly legIndex: number | undefined
  /**
   * What has reached the limit, positive in the direction of the rule: loss, gain, or fall from the best. Undefined for
   * `max_hold`.
   */
  readonly valueUsd: Dec | undefined
  readonly limitUsd: Dec | undefined
  /** One sentence for a person, e.g. `account_3 lost 100.02 USD, limit 100`. */
  readonly reason: string
}

/** Something a rule needs is old or unknown, so that the rule neither closes nor says that all is well. */
export interface StaleAlert {
  readonly kind: 'stale'
  readonly hedgeId: string
  readonly subject: 'mark' | 'position' | 'result'
  /** Undefined for the mark. */
  readonly account: string | undefined
  /** Time since the last proof; undefined when it was never known. */
  readonly ageMs: number | undefined
  /** By the last known values a leg has lost its threshold: read again before anything else. */
  readonly isUrgent: boolean
  readonly reason: string
}

/** A sentence with value and limit. The value is cut, never rounded up: what is shown was really reached. */
export function limitText(words: string, valueUsd: Dec, limitUsd: Dec): string {
  const decimals = Math.max(2, limitUsd.decimalPlaces())
  return words
    .replace(
      '{value}',
      `${valueUsd.toDecimalPlaces(decimals, Dec.ROUND_DOWN).toFixed(decimals)} USD`,
    )
    .concat(`, limit ${limitUsd}`)
}

/** A time that was held, in hours and minutes, cut to the minute. */
export function hoursText(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000)
  const parts = [`${Math.floor(minutes / 60)} h`, `${minutes % 60} min`]
  return parts.filter((part) => !part.startsWith('0 ')).join(' ') || '0 min'
}
