/**
 * Matching of one incoming order against the book, step by step as the exchange's rules list it (PROTOCOL 11.2).
 * @module
 */
import type { AccountState, CoreState, MarketState, OrderState } from './core-state.ts'
import { accountOf, makersSide, marketOf } from './core-state.ts'
import type { FillPlan } from './fill.ts'
import { absolute, isFillAllowed, planFill } from './fill.ts'
import { bestLevel, isCrossing, setRemaining } from './order-book.ts'
import { endOrder, isSwitchDue, restOrder, touch, tradableTicks } from './order-life.ts'
import type { OrderStatus, SimTrade } from './order-model.ts'
import { isRestingAffordable } from './order-margin.ts'
import type { PlannedTrade } from './settlement.ts'
import { sideOf, settleTrade } from './settlement.ts'

const TIF_POST_ONLY = 2
const TIF_IOC = 0
const TYPE_LIQUIDATION = 8
const MAX_POSITION = (1n << 56n) - 1n
/** Types whose price bounds the average, not each fill: market, stop-loss, take-profit. */
const AVERAGE_PRICE_TYPES: ReadonlySet<number> = new Set([1, 2, 4])

interface MatchRun {
  readonly state: CoreState
  readonly market: MarketState
  readonly taker: OrderState
  readonly account: AccountState
  /** What better fills have saved against the price, in price ticks × size ticks. */
  budget: bigint
  readonly trades: SimTrade[]
}

/** What the loop does next: look at the next maker, or stop because the taker is done with. */
type Step = 'again' | 'done'

/** Ceiling of liquidation fees and the price that must be beaten, for a liquidation's order. */
export interface LiquidationTerms {
  readonly zeroPriceTicks: bigint
}

/** Matches an order that is in progress; afterwards it rests, or has ended. Returns its fills. */
export function matchOrder(
  state: CoreState,
  taker: OrderState,
  terms?: LiquidationTerms,
): readonly SimTrade[] {
  const run: MatchRun = {
    state,
    market: marketOf(state, taker.marketIndex),
    taker,
    account: accountOf(state, taker.accountIndex),
    budget: 0n,
    trades: [],
  }
  let step: Step = 'again'
  while (step === 'again') {
    step = taker.remainingTicks === 0n ? end(run, 'filled') : matchNext(run, terms)
  }
  return run.trades
}

function matchNext(run: MatchRun, terms: LiquidationTerms | undefined): Step {
  const { state, taker } = run
  const takerTicks = tradableTicks(state, taker)
  if (takerTicks === 0n) return end(run, 'canceled-reduce-only')
  const maker = nextMaker(run)
  if (maker === undefined) return restOrCancel(run)
  // Whose order it is comes first, also for a maker whose time is over (PROTOCOL 11.2 steps 3 and 4).
  if (isSelfMatch(run, maker)) return resolveSelfMatch(run, maker)
  const lapsed = lapsedStatus(state, maker)
  if (lapsed !== undefined) return drop(run, maker, lapsed)
  if (taker.timeInForce === TIF_POST_ONLY) return end(run, 'canceled-post-only')
  const makerTicks = tradableTicks(state, maker)
  if (makerTicks === 0n) return drop(run, maker, 'canceled-reduce-only')
  const wanted = takerTicks < makerTicks ? takerTicks : makerTicks
  const sizeTicks = withinBudget(run, maker, wanted)
  if (sizeTicks === 0n) return end(run, 'canceled-too-much-slippage')
  return trade(run, maker, { sizeTicks, terms })
}

function nextMaker(run: MatchRun): OrderState | undefined {
  const level = bestLevel(makersSide(run.market, run.taker.isAsk))
  if (level === undefined) return undefined
  const isBudgeted = AVERAGE_PRICE_TYPES.has(run.taker.type)
  return isBudgeted || isCrossing(level, run.taker.priceTicks) ? level.first : undefined
}

/** No maker is left: what can rest rests if margin allows, the rest is cancelled. */
function restOrCancel(run: MatchRun): Step {
  const { state, taker, account, market } = run
  if (taker.timeInForce === TIF_IOC) return end(run, 'canceled-not-enough-liquidity')
  if (!isRestingAffordable(state, { account, market, order: taker })) {
    return end(run, 'canceled-margin-not-allowed')
  }
  restOrder(state, taker)
  return 'done'
}

function isSelfMatch(run: MatchRun, maker: OrderState): boolean {
  if (maker.accountIndex === run.taker.accountIndex) return true
  if (run.taker.selfTradeEquality !== 1) return false
  return accountOf(run.state, maker.accountIndex).l1Address === run.account.l1Address
}

/** Self-trade rule of the taker (PROTOCOL 5.2 attribute 6): expire maker, expire taker, cancel both, reduce. */
function resolveSelfMatch(run: MatchRun, maker: OrderState): Step {
  const { state, taker } = run
  if (taker.selfTradeBehavior === 3) return reduceBoth(run, maker)
  if (taker.selfTradeBehavior !== 1) endOrder(state, maker, 'canceled-self-trade')
  return taker.selfTradeBehavior === 0 ? 'again' : end(run, 'canceled-self-trade')
}

