/**
 * Fills of one account, each once, however often and in whatever order streams and reads tell of them.
 * @module
 */
import type { VenueFill } from '../hedge/venue-view.ts'
import { compareTrades } from '../hedge/venue-view.ts'
import type { AccountFill } from './account-convert.ts'
import { type AccountState, movementsOf } from './account-state.ts'

/** Fills that are kept, the newest of them. */
export const KEPT_FILLS = 1_000

/** Adds trades, each once. */
export function withFills(state: AccountState, incoming: readonly AccountFill[]): AccountState {
  const fresh = incoming.filter((entry) => !state.fills.has(keyOf(entry)))
  if (fresh.length === 0) return state
  const fills = mergeFills(state.fills, fresh)
  const fillsOfClient = new Map(state.fillsOfClient)
  const filledOfOrder = new Map(state.filledOfOrder)
  const newestFills = new Map(state.newestFills)
  for (const entry of fresh) {
    const { clientOrderIndex: client, marketIndex: market, baseSize } = entry.fill
    if (isNewer(entry, newestFills.get(market))) newestFills.set(market, entry)
    fillsOfClient.set(client, withFill(fillsOfClient.get(client) ?? [], entry.fill))
    if (entry.orderIndex === undefined) continue
    const before = filledOfOrder.get(entry.orderIndex)
    filledOfOrder.set(entry.orderIndex, before?.plus(baseSize) ?? baseSize)
  }
  trimTo(fillsOfClient, KEPT_FILLS)
  trimTo(filledOfOrder, KEPT_FILLS)
  const markets = new Set(fresh.map((entry) => entry.fill.marketIndex))
  const next = {
    ...state,
    fills,
    fillsOfClient,
    fillsOfMarket: fillsByMarket(fills),
    filledOfOrder,
    newestFills,
  }
  return { ...next, movements: movementsOf(next, markets) }
}

/** In the order of trade ids: a read may tell of trades that are older than what the stream told. */
function mergeFills(
  known: AccountState['fills'],
  fresh: readonly AccountFill[],
): Map<string, AccountFill> {
  const all = [...known.values(), ...fresh].sort((a, b) => compareTrades(a.fill, b.fill))
  return new Map(all.slice(-KEPT_FILLS).map((entry) => [keyOf(entry), entry]))
}

function fillsByMarket(fills: ReadonlyMap<string, AccountFill>): Map<number, VenueFill[]> {
  const markets = new Map<number, VenueFill[]>()
  for (const { fill } of fills.values()) {
    const list = markets.get(fill.marketIndex)
    if (list === undefined) markets.set(fill.marketIndex, [fill])
    else list.push(fill)
  }
  return markets
}

/** A fill that was forgotten may be read again; orders of nobody share the list of index 0. */
function withFill(list: readonly VenueFill[], fill: VenueFill): readonly VenueFill[] {
  const isThere = list.some(({ tradeId, side }) => tradeId === fill.tradeId && side === fill.side)
  return isThere ? list : [...list, fill].slice(-KEPT_FILLS)
}

function isNewer(entry: AccountFill, known: AccountFill | undefined): boolean {
  return known === undefined || compareTrades(entry.fill, known.fill) > 0
}

function trimTo(map: Map<unknown, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}

function keyOf(entry: AccountFill): string {
  return `${entry.fill.tradeId}:${entry.fill.side}`
}
