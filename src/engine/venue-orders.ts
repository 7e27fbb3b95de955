/**
 * `orders`: what rests at the venue, ours and foreign apart, and cancelling one of them.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import { instanceOfClientOrderIndex } from '../hedge/client-order-index.ts'
import type { VenueOrder } from '../hedge/venue-view.ts'
import type { AccountRef } from '../ports.ts'
import { ensureNonces } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { sendBatch } from './send-batch.ts'
import { settleOutside, withHedgesOf } from './settle-outside.ts'

export interface ListedOrder {
  readonly account: string
  readonly accountIndex: number
  /** `ours`: this journal's tag; `other_instance`: our tag from another journal; `foreign`: somebody else's. */
  readonly origin: 'ours' | 'other_instance' | 'foreign'
  readonly symbol: string
  readonly order: VenueOrder
}

export interface OrderList {
  readonly orders: readonly ListedOrder[]
  /** Accounts whose orders could not be read. */
  readonly unknown: readonly { readonly account: string; readonly reason: string }[]
}

/** Live orders of connected accounts, from their streams. */
export function listOrders(engine: Engine): OrderList {
  const orders: ListedOrder[] = []
  const unknown: { account: string; reason: string }[] = []
  for (const account of engine.accounts()) {
    const { liveOrders } = engine.link(account.accountIndex).view()
    if (!liveOrders.isKnown) unknown.push({ account: account.name, reason: liveOrders.reason })
    else for (const order of liveOrders.value) orders.push(listed(engine, account, order))
  }
  return { orders, unknown }
}

function listed(engine: Engine, account: AccountRef, order: VenueOrder): ListedOrder {
  const instance = instanceOfClientOrderIndex(order.clientOrderIndex)
  const origin =
    instance === undefined
      ? 'foreign'
      : instance === engine.journal.instance
        ? 'ours'
        : 'other_instance'
  return {
    account: account.name,
    accountIndex: account.accountIndex,
    origin,
    symbol: engine.market(order.marketIndex).symbol,
    order,
  }
}

/**
 * Cancels one live order by the venue's index or our client index and waits for the outcome.
 * @returns true when it no longer rests; false when that is not known in time
 * @throws HedgebotError kind `refused` when it is not there (`order_not_found`) or foreign (`order_foreign`)
 */
export async function cancelListedOrder(
  engine: Engine,
  id: string,
  options: { readonly mayCancelForeign: boolean; readonly giveUpAtMs: number },
): Promise<boolean> {
  const found = listOrders(engine).orders.find(
    ({ order }) => order.orderIndex === id || String(order.clientOrderIndex) === id,
  )
  if (found === undefined) {
    throw new HedgebotError('refused', `no live order ${id} on the configured accounts`, {
      code: 'order_not_found',
      hint: 'hedgebot orders list shows what rests',
    })
  }
  if (found.origin !== 'ours' && !options.mayCancelForeign) {
    throw new HedgebotError('refused', `order ${id} of ${found.account} is not this journal's`, {
      code: 'order_foreign',
      hint: 'add --foreign if you mean it',
    })
  }
  const account = engine.accountByIndex(found.accountIndex)
  if (account === undefined) return false
  return withHedgesOf(engine, [account], () =>
    cancelOne(engine, { account, found, giveUpAtMs: options.giveUpAtMs }),
  )
}

async function cancelOne(
  engine: Engine,
  wish: {
    readonly account: AccountRef
    readonly found: ListedOrder
    readonly giveUpAtMs: number
  },
): Promise<boolean> {
  const { account, found, giveUpAtMs } = wish
  const market = engine.market(found.order.marketIndex)
  const { orderIndex } = found.order
  await ensureNonces(engine, [account], 'close')
  if (!(await settleOutside(engine, account, giveUpAtMs))) return false
  sendBatch(engine, {
    hedge: undefined,
    durability: 'normal',
    outgoing: [
      {
        lane: { ...account, account: account.name },
        market,
        purpose: 'cancel',
        reason: 'asked for by the owner',
        priority: 'close',
        intent: () => ({ kind: 'cancel', market, orderIndex }),
      },
    ],
  })
  const isSettled = await settleOutside(engine, account, giveUpAtMs)
  return (
    isSettled && listOrders(engine).orders.every(({ order }) => order.orderIndex !== orderIndex)
  )
}
