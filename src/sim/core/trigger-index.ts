/**
 * Untriggered stop-loss and take-profit orders of a market, sorted so that a mark move looks only at those it fires
 * (PROTOCOL 5.5).
 * @module
 */
import type { OrderState } from './core-state.ts'

export interface TriggerIndex {
  /** Fire when the mark is at or below the trigger; lowest first, so that the next to fire is last. */
  readonly onFall: OrderState[]
  /** Fire when the mark is at or above the trigger; highest first. */
  readonly onRise: OrderState[]
}

/** Creates an empty index. */
export function createTriggerIndex(): TriggerIndex {
  return { onFall: [], onRise: [] }
}

/** Whether an order of this type and side waits for a falling mark: sell stop-loss and buy take-profit do. */
function firesOnFall(order: Pick<OrderState, 'type' | 'isAsk'>): boolean {
  const isStopLoss = order.type === 2 || order.type === 3
  return isStopLoss === order.isAsk
}

/** Whether the mark has reached an order's trigger. */
export function isTriggered(
  order: Pick<OrderState, 'type' | 'isAsk' | 'triggerTicks'>,
  markTicks: bigint,
): boolean {
  return firesOnFall(order) ? markTicks <= order.triggerTicks : markTicks >= order.triggerTicks
}

/** Adds an order; among equal triggers the older one fires first. */
export function addTrigger(index: TriggerIndex, order: OrderState): void {
  const list = firesOnFall(order) ? index.onFall : index.onRise
  list.splice(findSlot(list, order), 0, order)
}

/** Removes an order that is in the index. */
export function removeTrigger(index: TriggerIndex, order: OrderState): void {
  const list = firesOnFall(order) ? index.onFall : index.onRise
  const at = findSlot(list, order)
  if (list[at] === order) list.splice(at, 1)
}

/** Takes out every order that the mark fires, those nearest to the old mark first. */
export function takeTriggered(index: TriggerIndex, markTicks: bigint): OrderState[] {
  const taken: OrderState[] = []
  for (const list of [index.onFall, index.onRise]) {
    for (let next = list.at(-1); next !== undefined; next = list.at(-1)) {
      if (!isTriggered(next, markTicks)) break
      list.pop()
      taken.push(next)
    }
  }
  return taken
}

/** The first slot whose order does not fire later than this one. */
function findSlot(list: readonly OrderState[], order: OrderState): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = list[middle]
    if (other !== undefined && firesLater(other, order)) low = middle + 1
    else high = middle
  }
  return low
}

function firesLater(a: OrderState, b: OrderState): boolean {
  if (a.triggerTicks === b.triggerTicks) return a.sequence > b.sequence
  return firesOnFall(a) ? a.triggerTicks < b.triggerTicks : a.triggerTicks > b.triggerTicks
}
