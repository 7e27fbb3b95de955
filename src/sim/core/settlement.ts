/**
 * Books a trade: fees, both positions, order progress, the trade's record, and what a changed sign means for tied
 * orders (PROTOCOL 11.1, 11.2 step 10).
 * @module
 */
import type { CoreState, OrderState } from './core-state.ts'
import { accountOf, marketOf } from './core-state.ts'
import type { FillPlan, FillSide } from './fill.ts'
import { absolute, applyFill } from './fill.ts'
import { effectiveImf, quoteMicros } from './margin.ts'
import { setRemaining } from './order-book.ts'
import { cancelTiedOrders, endOrder, touch } from './order-life.ts'
import type { SimTrade, TradeSide } from './order-model.ts'
import { LLP_ACCOUNT_INDEX, TREASURY_ACCOUNT_INDEX } from './account-model.ts'
import { RATE_ONE } from './units.ts'

/** A trade with both sides planned and found allowed. */
export interface PlannedTrade {
  readonly maker: OrderState
  readonly taker: OrderState
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly makerSide: FillSide
  readonly takerSide: FillSide
  readonly makerPlan: FillPlan
  readonly takerPlan: FillPlan
}

export interface SideTerms {
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly isTaker?: boolean
  /** A liquidation: the fee is capped by the improvement over this price. */
  readonly zeroPriceTicks?: bigint
}

/** One order's side of a fill, with its fee. */
export function sideOf(state: CoreState, order: OrderState, terms: SideTerms): FillSide {
  const account = accountOf(state, order.accountIndex)
  const market = marketOf(state, order.marketIndex)
  const quote = quoteMicros(market, terms.sizeTicks, terms.priceTicks)
  const feeTick = terms.isTaker === true ? account.takerFeeTick : account.makerFeeTick
  let feeE12 = quote * BigInt(feeTick)
  if (terms.zeroPriceTicks !== undefined) {
    // The improvement as a rate, truncated to whole fee ticks (PROTOCOL 11.6).
    const better = absolute(terms.priceTicks - terms.zeroPriceTicks)
    const improvementTick = (better * RATE_ONE) / terms.priceTicks
    const ceilingTick = BigInt(market.liquidationFeeTick)
    feeE12 = quote * (improvementTick < ceilingTick ? improvementTick : ceilingTick)
  }
  return {
    account,
    market,
    deltaTicks: order.isAsk ? -terms.sizeTicks : terms.sizeTicks,
    priceTicks: terms.priceTicks,
    ...withIntegrator(order, feeE12, { quote, isTaker: terms.isTaker === true }),
  }
}

/** The integrator of the order is paid beside the exchange (PROTOCOL 5.4 attributes 1 to 3). */
function withIntegrator(
  order: OrderState,
  feeE12: bigint,
  of: { readonly quote: bigint; readonly isTaker: boolean },
): Pick<FillSide, 'feeE12' | 'integratorCharge'> {
  const { integrator } = order
  const feeTick = (of.isTaker ? integrator?.takerFeeTick : integrator?.makerFeeTick) ?? 0
  if (integrator === undefined || feeTick === 0) return { feeE12 }
  const chargeE12 = of.quote * BigInt(feeTick)
  const integratorCharge = { accountIndex: integrator.accountIndex, feeTick, feeE12: chargeE12 }
  return { feeE12: feeE12 + chargeE12, integratorCharge }
}

/** Books a trade of two orders and returns its record. */
export function settleTrade(state: CoreState, planned: PlannedTrade): SimTrade {
  const { maker, taker, sizeTicks } = planned
  const quote = quoteMicros(planned.makerSide.market, sizeTicks, planned.priceTicks)
  const trade = bookTrade(state, {
    ...planned,
    type: taker.type === 8 ? 'liquidation' : 'trade',
  })
  setRemaining(maker, maker.remainingTicks - sizeTicks)
  state.changes.level(planned.makerSide.market, maker.isAsk, maker.priceTicks)
  taker.remainingTicks -= sizeTicks
  for (const order of [maker, taker]) {
    order.filledTicks += sizeTicks
    order.filledQuoteMicros += quote
    touch(state, order)
  }
  for (const side of [planned.makerSide, planned.takerSide]) {
    const plan = side === planned.makerSide ? planned.makerPlan : planned.takerPlan
    if (plan.isSignChanged) cancelTiedOrders(state, side.account, side.market)
  }
  // Last: children that wake with the new position must not be cancelled by its change of sign.
  if (maker.remainingTicks === 0n) endOrder(state, maker, 'filled')
  return trade
}

