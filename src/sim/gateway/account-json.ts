/**
 * Accounts, positions, balances and limits as the venue writes them (PROTOCOL.md sections 2.1 and 3).
 * @module
 */
import {
  type AccountFigures,
  type PositionFigures,
  type SimAccount,
  type SimCore,
  type SimMarket,
  type SimPosition,
} from '../core/core-model.ts'
import { E12_PER_MICRO, FRACTION_ONE } from '../core/units.ts'
import { microsToText, ratioToText, ticksToText } from './decimal-text.ts'
import { marketOf } from './order-json.ts'
import type { WireObject } from './wire-json.ts'

const USDC_ASSET_ID = 3

/** 1e-12 USDC as text with six places, cut towards zero. */
export function e12ToText(amountE12: bigint): string {
  return microsToText(amountE12 / E12_PER_MICRO)
}

/** An account with its positions, as `account` lists it. */
export function accountJson(
  core: SimCore,
  account: SimAccount,
  options: { readonly isActiveOnly: boolean; readonly color?: string },
): WireObject {
  const figures = core.accountFigures(account.accountIndex)
  const positions = [...account.positions.values()].filter(
    (position) => !options.isActiveOnly || position.sizeTicks !== 0n,
  )
  return {
    ...accountHead(account),
    available_balance: e12ToText(figures.availableE12),
    status: 1,
    collateral: e12ToText(figures.collateralE12),
    transaction_time: account.transactionTimeUs,
    account_trading_mode: account.tradingMode,
    account_index: account.accountIndex,
    name: '',
    description: '',
    can_invite: true,
    referral_points_percentage: '',
    can_rfq: false,
    can_rfq_market_ids: null,
    created_at: account.createdMs,
    metadata: { color: options.color ?? '' },
    positions: positions.map((position) => positionJson(core, account, position)),
    assets: Object.values(assetsJson(account, figures)),
    total_asset_value: e12ToText(figures.totalValueE12),
    cross_asset_value: e12ToText(figures.crossValueE12),
    cross_initial_margin_requirement: e12ToText(figures.initialMarginE12),
    cross_maintenance_margin_requirement: e12ToText(figures.maintenanceMarginE12),
    shares: [],
    pending_unlocks: [],
    ...approvedJson(account),
  }
}

/** An account as `accountsByL1Address` lists it: its balances are left empty there. */
export function subAccountJson(account: SimAccount): WireObject {
  return {
    ...accountHead(account),
    available_balance: '',
    status: 0,
    collateral: e12ToText(account.collateralE12),
    account_trading_mode: account.tradingMode,
    transaction_time: 0,
  }
}

function accountHead(account: SimAccount): WireObject {
  return {
    code: 0,
    account_type: account.accountType,
    index: account.accountIndex,
    l1_address: account.l1Address,
    cancel_all_time: account.cancelAllTimeMs,
    total_order_count: account.totalOrderCount,
    total_isolated_order_count: isolatedOrderCount(account),
    pending_order_count: account.pendingOrderCount,
  }
}

/** Orders in markets whose margin mode is isolated (PROTOCOL.md section 3). */
function isolatedOrderCount({ positions }: SimAccount): number {
  let count = 0
  for (const { marginMode, openOrderCount, pendingOrderCount } of positions.values()) {
    if (marginMode === 1) count += openOrderCount + pendingOrderCount
  }
  return count
}

/** One row of `accountMetadata` (PROTOCOL.md section 2.1). Names and descriptions belong to pools, of which there are none. */
export function metadataJson(account: SimAccount): WireObject {
  return {
    account_index: account.accountIndex,
    name: '',
    description: '',
    can_invite: true,
    referral_points_percentage: '',
    created_at: account.createdMs,
    can_rfq: false,
    can_rfq_market_ids: null,
  }
}

/** One position row. The size is absolute, a flat row has sign 1 (PROTOCOL.md section 3). */
export function positionJson(
  core: SimCore,
  account: SimAccount,
  position: SimPosition,
): WireObject {
  const figures = core.positionFigures(account.accountIndex, position.marketIndex)
  return positionRow(marketOf(core, position.marketIndex), position, figures)
}

/** A position row with figures of any moment (PROTOCOL.md section 3). */
export function positionRow(
  market: SimMarket,
  position: SimPosition,
  figures: PositionFigures,
): WireObject {
  const size = position.sizeTicks < 0n ? -position.sizeTicks : position.sizeTicks
  return {
    market_id: position.marketIndex,
    symbol: market.symbol,
    initial_margin_fraction: fractionToPercentText(figures.effectiveImf),
    open_order_count: position.openOrderCount,
    pending_order_count: position.pendingOrderCount,
    position_tied_order_count: position.positionTiedOrderCount,
    sign: position.sizeTicks < 0n ? -1 : 1,
    position: ticksToText(size, market.sizeDecimals),
    avg_entry_price:
      size === 0n
        ? ticksToText(0n, market.priceDecimals)
        : ratioToText(
            position.entryQuoteMicros * 10n ** BigInt(market.sizeDecimals),
            size * 1_000_000n,
            market.priceDecimals,
          ),
    position_value: microsToText(figures.valueMicros),
    unrealized_pnl: microsToText(figures.unrealizedPnlMicros),
    realized_pnl: microsToText(position.realizedPnlMicros),
    liquidation_price:
      figures.liquidationPriceE12 === 0n ? '0' : ticksToText(figures.liquidationPriceE12, 12),
    total_funding_paid_out: e12ToText(position.fundingPaidE12),
    margin_mode: position.marginMode,
    margin_set_flag: position.initialMarginFraction === 0 ? 0 : 1,
    allocated_margin: e12ToText(position.allocatedMarginE12),
    total_discount: '0.000000',
  }
}

