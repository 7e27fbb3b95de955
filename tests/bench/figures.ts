/**
 * How figures are summed up and set beside their goals. Times are milliseconds unless a name says otherwise.
 * @module
 */

/** A distribution in four numbers. */
export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** A figure with the most it may be; a missed goal is reported and fails nothing. */
export interface Goal {
  readonly figure: string
  readonly value: number
  readonly atMost: number
  readonly ok: boolean
}

/** What one part of the bench found. Anything in `problems` means that something did not work at all. */
export interface Section {
  readonly figures: Readonly<Record<string, unknown>>
  readonly goals: readonly Goal[]
  readonly problems: readonly string[]
}

/** Sums up values; a quantile is the smallest value that at least that share does not exceed. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const quantile = (share: number) =>
    rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN)
  return { count: sorted.length, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) }
}

/** The middle value. */
export function medianOf(values: readonly number[]): number {
  return spreadOf(values).p50
}

/** Sets a figure beside the most it may be. */
export function goal(figure: string, value: number, atMost: number): Goal {
  return { figure, value, atMost, ok: value <= atMost }
}

/** Two decimals are more than these measurements bear. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** How many times the counterpart takes what ours takes; a zero (finer than the clock) counts as one tick of it. */
export function timesLess(ours: number, counterpart: number, tick = 0.01): number {
  return rounded(Math.max(counterpart, tick) / Math.max(ours, tick))
}
