/**
 * A prepared opening as people see it before they say yes: sizes, prices, margin, cost, stops.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { ZERO, sumDec } from '../hedge/decimal.ts'
import { initialMarginUsd, liquidationDistancePct } from '../hedge/margin.ts'
import type { PlannedHedge } from '../hedge/plan.ts'
import type { ExpectedCost } from '../hedge/prices.ts'
import { expectedCost, expectedFill, openingPrice, sumCosts } from '../hedge/prices.ts'
import { plannedLiquidationPrice } from '../hedge/stop-points.ts'
import { openingSide, signedBase } from '../hedge/side.ts'
import type { Side } from '../hedge/side.ts'
import { stopDistancePct, stopLevels } from '../hedge/stops.ts'
import type { StopLevels } from '../hedge/stops.ts'
import type { Engine } from './engine-context.ts'
import type { PreparedOpening } from './prepare-opening.ts'

export interface PlanLegView {
  readonly account: string
  readonly accountIndex: number
  readonly side: Side
  readonly baseSize: Dec
  readonly notionalUsd: Dec
  readonly marginUsd: Dec
  readonly availableUsd: Dec | undefined
  readonly worstPrice: Dec
  /** Undefined when no price liquidates the leg, or when `isLiquidationKnown` is false. */
  readonly liquidationPrice: Dec | undefined
  readonly isLiquidationKnown: boolean
  readonly liquidationDistancePct: Dec | undefined
}

export interface PlanHedgeView {
  readonly name: string
  /** Until the venue's limits let it begin. */
  readonly startMs: number
  readonly legs: readonly PlanLegView[]
  readonly notionalUsd: Dec
  /** Against mark, for the whole hedge; undefined when the book cannot fill it inside the band. */
  readonly costUsd: Dec | undefined
  readonly stopDown: Dec | undefined
  readonly stopUp: Dec | undefined
  readonly stopDistancePct: Dec | undefined
  readonly isStopReachable: boolean
}

export interface PlanView {
  readonly symbol: string
  readonly mark: Dec | undefined
  readonly leverage: Dec | undefined
  readonly stopLossUsd: Dec
  /** Loss of one leg at which the stops on the exchange fire; undefined when they are off. */
  readonly exchangeStopUsd: Dec | undefined
  readonly hedges: readonly PlanHedgeView[]
  readonly totalNotionalUsd: Dec
  readonly totalMarginUsd: Dec
  readonly totalCostUsd: Dec | undefined
  /** Until the venue's limits let the last hedge begin. */
  readonly lastStartMs: number
}

/** Builds the view from what preparing has read; no request. */
export function planView(engine: Engine, prepared: PreparedOpening): PlanView {
  const hedges = prepared.hedges.map((hedge, at) => ({
    ...viewHedge(engine, prepared, hedge),
    startMs: prepared.waitsMs[at] ?? 0,
  }))
  const costs = hedges.map((hedge) => hedge.costUsd)
  const legs = hedges.flatMap((hedge) => hedge.legs)
  return {
    symbol: prepared.market.symbol,
    mark: prepared.quotes.mark,
    leverage: prepared.hedges[0]?.legs[0]?.leverage,
    stopLossUsd: engine.policy.stopLossUsd,
    exchangeStopUsd: engine.policy.isExchangeStopOn
      ? engine.policy.stopLossUsd.times(engine.policy.exchangeStopPct).div(100)
      : undefined,
    hedges,
    lastStartMs: Math.max(0, ...prepared.waitsMs),
    totalNotionalUsd: sumDec(legs.map((leg) => leg.notionalUsd)),
    totalMarginUsd: sumDec(legs.map((leg) => leg.marginUsd)),
    totalCostUsd: costs.includes(undefined)
      ? undefined
      : sumDec(costs.filter((cost) => cost !== undefined)),
  }
}