/** Integrators that may charge the account; the key is left out while there are none, as in captures (PROTOCOL.md 3). */
function approvedJson({ integrators }: SimAccount): WireObject {
  if (integrators.size === 0) return {}
  const rows = [...integrators].map(([accountIndex, approval]) => ({
    account_index: accountIndex,
    name: '',
    max_perps_taker_fee: approval.maxPerpsTakerFeeTick,
    max_perps_maker_fee: approval.maxPerpsMakerFeeTick,
    max_spot_taker_fee: approval.maxSpotTakerFeeTick,
    max_spot_maker_fee: approval.maxSpotMakerFeeTick,
    approval_expiry: approval.expiryMs,
  }))
  return { approved_integrators: rows }
}

/** Balances by asset id. Only USDC exists here, all of it as perps collateral. */
export function assetsJson(
  account: SimAccount,
  figures: AccountFigures,
): Readonly<Record<string, WireObject>> {
  return {
    [USDC_ASSET_ID]: {
      symbol: 'USDC',
      asset_id: USDC_ASSET_ID,
      balance: '0.000000',
      locked_balance: '0.000000',
      margin_mode: account.usdcMarginMode === 1 ? 'enabled' : 'disabled',
      margin_balance: e12ToText(figures.collateralE12),
    },
  }
}

/** Tier and fees of an account (`accountLimits`). */
export function limitsJson(account: SimAccount): WireObject {
  return {
    user_tier: account.tier,
    user_tier_name: account.tier,
    user_tier_last_update: Math.trunc(account.tierChangedMs),
    current_maker_fee_tick: account.makerFeeTick,
    current_taker_fee_tick: account.takerFeeTick,
    max_llp_percentage: 100,
    max_llp_amount: '0.000000',
    leased_lit: '0.00000000',
    effective_lit_stakes: '0.00000000',
    can_create_public_pool: false,
  }
}

/**
 * The `stats` of `user_stats` (PROTOCOL.md section 3). Its formulas are those of the cross part, which the outer figures
 * repeat; `total_stats` adds isolated positions with their margin. Captures show all three equal: what the venue puts
 * outside when they differ is not known.
 */
export function userStatsJson(core: SimCore, account: SimAccount): WireObject {
  const figures = core.accountFigures(account.accountIndex)
  const { crossValueE12, collateralE12, initialMarginE12 } = figures
  const values = positionValues(core, account)
  const cross = statsOf(figures, {
    valueE12: crossValueE12,
    collateralE12,
    initialMarginE12,
    positionsE12: values.crossE12,
  })
  const total = statsOf(figures, {
    valueE12: figures.totalValueE12,
    collateralE12: collateralE12 + values.isolatedMarginE12,
    initialMarginE12: initialMarginE12 + values.isolatedInitialE12,
    positionsE12: values.crossE12 + values.isolatedE12,
  })
  return {
    account_trading_mode: account.tradingMode,
    ...cross,
    cross_stats: cross,
    total_stats: total,
  }
}

interface StatsPart {
  readonly valueE12: bigint
  readonly collateralE12: bigint
  readonly initialMarginE12: bigint
  readonly positionsE12: bigint
}

/** Isolated margin cannot be used elsewhere: what is available is the cross part's in all figures. */
function statsOf({ availableE12 }: AccountFigures, part: StatsPart): WireObject {
  const { valueE12 } = part
  const isSolvent = valueE12 > 0n
  const divisor = isSolvent ? valueE12 : 1n
  return {
    available_balance: e12ToText(availableE12),
    buying_power: '0',
    collateral: e12ToText(part.collateralE12),
    leverage: isSolvent ? ratioToText(part.positionsE12, divisor, 2) : '0.00',
    margin_usage: isSolvent ? ratioToText(part.initialMarginE12 * 100n, divisor, 2) : '0.00',
    portfolio_value: e12ToText(valueE12),
  }
}

function positionValues(core: SimCore, account: SimAccount) {
  const sums = { crossE12: 0n, isolatedE12: 0n, isolatedMarginE12: 0n, isolatedInitialE12: 0n }
  for (const position of account.positions.values()) {
    if (position.sizeTicks === 0n) continue
    const figures = core.positionFigures(account.accountIndex, position.marketIndex)
    const valueE12 = figures.valueMicros * E12_PER_MICRO
    if (position.marginMode === 0) {
      sums.crossE12 += valueE12
      continue
    }
    sums.isolatedE12 += valueE12
    sums.isolatedMarginE12 += position.allocatedMarginE12
    sums.isolatedInitialE12 += (valueE12 * BigInt(figures.effectiveImf)) / FRACTION_ONE
  }
  return sums
}

/** Margin fraction in ten-thousandths as percent text: 500 is "5.00". */
function fractionToPercentText(fraction: number): string {
  return ticksToText(BigInt(fraction), 2)
}
