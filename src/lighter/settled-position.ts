/**
 * Whether a position row contains all fills that we know of (DESIGN.md section 3, rule 3). Channels arrive in any
 * order: a fill may be known before the row that contains it.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'

/** What is known to have happened to one account's position in one market. */
export interface MarketMovement {
  /** Position right after the newest fill; undefined when the trades do not tell it. */
  readonly signedBase: Dec | undefined
  /** Venue time of the newest known fill, milliseconds. */
  readonly lastMs: number
}

/**
 * A row settles when its size is the one after the newest fill, or when it is proven to be newer than that fill
 * (then there were others that we did not see).
 */
export function isRowSettled(
  stored: { readonly row: { readonly signedBase: Dec }; readonly provenMs: number },
  movement: MarketMovement | undefined,
): boolean {
  if (movement === undefined) return true
  if (movement.signedBase?.eq(stored.row.signedBase) === true) return true
  return stored.provenMs >= movement.lastMs
}
