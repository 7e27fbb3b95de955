/**
 * The price at which closing leaves an account with nothing (PROTOCOL 11.6).
 * @module
 */
import type { MarketNumbers, Risk } from './margin.ts'
import { FRACTION_ONE, MAX_PRICE_TICKS } from './units.ts'

/**
 * mark × (1 − sign × MMF × TAV / MMR) in price ticks, rounded so that the account is left with no less than nothing,
 * within the range of prices (PROTOCOL 11.6 and section 4).
 */
export function zeroPriceTicks(
  market: Pick<MarketNumbers, 'markTicks' | 'mmf'>,
  isLong: boolean,
  risk: Pick<Risk, 'valueE12' | 'maintenanceE12'>,
): bigint {
  if (risk.maintenanceE12 === 0n) return market.markTicks
  const shift = market.markTicks * BigInt(market.mmf) * risk.valueE12
  const shiftTicks = floorDivide(shift, FRACTION_ONE * risk.maintenanceE12)
  const zero = isLong ? market.markTicks - shiftTicks : market.markTicks + shiftTicks
  if (zero <= 0n) return 1n
  return zero < MAX_PRICE_TICKS ? zero : MAX_PRICE_TICKS
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient
}
