import type { AccountView } from '../../../src/hedge/venue-view.ts'
import type { AccountStore } from '../../../src/lighter/account-store.ts'
import { claim } from './fuzz-target.ts'

/** Markets that the exchange can number: perpetuals below 255, spot to 4094 (PROTOCOL.md section 4). */
const MOST_MARKETS = 4_096
/** A premium account may have more live orders than a standard one's 250; beyond this nobody trades. */
const MOST_ORDERS = 5_000
const MOST_FILLS = 1_000

/** What a store keeps has an end, whatever it is told. @throws Finding */
export function judgeStore(store: AccountStore, input: unknown): void {
  const state = store.state()
  const sizes: Readonly<Record<string, readonly [number, number]>> = {
    rows: [state.rows?.size ?? 0, MOST_MARKETS],
    orders: [state.orders.size, MOST_ORDERS],
    'orders by client': [state.orderOfClient.size, MOST_ORDERS],
    fills: [state.fills.size, MOST_FILLS],
    'fills by client': [state.fillsOfClient.size, MOST_FILLS],
    'fills by market': [state.fillsOfMarket.size, MOST_FILLS],
    'filled by order': [state.filledOfOrder.size, MOST_FILLS],
    'newest fills': [state.newestFills.size, MOST_MARKETS],
    movements: [state.movements.size, MOST_MARKETS],
  }
  for (const [name, [size, most]] of Object.entries(sizes)) {
    claim(size <= most, `the store keeps ${size} ${name}`, input)
  }
}

/** The same, of what a link shows. @throws Finding */
export function judgeStoreView({ positions, liveOrders }: AccountView, input: unknown): void {
  const rows = positions.isKnown ? positions.value.size : 0
  const orders = liveOrders.isKnown ? liveOrders.value.length : 0
  claim(rows <= MOST_MARKETS, `the link shows ${rows} positions`, input)
  claim(orders <= MOST_ORDERS, `the link shows ${orders} orders`, input)
}
