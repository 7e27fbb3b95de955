/**
 * What `decide` is told about the stops on the exchange: which rest, where they should, and since when they do not.
 * @module
 */
import { instanceOfClientOrderIndex } from '../hedge/client-order-index.ts'
import type { Dec } from '../hedge/decimal.ts'
import { isSameDec } from '../hedge/decimal.ts'
import type { HedgeFacts, LegFacts, RestingStop } from '../hedge/hedge-facts.ts'
import { dueStop, lacksStops, placingsInARow } from '../hedge/keep-stops.ts'
import { known, unknown } from '../hedge/known.ts'
import type { Known } from '../hedge/known.ts'
import type { HedgeLeg, LedgerOrder } from '../hedge/ledger.ts'
import { closingSide } from '../hedge/side.ts'
import { pastOnly } from '../hedge/past-time.ts'
import type { StopLeg, StopLevels } from '../hedge/stops.ts'
import { stopLevels } from '../hedge/stops.ts'
import type { AccountView, VenueOrder, VenuePosition } from '../hedge/venue-view.ts'
import { positionIn } from '../hedge/venue-view.ts'
import type { Engine } from './engine-context.ts'
import type { ToldCollateral } from './liquidation-age.ts'
import { lookAtCollateral } from './liquidation-age.ts'

/** Our live reduce-only triggers in the leg's market. */
export function restingStops(
  view: AccountView,
  leg: Pick<HedgeLeg, 'side'>,
  marketIndex: number,
): LegFacts['stops'] {
  if (!view.liveOrders.isKnown) return unknown(view.liveOrders.reason)
  const stops = view.liveOrders.value.flatMap((order): readonly RestingStop[] => {
    if (order.marketIndex !== marketIndex || !order.isReduceOnly || !isOwn(order)) return []
    const direction = directionOf(order)
    const { orderIndex, clientOrderIndex, triggerPrice, expiresAtMs } = order
    if (direction === undefined || triggerPrice === undefined) return []
    const isClosing = order.side === closingSide(leg.side)
    const baseSize = order.initialBase
    return [
      { orderIndex, clientOrderIndex, direction, triggerPrice, baseSize, isClosing, expiresAtMs },
    ]
  })
  return known(stops, view.liveOrders.atMs)
}

/** All our live orders of a market, by the venue's index. */
export function liveOwnOrders(view: AccountView, marketIndex: number): Known<readonly string[]> {
  if (!view.liveOrders.isKnown) return unknown(view.liveOrders.reason)
  const own = view.liveOrders.value.filter(
    (order) => order.marketIndex === marketIndex && isOwn(order),
  )
  return known(
    own.map((order) => order.orderIndex),
    view.liveOrders.atMs,
  )
}

function isOwn(order: VenueOrder): boolean {
  return instanceOfClientOrderIndex(order.clientOrderIndex) !== undefined
}

/** A seller's stop-loss and a buyer's take-profit fire on a falling mark (PROTOCOL.md section 5.5). */
function directionOf({ type, side }: VenueOrder): RestingStop['direction'] | undefined {
  const isLoss = type.startsWith('stop-loss')
  if (!isLoss && !type.startsWith('take-profit')) return undefined
  return isLoss === (side === 'sell') ? 'down' : 'up'
}

/** How often stops were placed in a row, and when last. Orders of one leg, oldest first. */
export function stopHistory(
  own: readonly LedgerOrder[],
  nowMs: number,
): Pick<LegFacts, 'stopTries' | 'lastStopsAtMs'> {
  // What lies ahead was noted by a clock that was set back since.
  const placed = own
    .filter(({ purpose, preparedAtMs }) => purpose === 'stops' && preparedAtMs <= nowMs)
    .map((order) => order.preparedAtMs)
  return { stopTries: placingsInARow(placed, nowMs), lastStopsAtMs: placed.at(-1) }
}

/** A leg as it stands at the venue. */
export function standingLeg(leg: HedgeLeg, position: VenuePosition): StopLeg {
  return {
    account: leg.account,
    side: leg.side,
    baseSize: position.signedBase.abs(),
    entryPrice: position.entryPrice,
    liquidationPrice: position.liquidationPrice,
  }
}