function viewHedge(
  engine: Engine,
  prepared: PreparedOpening,
  hedge: PlannedHedge,
): Omit<PlanHedgeView, 'startMs'> {
  const legs = hedge.legs.map((leg) => viewLeg(engine, prepared, leg))
  const levels = levelsOf(engine, prepared, legs)
  const mark = prepared.quotes.mark
  return {
    name: hedge.name,
    legs,
    notionalUsd: sumDec(legs.map((leg) => leg.notionalUsd)),
    costUsd: costOf(engine, prepared, legs)?.totalUsd,
    stopDown: levels?.down?.triggerPrice,
    stopUp: levels?.up?.triggerPrice,
    stopDistancePct:
      mark === undefined || levels === undefined ? undefined : stopDistancePct(mark, levels),
    isStopReachable: levels?.state === 'REACHABLE',
  }
}

function viewLeg(
  engine: Engine,
  prepared: PreparedOpening,
  leg: PlannedHedge['legs'][number],
): PlanLegView {
  const { market, quotes } = prepared
  const account = prepared.accounts.find((candidate) => candidate.name === leg.account)
  const worstPrice = openingPrice({
    market,
    side: openingSide(leg.side),
    quotes,
    maxSlippagePct: engine.policy.maxSlippagePct,
  })
  const mark = quotes.mark ?? worstPrice
  const liquidation =
    account === undefined
      ? undefined
      : plannedLiquidationPrice(
          { leg, account },
          { market, markets: prepared.markets, policy: engine.policy },
          mark,
        )
  const liquidationPrice = liquidation === 'unknown' ? undefined : liquidation
  const balances = account?.view.balances
  return {
    account: leg.account,
    accountIndex: leg.accountIndex,
    side: leg.side,
    baseSize: leg.plannedBase,
    notionalUsd: leg.plannedBase.times(mark),
    marginUsd: initialMarginUsd(market, leg.leverage, { baseSize: leg.plannedBase, price: mark }),
    availableUsd: balances?.isKnown === true ? balances.value.availableUsd : undefined,
    worstPrice,
    liquidationPrice,
    isLiquidationKnown: account !== undefined && liquidation !== 'unknown',
    liquidationDistancePct: liquidationDistancePct(
      signedBase(leg.side, leg.plannedBase),
      mark,
      liquidationPrice,
    ),
  }
}

function levelsOf(
  engine: Engine,
  prepared: PreparedOpening,
  legs: readonly PlanLegView[],
): StopLevels | undefined {
  const { mark } = prepared.quotes
  if (mark === undefined || !engine.policy.isExchangeStopOn) return undefined
  return stopLevels({
    market: prepared.market,
    mark,
    legs: legs.map((leg) => ({ ...leg, entryPrice: mark })),
    stopLossUsd: engine.policy.stopLossUsd,
    exchangeStopPct: engine.policy.exchangeStopPct,
    liquidationBufferPct: engine.policy.liquidationBufferPct,
  })
}

/** Walks the book for both sides; fees are those that reading the tier showed, else none. */
function costOf(
  engine: Engine,
  prepared: PreparedOpening,
  legs: readonly PlanLegView[],
): ExpectedCost | undefined {
  const view = engine.feed(prepared.market.marketIndex).view()
  const { mark } = prepared.quotes
  if (mark === undefined || !view.bids.isKnown || !view.asks.isKnown) return undefined
  const costs: ExpectedCost[] = []
  for (const leg of legs) {
    const side = openingSide(leg.side)
    const levels = side === 'buy' ? view.asks.value : view.bids.value
    const fill = expectedFill(levels, leg.baseSize, { side, price: leg.worstPrice })
    if (fill.unfilledBase.gt(0)) return undefined
    const tier = prepared.accounts.find((account) => account.name === leg.account)?.tier
    const takerFee = tier?.isKnown === true ? tier.value.takerFeeFraction : ZERO
    costs.push(expectedCost({ side, ...fill }, mark, takerFee))
  }
  return sumCosts(costs)
}
