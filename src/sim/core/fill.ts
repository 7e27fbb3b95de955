/**
 * What one fill does to one side: new position, realised profit, funding booked, margin moved (PROTOCOL 11.4).
 * `planFill` computes, `isFillAllowed` judges, `applyFill` writes.
 * @module
 */
import type { AccountState, CoreState, MarketState, PositionState } from './core-state.ts'
import { positionOf } from './core-state.ts'
import type { IntegratorCharge } from './order-model.ts'
import type { PositionNumbers } from './margin.ts'
import {
  crossRisk,
  effectiveImf,
  isRiskChangeAllowed,
  isolatedRisk,
  quoteMicros,
  requirementE12,
  signedEntryMicros,
  unrealizedMicros,
  unsettledFundingE12,
  withdrawableE12,
} from './margin.ts'
import { E12_PER_MICRO } from './units.ts'

/** One side of a fill. */
export interface FillSide {
  readonly account: AccountState
  readonly market: MarketState
  /** Signed change of the position. */
  readonly deltaTicks: bigint
  readonly priceTicks: bigint
  /** Everything charged for the fill. */
  readonly feeE12: bigint
  /** The part of it that an integrator gets. */
  readonly integratorCharge?: IntegratorCharge
}

/** What the side will look like. */
export interface FillPlan {
  readonly before: PositionNumbers
  readonly after: PositionNumbers
  readonly collateralE12: bigint
  readonly realizedMicros: bigint
  /** Funding booked by this fill, positive when received. */
  readonly fundingE12: bigint
  readonly isSignChanged: boolean
}

/** Computes a side's state after a fill without changing anything. */
export function planFill(side: FillSide): FillPlan {
  const { account, market, deltaTicks } = side
  const before = positionOf(account, market)
  const sizeTicks = before.sizeTicks + deltaTicks
  const entryQuoteMicros = entryAfter(side, before, sizeTicks)
  // Realised profit = change of the signed entry minus the signed quote of the fill.
  const realizedMicros =
    signedEntryMicros({ sizeTicks, entryQuoteMicros }) -
    signedEntryMicros(before) -
    quoteMicros(market, deltaTicks, side.priceTicks)
  const fundingE12 = unsettledFundingE12(market, before)
  const cashE12 = fundingE12 + realizedMicros * E12_PER_MICRO - side.feeE12
  const moved: PositionNumbers = {
    sizeTicks,
    entryQuoteMicros,
    initialMarginFraction: before.initialMarginFraction,
    marginMode: marginModeFor(market, before),
    allocatedMarginE12: before.allocatedMarginE12,
    fundingPrefixE12: market.fundingPrefixE12,
  }
  const money =
    moved.marginMode === 1
      ? isolatedMoney(side, { before, moved, cashE12, fundingE12 })
      : { collateralE12: account.collateralE12 + cashE12, allocatedMarginE12: 0n }
  return {
    before: { ...before },
    after: { ...moved, allocatedMarginE12: money.allocatedMarginE12 },
    collateralE12: money.collateralE12,
    realizedMicros,
    fundingE12,
    isSignChanged: signOf(before.sizeTicks) !== signOf(sizeTicks),
  }
}

/** A new position on an isolated-only market is isolated, whatever its row says; an open one keeps its mode. */
function marginModeFor(market: MarketState, before: PositionNumbers): number {
  const isForced = before.sizeTicks === 0n && market.marketMarginMode === 1
  return isForced ? 1 : before.marginMode
}

/**
 * Whether margin allows a planned fill (PROTOCOL 11.4). An isolated position that shrinks may lose no more than its own
 * margin: PROTOCOL is silent, PRV compares the margin alone, so cross collateral never pays for the loss.
 */
export function isFillAllowed(state: CoreState, side: FillSide, plan: FillPlan): boolean {
  const { account, market } = side
  const substitute = {
    marketIndex: market.marketIndex,
    position: plan.after,
    collateralE12: plan.collateralE12,
  }
  if (plan.after.marginMode === 0) {
    return isRiskChangeAllowed(
      crossRisk(state.markets, account),
      crossRisk(state.markets, account, substitute),
    )
  }
  const takenE12 = account.collateralE12 - plan.collateralE12
  if (takenE12 > 0n && isShrink(plan.before.sizeTicks, plan.after.sizeTicks)) return false
  if (takenE12 > 0n && takenE12 > withdrawableE12(state.markets, account)) return false
  return isRiskChangeAllowed(isolatedRisk(market, plan.before), isolatedRisk(market, plan.after))
}

