/**
 * The reads that end a doubt: the nonce after expiry, the order and its transaction after an acceptance without news,
 * the account when no stream tells its position. Each runs in the background and wakes the loop.
 * @module
 */
import { TIMING } from '../hedge/hedge-facts.ts'
import { isUnsettled } from '../hedge/ledger.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import { positionIn } from '../hedge/venue-view.ts'
import type { AccountLink, SpendPriority } from '../ports.ts'
import { messageOf } from '../errors.ts'
import { endSiblings, freeLaneOf, markNonceUsed, nonceSiblings } from './apply-answer.ts'
import { changeOrder } from './change-order.ts'
import { commitThenSend } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { accountMarketKey } from './gather-facts.ts'
import { settle, settleOrders } from './settle-orders.ts'
import { accountKey } from './waker.ts'

/** After `ExpiredAt` and a grace: an unused nonce proves that the transaction never executed (rule 1). */
export function readNonceOf(engine: Engine, orderId: number): void {
  const order = engine.journal.order(orderId)
  if (order === undefined) return
  runOnce(engine, { key: `nonce/${orderId}`, accountIndex: order.accountIndex }, async () => {
    engine.memory.lastSentAtMs.set(orderId, engine.clock.now())
    const link = engine.link(order.accountIndex)
    const nextNonce = await link.readNextNonce(readPriority(link))
    commitThenSend(engine, 'normal', () => applyNonce(engine, orderId, nextNonce))
  })
}

function applyNonce(engine: Engine, orderId: number, nextNonce: number): void {
  const order = engine.journal.order(orderId)
  if (order === undefined || !isUnsettled(order.state) || order.state === 'accepted') return
  if (nextNonce > order.nonce) {
    markNonceUsed(engine, order, { isAccepted: false, outcome: 'nonce used: by which?' })
    return
  }
  const settledAtMs = engine.clock.now()
  for (const each of [order, ...nonceSiblings(engine, order)]) {
    changeOrder(engine, each.orderId, {
      state: 'expired',
      settledAtMs,
      outcome: 'expired unexecuted: the venue has not used its nonce',
    })
  }
  freeLaneOf(engine, order, 'unused')
}

/** Reads an accepted order that no stream told about, then the transaction itself. */
export function readOrderOf(engine: Engine, orderId: number): void {
  const order = engine.journal.order(orderId)
  if (order?.state !== 'accepted') return
  runOnce(engine, { key: `order/${orderId}`, accountIndex: order.accountIndex }, async () => {
    engine.memory.readsDue.delete(orderId)
    const reads = engine.memory.orderReads.get(orderId)
    engine.memory.orderReads.set(orderId, {
      count: (reads?.count ?? 0) + 1,
      lastAtMs: engine.clock.now(),
    })
    const link = engine.link(order.accountIndex)
    const priority = readPriority(link)
    if (order.clientOrderIndex > 0) {
      await link.readOrders(order.marketIndex, priority)
      settleOrders(engine, [order])
    }
    if (engine.journal.order(orderId)?.state !== 'accepted') return
    const fact = await link.readTransaction(order.txHash, priority)
    commitThenSend(engine, 'normal', () => {
      const now = engine.journal.order(orderId)
      if (now?.state !== 'accepted') return
      if (fact === undefined) settleAbsent(engine, now)
      else if (fact.status === 'failed' || fact.error !== undefined) {
        settle(engine, now, { outcome: fact.error ?? 'failed in the sequencer' })
        endSiblings(engine, now)
      } else if (fact.status === 'executed') settleExecuted(engine, now)
    })
  })
}

/** Executed without an order to look at: leverage, cancel, displacing. Orders wait for their own news. */
function settleExecuted(engine: Engine, order: LedgerOrder): void {
  if (order.clientOrderIndex > 0) return
  settle(engine, order, { outcome: 'executed' })
  endSiblings(engine, order)
}

/** The venue does not know the hash: certain only after expiry; then the nonce went elsewhere. */
function settleAbsent(engine: Engine, order: LedgerOrder): void {
  if (engine.clock.now() < engine.expiryMs(order) + TIMING.expiryGraceMs) return
  changeOrder(engine, order.orderId, {
    state: 'expired',
    settledAtMs: engine.clock.now(),
    outcome: 'never executed: the venue does not know the transaction',
  })
  const { journal } = engine
  const hasNonceOfOurs = (
    order.hedgeId === undefined
      ? journal.ordersOfRun(order.runId)
      : journal.ordersOfHedge(order.hedgeId)
  ).some(
    (other) =>
      other.orderId !== order.orderId &&
      other.accountIndex === order.accountIndex &&
      other.nonce === order.nonce &&
      (other.state === 'done' || other.state === 'accepted'),
  )
  if (hasNonceOfOurs) return
  engine.stopOpening('foreign_nonce')
  engine.note({
    level: 'alert',
    kind: 'foreign_nonce',
    message: `${order.account}: nonce ${order.nonce} was used under a hash that is not ours`,
    hedgeId: order.hedgeId,
    account: order.account,
  })
}

/** Reads an account over REST; its answer also is the second source for a vanished position (rule 8). */
export function readAccountOf(engine: Engine, accountIndex: number, marketIndex: number): void {
  runOnce(engine, { key: `account/${accountIndex}`, accountIndex }, async () => {
    const { accountReadAtMs, accountReads } = engine.memory
    const reads = accountReads.get(accountIndex) ?? 0
    accountReadAtMs.set(accountIndex, engine.clock.now())
    accountReads.set(accountIndex, reads + 1)
    const link = engine.link(accountIndex)
    const priority = readPriority(link)
    await link.readAccount(priority)
    // Two units more: only when no stream tells the live orders.
    const { liveOrders, isLive } = link.view()
    if (!isLive || !liveOrders.isKnown) await link.readOrders(marketIndex, priority)
    const row = positionIn(link.view(), marketIndex)
    if (row.isKnown && (row.value === undefined || row.value.signedBase.isZero())) {
      engine.memory.confirmedFlat.add(accountMarketKey(accountIndex, marketIndex))
    }
  })
}

/** Units of a bucket that only orders may use: a close goes out without a read, never the other way round. */
const UNITS_FOR_ORDERS = 12

/** Rule 11: reading leaves the last part of a bucket to what closes and protects. */
function readPriority(link: AccountLink): SpendPriority {
  return link.unitsLeft('close') > UNITS_FOR_ORDERS ? 'close' : 'read'
}

/** What its answer changes are the hedges of its account: they are woken, and nobody else. */
function runOnce(
  engine: Engine,
  { key, accountIndex }: { readonly key: string; readonly accountIndex: number },
  work: () => Promise<void>,
): void {
  const { busyReads } = engine.memory
  if (busyReads.has(key)) return
  busyReads.add(key)
  const release = (): void => {
    busyReads.delete(key)
    engine.waker.wake(accountKey(accountIndex))
  }
  // A read whose answer got lost must not keep a doubt open until its own time-out.
  const cancel = engine.clock.setTimer(TIMING.readPatienceMs, release)
  void work()
    .catch((error: unknown) => {
      engine.logger.warn('a read failed', { read: key, error: messageOf(error) })
    })
    .finally(() => {
      cancel()
      release()
    })
}
