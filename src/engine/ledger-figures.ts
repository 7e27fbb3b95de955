import type { Dec } from '../hedge/decimal.ts'
import { ZERO, sumDec } from '../hedge/decimal.ts'
import type { Hedge, LedgerFill } from '../hedge/ledger.ts'
import type { FillMeasures } from '../hedge/measure-fills.ts'
import { measureFills } from '../hedge/measure-fills.ts'
import { signedChange } from '../hedge/side.ts'
import type { AccountRef } from '../ports.ts'
import type { Engine } from './engine-context.ts'

/** What the journal says about the fills of a hedge; it changes only when the hedge takes a turn. */
export interface LedgerFigures {
  /** Oldest first. */
  readonly fills: readonly LedgerFill[]
  readonly measured: FillMeasures
  /** By account index. */
  readonly legs: ReadonlyMap<number, LegFigures>
}

/** What the fills of one leg come to. */
export interface LegFigures {
  /** The position that they add up to; long positive. */
  readonly signedBase: Dec
  /** Without fees; undefined when a fill does not say. */
  readonly realizedPnlUsd: Dec | undefined
  readonly feesUsd: Dec
}

/** Reads and measures; a few queries. */
export function ledgerFigures(
  engine: Pick<Engine, 'journal' | 'accounts'>,
  hedge: Hedge,
): LedgerFigures {
  const { journal } = engine
  const fills = journal.fillsOfHedge(hedge.hedgeId)
  const measured = measureFills({
    fills,
    legs: hedge.legs,
    orders: journal.ordersOfHedge(hedge.hedgeId),
    ownAccountIndices: ownIndexes(engine.accounts()),
    toleranceBase: ZERO,
    untilMs: undefined,
  })
  const legs = hedge.legs.map(
    ({ accountIndex }) => [accountIndex, legFigures(fills, accountIndex)] as const,
  )
  return { fills, measured, legs: new Map(legs) }
}

/** Made once for a list of accounts: of a thousand it would cost more than everything else here. */
const ownIndexesOf = new WeakMap<readonly AccountRef[], ReadonlySet<number>>()

function ownIndexes(accounts: readonly AccountRef[]): ReadonlySet<number> {
  const known = ownIndexesOf.get(accounts)
  if (known !== undefined) return known
  const indexes = new Set(accounts.map(({ accountIndex }) => accountIndex))
  ownIndexesOf.set(accounts, indexes)
  return indexes
}

function legFigures(fills: readonly LedgerFill[], accountIndex: number): LegFigures {
  const own = fills.filter((fill) => fill.accountIndex === accountIndex)
  const realized = own.map((fill) => fill.realizedPnlUsd)
  const known = realized.filter((value) => value !== undefined)
  return {
    signedBase: sumDec(own.map(({ side, baseSize }) => signedChange(side, baseSize))),
    realizedPnlUsd: known.length === realized.length ? sumDec(known) : undefined,
    feesUsd: sumDec(own.map((fill) => fill.feeUsd)),
  }
}
