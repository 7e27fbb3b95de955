/**
 * A hedge as the stop rules want it: what the streams say of its legs, beside what the journal says of its fills.
 * @module
 */
import type { Known } from '../../hedge/known.ts'
import { known, unknown } from '../../hedge/known.ts'
import type { Hedge, HedgeLeg } from '../../hedge/ledger.ts'
import { ZERO } from '../../hedge/decimal.ts'
import type {
  RoundResult,
  StopHedge,
  StopLegFacts,
  StopPosition,
} from '../../hedge/stop-snapshot.ts'
import { provenBy } from '../../hedge/stop-snapshot.ts'
import type { VenuePosition } from '../../hedge/venue-view.ts'
import { positionIn } from '../../hedge/venue-view.ts'
import type { Engine } from '../engine-context.ts'
import { accountMarketKey } from '../gather-facts.ts'
import type { LedgerFigures } from '../ledger-figures.ts'

/** Builds the facts of this moment; the ages say until when each value is proven. */
export function stopHedgeOf(engine: Engine, hedge: Hedge, figures: LedgerFigures): StopHedge {
  const { hedgeId, state, target, createdAtMs, openedAtMs } = hedge
  return {
    hedgeId,
    state,
    target,
    createdAtMs,
    openedAtMs,
    market: engine.market(hedge.marketIndex),
    legs: hedge.legs.map((leg) => legFacts(engine, { hedge, leg, figures })),
  }
}

interface LegOf {
  readonly hedge: Hedge
  readonly leg: HedgeLeg
  readonly figures: LedgerFigures
}

function legFacts(engine: Engine, at: LegOf): StopLegFacts {
  const { hedge, leg } = at
  const view = engine.link(leg.accountIndex).view()
  const row = provenBy(positionIn(view, hedge.marketIndex), view)
  const position = stopPosition(engine, row, accountMarketKey(leg.accountIndex, hedge.marketIndex))
  return { account: leg.account, position, result: resultOf(at, row) }
}

function stopPosition(
  { memory, clock }: Engine,
  row: Known<VenuePosition | undefined>,
  key: string,
): Known<StopPosition> {
  if (!row.isKnown) return row
  const { value } = row
  if (value === undefined) {
    return known({ signedBase: ZERO, entryPrice: ZERO, unsettledSinceMs: undefined }, row.atMs)
  }
  const { signedBase, entryPrice, isSettled } = value
  const sinceMs = isSettled ? undefined : (memory.unsettledSinceMs.get(key) ?? clock.now())
  return known({ signedBase, entryPrice, unsettledSinceMs: sinceMs }, row.atMs)
}

/** Fills that the journal lacks make the result unknown: a net limit must not act on half of it. */
function resultOf(
  { leg, figures }: LegOf,
  row: Known<VenuePosition | undefined>,
): Known<RoundResult> {
  if (!row.isKnown) return row
  const own = figures.legs.get(leg.accountIndex)
  const signedBase = row.value?.signedBase ?? ZERO
  if (own === undefined || !own.signedBase.eq(signedBase)) {
    return unknown('the fills that are known do not add up to its position')
  }
  const { realizedPnlUsd, feesUsd } = own
  if (realizedPnlUsd === undefined) return unknown('a fill does not say what it realised')
  const paidUsd = row.value === undefined ? ZERO : row.value.fundingPaidUsd
  if (paidUsd === undefined) return unknown('the venue does not say what funding was paid')
  return known({ realizedPnlUsd, fundingUsd: paidUsd.negated(), feesUsd }, row.atMs)
}