/** The facts with what is wanted of the stops, and since when it is not so. Remembers both. */
export function withStopFacts(engine: Engine, facts: HedgeFacts): HedgeFacts {
  const { memory, policy } = engine
  const { hedgeId, state, target } = facts.hedge
  if (state !== 'open' || target !== 'open') {
    memory.stops.delete(hedgeId)
    return facts
  }
  if (!policy.isExchangeStopOn) return facts
  const memo: StopsMemory = memory.stops.get(hedgeId) ?? {
    lackSinceMs: new Map(),
    collateral: new Map(),
  }
  const wanted = wantedStops(engine, facts, memo.computed)
  const withWanted = { ...facts, wantedStops: wanted.value }
  const dueSinceMs =
    dueStop(withWanted) === undefined
      ? undefined
      : (pastOnly(memo.dueSinceMs, facts.nowMs) ?? facts.nowMs)
  memory.stops.set(hedgeId, { ...memo, dueSinceMs, computed: wanted.computed })
  return {
    ...withWanted,
    stopDueSinceMs: dueSinceMs,
    legs: facts.legs.map((leg) => ({
      ...leg,
      stopsLackSinceMs: noteLack(memo, withWanted, leg),
      isLiquidationPriceOld: isLiquidationOld(engine, memo, { facts, leg }),
    })),
  }
}

function noteLack({ lackSinceMs }: StopsMemory, facts: HedgeFacts, leg: LegFacts) {
  const { accountIndex } = leg.leg
  if (!lacksStops(facts, leg)) {
    lackSinceMs.delete(accountIndex)
    return undefined
  }
  const sinceMs = pastOnly(lackSinceMs.get(accountIndex), facts.nowMs) ?? facts.nowMs
  lackSinceMs.set(accountIndex, sinceMs)
  return sinceMs
}

function isLiquidationOld(
  engine: Engine,
  { collateral }: StopsMemory,
  { facts, leg }: { readonly facts: HedgeFacts; readonly leg: LegFacts },
): boolean {
  const { accountIndex } = leg.leg
  const view = engine.link(accountIndex).view()
  const row = positionIn(view, facts.market.marketIndex)
  const told = lookAtCollateral(collateral.get(accountIndex), {
    balances: view.balances,
    row: row.isKnown ? row.value : undefined,
    nowMs: facts.nowMs,
  })
  if (told !== undefined) collateral.set(accountIndex, told)
  return told?.movedSinceMs !== undefined
}

/** What this process remembers about the stops of an open hedge. */
export interface StopsMemory {
  /** By account. */
  readonly lackSinceMs: Map<number, number>
  /** By account. */
  readonly collateral: Map<number, ToldCollateral>
  readonly dueSinceMs?: number | undefined
  readonly computed?: ComputedLevels | undefined
}

/** Levels with what they were computed from: most turns change none of it. */
interface ComputedLevels {
  readonly mark: Dec
  readonly legs: readonly StopLeg[]
  readonly levels: StopLevels
}

interface Wanted {
  readonly value: Known<StopLevels>
  readonly computed: ComputedLevels | undefined
}

/** The levels of the legs as they stand; unknown as soon as one of them, or mark, is. */
function wantedStops(
  engine: Engine,
  facts: HedgeFacts,
  before: ComputedLevels | undefined,
): Wanted {
  const { market, policy } = facts
  // Levels hardly depend on mark: an old one will do. That a level is due, `decide` takes from a fresh one only.
  const { mark } = engine.feed(market.marketIndex).view()
  if (!mark.isKnown) return { value: mark, computed: before }
  if (!mark.value.gt(0)) return { value: unknown('mark is no price'), computed: before }
  const legs: StopLeg[] = []
  for (const { leg, position } of facts.legs) {
    const row = positionIn(engine.link(leg.accountIndex).view(), market.marketIndex)
    if (!position.isKnown) return { value: position, computed: before }
    if (!position.value.isSettled || !row.isKnown || row.value === undefined) {
      return { value: unknown(`${leg.account}: its position is not settled`), computed: before }
    }
    legs.push(standingLeg(leg, row.value))
  }
  const isSame = before?.mark.eq(mark.value) === true && isSameLegs(before.legs, legs)
  const computed = isSame
    ? before
    : {
        mark: mark.value,
        legs,
        levels: stopLevels({
          market,
          mark: mark.value,
          legs,
          stopLossUsd: policy.stopLossUsd,
          exchangeStopPct: policy.exchangeStopPct,
          liquidationBufferPct: policy.liquidationBufferPct,
        }),
      }
  return { value: known(computed.levels, mark.atMs), computed }
}

function isSameLegs(before: readonly StopLeg[], now: readonly StopLeg[]): boolean {
  return before.every((leg, at) => {
    const other = now[at]
    return (
      other !== undefined &&
      leg.baseSize.eq(other.baseSize) &&
      leg.entryPrice.eq(other.entryPrice) &&
      isSameDec(leg.liquidationPrice, other.liquidationPrice)
    )
  })
}
