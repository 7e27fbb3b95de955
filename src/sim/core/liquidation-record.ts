/**
 * What an account's risk was before and after it was liquidated, kept with each notification of it
 * (PROTOCOL sections 2 and 11.6, `liquidations`).
 * @module
 */
import type { LiquidationRecord, RiskNumbers } from './account-model.ts'
import type { AccountState, CoreState } from './core-state.ts'
import { settleHealth } from './liquidation.ts'
import { accountFigures, crossRisk, healthOf, isolatedRisk, positionFigures } from './margin.ts'

/** `market_id` of the cross part: no single market. */
const CROSS = 255

/**
 * Looks at an account's health as `settleHealth` does, and notes with every notification that comes of it how the
 * accounts stood before and after. All slices of one liquidation share one record: PROTOCOL section 11.6 does not say
 * how finely the venue cuts it.
 */
export function settleHealthRecorded(state: CoreState, account: AccountState): void {
  if (account.isHouse || !mustLiquidate(state, account)) {
    settleHealth(state, account)
    return
  }
  const before = new Map<AccountState, Before>()
  for (const involved of involvedAccounts(state, account)) {
    before.set(involved, {
      risks: risksOf(state, involved),
      positions: positionsOf(state, involved),
    })
  }
  const firstNumber = state.notificationId
  settleHealth(state, account)
  if (state.notificationId === firstNumber) return
  const newest = state.notificationId - firstNumber
  for (const [involved, known] of before) attach(state, involved, { ...known, newest, firstNumber })
}

interface Before {
  readonly risks: readonly RiskNumbers[]
  readonly positions: LiquidationRecord['positions']
}

/** The account itself and whoever may be deleveraged with it. */
function involvedAccounts(state: CoreState, account: AccountState): Set<AccountState> {
  const involved = new Set([account])
  for (const { marketIndex, sizeTicks } of account.positions.values()) {
    if (sizeTicks === 0n) continue
    for (const holder of state.markets.get(marketIndex)?.holders ?? []) {
      if (!holder.isHouse) involved.add(holder)
    }
  }
  return involved
}

function mustLiquidate(state: CoreState, account: AccountState): boolean {
  if (isBelowMaintenance(crossRisk(state.markets, account))) return true
  for (const position of account.positions.values()) {
    if (position.marginMode !== 1 || position.sizeTicks === 0n) continue
    const market = state.markets.get(position.marketIndex)
    if (market !== undefined && isBelowMaintenance(isolatedRisk(market, position))) return true
  }
  return false
}

function isBelowMaintenance(risk: Parameters<typeof healthOf>[0]): boolean {
  const health = healthOf(risk)
  return health !== 'healthy' && health !== 'pre-liquidation'
}

function attach(
  state: CoreState,
  account: AccountState,
  of: Before & { readonly newest: number; readonly firstNumber: number },
): void {
  const fresh = account.notificationLog
    .newest(of.newest)
    .filter(({ id }) => Number(id.split(':').at(-1)) >= of.firstNumber)
  if (fresh.length === 0) return
  const record: LiquidationRecord = {
    before: of.risks,
    after: risksOf(state, account),
    positions: of.positions,
    markTicks: new Map(
      of.positions.map(({ position: { marketIndex } }) => [
        marketIndex,
        state.markets.get(marketIndex)?.markTicks ?? 0n,
      ]),
    ),
  }
  for (const notification of fresh) Object.assign(notification, { record })
}

function risksOf(state: CoreState, account: AccountState): RiskNumbers[] {
  const { collateralE12 } = accountFigures(state.markets, account)
  const risks = [{ ...crossRisk(state.markets, account), marketIndex: CROSS, collateralE12 }]
  for (const position of account.positions.values()) {
    const market = state.markets.get(position.marketIndex)
    if (market === undefined || position.marginMode !== 1 || position.sizeTicks === 0n) continue
    const { marketIndex, allocatedMarginE12 } = position
    risks.push({
      ...isolatedRisk(market, position),
      marketIndex,
      collateralE12: allocatedMarginE12,
    })
  }
  return risks
}

function positionsOf(state: CoreState, account: AccountState): LiquidationRecord['positions'] {
  return [...account.positions.values()].flatMap((position) => {
    const market = state.markets.get(position.marketIndex)
    if (market === undefined || position.sizeTicks === 0n) return []
    const figures = positionFigures(state.markets, account, market)
    return [{ position: { ...position }, figures }]
  })
}
