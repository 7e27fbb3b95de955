/**
 * Collects what an operation changes and tells it once when the operation is over: listeners never see a state
 * between two consistent ones.
 * @module
 */
import type { CoreEvent } from './core-model.ts'
import type { AccountState, MarketState, OrderState, PositionState } from './core-state.ts'
import { levelAt } from './order-book.ts'

type DirectEvent = Extract<
  CoreEvent,
  { type: 'trade' | 'mark' | 'notification' | 'funding' | 'market' | 'transaction' }
>

export interface Changes {
  order(order: OrderState): void
  position(account: AccountState, position: PositionState): void
  account(account: AccountState): void
  level(market: MarketState, isAsk: boolean, priceTicks: bigint): void
  /** Events that are not merged with others. */
  direct(event: DirectEvent): void
  /** Accounts whose money or positions changed since the last flush. */
  touchedAccounts(): Iterable<AccountState>
  /** Calls the listeners with everything collected and forgets it. */
  flush(listeners: Iterable<(event: CoreEvent) => void>): void
}

interface TouchedBook {
  readonly asks: Set<bigint>
  readonly bids: Set<bigint>
}

/** Creates an empty collector. */
export function createChanges(): Changes {
  const orders = new Set<OrderState>()
  const positions = new Map<PositionState, AccountState>()
  const accounts = new Set<AccountState>()
  const books = new Map<MarketState, TouchedBook>()
  let direct: DirectEvent[] = []

  const takeEvents = (): CoreEvent[] => {
    const events: CoreEvent[] = []
    for (const event of direct) if (event.type !== 'transaction') events.push(event)
    for (const order of orders) events.push({ type: 'order', order })
    for (const [position, account] of positions) {
      events.push({ type: 'position', accountIndex: account.accountIndex, position })
    }
    for (const account of accounts) events.push({ type: 'account', account })
    for (const [market, touched] of books) pushBookEvents(events, market, touched)
    for (const event of direct) if (event.type === 'transaction') events.push(event)
    direct = []
    orders.clear()
    positions.clear()
    accounts.clear()
    books.clear()
    return events
  }

  return {
    order: (order) => void orders.add(order),
    position: (account, position) => void positions.set(position, account),
    account: (account) => void accounts.add(account),
    level(market, isAsk, priceTicks) {
      market.bookNonce += 1n
      let touched = books.get(market)
      if (touched === undefined) {
        touched = { asks: new Set(), bids: new Set() }
        books.set(market, touched)
      }
      ;(isAsk ? touched.asks : touched.bids).add(priceTicks)
    },
    direct: (event) => void direct.push(event),
    touchedAccounts: () => accounts,
    flush(listeners) {
      const events = takeEvents()
      for (const event of events) for (const listener of listeners) listener(event)
    },
  }
}

function pushBookEvents(events: CoreEvent[], market: MarketState, touched: TouchedBook): void {
  const nonce = market.bookNonce
  for (const side of [market.asks, market.bids]) {
    for (const priceTicks of side.isAsk ? touched.asks : touched.bids) {
      events.push({
        type: 'book',
        marketIndex: market.marketIndex,
        isAsk: side.isAsk,
        priceTicks,
        totalTicks: levelAt(side, priceTicks)?.totalTicks ?? 0n,
        nonce,
      })
    }
  }
}
