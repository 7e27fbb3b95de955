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
import { E12_PER_MICRO } from './units.ts'

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
    const better = absolute(terms.priceTicks - terms.zeroPriceTicks)
    const improvementE12 = quoteMicros(market, terms.sizeTicks, better) * E12_PER_MICRO
    const cappedE12 = quote * BigInt(market.liquidationFeeTick)
    feeE12 = improvementE12 < cappedE12 ? improvementE12 : cappedE12
  }
  return {
    account,
    market,
    deltaTicks: order.isAsk ? -terms.sizeTicks : terms.sizeTicks,
    priceTicks: terms.priceTicks,
    feeE12,
  }
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
  accountOf(state, feeAccount).collateralE12 += makerSide.feeE12 + takerSide.feeE12
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

function recordSide(side: FillSide, plan: FillPlan, { order, quote }: Recorded): TradeSide {
  return {
    accountIndex: side.account.accountIndex,
    orderIndex: order.orderIndex,
    clientOrderIndex: order.clientOrderIndex,
    feeTick: quote === 0n ? 0 : Number(side.feeE12 / quote),
    feeE12: side.feeE12,
    sizeBeforeTicks: plan.before.sizeTicks,
    entryQuoteBeforeMicros: plan.before.entryQuoteMicros,
    imfBefore: effectiveImf(side.market, plan.before),
    isSignChanged: plan.isSignChanged,
    allocatedMarginBeforeE12: plan.before.allocatedMarginE12,
    allocatedMarginAfterE12: plan.after.allocatedMarginE12,
    realizedPnlMicros: plan.realizedMicros,
  }
}
