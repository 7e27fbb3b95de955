import type { Dec } from '../hedge/decimal.ts'
import type { AccountView, VenuePosition } from '../hedge/venue-view.ts'

/** Collateral that moved by more than this part of itself moves liquidation prices too. */
const MOVED_PART = '0.01'

/** The collateral with which an account's liquidation prices were told. */
export interface ToldCollateral {
  readonly collateralUsd: Dec
  /** Since when it is another; undefined: it is not. */
  readonly movedSinceMs?: number | undefined
}

/**
 * What is to be remembered after this look. The venue tells a position when it changes; a deposit or a withdrawal
 * changes only the balance (PROTOCOL.md section 8.3), and then the row's liquidation price is old until it comes again.
 */
export function lookAtCollateral(
  told: ToldCollateral | undefined,
  now: {
    readonly balances: AccountView['balances']
    readonly row: VenuePosition | undefined
    readonly nowMs: number
  },
): ToldCollateral | undefined {
  if (!now.balances.isKnown) return told
  const { collateralUsd } = now.balances.value
  if (told === undefined) return { collateralUsd }
  const movedUsd = collateralUsd.minus(told.collateralUsd).abs()
  if (movedUsd.lte(told.collateralUsd.abs().times(MOVED_PART))) {
    return { collateralUsd: told.collateralUsd }
  }
  const movedSinceMs = told.movedSinceMs ?? now.nowMs
  const isToldAgain = now.row !== undefined && now.row.atMs > movedSinceMs
  return isToldAgain ? { collateralUsd } : { collateralUsd: told.collateralUsd, movedSinceMs }
}
