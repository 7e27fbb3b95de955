/**
 * Hedges, legs and totals as every document has them (CLI.md "JSON"): snake_case, money and sizes as text, null for
 * what is unknown.
 * @module
 */
import type { HedgeReport, LegReport } from '../engine/hedge-report.ts'
import type { Dec } from '../hedge/decimal.ts'
import { stopDistancePct } from './stop-distance.ts'
import { legGapMs, plainSum, summarizeHedges } from './summarize-hedges.ts'

/** Where a leg's loss reaches its threshold; undefined when nothing looks at it. */
export type StopPriceOf = (legIndex: number) => Dec | undefined

/** One hedge; with its loss limits when somebody watches them. */
export function hedgeJson(report: HedgeReport, stopPriceOf?: StopPriceOf) {
  return {
    hedge_id: report.hedgeId,
    name: report.name,
    market: report.market,
    state: report.state,
    target: report.target,
    cause: report.cause ?? null,
    legs: report.legs.map((leg, at) => ({
      ...legJson(leg, report),
      ...(stopPriceOf === undefined ? {} : stopJson(leg, stopPriceOf(at))),
    })),
    leverage: decimalJson(report.leverage),
    net_exposure_base: decimalJson(report.netExposureBase),
    net_exposure_usd: decimalJson(report.netExposureUsd),
    unrealized_pnl_usd: decimalJson(report.unrealizedPnlUsd),
    realized_pnl_usd: decimalJson(report.realizedPnlUsd),
    fees_usd: decimalJson(report.feesUsd),
    funding_paid_usd: decimalJson(report.fundingPaidUsd),
    leg_gap_ms: legGapMs(report) ?? null,
    opening_leg_gap_ms: report.openingLegGapMs ?? null,
    closing_leg_gap_ms: report.closingLegGapMs ?? null,
    naked_ms: report.nakedMs,
    fills: report.fills,
    own_fills: report.ownFills,
    stop_state: report.stopState,
    is_exposed: report.isExposed,
    is_unknown: report.isUnknown,
  }
}

function legJson(leg: LegReport, report: HedgeReport) {
  return {
    account: leg.account,
    account_index: leg.accountIndex,
    market: report.market,
    side: leg.side,
    base_size: decimalJson(leg.baseSize),
    planned_base_size: decimalJson(leg.plannedBase),
    entry_price: decimalJson(leg.entryPrice),
    mark_price: decimalJson(leg.markPrice),
    unrealized_pnl_usd: decimalJson(leg.unrealizedPnlUsd),
    margin_usage_pct: decimalJson(leg.marginUsagePct),
    liquidation_price: decimalJson(leg.liquidationPrice),
    liquidation_distance_pct: decimalJson(leg.liquidationDistancePct),
    stop_state: leg.stopState,
    stop_down_price: decimalJson(leg.stopDown),
    stop_up_price: decimalJson(leg.stopUp),
    egress: leg.egress,
    home_egress: leg.homeEgress,
    age_ms: leg.ageMs ?? null,
    funding_paid_usd: decimalJson(leg.fundingPaidUsd),
    fees_usd: decimalJson(leg.feesUsd),
  }
}

function stopJson(leg: LegReport, stopPrice: Dec | undefined) {
  return {
    stop_price: decimalJson(stopPrice),
    stop_distance_pct: decimalJson(stopDistancePct(leg.markPrice, stopPrice)),
  }
}

/** Sums over hedges. */
export function totalsJson(reports: readonly HedgeReport[]) {
  const summary = summarizeHedges(reports)
  return {
    hedges: summary.hedges,
    open: summary.open,
    net_exposure_usd: plainSum(summary.netExposureUsd) ?? null,
    unrealized_pnl_usd: plainSum(summary.unrealizedPnlUsd) ?? null,
    realized_pnl_usd: plainSum(summary.realizedPnlUsd) ?? null,
    fees_usd: plainSum(summary.feesUsd) ?? null,
    funding_paid_usd: plainSum(summary.fundingPaidUsd) ?? null,
    leg_gap_ms: summary.legGapMs ?? null,
    naked_ms: summary.nakedMs,
    fills: summary.fills,
    own_fills: summary.ownFills,
    exposed: summary.exposed,
    unprotected: summary.unprotected,
    unknown: summary.unknown,
  }
}

/** A decimal without exponent; null when unknown. */
export function decimalJson(value: Dec | undefined): string | null {
  return value?.toFixed() ?? null
}
