/**
 * Funding payments, notifications and liquidations of an account as the venue writes them (PROTOCOL.md sections 2.1
 * and 8.3).
 * @module
 */
import type {
  FundingPayment,
  RiskNumbers,
  SimAccount,
  SimCore,
  SimNotification,
} from '../core/core-model.ts'
import { assetsJson, e12ToText, positionRow } from './account-json.ts'
import { microsToText, ratioToText, ticksToText } from './decimal-text.ts'
import { marketOf } from './order-json.ts'
import type { WireObject } from './wire-json.ts'

/** One hourly payment; the rate is a fraction (PROTOCOL.md section 2.1, positionFunding). */
export function fundingPaymentJson(core: SimCore, payment: FundingPayment): WireObject {
  const size = payment.sizeTicks < 0n ? -payment.sizeTicks : payment.sizeTicks
  return {
    timestamp: Math.trunc(payment.timestampMs / 1_000),
    market_id: payment.marketIndex,
    funding_id: payment.fundingId,
    change: e12ToText(payment.changeE12),
    discount: '0',
    rate: ticksToText(payment.rateE6, 6),
    position_size: ticksToText(size, marketOf(core, payment.marketIndex).sizeDecimals),
    position_side: payment.sizeTicks < 0n ? 'short' : 'long',
  }
}

/** A liquidation or deleverage as the account is told of it (PROTOCOL.md section 8.3, notification). */
export function notificationJson(core: SimCore, notification: SimNotification): WireObject {
  const market = marketOf(core, notification.marketIndex)
  const { createdMs, ackedMs } = notification
  const timeText = (ms: number) => new Date(ms).toISOString()
  return {
    id: notification.id,
    created_at: timeText(createdMs),
    updated_at: timeText(ackedMs ?? createdMs),
    kind: notification.kind,
    account_index: notification.accountIndex,
    content: {
      market_index: notification.marketIndex,
      is_ask: notification.sizeBeforeTicks > 0n,
      size: ticksToText(notification.sizeTicks, market.sizeDecimals),
      price: ticksToText(notification.priceTicks, market.priceDecimals),
      usdc_amount: microsToText(notification.quoteMicros),
      timestamp: Math.trunc(createdMs),
    },
    ack: ackedMs !== undefined,
    acked_at: ackedMs === undefined ? null : timeText(ackedMs),
  }
}

/**
 * One liquidation (PROTOCOL.md section 2, `liquidations`; keys from the official schema). What the pool takes over is
 * a deleverage in the venue's two types. Risk before and after are those of the whole liquidation, positions those
 * that were open before.
 */
export function liquidationJson(
  core: SimCore,
  account: SimAccount,
  notification: SimNotification,
): WireObject {
  const market = marketOf(core, notification.marketIndex)
  const { record, createdMs, quoteMicros, feeE12 } = notification
  return {
    id: Number(notification.id.split(':').at(-1)),
    market_id: notification.marketIndex,
    type: notification.liquidationType === 'partial' ? 'partial' : 'deleverage',
    trade: {
      price: ticksToText(notification.priceTicks, market.priceDecimals),
      size: ticksToText(notification.sizeTicks, market.sizeDecimals),
      // As a fraction of the notional; the one that is liquidated is the taker.
      taker_fee: quoteMicros === 0n ? '0.000000' : ratioToText(feeE12, quoteMicros * 1_000_000n, 6),
      maker_fee: '0.000000',
      transaction_time: Math.trunc(createdMs * 1_000),
    },
    info: {
      positions: (record?.positions ?? []).map(({ position, figures }) =>
        positionRow(marketOf(core, position.marketIndex), position, figures),
      ),
      risk_info_before: riskJson(record?.before ?? []),
      risk_info_after: riskJson(record?.after ?? []),
      mark_prices: marksJson(core, record?.markTicks ?? new Map<number, bigint>()),
      assets: Object.values(assetsJson(account, core.accountFigures(account.accountIndex))),
      asset_index_prices: { 3: '1.000000' },
    },
    executed_at: Math.trunc(createdMs),
  }
}

function riskJson([cross, ...isolated]: readonly RiskNumbers[]): WireObject {
  return {
    cross_risk_parameters: cross === undefined ? {} : riskParameters(cross),
    isolated_risk_parameters: isolated.map(riskParameters),
  }
}

function riskParameters(risk: RiskNumbers): WireObject {
  const value = e12ToText(risk.valueE12)
  return {
    market_id: risk.marketIndex,
    collateral: e12ToText(risk.collateralE12),
    total_account_value: value,
    initial_margin_req: e12ToText(risk.initialE12),
    maintenance_margin_req: e12ToText(risk.maintenanceE12),
    close_out_margin_req: e12ToText(risk.closeOutE12),
    total_account_liquidation_threshold: e12ToText(risk.maintenanceE12),
    usdc_collateral_with_funding: e12ToText(risk.collateralE12),
    usdc_portfolio_value: value,
  }
}

/** JSON numbers, as the schema has them. */
function marksJson(core: SimCore, markTicks: ReadonlyMap<number, bigint>): WireObject {
  return Object.fromEntries(
    [...markTicks].map(([marketIndex, ticks]) => [
      marketIndex,
      Number(ticksToText(ticks, marketOf(core, marketIndex).priceDecimals)),
    ]),
  )
}
