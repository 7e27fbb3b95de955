/**
 * One round of a hedge from the journal alone: what was traded, at which prices, what it cost. Nothing is asked of the
 * venue, so it can be told in any process and long after.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { sumDec, sumKnown } from '../hedge/decimal.ts'
import type { Hedge, HedgeLeg, HedgeState, LedgerFill, LedgerOrder } from '../hedge/ledger.ts'
import { isLiveState } from '../hedge/ledger.ts'
import { averagePrice } from '../hedge/measure-fills.ts'
import type { Side } from '../hedge/side.ts'
import { openingSide } from '../hedge/side.ts'
import { isWhole } from './complete-fills.ts'
import type { Engine } from './engine-context.ts'
import { ledgerFigures } from './ledger-figures.ts'

/** One account's part. */
export interface TradeLeg {
  readonly account: string
  readonly side: Side
  readonly plannedBase: Dec
  /** All that was opened, base coins. */
  readonly openedBase: Dec
  /** What the fills leave open, in the leg's own direction. */
  readonly openBase: Dec
  readonly averageEntryPrice: Dec | undefined
  readonly averageExitPrice: Dec | undefined
  /** Without fees; undefined when a fill does not say. */
  readonly realizedPnlUsd: Dec | undefined
  readonly feesUsd: Dec
  /** What its fills cost against the mark of the moment at which they were decided; undefined when that is not known. */
  readonly slippageUsd: Dec | undefined
}

/** One round. */
export interface TradeRecord {
  readonly hedgeId: string
  readonly name: string
  readonly market: string
  readonly state: HedgeState
  /** What is wanted: `flat` once it is to be closed. */
  readonly target: Hedge['target']
  readonly cause: string | undefined
  readonly leverage: Dec | undefined
  readonly createdAtMs: number
  readonly openedAtMs: number | undefined
  readonly closedAtMs: number | undefined
  readonly legs: readonly TradeLeg[]
  readonly openingGapMs: number | undefined
  readonly closingGapMs: number | undefined
  readonly nakedMs: number
  /** Undefined as well when a round that is over lacks fills: a part of a result is none. */
  readonly realizedPnlUsd: Dec | undefined
  readonly feesUsd: Dec
  /** Realised less fees; funding is not among the journal's figures. */
  readonly netUsd: Dec | undefined
  readonly slippageUsd: Dec | undefined
  readonly fills: number
  readonly ownFills: number
  /** Everything that was traded in a round that is over is known; false while it lives. */
  readonly isComplete: boolean
}

/** Reads the record of a hedge. */
export function tradeRecord(
  engine: Pick<Engine, 'journal' | 'accounts'>,
  hedge: Hedge,
): TradeRecord {
  const { fills, measured, legs: figures } = ledgerFigures(engine, hedge)
  const orders = engine.journal.ordersOfHedge(hedge.hedgeId)
  const legs = hedge.legs.map((leg) => {
    const own = fills.filter(({ accountIndex }) => accountIndex === leg.accountIndex)
    return tradeLeg(leg, { own, orders, ...figures.get(leg.accountIndex) })
  })
  const isOver = !isLiveState(hedge.state)
  const isComplete = isOver && isWhole(engine, hedge)
  const realizedPnlUsd =
    isOver && !isComplete ? undefined : sumKnown(legs.map((leg) => leg.realizedPnlUsd))
  const feesUsd = sumDec(legs.map((leg) => leg.feesUsd))
  return {
    hedgeId: hedge.hedgeId,
    name: hedge.name,
    market: hedge.symbol,
    state: hedge.state,
    target: hedge.target,
    cause: hedge.cause,
    leverage: hedge.legs[0]?.leverage,
    createdAtMs: hedge.createdAtMs,
    openedAtMs: hedge.openedAtMs,
    closedAtMs: hedge.closedAtMs,
    legs,
    openingGapMs: measured.openingGapMs,
    closingGapMs: measured.closingGapMs,
    nakedMs: measured.nakedMs,
    realizedPnlUsd,
    feesUsd,
    netUsd: realizedPnlUsd?.minus(feesUsd),
    slippageUsd: sumKnown(legs.map((leg) => leg.slippageUsd)),
    fills: fills.length,
    ownFills: measured.ownCounterFillCount,
    isComplete,
  }
}

function tradeLeg(
  leg: HedgeLeg,
  known: {
    readonly own: readonly LedgerFill[]
    readonly orders: readonly LedgerOrder[]
    readonly signedBase?: Dec | undefined
    readonly realizedPnlUsd?: Dec | undefined
  },
): TradeLeg {
  const { own, orders, signedBase, realizedPnlUsd } = known
  const adding = openingSide(leg.side)
  const opening = own.filter(({ side }) => side === adding)
  const closing = own.filter(({ side }) => side !== adding)
  const openedBase = sumDec(opening.map(({ baseSize }) => baseSize))
  const signed = signedBase ?? openedBase.minus(openedBase)
  return {
    account: leg.account,
    side: leg.side,
    plannedBase: leg.plannedBase,
    openedBase,
    openBase: leg.side === 'long' ? signed : signed.negated(),
    averageEntryPrice: averagePrice(opening),
    averageExitPrice: averagePrice(closing),
    realizedPnlUsd,
    feesUsd: sumDec(own.map(({ feeUsd }) => feeUsd)),
    slippageUsd: sumKnown(own.map((fill) => slippageOf(fill, orders))),
  }
}

/** Positive is a cost: bought above the mark, or sold below it. A fill without an order of ours has nothing to compare. */
function slippageOf(fill: LedgerFill, orders: readonly LedgerOrder[]): Dec | undefined {
  const order = orders.find(
    (one) =>
      one.accountIndex === fill.accountIndex &&
      one.clientOrderIndex === fill.clientOrderIndex &&
      fill.clientOrderIndex !== 0,
  )
  if (order?.markPrice === undefined) return undefined
  const above = fill.price.minus(order.markPrice).times(fill.baseSize)
  return fill.side === 'buy' ? above : above.negated()
}
