import { Dec, maxDec } from './decimal.ts'
import { liquidationDistancePct } from './margin.ts'

/** How pressing the liquidation price of a leg is. */
export type LiquidationDanger = 'far' | 'near' | 'close'

/** Warned about from here on, percent of mark, whatever the buffer. */
const NEAR_PCT = new Dec(5)

/**
 * How near mark is to a leg's liquidation price: `near` within 5 % or three buffers, `close` within two buffers
 * (`risk.liquidation_buffer_pct`; at one buffer its stops are due). Undefined when there is no liquidation price.
 */
export function liquidationDanger(leg: {
  readonly signedBase: Dec
  readonly mark: Dec
  readonly liquidationPrice: Dec | undefined
  readonly bufferPct: Dec
}): { readonly danger: LiquidationDanger; readonly distancePct: Dec } | undefined {
  const { signedBase, mark, liquidationPrice, bufferPct } = leg
  const distancePct = liquidationDistancePct(signedBase, mark, liquidationPrice)
  if (distancePct === undefined) return undefined
  const isClose = distancePct.lte(bufferPct.times(2))
  const isNear = distancePct.lte(maxDec(NEAR_PCT, bufferPct.times(3)))
  return { danger: isClose ? 'close' : isNear ? 'near' : 'far', distancePct }
}
