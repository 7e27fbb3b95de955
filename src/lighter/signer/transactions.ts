/**
 * The transactions this program can sign, as typed values, and the tables that drive both their hash and their
 * JSON (CRYPTO.md sections 6 and 7). Property names are the field names of section 6; pools and staking are left out.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { TxAttributes } from './attributes.ts'

/** A 64-bit integer as a caller may give it: a bigint, or a number that is a safe integer. */
export type WideInt = number | bigint

/** Lighter's chain ids: they separate transactions of the real exchange from those of a test exchange. */
export const CHAIN_ID = { mainnet: 304, testnet: 300 } as const

/** Order types by name (CRYPTO.md section 10). */
export const ORDER_TYPE = {
  limit: 0,
  market: 1,
  stopLoss: 2,
  stopLossLimit: 3,
  takeProfit: 4,
  takeProfitLimit: 5,
  twap: 6,
} as const

/** Times in force by name (CRYPTO.md section 10). */
export const TIME_IN_FORCE = { ioc: 0, gtt: 1, postOnly: 2 } as const

/** Cancel-all modes by name (CRYPTO.md section 10). */
export const CANCEL_ALL_MODE = { immediate: 0, scheduled: 1, abortScheduled: 2 } as const

/** Groupings by name: parent + child, two siblings, parent + two siblings (CRYPTO.md section 10). */
export const GROUPING_TYPE = { oto: 1, oco: 2, otoco: 3 } as const

/** Margin modes by name (CRYPTO.md section 10). */
export const MARGIN_MODE = { cross: 0, isolated: 1 } as const

/** Directions of a margin change by name (CRYPTO.md section 10). */
export const MARGIN_DIRECTION = { remove: 0, add: 1 } as const

/** Transaction type numbers by kind (CRYPTO.md section 6). */
export const TX_TYPE = {
  changePubKey: 8,
  createSubAccount: 9,
  transfer: 12,
  withdraw: 13,
  createOrder: 14,
  cancelOrder: 15,
  cancelAllOrders: 16,
  modifyOrder: 17,
  updateLeverage: 20,
  createGroupedOrders: 28,
  updateMargin: 29,
  updateAccountConfig: 41,
  updateAccountAssetConfig: 42,
  approveIntegrator: 45,
} as const

/** Name of a transaction kind. */
export type TxKind = keyof typeof TX_TYPE

/** The ten order words. Sizes and prices in ticks of the market, times in milliseconds since 1970, 0 for none. */
export interface OrderFields<W extends WideInt = WideInt> {
  readonly marketIndex: number
  readonly clientOrderIndex: W
  readonly baseAmount: W
  readonly price: number
  /** 0 buys, 1 sells. */
  readonly isAsk: number
  /** One of `ORDER_TYPE`. */
  readonly type: number
  /** One of `TIME_IN_FORCE`. */
  readonly timeInForce: number
  /** 0 or 1. */
  readonly reduceOnly: number
  readonly triggerPrice: number
  readonly orderExpiry: W
}

/** Registers a new public key for the key slot; needs the owner's L1 signature. */
export interface ChangePubKeyBody {
  readonly kind: 'changePubKey'
  /** 80 hex digits; all zero revokes the key. */
  readonly pubKey: string
}

/** Creates a sub-account under a master account. */
interface CreateSubAccountBody {
  readonly kind: 'createSubAccount'
}

/** Moves an asset to another account; amounts in the asset's smallest unit. */
export interface TransferBody<W extends WideInt = WideInt> {
  readonly kind: 'transfer'
  readonly toAccountIndex: number
  readonly assetIndex: number
  /** 0 perps, 1 spot. */
  readonly fromRouteType: number
  readonly toRouteType: number
  readonly amount: W
  readonly usdcFee: W
  /** 64 hex digits; bound only by the L1 message, not by the hash. */
  readonly memo: string
}

/** Withdraws to the owner's Ethereum address; the amount in the asset's smallest unit. */
export interface WithdrawBody<W extends WideInt = WideInt> {
  readonly kind: 'withdraw'
  readonly assetIndex: number
  readonly routeType: number
  readonly amount: W
}

/** Places one order. */
export interface CreateOrderBody<W extends WideInt = WideInt> extends OrderFields<W> {
  readonly kind: 'createOrder'
}

/** Cancels one order. */
interface CancelOrderBody<W extends WideInt = WideInt> {
  readonly kind: 'cancelOrder'
  readonly marketIndex: number
  /** A client order index (up to 2^48-1) or the exchange's order index (from 2^48). */
  readonly index: W
}

