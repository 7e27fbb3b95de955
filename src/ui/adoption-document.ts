import type { PreparedAdoption } from '../engine/prepare-adoption.ts'

/** What the document of `adopt` has beside hedges and totals: the plan, and who was left out. */
export function adoptionFields({ hedges, leftOut }: PreparedAdoption) {
  return {
    plan: {
      hedges: hedges.map((hedge) => ({
        name: hedge.name,
        market: hedge.market.symbol,
        evidence: hedge.evidence,
        opened_at: hedge.openedAtMs === undefined ? null : new Date(hedge.openedAtMs).toISOString(),
        is_even: hedge.isEven,
        has_all_fills: hedge.hasAllFills,
        legs: hedge.legs.map((leg) => ({
          account: leg.account.name,
          account_index: leg.account.accountIndex,
          side: leg.side,
          base_size: leg.baseSize.toFixed(),
          planned_base_size: leg.plannedBase.toFixed(),
          entry_price: leg.entryPrice.toFixed(),
          leverage: leg.leverage.toFixed(),
          stop_down_price: leg.stopDown?.toFixed() ?? null,
          stop_up_price: leg.stopUp?.toFixed() ?? null,
        })),
      })),
    },
    left_out: leftOut.map(({ account, accountIndex, market, code, reason }) => ({
      account,
      account_index: accountIndex,
      market: market ?? null,
      code,
      reason,
    })),
  }
}
