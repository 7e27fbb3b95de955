/**
 * One side of an order book: price levels sorted with the best last, and in each level a queue in order of arrival.
 * Price-time priority is what these two orders mean together (PROTOCOL 11.2).
 * @module
 */
import type { OrderState } from './core-state.ts'

export interface PriceLevel {
  readonly priceTicks: bigint
  readonly side: BookSide
  totalTicks: bigint
  orderCount: number
  first: OrderState | undefined
  last: OrderState | undefined
}

export interface BookSide {
  readonly isAsk: boolean
  /** Worst first, best last: taking and adding at the best price moves nothing. */
  readonly levels: PriceLevel[]
  orderCount: number
}

/** Creates an empty side. */
export function createBookSide(isAsk: boolean): BookSide {
  return { isAsk, levels: [], orderCount: 0 }
}

/** The best price level, if any. */
export function bestLevel(side: BookSide): PriceLevel | undefined {
  return side.levels.at(-1)
}

/** Levels from the best to the worst, as far as they are asked for. */
export function* bestFirst(side: BookSide): Generator<PriceLevel> {
  for (let at = side.levels.length - 1; at >= 0; at -= 1) {
    const level = side.levels[at]
    if (level !== undefined) yield level
  }
}

/** The level at exactly this price, if any. */
export function levelAt(side: BookSide, priceTicks: bigint): PriceLevel | undefined {
  const found = side.levels[findSlot(side, priceTicks)]
  return found?.priceTicks === priceTicks ? found : undefined
}

/** Puts an order at the end of the queue at its price. */
export function enqueue(side: BookSide, order: OrderState): void {
  const slot = findSlot(side, order.priceTicks)
  let level = side.levels[slot]
  if (level?.priceTicks !== order.priceTicks) {
    level = {
      priceTicks: order.priceTicks,
      side,
      totalTicks: 0n,
      orderCount: 0,
      first: undefined,
      last: undefined,
    }
    side.levels.splice(slot, 0, level)
  }
  order.level = level
  order.previousInLevel = level.last
  order.nextInLevel = undefined
  if (level.last === undefined) level.first = order
  else level.last.nextInLevel = order
  level.last = order
  level.totalTicks += order.remainingTicks
  level.orderCount += 1
  side.orderCount += 1
}

/** Takes an order out of its queue, and its level when it was the last there. */
export function dequeue(order: OrderState): void {
  const level = order.level
  if (level === undefined) return
  if (order.previousInLevel === undefined) level.first = order.nextInLevel
  else order.previousInLevel.nextInLevel = order.nextInLevel
  if (order.nextInLevel === undefined) level.last = order.previousInLevel
  else order.nextInLevel.previousInLevel = order.previousInLevel
  order.level = undefined
  order.previousInLevel = undefined
  order.nextInLevel = undefined
  level.totalTicks -= order.remainingTicks
  level.orderCount -= 1
  level.side.orderCount -= 1
  if (level.orderCount === 0) level.side.levels.splice(findSlot(level.side, level.priceTicks), 1)
}

/** Changes what remains of an order in its place; a resting order keeps its turn. */
export function setRemaining(order: OrderState, remainingTicks: bigint): void {
  if (order.level !== undefined) order.level.totalTicks += remainingTicks - order.remainingTicks
  order.remainingTicks = remainingTicks
}

/** Whether a taker with this limit price would trade with a level. */
export function isCrossing(level: PriceLevel, limitTicks: bigint): boolean {
  return level.side.isAsk ? level.priceTicks <= limitTicks : level.priceTicks >= limitTicks
}

/** The first slot whose level is not worse than the price. */
function findSlot(side: BookSide, priceTicks: bigint): number {
  let low = 0
  let high = side.levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    const level = side.levels[middle]
    if (level !== undefined && isWorse(side, level.priceTicks, priceTicks)) low = middle + 1
    else high = middle
  }
  return low
}

function isWorse(side: BookSide, a: bigint, b: bigint): boolean {
  return side.isAsk ? a > b : a < b
}
