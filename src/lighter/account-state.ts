/**
 * One account's state as pure reductions of frames and answers. Channels arrive in any order, frames may come twice,
 * position updates carry only what changed (PROTOCOL.md section 8.3).
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { VenueBalances, VenueFill, VenueOrder } from '../hedge/venue-view.ts'
import type { AccountFill, PositionRow } from './account-convert.ts'
import { isRowSettled, type MarketMovement } from './settled-position.ts'

/** A row with the proof of its age. */
export interface StoredRow {
  readonly row: PositionRow
  /** The row contains everything that happened before this venue time, milliseconds. */
  readonly provenMs: number
}

/** Everything that streams and reads told of one account. */
export interface AccountState {
  readonly accountIndex: number
  /** Undefined until a snapshot or a read delivered them. */
  readonly rows: ReadonlyMap<number, StoredRow> | undefined
  /** A market without a row was flat at this venue time: age of the last complete list, milliseconds. */
  readonly listProvenMs: number
  readonly hasOrders: boolean
  /** By the venue's order index: all live ones and the newest ended ones, oldest first. */
  readonly orders: ReadonlyMap<string, VenueOrder>
  readonly orderOfClient: ReadonlyMap<number, string>
  readonly fills: ReadonlyMap<string, AccountFill>
  readonly fillsOfClient: ReadonlyMap<number, readonly VenueFill[]>
  /** Oldest first. */
  readonly fillsOfMarket: ReadonlyMap<number, readonly VenueFill[]>
  readonly filledOfOrder: ReadonlyMap<string, Dec>
  /** The newest fill by market. */
  readonly newestFills: ReadonlyMap<number, AccountFill>
  readonly movements: ReadonlyMap<number, MarketMovement>
  readonly balances: { readonly value: VenueBalances; readonly atMs: number } | undefined
}

/** When something arrived. */
export interface Arrival {
  /** Our wall clock. */
  readonly atMs: number
  /** A position row in it contains everything that happened before this venue time. */
  readonly provenMs: number
}

/** A read over REST: the account's state may be older than frames that came while it was under way. */
export interface ReadArrival extends Arrival {
  readonly sentAtMs: number
}

/** Ended orders that are kept; live ones are always kept. */
export const KEPT_ENDED_ORDERS = 400
/** No account may have so many: 1500 active and 500 waiting ones at the highest tier (PROTOCOL.md section 9). */
const MOST_LIVE_ORDERS = 5_000

/** Nothing known yet. */
export function emptyAccountState(accountIndex: number): AccountState {
  return {
    accountIndex,
    rows: undefined,
    listProvenMs: 0,
    hasOrders: false,
    orders: new Map(),
    orderOfClient: new Map(),
    fills: new Map(),
    fillsOfClient: new Map(),
    fillsOfMarket: new Map(),
    filledOfOrder: new Map(),
    newestFills: new Map(),
    movements: new Map(),
    balances: undefined,
  }
}

/** All positions of the account, from the stream. */
export function withPositionSnapshot(
  state: AccountState,
  rows: readonly PositionRow[],
  arrival: Arrival,
): AccountState {
  const next = new Map(rows.map((row) => stored(row, arrival)))
  return { ...state, rows: next, listProvenMs: arrival.provenMs }
}

/** The changed markets only. Before the snapshot an update is no complete picture and is dropped. */
export function withPositionUpdate(
  state: AccountState,
  rows: readonly PositionRow[],
  arrival: Arrival,
): AccountState {
  if (state.rows === undefined) return state
  return {
    ...state,
    rows: new Map([...state.rows, ...rows.map((row) => stored(row, arrival))]),
  }
}

/** All positions, from a read: rows that the stream delivered meanwhile stay, and so do rows the read is older than. */
export function withPositionRead(
  state: AccountState,
  rows: readonly PositionRow[],
  arrival: ReadArrival,
): AccountState {
  const next = new Map(rows.map((row) => stored(row, arrival)))
  for (const [marketIndex, known] of state.rows ?? []) {
    const movement = state.movements.get(marketIndex)
    const isFresher = known.row.atMs >= arrival.sentAtMs
    const isBehind =
      movement !== undefined && arrival.provenMs < movement.lastMs && isRowSettled(known, movement)
    if (isFresher || isBehind) next.set(marketIndex, known)
  }
  return { ...state, rows: next, listProvenMs: Math.max(state.listProvenMs, arrival.provenMs) }
}

/** Which orders a list is complete for. */
export type OrderScope =
  | 'update'
  | 'all_live'
  /** Live orders of one market that did not change after this venue time. */
  | { readonly marketIndex: number; readonly provenMs: number }

/**
 * Orders that changed, or a complete list of the live ones: then a live order that is not in it is forgotten, because
 * how it ended is not known. An older state of an order never replaces a newer one.
 * @throws HedgebotError kind `unknown_state`, code `too_many_orders`, for more live orders than an account can have
 */
