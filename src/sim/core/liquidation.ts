/**
 * Liquidation: through the book at the zero price while the account is above its close-out margin, by the liquidity
 * pool below it, against opposite positions when bankrupt (PROTOCOL 11.6).
 * @module
 */
import { ACCOUNT_TYPE, LLP_ACCOUNT_INDEX } from './account-model.ts'
import type { AccountState, CoreState, MarketState, PositionState } from './core-state.ts'
import { accountOf, marketOf, positionOf } from './core-state.ts'
import { bankruptcyOpponents } from './deleverage.ts'
import type { FillSide } from './fill.ts'
import { absolute, planFill } from './fill.ts'
import type { Risk } from './margin.ts'
import { crossRisk, healthOf, isolatedRisk, quoteMicros } from './margin.ts'
import { matchOrder } from './matching.ts'
import { cancelTiedOrders, createOrder, endOrder } from './order-life.ts'
import { INTERNAL_ORDER_TYPE } from './order-model.ts'
import { bookTrade } from './settlement.ts'
import { zeroPriceTicks } from './zero-price.ts'

/** Slices of one partial liquidation; each closes at least what theory says is needed. */
const MAX_SLICES = 20

/** A part of an account that stands and falls by itself: its cross positions together, or one isolated position. */
interface RiskUnit {
  readonly account: AccountState
  /** The isolated market; undefined for the cross part. */
  readonly isolated: MarketState | undefined
  /** Whose health must be looked at next: everyone a liquidation traded with. */
  readonly affected: Set<AccountState>
}

/**
 * Looks at an account's health, liquidates what must be, and stores the health that results; then the same for those
 * whose positions a liquidation changed, for a deleverage can ruin the next one (PROTOCOL 11.6).
 */
export function settleHealth(state: CoreState, account: AccountState): void {
  const waiting = new Set([account])
  for (const next of waiting) {
    waiting.delete(next)
    settleOne(state, next, waiting)
  }
}

function settleOne(state: CoreState, account: AccountState, affected: Set<AccountState>): void {
  if (account.isHouse || account.accountType === ACCOUNT_TYPE.insuranceFund) return
  for (const position of account.positions.values()) {
    if (position.sizeTicks !== 0n && position.marginMode === 1) {
      liquidateUnit(state, { account, isolated: marketOf(state, position.marketIndex), affected })
    }
  }
  liquidateUnit(state, { account, isolated: undefined, affected })
  const health = healthOf(crossRisk(state.markets, account))
  if (health === account.health) return
  account.health = health
  state.changes.account(account)
}

/** The health that decides what an account may do on a market. */
export function healthOn(
  state: CoreState,
  account: AccountState,
  market: MarketState,
): ReturnType<typeof healthOf> {
  const position = account.positions.get(market.marketIndex)
  const isIsolated = position?.marginMode === 1 && position.sizeTicks !== 0n
  return healthOf(isIsolated ? isolatedRisk(market, position) : crossRisk(state.markets, account))
}

function liquidateUnit(state: CoreState, unit: RiskUnit): void {
  const health = healthOf(riskOf(state, unit))
  if (health === 'healthy' || health === 'pre-liquidation') return
  cancelUnitOrders(state, unit)
  if (health === 'partial-liquidation') liquidateThroughBook(state, unit)
  // What the book could not repair may have fallen further meanwhile.
  const left = healthOf(riskOf(state, unit))
  if (left === 'full-liquidation') takeOver(state, unit)
  else if (left === 'bankruptcy') deleverage(state, unit)
}

function riskOf(state: CoreState, unit: RiskUnit): Risk {
  if (unit.isolated === undefined) return crossRisk(state.markets, unit.account)
  return isolatedRisk(unit.isolated, positionOf(unit.account, unit.isolated))
}

function cancelUnitOrders(state: CoreState, { account, isolated }: RiskUnit): void {
  for (const order of account.liveOrders.values()) {
    const isOther = isolated !== undefined && order.marketIndex !== isolated.marketIndex
    if (!isOther) endOrder(state, order, 'canceled-liquidation')
  }
}

