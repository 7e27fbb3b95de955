/**
 * Keys that may only make: post-only creates, modifications of those, and cancels (PROTOCOL.md section 11.7).
 * @module
 */
import type { DecodedTransaction, TxKind } from '../../lighter/signer/transactions.ts'
import { TIME_IN_FORCE } from '../../lighter/signer/transactions.ts'
import type { Clock } from '../../ports.ts'
import type { SimAccount, SimCore, SimOrder } from '../core/core-model.ts'
import { FIRST_ORDER_INDEX } from '../core/units.ts'
import { refusal } from './venue-refusal.ts'

const FIRST_INDEX = 4
const LAST_INDEX = 254
/** Kinds that every key may send. */
const UNRESTRICTED: ReadonlySet<TxKind> = new Set([
  'cancelOrder',
  'cancelAllOrders',
  'changePubKey',
])
const CHANGE_EVERY_MS = 3_600_000

export interface MakerOnlyKeys {
  /** Ascending. */
  ofAccount(accountIndex: number): readonly number[]
  /**
   * Replaces the account's list. Choices where PROTOCOL.md names no code: another tier than premium is 62002, an index
   * outside 4 to 254 is 21110, a second change within the hour 23000. The keys need not be registered yet.
   * @throws VenueRefusal
   */
  replace(account: SimAccount, indexes: readonly number[]): void
  /**
   * Lets the transaction pass, or not. A key change is the owner's act and passes; a key stays restricted when the
   * owner leaves the premium tier.
   * @throws VenueRefusal 62007
   */
  assertAllowed(tx: DecodedTransaction): void
}

/** Creates the lists, all empty (PROTOCOL.md section 11.7). */
export function createMakerOnlyKeys(core: SimCore, clock: Clock): MakerOnlyKeys {
  const lists = new Map<number, { readonly indexes: ReadonlySet<number>; readonly atMs: number }>()
  return {
    ofAccount: (accountIndex) =>
      [...(lists.get(accountIndex)?.indexes ?? [])].sort((a, b) => a - b),
    replace({ accountIndex, tier }, indexes) {
      if (tier !== 'premium') throw refusal(62002)
      const isKnown = (index: number): boolean =>
        Number.isSafeInteger(index) && index >= FIRST_INDEX && index <= LAST_INDEX
      if (!indexes.every(isKnown)) throw refusal(21110)
      const nowMs = clock.monotonicMs()
      const last = lists.get(accountIndex)
      if (last !== undefined && nowMs - last.atMs < CHANGE_EVERY_MS) throw refusal(23000)
      lists.set(accountIndex, { indexes: new Set(indexes), atMs: nowMs })
    },
    assertAllowed(tx) {
      const isRestricted = lists.get(tx.accountIndex)?.indexes.has(tx.apiKeyIndex) === true
      if (isRestricted && !isMaking(core, tx)) throw refusal(62007)
    },
  }
}

function isMaking(core: SimCore, tx: DecodedTransaction): boolean {
  if (tx.kind === 'createOrder') return tx.timeInForce === TIME_IN_FORCE.postOnly
  if (tx.kind === 'modifyOrder') {
    return orderOf(core, tx)?.timeInForce === TIME_IN_FORCE.postOnly
  }
  return UNRESTRICTED.has(tx.kind)
}

/** The order that an index of a transaction means: the client's own below 2^48, else the exchange's. */
function orderOf(
  core: SimCore,
  tx: { readonly accountIndex: number; readonly index: bigint },
): SimOrder | undefined {
  if (tx.index < FIRST_ORDER_INDEX) return core.orderByClientIndex(tx.accountIndex, tx.index)
  const order = core.order(tx.index)
  return order?.accountIndex === tx.accountIndex ? order : undefined
}
