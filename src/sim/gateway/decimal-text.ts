/**
 * Writes an integer number of ticks as a plain decimal with exactly `decimals` places.
 * Money and sizes leave the simulator this way only (PROTOCOL.md section 0, "string decimal").
 */
export function ticksToText(ticks: bigint, decimals: number): string {
  if (decimals === 0) return ticks.toString()
  const isNegative = ticks < 0n
  const digits = (isNegative ? -ticks : ticks).toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  return `${isNegative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Millionths of a USDC as text with six places. */
export function microsToText(micros: bigint): string {
  return ticksToText(micros, 6)
}

/**
 * The quotient of two integers as text with `decimals` places, rounded half away from zero.
 * @throws RangeError when the divisor is zero
 */
export function ratioToText(dividend: bigint, divisor: bigint, decimals: number): string {
  const scale = 10n ** BigInt(decimals)
  const isNegative = dividend < 0n !== divisor < 0n
  const a = dividend < 0n ? -dividend : dividend
  const b = divisor < 0n ? -divisor : divisor
  const rounded = (2n * a * scale + b) / (2n * b)
  return ticksToText(isNegative ? -rounded : rounded, decimals)
}

/**
 * Reads a plain decimal of at most `decimals` places into integer ticks.
 * @throws RangeError when it is not such a decimal
 */
export function textToTicks(text: string, decimals: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  const fraction = match?.[3] ?? ''
  if (match === null || fraction.length > decimals) {
    throw new RangeError(`"${text}" is not a decimal of at most ${decimals} places`)
  }
  const ticks = BigInt(`${match[2]}${fraction.padEnd(decimals, '0')}`)
  return match[1] === '-' ? -ticks : ticks
}
