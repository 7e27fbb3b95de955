import type { Dec } from '../hedge/decimal.ts'
import { sumDec } from '../hedge/decimal.ts'
import type { Hedge, HedgeLeg, LedgerOrder } from '../hedge/ledger.ts'
import { openingSide } from '../hedge/side.ts'
import type { Engine } from './engine-context.ts'

/**
 * True when the trades that the venue told say as well that nothing of a leg is left: what our own orders filled is
 * taken back by trades that are not theirs (by hand, by the stops on the exchange, by a liquidation). A second source
 * for a zero row, one that needs no request (DESIGN.md section 3, rule 8).
 */
export function doTradesSayFlat(
  engine: Engine,
  part: {
    readonly hedge: Hedge
    readonly leg: HedgeLeg
    /** Orders of this leg. */
    readonly own: readonly LedgerOrder[]
    /** What they filled, in the direction of the leg. */
    readonly filledBase: Dec
  },
): boolean {
  const { hedge, leg, own, filledBase } = part
  if (filledBase.lte(0)) return false
  const counted = new Set(
    own.flatMap(({ side, clientOrderIndex }) => (side === undefined ? [] : [clientOrderIndex])),
  )
  const sinceMs = hedge.createdAtMs + engine.venueAheadMs()
  const others = engine
    .link(leg.accountIndex)
    .marketFills(hedge.marketIndex)
    .filter(({ atMs, clientOrderIndex }) => atMs >= sinceMs && !counted.has(clientOrderIndex))
  const taken = others.map(({ side, baseSize }) =>
    side === openingSide(leg.side) ? baseSize.negated() : baseSize,
  )
  return others.length > 0 && filledBase.lte(sumDec(taken))
}
