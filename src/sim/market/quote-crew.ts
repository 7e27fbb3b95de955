/**
 * Several house accounts behind one book: who holds which part of a level, and in which order they requote so that
 * they never trade with each other.
 * @module
 */
import type { Quote, SimCore } from '../core/core-model.ts'
import { noiseAt } from './seeded-rng.ts'

/** What a book shall show. */
export interface CrewQuotes {
  readonly marketIndex: number
  readonly asks: readonly Quote[]
  readonly bids: readonly Quote[]
  readonly nowMs: number
}

/** Brings the book's house quotes to what is wanted; quotes of others that are passed trade. */
export function showQuotes(core: SimCore, crew: readonly number[], wanted: CrewQuotes): void {
  const { marketIndex, nowMs } = wanted
  const [first] = crew
  if (first === undefined) return
  if (crew.length > 1 && mayCross(core, wanted)) {
    // Everyone steps back before anyone steps forward. The book tells its changes later, as one.
    for (const accountIndex of crew) {
      const { asks, bids } = stillRight(core, accountIndex, wanted)
      core.replaceQuotes({ accountIndex, marketIndex, asks, bids }, nowMs)
    }
  }
  const asks = shareOut(wanted.asks, crew.length)
  const bids = shareOut(wanted.bids, crew.length)
  for (const [at, accountIndex] of crew.entries()) {
    core.replaceQuotes(
      { accountIndex, marketIndex, asks: asks[at] ?? [], bids: bids[at] ?? [] },
      nowMs,
    )
  }
}

/** Whether a wanted quote reaches into what the book shows now. */
function mayCross(core: SimCore, { marketIndex, asks, bids }: CrewQuotes): boolean {
  const shown = core.book(marketIndex, 1)
  const [bestAsk, bestBid] = [shown.asks[0]?.priceTicks, shown.bids[0]?.priceTicks]
  const [ask, bid] = [asks[0]?.priceTicks, bids[0]?.priceTicks]
  return (
    (ask !== undefined && bestBid !== undefined && ask <= bestBid) ||
    (bid !== undefined && bestAsk !== undefined && bid >= bestAsk)
  )
}

/** An account's own quotes that the wanted best prices do not reach, unchanged. */
function stillRight(
  core: SimCore,
  accountIndex: number,
  { marketIndex, asks, bids }: CrewQuotes,
): { readonly asks: readonly Quote[]; readonly bids: readonly Quote[] } {
  const [ask, bid] = [asks[0]?.priceTicks, bids[0]?.priceTicks]
  const kept = { asks: [] as Quote[], bids: [] as Quote[] }
  for (const order of core.activeOrders(accountIndex)) {
    if (order.marketIndex !== marketIndex) continue
    const quote = { priceTicks: order.priceTicks, sizeTicks: order.remainingTicks }
    if (order.isAsk && (bid === undefined || order.priceTicks > bid)) kept.asks.push(quote)
    if (!order.isAsk && (ask === undefined || order.priceTicks < ask)) kept.bids.push(quote)
  }
  return kept
}

/** Cuts each level into one to `count` parts whose sum it stays; the price decides who takes part. */
export function shareOut(quotes: readonly Quote[], count: number): readonly (readonly Quote[])[] {
  if (count === 1) return [quotes]
  const parts = Array.from({ length: count }, (): Quote[] => [])
  for (const { priceTicks, sizeTicks } of quotes) {
    const roll = noiseAt(977, Number(priceTicks))
    const start = Math.floor(roll * count)
    const holders = 1n + BigInt(Math.floor(roll * 7919) % count)
    const share = sizeTicks / holders
    for (let at = 0n; at < holders; at += 1n) {
      const isLast = at === holders - 1n
      const part = isLast ? sizeTicks - share * at : share
      if (part > 0n) parts[(start + Number(at)) % count]?.push({ priceTicks, sizeTicks: part })
    }
  }
  return parts
}
