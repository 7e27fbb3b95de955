/**
 * Looks after transactions that belong to no hedge (`orders cancel`, `close --flatten`): the same bytes again while
 * unanswered, a read when accepted without news, the nonce after expiry.
 * @module
 */
import { TIMING, pauseOf } from '../hedge/hedge-facts.ts'
import type { LedgerOrder } from '../hedge/ledger.ts'
import { pastOnly } from '../hedge/past-time.ts'
import type { AccountRef } from '../ports.ts'
import { changeOrder } from './change-order.ts'
import { keepLeases } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { claimOrFail } from './recover-hedges.ts'
import { readNonceOf, readOrderOf } from './read-doubt.ts'
import { transmit } from './send-batch.ts'
import { settleOrders } from './settle-orders.ts'
import { wakeOnChange } from './waker.ts'

/** Transactions of an account whose outcome is not known, in whatever hedge. */
export function unsettledOf(engine: Engine, account: AccountRef): readonly LedgerOrder[] {
  return engine.journal
    .unsettledOrders()
    .filter((order) => order.accountIndex === account.accountIndex)
}

/** Does what is due for them now; true while any is open. */
export function nudgeUnsettled(engine: Engine, account: AccountRef): boolean {
  settleOrders(engine, unsettledOf(engine, account))
  const open = unsettledOf(engine, account)
  for (const order of open) nudge(engine, order)
  return open.length > 0
}

function nudge(engine: Engine, order: LedgerOrder): void {
  const { inFlight, lastSentAtMs } = engine.memory
  if (inFlight.has(order.orderId)) return
  const nowMs = engine.clock.now()
  const sentAtMs = lastSentAtMs.get(order.orderId) ?? order.preparedAtMs
  const idleMs = nowMs - (pastOnly(sentAtMs, nowMs) ?? -Infinity)
  if (order.state === 'accepted') {
    if (idleMs > TIMING.settleReadMs) readOrderOf(engine, order.orderId)
  } else if (nowMs > engine.expiryMs(order) + TIMING.expiryGraceMs) {
    readNonceOf(engine, order.orderId)
  } else if (idleMs > pauseOf(TIMING.resendMs, order.sends)) {
    const again = changeOrder(engine, order.orderId, { sends: order.sends + 1 })
    void transmit(engine, again, { priority: 'close', via: 'rest' })
  }
}

/**
 * Orders outside hedges use the lanes of accounts that may be in one: those hedges are ours while `work` runs.
 * @throws HedgebotError kind `busy` while another process owns one
 */
export async function withHedgesOf<T>(
  engine: Engine,
  accounts: readonly AccountRef[],
  work: () => Promise<T>,
): Promise<T> {
  const indexes = new Set(accounts.map((account) => account.accountIndex))
  const affected = engine.journal
    .liveHedges()
    .filter((hedge) => hedge.legs.some((leg) => indexes.has(leg.accountIndex)))
  for (const { hedgeId } of affected) claimOrFail(engine, hedgeId)
  const stopRenewing = keepLeases(engine)
  try {
    for (const account of accounts) engine.journal.adoptLane(account)
    return await work()
  } finally {
    stopRenewing()
    engine.journal.releaseHedges()
  }
}

/** Waits until nothing of the account is open; false when time ran out first. */
export async function settleOutside(
  engine: Engine,
  account: AccountRef,
  giveUpAtMs: number,
): Promise<boolean> {
  const unsubscribe = wakeOnChange(engine.waker, engine.link(account.accountIndex))
  try {
    while (nudgeUnsettled(engine, account)) {
      if (engine.clock.now() >= giveUpAtMs) return false
      await engine.waker.wait(100)
    }
    return true
  } finally {
    unsubscribe()
  }
}
