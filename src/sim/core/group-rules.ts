/**
 * Rules of grouped orders (PROTOCOL 5.5): which orders make an OTO, an OCO or an OTOCO.
 * @module
 */
import type { CreateGroupedOrdersBody, OrderFields } from '../../lighter/signer/transactions.ts'
import { GROUPING_TYPE } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import { refusal } from './venue-errors.ts'

type Fields = OrderFields<bigint>

/** A group taken apart. */
export interface OrderGroup {
  readonly parent: Fields | undefined
  /** One or two orders that wait for the parent, or the two siblings. */
  readonly children: readonly Fields[]
}

/** Takes a group apart, or says which rule it breaks. */
export function readGroup(
  body: Pick<CreateGroupedOrdersBody<bigint>, 'groupingType' | 'orders'>,
): OrderGroup | VenueError {
  const { groupingType, orders } = body
  const size = sizeOf(groupingType)
  if (size === undefined) return refusal('invalidGroupingType')
  const [first, ...rest] = orders
  if (first === undefined || orders.length !== size) return refusal('invalidGroupSize')
  if (orders.some((order) => order.marketIndex !== first.marketIndex)) {
    return refusal('invalidOrderInfo')
  }
  if (groupingType === GROUPING_TYPE.oco) {
    return areSiblings(orders)
      ? { parent: undefined, children: orders }
      : refusal('invalidOrderInfo')
  }
  const isSound =
    isParent(first) &&
    rest.every((child) => isChildOf(first, child)) &&
    (groupingType === GROUPING_TYPE.oto || areSiblings(rest))
  return isSound ? { parent: first, children: rest } : refusal('invalidOrderInfo')
}

/** Whether the result of `readGroup` is a refusal. */
export function isRefusal(group: OrderGroup | VenueError): group is VenueError {
  return 'code' in group
}

function sizeOf(groupingType: number): number | undefined {
  if (groupingType === GROUPING_TYPE.oto || groupingType === GROUPING_TYPE.oco) return 2
  return groupingType === GROUPING_TYPE.otoco ? 3 : undefined
}

function isParent(order: Fields): boolean {
  return order.type === 0 || order.type === 1
}

function isChildOf(parent: Fields, child: Fields): boolean {
  return (
    (isStopLoss(child) || isTakeProfit(child)) &&
    child.isAsk !== parent.isAsk &&
    child.baseAmount === 0n &&
    child.reduceOnly === 1 &&
    (parent.orderExpiry === 0n || child.orderExpiry === parent.orderExpiry)
  )
}

/** One stop-loss and one take-profit of the same side, size and expiry, both reduce-only. */
function areSiblings(orders: readonly Fields[]): boolean {
  const [a, b] = orders
  if (a === undefined || b === undefined) return false
  const isPair = (isStopLoss(a) && isTakeProfit(b)) || (isTakeProfit(a) && isStopLoss(b))
  return (
    isPair &&
    a.isAsk === b.isAsk &&
    a.baseAmount === b.baseAmount &&
    a.reduceOnly === 1 &&
    b.reduceOnly === 1 &&
    a.orderExpiry === b.orderExpiry
  )
}

function isStopLoss(order: Fields): boolean {
  return order.type === 2 || order.type === 3
}

function isTakeProfit(order: Fields): boolean {
  return order.type === 4 || order.type === 5
}
