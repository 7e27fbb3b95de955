/**
 * The order book stream of one market: changes gathered for 50 ms, each batch chained to the one before by its
 * nonce (PROTOCOL.md section 8.3).
 * @module
 */
import type { Clock } from '../../ports.ts'
import type { CoreEvent, SimCore } from '../core/core-model.ts'
import { type BookChange, orderBookFrame } from './market-frames.ts'
import { marketOf } from './order-json.ts'
import { toWireJson } from './wire-json.ts'

const BATCH_MS = 50

export interface BookFeed {
  /** A level changed; starts a batch when somebody listens. */
  change(event: Extract<CoreEvent, { readonly type: 'book' }>): void
  /** The whole book as of the last batch, which is closed first so that the chain holds for everyone. */
  snapshot(): string
  /** Forgets what has gathered while nobody listens. */
  reset(): void
  /** Stops the timer. */
  close(): void
}

export interface BookFeedOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly marketIndex: number
  /** Receives a batch as frame text. */
  publish(frame: string): void
}

/** Creates the feed of a market. */
export function createBookFeed({ core, clock, marketIndex, publish }: BookFeedOptions): BookFeed {
  const asks = new Map<bigint, bigint>()
  const bids = new Map<bigint, bigint>()
  let lastNonce = marketOf(core, marketIndex).bookNonce
  let offset = 1_000
  let stopTimer: (() => void) | undefined

  const frame = (kind: 'subscribed' | 'update', change: Omit<BookChange, 'offset'>): string => {
    const market = marketOf(core, marketIndex)
    const nowMs = clock.now()
    return toWireJson(orderBookFrame(kind, market, { ...change, offset, nowMs }))
  }
  const closeBatch = () => {
    if (asks.size + bids.size === 0) return
    const beginNonce = lastNonce
    lastNonce = marketOf(core, marketIndex).bookNonce
    offset += 1
    const levels = { asks: levelsOf(asks), bids: levelsOf(bids) }
    publish(frame('update', { ...levels, nonce: lastNonce, beginNonce }))
    asks.clear()
    bids.clear()
  }
  return {
    change(event) {
      const side = event.isAsk ? asks : bids
      side.set(event.priceTicks, event.totalTicks)
      stopTimer ??= clock.setTimer(BATCH_MS, () => {
        stopTimer = undefined
        closeBatch()
      })
    },
    snapshot() {
      closeBatch()
      const book = core.book(marketIndex)
      lastNonce = book.nonce
      return frame('subscribed', { ...book, nonce: book.nonce, beginNonce: 0n })
    },
    reset() {
      asks.clear()
      bids.clear()
    },
    close: () => stopTimer?.(),
  }
}

function levelsOf(side: ReadonlyMap<bigint, bigint>): BookChange['asks'] {
  return [...side].map(([priceTicks, totalTicks]) => ({ priceTicks, totalTicks }))
}
