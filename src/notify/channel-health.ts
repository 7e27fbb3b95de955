/**
 * How well a channel works: when to try again, and from when on somebody has to hear of it. Pure.
 * @module
 */
import type { SendResult } from './notifier.ts'

/** One channel as this process knows it. */
export interface ChannelHealth {
  /** Failed attempts in a row. */
  readonly failures: number
  /** Since when it has failed, monotonic. */
  readonly failingSinceMs: number | undefined
  /** Nothing is tried before, monotonic. */
  readonly restUntilMs: number
  readonly lastError: string | undefined
  /** Somebody was told that it fails. */
  readonly isTold: boolean
}

/** Never tried. */
export const UNTRIED: ChannelHealth = {
  failures: 0,
  failingSinceMs: undefined,
  restUntilMs: -Infinity,
  lastError: undefined,
  isTold: false,
}

const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 600_000
/** Where nothing changes by itself, and every attempt may bring the login nearer to being locked. */
const LATER_PAUSE_MS = 3_600_000
/** One slow mail is no trouble. */
const TOLD_AFTER_MS = 60_000
const TOLD_AFTER_FAILURES = 3

/** The failure of one attempt. */
export type SendFailure = Extract<SendResult, { readonly outcome: 'failed' }>

/** The channel after a message could not be delivered; one that it will never take says nothing of the channel. */
export function afterFailure(
  health: ChannelHealth,
  failure: SendFailure,
  nowMs: number,
): ChannelHealth {
  if (failure.retry === 'never') return health
  const failures = health.failures + 1
  return {
    ...health,
    failures,
    failingSinceMs: health.failingSinceMs ?? nowMs,
    restUntilMs: nowMs + pauseMs(failures, failure),
    lastError: failure.message,
  }
}

function pauseMs(failures: number, { retry, retryAfterMs = 0 }: SendFailure): number {
  const usual = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 3 ** Math.min(10, failures - 1))
  const least = retry === 'later' ? LATER_PAUSE_MS : usual
  return Math.max(least, Math.min(retryAfterMs, LATER_PAUSE_MS))
}

/** True when it is time to say that the channel fails. */
export function isTrouble(
  { failures, failingSinceMs, restUntilMs }: ChannelHealth,
  nowMs: number,
): boolean {
  if (failingSinceMs === undefined) return false
  const isHopeless = restUntilMs - nowMs >= LATER_PAUSE_MS - 1
  return isHopeless || failures >= TOLD_AFTER_FAILURES || nowMs - failingSinceMs >= TOLD_AFTER_MS
}
