import { HedgebotError } from '../errors.ts'
import { accountPoint } from './account-point.ts'
import { Dec, ZERO } from './decimal.ts'
import type { OpeningNeed } from './margin.ts'
import { initialMarginFractionAt, openingNeed } from './margin.ts'
import type { PreflightFacts, PreflightLeg, PreflightPoint } from './preflight-facts.ts'
import { openingPrice } from './prices.ts'
import { openingSide } from './side.ts'

/** Whether the account can carry its planned leg: margin, slippage and fee against the available balance. */
export function marginPoints(
  planned: PreflightLeg,
  facts: PreflightFacts,
): readonly PreflightPoint[] {
  const { account } = planned
  const { balances } = account.view
  if (!balances.isKnown) {
    const message = `its balance could not be read: ${balances.reason}`
    return [accountPoint(account, { code: 'balance_unknown', level: 'error', message })]
  }
  const need = needOf(planned, facts)
  if (need === undefined) {
    const message = 'what the leg needs is unknown without a mark price'
    return [accountPoint(account, { code: 'margin_unknown', level: 'error', message })]
  }
  const { availableUsd } = balances.value
  const message = `the leg needs ${cents(need.totalUsd, 'up')} USD, ${cents(availableUsd, 'down')} are available`
  if (availableUsd.gte(need.totalUsd))
    return [accountPoint(account, { code: 'margin', level: 'ok', message })]
  const hint = 'deposit, lower position_size, or raise leverage'
  return [accountPoint(account, { code: 'margin_short', level: 'error', message, hint })]
}

function needOf({ leg, account }: PreflightLeg, facts: PreflightFacts): OpeningNeed | undefined {
  const { market, quotes, policy } = facts
  const side = openingSide(leg.side)
  if (quotes.mark === undefined) return undefined
  try {
    const worstPrice = openingPrice({ market, side, quotes, maxSlippagePct: policy.maxSlippagePct })
    return openingNeed({
      side,
      baseSize: leg.plannedBase,
      worstPrice,
      mark: quotes.mark,
      initialMarginFraction: initialMarginFractionAt(market, leg.leverage),
      // An unknown fee is a finding of its own (`tier_unknown`); without it this is the least that is needed.
      takerFeeFraction: account.tier.isKnown ? account.tier.value.takerFeeFraction : ZERO,
    })
  } catch (error) {
    if (error instanceof HedgebotError && error.kind !== 'bug') return undefined
    throw error
  }
}

/** Rounded so that the text never looks better than the figure. */
function cents(usd: Dec, direction: 'up' | 'down'): string {
  return usd.toFixed(2, direction === 'up' ? Dec.ROUND_CEIL : Dec.ROUND_FLOOR)
}
