/**
 * Learns the outcome of orders from what the venue's streams and reads showed: never from an HTTP 200.
 * @module
 */
import { sumDec } from '../hedge/decimal.ts'
import { isUnsettled } from '../hedge/ledger.ts'
import type { LedgerFill, LedgerOrder } from '../hedge/ledger.ts'
import { isRecent } from '../hedge/past-time.ts'
import type { VenueFill, VenueOrder } from '../hedge/venue-view.ts'
import { positionIn } from '../hedge/venue-view.ts'
import type { AccountLink, OrderPatch } from '../ports.ts'
import { endSiblings, markNonceUsed } from './apply-answer.ts'
import { changeOrder } from './change-order.ts'
import { commitThenSend } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { recordFills } from './record-fills.ts'
import { CANCELED, isCancelSeen } from './settle-cancel.ts'

/** A terminal order whose fills have not arrived is settled without them after this time. */
const FILL_WAIT_MS = 1000

/** Settles what has become known of these orders; returns true when anything changed. */
export function settleOrders(engine: Engine, orders: readonly LedgerOrder[]): boolean {
  const open = orders.filter((order) => isUnsettled(order.state))
  if (open.length === 0) return false
  let hasChanged = false
  commitThenSend(engine, 'normal', () => {
    for (const order of open) hasChanged = settleOne(engine, order) || hasChanged
  })
  return hasChanged
}

function settleOne(engine: Engine, order: LedgerOrder): boolean {
  const link = engine.link(order.accountIndex)
  if (order.clientOrderIndex > 0) return settleByOrder(engine, order, link)
  if (order.state !== 'accepted') return false
  if (order.purpose === 'cancel') {
    return isCancelSeen(engine, order, link) && settle(engine, order, { outcome: CANCELED })
  }
  return order.purpose === 'leverage' ? settleLeverage(engine, order, link) : false
}

function settleByOrder(engine: Engine, order: LedgerOrder, link: AccountLink): boolean {
  const seen = link.order(order.clientOrderIndex)
  const fills = link.fills(order.clientOrderIndex)
  if (seen === undefined && fills.length === 0) return false
  // The venue shows the order: whatever the answer was or will be, its nonce is used.
  if (order.state !== 'accepted') {
    markNonceUsed(engine, order, { isAccepted: true, outcome: 'the venue shows it' })
  } else endSiblings(engine, order)
  recordFills(
    engine,
    fills.map((fill) => ledgerFill(order, fill)),
  )
  if (seen === undefined) return true
  if (order.purpose === 'stops') {
    return settle(engine, order, { outcome: seen.status, filledBase: seen.filledBase })
  }
  if (seen.isLive) return order.state !== 'accepted'
  const hasAllFills = sumDec(fills.map((fill) => fill.baseSize)).eq(seen.filledBase)
  if (!hasAllFills && isRecent(seen.atMs, engine.clock.now(), FILL_WAIT_MS)) return true
  return settle(engine, order, terminalFields(seen))
}

function terminalFields(seen: VenueOrder): OrderPatch {
  return {
    outcome: seen.status,
    filledBase: seen.filledBase,
    averagePrice: seen.filledBase.isZero() ? undefined : seen.filledQuoteUsd.div(seen.filledBase),
  }
}

/** Leverage is true when the position row says so. */
function settleLeverage(engine: Engine, order: LedgerOrder, link: AccountLink): boolean {
  const hedge = order.hedgeId === undefined ? undefined : engine.journal.hedge(order.hedgeId)
  const leg = hedge?.legs.find((candidate) => candidate.accountIndex === order.accountIndex)
  const row = positionIn(link.view(), order.marketIndex)
  if (leg === undefined || !row.isKnown || row.value === undefined) return false
  const leverage = leg.leverage.times(row.value.initialMarginFraction)
  if (leverage.minus(1).abs().gt(0.01)) return false
  return settle(engine, order, { outcome: 'leverage set' })
}

/** Ends an order in the ledger with its outcome. */
export function settle(engine: Engine, order: LedgerOrder, patch: OrderPatch): boolean {
  const { averagePrice, ...rest } = patch
  changeOrder(engine, order.orderId, {
    state: 'done',
    settledAtMs: engine.clock.now(),
    ...rest,
    ...(averagePrice === undefined ? {} : { averagePrice }),
  })
  return true
}

/** A fill as the journal keeps it, for the hedge and account that it belongs to. */
export function ledgerFill(
  order: Pick<LedgerOrder, 'accountIndex' | 'hedgeId'>,
  fill: VenueFill,
): LedgerFill {
  return {
    tradeId: fill.tradeId,
    accountIndex: order.accountIndex,
    hedgeId: order.hedgeId,
    clientOrderIndex: fill.clientOrderIndex,
    marketIndex: fill.marketIndex,
    side: fill.side,
    baseSize: fill.baseSize,
    price: fill.price,
    feeUsd: fill.feeUsd,
    realizedPnlUsd: fill.realizedPnlUsd,
    counterAccountIndex: fill.counterAccountIndex,
    atMs: fill.atMs,
  }
}
