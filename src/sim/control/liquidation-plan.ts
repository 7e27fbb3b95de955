/**
 * How much collateral must go so that the exchange's own rules liquidate an account (PROTOCOL.md section 11.6): nothing
 * is forced, the account merely becomes as poor as the wanted state needs. Pure.
 * @module
 */

/** The liquidation that is wanted: through the book, taken over by the pool, or deleveraged. */
export const LIQUIDATION_DEPTHS = ['partial', 'full', 'bankrupt'] as const

/** One of `LIQUIDATION_DEPTHS`. */
export type LiquidationDepth = (typeof LIQUIDATION_DEPTHS)[number]

/** The cross part of an account, 1e-12 USDC. */
export interface CrossFigures {
  readonly valueE12: bigint
  readonly maintenanceE12: bigint
  readonly closeOutE12: bigint
}

const E12_PER_MICRO = 1_000_000n

/**
 * Millionths of a USDC to drain, for a value well within the wanted range; undefined when the account stands below
 * it already, or when its ranges are too narrow to hit.
 */
export function planDrainMicros(
  { valueE12, maintenanceE12, closeOutE12 }: CrossFigures,
  depth: LiquidationDepth,
): bigint | undefined {
  // One millionth is the step of a drain: narrower ranges could be missed.
  const isTooNarrow =
    closeOutE12 < 4n * E12_PER_MICRO || maintenanceE12 - closeOutE12 < 16n * E12_PER_MICRO
  if (isTooNarrow) return undefined
  const targetE12 = {
    // A liquidated unit gains little (maintenance fraction minus fee): a lack of half the range would close everything.
    partial: maintenanceE12 - (maintenanceE12 - closeOutE12) / 8n,
    full: closeOutE12 / 2n,
    bankrupt: -closeOutE12 / 2n,
  }[depth]
  const excessE12 = valueE12 - targetE12
  return excessE12 <= 0n ? undefined : (excessE12 + E12_PER_MICRO - 1n) / E12_PER_MICRO
}
