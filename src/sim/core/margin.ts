/**
 * Margin arithmetic of the exchange (PROTOCOL 11.4 and 11.6), in whole 1e-12 USDC. Pure: data in, figures out.
 * @module
 */
import type { AccountFigures, HealthState, PositionFigures } from './account-model.ts'
import type { AccountState, MarketState } from './core-state.ts'
import { E12_PER_MICRO, E12_PER_USDC, FRACTION_ONE } from './units.ts'

/** What margin needs to know of a position; real ones and planned ones alike. */
export interface PositionNumbers {
  readonly sizeTicks: bigint
  readonly entryQuoteMicros: bigint
  readonly initialMarginFraction: number
  readonly marginMode: number
  readonly allocatedMarginE12: bigint
  readonly fundingPrefixE12: bigint
}

/** What margin needs to know of a market. */
export type MarketNumbers = Pick<
  MarketState,
  | 'marketIndex'
  | 'markTicks'
  | 'priceDecimals'
  | 'quoteMultiplier'
  | 'defaultImf'
  | 'minImf'
  | 'mmf'
  | 'cmf'
  | 'fundingPrefixE12'
>

/** Value and requirements of a cross account or of one isolated position. */
export interface Risk {
  readonly valueE12: bigint
  readonly initialE12: bigint
  readonly maintenanceE12: bigint
  readonly closeOutE12: bigint
}

/** A position that stands in for the account's own, with the collateral that goes with it. */
export interface Substitute {
  readonly marketIndex: number
  readonly position: PositionNumbers
  readonly collateralE12: bigint
}

/** The initial margin fraction in force: the account's or the market's default, never below the market's minimum. */
export function effectiveImf(
  market: MarketNumbers,
  position: Pick<PositionNumbers, 'initialMarginFraction'>,
): number {
  return Math.max(market.minImf, position.initialMarginFraction || market.defaultImf)
}

/** Quote of a size at a price, millionths of a USDC. */
export function quoteMicros(
  market: Pick<MarketNumbers, 'quoteMultiplier'>,
  sizeTicks: bigint,
  priceTicks: bigint,
): bigint {
  return sizeTicks * priceTicks * market.quoteMultiplier
}

/** Entry quote with the position's sign. */
export function signedEntryMicros(
  position: Pick<PositionNumbers, 'sizeTicks' | 'entryQuoteMicros'>,
): bigint {
  return position.sizeTicks < 0n ? -position.entryQuoteMicros : position.entryQuoteMicros
}

/** Floating profit at the mark. */
export function unrealizedMicros(market: MarketNumbers, position: PositionNumbers): bigint {
  if (position.sizeTicks === 0n) return 0n
  return quoteMicros(market, position.sizeTicks, market.markTicks) - signedEntryMicros(position)
}

/** Funding since it was last booked, positive when received: longs pay a rising prefix (PROTOCOL 11.5). */
export function unsettledFundingE12(market: MarketNumbers, position: PositionNumbers): bigint {
  return -position.sizeTicks * (market.fundingPrefixE12 - position.fundingPrefixE12)
}

/** Value and requirements of the cross part of an account, as it is or with one position replaced. */
export function crossRisk(
  markets: ReadonlyMap<number, MarketNumbers>,
  account: AccountState,
  substitute?: Substitute,
): Risk {
  const sum = {
    valueE12: substitute?.collateralE12 ?? account.collateralE12,
    initialE12: 0n,
    maintenanceE12: 0n,
    closeOutE12: 0n,
  }
  for (const position of account.positions.values()) {
    if (position.marketIndex !== substitute?.marketIndex) {
      addCross(sum, markets.get(position.marketIndex), position)
    }
  }
  if (substitute !== undefined) {
    addCross(sum, markets.get(substitute.marketIndex), substitute.position)
  }
  return sum
}

/** Value and requirements of an isolated position. */
export function isolatedRisk(market: MarketNumbers, position: PositionNumbers): Risk {
  const sum = {
    valueE12: position.allocatedMarginE12,
    initialE12: 0n,
    maintenanceE12: 0n,
    closeOutE12: 0n,
  }
  addPosition(sum, market, position)
  return sum
}

/** What a cross requirement of a given fraction amounts to for a position, 1e-12 USDC. */
export function requirementE12(market: MarketNumbers, sizeTicks: bigint, fraction: number): bigint {
  const valueMicros = quoteMicros(market, sizeTicks < 0n ? -sizeTicks : sizeTicks, market.markTicks)
  return (valueMicros * E12_PER_MICRO * BigInt(fraction)) / FRACTION_ONE
}

/** The health that value and requirements mean (PROTOCOL 11.6). */
export function healthOf(risk: Risk): HealthState {
  if (risk.valueE12 >= risk.initialE12) return 'healthy'
  if (risk.valueE12 >= risk.maintenanceE12) return 'pre-liquidation'
  if (risk.valueE12 < 0n) return 'bankruptcy'
  return risk.valueE12 >= risk.closeOutE12 ? 'partial-liquidation' : 'full-liquidation'
}

/** Whether a change is allowed: healthy stays healthy, unhealthy does not get worse (PROTOCOL 11.4). */
export function isRiskChangeAllowed(before: Risk, after: Risk): boolean {
  if (before.valueE12 >= before.initialE12) return after.valueE12 >= after.initialE12
  return after.valueE12 * before.maintenanceE12 >= before.valueE12 * after.maintenanceE12
}

