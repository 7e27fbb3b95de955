/**
 * The mark as the exchange forms it: the median of three prices, so that neither its own book nor any other source alone
 * can move it (PROTOCOL 11.6). Pure: whoever drives a market hands in what it knows.
 * @module
 */
import { assert } from '../../errors.ts'
import { RATE_ONE } from './units.ts'

/** Where a mark comes from; all prices in the market's price ticks. */
interface MarkSources {
  readonly indexTicks: bigint
  /** How far the index is moved: average premium or funding term, millionths, signed. */
  readonly premiumE6: bigint
  /** Marks of other exchanges; none when they cannot be read. */
  readonly externalMarksTicks: readonly bigint[]
  /** Impact prices of the own book, 0n for a side that is too thin (see `impactPriceTicks`). */
  readonly impactBidTicks: bigint
  readonly impactAskTicks: bigint
}

/**
 * Median of index × (1 + premium), the median of the external marks, and the middle of the two impact prices, in price
 * ticks, at least 1 (PROTOCOL 11.6). PROTOCOL is silent on gaps; chosen here: a side of the book that is too thin counts
 * as the index (as 11.5 does), without external marks the mean of the other two decides, and every mean truncates.
 */
export function markPriceTicks(sources: MarkSources): bigint {
  const { indexTicks, impactBidTicks, impactAskTicks, externalMarksTicks } = sources
  assert(indexTicks > 0n, 'index is positive')
  const adjusted = indexTicks + (indexTicks * sources.premiumE6) / RATE_ONE
  const bid = impactBidTicks === 0n ? indexTicks : impactBidTicks
  const ask = impactAskTicks === 0n ? indexTicks : impactAskTicks
  const candidates = [adjusted, (bid + ask) / 2n]
  if (externalMarksTicks.length > 0) candidates.push(medianTicks(externalMarksTicks))
  const mark = medianTicks(candidates)
  return mark > 0n ? mark : 1n
}

/** The middle value, of an even number the truncated mean of the middle two. */
function medianTicks(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  assert(upper !== undefined && lower !== undefined, 'a median needs a value')
  return (lower + upper) / 2n
}