export function withOrders(
  state: AccountState,
  incoming: readonly VenueOrder[],
  scope: OrderScope,
): AccountState {
  const orders = new Map(state.orders)
  const listed = new Set(incoming.map((order) => order.orderIndex))
  for (const order of state.orders.values()) {
    if (order.isLive && !listed.has(order.orderIndex) && isCovered(order, scope)) {
      orders.delete(order.orderIndex)
    }
  }
  for (const order of incoming) {
    const known = orders.get(order.orderIndex)
    if (known !== undefined && isOlder(order, known)) continue
    // Deleting first moves it to the end: the map is ordered by the last change.
    orders.delete(order.orderIndex)
    orders.set(order.orderIndex, order)
  }
  dropOldestEnded(orders)
  const next = {
    ...state,
    orders,
    hasOrders: state.hasOrders || scope === 'all_live',
    orderOfClient: indexByClient(orders),
  }
  return { ...next, movements: movementsOf(next, marketsOf(incoming)) }
}

/** New balances; those from a read do not replace newer ones of the stream. */
export function withBalances(
  state: AccountState,
  value: VenueBalances,
  arrival: { readonly atMs: number; readonly sentAtMs?: number },
): AccountState {
  const known = state.balances
  if (known !== undefined && arrival.sentAtMs !== undefined && known.atMs >= arrival.sentAtMs) {
    return state
  }
  return { ...state, balances: { value, atMs: arrival.atMs } }
}

function stored(row: PositionRow, arrival: Arrival): readonly [number, StoredRow] {
  return [row.marketIndex, { row, provenMs: arrival.provenMs }]
}

function isCovered(order: VenueOrder, scope: OrderScope): boolean {
  if (scope === 'update') return false
  if (scope === 'all_live') return true
  return order.marketIndex === scope.marketIndex && order.atMs < scope.provenMs
}

/** An order ends once, fills only grow, and time only passes. */
function isOlder(order: VenueOrder, known: VenueOrder): boolean {
  if (known.isLive !== order.isLive) return order.isLive
  if (!order.filledBase.eq(known.filledBase)) return order.filledBase.lt(known.filledBase)
  return order.atMs < known.atMs
}

function dropOldestEnded(orders: Map<string, VenueOrder>): void {
  let surplus = -KEPT_ENDED_ORDERS
  for (const order of orders.values()) if (!order.isLive) surplus++
  const liveCount = orders.size - surplus - KEPT_ENDED_ORDERS
  if (liveCount > MOST_LIVE_ORDERS) {
    throw new HedgebotError('unknown_state', `the venue tells of ${liveCount} live orders`, {
      code: 'too_many_orders',
      hint: 'No account can have so many: nothing of it is believed.',
    })
  }
  for (const order of orders.values()) {
    if (surplus <= 0) return
    if (order.isLive) continue
    orders.delete(order.orderIndex)
    surplus--
  }
}

function indexByClient(orders: ReadonlyMap<string, VenueOrder>): ReadonlyMap<number, string> {
  const index = new Map<number, string>()
  for (const order of orders.values()) {
    if (order.clientOrderIndex !== 0) index.set(order.clientOrderIndex, order.orderIndex)
  }
  return index
}

function marketsOf(orders: readonly VenueOrder[]): ReadonlySet<number> {
  return new Set(orders.map((order) => order.marketIndex))
}

/** What is known to have moved the positions of these markets: the newest fill, and fills that only orders tell of. */
export function movementsOf(
  state: Pick<AccountState, 'movements' | 'newestFills' | 'orders' | 'filledOfOrder'>,
  markets: ReadonlySet<number>,
): ReadonlyMap<number, MarketMovement> {
  const movements = new Map(state.movements)
  for (const market of markets) {
    const newest = state.newestFills.get(market)
    const untoldMs = untoldFillMs(state, market, newest?.effectiveMs ?? 0)
    if (newest === undefined && untoldMs === undefined) continue
    movements.set(market, {
      signedBase: untoldMs === undefined ? newest?.fill.signedBaseAfter : undefined,
      lastMs: Math.max(newest?.effectiveMs ?? 0, untoldMs ?? 0),
    })
  }
  return movements
}

/** Some captures tell an order's time in whole seconds, cut. */
const ORDER_TIME_SLACK_MS = 1_000

/**
 * Time of the latest order whose filled size exceeds the trades that we have of it. Orders before the newest fill do
 * not count: the position after that fill contains them.
 */
function untoldFillMs(
  state: Pick<AccountState, 'orders' | 'filledOfOrder'>,
  marketIndex: number,
  newestFillMs: number,
): number | undefined {
  let latest: number | undefined
  for (const order of state.orders.values()) {
    if (order.marketIndex !== marketIndex || order.filledBase.isZero()) continue
    if (order.atMs + ORDER_TIME_SLACK_MS < newestFillMs) continue
    const told = state.filledOfOrder.get(order.orderIndex)
    if (told !== undefined && told.gte(order.filledBase)) continue
    latest = Math.max(latest ?? 0, order.atMs)
  }
  return latest
}
