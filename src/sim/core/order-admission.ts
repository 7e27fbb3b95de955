/**
 * What must hold between an order and its account, market and book before it is taken (PROTOCOL 11.3). Two readers:
 * the API server checks everything, the sequencer only what it must not get wrong.
 * @module
 */
import type { OrderFields, Transaction } from '../../lighter/signer/transactions.ts'
import { TIME_IN_FORCE } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState, MarketState } from './core-state.ts'
import { signOf } from './fill.ts'
import { isRefusal, readGroup } from './group-rules.ts'
import { checkIntegratorFees } from './integrator.ts'
import { healthOn } from './liquidation.ts'
import { bestLevel } from './order-book.ts'
import { isSwitchDue } from './order-life.ts'
import { isRestingAffordable } from './order-margin.ts'
import { checkExpiryAhead, checkOrderFields, isTriggeredType } from './order-rules.ts'
import { TIER_LIMITS } from './tier-limits.ts'
import { refusal } from './venue-errors.ts'

type Fields = OrderFields<bigint>
type CreateTx = Extract<Transaction<bigint>, { kind: 'createOrder' | 'createGroupedOrders' }>

/** Who asks, on which market, and when. */
export interface Placement {
  readonly account: AccountState
  readonly market: MarketState
  readonly nowMs: number
}

/** Why the sequencer refuses to create an order or a group; undefined when it takes it. */
export function sequencerRefusal(
  state: CoreState,
  account: AccountState,
  tx: CreateTx,
): VenueError | undefined {
  const orders = ordersOf(tx)
  if ('code' in orders) return orders
  const market = state.markets.get(orders[0]?.marketIndex ?? -1)
  if (market === undefined) return refusal('invalidMarketIndex')
  if (market.status !== 'active') return refusal('invalidMarketStatus')
  const placement = { account, market, nowMs: state.nowMs }
  for (const fields of orders) {
    const found = checkOrderFields(market, fields, state.nowMs)
    if (found !== undefined) return found
  }
  return (
    checkIntegratorFees(account, tx.attributes, state.nowMs) ??
    checkDeadMansSwitch(placement) ??
    checkLiquidation(state, placement) ??
    checkClientIndexes(account, orders) ??
    checkCaps(placement, tx)
  )
}

/** What the API server refuses beyond that. */
export function apiRefusal(
  state: CoreState,
  placement: Placement,
  tx: CreateTx,
): VenueError | undefined {
  const orders = ordersOf(tx)
  if ('code' in orders) return orders
  const isChild = (at: number): boolean =>
    tx.kind === 'createGroupedOrders' && tx.groupingType !== 2 && at > 0
  for (const [at, fields] of orders.entries()) {
    const found =
      checkExpiryAhead(fields, placement.nowMs) ??
      checkPriceBand(state, placement.market, fields) ??
      (isChild(at) ? undefined : checkAgainstPosition(state, placement, fields)) ??
      checkMargin(state, placement, fields)
    if (found !== undefined) return found
  }
  return undefined
}

/** Limit prices far through mark or best, and SL/TP prices far beyond their trigger, look like mistakes. */
export function checkPriceBand(
  state: CoreState,
  market: MarketState,
  fields: Pick<Fields, 'type' | 'isAsk' | 'price' | 'triggerPrice'>,
): VenueError | undefined {
  const price = BigInt(fields.price)
  const isAsk = fields.isAsk === 1
  if (isTriggeredType(fields.type)) {
    return isBeyond(isAsk, price, [BigInt(fields.triggerPrice), state.settings.triggerBandFraction])
      ? refusal('priceTooFarFromTrigger')
      : undefined
  }
  if (fields.type !== 0) return undefined
  const band = state.settings.priceBandFraction
  if (isBeyond(isAsk, price, [market.markTicks, band])) return refusal('priceTooFarFromMark')
  const best = bestLevel(isAsk ? market.bids : market.asks)
  return best !== undefined && isBeyond(isAsk, price, [best.priceTicks, band])
    ? refusal('fatFingerPrice')
    : undefined
}

/** An order that would rest must be covered by free margin when it is placed. */
export function checkMargin(
  state: CoreState,
  { account, market }: Placement,
  fields: Pick<Fields, 'type' | 'timeInForce' | 'isAsk' | 'price' | 'baseAmount' | 'reduceOnly'>,
): VenueError | undefined {
  if (fields.type !== 0 || fields.timeInForce === TIME_IN_FORCE.ioc) return undefined
  const order = {
    isAsk: fields.isAsk === 1,
    priceTicks: BigInt(fields.price),
    remainingTicks: fields.baseAmount,
    reduceOnly: fields.reduceOnly === 1,
  }
  return isRestingAffordable(state, { account, market, order })
    ? undefined
    : refusal('notEnoughOrderMargin')
}

