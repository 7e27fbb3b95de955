/**
 * Frames of the account channels (PROTOCOL.md section 8.3). A snapshot tells everything; an update only what changed.
 * @module
 */
import type {
  FundingPayment,
  SimAccount,
  SimCore,
  SimNotification,
  SimOrder,
  SimTrade,
} from '../core/core-model.ts'
import { assetsJson, e12ToText, positionJson, userStatsJson } from './account-json.ts'
import type { Channel } from './channel.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { FrameKind } from './market-frames.ts'
import { marketOf, orderJson } from './order-json.ts'
import { tradeJson } from './trade-json.ts'
import { transactionJson, type TransactionRecord } from './transaction-record.ts'
import type { WireObject, WireValue } from './wire-json.ts'

/** What is told in one frame: everything in a snapshot, what changed in an update. */
export interface AccountNews {
  readonly account: SimAccount
  readonly orders: readonly SimOrder[]
  /** Newest first. */
  readonly trades: readonly SimTrade[]
  /** Markets whose position is told. */
  readonly positionMarkets: readonly number[]
  readonly transactions: readonly TransactionRecord[]
  readonly notifications: readonly SimNotification[]
  readonly fundings: readonly FundingPayment[]
  /** Balances changed; always true in a snapshot. */
  readonly hasBalances: boolean
  readonly nowMs: number
}

/** The frame of an account channel, or undefined when an update has nothing for it. */
export function accountFrame(
  kind: FrameKind,
  core: SimCore,
  of: { readonly channel: Channel; readonly news: AccountNews },
): WireObject | undefined {
  const { channel, news } = of
  const content = CONTENT[channel.name]?.({
    core,
    news,
    channel,
    isSnapshot: kind === 'subscribed',
  })
  if (content === undefined) return undefined
  return sortKeys({ ...content, channel: channel.label, type: `${kind}/${channel.name}` })
}

/** The venue writes the outermost members of its frames in alphabetical order. */
function sortKeys(frame: WireObject): WireObject {
  const sorted: Record<string, WireValue | undefined> = {}
  for (const key of Object.keys(frame).sort()) sorted[key] = frame[key]
  return sorted
}

interface Telling {
  readonly core: SimCore
  readonly news: AccountNews
  readonly channel: Channel
  readonly isSnapshot: boolean
}

type Content = (telling: Telling) => WireObject | undefined

const CONTENT: Readonly<Record<string, Content>> = {
  account_all: allContent,
  account_market: marketContent,
  user_stats({ core, news, isSnapshot }) {
    if (!isSnapshot && !news.hasBalances) return undefined
    return { stats: userStatsJson(core, news.account), timestamp: Math.trunc(news.nowMs) }
  },
  account_tx({ news, isSnapshot }) {
    if (!isSnapshot && news.transactions.length === 0) return undefined
    return { txs: news.transactions.map(transactionJson) }
  },
  account_all_orders({ core, news, isSnapshot }) {
    if (!isSnapshot && news.orders.length === 0) return undefined
    return { orders: ordersByMarket(core, news.orders) }
  },
  account_orders({ core, news, channel, isSnapshot }) {
    const orders = news.orders.filter((order) => order.marketIndex === channel.marketIndex)
    if (!isSnapshot && orders.length === 0) return undefined
    const nonce = orders.reduce((top, { bookNonce }) => (bookNonce > top ? bookNonce : top), 0n)
    return {
      account: news.account.accountIndex,
      nonce,
      orders: ordersByMarket(core, orders),
    }
  },
  account_all_trades({ core, news, isSnapshot }) {
    if (isSnapshot) return { ...volumes(news.account), trades: tradesByMarket(core, news) }
    if (news.trades.length === 0) return undefined
    return { trades: tradesByMarket(core, news) }
  },
  account_all_positions({ core, news, isSnapshot }) {
    if (!isSnapshot && news.positionMarkets.length === 0) return undefined
    return { positions: positionsByMarket(core, news), shares: [] }
  },
  account_all_assets({ core, news, isSnapshot }) {
    if (!isSnapshot && !news.hasBalances) return undefined
    return {
      assets: assetsJson(core.accountFigures(news.account.accountIndex)),
      timestamp: Math.trunc(news.nowMs),
    }
  },
  notification({ core, news, isSnapshot }) {
    if (!isSnapshot && news.notifications.length === 0) return undefined
    return {
      notifs: news.notifications.map((notification) => notificationJson(core, notification)),
    }
  },
}

