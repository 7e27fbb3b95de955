import { assert } from '../errors.ts'
import type { Known } from '../hedge/known.ts'
import type { MarketView } from '../hedge/venue-view.ts'
import type { Clock, MarketFeed, SpendPriority, Way } from '../ports.ts'
import { emptyPrices, laterOf, type Prices, viewOfPrices } from './market-prices.ts'
import { type MarketSource, type MarketSourceOptions, openMarketSource } from './market-source.ts'
import { readMark } from './read-mark.ts'
import type { RestClient } from './rest-client.ts'
import { waitUntil } from './wait-until.ts'

/** What a feed needs. */
export interface MarketFeedOptions extends Omit<MarketSourceOptions, 'way' | 'onTick'> {
  readonly clock: Clock
  /** Two over different egresses where there are several (DESIGN.md section 5). */
  readonly ways: readonly Way[]
  /** One for each way. */
  readonly rests: readonly RestClient[]
  readonly onClose: () => void
}

/** Opens the feed of a market; of several sockets, the fresher value counts. */
export function createMarketFeed(options: MarketFeedOptions): MarketFeed {
  const listeners = new Set<() => void>()
  const onTick = (): void => {
    for (const listener of listeners) listener()
  }
  const sources: readonly MarketSource[] = options.ways.map((way) =>
    openMarketSource({ ...options, way, onTick }),
  )
  const reads = emptyPrices()
  const view = (): MarketView =>
    freshest([...sources.map((source) => source.view()), viewOfPrices(reads, options.clockOffset)])
  const onTickListener = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    ready(timeoutMs, signal) {
      const goal = {
        clock: options.clock,
        isReached: () => isComplete(view()),
        onChange: onTickListener,
      }
      return waitUntil(goal, {
        timeoutMs,
        what: `prices of market ${options.marketIndex}`,
        signal,
      })
    },
    view,
    onTick: onTickListener,
    resubscribe() {
      for (const source of sources) source.resubscribe()
    },
    reconnect(reason) {
      for (const source of sources) source.reconnect(reason)
    },
    readMark: createMarkRead(options, reads, onTick),
    close() {
      for (const source of sources) source.close()
      options.onClose()
    },
  }
}

/** Each read takes the next way: the one before may be what is broken. */
function createMarkRead(
  { rests, marketIndex, clock }: MarketFeedOptions,
  reads: Prices,
  onTick: () => void,
): (priority: SpendPriority) => Promise<void> {
  let readCount = 0
  return async (priority) => {
    const rest = rests[readCount++ % rests.length]
    assert(rest !== undefined, 'a feed has a way to read')
    const time = { stampMs: undefined, arrivedAtMs: clock.now() }
    const { mark, index } = await readMark(rest, marketIndex, priority)
    reads.mark = laterOf(reads.mark, { ...time, value: mark })
    reads.index = laterOf(reads.index, { ...time, value: index })
    onTick()
  }
}

function isComplete(view: MarketView): boolean {
  return view.mark.isKnown && view.bids.isKnown && view.asks.isKnown
}

/** Bids and asks come from one source: two halves of different moments could cross. */
function freshest(views: readonly MarketView[]): MarketView {
  const book = newest(views, (view) => view.bids)
  return {
    mark: newest(views, (view) => view.mark).mark,
    index: newest(views, (view) => view.index).index,
    bids: book.bids,
    asks: book.asks,
  }
}

function newest(
  views: readonly MarketView[],
  part: (view: MarketView) => Known<unknown>,
): MarketView {
  return views.reduce((best, view) => (atMsOf(part(view)) > atMsOf(part(best)) ? view : best))
}

function atMsOf(value: Known<unknown>): number {
  return value.isKnown ? value.atMs : -Infinity
}
