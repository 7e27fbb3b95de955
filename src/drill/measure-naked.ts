/**
 * How long and how much a hedge was naked, from the exchange's own records. Pure.
 * @module
 */
import { ZERO } from '../hedge/decimal.ts'
import type { Dec } from '../hedge/decimal.ts'

/** Something that the exchange did: a position has a new size, or the mark a new price. */
export type VenueRecord =
  | {
      readonly kind: 'position'
      readonly atMs: number
      readonly accountIndex: number
      /** Signed, after it. */
      readonly base: Dec
    }
  | { readonly kind: 'mark'; readonly atMs: number; readonly priceUsd: Dec }

/** What is measured, and until when. */
export interface NakedOptions {
  /** In order of time. */
  readonly records: readonly VenueRecord[]
  /** Accounts of one hedge. */
  readonly accounts: readonly number[]
  readonly endMs: number
  /** Up to this much a hedge counts as whole (`risk.naked_tolerance_usd`). */
  readonly toleranceUsd: Dec
}

/** Nakedness of one hedge. */
export interface Nakedness {
  /** Sum over time of what was naked. */
  readonly usdMs: Dec
  /** Longest time without a break above the tolerance. */
  readonly longestMs: number
  /** At the end, USD at mark. */
  readonly leftUsd: Dec
}

/** Adds up what was naked between every record and the next. */
export function measureNaked(options: NakedOptions): Nakedness {
  const { records, accounts, endMs, toleranceUsd } = options
  const own = new Set(accounts)
  const sizes = new Map<number, Dec>()
  let price = ZERO
  let usdMs = ZERO
  let longestMs = 0
  let sinceMs: number | undefined
  let lastMs = records[0]?.atMs ?? endMs
  const nakedUsd = (): Dec =>
    [...sizes.values()]
      .reduce((sum, base) => sum.plus(base), ZERO)
      .abs()
      .times(price)
  const advance = (toMs: number): void => {
    const naked = nakedUsd()
    if (toMs > lastMs) usdMs = usdMs.plus(naked.times(toMs - lastMs))
    const isNaked = naked.gt(toleranceUsd)
    if (isNaked) sinceMs ??= lastMs
    if (sinceMs !== undefined) longestMs = Math.max(longestMs, (isNaked ? toMs : lastMs) - sinceMs)
    if (!isNaked) sinceMs = undefined
    lastMs = Math.max(lastMs, toMs)
  }
  for (const record of records) {
    if (record.atMs > endMs) break
    advance(record.atMs)
    if (record.kind === 'mark') price = record.priceUsd
    else if (own.has(record.accountIndex)) sizes.set(record.accountIndex, record.base)
  }
  advance(endMs)
  return { usdMs, longestMs, leftUsd: nakedUsd() }
}
