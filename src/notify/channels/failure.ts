import type { SendResult } from '../notifier.ts'

/** A delivery that failed. */
export type Failure = Extract<SendResult, { outcome: 'failed' }>

/** What belongs to a failure beside its code and its sentence. */
export interface FailureTold {
  readonly retry: Failure['retry']
  readonly hint?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** Puts a failure together; `message` is one sentence without secrets. */
export function failure(code: string, message: string, told: FailureTold): Failure {
  const { retry, hint, retryAfterMs } = told
  return {
    outcome: 'failed',
    code,
    message,
    hint,
    retry,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** The notifier was closed with this under way. */
export function closedFailure(): Failure {
  return failure('channel_closed', 'the channel was closed before this was sent', { retry: 'soon' })
}

/**
 * The message as this channel writes it.
 * @returns a failure `not_rendered` where writing it threw, which trying again does not change
 */
export function rendered<T>(render: () => T): { readonly content: T } | Failure {
  try {
    return { content: render() }
  } catch {
    // What was thrown may quote the message, but is a mistake of ours and helps nobody here.
    return failure('not_rendered', 'this message cannot be written for this channel', {
      retry: 'never',
      hint: 'This is a mistake of the program: please report it.',
    })
  }
}
