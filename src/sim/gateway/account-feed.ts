/**
 * Feeds of the account channels: what concerns an account that somebody listens to is gathered and told when the
 * stroke is over.
 * @module
 */
import { assert } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import type {
  CoreEvent,
  FundingPayment,
  SimAccount,
  SimCore,
  SimNotification,
  SimOrder,
  SimTrade,
} from '../core/core-model.ts'
import { accountFrame, type AccountNews } from './account-frames.ts'
import type { Announcements } from './announcements.ts'
import type { Channel } from './channel.ts'
import type { Listeners } from './listeners.ts'
import { createMarkFollower } from './mark-follower.ts'
import type { TransactionStore } from './transaction-store.ts'
import { toWireJson } from './wire-json.ts'

const SNAPSHOT_TRADES = 100
const SNAPSHOT_TRANSACTIONS = 50

export interface AccountFeed {
  /** Notes an event; true when a flush has something to tell. */
  note(event: CoreEvent): boolean
  noteTransaction(accountIndex: number, hash: string): void
  /** The venue has announced something to everybody. */
  noteAnnouncement(id: string): void
  flush(): void
  /** The first frame of a subscription. */
  snapshot(channel: Channel): string
}

export interface AccountFeedOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly store: TransactionStore
  readonly listeners: Listeners
  readonly announcements: Announcements
  readonly userStatsIntervalMs: number
}

/** What has gathered for one account. */
interface Gathered {
  readonly orders: Map<bigint, SimOrder>
  /** Newest first. */
  readonly trades: SimTrade[]
  readonly positionMarkets: Set<number>
  readonly hashes: string[]
  readonly notifications: SimNotification[]
  readonly announced: string[]
  readonly fundings: FundingPayment[]
  hasBalances: boolean
}

/** Creates the feeds of all account channels. */
export function createAccountFeed(options: AccountFeedOptions): AccountFeed {
  const { core, listeners } = options
  const gathered = new Map<number, Gathered>()
  const marks = createMarkFollower(options)

  const newsOf = (accountIndex: number): Gathered | undefined => {
    if (!listeners.hasAccount(accountIndex)) return undefined
    const news = gathered.get(accountIndex) ?? nothingYet()
    gathered.set(accountIndex, news)
    return news
  }
  return {
    note(event) {
      if (event.type === 'book') return false
      if (event.type === 'mark') return marks.note(event.marketIndex)
      noteEvent(event, newsOf)
      return gathered.size > 0
    },
    noteTransaction(accountIndex, hash) {
      newsOf(accountIndex)?.hashes.push(hash)
    },
    noteAnnouncement(id) {
      for (const accountIndex of listeners.accounts()) newsOf(accountIndex)?.announced.push(id)
    },
    flush() {
      for (const [accountIndex, news] of gathered) publishNews(options, accountIndex, news)
      gathered.clear()
      marks.flush()
    },
    snapshot(channel) {
      const news = snapshotNews(options, channel)
      const frame = accountFrame('subscribed', core, { channel, news })
      assert(frame !== undefined, `channel ${channel.key} has a snapshot`)
      return toWireJson(frame)
    },
  }
}

function nothingYet(): Gathered {
  return {
    orders: new Map(),
    trades: [],
    positionMarkets: new Set(),
    hashes: [],
    notifications: [],
    announced: [],
    fundings: [],
    hasBalances: false,
  }
}

type NewsOf = (accountIndex: number) => Gathered | undefined

function noteEvent(event: CoreEvent, newsOf: NewsOf): void {
  if (event.type === 'trade') noteTrade(event.trade, newsOf)
  else if (event.type === 'order') {
    newsOf(event.order.accountIndex)?.orders.set(event.order.orderIndex, event.order)
  } else if (event.type === 'position') {
    newsOf(event.accountIndex)?.positionMarkets.add(event.position.marketIndex)
  } else if (event.type === 'account') {
    const news = newsOf(event.account.accountIndex)
    if (news !== undefined) news.hasBalances = true
  } else noteRareEvent(event, newsOf)
}

function noteTrade(trade: SimTrade, newsOf: NewsOf): void {
  for (const accountIndex of new Set([trade.ask.accountIndex, trade.bid.accountIndex])) {
    newsOf(accountIndex)?.trades.unshift(trade)
  }
}

function noteRareEvent(event: CoreEvent, newsOf: NewsOf): void {
  if (event.type === 'transaction') {
    newsOf(event.result.accountIndex)?.hashes.push(event.result.hash)
  } else if (event.type === 'notification') {
    newsOf(event.notification.accountIndex)?.notifications.push(event.notification)
  } else if (event.type === 'funding') {
    newsOf(event.payment.accountIndex)?.fundings.push(event.payment)
  }
}

function publishNews(options: AccountFeedOptions, accountIndex: number, gathered: Gathered): void {
  const { core, clock, store, listeners, announcements } = options
  const nowMs = clock.now()
  const news: AccountNews = {
    account: accountOf(core, accountIndex),
    orders: [...gathered.orders.values()],
    trades: gathered.trades,
    positionMarkets: [...gathered.positionMarkets],
    transactions: gathered.hashes.flatMap((hash) => store.get(hash) ?? []),
    notifications: gathered.notifications,
    announcements: announcements
      .noticesFor(accountIndex, nowMs)
      .filter(({ id }) => gathered.announced.includes(id)),
    fundings: gathered.fundings,
    hasBalances: gathered.hasBalances || gathered.positionMarkets.size > 0,
    nowMs,
  }
  for (const channel of listeners.ofAccount(accountIndex)) {
    const frame = accountFrame('update', core, { channel, news })
    if (frame !== undefined) listeners.publish(channel.key, toWireJson(frame))
  }
}

function snapshotNews(options: AccountFeedOptions, channel: Channel): AccountNews {
  const { core, clock, store, announcements } = options
  const account = accountOf(core, channel.accountIndex)
  const { accountIndex } = account
  // The live snapshot of this channel has no trades (PROTOCOL.md section 8.3).
  const isWithoutTrades = channel.name === 'account_all_trades'
  return {
    account,
    orders: core.activeOrders(accountIndex),
    trades: isWithoutTrades ? [] : core.accountTrades(accountIndex, SNAPSHOT_TRADES),
    positionMarkets: [...account.positions.keys()],
    transactions: store.ofAccount(accountIndex).slice(0, SNAPSHOT_TRANSACTIONS),
    notifications: core.notifications(accountIndex),
    announcements: announcements.noticesFor(accountIndex, clock.now()),
    fundings: core.fundingPayments(accountIndex),
    hasBalances: true,
    nowMs: clock.now(),
  }
}

function accountOf(core: SimCore, accountIndex: number | undefined): SimAccount {
  const account = core.account(accountIndex ?? -1)
  assert(account !== undefined, `account ${accountIndex} exists`)
  return account
}
