/**
 * What the sequencer does with order transactions: create, group, cancel, modify (PROTOCOL 5.4 and 5.5).
 * @module
 */
import type { DecodedTransaction, OrderFields } from '../../lighter/signer/transactions.ts'
import { GROUPING_TYPE } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState, MarketState, OrderState } from './core-state.ts'
import { marketOf } from './core-state.ts'
import { isRefusal, readGroup } from './group-rules.ts'
import { checkIntegratorFees, integratorFeesOf } from './integrator.ts'
import { matchOrder } from './matching.ts'
import { checkDeadMansSwitch, checkLiquidation, sequencerRefusal } from './order-admission.ts'
import {
  awaitTrigger,
  createOrder,
  detachOrder,
  endOrder,
  MAX_BASE_TICKS,
  sizeFromPosition,
} from './order-life.ts'
import type { SimTrade } from './order-model.ts'
import { checkAmounts, isTriggeredType } from './order-rules.ts'
import { FIRST_ORDER_INDEX } from './units.ts'
import { refusal } from './venue-errors.ts'

type TxOf<K extends DecodedTransaction['kind']> = Extract<DecodedTransaction, { kind: K }>

/** What a transaction did. */
export interface Outcome {
  readonly error?: VenueError
  readonly orders: readonly OrderState[]
  readonly trades: readonly SimTrade[]
}

const NOTHING: Outcome = { orders: [], trades: [] }

/** A transaction that changed nothing. */
export function failed(error: VenueError): Outcome {
  return { ...NOTHING, error }
}

/** Creates one order and matches it, or lets it wait for its trigger. */
export function executeCreate(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'createOrder'>,
): Outcome {
  const error = sequencerRefusal(state, account, tx)
  if (error !== undefined) return failed(error)
  const market = marketOf(state, tx.marketIndex)
  const order = makeOrder(state, { account, market, tx }, tx)
  if (isTriggeredType(tx.type)) {
    awaitTrigger(state, order, 'mark-price')
    return { orders: [order], trades: [] }
  }
  return { orders: [order], trades: start(state, order) }
}

/** Creates a group: siblings wait for the mark, children for their parent. */
export function executeGroup(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'createGroupedOrders'>,
): Outcome {
  const error = sequencerRefusal(state, account, tx)
  if (error !== undefined) return failed(error)
  const group = readGroup(tx)
  if (isRefusal(group)) return failed(group)
  const market = marketOf(state, tx.orders[0]?.marketIndex ?? -1)
  const origin = { account, market, tx }
  const parent = group.parent === undefined ? undefined : makeOrder(state, origin, group.parent)
  const children = group.children.map((fields) => makeOrder(state, origin, fields))
  if (tx.groupingType !== GROUPING_TYPE.oto) linkSiblings(children)
  if (parent === undefined) {
    // Both must stand before one may fire and cancel the other.
    for (const child of children) awaitTrigger(state, child, 'mark-price')
    return { orders: children, trades: [] }
  }
  parent.toTriggerOrderIndexes = children.map((child) => child.orderIndex)
  for (const child of children) {
    child.parentOrderIndex = parent.orderIndex
    awaitTrigger(state, child, 'parent-order')
  }
  return { orders: [parent, ...children], trades: start(state, parent) }
}

/** Cancels one live order by client or exchange index. */
export function executeCancel(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'cancelOrder'>,
): Outcome {
  const order = findLive(account, tx)
  if (order === undefined) return failed(refusal('inactiveCancel'))
  const error = checkLiquidation(state, { account, market: marketOf(state, tx.marketIndex) })
  if (error !== undefined) return failed(error)
  endOrder(state, order, 'canceled')
  return { orders: [order], trades: [] }
}

/** Changes size, price or trigger of a live order; it keeps its index and loses its turn. */
export function executeModify(
  state: CoreState,
  account: AccountState,
  tx: TxOf<'modifyOrder'>,
): Outcome {
  const order = findLive(account, tx)
  if (order === undefined) return failed(refusal('inactiveOrder'))
  const market = marketOf(state, tx.marketIndex)
  const error =
    checkDeadMansSwitch({ account, nowMs: state.nowMs }) ??
    checkIntegratorFees(account, tx.attributes, state.nowMs) ??
    checkModify({ market, order }, tx) ??
    checkLiquidation(state, { account, market }) ??
    checkNotExpired(order, state.nowMs)
  if (error !== undefined) return failed(error)
  const isOnBook = order.place === 'book'
  const { triggerStatus } = order
  detachOrder(state, order)
  rewrite(order, tx)
  if (isOnBook) return { orders: [order], trades: rematch(state, order) }
  awaitTrigger(state, order, triggerStatus === 'parent-order' ? 'parent-order' : 'mark-price')
  return { orders: [order], trades: [] }
}

