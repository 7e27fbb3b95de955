/**
 * Candles as the venue writes them: prices and volumes as JSON numbers, fields that are zero left out
 * (PROTOCOL.md sections 2.1 and 8.3).
 * @module
 */
import type { SimMarket } from '../core/core-model.ts'
import { widthMs } from './candle-resolution.ts'
import type { Candle } from './candle-series.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { HistoryQuery } from './market-history.ts'
import type { WireObject } from './wire-json.ts'

/**
 * A candle of trades (PROTOCOL.md sections 2.1 and 8.3). `withRaw` adds `O`, `H`, `L`, `C`, the prices before the
 * display multiplier, which newer REST documents require; no captured frame has them.
 */
export function tradeCandleJson(
  candle: Candle,
  market: SimMarket,
  { withRaw }: { readonly withRaw: boolean },
): WireObject {
  const prices = pricesJson(candle, market)
  const { o, h, l, c } = prices
  return {
    t: candle.startMs,
    ...prices,
    ...(withRaw ? { O: o, H: h, L: l, C: c } : {}),
    v: nonZero(Number(ticksToText(candle.baseTicks, market.sizeDecimals))),
    V: nonZero(Number(microsToText(candle.quoteMicros))),
    i: nonZero(candle.lastTradeId),
  }
}

/** A candle of marks; `sc` counts the marks in it (PROTOCOL.md section 8.2 names the channel only, keys of OAS-FE). */
export function markCandleJson(candle: Candle, market: SimMarket): WireObject {
  return {
    t: candle.startMs,
    ...pricesJson(candle, market),
    sc: nonZero(candle.sampleCount),
  }
}

/** The same candle named by its end instead of its beginning (PROTOCOL.md section 2, `set_timestamp_to_end`). */
export function namedByEnd(candle: Candle, resolution: HistoryQuery['resolution']): Candle {
  return { ...candle, startMs: candle.startMs + widthMs(resolution) }
}

function pricesJson(candle: Candle, market: SimMarket) {
  const price = (ticks: bigint) => nonZero(Number(ticksToText(ticks, market.priceDecimals)))
  return {
    o: price(candle.openTicks),
    h: price(candle.highTicks),
    l: price(candle.lowTicks),
    c: price(candle.closeTicks),
  }
}

function nonZero(value: number): number | undefined {
  return value === 0 ? undefined : value
}
