/**
 * What an account tier is charged and allowed (PROTOCOL sections 9 and 11.1).
 * @module
 */
import type { AccountTier } from './account-model.ts'

export interface TierLimits {
  /** Millionths of the notional. */
  readonly makerFeeTick: number
  readonly takerFeeTick: number
  /** Resting orders. */
  readonly maxActive: number
  readonly maxActivePerMarket: number
  /** Untriggered orders. */
  readonly maxPending: number
  readonly maxPendingPerMarket: number
  readonly maxSubAccounts: number
}

/** Limits by tier. The untriggered caps of the paid tiers are those of the July text, the newer one is silent. */
export const TIER_LIMITS: Readonly<Record<AccountTier, TierLimits>> = {
  standard: {
    makerFeeTick: 0,
    takerFeeTick: 0,
    maxActive: 250,
    maxActivePerMarket: 30,
    maxPending: 50,
    maxPendingPerMarket: 10,
    maxSubAccounts: 4,
  },
  plus: {
    makerFeeTick: 50,
    takerFeeTick: 50,
    maxActive: 750,
    maxActivePerMarket: 250,
    maxPending: 500,
    maxPendingPerMarket: 16,
    maxSubAccounts: 4,
  },
  premium: {
    makerFeeTick: 40,
    takerFeeTick: 280,
    maxActive: 1500,
    maxActivePerMarket: 1000,
    maxPending: 500,
    maxPendingPerMarket: 16,
    maxSubAccounts: 8,
  },
}