/** Cancels all orders now, or schedules that (dead man's switch), or takes the schedule back. */
interface CancelAllOrdersBody<W extends WideInt = WideInt> {
  readonly kind: 'cancelAllOrders'
  /** One of `CANCEL_ALL_MODE`. */
  readonly timeInForce: number
  /** Milliseconds since 1970 when scheduled, else 0. */
  readonly time: W
}

/** Changes size and prices of a resting order. */
interface ModifyOrderBody<W extends WideInt = WideInt> {
  readonly kind: 'modifyOrder'
  readonly marketIndex: number
  readonly index: W
  readonly baseAmount: W
  readonly price: number
  readonly triggerPrice: number
}

/** Sets leverage and margin mode of a market. */
interface UpdateLeverageBody {
  readonly kind: 'updateLeverage'
  readonly marketIndex: number
  /** Ten-thousandths: 10000 is leverage 1. */
  readonly initialMarginFraction: number
  /** One of `MARGIN_MODE`. */
  readonly marginMode: number
}

/** Places orders that depend on each other. */
export interface CreateGroupedOrdersBody<W extends WideInt = WideInt> {
  readonly kind: 'createGroupedOrders'
  /** One of `GROUPING_TYPE`. */
  readonly groupingType: number
  readonly orders: readonly OrderFields<W>[]
}

/** Moves margin into or out of an isolated position. */
interface UpdateMarginBody<W extends WideInt = WideInt> {
  readonly kind: 'updateMargin'
  readonly marketIndex: number
  /** Millionths of a USDC. */
  readonly usdcAmount: W
  /** One of `MARGIN_DIRECTION`. */
  readonly direction: number
}

/** Chooses the account's trading mode. */
interface UpdateAccountConfigBody {
  readonly kind: 'updateAccountConfig'
  /** 0 classic, 1 unified. */
  readonly accountTradingMode: number
}

/** Chooses whether an asset counts as margin. */
interface UpdateAccountAssetConfigBody {
  readonly kind: 'updateAccountAssetConfig'
  readonly assetIndex: number
  readonly assetMarginMode: number
}

/** Lets an integrator charge up to these fees, in millionths; needs the owner's L1 signature. */
export interface ApproveIntegratorBody {
  readonly kind: 'approveIntegrator'
  readonly integratorAccountIndex: number
  readonly maxPerpsTakerFee: number
  readonly maxPerpsMakerFee: number
  readonly maxSpotTakerFee: number
  readonly maxSpotMakerFee: number
  readonly approvalExpiry: number
}

/** What a transaction does, without who sends it. */
export type TxBody<W extends WideInt = WideInt> =
  | ChangePubKeyBody
  | CreateSubAccountBody
  | TransferBody<W>
  | WithdrawBody<W>
  | CreateOrderBody<W>
  | CancelOrderBody<W>
  | CancelAllOrdersBody<W>
  | ModifyOrderBody<W>
  | UpdateLeverageBody
  | CreateGroupedOrdersBody<W>
  | UpdateMarginBody<W>
  | UpdateAccountConfigBody
  | UpdateAccountAssetConfigBody
  | ApproveIntegratorBody

/** Nonce, expiry and attributes: what every transaction carries besides its sender. */
export interface TxEnvelope<W extends WideInt = WideInt> {
  readonly nonce: W
  /** Milliseconds since 1970 after which the exchange refuses it. */
  readonly expiredAt: number
  readonly attributes?: TxAttributes | null
}

/** The account and the API key slot that a transaction is sent from. */
export interface TxSender {
  readonly accountIndex: number
  readonly apiKeyIndex: number
}

/** A complete transaction, ready for hashing. */
export type Transaction<W extends WideInt = WideInt> = TxBody<W> & TxEnvelope<W> & TxSender

/** A transaction read from tx_info: 64-bit fields are bigints. */
export type DecodedTransaction = Transaction<bigint>

/** Kinds whose abuse takes money out of the account; only `privileged.ts` signs them. */
type PrivilegedKind = 'withdraw' | 'approveIntegrator'

/** What an ordinary signer accepts: any body but a privileged one, with its envelope. */
export type SignRequest = Exclude<TxBody, { kind: PrivilegedKind }> & TxEnvelope

/** A signed transaction as `sendTx` wants it. */
export interface SignedTransaction {
  readonly txType: number
  /** The exact JSON text. */
  readonly txInfo: string
  /** 80 hex digits: the transaction id that the exchange will report. */
  readonly txHash: string
}

/**
 * How one field enters the hash and the JSON.
 * `number`: one word, stays a number when decoded; `wide`: one word, decoded to a bigint;
 * `split`: a 64-bit amount hashed as low and high half; `memo` and `pubKey`: byte strings; `orders`: the order list.
 */
type FieldForm = 'number' | 'wide' | 'split' | 'memo' | 'pubKey' | 'orders'

