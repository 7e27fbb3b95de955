/**
 * Turns what happens in the core into frames for whoever listens. Events of one stroke are gathered and told
 * together, one frame a channel; what nobody listens to is not written.
 * @module
 */
import type { Clock } from '../../ports.ts'
import type { CoreEvent, SimCore } from '../core/core-model.ts'
import { createAccountFeed } from './account-feed.ts'
import type { Announcements } from './announcements.ts'
import type { Channel } from './channel.ts'
import { createListeners, type Push } from './listeners.ts'
import { createMarketFeed } from './market-feed.ts'
import type { MarketHistory } from './market-history.ts'
import type { TransactionStore } from './transaction-store.ts'

export interface FrameHub {
  /** Pushes the snapshot, then every update; the returned function ends it. */
  subscribe(channel: Channel, push: Push): () => void
  /** Tells what did not come from the core. */
  emit(event: CoreEvent): void
  /** A transaction of the account got its final state without the core. */
  emitTransaction(accountIndex: number, hash: string): void
  /** The venue has announced something (PROTOCOL.md section 8.3, notification). */
  emitAnnouncement(id: string): void
  close(): void
}

export interface FrameHubOptions {
  readonly core: SimCore
  /** The venue's clock. */
  readonly clock: Clock
  readonly store: TransactionStore
  readonly history: MarketHistory
  readonly announcements: Announcements
  /** `user_stats` follow the mark at most this often, milliseconds. */
  readonly userStatsIntervalMs: number
}

/** Creates the hub and starts to listen to the core. */
export function createFrameHub(options: FrameHubOptions): FrameHub {
  const listeners = createListeners()
  const markets = createMarketFeed({ ...options, listeners })
  const accounts = createAccountFeed({ ...options, listeners })
  let isFlushPlanned = false

  const flushSoon = () => {
    if (isFlushPlanned) return
    isFlushPlanned = true
    // After the core's present call has returned and the records are complete, before any timer.
    queueMicrotask(() => {
      isFlushPlanned = false
      markets.flush()
      accounts.flush()
    })
  }
  const emit = (event: CoreEvent) => {
    const isMarketNews = markets.note(event)
    const isAccountNews = accounts.note(event)
    if (isMarketNews || isAccountNews) flushSoon()
  }
  const stop = options.core.subscribe(emit)

  return {
    subscribe(channel, push) {
      const feed = channel.accountIndex === undefined ? markets : accounts
      push(feed.snapshot(channel))
      return listeners.add(channel, push)
    },
    emit,
    emitTransaction(accountIndex, hash) {
      accounts.noteTransaction(accountIndex, hash)
      flushSoon()
    },
    emitAnnouncement(id) {
      accounts.noteAnnouncement(id)
      flushSoon()
    },
    close() {
      stop()
      markets.close()
    },
  }
}
