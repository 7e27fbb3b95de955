import type { AccountFinding } from './account-point.ts'
import { accountPoint } from './account-point.ts'
import { Dec } from './decimal.ts'
import type { MarginPosition } from './margin.ts'
import { initialMarginFractionAt, liquidationPrice } from './margin.ts'
import type { MarketInfo } from './market.ts'
import type { PreflightFacts, PreflightLeg, PreflightPoint } from './preflight-facts.ts'
import type { PlannedLeg } from './plan.ts'
import { worsen } from './prices.ts'
import { openingSide, signedBase } from './side.ts'
import { lossPrice, stopLevels } from './stops.ts'
import type { AccountView, VenuePosition } from './venue-view.ts'

/**
 * Where a planned leg would stop, against where it would be liquidated and against the slippage of its own opening,
 * as if it were opened at mark.
 */
export function stopPoints(
  planned: PreflightLeg,
  facts: PreflightFacts,
): readonly PreflightPoint[] {
  const { mark } = facts.quotes
  // Without a mark there is a finding already, and no figure.
  if (mark === undefined) return []
  const liquidation = plannedLiquidationPrice(planned, facts, mark)
  const finding =
    liquidation === 'unknown'
      ? UNKNOWN_LIQUIDATION
      : stopFinding({ leg: planned.leg, facts, mark, liquidation })
  return [accountPoint(planned.account, finding)]
}

/** As much of a planned leg and its account as a liquidation price needs. */
export interface PlannedPosition {
  readonly leg: Pick<PreflightLeg['leg'], 'side' | 'plannedBase' | 'leverage'>
  readonly account: Pick<PreflightLeg['account'], 'view'>
}

/**
 * The liquidation price of a planned leg opened at mark: alone on its margin when isolated, else with the account's
 * whole collateral and its other cross positions.
 *
 * @returns `unknown` when balance, positions or another position's market were not read
 */
export function plannedLiquidationPrice(
  { leg, account }: PlannedPosition,
  facts: Pick<PreflightFacts, 'market' | 'markets' | 'policy'>,
  mark: Dec,
): Dec | 'unknown' | undefined {
  const { market, markets, policy } = facts
  const position = {
    signedBase: signedBase(leg.side, leg.plannedBase),
    entryQuoteUsd: leg.plannedBase.times(mark),
    maintenanceMarginFraction: market.maintenanceMarginFraction,
  }
  if (isIsolated(account.view, market, policy.marginMode)) {
    const margin = position.entryQuoteUsd.times(initialMarginFractionAt(market, leg.leverage))
    return liquidationPrice(position, margin)
  }
  const { balances } = account.view
  const others = otherCrossPositions(account.view, market.marketIndex, markets)
  if (!balances.isKnown || others === undefined) return 'unknown'
  return liquidationPrice(position, balances.value.collateralUsd, others)
}

/**
 * The account's cross positions outside a market, each at the mark that its floating profit implies; undefined when
 * positions or the market of one are not known.
 */
export function otherCrossPositions(
  view: Pick<AccountView, 'positions'>,
  marketIndex: number,
  markets: readonly MarketInfo[],
): readonly MarginPosition[] | undefined {
  if (!view.positions.isKnown) return undefined
  const rows = [...view.positions.value.values()].filter(
    (row) =>
      row.marketIndex !== marketIndex && row.marginMode === 'cross' && !row.signedBase.isZero(),
  )
  const positions: MarginPosition[] = []
  for (const row of rows) {
    const market = markets.find((candidate) => candidate.marketIndex === row.marketIndex)
    if (market === undefined) return undefined
    positions.push(marginPositionOf(row, market))
  }
  return positions
}

/** With `keep` the account's own setting counts, which its row shows; a market without a row is cross. */
function isIsolated(
  view: Pick<AccountView, 'positions'>,
  market: MarketInfo,
  marginMode: 'keep' | 'cross' | 'isolated',
): boolean {
  if (market.isIsolatedOnly || marginMode === 'isolated') return true
  if (marginMode === 'cross' || !view.positions.isKnown) return false
  return view.positions.value.get(market.marketIndex)?.marginMode === 'isolated'
}

