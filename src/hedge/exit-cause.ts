import { isOurClientOrderIndex } from './client-order-index.ts'
import type { HedgeLeg } from './ledger.ts'
import { closingSide } from './side.ts'
import type { VenueFill } from './venue-view.ts'
import { compareTrades } from './venue-view.ts'

/**
 * Why a leg got flat without an order of the journal. `exchange_stop`: one of our resting stops fired. `liquidation`,
 * `deleverage`: the exchange took it. `closed_elsewhere`: somebody else's order, by hand or by another program.
 */
export type ExitCause = 'exchange_stop' | 'liquidation' | 'deleverage' | 'closed_elsewhere'

/** The fills of one account in the hedge's market, in any order. */
export interface ExitFills {
  readonly fills: readonly VenueFill[]
  readonly leg: Pick<HedgeLeg, 'side'>
  /**
   * Client order indices of orders that the journal sent to trade. Not those of its stops: they rest under indices of
   * their own, which the journal does not list (or lists as purpose `stops`).
   */
  readonly knownClientOrderIndexes: ReadonlySet<number>
}

/** What ended a flat leg: its last reducing fill says. Undefined when there is none, or when it was our own order. */
export function exitCause(exit: ExitFills): ExitCause | undefined {
  const last = lastReducingFill(exit)
  if (last === undefined) return undefined
  if (last.type === 'liquidation' || last.type === 'deleverage') return last.type
  if (exit.knownClientOrderIndexes.has(last.clientOrderIndex)) return undefined
  return isOurClientOrderIndex(last.clientOrderIndex) ? 'exchange_stop' : 'closed_elsewhere'
}

/** The newest fill that took from the leg; of several in one millisecond the later trade. */
export function lastReducingFill({
  fills,
  leg,
}: Pick<ExitFills, 'fills' | 'leg'>): VenueFill | undefined {
  const reducing = fills.filter((fill) => fill.side === closingSide(leg.side))
  return reducing.toSorted(compareAge).at(-1)
}

function compareAge(a: VenueFill, b: VenueFill): number {
  return a.atMs - b.atMs || compareTrades(a, b)
}
