import { ZERO, minDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { MarketInfo } from './market.ts'
import { roundSizeDown } from './market.ts'
import type { OrderSide } from './side.ts'
import type { BookLevel } from './venue-view.ts'

/** An order that takes from the book with a worst average price, as the venue's market orders have. */
export interface TakingOrder {
  readonly market: MarketInfo
  readonly side: OrderSide
  /** Base coins; what lies beyond is not looked at. */
  readonly baseSize: Dec
  /** Worst average price, USD. */
  readonly price: Dec
}

/**
 * How much of a market order these levels would fill: better fills save, worse ones spend what was saved
 * (PROTOCOL.md 11.2, step 8). Base coins on the market's step, at most the order's size.
 *
 * @param levels the side of the book that the order takes, best first
 */
export function takeableBase(levels: readonly BookLevel[], order: TakingOrder): Dec {
  const { market, side, price } = order
  let takenBase = ZERO
  let savedUsd = ZERO
  for (const level of levels) {
    const restBase = order.baseSize.minus(takenBase)
    if (restBase.lte(0)) break
    const wanted = minDec(restBase, level.baseSize)
    if (wanted.lte(0)) continue
    const gain = side === 'sell' ? level.price.minus(price) : price.minus(level.price)
    const isPaidFor = gain.gte(0)
    const affordable = isPaidFor ? wanted : roundSizeDown(market, savedUsd.div(gain.negated()))
    const base = minDec(wanted, affordable)
    takenBase = takenBase.plus(base)
    savedUsd = savedUsd.plus(base.times(gain))
    if (base.lt(wanted)) break
  }
  return roundSizeDown(market, takenBase)
}
