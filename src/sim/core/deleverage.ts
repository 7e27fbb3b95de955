/**
 * Who is deleveraged when an account is bankrupt (PROTOCOL 11.6): opposite positions, those with the highest profit
 * times leverage first.
 * @module
 */
import type { AccountState, CoreState, MarketState } from './core-state.ts'
import { absolute } from './fill.ts'
import { crossRisk, isolatedRisk, quoteMicros, unrealizedMicros } from './margin.ts'
import { E12_PER_MICRO } from './units.ts'

/** Accounts with a position opposite to a bankrupt long or short, in the order in which they are deleveraged. */
export function bankruptcyOpponents(
  state: CoreState,
  market: MarketState,
  isLongBankrupt: boolean,
): AccountState[] {
  const ranked: { account: AccountState; scoreE6: bigint }[] = []
  for (const account of market.holders) {
    const size = account.positions.get(market.marketIndex)?.sizeTicks ?? 0n
    if (isLongBankrupt ? size < 0n : size > 0n) {
      ranked.push({ account, scoreE6: scoreOf(state, market, account) })
    }
  }
  ranked.sort(
    (a, b) => Number(b.scoreE6 - a.scoreE6) || a.account.accountIndex - b.account.accountIndex,
  )
  return ranked.map((entry) => entry.account)
}

/**
 * Profit over entry times leverage, in millionths; losers rank by their loss over leverage. PROTOCOL names no order; an
 * isolated position's leverage is over its own margin.
 */
function scoreOf(state: CoreState, market: MarketState, account: AccountState): bigint {
  const position = account.positions.get(market.marketIndex)
  if (position === undefined || position.entryQuoteMicros === 0n) return 0n
  const profit = unrealizedMicros(market, position)
  const valueE12 =
    quoteMicros(market, absolute(position.sizeTicks), market.markTicks) * E12_PER_MICRO
  const backing =
    position.marginMode === 1 ? isolatedRisk(market, position) : crossRisk(state.markets, account)
  const accountValueE12 = backing.valueE12
  if (accountValueE12 <= 0n) return profit
  const profitE6 = (profit * 1_000_000n) / position.entryQuoteMicros
  const leverageE3 = (valueE12 * 1000n) / accountValueE12
  if (profitE6 >= 0n) return (profitE6 * leverageE3) / 1000n
  return leverageE3 === 0n ? profitE6 * 1000n : (profitE6 * 1000n) / leverageE3
}