/** One field of a transaction or an order. */
export interface FieldSpec {
  readonly name: string
  /** Key in tx_info. */
  readonly json: string
  readonly form: FieldForm
}

/** Layout of one kind. */
export interface TxSpec {
  readonly kind: TxKind
  readonly txType: number
  /** `AccountIndex`, or `FromAccountIndex` where money moves. */
  readonly accountKey: string
  readonly fields: readonly FieldSpec[]
  /** Where `L1Sig` stands in the JSON, if anywhere. */
  readonly l1Sig: 'none' | 'beforeExpiredAt' | 'afterSig'
}

const JSON_EXCEPTIONS: Readonly<Record<string, string>> = {
  usdcAmount: 'USDCAmount',
  usdcFee: 'USDCFee',
}

/** The ten order fields in hash and JSON order. */
export const ORDER_FIELDS: readonly FieldSpec[] = [
  field('marketIndex'),
  field('clientOrderIndex', 'wide'),
  field('baseAmount', 'wide'),
  field('price'),
  field('isAsk'),
  field('type'),
  field('timeInForce'),
  field('reduceOnly'),
  field('triggerPrice'),
  field('orderExpiry', 'wide'),
]

/** Layout of every kind. */
export const TX_SPECS: Readonly<Record<TxKind, TxSpec>> = {
  changePubKey: spec('changePubKey', [field('pubKey', 'pubKey')], { l1Sig: 'beforeExpiredAt' }),
  createSubAccount: spec('createSubAccount', []),
  transfer: spec(
    'transfer',
    [
      field('toAccountIndex'),
      field('assetIndex'),
      field('fromRouteType'),
      field('toRouteType'),
      field('amount', 'split'),
      field('usdcFee', 'split'),
      field('memo', 'memo'),
    ],
    { accountKey: 'FromAccountIndex', l1Sig: 'afterSig' },
  ),
  withdraw: spec('withdraw', [field('assetIndex'), field('routeType'), field('amount', 'split')], {
    accountKey: 'FromAccountIndex',
  }),
  createOrder: spec('createOrder', ORDER_FIELDS),
  cancelOrder: spec('cancelOrder', [field('marketIndex'), field('index', 'wide')]),
  cancelAllOrders: spec('cancelAllOrders', [field('timeInForce'), field('time', 'wide')]),
  modifyOrder: spec('modifyOrder', [
    field('marketIndex'),
    field('index', 'wide'),
    field('baseAmount', 'wide'),
    field('price'),
    field('triggerPrice'),
  ]),
  updateLeverage: spec('updateLeverage', [
    field('marketIndex'),
    field('initialMarginFraction'),
    field('marginMode'),
  ]),
  createGroupedOrders: spec('createGroupedOrders', [
    field('groupingType'),
    field('orders', 'orders'),
  ]),
  updateMargin: spec('updateMargin', [
    field('marketIndex'),
    field('usdcAmount', 'split'),
    field('direction'),
  ]),
  updateAccountConfig: spec('updateAccountConfig', [field('accountTradingMode')]),
  updateAccountAssetConfig: spec('updateAccountAssetConfig', [
    field('assetIndex'),
    field('assetMarginMode'),
  ]),
  approveIntegrator: spec(
    'approveIntegrator',
    [
      field('integratorAccountIndex'),
      field('maxPerpsTakerFee'),
      field('maxPerpsMakerFee'),
      field('maxSpotTakerFee'),
      field('maxSpotMakerFee'),
      field('approvalExpiry'),
    ],
    { l1Sig: 'afterSig' },
  ),
}

const SPEC_BY_TYPE = new Map(Object.values(TX_SPECS).map((entry) => [entry.txType, entry]))

/**
 * Finds the layout of a transaction type number.
 * @throws HedgebotError kind `refused`, code `tx_type_unknown`
 */
export function specOfTxType(txType: number): TxSpec {
  const found = SPEC_BY_TYPE.get(txType)
  if (found === undefined) {
    throw new HedgebotError('refused', `transaction type ${txType} is not supported`, {
      code: 'tx_type_unknown',
    })
  }
  return found
}

function field(name: string, form: FieldForm = 'number'): FieldSpec {
  const json = JSON_EXCEPTIONS[name] ?? name.charAt(0).toUpperCase() + name.slice(1)
  return { name, json, form }
}

function spec(
  kind: TxKind,
  fields: readonly FieldSpec[],
  options: Partial<Pick<TxSpec, 'accountKey' | 'l1Sig'>> = {},
): TxSpec {
  return {
    kind,
    txType: TX_TYPE[kind],
    accountKey: options.accountKey ?? 'AccountIndex',
    fields,
    l1Sig: options.l1Sig ?? 'none',
  }
}