function openPositions(unit: RiskUnit): PositionState[] {
  return [...unit.account.positions.values()].filter(
    (position) =>
      position.sizeTicks !== 0n &&
      (unit.isolated === undefined
        ? position.marginMode === 0
        : position.marketIndex === unit.isolated.marketIndex),
  )
}

/** Sends liquidation orders, largest position first, until the maintenance margin is covered or nothing trades. */
function liquidateThroughBook(state: CoreState, unit: RiskUnit): void {
  const positions = openPositions(unit).sort((a, b) => byValue(state, a, b))
  for (const position of positions) {
    const market = marketOf(state, position.marketIndex)
    if (market.status !== 'active') continue
    for (let slice = 0; slice < MAX_SLICES && position.sizeTicks !== 0n; slice += 1) {
      const risk = riskOf(state, unit)
      if (healthOf(risk) !== 'partial-liquidation') return
      if (!liquidateSlice(state, unit, { position, market, risk })) break
    }
  }
}

function byValue(state: CoreState, a: PositionState, b: PositionState): number {
  const valueOf = (position: PositionState): bigint => {
    const market = marketOf(state, position.marketIndex)
    return quoteMicros(market, absolute(position.sizeTicks), market.markTicks)
  }
  return valueOf(a) > valueOf(b) ? -1 : 1
}

interface Slice {
  readonly position: PositionState
  readonly market: MarketState
  readonly risk: Risk
}

/** One liquidation order; says whether anything traded. */
function liquidateSlice(state: CoreState, unit: RiskUnit, slice: Slice): boolean {
  const { position, market } = slice
  const { account, affected } = unit
  const isAsk = position.sizeTicks > 0n
  const zeroTicks = zeroPriceTicks(market, isAsk, slice.risk)
  const sizeBeforeTicks = position.sizeTicks
  const order = createOrder(
    state,
    { account, market },
    {
      clientOrderIndex: 0n,
      baseAmount: neededTicks(slice),
      price: Number(zeroTicks),
      isAsk: isAsk ? 1 : 0,
      type: INTERNAL_ORDER_TYPE.liquidation,
      timeInForce: 0,
      reduceOnly: 1,
      triggerPrice: 0,
      orderExpiry: 0n,
    },
  )
  const trades = matchOrder(state, order, { zeroPriceTicks: zeroTicks })
  if (trades.length === 0) return false
  for (const trade of trades) {
    affected.add(accountOf(state, (isAsk ? trade.bid : trade.ask).accountIndex))
  }
  const closedTicks = trades.reduce((sum, trade) => sum + trade.sizeTicks, 0n)
  const quote = trades.reduce((sum, trade) => sum + trade.quoteMicros, 0n)
  notify(state, account, {
    market,
    sizeBeforeTicks,
    sizeTicks: closedTicks,
    priceTicks: quote / (closedTicks * market.quoteMultiplier),
    feeE12: trades.reduce((sum, trade) => sum + (isAsk ? trade.ask : trade.bid).feeE12, 0n),
    liquidationType: 'partial',
  })
  return true
}

/**
 * How much must close at the mark, with the full fee, until the value covers the maintenance requirement. Each unit
 * gains value × (MMF − fee); without gain the whole position goes.
 */
function neededTicks({ position, market, risk }: Slice): bigint {
  const sizeTicks = absolute(position.sizeTicks)
  const gainFraction = BigInt(market.mmf) * 100n - BigInt(market.liquidationFeeTick)
  if (gainFraction <= 0n) return sizeTicks
  const gainE12 = quoteMicros(market, 1n, market.markTicks) * gainFraction
  const needed = (risk.maintenanceE12 - risk.valueE12) / gainE12 + 1n
  return needed < sizeTicks ? needed : sizeTicks
}

/** The pool takes every position over at the zero price, which leaves the account with nothing. */
function takeOver(state: CoreState, unit: RiskUnit): void {
  const pool = accountOf(state, LLP_ACCOUNT_INDEX)
  const risk = riskOf(state, unit)
  for (const position of openPositions(unit)) {
    const market = marketOf(state, position.marketIndex)
    const priceTicks = zeroPriceTicks(market, position.sizeTicks > 0n, risk)
    transferPosition(state, unit, {
      market,
      opponent: pool,
      sizeTicks: absolute(position.sizeTicks),
      priceTicks,
      liquidationType: 'full',
    })
  }
}

