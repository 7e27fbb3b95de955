/**
 * Accounts, keys, positions and what is derived from them, as the simulated exchange holds them.
 * @module
 */

/** Index of the treasury, which collects trading fees (PROTOCOL 11.7). */
export const TREASURY_ACCOUNT_INDEX = 0
/** Index of the liquidity pool that insures the exchange (PROTOCOL 2.1 systemConfig). */
export const LLP_ACCOUNT_INDEX = 281_474_976_710_654

/** Account types as numbers (PROTOCOL section 3). */
export const ACCOUNT_TYPE = { master: 0, sub: 1, publicPool: 2, insuranceFund: 3 } as const

export type AccountTier = 'standard' | 'plus' | 'premium'

/** Health of an account (PROTOCOL 11.6). */
export type HealthState =
  'healthy' | 'pre-liquidation' | 'partial-liquidation' | 'full-liquidation' | 'bankruptcy'

/** A position, or the memory of one: rows stay after the position is closed (PROTOCOL section 3). */
export interface SimPosition {
  readonly marketIndex: number
  /** Positive long, negative short. */
  readonly sizeTicks: bigint
  /** Never negative. */
  readonly entryQuoteMicros: bigint
  /** Since the row exists. */
  readonly realizedPnlMicros: bigint
  /** Ten-thousandths; 0 means never set: the market's default applies. */
  readonly initialMarginFraction: number
  /** 0 cross, 1 isolated. */
  readonly marginMode: number
  /** Margin of an isolated position; 0n when cross. */
  readonly allocatedMarginE12: bigint
  /** Funding booked so far, positive when paid out. */
  readonly fundingPaidE12: bigint
  /** The market's prefix sum when funding was last booked. */
  readonly fundingPrefixE12: bigint
  /** Live orders on the book, untriggered ones, and those tied to the position. */
  readonly openOrderCount: number
  readonly pendingOrderCount: number
  readonly positionTiedOrderCount: number
}

export interface SimApiKey {
  readonly apiKeyIndex: number
  /** 80 hex digits without 0x; all zero when revoked. */
  readonly publicKeyHex: string
  /** The next nonce expected; kept and moved by the gateway. */
  readonly nonce: bigint
  readonly transactionTimeUs: bigint
}

/** What an integrator may charge an account for, as tx 45 set it (PROTOCOL 5.4). Fees in millionths of the notional. */
export interface IntegratorApproval {
  readonly maxPerpsTakerFeeTick: number
  readonly maxPerpsMakerFeeTick: number
  readonly maxSpotTakerFeeTick: number
  readonly maxSpotMakerFeeTick: number
  /** Milliseconds since 1970; from then on it does not hold. */
  readonly expiryMs: number
}

/** One hourly funding payment of one position (REST `positionFunding`). */
export interface FundingPayment {
  readonly fundingId: number
  readonly accountIndex: number
  readonly marketIndex: number
  readonly timestampMs: number
  /** Signed: negative means paid. */
  readonly changeE12: bigint
  readonly rateE6: bigint
  /** Signed size that it was paid on. */
  readonly sizeTicks: bigint
}

export interface SimAccount {
  readonly accountIndex: number
  /** Lower case, with 0x. */
  readonly l1Address: string
  /** One of `ACCOUNT_TYPE`. */
  readonly accountType: number
  readonly tier: AccountTier
  /** When the owner's tier last changed; 0 for never. */
  readonly tierChangedMs: number
  /** Millionths of the notional. */
  readonly makerFeeTick: number
  readonly takerFeeTick: number
  /** Cross collateral with realised profit and booked funding. */
  readonly collateralE12: bigint
  /** Every market ever touched. */
  readonly positions: ReadonlyMap<number, SimPosition>
  readonly apiKeys: ReadonlyMap<number, SimApiKey>
  /** Armed dead-man switch, milliseconds since 1970; 0 when none. */
  readonly cancelAllTimeMs: number
  /** 0 classic, 1 unified. */
  readonly tradingMode: number
  /** Whether USDC counts as margin (tx 42): 0 disabled, 1 enabled. */
  readonly usdcMarginMode: number
  /** Integrators that may charge this account, by their account index. */
  readonly integrators: ReadonlyMap<number, IntegratorApproval>
  readonly health: HealthState
  /** Resting plus untriggered orders. */
  readonly totalOrderCount: number
  readonly pendingOrderCount: number
  readonly createdMs: number
  /** Last change. */
  readonly transactionTimeUs: bigint
  /** Takers' and makers' quote traded, for volume statistics. */
  readonly volumeMicros: bigint
  readonly tradeCount: number
}

