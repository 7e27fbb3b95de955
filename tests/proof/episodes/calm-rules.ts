/**
 * Bounds of time, which hold while nothing but mild weather is about and a watch is awake: how long a hedge may be naked,
 * and within which time a stop that is due has closed it. Looked at ten times a second, by the exchange's books.
 * @module
 */
import type { SimCore } from '../../../src/sim/core/core-model.ts'

export interface CalmRuleOptions {
  readonly core: SimCore
  readonly marketIndex: number
  /** Account indexes of each hedge. */
  readonly hedges: readonly (readonly number[])[]
  readonly maxNakedMs: number
  readonly stopLossUsd: number
  /** Milliseconds of calm until now; 0 while there is none. */
  readonly calmForMs: () => number
  readonly find: (text: string) => void
}

export interface CalmRules {
  look(): void
  /** Longest time that a hedge was naked while it was calm. */
  longestNakedMs(): number
}

export const LOOK_MS = 100
/** One settle time: what is under way when the bound is reached. */
const SETTLE_MS = 3_000
const STOP_MS = 8_000
/** A leg at its very limit may be just below it by the mark of its watch. */
const STOP_SURE = 1.05
const MICROS = 1_000_000

export function createCalmRules(options: CalmRuleOptions): CalmRules {
  const { hedges, calmForMs, find, maxNakedMs } = options
  const nakedMs = hedges.map(() => 0)
  const dueMs = hedges.map(() => 0)
  let longestMs = 0
  const count = (
    counters: number[],
    at: number,
    { isSo, mostMs, what }: { isSo: boolean; mostMs: number; what: string },
  ): number => {
    const before = counters[at] ?? 0
    const next = isSo && calmForMs() > 0 ? Math.min(before + LOOK_MS, calmForMs()) : 0
    counters[at] = next
    if (next > mostMs && before <= mostMs) find(`hedge ${at + 1} ${what} for ${next} ms of calm`)
    return next
  }
  return {
    look() {
      hedges.forEach((accounts, at) => {
        const isNaked = netOf(options, accounts) !== 0n
        const mostMs = maxNakedMs + SETTLE_MS
        longestMs = Math.max(
          longestMs,
          count(nakedMs, at, { isSo: isNaked, mostMs, what: 'is naked' }),
        )
        const isDue = accounts.some((account) => isStopDue(options, account))
        count(dueMs, at, { isSo: isDue, mostMs: STOP_MS, what: 'should be stopped' })
      })
    },
    longestNakedMs: () => longestMs,
  }
}

function netOf({ core, marketIndex }: CalmRuleOptions, accounts: readonly number[]): bigint {
  return accounts.reduce(
    (sum, account) => sum + (core.account(account)?.positions.get(marketIndex)?.sizeTicks ?? 0n),
    0n,
  )
}

function isStopDue({ core, marketIndex, stopLossUsd }: CalmRuleOptions, account: number): boolean {
  const position = core.account(account)?.positions.get(marketIndex)
  if (position === undefined || position.sizeTicks === 0n) return false
  const { markTicks } = core.markets.get(marketIndex) ?? { markTicks: 0n }
  // Ticks of a size (1e-5 coins) times ticks of a price (0.1 USD) are millionths of a USD.
  const valueMicros = Number(position.sizeTicks * markTicks)
  const entryMicros = Number(position.entryQuoteMicros) * Math.sign(Number(position.sizeTicks))
  return valueMicros - entryMicros <= -stopLossUsd * STOP_SURE * MICROS
}
