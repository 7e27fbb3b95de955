/**
 * What the venue says about one account or market right now, every value known with its age or unknown.
 * @module
 */
import type { Dec } from './decimal.ts'
import { ZERO } from './decimal.ts'
import type { Known } from './known.ts'
import type { OrderSide } from './side.ts'

/** One account's position in one market. */
export interface VenuePosition {
  readonly marketIndex: number
  /** Signed base size: long positive, short negative, zero when flat. */
  readonly signedBase: Dec
  readonly entryPrice: Dec
  readonly unrealizedPnlUsd: Dec
  readonly realizedPnlUsd: Dec
  /** Undefined when the venue says there is none. */
  readonly liquidationPrice: Dec | undefined
  /** Plain fraction, 0.1 = 10x. */
  readonly initialMarginFraction: Dec
  readonly marginMode: 'cross' | 'isolated'
  readonly fundingPaidUsd: Dec | undefined
  /** False while fills are known that this row does not contain yet (channels arrive in any order; rule 3). */
  readonly isSettled: boolean
  readonly atMs: number
}

/** Money of one account, USD. */
export interface VenueBalances {
  readonly collateralUsd: Dec
  readonly portfolioUsd: Dec
  readonly availableUsd: Dec
  /** Initial margin requirement as percent of the portfolio. */
  readonly marginUsagePct: Dec | undefined
}

/** An order as the venue shows it, live or ended. */
export interface VenueOrder {
  /** The venue's 60-bit index as text. */
  readonly orderIndex: string
  readonly clientOrderIndex: number
  readonly marketIndex: number
  readonly side: OrderSide
  /** The venue's words: `limit`, `market`, `stop-loss`, ... */
  readonly type: string
  /** The venue's words: `open`, `pending`, `filled`, `canceled-...` */
  readonly status: string
  readonly isLive: boolean
  readonly isReduceOnly: boolean
  readonly initialBase: Dec
  readonly remainingBase: Dec
  readonly filledBase: Dec
  readonly filledQuoteUsd: Dec
  readonly price: Dec
  readonly triggerPrice: Dec | undefined
  readonly expiresAtMs: number | undefined
  readonly atMs: number
}

/** One execution of one of the account's orders. `atMs` is the venue's time in milliseconds. */
export interface VenueFill {
  readonly tradeId: string
  readonly marketIndex: number
  readonly clientOrderIndex: number
  readonly side: OrderSide
  readonly baseSize: Dec
  readonly price: Dec
  readonly feeUsd: Dec
  readonly realizedPnlUsd: Dec | undefined
  /** The other account of the trade, as text (indices reach 2^48). */
  readonly counterAccountIndex: string
  /** `trade`, `liquidation`, `deleverage`, `market-settlement` */
  readonly type: string
  /** Signed position of this account right after the fill, when the trade says so. */
  readonly signedBaseAfter: Dec | undefined
  readonly atMs: number
}

/** Everything known about one account. */
export interface AccountView {
  /** True while the socket is proven alive and every stream has delivered its snapshot. */
  readonly isLive: boolean
  /** When the last proof of life (frame or pong) arrived; undefined when never. */
  readonly lastAliveAtMs: number | undefined
  /** By market index; a market without a row was never touched: flat. */
  readonly positions: Known<ReadonlyMap<number, VenuePosition>>
  /** Live orders of the account, ours and foreign. */
  readonly liveOrders: Known<readonly VenueOrder[]>
  readonly balances: Known<VenueBalances>
}

/** One price level of a book: USD and base coins. */
export interface BookLevel {
  readonly price: Dec
  readonly baseSize: Dec
}

/** Prices of one market. Levels best first. */
export interface MarketView {
  readonly mark: Known<Dec>
  readonly index: Known<Dec>
  readonly bids: Known<readonly BookLevel[]>
  readonly asks: Known<readonly BookLevel[]>
}

/** The position of an account in a market, unknown when the account is unknown, flat when it has no row. */
export function positionIn(
  view: AccountView,
  marketIndex: number,
): Known<VenuePosition | undefined> {
  if (!view.positions.isKnown) return view.positions
  return {
    isKnown: true,
    value: view.positions.value.get(marketIndex),
    atMs: view.positions.atMs,
  }
}

/** What an account holds in a market, long positive; undefined while that is unknown or behind its fills. */
export function settledBaseIn(view: AccountView, marketIndex: number): Dec | undefined {
  const row = positionIn(view, marketIndex)
  if (!row.isKnown || row.value?.isSettled === false) return undefined
  return row.value?.signedBase ?? ZERO
}

/** Orders fills by their trades, older first: trade ids are digits without leading zeros and grow with time. */
export function compareTrades(
  { tradeId: a }: Pick<VenueFill, 'tradeId'>,
  { tradeId: b }: Pick<VenueFill, 'tradeId'>,
): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}