function allContent({ core, news, isSnapshot }: Telling): WireObject | undefined {
  const isQuiet =
    news.trades.length === 0 &&
    news.positionMarkets.length === 0 &&
    news.fundings.length === 0 &&
    !news.hasBalances
  if (!isSnapshot && isQuiet) return undefined
  const figures = core.accountFigures(news.account.accountIndex)
  return {
    account: news.account.accountIndex,
    assets: isSnapshot || news.hasBalances ? assetsJson(figures) : null,
    ...(isSnapshot ? { ...counts(news.account), ...volumes(news.account) } : {}),
    funding_histories: fundingsByMarket(core, news.fundings),
    positions: positionsByMarket(core, news),
    shares: [],
    trades: tradesByMarket(core, news),
  }
}

function marketContent({ core, news, channel, isSnapshot }: Telling): WireObject | undefined {
  const { account } = news
  const isHere = (marketIndex: number) => marketIndex === channel.marketIndex
  const orders = news.orders.filter((order) => isHere(order.marketIndex))
  const trades = news.trades.filter((trade) => isHere(trade.marketIndex))
  const isMoved = news.positionMarkets.some(isHere)
  if (!isSnapshot && orders.length === 0 && trades.length === 0 && !isMoved) return undefined
  const position = isMoved ? account.positions.get(channel.marketIndex ?? -1) : undefined
  return {
    account: account.accountIndex,
    assets: null,
    funding_history: null,
    orders: orders.map((order) => orderJson(order, marketOf(core, order.marketIndex))),
    position: position === undefined ? null : positionJson(core, account, position),
    trades: trades.map((trade) => ownTradeJson(core, trade, account)),
  }
}

function ownTradeJson(core: SimCore, trade: SimTrade, account: SimAccount): WireObject {
  return tradeJson(trade, marketOf(core, trade.marketIndex), account.accountIndex)
}

function groupByMarket<T extends { readonly marketIndex: number }>(
  items: readonly T[],
  write: (item: T) => WireValue,
): WireObject {
  const groups: Record<string, WireValue[]> = {}
  for (const item of items) (groups[item.marketIndex] ??= []).push(write(item))
  return groups
}

function ordersByMarket(core: SimCore, orders: readonly SimOrder[]): WireObject {
  return groupByMarket(orders, (order) => orderJson(order, marketOf(core, order.marketIndex)))
}

function tradesByMarket(core: SimCore, news: AccountNews): WireObject {
  return groupByMarket(news.trades, (trade) => ownTradeJson(core, trade, news.account))
}

function positionsByMarket(core: SimCore, news: AccountNews): WireObject {
  const rows: Record<string, WireObject> = {}
  for (const marketIndex of news.positionMarkets) {
    const position = news.account.positions.get(marketIndex)
    if (position !== undefined) rows[marketIndex] = positionJson(core, news.account, position)
  }
  return rows
}

function fundingsByMarket(core: SimCore, payments: readonly FundingPayment[]): WireObject {
  return groupByMarket(payments, (payment) => {
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
  })
}

/** Figures of four periods; the simulator's accounts are younger than a day, so they are equal. */
function volumes(account: SimAccount): WireObject {
  const volume = Number(microsToText(account.volumeMicros))
  return {
    daily_volume: volume,
    weekly_volume: volume,
    monthly_volume: volume,
    total_volume: volume,
  }
}

function counts({ tradeCount }: SimAccount): WireObject {
  return {
    daily_trades_count: tradeCount,
    weekly_trades_count: tradeCount,
    monthly_trades_count: tradeCount,
    total_trades_count: tradeCount,
  }
}

function notificationJson(core: SimCore, notification: SimNotification): WireObject {
  const market = marketOf(core, notification.marketIndex)
  const at = new Date(notification.createdMs).toISOString()
  return {
    id: notification.id,
    created_at: at,
    updated_at: at,
    kind: notification.kind,
    account_index: notification.accountIndex,
    content: {
      market_index: notification.marketIndex,
      is_ask: notification.sizeBeforeTicks > 0n,
      size: ticksToText(notification.sizeTicks, market.sizeDecimals),
      price: ticksToText(notification.priceTicks, market.priceDecimals),
      usdc_amount: microsToText(notification.quoteMicros),
      timestamp: Math.trunc(notification.createdMs),
    },
    ack: false,
    acked_at: null,
  }
}
