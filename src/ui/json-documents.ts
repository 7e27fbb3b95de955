/**
 * The documents of `--json` (CLI.md "JSON"): snake_case, money and sizes as text, null for what is unknown. Fields may be
 * added, never renamed.
 * @module
 */
import type { HedgeReport } from '../engine/hedge-report.ts'
import type { PlanView } from '../engine/plan-view.ts'
import type { OrderList } from '../engine/venue-orders.ts'
import type { ExitCode } from '../errors.ts'
import { documentHead } from './error-document.ts'
import type { DocumentContext } from './error-document.ts'
import { decimalJson as text, hedgeJson, totalsJson } from './hedges-json.ts'
import type { AccountView } from './render-accounts.ts'
import type { ShownTree } from './render-config.ts'
import type { PointView } from './render-points.ts'
import { storyEntries } from './render-story.ts'
import type { StoryView } from './render-story.ts'

/** What every document of a finished run needs. */
export interface ResultContext extends DocumentContext {
  readonly exit: ExitCode
}

/** `open`, `close`, `status`: hedges and totals. */
export function hedgesDocument(context: ResultContext, reports: readonly HedgeReport[]) {
  return {
    ...documentHead(context),
    hedges: reports.map((report) => hedgeJson(report)),
    totals: totalsJson(reports),
  }
}

/** `check`: every finding. */
export function checkDocument(context: ResultContext, points: readonly PointView[]) {
  return { ...documentHead(context), points: pointsJson(points) }
}

/** `accounts`. */
export function accountsDocument(context: ResultContext, accounts: readonly AccountView[]) {
  return { ...documentHead(context), accounts: accounts.map(accountJson) }
}

/** `orders list`. */
export function ordersDocument(context: ResultContext, list: OrderList) {
  return {
    ...documentHead(context),
    orders: list.orders.map(({ account, accountIndex, origin, symbol, order }) => ({
      account,
      account_index: accountIndex,
      origin,
      market: symbol,
      order_index: order.orderIndex,
      client_order_index: order.clientOrderIndex,
      side: order.side,
      type: order.type,
      status: order.status,
      is_reduce_only: order.isReduceOnly,
      base_size: text(order.initialBase),
      filled_base_size: text(order.filledBase),
      price: text(order.price),
      trigger_price: text(order.triggerPrice),
      expires_at: isoTime(order.expiresAtMs),
    })),
    unknown_accounts: list.unknown.map(({ account, reason }) => ({ account, reason })),
  }
}

/** `explain`: the hedge and its story in time order, with every transaction in full. */
export function explainDocument(context: ResultContext, view: StoryView) {
  const { hedge, orders } = view
  return {
    ...documentHead(context),
    hedge: {
      hedge_id: hedge.hedgeId,
      name: hedge.name,
      market: hedge.symbol,
      state: hedge.state,
      cause: hedge.cause ?? null,
      created_at: isoTime(hedge.createdAtMs),
      opened_at: isoTime(hedge.openedAtMs),
      closed_at: isoTime(hedge.closedAtMs),
    },
    story: storyEntries(view).map(({ atMs, kind, account, text: what, details }) => ({
      at: isoTime(atMs),
      kind,
      account: account ?? null,
      text: what,
      details,
    })),
    orders: orders.map((order) => ({
      order_id: order.orderId,
      account: order.account,
      account_index: order.accountIndex,
      api_key_index: order.apiKeyIndex,
      purpose: order.purpose,
      reason: order.reason,
      side: order.side ?? null,
      base_size: text(order.baseSize),
      price: text(order.price),
      is_reduce_only: order.isReduceOnly,
      nonce: order.nonce,
      tx_hash: order.txHash,
      client_order_index: order.clientOrderIndex,
      state: order.state,
      sends: order.sends,
      filled_base_size: text(order.filledBase),
      average_price: text(order.averagePrice),
      outcome: order.outcome ?? null,
      prepared_at: isoTime(order.preparedAtMs),
      answered_at: isoTime(order.answeredAtMs),
      settled_at: isoTime(order.settledAtMs),
    })),
  }
}

/** `config show`. */
export function configDocument(context: ResultContext, config: ShownTree) {
  return { ...documentHead(context), config }
}

/** Anything small: `pause`, `resume`, `orders cancel`, `sim`, `demo`. Keys are snake_case. */
export function plainDocument(context: ResultContext, fields: Readonly<Record<string, ShownTree>>) {
  return { ...documentHead(context), ...fields }
}

/** A plan inside the document of `open`. */
export function planDocument(view: PlanView) {
  return {
    market: view.symbol,
    mark_price: text(view.mark),
    leverage: text(view.leverage),
    stop_loss_usd: text(view.stopLossUsd),
    exchange_stop_usd: text(view.exchangeStopUsd),
    notional_usd: text(view.totalNotionalUsd),
    margin_usd: text(view.totalMarginUsd),
    expected_cost_usd: text(view.totalCostUsd),
    last_starts_in_ms: view.lastStartMs,
    hedges: view.hedges.map((hedge) => ({
      name: hedge.name,
      starts_in_ms: hedge.startMs,
      notional_usd: text(hedge.notionalUsd),
      expected_cost_usd: text(hedge.costUsd),
      stop_down_price: text(hedge.stopDown),
      stop_up_price: text(hedge.stopUp),
      stop_distance_pct: text(hedge.stopDistancePct),
      is_stop_reachable: hedge.isStopReachable,
      legs: hedge.legs.map((leg) => ({
        account: leg.account,
        account_index: leg.accountIndex,
        side: leg.side,
        base_size: text(leg.baseSize),
        worst_price: text(leg.worstPrice),
        notional_usd: text(leg.notionalUsd),
        margin_usd: text(leg.marginUsd),
        available_usd: text(leg.availableUsd),
        liquidation_price: text(leg.liquidationPrice),
        liquidation_distance_pct: text(leg.liquidationDistancePct),
      })),
    })),
  }
}

function pointsJson(points: readonly PointView[]) {
  return points.map(({ code, level, path, message, hint }) => ({
    code,
    level,
    path,
    message,
    hint: hint ?? null,
  }))
}

function accountJson(view: AccountView) {
  return {
    account: view.account,
    account_index: view.accountIndex,
    api_key_index: view.apiKeyIndex,
    enabled: view.isEnabled,
    owner: view.ownerAddress ?? null,
    tier: view.tier ?? null,
    balance_usd: text(view.balanceUsd),
    available_usd: text(view.availableUsd),
    positions:
      view.positions?.map(({ market, side, baseSize, unrealizedPnlUsd }) => ({
        market,
        side,
        base_size: text(baseSize),
        unrealized_pnl_usd: text(unrealizedPnlUsd),
      })) ?? null,
    egress: view.egress,
    problem: view.problem ?? null,
  }
}

function isoTime(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString()
}