/** Positions of a bankrupt account are closed against the opposite ones that gained most, at the zero price. */
function deleverage(state: CoreState, unit: RiskUnit): void {
  const risk = riskOf(state, unit)
  for (const position of openPositions(unit)) {
    const market = marketOf(state, position.marketIndex)
    const priceTicks = zeroPriceTicks(market, position.sizeTicks > 0n, risk)
    for (const opponent of bankruptcyOpponents(state, market, position.sizeTicks > 0n)) {
      const against = absolute(positionOf(opponent, market).sizeTicks)
      const left = absolute(position.sizeTicks)
      transferPosition(state, unit, {
        market,
        opponent,
        sizeTicks: against < left ? against : left,
        priceTicks,
        liquidationType: 'deleverage',
      })
      if (position.sizeTicks === 0n) break
    }
  }
}

interface Transfer {
  readonly market: MarketState
  readonly opponent: AccountState
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly liquidationType: 'full' | 'deleverage'
}

/** Closes a position against another account without the book. */
function transferPosition(state: CoreState, unit: RiskUnit, transfer: Transfer): void {
  const { market, opponent, sizeTicks, priceTicks } = transfer
  const { account, affected } = unit
  affected.add(opponent)
  const position = positionOf(account, market)
  const sizeBeforeTicks = position.sizeTicks
  const deltaTicks = sizeBeforeTicks > 0n ? -sizeTicks : sizeTicks
  const own: FillSide = { account, market, deltaTicks, priceTicks, feeE12: 0n }
  const other: FillSide = {
    account: opponent,
    market,
    deltaTicks: -deltaTicks,
    priceTicks,
    feeE12: 0n,
  }
  const ownPlan = planFill(own)
  const otherPlan = planFill(other)
  const isOwnAsk = deltaTicks < 0n
  bookTrade(state, {
    maker: { orderIndex: 0n, clientOrderIndex: 0n, isAsk: !isOwnAsk },
    taker: { orderIndex: 0n, clientOrderIndex: 0n, isAsk: isOwnAsk },
    sizeTicks,
    priceTicks,
    makerSide: other,
    takerSide: own,
    makerPlan: otherPlan,
    takerPlan: ownPlan,
    type: transfer.liquidationType === 'full' ? 'liquidation' : 'deleverage',
  })
  const notice = { market, sizeTicks, priceTicks, feeE12: 0n }
  const { liquidationType } = transfer
  notify(state, account, { ...notice, sizeBeforeTicks, liquidationType })
  if (liquidationType === 'deleverage') {
    const before = otherPlan.before.sizeTicks
    notify(state, opponent, { ...notice, sizeBeforeTicks: before, liquidationType })
  }
  if (ownPlan.isSignChanged) cancelTiedOrders(state, account, market)
  if (otherPlan.isSignChanged) cancelTiedOrders(state, opponent, market)
}

interface Notice {
  readonly market: MarketState
  readonly sizeBeforeTicks: bigint
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly feeE12: bigint
  readonly liquidationType: 'partial' | 'full' | 'deleverage'
}

function notify(state: CoreState, account: AccountState, notice: Notice): void {
  const { market, ...rest } = notice
  const number = state.notificationId++
  const kind = notice.liquidationType === 'deleverage' ? 'deleverage' : 'liquidation'
  const notification = {
    ...rest,
    id: `${kind === 'liquidation' ? 'liq' : 'adl'}:${market.marketIndex}:${number}`,
    kind,
    accountIndex: account.accountIndex,
    marketIndex: market.marketIndex,
    quoteMicros: quoteMicros(market, notice.sizeTicks, notice.priceTicks),
    createdMs: state.nowMs,
  } as const
  account.notificationLog.push(notification)
  state.changes.direct({ type: 'notification', notification })
}
