/**
 * Resting quotes of a market-making account: shown as real orders in the book, changed in place where a price stays.
 * @module
 */
import type { Quote, QuoteSet } from './order-model.ts'
import type { AccountState, CoreState, MarketState, OrderState } from './core-state.ts'
import { accountOf, marketOf } from './core-state.ts'
import { matchOrder } from './matching.ts'
import { createOrder, endOrder, touch } from './order-life.ts'
import { setRemaining } from './order-book.ts'

/** Brings the account's orders on a market to what the set wants. Quotes that cross trade like any limit order. */
export function applyQuotes(state: CoreState, quotes: QuoteSet): void {
  const account = accountOf(state, quotes.accountIndex)
  const market = marketOf(state, quotes.marketIndex)
  const shown = ordersOn(account, market)
  const missing: { readonly quote: Quote; readonly isAsk: boolean }[] = []
  for (const isAsk of [true, false]) {
    const current = isAsk ? shown.asks : shown.bids
    for (const quote of isAsk ? quotes.asks : quotes.bids) {
      const order = current.get(quote.priceTicks)
      if (order === undefined) missing.push({ quote, isAsk })
      else resize(state, market, { order, quote })
      current.delete(quote.priceTicks)
    }
    for (const order of current.values()) endOrder(state, order, 'canceled')
  }
  for (const { quote, isAsk } of missing) {
    const order = createOrder(
      state,
      { account, market },
      {
        clientOrderIndex: 0n,
        baseAmount: quote.sizeTicks,
        price: Number(quote.priceTicks),
        isAsk: isAsk ? 1 : 0,
        type: 0,
        timeInForce: 1,
        reduceOnly: 0,
        triggerPrice: 0,
        orderExpiry: BigInt(state.nowMs + 28 * 86_400_000),
      },
    )
    matchOrder(state, order)
  }
}

interface Shown {
  readonly asks: Map<bigint, OrderState>
  readonly bids: Map<bigint, OrderState>
}

/** The account's orders on a market by price; a second one at the same price is superfluous and stays with the first. */
function ordersOn(account: AccountState, market: MarketState): Shown {
  const shown: Shown = { asks: new Map(), bids: new Map() }
  for (const order of account.liveOrders.values()) {
    if (order.marketIndex !== market.marketIndex || order.place !== 'book') continue
    ;(order.isAsk ? shown.asks : shown.bids).set(order.priceTicks, order)
  }
  return shown
}

function resize(
  state: CoreState,
  market: MarketState,
  { order, quote }: { readonly order: OrderState; readonly quote: Quote },
): void {
  if (order.remainingTicks === quote.sizeTicks) return
  order.baseTicks += quote.sizeTicks - order.remainingTicks
  setRemaining(order, quote.sizeTicks)
  state.changes.level(market, order.isAsk, order.priceTicks)
  touch(state, order)
}
