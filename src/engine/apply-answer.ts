/**
 * What an answer to a send means for the order and its lane (DESIGN.md section 3, rule 1 and "Answers of the venue").
 * @module
 */
import { isUnsettled } from '../hedge/ledger.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import { messageOf } from '../errors.ts'
import type { SendAnswer } from '../ports.ts'
import { changeOrder } from './change-order.ts'
import { commitThenSend } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { accountKey } from './waker.ts'

/** Records one answer. Evidence that came first (a fill in a stream) is never undone by a late answer. */
export function applyAnswer(engine: Engine, orderId: number, answer: SendAnswer): void {
  commitThenSend(engine, 'normal', () => {
    const order = engine.journal.order(orderId)
    if (order === undefined || !isUnsettled(order.state) || order.state === 'accepted') return
    const isOnlyUse = order.sends <= 1 && nonceSiblings(engine, order).length === 0
    switch (answer.outcome) {
      case 'accepted':
        markNonceUsed(engine, order, { isAccepted: true, outcome: 'accepted by the venue' })
        return
      case 'nonce_used':
        if (isOnlyUse) refuseForeignNonce(engine, order)
        else markNonceUsed(engine, order, { isAccepted: false, outcome: 'nonce used: by which?' })
        return
      case 'refused':
        applyRefusal(engine, order, { ...answer, isOnlyUse })
        return
      case 'not_sent':
        applyRefusal(engine, order, {
          code: 'not_sent',
          message: answer.message,
          canHeal: true,
          isFatal: false,
          isOnlyUse,
        })
        return
      case 'in_doubt':
        markInDoubt(engine, order, answer.message)
    }
  })
}

/** Transactions of other orders that carry the same nonce of the same key and are not settled. */
export function nonceSiblings(engine: Engine, order: LedgerOrder): readonly LedgerOrder[] {
  return engine.journal
    .unsettledOrders()
    .filter(
      (other) =>
        other.orderId !== order.orderId &&
        other.accountIndex === order.accountIndex &&
        other.apiKeyIndex === order.apiKeyIndex &&
        other.nonce === order.nonce,
    )
}

/**
 * Moves the lane on: this nonce is spent. `isAccepted` when it is proven that this very transaction took it; without
 * that proof the orders that share the nonce wait until their outcome is read.
 */
export function markNonceUsed(
  engine: Engine,
  order: LedgerOrder,
  evidence: { readonly isAccepted: boolean; readonly outcome: string },
): void {
  const { isAccepted, outcome } = evidence
  const answeredAtMs = engine.clock.now()
  const ownState = order.purpose === 'displace' && isAccepted ? 'done' : 'accepted'
  changeOrder(engine, order.orderId, { state: ownState, answeredAtMs, outcome })
  if (isAccepted) endSiblings(engine, order)
  else {
    const siblings = nonceSiblings(engine, order)
    for (const sibling of siblings) {
      changeOrder(engine, sibling.orderId, { state: 'accepted', answeredAtMs, outcome })
    }
    for (const each of [order, ...siblings]) engine.memory.readsDue.add(each.orderId)
  }
  freeLaneOf(engine, order, 'used')
}

/** At most one transaction of a nonce executes: proof that it was this one is the end of the others. */
export function endSiblings(engine: Engine, order: LedgerOrder): void {
  for (const sibling of nonceSiblings(engine, order)) {
    changeOrder(engine, sibling.orderId, {
      state: 'displaced',
      settledAtMs: engine.clock.now(),
      outcome: `its nonce went to order ${order.orderId}`,
    })
  }
}

/** Frees the lane if this order's nonce is the one that holds it. */
export function freeLaneOf(engine: Engine, order: LedgerOrder, nonce: 'used' | 'unused'): void {
  const lane = engine.journal.lane(order)
  if (lane?.state !== 'held' || lane.orderId === undefined) return
  if (engine.journal.order(lane.orderId)?.nonce !== order.nonce) return
  engine.journal.freeLane(order, nonce)
}

interface RefusalAnswer {
  readonly code: string
  readonly message: string
  readonly canHeal: boolean
  readonly isFatal: boolean
  readonly isOnlyUse: boolean
}

function applyRefusal(engine: Engine, order: LedgerOrder, refusal: RefusalAnswer): void {
  // A refused copy proves nothing about the bytes that left before it: the doubt stays.
  if (!refusal.isOnlyUse) {
    markInDoubt(engine, order, `a copy was refused: ${refusal.message}`)
    return
  }
  const { clock, memory } = engine
  const atMs = clock.now()
  changeOrder(engine, order.orderId, {
    state: 'refused',
    answeredAtMs: atMs,
    settledAtMs: atMs,
    outcome: `${refusal.code}: ${refusal.message}`,
  })
  memory.refusals.set(order.orderId, { code: refusal.code, canHeal: refusal.canHeal })
  freeLaneOf(engine, order, 'unused')
  engine.note({
    level: levelOf(order, refusal),
    kind: 'order_refused',
    message: `${order.account}: ${order.purpose} refused: ${refusal.message}`,
    hedgeId: order.hedgeId,
    account: order.account,
  })
  if (refusal.isFatal) engine.stopOpening(refusal.code)
}

/**
 * A close that finds nothing to reduce may well be a success: the next read of the position tells (rule 8). So may a
 * cancel that finds nothing to cancel: the stop has fired, or went with the other one.
 */
function levelOf(order: LedgerOrder, refusal: RefusalAnswer): 'info' | 'warning' | 'alert' {
  if (order.isReduceOnly && refusal.code.includes('reduce_only')) return 'info'
  if (order.purpose === 'cancel' && refusal.code === 'order_not_active') return 'info'
  return refusal.canHeal ? 'warning' : 'alert'
}

function markInDoubt(engine: Engine, order: LedgerOrder, message: string): void {
  changeOrder(engine, order.orderId, { state: 'in_doubt', outcome: message })
  if (order.state === 'in_doubt') return
  engine.note({
    level: 'warning',
    kind: 'order_in_doubt',
    message: `${order.account}: no answer to the ${order.purpose}: ${message}`,
    hedgeId: order.hedgeId,
    account: order.account,
  })
}

/** A fresh nonce that the venue has already seen: somebody else signs with this key. */
function refuseForeignNonce(engine: Engine, order: LedgerOrder): void {
  const { clock, memory } = engine
  const atMs = clock.now()
  changeOrder(engine, order.orderId, {
    state: 'refused',
    answeredAtMs: atMs,
    settledAtMs: atMs,
    outcome: 'foreign_nonce: the venue has already used this nonce',
  })
  memory.refusals.set(order.orderId, { code: 'foreign_nonce', canHeal: false })
  freeLaneOf(engine, order, 'unused')
  engine.stopOpening('foreign_nonce')
  engine.note({
    level: 'alert',
    kind: 'foreign_nonce',
    message:
      `${order.account}: nonce ${order.nonce} was used by another program: ` +
      `API key ${order.apiKeyIndex} must belong to hedgebot alone`,
    hedgeId: order.hedgeId,
    account: order.account,
  })
  void refreshNonce(engine, order)
}

/** Reads the nonce after a surprise, so that closing can go on. */
async function refreshNonce(engine: Engine, order: LedgerOrder): Promise<void> {
  try {
    const nonce = await engine.link(order.accountIndex).readNextNonce('close')
    engine.journal.setNextNonce(order, nonce)
  } catch (error) {
    engine.logger.warn('the next nonce could not be read', {
      account: order.account,
      error: messageOf(error),
    })
  }
  engine.waker.wake(accountKey(order.accountIndex))
}
