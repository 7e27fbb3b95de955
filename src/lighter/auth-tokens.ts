import type { Clock } from '../ports.ts'
import type { ClockOffset } from './clock-offset.ts'

/** Auth tokens of one account, made when needed and reused. */
export interface AuthTokens {
  current(): string
  /** The venue refused the token: the next one is new. */
  discard(): void
}

/** The venue takes at most 8 hours ahead (PROTOCOL.md section 7); two hours of slack for a clock that is off. */
const TOKEN_LIFE_MS = 6 * 3_600_000
/** A token is replaced when half of its life is over (DESIGN.md section 5). */
export const TOKEN_RENEWAL_MS = TOKEN_LIFE_MS / 2

/** Creates the source of one account's tokens; `sign` takes the deadline in unix seconds. */
export function createAuthTokens(options: {
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly sign: (deadlineUnixSeconds: number) => string
}): AuthTokens {
  const { clock, clockOffset, sign } = options
  let token: string | undefined
  let madeAtMs = 0
  return {
    current() {
      if (token === undefined || clock.monotonicMs() - madeAtMs >= TOKEN_RENEWAL_MS) {
        token = sign(Math.floor((clockOffset.venueNowMs() + TOKEN_LIFE_MS) / 1_000))
        madeAtMs = clock.monotonicMs()
      }
      return token
    },
    discard() {
      token = undefined
    },
  }
}
