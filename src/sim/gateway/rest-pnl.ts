/**
 * Profit, flows and volume of an account over time (PROTOCOL.md section 2.1, pnl).
 * @module
 */
import type { SimAccount } from '../core/core-model.ts'
import type { PnlSample } from '../core/pnl-history.ts'
import { type Resolution, widthMs } from './candle-resolution.ts'
import { microsToText } from './decimal-text.ts'
import { requiredParam } from './request-params.ts'
import type { RestCall } from './rest-route.ts'
import { timeRangeParam } from './time-range.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

const RESOLUTIONS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const satisfies readonly Resolution[]

/**
 * Rows of cumulative figures, oldest first. PROTOCOL.md section 2.1 describes the row, not its moment: as with candles,
 * `timestamp` (seconds) is where a bucket begins, the figures are those at its end, or now in the running one. Buckets
 * before the account existed have no row. With `ignore_transfers` inflow and outflow leave transfers out; profit from
 * trading never contains them.
 * @throws VenueRefusal 22402 for another resolution, and what `timeRangeParam` refuses
 */
export function accountPnl({ parts: { core, clock }, params }: RestCall, account: SimAccount) {
  const text = requiredParam(params, 'resolution')
  const resolution = RESOLUTIONS.find((known) => known === text)
  if (resolution === undefined) throw refusal(22402)
  const bucketMs = widthMs(resolution)
  const { fromMs, toMs, limit } = timeRangeParam(params, bucketMs)
  const isWithoutTransfers = params['ignore_transfers'] === 'true'
  const lastMs = Math.floor(Math.min(toMs, clock.now()) / bucketMs) * bucketMs
  const rows: WireObject[] = []
  for (let atMs = lastMs; atMs >= fromMs && rows.length < limit; atMs -= bucketMs) {
    const sample = core.pnlAt(account.accountIndex, atMs + bucketMs)
    if (sample === undefined) break
    rows.push(pnlRow(atMs, sample, isWithoutTransfers))
  }
  return { resolution, pnl: rows.toReversed() }
}

/** Spot, pools and staking do not exist here: their figures are zero. */
function pnlRow(atMs: number, sample: PnlSample, isWithoutTransfers: boolean): WireObject {
  const { inflowMicros, outflowMicros, transferInMicros, transferOutMicros } = sample
  const inMicros = isWithoutTransfers ? inflowMicros - transferInMicros : inflowMicros
  const outMicros = isWithoutTransfers ? outflowMicros - transferOutMicros : outflowMicros
  return {
    timestamp: atMs / 1_000,
    trade_pnl: usd(sample.tradePnlMicros),
    trade_spot_pnl: 0,
    inflow: usd(inMicros),
    outflow: usd(outMicros),
    spot_inflow: 0,
    spot_outflow: 0,
    pool_pnl: 0,
    pool_inflow: 0,
    pool_outflow: 0,
    pool_total_shares: 0,
    staking_pnl: 0,
    staking_inflow: 0,
    staking_outflow: 0,
    staked_lit: 0,
    volume: usd(sample.volumeMicros),
  }
}

/** A JSON number, as the venue writes these. */
function usd(micros: bigint): number {
  return Number(microsToText(micros))
}