/** Both lose the overlap without a trade; who has nothing left ends. A post-only taker is cancelled instead. */
function reduceBoth(run: MatchRun, maker: OrderState): Step {
  const { state, taker, market } = run
  if (taker.timeInForce === TIF_POST_ONLY) return end(run, 'canceled-self-trade')
  const overlap =
    taker.remainingTicks < maker.remainingTicks ? taker.remainingTicks : maker.remainingTicks
  setRemaining(maker, maker.remainingTicks - overlap)
  state.changes.level(market, maker.isAsk, maker.priceTicks)
  touch(state, maker)
  taker.remainingTicks -= overlap
  if (maker.remainingTicks === 0n) endOrder(state, maker, 'canceled-self-trade')
  return taker.remainingTicks === 0n ? end(run, 'canceled-self-trade') : 'again'
}

/** The end of a maker that has expired, or whose owner's dead-man switch is due (PROTOCOL 11.2 step 4). */
function lapsedStatus(state: CoreState, maker: OrderState): OrderStatus | undefined {
  const account = accountOf(state, maker.accountIndex)
  if (!account.isHouse && maker.expiryMs > 0 && maker.expiryMs <= state.nowMs) {
    return 'canceled-expired'
  }
  return isSwitchDue(account, state.nowMs) ? 'canceled' : undefined
}

/** How much of a fill the average price allows: better fills save, worse ones spend what was saved. */
function withinBudget(run: MatchRun, maker: OrderState, wantedTicks: bigint): bigint {
  const { taker } = run
  if (!AVERAGE_PRICE_TYPES.has(taker.type)) return wantedTicks
  const gain = gainPerTick(taker, maker)
  if (gain >= 0n) return wantedTicks
  const affordable = run.budget / -gain
  return affordable < wantedTicks ? affordable : wantedTicks
}

function gainPerTick(taker: OrderState, maker: OrderState): bigint {
  return taker.isAsk ? maker.priceTicks - taker.priceTicks : taker.priceTicks - maker.priceTicks
}

interface TradeTerms {
  readonly sizeTicks: bigint
  readonly terms: LiquidationTerms | undefined
}

function trade(run: MatchRun, maker: OrderState, { sizeTicks, terms }: TradeTerms): Step {
  const { state, taker } = run
  const makerSide = sideOf(state, maker, { sizeTicks, priceTicks: maker.priceTicks })
  const takerSide = sideOf(state, taker, {
    sizeTicks,
    priceTicks: maker.priceTicks,
    isTaker: true,
    ...(terms === undefined ? {} : { zeroPriceTicks: terms.zeroPriceTicks }),
  })
  const planned: PlannedTrade = {
    maker,
    taker,
    sizeTicks,
    priceTicks: maker.priceTicks,
    makerSide,
    takerSide,
    makerPlan: planFill(makerSide),
    takerPlan: planFill(takerSide),
  }
  if (exceedsOpenInterest(run, planned) || exceedsPosition(planned.takerPlan)) {
    return end(run, 'canceled-position-not-allowed')
  }
  const isLiquidation = taker.type === TYPE_LIQUIDATION
  if (!isLiquidation && !isFillAllowed(state, takerSide, planned.takerPlan)) {
    return end(run, 'canceled-margin-not-allowed')
  }
  if (exceedsPosition(planned.makerPlan)) return drop(run, maker, 'canceled-position-not-allowed')
  if (!isFillAllowed(state, makerSide, planned.makerPlan)) {
    return drop(run, maker, 'canceled-margin-not-allowed')
  }
  run.budget += gainPerTick(taker, maker) * sizeTicks
  run.trades.push(settleTrade(state, planned))
  return 'again'
}

/** Largest position and largest entry quote that an account may hold (PROTOCOL 11.2 step 9; 56 bits each in PRV). */
function exceedsPosition({ after }: FillPlan): boolean {
  const isTooLarge = absolute(after.sizeTicks) > MAX_POSITION
  return isTooLarge || after.entryQuoteMicros > MAX_POSITION
}

/**
 * A taker that does not reduce may not lift the open interest beyond the market's limit, and may not trade at all
 * while it is above it (PROTOCOL 11.2 step 9).
 */
function exceedsOpenInterest(run: MatchRun, planned: PlannedTrade): boolean {
  const grown = [planned.makerPlan, planned.takerPlan].reduce(
    (sum, plan) => sum + positive(plan.after.sizeTicks) - positive(plan.before.sizeTicks),
    0n,
  )
  const { openInterestTicks, openInterestLimitTicks } = run.market
  if (grown <= 0n && openInterestTicks <= openInterestLimitTicks) return false
  const { before, after } = planned.takerPlan
  const isReducing = before.sizeTicks * after.sizeTicks >= 0n && isSmaller(after, before)
  return !isReducing && openInterestTicks + positive(grown) > openInterestLimitTicks
}

function isSmaller(after: { sizeTicks: bigint }, before: { sizeTicks: bigint }): boolean {
  return after.sizeTicks * after.sizeTicks < before.sizeTicks * before.sizeTicks
}

function positive(value: bigint): bigint {
  return value > 0n ? value : 0n
}

function drop(run: MatchRun, maker: OrderState, status: OrderStatus): Step {
  endOrder(run.state, maker, status)
  return 'again'
}

function end(run: MatchRun, status: OrderStatus): Step {
  endOrder(run.state, run.taker, status)
  return 'done'
}