/** What may leave the cross collateral: 0 when unhealthy (PROTOCOL 11.4). */
export function withdrawableE12(
  markets: ReadonlyMap<number, MarketNumbers>,
  account: AccountState,
): bigint {
  return accountFigures(markets, account).withdrawableE12
}

/**
 * What may be taken out of an isolated position's margin: min(value − initial requirement, margin with funding), 0 when
 * unhealthy (PROTOCOL 5.6 and 11.4).
 */
export function isolatedRemovableE12(market: MarketNumbers, position: PositionNumbers): bigint {
  const risk = isolatedRisk(market, position)
  const availableE12 = risk.valueE12 - risk.initialE12
  const marginE12 = position.allocatedMarginE12 + unsettledFundingE12(market, position)
  const movableE12 = availableE12 < marginE12 ? availableE12 : marginE12
  return movableE12 > 0n ? movableE12 : 0n
}

/** Everything that is derived for an account at the current marks. */
export function accountFigures(
  markets: ReadonlyMap<number, MarketNumbers>,
  account: AccountState,
): AccountFigures {
  const risk = crossRisk(markets, account)
  let collateralE12 = account.collateralE12
  let totalValueE12 = risk.valueE12
  for (const position of account.positions.values()) {
    const market = markets.get(position.marketIndex)
    if (market === undefined || position.sizeTicks === 0n) continue
    if (position.marginMode === 1) totalValueE12 += isolatedRisk(market, position).valueE12
    else collateralE12 += unsettledFundingE12(market, position)
  }
  const availableE12 = risk.valueE12 - risk.initialE12
  const movableE12 = availableE12 < collateralE12 ? availableE12 : collateralE12
  return {
    collateralE12,
    crossValueE12: risk.valueE12,
    totalValueE12,
    initialMarginE12: risk.initialE12,
    maintenanceMarginE12: risk.maintenanceE12,
    closeOutMarginE12: risk.closeOutE12,
    availableE12,
    withdrawableE12: movableE12 > 0n ? movableE12 : 0n,
  }
}

/** Everything that is derived for one position at the current mark. */
export function positionFigures(
  markets: ReadonlyMap<number, MarketNumbers>,
  account: AccountState,
  market: MarketNumbers,
): PositionFigures {
  const position = account.positions.get(market.marketIndex)
  if (position === undefined || position.sizeTicks === 0n) {
    return {
      valueMicros: 0n,
      unrealizedPnlMicros: 0n,
      unsettledFundingE12: 0n,
      effectiveImf: effectiveImf(market, { initialMarginFraction: 0, ...position }),
      liquidationPriceE12: 0n,
    }
  }
  const sizeTicks = position.sizeTicks < 0n ? -position.sizeTicks : position.sizeTicks
  const risk =
    position.marginMode === 1 ? isolatedRisk(market, position) : crossRisk(markets, account)
  return {
    valueMicros: quoteMicros(market, sizeTicks, market.markTicks),
    unrealizedPnlMicros: unrealizedMicros(market, position),
    unsettledFundingE12: unsettledFundingE12(market, position),
    effectiveImf: effectiveImf(market, position),
    liquidationPriceE12:
      liquidationTicksE12(market, position, risk) / 10n ** BigInt(market.priceDecimals),
  }
}

/**
 * The mark at which value meets the maintenance requirement while all other marks stand still: mark ± slack / (size ×
 * (1 ∓ MMF)) (PROTOCOL section 3, liquidation price). Unit: 1e-12 of one price tick; 0n when no positive price does it.
 */
function liquidationTicksE12(market: MarketNumbers, position: PositionNumbers, risk: Risk): bigint {
  const isLong = position.sizeTicks > 0n
  const sizeTicks = isLong ? position.sizeTicks : -position.sizeTicks
  const slackE12 = risk.valueE12 - risk.maintenanceE12
  const mmf = BigInt(market.mmf)
  const factor = isLong ? FRACTION_ONE - mmf : FRACTION_ONE + mmf
  const distanceE12 =
    (slackE12 * E12_PER_MICRO * FRACTION_ONE) / (sizeTicks * market.quoteMultiplier * factor)
  const markE12 = market.markTicks * E12_PER_USDC
  const priceE12 = isLong ? markE12 - distanceE12 : markE12 + distanceE12
  return priceE12 > 0n ? priceE12 : 0n
}

interface RiskSum {
  valueE12: bigint
  initialE12: bigint
  maintenanceE12: bigint
  closeOutE12: bigint
}

function addCross(
  sum: RiskSum,
  market: MarketNumbers | undefined,
  position: PositionNumbers,
): void {
  if (market === undefined || position.sizeTicks === 0n || position.marginMode !== 0) return
  addPosition(sum, market, position)
}

function addPosition(sum: RiskSum, market: MarketNumbers, position: PositionNumbers): void {
  if (position.sizeTicks === 0n) return
  const signedValueMicros = quoteMicros(market, position.sizeTicks, market.markTicks)
  const profitMicros = signedValueMicros - signedEntryMicros(position)
  // Value × fraction / 10 000 in 1e-12 USDC is value in millionths × fraction × 100: exact.
  const unit = (signedValueMicros < 0n ? -signedValueMicros : signedValueMicros) * 100n
  sum.valueE12 += profitMicros * E12_PER_MICRO
  if (market.fundingPrefixE12 !== position.fundingPrefixE12) {
    sum.valueE12 += unsettledFundingE12(market, position)
  }
  sum.initialE12 += unit * BigInt(effectiveImf(market, position))
  sum.maintenanceE12 += unit * BigInt(market.mmf)
  sum.closeOutE12 += unit * BigInt(market.cmf)
}
