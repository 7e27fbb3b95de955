/**
 * The end of a command: what is settled is told, and the channels get a little time.
 * @module
 */
import type { Work } from './dispatch-work.ts'
import { attempt } from './dispatch-work.ts'
import type { NotifyState } from './memory/notify-state.ts'
import { parseNotifyState } from './memory/notify-state.ts'

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

/**
 * Tells what is settled and waits for the channels, at most so long. Where the dispatcher of another process runs on, all of
 * this is its business, and nothing is waited for. Never rejects.
 */
export async function flush(
  work: Work,
  limitMs: number,
  look: (isFinal: boolean) => void,
): Promise<FlushEnd> {
  const { clock, delivery } = work
  const teller = readTeller(work)
  if (teller !== undefined) return endAt(work, failingSaid(teller))
  const startMs = clock.monotonicMs()
  for (;;) {
    look(true)
    const passedMs = clock.monotonicMs() - startMs
    const isSending = delivery.isBusy() || work.direct.isSending() || hasDue(work)
    if (!isSending || passedMs >= limitMs) break
    await clock.sleep(WAIT_MS)
  }
  return endAt(work, delivery.failing())
}

/** What another living process remembers that tells; undefined when this one has to. */
function readTeller(work: Work): NotifyState | undefined {
  let state: NotifyState | undefined
  attempt(work, () => {
    state = parseNotifyState(work.store.notifyMemory()?.text ?? '')
  })
  const teller = state?.teller
  const isOther = teller !== undefined && teller !== work.ownerId && work.isAlive(teller)
  return isOther ? state : undefined
}

/** Channels of which was said that they fail. */
function failingSaid({ alerts }: NotifyState): readonly string[] {
  return alerts
    .filter(({ kind, endedAtMs }) => kind === 'channel_failing' && endedAtMs === undefined)
    .map(({ key }) => key.slice('channel_failing/'.length))
}

function hasDue(work: Work): boolean {
  let isDue = false
  attempt(work, () => {
    isDue = work.delivery.hasDue()
  })
  return isDue
}

function endAt(work: Work, known: readonly string[]): FlushEnd {
  const { channels } = work.sender
  const failing = channels.filter((channel) => known.includes(channel))
  let waiting = 0
  attempt(work, () => {
    waiting = work.store
      .outboxCounts()
      .filter(({ channel }) => channels.includes(channel))
      .reduce((total, count) => total + count.waiting, 0)
  })
  return {
    waiting,
    failing,
    areAllFailing: channels.length > 0 && failing.length === channels.length,
  }
}
