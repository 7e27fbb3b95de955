/**
 * The signature passport (DESIGN.md section 5): after signing and before sending, the transaction's own text is read
 * again and compared with what was wanted. The intent is in trading words (side, type by name), so that a mistake
 * in turning it into wire numbers shows here too.
 * @module
 */
import { HedgebotError, messageOf } from '../../errors.ts'
import { hashedAttributes, type TxAttributes } from './attributes.ts'
import {
  type CreateGroupedOrdersBody,
  type CreateOrderBody,
  type DecodedTransaction,
  GROUPING_TYPE,
  ORDER_TYPE,
  type OrderFields,
  type SignedTransaction,
  TIME_IN_FORCE,
  TX_SPECS,
  type TxBody,
  type TxEnvelope,
  type TxSender,
  TX_TYPE,
  type WideInt,
} from './transactions.ts'
import { hashTransaction } from './tx-hash.ts'
import { decodeTxInfo } from './tx-info.ts'

/** An order in trading words; sizes and prices in the market's ticks. */
export interface OrderIntent {
  readonly marketIndex: number
  readonly side: 'buy' | 'sell'
  readonly baseAmount: WideInt
  readonly price: number
  readonly type: keyof typeof ORDER_TYPE
  readonly timeInForce: keyof typeof TIME_IN_FORCE
  readonly isReduceOnly: boolean
  /** 0 for none. */
  readonly triggerPrice: number
  /** Milliseconds since 1970, 0 for none. */
  readonly orderExpiryMs: WideInt
  readonly clientOrderIndex: WideInt
}

type PlainBody = Exclude<TxBody, CreateOrderBody | CreateGroupedOrdersBody>

/** What a transaction is meant to do. Orders are in trading words, other kinds in their own fields. */
export type PassportBody =
  | ({ readonly kind: 'createOrder' } & OrderIntent)
  | {
      readonly kind: 'createGroupedOrders'
      readonly grouping: keyof typeof GROUPING_TYPE
      readonly orders: readonly OrderIntent[]
    }
  | PlainBody

/** The whole intent: body, sender, envelope and chain. */
export type PassportIntent = PassportBody & TxEnvelope & TxSender & { readonly chainId: number }

/**
 * Compares a signed transaction with its intent: type, account, key, nonce, expiry, every field, attributes, and the
 * hash recomputed from what the text says.
 * @throws HedgebotError kind `signer`, code `passport_mismatch`, naming the first field that differs
 */
export function checkPassport(intent: PassportIntent, signed: SignedTransaction): void {
  if (signed.txType !== TX_TYPE[intent.kind]) throw mismatch('txType')
  const tx = decode(signed)
  same('accountIndex', intent.accountIndex, tx.accountIndex)
  same('apiKeyIndex', intent.apiKeyIndex, tx.apiKeyIndex)
  same('nonce', intent.nonce, tx.nonce)
  same('expiredAt', intent.expiredAt, tx.expiredAt)
  compareBodies(intent, tx)
  compareAttributes(intent.attributes, tx.attributes)
  if (hashTransaction(intent.chainId, tx) !== signed.txHash) throw mismatch('txHash')
}

function decode(signed: SignedTransaction): DecodedTransaction {
  try {
    return decodeTxInfo(signed.txType, signed.txInfo).tx
  } catch (cause) {
    throw mismatch(`txInfo (${messageOf(cause)})`)
  }
}

function compareBodies(intent: PassportIntent, tx: DecodedTransaction): void {
  if (tx.kind === 'createOrder' && intent.kind === 'createOrder') {
    compareOrder(intent, tx)
  } else if (tx.kind === 'createGroupedOrders' && intent.kind === 'createGroupedOrders') {
    same('groupingType', GROUPING_TYPE[intent.grouping], tx.groupingType)
    same('orders.length', intent.orders.length, tx.orders.length)
    for (const [index, order] of tx.orders.entries()) {
      const wanted = intent.orders[index]
      if (wanted === undefined) throw mismatch(`orders.${index}`)
      compareOrder(wanted, order)
    }
  } else {
    if (tx.kind !== intent.kind) throw mismatch('kind')
    const wanted = intent as unknown as Record<string, WideInt | string>
    const found = tx as unknown as Record<string, WideInt | string>
    for (const { name } of TX_SPECS[tx.kind].fields) same(name, wanted[name], found[name])
  }
}

function compareOrder(intent: OrderIntent, order: OrderFields<bigint>): void {
  same('marketIndex', intent.marketIndex, order.marketIndex)
  same('side', intent.side, order.isAsk === 0 ? 'buy' : order.isAsk === 1 ? 'sell' : undefined)
  same('baseAmount', intent.baseAmount, order.baseAmount)
  same('price', intent.price, order.price)
  same('type', ORDER_TYPE[intent.type], order.type)
  same('timeInForce', TIME_IN_FORCE[intent.timeInForce], order.timeInForce)
  same('reduceOnly', intent.isReduceOnly ? 1 : 0, order.reduceOnly)
  same('triggerPrice', intent.triggerPrice, order.triggerPrice)
  same('orderExpiry', intent.orderExpiryMs, order.orderExpiry)
  same('clientOrderIndex', intent.clientOrderIndex, order.clientOrderIndex)
}

function compareAttributes(
  wanted: TxAttributes | null | undefined,
  found: TxAttributes | null | undefined,
): void {
  const left = hashedAttributes(wanted)
  const right = hashedAttributes(found)
  same('attributes', left.join(';'), right.join(';'))
}

/** Equal as integers whatever their type; a missing value equals nothing. */
function same(name: string, wanted: unknown, found: unknown): void {
  if (wanted === undefined || found === undefined) throw mismatch(name)
  if (wanted === found) return
  const areIntegers = isInteger(wanted) && isInteger(found)
  // oxlint-disable-next-line eqeqeq -- number and bigint compare exactly by value only with ==
  if (areIntegers && wanted == found) return
  throw mismatch(name)
}

function isInteger(value: unknown): value is WideInt {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

function mismatch(field: string): HedgebotError {
  return new HedgebotError('signer', `the signed transaction is not the intended one: ${field}`, {
    code: 'passport_mismatch',
    hint: 'Nothing was sent. Stop trading and report this.',
  })
}