/** Puts the new numbers into an order; what is gone already, traded or lost to a self-trade, counts (PROTOCOL 5.4). */
function rewrite(order: OrderState, tx: TxOf<'modifyOrder'>): void {
  const goneTicks = order.baseTicks - order.remainingTicks
  order.priceTicks = BigInt(tx.price)
  if (tx.triggerPrice !== 0) order.triggerTicks = BigInt(tx.triggerPrice)
  // Attributes are those of the newest transaction (PRV); without any, the defaults apply again.
  order.selfTradeBehavior = tx.attributes?.selfTradeBehaviorMode ?? 0
  order.selfTradeEquality = tx.attributes?.selfTradeEqualityMode ?? 0
  const integrator = integratorFeesOf(tx.attributes)
  if (integrator === undefined) delete order.integrator
  else order.integrator = integrator
  order.baseTicks = tx.baseAmount > goneTicks ? tx.baseAmount : goneTicks
  order.remainingTicks = order.baseTicks - goneTicks
}

function checkNotExpired(order: OrderState, nowMs: number): VenueError | undefined {
  return order.expiryMs > 0 && order.expiryMs <= nowMs ? refusal('inactiveOrder') : undefined
}

/**
 * Which rule a modification breaks by its market and its own fields (PROTOCOL 4 and 5.4): size 0 belongs to orders that have no size yet,
 * a trigger price to orders that still wait for one.
 */
export function checkModify(
  { market, order }: { readonly market: MarketState; readonly order: OrderState },
  tx: TxOf<'modifyOrder'>,
): VenueError | undefined {
  if (market.status !== 'active') return refusal('invalidMarketStatus')
  if (tx.baseAmount < 0n || tx.baseAmount > MAX_BASE_TICKS) return refusal('invalidBaseAmount')
  if ((tx.baseAmount === 0n) !== (order.baseTicks === 0n)) return refusal('invalidBaseAmount')
  if (!isTicks32(tx.price)) return refusal('invalidPrice')
  const wantsTrigger = order.place === 'pending'
  if (wantsTrigger ? !isTicks32(tx.triggerPrice) : tx.triggerPrice !== 0) {
    return refusal('invalidTriggerPrice')
  }
  return checkAmounts(market, { ...tx, timeInForce: order.timeInForce })
}

/** The account's live order that a transaction means: client index below 2^48, else exchange index. */
export function findLive(
  account: AccountState,
  tx: { readonly marketIndex: number; readonly index: bigint },
): OrderState | undefined {
  const found =
    tx.index < FIRST_ORDER_INDEX
      ? account.clientOrders.get(tx.index)
      : account.liveOrders.get(tx.index)
  if (found === undefined || found.marketIndex !== tx.marketIndex) return undefined
  return account.liveOrders.has(found.orderIndex) ? found : undefined
}

function rematch(state: CoreState, order: OrderState): readonly SimTrade[] {
  if (order.remainingTicks === 0n) {
    endOrder(state, order, 'filled')
    return []
  }
  order.status = 'in-progress'
  return matchOrder(state, order)
}

interface Origin {
  readonly account: AccountState
  readonly market: MarketState
  readonly tx: Pick<DecodedTransaction, 'attributes'>
}

function makeOrder(
  state: CoreState,
  { account, market, tx }: Origin,
  fields: OrderFields<bigint>,
): OrderState {
  const origin = {
    account,
    market,
    selfTradeBehavior: tx.attributes?.selfTradeBehaviorMode ?? 0,
    selfTradeEquality: tx.attributes?.selfTradeEqualityMode ?? 0,
    integrator: integratorFeesOf(tx.attributes),
  }
  return createOrder(state, origin, fields)
}

/** Matches a new order; one sent without size takes it from the position first. */
function start(state: CoreState, order: OrderState): readonly SimTrade[] {
  if (order.isPositionTied) {
    sizeFromPosition(state, order)
    if (order.remainingTicks === 0n) {
      endOrder(state, order, 'canceled-reduce-only')
      return []
    }
  }
  return matchOrder(state, order)
}

function linkSiblings([a, b]: readonly OrderState[]): void {
  if (a === undefined || b === undefined) return
  a.toCancelOrderIndex = b.orderIndex
  b.toCancelOrderIndex = a.orderIndex
}

function isTicks32(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= 2 ** 32 - 1
}
