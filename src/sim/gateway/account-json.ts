/**
 * Accounts, positions, balances and limits as the venue writes them (PROTOCOL.md sections 2.1 and 3).
 * @module
 */
import {
  type AccountFigures,
  type SimAccount,
  type SimCore,
  type SimPosition,
} from '../core/core-model.ts'
import { E12_PER_MICRO } from '../core/units.ts'
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
  options: { readonly isActiveOnly: boolean },
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
    metadata: { color: '' },
    positions: positions.map((position) => positionJson(core, account, position)),
    assets: Object.values(assetsJson(figures)),
    total_asset_value: e12ToText(figures.totalValueE12),
    cross_asset_value: e12ToText(figures.crossValueE12),
    cross_initial_margin_requirement: e12ToText(figures.initialMarginE12),
    cross_maintenance_margin_requirement: e12ToText(figures.maintenanceMarginE12),
    shares: [],
    pending_unlocks: [],
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
    total_isolated_order_count: 0,
    pending_order_count: account.pendingOrderCount,
  }
}

/** One position row. The size is absolute, a flat row has sign 1 (PROTOCOL.md section 3). */
export function positionJson(
  core: SimCore,
  account: SimAccount,
  position: SimPosition,
): WireObject {
  const market = marketOf(core, position.marketIndex)
  const figures = core.positionFigures(account.accountIndex, position.marketIndex)
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

/** Balances by asset id. Only USDC exists here, all of it as perps collateral. */
export function assetsJson(figures: AccountFigures): Readonly<Record<string, WireObject>> {
  return {
    [USDC_ASSET_ID]: {
      symbol: 'USDC',
      asset_id: USDC_ASSET_ID,
      balance: '0.000000',
      locked_balance: '0.000000',
      margin_mode: 'disabled',
      margin_balance: e12ToText(figures.collateralE12),
    },
  }
}

/** Tier and fees of an account (`accountLimits`). */
export function limitsJson(account: SimAccount): WireObject {
  return {
    user_tier: account.tier,
    user_tier_name: account.tier,
    user_tier_last_update: 0,
    current_maker_fee_tick: account.makerFeeTick,
    current_taker_fee_tick: account.takerFeeTick,
    max_llp_percentage: 100,
    max_llp_amount: '0.000000',
    leased_lit: '0.00000000',
    effective_lit_stakes: '0.00000000',
    can_create_public_pool: false,
  }
}

/** The `stats` of `user_stats` (PROTOCOL.md section 3: portfolio value, leverage, margin usage). */
export function userStatsJson(core: SimCore, account: SimAccount): WireObject {
  const figures = core.accountFigures(account.accountIndex)
  const stats = statsOf(figures, positionsValueMicros(core, account) * E12_PER_MICRO)
  return {
    account_trading_mode: account.tradingMode,
    ...stats,
    cross_stats: stats,
    total_stats: stats,
  }
}

function statsOf(figures: AccountFigures, positionsValueE12: bigint): WireObject {
  const valueE12 = figures.crossValueE12
  const divisor = valueE12 > 0n ? valueE12 : 1n
  const isSolvent = valueE12 > 0n
  return {
    available_balance: e12ToText(figures.availableE12),
    buying_power: '0',
    collateral: e12ToText(figures.collateralE12),
    leverage: isSolvent ? ratioToText(positionsValueE12, divisor, 2) : '0.00',
    margin_usage: isSolvent ? ratioToText(figures.initialMarginE12 * 100n, divisor, 2) : '0.00',
    portfolio_value: e12ToText(valueE12),
  }
}

function positionsValueMicros(core: SimCore, account: SimAccount): bigint {
  let sum = 0n
  for (const position of account.positions.values()) {
    if (position.sizeTicks === 0n) continue
    sum += core.positionFigures(account.accountIndex, position.marketIndex).valueMicros
  }
  return sum
}

/** Margin fraction in ten-thousandths as percent text: 500 is "5.00". */
function fractionToPercentText(fraction: number): string {
  return ticksToText(BigInt(fraction), 2)
}
