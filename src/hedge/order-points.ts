import { HedgebotError } from '../errors.ts'
import type { AccountFinding } from './account-point.ts'
import { accountPoint } from './account-point.ts'
import type { Dec } from './decimal.ts'
import type { PreflightAccount, PreflightFacts, PreflightPoint } from './preflight-facts.ts'
import { openingPrice } from './prices.ts'
import type { VenueOrder } from './venue-view.ts'

/**
 * The guard of DESIGN.md section 3, "Own accounts never trade with each other": no order of any configured account may
 * rest where an opening order would meet it. Also: none of ours is live on the market, none of another instance.
 */
export function orderPoints(
  account: PreflightAccount,
  facts: PreflightFacts,
): readonly PreflightPoint[] {
  const { liveOrders } = account.view
  if (!liveOrders.isKnown) {
    const message = `its live orders could not be read: ${liveOrders.reason}`
    return [accountPoint(account, { code: 'orders_unknown', level: 'error', message })]
  }
  const { market } = facts
  const here = liveOrders.value.filter((order) => order.marketIndex === market.marketIndex)
  const findings = [...ownerFindings(account, here), ...bandFindings(here, facts)]
  if (findings.length === 0) {
    const message = `no orders in ${market.symbol} that are in the way`
    return [accountPoint(account, { code: 'orders', level: 'ok', message })]
  }
  return findings.map((finding) => accountPoint(account, finding))
}

/** The prices that opening orders may trade at: sells down to `low`, buys up to `high`, USD. */
export interface OpeningBand {
  readonly low: Dec
  readonly high: Dec
}

/**
 * The prices that the opening orders of a hedge may reach now.
 * @throws HedgebotError as `openingPrice`
 */
export function openingBand(
  facts: Pick<PreflightFacts, 'market' | 'quotes'> & {
    readonly policy: Pick<PreflightFacts['policy'], 'maxSlippagePct'>
  },
): OpeningBand {
  const { market, quotes, policy } = facts
  const priceOf = (side: 'buy' | 'sell') =>
    openingPrice({ market, side, quotes, maxSlippagePct: policy.maxSlippagePct })
  return { low: priceOf('sell'), high: priceOf('buy') }
}

/** Resting orders that an opening order inside the band could trade with. Untriggered stops do not rest. */
export function ordersInsideBand(
  orders: readonly VenueOrder[],
  band: OpeningBand,
): readonly VenueOrder[] {
  return orders.filter((order) => {
    if (order.status === 'pending') return false
    return order.side === 'sell' ? order.price.lte(band.high) : order.price.gte(band.low)
  })
}

/** Whose orders are live: ours, another instance's (rule 9), or the owner's by hand. */
function ownerFindings(
  account: PreflightAccount,
  here: readonly VenueOrder[],
): readonly AccountFinding[] {
  const isOwn = (order: VenueOrder) => account.ownOrderIndexes.has(order.orderIndex)
  const isOther = (order: VenueOrder) => account.otherInstanceOrderIndexes.has(order.orderIndex)
  const own = here.filter(isOwn)
  const others = here.filter(isOther)
  const foreign = here.filter((order) => !isOwn(order) && !isOther(order))
  const findings: AccountFinding[] = []
  // The stops of a live hedge belong there.
  if (own.length > 0 && account.liveHedgeId === undefined) {
    findings.push({
      code: 'own_orders_live',
      level: 'error',
      message: `orders of ours without a hedge are still live: ${indexesOf(own)}`,
      hint: 'hedgebot orders cancel <id>',
    })
  }
  if (others.length > 0) {
    findings.push({
      code: 'orders_of_other_instance',
      level: 'error',
      message: `another hedgebot has live orders here: ${indexesOf(others)}`,
      hint: 'two journals must not trade one account; stop the other one, or take over its hedges with hedgebot adopt',
    })
  }
  if (foreign.length > 0) {
    findings.push({
      code: 'foreign_orders',
      level: 'warning',
      message: `live orders that are not ours: ${indexesOf(foreign)}`,
      hint: 'they can trade while a hedge is open and make it uneven',
    })
  }
  return findings
}

function bandFindings(
  here: readonly VenueOrder[],
  facts: PreflightFacts,
): readonly AccountFinding[] {
  if (here.length === 0) return []
  const band = bandOrReason(facts)
  if (typeof band === 'string') {
    const message = `whether its orders would meet ours is unknown: ${band}`
    return [{ code: 'resting_order_unknown', level: 'error', message }]
  }
  const met = ordersInsideBand(here, band)
  if (met.length === 0) return []
  const reach = `${band.low} to ${band.high}`
  return [
    {
      code: 'resting_order_inside_band',
      level: 'error',
      message: `resting orders lie where our own would meet them (${reach}): ${indexesOf(met)}`,
      hint: 'cancel them first: own accounts never trade with each other',
    },
  ]
}

function bandOrReason(facts: PreflightFacts): OpeningBand | string {
  try {
    return openingBand(facts)
  } catch (error) {
    if (error instanceof HedgebotError && error.kind !== 'bug') return error.message
    throw error
  }
}

function indexesOf(orders: readonly VenueOrder[]): string {
  return orders.map((order) => order.orderIndex).join(', ')
}