/** Writes a planned fill into the account. */
export function applyFill(state: CoreState, side: FillSide, plan: FillPlan): PositionState {
  const { account, market } = side
  const position = positionOf(account, market)
  position.sizeTicks = plan.after.sizeTicks
  position.entryQuoteMicros = plan.after.entryQuoteMicros
  position.marginMode = plan.after.marginMode
  position.allocatedMarginE12 = plan.after.allocatedMarginE12
  position.fundingPrefixE12 = plan.after.fundingPrefixE12
  position.realizedPnlMicros += plan.realizedMicros
  position.fundingPaidE12 -= plan.fundingE12
  account.collateralE12 = plan.collateralE12
  if (position.sizeTicks === 0n) market.holders.delete(account)
  else market.holders.add(account)
  // Longs and shorts are equal in sum: counting the longs counts one side.
  market.openInterestTicks += maximum(plan.after.sizeTicks, 0n) - maximum(plan.before.sizeTicks, 0n)
  state.changes.position(account, position)
  state.changes.account(account)
  return position
}

/** Size without its sign. */
export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** −1, 0 or 1. */
export function signOf(value: bigint): number {
  if (value === 0n) return 0
  return value < 0n ? -1 : 1
}

/** Entry quote after: added when growing, cut in proportion when shrinking, new when turning. */
function entryAfter(side: FillSide, before: PositionNumbers, sizeTicks: bigint): bigint {
  const { market, deltaTicks, priceTicks } = side
  const isGrowing = before.sizeTicks === 0n || signOf(before.sizeTicks) === signOf(deltaTicks)
  if (isGrowing) {
    return before.entryQuoteMicros + quoteMicros(market, absolute(deltaTicks), priceTicks)
  }
  const isTurning = sizeTicks !== 0n && signOf(sizeTicks) !== signOf(before.sizeTicks)
  if (isTurning) return quoteMicros(market, absolute(sizeTicks), priceTicks)
  return (before.entryQuoteMicros * absolute(sizeTicks)) / absolute(before.sizeTicks)
}

interface IsolatedMove {
  readonly before: PositionNumbers
  readonly moved: PositionNumbers
  /** Funding + realised profit − fee. */
  readonly cashE12: bigint
  readonly fundingE12: bigint
}

interface Money {
  readonly collateralE12: bigint
  readonly allocatedMarginE12: bigint
}

/** Margin of an isolated position: moved in when it grows, released when it shrinks (PROTOCOL 11.4). */
function isolatedMoney(side: FillSide, move: IsolatedMove): Money {
  const { before, moved } = move
  const collateralE12 = side.account.collateralE12
  const ownE12 = before.allocatedMarginE12 + move.cashE12
  if (moved.sizeTicks === 0n) {
    return { collateralE12: collateralE12 + ownE12, allocatedMarginE12: 0n }
  }
  if (isShrink(before.sizeTicks, moved.sizeTicks)) return releaseMargin(side, move, ownE12)
  const isSameSide = signOf(before.sizeTicks) === signOf(moved.sizeTicks)
  const addedTicks = isSameSide ? side.deltaTicks : moved.sizeTicks
  const instantE12 =
    quoteMicros(side.market, addedTicks, side.market.markTicks - side.priceTicks) * E12_PER_MICRO
  const required = requirementE12(side.market, addedTicks, effectiveImf(side.market, moved))
  // A turn closes the old position first: its margin, less the fee, goes back to cross; the new one starts from nothing.
  const isTurn = before.sizeTicks !== 0n && !isSameSide
  const keptE12 = isTurn ? 0n : ownE12
  const returnedE12 = ownE12 - keptE12
  const feeE12 = isTurn ? 0n : side.feeE12
  const neededE12 = maximum(0n, required - (instantE12 - feeE12))
  const toppedE12 = keptE12 + neededE12 < 0n ? -(keptE12 + neededE12) : 0n
  return {
    collateralE12: collateralE12 + returnedE12 - neededE12 - toppedE12,
    allocatedMarginE12: keptE12 + neededE12 + toppedE12,
  }
}

/**
 * Releases what is above both the proportional value, rounded up, and the requirement of what remains (PROTOCOL 11.4).
 * A loss beyond the margin itself is only possible for a forced close; it goes to cross, so that no margin is negative.
 */
function releaseMargin(side: FillSide, move: IsolatedMove, ownE12: bigint): Money {
  const { before, moved } = move
  const { market, account } = side
  const valueBefore = isolatedRisk(market, before).valueE12
  const oldTicks = absolute(before.sizeTicks)
  const proportional = (valueBefore * absolute(moved.sizeTicks) + oldTicks - 1n) / oldTicks
  const required = requirementE12(market, moved.sizeTicks, effectiveImf(market, moved))
  const valueE12 = ownE12 + unrealizedMicros(market, moved) * E12_PER_MICRO
  const wanted = maximum(0n, valueE12 - maximum(proportional, required))
  const released = wanted > ownE12 ? ownE12 : wanted
  return {
    collateralE12: account.collateralE12 + released,
    allocatedMarginE12: ownE12 - released,
  }
}

function isShrink(beforeTicks: bigint, afterTicks: bigint): boolean {
  const isSameSide = afterTicks === 0n || signOf(beforeTicks) === signOf(afterTicks)
  return isSameSide && absolute(afterTicks) < absolute(beforeTicks)
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
