import type { SimMarket, SimTrade, TradeSide } from '../core/core-model.ts'
import { E12_PER_MICRO } from '../core/units.ts'
import { microsToText, ticksToText } from './decimal-text.ts'
import type { WireObject } from './wire-json.ts'

/**
 * One trade (PROTOCOL.md section 2.1, recentTrades): optional fields that are zero or false are left out, as the
 * venue does. `viewer` is the account that asks for its own trades: then its realised profit is added.
 */
export function tradeJson(trade: SimTrade, market: SimMarket, viewer?: number): WireObject {
  const [maker, taker] = trade.isMakerAsk ? [trade.ask, trade.bid] : [trade.bid, trade.ask]
  return {
    trade_id: trade.tradeId,
    trade_id_str: String(trade.tradeId),
    tx_hash: trade.txHash,
    type: trade.type,
    market_id: trade.marketIndex,
    size: ticksToText(trade.sizeTicks, market.sizeDecimals),
    price: ticksToText(trade.priceTicks, market.priceDecimals),
    usd_amount: microsToText(trade.quoteMicros),
    ask_id: trade.ask.orderIndex,
    ask_id_str: trade.ask.orderIndex.toString(),
    bid_id: trade.bid.orderIndex,
    bid_id_str: trade.bid.orderIndex.toString(),
    ask_client_id: trade.ask.clientOrderIndex,
    ask_client_id_str: trade.ask.clientOrderIndex.toString(),
    bid_client_id: trade.bid.clientOrderIndex,
    bid_client_id_str: trade.bid.clientOrderIndex.toString(),
    ask_account_id: trade.ask.accountIndex,
    bid_account_id: trade.bid.accountIndex,
    is_maker_ask: trade.isMakerAsk,
    block_height: trade.height,
    timestamp: Math.trunc(trade.timestampMs),
    ...sideJson('taker', taker, market),
    ...sideJson('maker', maker, market),
    transaction_time: trade.transactionTimeUs,
    ...marginJson('taker', taker),
    ...marginJson('maker', maker),
    ask_account_pnl: pnlFor(trade.ask, viewer),
    bid_account_pnl: pnlFor(trade.bid, viewer),
  }
}

function sideJson(role: 'taker' | 'maker', side: TradeSide, market: SimMarket): WireObject {
  return {
    [`${role}_fee`]: side.feeTick === 0 ? undefined : side.feeTick,
    [`integrator_${role}_fee`]: side.integratorCharge?.feeTick,
    [`integrator_${role}_fee_collector_index`]: side.integratorCharge?.accountIndex,
    [`${role}_position_size_before`]: ticksToText(side.sizeBeforeTicks, market.sizeDecimals),
    [`${role}_entry_quote_before`]: microsToText(side.entryQuoteBeforeMicros),
    [`${role}_initial_margin_fraction_before`]: side.imfBefore,
    [`${role}_position_sign_changed`]: side.isSignChanged ? true : undefined,
  }
}

function marginJson(role: 'taker' | 'maker', side: TradeSide): WireObject {
  const before = side.allocatedMarginBeforeE12 / E12_PER_MICRO
  const after = side.allocatedMarginAfterE12 / E12_PER_MICRO
  return {
    [`${role}_allocated_margin_usdc_before`]: before === 0n ? undefined : before,
    [`${role}_allocated_margin_usdc_after`]: after === 0n ? undefined : after,
  }
}

function pnlFor(side: TradeSide, viewer: number | undefined): string | undefined {
  return side.accountIndex === viewer ? microsToText(side.realizedPnlMicros) : undefined
}
