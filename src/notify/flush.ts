/**
 * The end of a command: what is settled is told, and the channels get a little time.
 * @module
 */
import type { Work } from './dispatch-work.ts'
import { attempt } from './dispatch-work.ts'
import type { NotifyFacts } from './due-messages.ts'

/** What is left when a command ends. */
export interface FlushEnd {
  /** Messages of this configuration's channels that wait still. */
  readonly waiting: number
  readonly failing: readonly string[]
  /** No channel works. */
  readonly areAllFailing: boolean
}

/** How often the end of a delivery is looked for. */
const WAIT_MS = 100
/** What another process watches over is told when it is settled; a command waits so long for that. */
const SETTLE_MS = 5_000

/** Tells what is settled and waits for the channels, at most so long. Never rejects. */
export async function flush(
  work: Work,
  limitMs: number,
  look: (isFinal: boolean) => void,
): Promise<FlushEnd> {
  const { clock, delivery, facts } = work
  const startMs = clock.monotonicMs()
  const isFinal = !attemptIsWatched(facts)
  for (;;) {
    look(isFinal)
    const passedMs = clock.monotonicMs() - startMs
    const isSettling = work.hasPending && !isFinal && passedMs < SETTLE_MS
    const isSending = delivery.isBusy() || work.direct.isSending() || attemptHasDue(work)
    if ((!isSettling && !isSending) || passedMs >= limitMs) break
    await clock.sleep(WAIT_MS)
  }
  return flushEnd(work)
}

function attemptIsWatched(facts: NotifyFacts): boolean {
  try {
    return facts.isWatchedElsewhere()
  } catch {
    return false
  }
}

function attemptHasDue(work: Work): boolean {
  let hasDue = false
  attempt(work, () => {
    hasDue = work.delivery.hasDue()
  })
  return hasDue
}

function flushEnd(work: Work): FlushEnd {
  const { delivery, sender, store } = work
  const failing = delivery.failing()
  let waiting = 0
  attempt(work, () => {
    waiting = store
      .outboxCounts()
      .filter(({ channel }) => sender.channels.includes(channel))
      .reduce((total, count) => total + count.waiting, 0)
  })
  const areAllFailing = sender.channels.length > 0 && failing.length === sender.channels.length
  return { waiting, failing, areAllFailing }
}
