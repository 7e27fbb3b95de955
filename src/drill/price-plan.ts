/**
 * Prices and money of a drill. Pure.
 * @module
 */
import { Dec, maxDec } from '../hedge/decimal.ts'

/** A position as the exchange's books have it. */
export interface BookPosition {
  /** Signed. */
  readonly base: Dec
  readonly entryUsd: Dec
}

/** The mark at which a short has lost so much; shorts always can, a long cannot lose more than it is worth. */
export function risenPrice({ base, entryUsd }: BookPosition, lossUsd: Dec): Dec {
  return entryUsd.plus(lossUsd.div(base.abs()))
}

/** Loss of a position at a mark, USD; negative when it gains. */
export function lossUsd({ base, entryUsd }: BookPosition, markUsd: Dec): Dec {
  return base.times(entryUsd.minus(markUsd))
}

/**
 * What an account of the drill owns, USDC: margin, three losses to the stop, and a twentieth of its size on top, so that
 * the exchange liquidates nobody by itself; at least 100, in tens.
 */
export function collateralUsd(account: {
  readonly base: Dec
  readonly markUsd: Dec
  readonly leverage: number
  readonly stopLossUsd: Dec
}): Dec {
  const { base, markUsd, leverage, stopLossUsd } = account
  const notional = base.times(markUsd)
  const wanted = notional.div(leverage).plus(stopLossUsd.times(3)).plus(notional.div(20))
  return maxDec(new Dec(100), wanted.div(10).ceil().times(10))
}
