/**
 * The trade log: one line for everything that happens to an order, a fill or a hedge, each with the hedge's id. These
 * lines are facts beside the notes: they are said after the orders that they are about have left, and never by a
 * rehearsal, whose log hears nothing.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { LedgerFill, LedgerOrder, OrderState } from '../hedge/ledger.ts'
import type { LogFields } from '../ports.ts'
import { say } from './commit-then-send.ts'
import type { Engine, NotedEvent } from './engine-context.ts'

/** Writes a line now; `say` decides when that is. */
export function logTrade({ logger, runId }: Engine, message: string, fields: LogFields): void {
  logger.info(message, { log: 'trade', ...fields, runId })
}

/** Writes what was noted: what names a hedge is part of its story. */
export function logNote(
  { logger, runId }: Engine,
  { level, kind, message, hedgeId, account }: NotedEvent,
  logLevel: 'info' | 'warn' | 'error' = level === 'info' ? 'info' : 'warn',
): void {
  const log = hedgeId === undefined ? undefined : 'trade'
  logger[logLevel](message, { log, kind, hedgeId, account, runId })
}

/** Says it when that disturbs nothing. A line that cannot be made is not worth a turn whose orders are on their way. */
function sayTrade(engine: Engine, write: () => void): void {
  say(engine, () => {
    try {
      write()
    } catch (error) {
      engine.logger.error('a line of the trade log is lost', { error: messageOf(error) })
    }
  })
}

/** Says that a transaction was signed and recorded: everything about it but its bytes. */
export function sayPrepared(
  engine: Engine,
  order: LedgerOrder,
  about: { readonly symbol: string; readonly replacesOrderId?: number | undefined },
): void {
  sayTrade(engine, () => {
    const { clientOrderIndex, isReduceOnly, nonce, apiKeyIndex, reason, txHash } = order
    logTrade(engine, 'order prepared', {
      ...orderFields(order),
      market: about.symbol,
      side: order.side,
      baseSize: order.baseSize?.toString(),
      price: order.price?.toString(),
      markPrice: order.markPrice?.toString(),
      isReduceOnly,
      clientOrderIndex: clientOrderIndex === 0 ? undefined : clientOrderIndex,
      apiKeyIndex,
      nonce,
      txHash: txHash.slice(0, HASH_DIGITS),
      replacesOrderId: about.replacesOrderId,
      reason,
    })
  })
}

/** Enough to find it at the venue. */
const HASH_DIGITS = 16

/** Says that the bytes were handed to their way, the first time or again. */
export function saySent(engine: Engine, order: LedgerOrder, via: 'auto' | 'rest'): void {
  sayTrade(engine, () => {
    const { sends, accountIndex } = order
    const egress = engine.link(accountIndex).egress()
    const message = sends > 1 ? 'order sent again' : 'order sent'
    logTrade(engine, message, { ...orderFields(order), via, egress, sends })
  })
}

const BECAME: Readonly<Record<OrderState, string>> = {
  prepared: 'order prepared',
  in_doubt: 'order in doubt',
  accepted: 'order accepted',
  done: 'order done',
  refused: 'order refused',
  displaced: 'order displaced',
  expired: 'order expired',
}

/** Says what an order came to: the answer, or its end with what was filled. */
export function sayOutcome(engine: Engine, order: LedgerOrder): void {
  sayTrade(engine, () => {
    const { state, outcome, averagePrice, baseSize, filledBase } = order
    const isTraded = state === 'done' && baseSize !== undefined && !baseSize.isZero()
    logTrade(engine, BECAME[state], {
      ...orderFields(order),
      outcome,
      ...(isTraded ? { baseSize: baseSize.toString(), filledBase: filledBase.toString() } : {}),
      averagePrice: averagePrice?.toString(),
    })
  })
}

/** Says that something was traded; whose order it was is looked up when it is said. */
export function sayFill(engine: Engine, fill: LedgerFill): void {
  sayTrade(engine, () => {
    const { hedgeId, accountIndex, clientOrderIndex, tradeId, side, counterAccountIndex } = fill
    const order = engine.journal.findOrderByClientIndex(accountIndex, clientOrderIndex)
    logTrade(engine, 'fill', {
      hedgeId,
      account: order?.account ?? engine.accountByIndex(accountIndex)?.name ?? accountIndex,
      orderId: order?.orderId,
      purpose: order?.purpose,
      marketIndex: fill.marketIndex,
      side,
      baseSize: fill.baseSize.toString(),
      price: fill.price.toString(),
      feeUsd: fill.feeUsd.toString(),
      realizedPnlUsd: fill.realizedPnlUsd?.toString(),
      tradeId,
      counterAccountIndex,
    })
  })
}

function orderFields({ hedgeId, account, orderId, purpose }: LedgerOrder): LogFields {
  return { hedgeId, account, orderId, purpose }
}
