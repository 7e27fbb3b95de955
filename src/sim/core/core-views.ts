/**
 * Everything that can be read from the simulated exchange without changing it.
 * @module
 */
import type { SimCore } from './core-model.ts'
import type { AccountState, CoreState, OrderState } from './core-state.ts'
import { accountOf, marketOf } from './core-state.ts'
import { accountFigures, positionFigures } from './margin.ts'
import { moneyMoves } from './money-log.ts'
import type { BookSide } from './order-book.ts'
import type { BookLevel } from './order-model.ts'
import { pnlAt } from './pnl-history.ts'

type Views = Pick<
  SimCore,
  | 'height'
  | 'markets'
  | 'account'
  | 'accounts'
  | 'accountsByL1'
  | 'accountFigures'
  | 'positionFigures'
  | 'order'
  | 'orderByClientIndex'
  | 'activeOrders'
  | 'inactiveOrders'
  | 'trades'
  | 'accountTrades'
  | 'fundingPayments'
  | 'notifications'
  | 'moneyMoves'
  | 'pnlAt'
  | 'book'
  | 'bookOrders'
>

/** Creates the readers of a state. */
export function createCoreViews(state: CoreState): Views {
  const find = (accountIndex: number): AccountState => accountOf(state, accountIndex)
  return {
    height: () => state.height,
    markets: state.markets,
    account: (accountIndex) => state.accounts.get(accountIndex),
    accounts: () => state.accounts.values(),
    accountsByL1: (l1Address) => state.owners.get(l1Address.toLowerCase()) ?? [],
    accountFigures: (accountIndex) => accountFigures(state.markets, find(accountIndex)),
    positionFigures: (accountIndex, marketIndex) =>
      positionFigures(state.markets, find(accountIndex), marketOf(state, marketIndex)),
    order: (orderIndex) => state.orders.get(orderIndex),
    orderByClientIndex: (accountIndex, clientOrderIndex) =>
      find(accountIndex).clientOrders.get(clientOrderIndex),
    activeOrders: (accountIndex) => [...find(accountIndex).liveOrders.values()],
    inactiveOrders: (accountIndex) => find(accountIndex).endedOrders.newest(),
    trades: (marketIndex, limit) => marketOf(state, marketIndex).tradeLog.newest(limit),
    accountTrades: (accountIndex, limit) => find(accountIndex).tradeLog.newest(limit),
    fundingPayments: (accountIndex) => find(accountIndex).fundingLog.newest(),
    notifications: (accountIndex) => find(accountIndex).notificationLog.newest(),
    moneyMoves: (accountIndex) => moneyMoves(state.money, accountIndex),
    pnlAt: (accountIndex, atMs) => pnlAt(state, find(accountIndex), atMs),
    book(marketIndex, limit = Number.MAX_SAFE_INTEGER) {
      const market = marketOf(state, marketIndex)
      return {
        nonce: market.bookNonce,
        asks: levelsOf(market.asks, limit),
        bids: levelsOf(market.bids, limit),
      }
    },
    bookOrders(marketIndex, limit) {
      const { asks, bids } = marketOf(state, marketIndex)
      return {
        totalAsks: asks.orderCount,
        totalBids: bids.orderCount,
        asks: ordersOf(asks, limit),
        bids: ordersOf(bids, limit),
      }
    },
  }
}

function levelsOf(side: BookSide, limit: number): BookLevel[] {
  const levels: BookLevel[] = []
  for (let at = side.levels.length - 1; at >= 0 && levels.length < limit; at -= 1) {
    const level = side.levels[at]
    if (level === undefined) break
    const { priceTicks, totalTicks, orderCount } = level
    levels.push({ priceTicks, totalTicks, orderCount })
  }
  return levels
}

function ordersOf(side: BookSide, limit: number): OrderState[] {
  const orders: OrderState[] = []
  for (let at = side.levels.length - 1; at >= 0 && orders.length < limit; at -= 1) {
    let order = side.levels[at]?.first
    while (order !== undefined && orders.length < limit) {
      orders.push(order)
      order = order.nextInLevel
    }
  }
  return orders
}
