/**
 * The documents of `watch --json`, one a line (CLI.md "JSON"): the names of the other commands, null for unknown.
 * @module
 */
import type { ExitCode } from '../../errors.ts'
import { documentHead } from '../error-document.ts'
import type { LiveEvent, LiveHedge, LiveLeg, LiveSummary, LiveView } from './live-view.ts'

/** Everything there is, now. `exit` is what `watch --once` would end with. */
export function watchDocument(view: LiveView, exit: ExitCode) {
  const { summary } = view
  return {
    ...head(summary, exit),
    kind: 'summary',
    hedges: view.hedges.map(hedgeJson),
    totals: totalsJson(summary),
    markets: summary.markets.map((market) => ({
      market: market.symbol,
      mark_price: market.markPrice ?? null,
      mark_age_ms: market.markAgeMs ?? null,
      best_bid: market.bestBid ?? null,
      best_ask: market.bestAsk ?? null,
    })),
    request_budgets: summary.budgets.map(({ owner, left, limit }) => ({
      owner,
      left: left ?? null,
      limit,
    })),
    openings_paused: summary.isOpeningPaused,
  }
}

/** One event. */
export function watchEventDocument(summary: LiveSummary, event: LiveEvent, exit: ExitCode) {
  return {
    ...head({ ...summary, atMs: event.atMs }, exit),
    kind: 'event',
    event: {
      level: event.level,
      kind: event.kind,
      message: event.message,
      hedge_id: event.hedgeId ?? null,
      account: event.account ?? null,
    },
  }
}

function head({ atMs, network }: LiveSummary, exit: ExitCode) {
  return documentHead({ command: 'watch', atMs, network, exit })
}

function hedgeJson(hedge: LiveHedge) {
  return {
    hedge_id: hedge.hedgeId,
    name: hedge.name,
    market: hedge.market,
    state: hedge.state,
    target: hedge.target,
    cause: hedge.cause ?? null,
    legs: hedge.legs.map((leg) => legJson(leg, hedge.market)),
    net_exposure_base: hedge.netExposureBase ?? null,
    net_exposure_usd: hedge.netExposureUsd ?? null,
    unrealized_pnl_usd: hedge.unrealizedPnlUsd ?? null,
    realized_pnl_usd: hedge.realizedPnlUsd ?? null,
    fees_usd: hedge.feesUsd ?? null,
    funding_paid_usd: hedge.fundingPaidUsd ?? null,
    leg_gap_ms: hedge.legGapMs ?? null,
    naked_ms: hedge.nakedMs,
    stop_state: hedge.stopState,
    is_exposed: hedge.isExposed,
    is_unknown: hedge.isUnknown,
  }
}

function legJson(leg: LiveLeg, market: string) {
  return {
    account: leg.account,
    account_index: leg.accountIndex,
    market,
    side: leg.side,
    base_size: orNull(leg.baseSize),
    entry_price: orNull(leg.entryPrice),
    mark_price: orNull(leg.markPrice),
    unrealized_pnl_usd: orNull(leg.unrealizedPnlUsd),
    margin_usage_pct: orNull(leg.marginUsagePct),
    liquidation_price: orNull(leg.liquidationPrice),
    liquidation_distance_pct: orNull(leg.liquidationDistancePct),
    stop_price: orNull(leg.stopPrice),
    stop_distance_pct: orNull(leg.stopDistancePct),
    stop_state: leg.stopState,
    egress: leg.egress,
    age_ms: orNull(leg.ageMs),
    funding_paid_usd: orNull(leg.fundingPaidUsd),
    fees_usd: orNull(leg.feesUsd),
  }
}

function totalsJson({ totals }: LiveSummary) {
  return {
    hedges: totals.hedges,
    open: totals.open,
    net_exposure_usd: totals.netExposureUsd ?? null,
    unrealized_pnl_usd: totals.unrealizedPnlUsd ?? null,
    realized_pnl_usd: totals.realizedPnlUsd ?? null,
    fees_usd: totals.feesUsd ?? null,
    funding_paid_usd: totals.fundingPaidUsd ?? null,
    naked_ms: totals.nakedMs,
    exposed: totals.exposed,
    unprotected: totals.unprotected,
    unknown: totals.unknown,
  }
}

function orNull<T>(value: T | undefined): T | null {
  return value ?? null
}
