import type { Dec } from './decimal.ts'

/** The owner's limits, from `risk` and the top level of the configuration (CLI.md), defaults filled in. */
export interface RiskPolicy {
  readonly stopLossUsd: Dec
  readonly onStop: 'hedge' | 'all'
  readonly isExchangeStopOn: boolean
  /** Percent of the threshold at which the exchange-side stops rest, e.g. 120. */
  readonly exchangeStopPct: Dec
  /** Percent of price that triggers keep before the liquidation price. */
  readonly liquidationBufferPct: Dec
  readonly maxSlippagePct: Dec
  /** Growing distances of closing orders from mark or touch, percent. */
  readonly closeStepsPct: readonly Dec[]
  readonly openTimeoutMs: number
  readonly maxNakedMs: number
  readonly nakedToleranceUsd: Dec
  readonly orderExpiryMs: number
  readonly leaseMs: number
  readonly maxPositionBase: Dec | undefined
  readonly maxPositionUsd: Dec | undefined
  readonly marginMode: 'keep' | 'cross' | 'isolated'
  readonly maxClockOffsetMs: number
  readonly attempts: number
  readonly maxHoldMs: number | undefined
  readonly onFatal: 'protect' | 'close'
}
