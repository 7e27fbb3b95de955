import type { Dec } from '../hedge/decimal.ts'

/** How far the mark is from a leg's loss limit, percent of mark; undefined when either is unknown. */
export function stopDistancePct(
  markPrice: Dec | undefined,
  stopPrice: Dec | undefined,
): Dec | undefined {
  if (markPrice === undefined || stopPrice === undefined || markPrice.isZero()) return undefined
  return stopPrice.minus(markPrice).abs().div(markPrice).times(100)
}
