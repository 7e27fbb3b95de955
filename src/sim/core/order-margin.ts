/**
 * Margin test of an order that would rest (PROTOCOL 11.3). Resting orders reserve nothing: the test is made only when
 * the order is placed.
 * @module
 */
import type {
  AccountState,
  CoreState,
  MarketState,
  OrderState,
  PositionState,
} from './core-state.ts'
import { absolute, signOf } from './fill.ts'
import { crossRisk, effectiveImf, quoteMicros, withdrawableE12 } from './margin.ts'

/** An order as far as its margin goes. */
export interface RestingOrder {
  readonly account: AccountState
  readonly market: MarketState
  readonly order: Pick<OrderState, 'isAsk' | 'priceTicks' | 'remainingTicks' | 'reduceOnly'>
}

/**
 * Whether the free margin covers the part of the order that would enlarge the position, at the order's price. The
 * exchange's exact formula is not published; this one is the plain reading of "not enough margin to create the order".
 */
export function isRestingAffordable(state: CoreState, resting: RestingOrder): boolean {
  const { account, market, order } = resting
  if (order.reduceOnly || account.isHouse) return true
  const grownTicks = enlargingTicks(
    account.positions.get(market.marketIndex)?.sizeTicks ?? 0n,
    order,
  )
  if (grownTicks === 0n) return true
  const risk = crossRisk(state.markets, account)
  const position = account.positions.get(market.marketIndex)
  const imf = effectiveImf(market, position ?? { initialMarginFraction: 0 })
  // Value in millionths × fraction × 100 is value × fraction / 10 000 in 1e-12 USDC.
  const neededE12 = quoteMicros(market, grownTicks, order.priceTicks) * BigInt(imf) * 100n
  const freeE12 =
    marginModeOf(market, position) === 1
      ? withdrawableE12(state.markets, account)
      : risk.valueE12 - risk.initialE12
  return freeE12 >= neededE12
}

/** Isolated margin is moved out of cross collateral, which floating profit cannot be (PROTOCOL 11.4). */
function marginModeOf(market: MarketState, position: PositionState | undefined): number {
  return market.marketMarginMode === 1 ? 1 : (position?.marginMode ?? 0)
}

/** How much of an order makes the position larger than it is now, or turns it. */
function enlargingTicks(
  sizeTicks: bigint,
  order: Pick<OrderState, 'isAsk' | 'remainingTicks'>,
): bigint {
  const isOpposite = signOf(sizeTicks) === (order.isAsk ? 1 : -1)
  if (!isOpposite) return order.remainingTicks
  const beyond = order.remainingTicks - absolute(sizeTicks)
  // A turn needs margin only for what is larger than the position that it closes.
  return beyond > absolute(sizeTicks) ? beyond - absolute(sizeTicks) : 0n
}
