import type { Dec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import type { OrderSide, Side } from './side.ts'

/** One resting trigger order of a leg: fires by mark, closes reduce-only, bounded by `worstPrice` (USD). */
export interface StopTrigger {
  readonly triggerPrice: Dec
  readonly worstPrice: Dec
  readonly clientOrderIndex: number
}

/**
 * The exchange-side stops of one leg (DESIGN.md section 3, "Second line"): `down` fires when mark falls to it, `up`
 * when mark rises to it. Both present: an OCO pair; one: that level cannot be reached on the other side.
 */
export interface LegStops {
  readonly down?: StopTrigger
  readonly up?: StopTrigger
  /** Wall-clock milliseconds at which the venue drops them. */
  readonly expiresAtMs: number
}

/**
 * What one transaction is meant to do, in the words of the trade. The exchange adapter turns it into ticks, signs it
 * and checks the signed bytes against it.
 */
export type Intent =
  | OrderIntent
  | {
      /** Stops alone, for a leg that stands already: reduce-only, following the position (base amount 0). */
      readonly kind: 'stops'
      readonly market: MarketInfo
      readonly legSide: Side
      readonly stops: LegStops
    }
  | {
      readonly kind: 'leverage'
      readonly market: MarketInfo
      /** In 1/10000, e.g. 1000 for 10x. */
      readonly initialMarginFraction: number
      readonly marginMode: 'cross' | 'isolated'
    }
  | {
      readonly kind: 'cancel'
      readonly market: MarketInfo
      /** Client order index (below 2^48) or the venue's order index as text. */
      readonly orderIndex: string
    }

/** A limit or market IOC order; sizes in base coins, prices in USD. */
export interface OrderIntent {
  readonly kind: 'order'
  readonly market: MarketInfo
  readonly side: OrderSide
  readonly baseSize: Dec
  /** Limit IOC: no fill is worse. Market IOC: the average is not worse (PROTOCOL.md 11.2). */
  readonly price: Dec
  readonly execution: 'limit_ioc' | 'market_ioc'
  readonly isReduceOnly: boolean
  readonly clientOrderIndex: number
  /** Placed by the venue as children of this order, when it fills. */
  readonly stops?: LegStops
}
