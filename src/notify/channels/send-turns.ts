import type { Clock } from '../../ports.ts'
import { type Failure } from './failure.ts'
import type { SendResult } from '../notifier.ts'

/** Sends of one channel, one after the other. */
export interface SendTurns {
  /** Waits for those before it, then does the work; the limit counts from the call. `work` must not reject. */
  run(work: () => Promise<SendResult>): Promise<SendResult>
  /** Ends all of them, those that wait as well. */
  endAll(why: Failure): void
}

/** Creates a queue. */
export function createSendTurns(options: {
  readonly clock: Clock
  readonly limitMs: number
  readonly lateFailure: () => Failure
  /** A work was given up in the middle, and the next has not begun yet. */
  readonly onGiveUp: () => void
}): SendTurns {
  const { clock, limitMs, lateFailure, onGiveUp } = options
  const ends = new Set<(why: Failure) => void>()
  let before: Promise<unknown> = Promise.resolve()
  return {
    async run(work) {
      const ending = createEnding()
      const { end } = ending
      ends.add(end)
      const cancelTimer = clock.setTimer(limitMs, () => end(lateFailure()))
      const turn = before.then(() => (ending.isEnded() ? ending.why : work()))
      const result = Promise.race([turn, ending.why])
      before = result.then(() => {
        if (ending.isEnded()) onGiveUp()
      })
      try {
        return await result
      } finally {
        cancelTimer()
        ends.delete(end)
      }
    },
    endAll(why) {
      for (const end of ends) end(why)
    },
  }
}

function createEnding() {
  let isEnded = false
  let settle: (why: Failure) => void = () => undefined
  const why = new Promise<Failure>((resolve) => {
    settle = resolve
  })
  return {
    why,
    isEnded: () => isEnded,
    end(reason: Failure): void {
      isEnded = true
      settle(reason)
    },
  }
}