/** What a trade's record needs; orders are only named in it, so a transfer of positions fits as well. */
export interface BookedTrade {
  readonly maker: Pick<OrderState, 'orderIndex' | 'clientOrderIndex' | 'isAsk'>
  readonly taker: Pick<OrderState, 'orderIndex' | 'clientOrderIndex' | 'isAsk'>
  readonly sizeTicks: bigint
  readonly priceTicks: bigint
  readonly makerSide: FillSide
  readonly takerSide: FillSide
  readonly makerPlan: FillPlan
  readonly takerPlan: FillPlan
  readonly type: SimTrade['type']
}

/** Moves positions and fees of a trade and records it. */
export function bookTrade(state: CoreState, booked: BookedTrade): SimTrade {
  const { makerSide, takerSide, sizeTicks, priceTicks } = booked
  const market = makerSide.market
  applyFill(state, makerSide, booked.makerPlan)
  applyFill(state, takerSide, booked.takerPlan)
  const feeAccount = booked.type === 'trade' ? TREASURY_ACCOUNT_INDEX : LLP_ACCOUNT_INDEX
  for (const side of [makerSide, takerSide]) {
    accountOf(state, feeAccount).collateralE12 += venueFeeE12(side)
    payIntegrator(state, side)
  }
  const quote = quoteMicros(market, sizeTicks, priceTicks)
  const makerRecord = recordSide(makerSide, booked.makerPlan, { order: booked.maker, quote })
  const takerRecord = recordSide(takerSide, booked.takerPlan, { order: booked.taker, quote })
  const isMakerAsk = booked.maker.isAsk
  const trade: SimTrade = {
    tradeId: state.tradeId++,
    marketIndex: market.marketIndex,
    type: booked.type,
    sizeTicks,
    priceTicks,
    quoteMicros: quote,
    isMakerAsk,
    ask: isMakerAsk ? makerRecord : takerRecord,
    bid: isMakerAsk ? takerRecord : makerRecord,
    height: state.height,
    timestampMs: state.nowMs,
    transactionTimeUs: state.timeUs,
    txHash: state.txHash,
  }
  market.lastTradeTicks = priceTicks
  market.dailyWindow.add({ priceTicks, sizeTicks, quoteMicros: quote }, state.nowMs)
  market.tradeLog.push(trade)
  for (const side of [makerSide, takerSide]) {
    side.account.tradeLog.push(trade)
    side.account.volumeMicros += quote
    side.account.tradeCount += 1
  }
  state.changes.direct({ type: 'trade', trade })
  return trade
}

interface Recorded {
  readonly order: Pick<OrderState, 'orderIndex' | 'clientOrderIndex'>
  readonly quote: bigint
}

/** What the exchange itself keeps of a side's fee. */
function venueFeeE12({ feeE12, integratorCharge }: FillSide): bigint {
  return feeE12 - (integratorCharge?.feeE12 ?? 0n)
}

function payIntegrator(state: CoreState, { integratorCharge }: FillSide): void {
  if (integratorCharge === undefined) return
  const integrator = accountOf(state, integratorCharge.accountIndex)
  integrator.collateralE12 += integratorCharge.feeE12
  state.changes.account(integrator)
}

function recordSide(side: FillSide, plan: FillPlan, { order, quote }: Recorded): TradeSide {
  return {
    accountIndex: side.account.accountIndex,
    orderIndex: order.orderIndex,
    clientOrderIndex: order.clientOrderIndex,
    feeTick: quote === 0n ? 0 : Number(venueFeeE12(side) / quote),
    feeE12: venueFeeE12(side),
    ...(side.integratorCharge === undefined ? {} : { integratorCharge: side.integratorCharge }),
    sizeBeforeTicks: plan.before.sizeTicks,
    entryQuoteBeforeMicros: plan.before.entryQuoteMicros,
    imfBefore: effectiveImf(side.market, plan.before),
    isSignChanged: plan.isSignChanged,
    allocatedMarginBeforeE12: plan.before.allocatedMarginE12,
    allocatedMarginAfterE12: plan.after.allocatedMarginE12,
    realizedPnlMicros: plan.realizedMicros,
  }
}
