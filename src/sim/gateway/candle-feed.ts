/**
 * The candle channels (PROTOCOL.md sections 8.2 and 8.3): the running candle is told again as it changes, and when
 * its bucket is over it is told once more together with the new one. How often is not documented: here at most every
 * 500 ms, and at the full minute a new bucket opens even if nothing has traded.
 * @module
 */
import { assert } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import type { CoreEvent, SimCore } from '../core/core-model.ts'
import { markCandleJson, tradeCandleJson } from './candle-json.ts'
import { bucketStartMs } from './candle-resolution.ts'
import type { Candle } from './candle-series.ts'
import type { Channel } from './channel.ts'
import type { Listeners } from './listeners.ts'
import type { FrameKind } from './market-frames.ts'
import type { MarketHistory, PriceSource } from './market-history.ts'
import { marketOf } from './order-json.ts'
import { toWireJson } from './wire-json.ts'

const BATCH_MS = 500
const MINUTE_MS = 60_000
/** Candles of one update: the closed one and the new one, more only after a jump of the clock. */
const MOST_CANDLES = 10

/** Tells candles to whoever listens (PROTOCOL.md section 8.3). */
export interface CandleFeed {
  /** A price came; frames have their own timer. */
  note(event: CoreEvent): void
  /** The running candle, none before the first price. */
  snapshot(channel: Channel): string
  /** Stops the timers. */
  close(): void
}

/** What candle frames are made from (PROTOCOL.md section 8.3). */
export interface CandleFeedOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly listeners: Listeners
  readonly history: MarketHistory
}

interface Followed {
  readonly channel: Channel
  /** Beginning of the newest bucket that has been told. */
  toldMs: number
  hasNews: boolean
}

/** Creates the feed of all candle channels (PROTOCOL.md section 8.3). */
export function createCandleFeed(options: CandleFeedOptions): CandleFeed {
  const { clock, listeners } = options
  const followed = new Map<string, Followed>()
  let stopBatch: (() => void) | undefined
  let stopMinute: (() => void) | undefined

  const publish = (key: string, entry: Followed) => {
    const frame = updateFrame(options, entry)
    if (frame !== undefined) listeners.publish(key, frame)
  }
  const tell = (isDue: (entry: Followed) => boolean) => {
    for (const [key, entry] of followed) {
      if (!listeners.has(key)) followed.delete(key)
      else if (isDue(entry)) publish(key, entry)
    }
  }
  const startMinuteTimer = () => {
    const restMs = MINUTE_MS - (clock.now() % MINUTE_MS)
    stopMinute = clock.setTimer(restMs, () => {
      stopMinute = undefined
      const nowMs = clock.now()
      tell((entry) => bucketStartMs(resolutionOf(entry.channel), nowMs) > entry.toldMs)
      if (followed.size > 0) startMinuteTimer()
    })
  }
  return {
    note(event) {
      if (followed.size === 0 || !markNews(followed.values(), event)) return
      stopBatch ??= clock.setTimer(BATCH_MS, () => {
        stopBatch = undefined
        tell(({ hasNews }) => hasNews)
      })
    },
    snapshot(channel) {
      const toldMs = bucketStartMs(resolutionOf(channel), clock.now())
      const entry = followed.get(channel.key)
      if (entry === undefined) followed.set(channel.key, { channel, toldMs, hasNews: false })
      if (stopMinute === undefined) startMinuteTimer()
      const candles = candlesSince(options, channel, toldMs).slice(-1)
      return candleFrame(options, { kind: 'subscribed', channel, candles })
    },
    close() {
      stopBatch?.()
      stopMinute?.()
    },
  }
}

/** True when somebody follows the price that came. */
function markNews(followed: Iterable<Followed>, event: CoreEvent): boolean {
  const news = newsOf(event)
  if (news === undefined) return false
  let isFollowed = false
  for (const entry of followed) {
    const { channel } = entry
    if (channel.marketIndex !== news.marketIndex || sourceOf(channel) !== news.source) continue
    entry.hasNews = true
    isFollowed = true
  }
  return isFollowed
}

function newsOf(event: CoreEvent): { marketIndex: number; source: PriceSource } | undefined {
  if (event.type === 'trade') return { marketIndex: event.trade.marketIndex, source: 'trade' }
  if (event.type === 'mark') return { marketIndex: event.marketIndex, source: 'mark' }
  return undefined
}

/** Everything from the bucket that was told last: its final state, then what came after. Nothing without a price. */
function updateFrame(options: CandleFeedOptions, entry: Followed): string | undefined {
  const { channel, toldMs } = entry
  entry.hasNews = false
  const candles = candlesSince(options, channel, toldMs)
  entry.toldMs = candles.at(-1)?.startMs ?? toldMs
  return candles.length === 0
    ? undefined
    : candleFrame(options, { kind: 'update', channel, candles })
}

function candlesSince(
  { history }: CandleFeedOptions,
  channel: Channel,
  fromMs: number,
): readonly Candle[] {
  assert(channel.marketIndex !== undefined, 'candles belong to a market')
  return history.candles({
    marketIndex: channel.marketIndex,
    source: sourceOf(channel),
    resolution: resolutionOf(channel),
    fromMs,
    toMs: Number.MAX_SAFE_INTEGER,
    limit: MOST_CANDLES,
  })
}

function candleFrame(
  { core, clock }: CandleFeedOptions,
  of: { readonly kind: FrameKind; readonly channel: Channel; readonly candles: readonly Candle[] },
): string {
  const { channel } = of
  const market = marketOf(core, channel.marketIndex ?? -1)
  const write = (candle: Candle) =>
    sourceOf(channel) === 'trade'
      ? tradeCandleJson(candle, market, { withRaw: false })
      : markCandleJson(candle, market)
  return toWireJson({
    candles: of.candles.map(write),
    channel: channel.label,
    timestamp: Math.trunc(clock.now()),
    type: `${of.kind}/${channel.name}`,
  })
}

function sourceOf({ name }: Channel): PriceSource {
  return name === 'candle' ? 'trade' : 'mark'
}

function resolutionOf({ resolution }: Channel) {
  assert(resolution !== undefined, 'candles have a width')
  return resolution
}
