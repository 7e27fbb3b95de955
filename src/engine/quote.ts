/**
 * Prices and stop levels of the moment, from the feed and the accounts' views, just before an order is signed.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import type { HedgeFacts, LegFacts } from '../hedge/hedge-facts.ts'
import type { LegStops } from '../hedge/intent.ts'
import type { HedgeLeg } from '../hedge/ledger.ts'
import type { MarketInfo } from '../hedge/market.ts'
import { closingPrice, openingPrice, quotesOf } from '../hedge/prices.ts'
import type { OrderSide, Side } from '../hedge/side.ts'
import { levelsToPlace } from '../hedge/keep-stops.ts'
import { plannedLiquidationPrice } from '../hedge/stop-points.ts'
import type { StopLeg, StopLevels } from '../hedge/stops.ts'
import { legStopPrices, stopLevels } from '../hedge/stops.ts'
import { positionIn } from '../hedge/venue-view.ts'
import { HedgebotError } from '../errors.ts'
import type { Engine } from './engine-context.ts'
import { standingLeg } from './resting-stops.ts'

/** The venue keeps trigger orders at most 30 days (PROTOCOL.md 5.4); its own clients ask for 28. */
const STOP_LIFE_MS = 28 * 24 * 3_600_000

/** The worst price of an opening order now. @throws HedgebotError when mark is unknown or no price fits */
export function openingQuote(engine: Engine, facts: HedgeFacts, side: OrderSide): Dec {
  return openingPrice({
    market: facts.market,
    side,
    quotes: quotesOf(engine.feed(facts.market.marketIndex).view()),
    maxSlippagePct: engine.policy.maxSlippagePct,
  })
}

/** The price of a closing order of one hedge; the legs' entry, then its last fill, are the last resort. */
export function closingQuote(
  engine: Engine,
  facts: HedgeFacts,
  order: { readonly side: OrderSide; readonly step: number },
): Dec {
  const entries = facts.legs.flatMap((leg) => {
    const row = positionIn(engine.link(leg.leg.accountIndex).view(), facts.market.marketIndex)
    return row.isKnown && row.value?.entryPrice.gt(0) === true ? [row.value.entryPrice] : []
  })
  return closingQuoteAt(engine, facts.market, {
    ...order,
    lastResortPrice: entries[0] ?? engine.journal.fillsOfHedge(facts.hedge.hedgeId).at(-1)?.price,
  })
}

/** The price of a closing order from the feed. @throws HedgebotError kind `unknown_state` without any price */
export function closingQuoteAt(
  engine: Engine,
  market: MarketInfo,
  order: {
    readonly side: OrderSide
    readonly step: number
    readonly lastResortPrice?: Dec | undefined
  },
): Dec {
  return closingPrice({
    market,
    side: order.side,
    quotes: quotesOf(engine.feed(market.marketIndex).view()),
    closeStepsPct: engine.policy.closeStepsPct,
    step: order.step,
    lastResortPrice: order.lastResortPrice,
  })
}

/** The exchange-side stops of a hedge, before client order indices are given. */
export interface StopPlan {
  readonly market: MarketInfo
  readonly levels: StopLevels
  readonly expiresAtMs: number
  /** What the ledger's legs are to say. */
  readonly mark: Pick<HedgeLeg, 'stopDown' | 'stopUp' | 'stopState'>
}

/**
 * Levels from the legs as they stand, or as planned at mark; undefined when exchange stops are off.
 * @throws HedgebotError kind `refused`, code `stop_already_due`, when a level is past already
 */
export function planStops(engine: Engine, facts: HedgeFacts): StopPlan | undefined {
  const { policy } = engine
  if (!policy.isExchangeStopOn) return undefined
  const mark = requireMark(facts)
  const levels = stopLevels({
    market: facts.market,
    mark,
    legs: facts.legs.map((leg) => stopLeg(engine, facts, { leg, mark })),
    stopLossUsd: policy.stopLossUsd,
    exchangeStopPct: policy.exchangeStopPct,
    liquidationBufferPct: policy.liquidationBufferPct,
  })
  const due = [levels.down, levels.up].find((level) => level?.isDue === true)
  if (due !== undefined) {
    throw new HedgebotError(
      'refused',
      `${due.account}: its stop at ${due.triggerPrice} is past already`,
      {
        code: 'stop_already_due',
        hint: 'a larger stop_loss_threshold, a smaller position or more collateral moves it away',
      },
    )
  }
  return planOf(facts.market, levels, facts.nowMs)
}

/** One leg's stops with fresh client order indices; undefined when no level is reachable. */
export function withTriggerIndices(
  plan: StopPlan,
  side: Side,
  nextIndex: () => number,
): LegStops | undefined {
  const { down, up } = legStopPrices(plan.market, side, plan.levels)
  if (down === undefined && up === undefined) return undefined
  return {
    ...(down === undefined ? {} : { down: { ...down, clientOrderIndex: nextIndex() } }),
    ...(up === undefined ? {} : { up: { ...up, clientOrderIndex: nextIndex() } }),
    expiresAtMs: plan.expiresAtMs,
  }
}

function requireMark(facts: HedgeFacts): Dec {
  if (facts.mark.isKnown) return facts.mark.value
  throw new HedgebotError('unknown_state', `${facts.market.symbol} has no mark price`, {
    code: 'mark_unknown',
  })
}

/** The stops of an open hedge at the levels that its facts want now; undefined when they are not known, or due. */
export function standingStops(facts: HedgeFacts): StopPlan | undefined {
  const levels = levelsToPlace(facts)
  return levels && planOf(facts.market, levels, facts.nowMs)
}

function planOf(market: MarketInfo, levels: StopLevels, nowMs: number): StopPlan {
  return {
    market,
    levels,
    expiresAtMs: nowMs + STOP_LIFE_MS,
    mark: {
      stopDown: levels.down?.triggerPrice,
      stopUp: levels.up?.triggerPrice,
      stopState: levels.state === 'REACHABLE' ? 'PENDING' : 'NOT_REACHABLE',
    },
  }
}

/** A standing leg has the venue's entry and liquidation price; a planned one ours at mark. */
function stopLeg(
  engine: Engine,
  facts: HedgeFacts,
  { leg, mark }: { readonly leg: LegFacts; readonly mark: Dec },
): StopLeg {
  const { account, accountIndex, side, plannedBase } = leg.leg
  const view = engine.link(accountIndex).view()
  const row = positionIn(view, facts.market.marketIndex)
  const position = row.isKnown ? row.value : undefined
  if (position !== undefined && !position.signedBase.isZero()) {
    return standingLeg(leg.leg, position)
  }
  const liquidation = plannedLiquidationPrice(
    { leg: leg.leg, account: { view } },
    { market: facts.market, markets: engine.knownMarkets(), policy: facts.policy },
    mark,
  )
  if (liquidation === 'unknown') {
    throw new HedgebotError('unknown_state', `${account}: its liquidation price is not known yet`, {
      code: 'liquidation_unknown',
    })
  }
  return {
    account,
    side,
    baseSize: plannedBase,
    entryPrice: mark,
    liquidationPrice: liquidation,
  }
}
