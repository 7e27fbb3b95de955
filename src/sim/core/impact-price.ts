/**
 * What it costs to trade the impact notional into a book (PROTOCOL 11.5): the source of premiums and, in part, of marks.
 * @module
 */

/** 500 USDC over the minimum initial margin fraction is the impact notional. */
const IMPACT_MARGIN_MICROS = 500_000_000n

/** What the impact price needs to know of a market. */
interface ImpactTerms {
  /** Ten-thousandths. */
  readonly minImf: number
  readonly quoteMultiplier: bigint
}

/**
 * Average price, in price ticks, of trading the impact notional (500 USDC / min IMF; BTC: 25 000) into levels given best
 * first; 0n when they are too thin (PROTOCOL 11.5). Truncated to whole ticks.
 */
export function impactPriceTicks(
  terms: ImpactTerms,
  levels: Iterable<{ readonly priceTicks: bigint; readonly totalTicks: bigint }>,
): bigint {
  let leftMicros = (IMPACT_MARGIN_MICROS * 10_000n) / BigInt(terms.minImf)
  let sizeTicks = 0n
  let quote = 0n
  for (const level of levels) {
    const unit = level.priceTicks * terms.quoteMultiplier
    const wanted = leftMicros / unit + 1n
    const taken = wanted < level.totalTicks ? wanted : level.totalTicks
    sizeTicks += taken
    quote += taken * level.priceTicks
    leftMicros -= taken * unit
    if (leftMicros <= 0n) return quote / sizeTicks
  }
  return 0n
}