/** Derived figures of an account at the current marks (PROTOCOL sections 3 and 11.4), cross unless said otherwise. */
export interface AccountFigures {
  /** Booked collateral plus funding that is still to be booked. */
  readonly collateralE12: bigint
  readonly crossValueE12: bigint
  /** Cross value plus isolated margins and their floating profit. */
  readonly totalValueE12: bigint
  readonly initialMarginE12: bigint
  readonly maintenanceMarginE12: bigint
  readonly closeOutMarginE12: bigint
  /** Cross value minus initial margin; may be negative. */
  readonly availableE12: bigint
  /** What may leave the account: never negative. */
  readonly withdrawableE12: bigint
}

/** Derived figures of a position at the current mark. */
export interface PositionFigures {
  readonly valueMicros: bigint
  readonly unrealizedPnlMicros: bigint
  /** Funding not booked yet, positive when received. */
  readonly unsettledFundingE12: bigint
  /** The fraction in force, ten-thousandths. */
  readonly effectiveImf: number
  /** Price in 1e-12 USDC per base unit; 0n when flat or when no price would liquidate. */
  readonly liquidationPriceE12: bigint
}

/** A liquidation or deleverage as the account is told of it. */
export interface SimNotification {
  /** Such as `liq:17:5898`. */
  readonly id: string
  readonly kind: 'liquidation' | 'deleverage'
  readonly accountIndex: number
  readonly marketIndex: number
  /** Position that was open before, signed. */
  readonly sizeBeforeTicks: bigint
  /** How much was closed, unsigned. */
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly quoteMicros: bigint
  readonly feeE12: bigint
  /** `partial`: through the book; `full`: taken over by the pool; `deleverage`: closed against another account. */
  readonly liquidationType: 'partial' | 'full' | 'deleverage'
  readonly createdMs: number
  /** When the owner acknowledged it (PROTOCOL 8.3); absent until then. */
  readonly ackedMs?: number
  /** Risk before and after, once the liquidation is over. */
  readonly record?: LiquidationRecord
}

/** Value and requirements of the cross part of an account, or of one isolated position, at one moment. */
export interface RiskNumbers {
  /** 255 for the cross part. */
  readonly marketIndex: number
  /** Cross collateral with funding, or the isolated margin. */
  readonly collateralE12: bigint
  readonly valueE12: bigint
  readonly initialE12: bigint
  readonly maintenanceE12: bigint
  readonly closeOutE12: bigint
}

/** How an account stood before and after a liquidation (PROTOCOL section 2, `liquidations`). */
export interface LiquidationRecord {
  /** The cross part first. */
  readonly before: readonly RiskNumbers[]
  readonly after: readonly RiskNumbers[]
  /** Open positions before. */
  readonly positions: readonly {
    readonly position: SimPosition
    readonly figures: PositionFigures
  }[]
  /** Marks of their markets, price ticks. */
  readonly markTicks: ReadonlyMap<number, bigint>
}

export interface AccountOptions {
  readonly l1Address: string
  /** Default: the next free index of its type. */
  readonly accountIndex?: number
  /** Default: master when the address has none yet, else sub-account. */
  readonly accountType?: number
  /** USDC in millionths; default 0n. */
  readonly collateralMicros?: bigint
  /** Default `standard`. */
  readonly tier?: AccountTier
}
