/**
 * What the orders of one leg come to.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { ZERO, maxDec, sumDec } from '../hedge/decimal.ts'
import type { HedgeLeg, LedgerOrder } from '../hedge/ledger.ts'
import { openingSide } from '../hedge/side.ts'

/** The tries since the last order that filled whole: they decide the step and the pause (rule 7). */
export function trailingShort(reduces: readonly LedgerOrder[]): number {
  return reduces.length - 1 - reduces.findLastIndex(isWhole)
}

function isWhole(order: LedgerOrder): boolean {
  if (order.state !== 'done') return false
  return order.baseSize === undefined || order.filledBase.gte(order.baseSize)
}

/** See `LegFacts.filledBase`. */
export function filledBase({ side }: HedgeLeg, own: readonly LedgerOrder[]): Dec {
  const filled = own.flatMap((order) => {
    if (order.side === undefined) return []
    return [order.side === openingSide(side) ? order.filledBase : order.filledBase.negated()]
  })
  return sumDec(filled)
}

/** See `LegFacts.blindBase`. Before any order of ours has an outcome the plan is the only size there is. */
export function blindBase(leg: HedgeLeg, own: readonly LedgerOrder[]): Dec {
  const moving = own.filter((order) => order.side !== undefined)
  const isOpening = (order: LedgerOrder) => order.side === openingSide(leg.side)
  const filled = filledBase(leg, own)
  const last = moving.at(-1)
  if (last !== undefined && !isOpening(last) && isWhole(last)) return maxDec(ZERO, filled)
  return maxDec(filled, leg.lastSeenBase?.abs() ?? leg.plannedBase)
}
