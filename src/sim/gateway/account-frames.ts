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
import { fundingPaymentJson, notificationJson } from './account-history-json.ts'
import { assetsJson, positionJson, userStatsJson } from './account-json.ts'
import { announcementNoticeJson, type AnnouncementNotice } from './announcements.ts'
import type { Channel } from './channel.ts'
import { microsToText } from './decimal-text.ts'
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
  readonly announcements: readonly AnnouncementNotice[]
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
  account_all_trades(telling) {
    const { core, news, isSnapshot } = telling
    if (isSnapshot) return { ...volumes(telling), trades: tradesByMarket(core, news) }
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
      assets: assetsJson(news.account, core.accountFigures(news.account.accountIndex)),
      timestamp: Math.trunc(news.nowMs),
    }
  },
  notification({ core, news, isSnapshot }) {
    const { account, notifications, announcements } = news
    if (!isSnapshot && notifications.length + announcements.length === 0) return undefined
    const announced = announcements.map((notice) =>
      announcementNoticeJson(account.accountIndex, notice),
    )
    const own = notifications.map((notification) => notificationJson(core, notification))
    return { notifs: [...announced, ...own] }
  },
}

function allContent(telling: Telling): WireObject | undefined {
  const { core, news, isSnapshot } = telling
  const isQuiet =
    news.trades.length === 0 &&
    news.positionMarkets.length === 0 &&
    news.fundings.length === 0 &&
    !news.hasBalances
  if (!isSnapshot && isQuiet) return undefined
  const figures = core.accountFigures(news.account.accountIndex)
  return {
    account: news.account.accountIndex,
    assets: isSnapshot || news.hasBalances ? assetsJson(news.account, figures) : null,
    ...(isSnapshot ? { ...counts(telling), ...volumes(telling) } : {}),
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
  return groupByMarket(payments, (payment) => fundingPaymentJson(core, payment))
}

const DAY_MS = 86_400_000
/** A month is 30 days: PROTOCOL.md section 8.3 does not say. */
const PERIODS = { daily: DAY_MS, weekly: 7 * DAY_MS, monthly: 30 * DAY_MS } as const

/** What was traded in the last day, week and month, to the minute or the hour, and ever (PROTOCOL.md section 8.3). */
function volumes({ core, news }: Telling): WireObject {
  const { account, nowMs } = news
  const total = account.volumeMicros
  const since = (periodMs: number): number => {
    const before = core.pnlAt(account.accountIndex, nowMs - periodMs)
    return Number(microsToText(total - (before?.volumeMicros ?? 0n)))
  }
  return {
    daily_volume: since(PERIODS.daily),
    weekly_volume: since(PERIODS.weekly),
    monthly_volume: since(PERIODS.monthly),
    total_volume: Number(microsToText(total)),
  }
}

function counts({ core, news }: Telling): WireObject {
  const { account, nowMs } = news
  const since = (periodMs: number): number =>
    account.tradeCount - (core.pnlAt(account.accountIndex, nowMs - periodMs)?.tradeCount ?? 0)
  return {
    daily_trades_count: since(PERIODS.daily),
    weekly_trades_count: since(PERIODS.weekly),
    monthly_trades_count: since(PERIODS.monthly),
    total_trades_count: account.tradeCount,
  }
}
