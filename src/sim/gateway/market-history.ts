/**
 * What the venue remembers of its markets for charts: candles of trades and of marks since it started
 * (PROTOCOL.md sections 2.1 and 8.3). Before its start there is nothing.
 * @module
 */
import type { Clock } from '../../ports.ts'
import type { CoreEvent, SimCore } from '../core/core-model.ts'
import type { Resolution } from './candle-resolution.ts'
import { type Candle, type CandleSeries, createCandleSeries } from './candle-series.ts'

/** Which price candles are made of (PROTOCOL.md section 8.2: `candle` and `mark_price_candle`). */
export type PriceSource = 'trade' | 'mark'

/** Which candles of a market to read (PROTOCOL.md section 2, `candles`). */
export interface HistoryQuery {
  readonly marketIndex: number
  readonly source: PriceSource
  readonly resolution: Resolution
  /** Buckets that begin earlier or later are left out, milliseconds. */
  readonly fromMs: number
  readonly toMs: number
  /** The newest that many. */
  readonly limit: number
}

/** Candles of all markets (PROTOCOL.md section 2.1, `candles`). */
export interface MarketHistory {
  /** When this venue opened: its markets were created then, milliseconds. */
  readonly startedMs: number
  /** Oldest first, up to the running one; empty for an unknown market. */
  candles(query: HistoryQuery): readonly Candle[]
  close(): void
}

/** Creates the history and starts to listen (PROTOCOL.md section 2.1); marks begin with the present ones. */
export function createMarketHistory(core: SimCore, clock: Clock): MarketHistory {
  const startedMs = Math.trunc(clock.now())
  /** After the venue's clock was set back the running candles are ahead of it. */
  let newestMs = startedMs
  const series = { trade: new Map<number, CandleSeries>(), mark: new Map<number, CandleSeries>() }
  const seriesOf = (source: PriceSource, marketIndex: number): CandleSeries => {
    const found = series[source].get(marketIndex)
    if (found !== undefined) return found
    const created = createCandleSeries()
    series[source].set(marketIndex, created)
    return created
  }
  const addMark = (marketIndex: number, timestampMs: number) => {
    const priceTicks = core.markets.get(marketIndex)?.markTicks ?? 0n
    const point = { priceTicks, sizeTicks: 0n, quoteMicros: 0n, tradeId: 0, timestampMs }
    seriesOf('mark', marketIndex).add(point)
  }
  for (const marketIndex of core.markets.keys()) addMark(marketIndex, startedMs)
  const stop = core.subscribe((event: CoreEvent) => {
    if (event.type === 'trade') {
      newestMs = Math.max(newestMs, event.trade.timestampMs)
      seriesOf('trade', event.trade.marketIndex).add(event.trade)
    } else if (event.type === 'mark') {
      newestMs = Math.max(newestMs, event.timestampMs)
      addMark(event.marketIndex, event.timestampMs)
    }
  })
  return {
    startedMs,
    candles({ marketIndex, source, resolution, ...window }) {
      const toMs = Math.min(window.toMs, Math.max(clock.now(), newestMs))
      return series[source].get(marketIndex)?.read(resolution, { ...window, toMs }) ?? []
    },
    close: stop,
  }
}