function marginPositionOf(row: VenuePosition, market: MarketInfo): MarginPosition {
  return {
    signedBase: row.signedBase,
    entryQuoteUsd: row.signedBase.abs().times(row.entryPrice),
    mark: row.entryPrice.plus(row.unrealizedPnlUsd.div(row.signedBase)),
    initialMarginFraction: row.initialMarginFraction,
    maintenanceMarginFraction: market.maintenanceMarginFraction,
  }
}

const UNKNOWN_LIQUIDATION: AccountFinding = {
  code: 'liquidation_unknown',
  level: 'warning',
  message: 'its liquidation price cannot be computed from what was read',
}

interface StopSetting {
  readonly leg: PlannedLeg
  readonly facts: PreflightFacts
  readonly mark: Dec
  readonly liquidation: Dec | undefined
}

function stopFinding(at: StopSetting): AccountFinding {
  const { leg, facts, mark, liquidation } = at
  const { policy, market } = facts
  const levels = stopLevels({
    market,
    mark,
    legs: [{ ...standingAt(leg, mark), liquidationPrice: liquidation }],
    stopLossUsd: policy.stopLossUsd,
    exchangeStopPct: policy.exchangeStopPct,
    liquidationBufferPct: policy.liquidationBufferPct,
  })
  const level = levels.down ?? levels.up
  if (level?.isDue === true) return tooNearFinding(at)
  const stop = lossPrice(standingAt(leg, mark), policy.stopLossUsd)
  const stopText = stop.gt(0)
    ? `the stop at ${priceText(stop, market)}`
    : 'the stop, which no price reaches'
  if (isReachedBefore(at, stop)) {
    return {
      code: 'liquidation_before_stop',
      level: 'warning',
      message: `it would be liquidated at ${textOf(liquidation, market)}, before ${stopText}`,
      hint: 'lower stop_loss_threshold or position_size, or deposit',
    }
  }
  const slipped = worsen(openingSide(leg.side), mark, policy.maxSlippagePct)
  if (stop.minus(mark).abs().lte(slipped.minus(mark).abs())) {
    return {
      code: 'stop_inside_slippage',
      level: 'warning',
      message: `${stopText} is nearer than max_slippage_pct: the opening alone could trigger it`,
      hint: 'raise stop_loss_threshold, or lower position_size',
    }
  }
  if (level === undefined) {
    return {
      code: 'stop_not_reachable',
      level: 'warning',
      message: 'with this size neither the stop nor liquidation can be reached: no stop will rest',
    }
  }
  const resting = policy.isExchangeStopOn ? `, on the exchange at ${level.triggerPrice}` : ''
  const message = `${stopText}${resting}; liquidation ${textOf(liquidation, market)}`
  return { code: 'stop', level: 'ok', message }
}

/** Opening would be refused with the exchange's stops on: they would fire at once. */
function tooNearFinding({ facts, liquidation }: StopSetting): AccountFinding {
  return {
    code: 'liquidation_too_near',
    level: facts.policy.isExchangeStopOn ? 'error' : 'warning',
    message: `its liquidation price ${textOf(liquidation, facts.market)} leaves no room for a stop`,
    hint: 'lower position_size or leverage, or deposit',
  }
}

function isReachedBefore({ leg, liquidation }: StopSetting, stop: Dec): boolean {
  if (liquidation === undefined) return false
  return leg.side === 'long' ? liquidation.gte(stop) : liquidation.lte(stop)
}

function standingAt(leg: PlannedLeg, mark: Dec) {
  return { account: leg.account, side: leg.side, baseSize: leg.plannedBase, entryPrice: mark }
}

function textOf(price: Dec | undefined, market: MarketInfo): string {
  return price === undefined ? 'none' : priceText(price, market)
}

function priceText(price: Dec, market: MarketInfo): string {
  return price.toDecimalPlaces(market.priceDecimals, Dec.ROUND_HALF_UP).toString()
}
