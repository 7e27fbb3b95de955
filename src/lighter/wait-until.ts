import { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { codedReadError } from './read-error.ts'

/** A state that listeners are told of. */
export interface Goal {
  readonly clock: Clock
  readonly isReached: () => boolean
  /** Returns the unsubscriber. */
  readonly onChange: (listener: () => void) => () => void
  /** What stands in the way, where it is known. */
  readonly obstacle?: () =>
    { readonly reason: string; readonly error: HedgebotError | undefined } | undefined
}

/** How long to wait, and for what. */
export interface WaitOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** For the message. */
  readonly what: string
}

/**
 * Resolves when the goal is reached. Rejects with the signal's own reason, or with HedgebotError kind `network`, code
 * `not_ready_in_time` or `aborted`; with a known obstacle of its kind, e.g. `proxy`, or `venue_refused` when the venue gave a code.
 */
export function waitUntil(goal: Goal, options: WaitOptions): Promise<void> {
  const { timeoutMs, signal, what } = options
  return new Promise((resolve, reject) => {
    if (goal.isReached()) {
      resolve()
      return
    }
    const end = (error?: HedgebotError): void => {
      unsubscribe()
      cancelTimer()
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onAbort = (): void => end(abortion(signal, what))
    const unsubscribe = goal.onChange(() => {
      if (goal.isReached()) end()
    })
    const cancelTimer = goal.clock.setTimer(timeoutMs, () => {
      end(lateness(goal, `${what} did not come within ${timeoutMs} ms`))
    })
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** The reason of whoever stopped the program decides how it ends (CLI.md "Exit codes"). */
function abortion(signal: AbortSignal | undefined, what: string): HedgebotError {
  const reason: unknown = signal?.reason
  if (reason instanceof HedgebotError) return reason
  return failure(`waiting for ${what} was cancelled`, 'aborted')
}

function lateness({ obstacle }: Goal, message: string): HedgebotError {
  const known = obstacle?.()
  if (known === undefined) return failure(message, 'not_ready_in_time')
  const text = `${message}: ${known.reason}`
  const { error } = known
  if (error === undefined) return failure(text, 'not_ready_in_time')
  if (error.venueCode !== undefined) return codedReadError(error.venueCode, error.message, message)
  const { kind, code, hint } = error
  return new HedgebotError(kind, text, { code, ...(hint === undefined ? {} : { hint }) })
}

function failure(message: string, code: string): HedgebotError {
  return new HedgebotError('network', message, { code })
}