/** Cancel, modify and create are closed to accounts in liquidation (PROTOCOL 11.6). */
export function checkLiquidation(
  state: CoreState,
  { account, market }: Pick<Placement, 'account' | 'market'>,
): VenueError | undefined {
  const health = healthOn(state, account, market)
  return health === 'healthy' || health === 'pre-liquidation' ? undefined : refusal('inLiquidation')
}

/** A switch that is due must be handled before anything is created or modified (PROTOCOL 5.6; modify by PRV). */
export function checkDeadMansSwitch({
  account,
  nowMs,
}: Pick<Placement, 'account' | 'nowMs'>): VenueError | undefined {
  return isSwitchDue(account, nowMs) ? refusal('deadMansSwitchDue') : undefined
}

function ordersOf(tx: CreateTx): readonly Fields[] | VenueError {
  if (tx.kind === 'createOrder') return [tx]
  const group = readGroup(tx)
  return isRefusal(group) ? group : tx.orders
}

/** Whether a price lies beyond a reference by more than a fraction: above it for a bid, below it for an ask. */
function isBeyond(
  isAsk: boolean,
  price: bigint,
  [reference, fraction]: readonly [bigint, bigint],
): boolean {
  return isAsk
    ? price * 10_000n < reference * (10_000n - fraction)
    : price * 10_000n > reference * (10_000n + fraction)
}

function checkClientIndexes(
  account: AccountState,
  orders: readonly Fields[],
): VenueError | undefined {
  const seen = new Set<bigint>()
  for (const { clientOrderIndex } of orders) {
    if (clientOrderIndex === 0n) continue
    const known = account.clientOrders.get(clientOrderIndex)
    const isLive = known !== undefined && account.liveOrders.has(known.orderIndex)
    if (isLive || seen.has(clientOrderIndex)) return refusal('clientOrderIndexExists')
    seen.add(clientOrderIndex)
  }
  return undefined
}

/** Caps on resting and untriggered orders by tier (PROTOCOL section 9); IOC orders are free. */
function checkCaps({ account, market }: Placement, tx: CreateTx): VenueError | undefined {
  const orders = tx.kind === 'createOrder' ? [tx] : tx.orders
  const limits = TIER_LIMITS[account.tier]
  const position = account.positions.get(market.marketIndex)
  const pending = orders.filter((order) => isTriggeredType(order.type)).length
  const active = orders.filter(
    (order) => !isTriggeredType(order.type) && order.timeInForce !== TIME_IN_FORCE.ioc,
  ).length
  const isOver = (now: number, added: number, cap: number): boolean =>
    added > 0 && now + added > cap
  const activeNow = account.totalOrderCount - account.pendingOrderCount
  if (isOver(activeNow, active, limits.maxActive)) return refusal('maxOrders')
  if (isOver(position?.openOrderCount ?? 0, active, limits.maxActivePerMarket)) {
    return refusal('maxOrdersPerMarket')
  }
  if (isOver(account.pendingOrderCount, pending, limits.maxPending)) {
    return refusal('maxPendingOrders')
  }
  return isOver(position?.pendingOrderCount ?? 0, pending, limits.maxPendingPerMarket)
    ? refusal('maxPendingOrdersPerMarket')
    : undefined
}

/** Reduce-only must reduce; forced markets and accounts before liquidation take nothing else. */
function checkAgainstPosition(
  state: CoreState,
  { account, market }: Placement,
  fields: Fields,
): VenueError | undefined {
  const sign = signOf(account.positions.get(market.marketIndex)?.sizeTicks ?? 0n)
  const isOpposite = sign === (fields.isAsk === 1 ? 1 : -1)
  if (fields.reduceOnly === 1) {
    if (isOpposite) return undefined
    return refusal(sign === 0 ? 'reduceOnlyIncreases' : 'invalidReduceOnlyDirection')
  }
  if (market.forceReduceOnly) return refusal('invalidReduceOnlyMode')
  const isUnhealthy = healthOn(state, account, market) === 'pre-liquidation'
  return isUnhealthy && !isOpposite ? refusal('preLiquidation') : undefined
}
