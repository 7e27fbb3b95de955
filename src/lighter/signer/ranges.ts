/**
 * What the reference signer checks before it signs (CRYPTO.md section 10), so that nothing leaves with a nonce that
 * the exchange would refuse for its shape.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { ATTRIBUTE_SPECS, MAX_ATTRIBUTES, type TxAttributes } from './attributes.ts'
import {
  CANCEL_ALL_MODE,
  GROUPING_TYPE,
  MARGIN_DIRECTION,
  ORDER_TYPE,
  type OrderFields,
  TIME_IN_FORCE,
  type Transaction,
  TX_SPECS,
  type WideInt,
} from './transactions.ts'

const MAX_ACCOUNT = 2 ** 48 - 2
const MAX_MASTER_ACCOUNT = 2 ** 47 - 1
const MAX_48 = 2 ** 48 - 1
const MAX_32 = 2 ** 32 - 1
const MAX_AMOUNT = 2n ** 60n - 1n
const MAX_INT64 = 2n ** 63n - 1n
const MAX_FEE = 1_000_000
const MAX_ASSET = 62
const ALL_MARKETS = 255

type Bounds = readonly [min: WideInt, max: WideInt]

const ORDER_BOUNDS: Readonly<Record<keyof OrderFields, Bounds>> = {
  marketIndex: [0, 4094],
  clientOrderIndex: [0, MAX_48],
  baseAmount: [0, MAX_48],
  price: [1, MAX_32],
  isAsk: [0, 1],
  type: [0, 6],
  timeInForce: [0, 2],
  reduceOnly: [0, 1],
  triggerPrice: [0, MAX_32],
  orderExpiry: [0, MAX_INT64],
}

/** Plain bounds by kind and field; rules between fields are in `RULES`. */
const BOUNDS: Readonly<Record<Transaction['kind'], Readonly<Record<string, Bounds>>>> = {
  changePubKey: {},
  createSubAccount: { accountIndex: [-1, MAX_MASTER_ACCOUNT] },
  transfer: {
    toAccountIndex: [-1, MAX_ACCOUNT],
    assetIndex: [1, MAX_ASSET],
    fromRouteType: [0, 1],
    toRouteType: [0, 1],
    amount: [1, MAX_AMOUNT],
    usdcFee: [0, MAX_AMOUNT],
  },
  withdraw: { assetIndex: [1, MAX_ASSET], routeType: [0, 1], amount: [1, MAX_AMOUNT] },
  createOrder: ORDER_BOUNDS,
  cancelOrder: { marketIndex: [0, 4094], index: [1, MAX_AMOUNT] },
  cancelAllOrders: { timeInForce: [0, 2], time: [0, MAX_INT64] },
  modifyOrder: {
    marketIndex: [0, 4094],
    index: [1, MAX_AMOUNT],
    baseAmount: [0, MAX_48],
    price: [1, MAX_32],
    triggerPrice: [0, MAX_32],
  },
  updateLeverage: {
    marketIndex: [-32768, 32767],
    initialMarginFraction: [1, 10000],
    marginMode: [0, 1],
  },
  createGroupedOrders: { groupingType: [1, 3] },
  updateMargin: {
    marketIndex: [0, 254],
    usdcAmount: [-MAX_INT64 - 1n, MAX_AMOUNT],
    direction: [MARGIN_DIRECTION.remove, MARGIN_DIRECTION.add],
  },
  updateAccountConfig: { accountTradingMode: [0, 1] },
  updateAccountAssetConfig: { assetIndex: [1, MAX_ASSET], assetMarginMode: [0, 1] },
  approveIntegrator: {
    integratorAccountIndex: [-1, MAX_ACCOUNT],
    maxPerpsTakerFee: [0, MAX_FEE],
    maxPerpsMakerFee: [0, MAX_FEE],
    maxSpotTakerFee: [0, MAX_FEE],
    maxSpotMakerFee: [0, MAX_FEE],
    approvalExpiry: [0, MAX_48],
  },
}

/**
 * Refuses a transaction that the reference signer would refuse.
 * @throws HedgebotError kind `refused`, code `tx_<field>_out_of_range` or the name of the rule between fields
 */
export function assertRanges(tx: Transaction): void {
  const values = tx as unknown as Record<string, unknown>
  checkBounds('accountIndex', tx.accountIndex, [-1, MAX_ACCOUNT])
  checkBounds('apiKeyIndex', tx.apiKeyIndex, [0, tx.kind === 'cancelAllOrders' ? 255 : 254])
  checkBounds('nonce', tx.nonce, [0, MAX_INT64])
  checkBounds('expiredAt', tx.expiredAt, [0, MAX_48])
  const bounds = BOUNDS[tx.kind]
  for (const name in bounds) checkBounds(name, values[name], bounds[name] ?? [0, 0])
  checkByteStrings(tx, values)
  checkRules(tx)
  checkAttributes(tx, tx.attributes)
}

function checkBounds(name: string, value: unknown, [min, max]: Bounds): void {
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!isInteger) throw refuse(name, `${name} is not an integer that is exact`)
  if ((value as WideInt) < min || (value as WideInt) > max) {
    throw refuse(name, `${name} ${String(value)} is not in ${min}..${max}`)
  }
}

function checkByteStrings(tx: Transaction, values: Record<string, unknown>): void {
  for (const field of TX_SPECS[tx.kind].fields) {
    const digits = field.form === 'memo' ? 64 : field.form === 'pubKey' ? 80 : 0
    if (digits === 0) continue
    const value = values[field.name]
    if (typeof value !== 'string' || value.length !== digits || !/^[0-9a-f]*$/.test(value)) {
      throw refuse(field.name, `${field.name} is not ${digits} lower-case hex digits`)
    }
  }
}

function checkRules(tx: Transaction): void {
  const check = RULES[tx.kind]
  check?.(tx as never)
}

type RuleTable = { readonly [K in Transaction['kind']]?: (tx: OfKind<K>) => void }
type OfKind<K extends Transaction['kind']> = Extract<Transaction, { kind: K }>

/** Rules between fields; kinds that are not named have none. */
const RULES: RuleTable = {
  createOrder(tx) {
    checkOrder(tx)
    checkSize(tx)
  },
  createGroupedOrders: (tx) => checkGroup(tx.groupingType, tx.orders),
  cancelOrder: (tx) => checkMarket(tx.marketIndex),
  modifyOrder: (tx) => checkMarket(tx.marketIndex),
  cancelAllOrders(tx) {
    if (isZero(tx.time) === (tx.timeInForce === CANCEL_ALL_MODE.scheduled)) {
      throw refuse('time', 'a time belongs to a scheduled cancel-all and to no other')
    }
  },
  updateLeverage(tx) {
    if (tx.marketIndex === ALL_MARKETS) throw refuse('marketIndex', 'market 255 is no market')
  },
  updateMargin(tx) {
    if (isZero(tx.usdcAmount)) throw refuse('usdcAmount', 'usdcAmount is 0')
  },
  approveIntegrator: checkApproval,
}

function checkSize(order: OrderFields): void {
  if (isZero(order.baseAmount) && order.reduceOnly !== 1) {
    throw refuse('baseAmount', 'baseAmount 0 needs reduceOnly')
  }
}

function checkApproval(tx: OfKind<'approveIntegrator'>): void {
  const fees = [tx.maxPerpsTakerFee, tx.maxPerpsMakerFee, tx.maxSpotTakerFee, tx.maxSpotMakerFee]
  if (tx.approvalExpiry === 0 && fees.some((fee) => fee !== 0)) {
    throw refuse('approvalExpiry', 'approvalExpiry 0 needs all fees 0')
  }
}

function isSpot(marketIndex: number): boolean {
  return marketIndex >= 2048
}

function checkMarket(marketIndex: number): void {
  if (marketIndex > 254 && marketIndex < 2048) {
    throw refuse('marketIndex', `marketIndex ${marketIndex} is neither perps nor spot`)
  }
}

interface OrderRule {
  readonly times: readonly number[]
  readonly hasTrigger: boolean
  readonly isPerpsOnly: boolean
}

const ANY_TIME = Object.values(TIME_IN_FORCE)
const CONDITIONAL: OrderRule = { times: [TIME_IN_FORCE.ioc], hasTrigger: true, isPerpsOnly: true }
const CONDITIONAL_LIMIT: OrderRule = { times: ANY_TIME, hasTrigger: true, isPerpsOnly: true }

/** The table of section 10, in the order of the type numbers. */
const ORDER_RULES: readonly OrderRule[] = [
  { times: ANY_TIME, hasTrigger: false, isPerpsOnly: false },
  { times: [TIME_IN_FORCE.ioc], hasTrigger: false, isPerpsOnly: false },
  CONDITIONAL,
  CONDITIONAL_LIMIT,
  CONDITIONAL,
  CONDITIONAL_LIMIT,
  { times: [TIME_IN_FORCE.gtt], hasTrigger: false, isPerpsOnly: false },
]

function checkOrder(order: OrderFields): void {
  checkMarket(order.marketIndex)
  const rule = ORDER_RULES[order.type]
  if (rule === undefined) throw refuse('type', `order type ${order.type} is not known`)
  if (!rule.times.includes(order.timeInForce)) {
    throw refuse('timeInForce', `time in force ${order.timeInForce} does not go with this type`)
  }
  if ((order.triggerPrice !== 0) !== rule.hasTrigger) {
    throw refuse('triggerPrice', rule.hasTrigger ? 'triggerPrice is 0' : 'triggerPrice is set')
  }
  // Orders that can rest or wait need an expiry; immediate ones must not have one.
  const hasExpiry = rule.hasTrigger || order.timeInForce !== TIME_IN_FORCE.ioc
  if (isZero(order.orderExpiry) === hasExpiry) {
    throw refuse('orderExpiry', hasExpiry ? 'orderExpiry is 0' : 'orderExpiry is set')
  }
  if (isSpot(order.marketIndex) && (rule.isPerpsOnly || order.reduceOnly === 1)) {
    throw refuse('marketIndex', 'this order type or reduceOnly is for perps only')
  }
}

function checkGroup(groupingType: number, orders: readonly OrderFields[]): void {
  const size = groupingType === GROUPING_TYPE.otoco ? 3 : 2
  if (!Array.isArray(orders) || orders.length !== size)
    throw rule('group_size', `grouping ${groupingType} has ${size} orders`)
  for (const order of orders) {
    for (const name in ORDER_BOUNDS) {
      const key = name as keyof OrderFields
      checkBounds(key, order[key], ORDER_BOUNDS[key])
    }
    checkOrder(order)
    if (isSpot(order.marketIndex)) throw refuse('marketIndex', 'grouped orders are for perps only')
    if (order.marketIndex !== orders[0]?.marketIndex) {
      throw rule('group_market', 'grouped orders are in one market')
    }
  }
  checkClientIndices(orders)
  if (groupingType === GROUPING_TYPE.oco) {
    checkSiblings(orders)
    checkOco(orders)
    return
  }
  const [parent, ...children] = orders
  if (parent !== undefined) checkChildren(parent, children)
  if (children.length === 2) checkSiblings(children)
}

function checkClientIndices(orders: readonly OrderFields[]): void {
  const set = orders.map((order) => BigInt(order.clientOrderIndex)).filter((index) => index !== 0n)
  if (new Set(set).size !== set.length) {
    throw rule('group_client_indices', 'client order indices in a group are distinct')
  }
}

function checkChildren(parent: OrderFields, children: readonly OrderFields[]): void {
  if (parent.type !== ORDER_TYPE.limit && parent.type !== ORDER_TYPE.market) {
    throw rule('group_parent_type', 'a parent order is limit or market')
  }
  checkSize(parent)
  for (const child of children) {
    familyOf(child)
    if (!isZero(child.baseAmount)) throw rule('group_child_size', 'a child has baseAmount 0')
    if (child.reduceOnly !== 1) throw rule('group_child_reduce_only', 'a child is reduceOnly')
    if (child.isAsk === parent.isAsk) throw rule('group_child_side', 'a child has the other side')
    if (!isZero(parent.orderExpiry) && !isSame(parent.orderExpiry, child.orderExpiry)) {
      throw rule('group_expiry', "a parent's expiry is that of its children")
    }
  }
}

function checkSiblings(siblings: readonly OrderFields[]): void {
  const [first, second] = siblings
  if (first === undefined || second === undefined) return
  if (familyOf(first) === familyOf(second)) {
    throw rule('group_sibling_types', 'siblings are one stop-loss and one take-profit')
  }
  if (!isSame(first.orderExpiry, second.orderExpiry)) {
    throw rule('group_expiry', 'siblings share one expiry')
  }
}

function checkOco(orders: readonly OrderFields[]): void {
  const [first, second] = orders
  if (first === undefined || second === undefined) return
  if (!isSame(first.baseAmount, second.baseAmount)) {
    throw rule('group_sibling_size', 'OCO orders have one size')
  }
  if (first.isAsk !== second.isAsk) throw rule('group_sibling_side', 'OCO orders have one side')
  if (first.reduceOnly !== 1 || second.reduceOnly !== 1) {
    throw rule('group_sibling_reduce_only', 'OCO orders are reduceOnly')
  }
}

function familyOf(order: OrderFields): 'stopLoss' | 'takeProfit' {
  switch (order.type) {
    case ORDER_TYPE.stopLoss:
    case ORDER_TYPE.stopLossLimit:
      return 'stopLoss'
    case ORDER_TYPE.takeProfit:
    case ORDER_TYPE.takeProfitLimit:
      return 'takeProfit'
    default:
      throw rule('group_child_type', 'a child or sibling is a stop-loss or a take-profit')
  }
}

const ATTRIBUTE_BOUNDS: Readonly<Record<keyof TxAttributes, Bounds>> = {
  integratorAccountIndex: [0, MAX_ACCOUNT],
  integratorTakerFee: [0, MAX_FEE],
  integratorMakerFee: [0, MAX_FEE],
  skipNonce: [1, 1],
  cancelAllMarketIndex: [0, ALL_MARKETS],
  selfTradeBehaviorMode: [0, 3],
  selfTradeEqualityMode: [0, 1],
}

function checkAttributes(tx: Transaction, attributes: TxAttributes | null | undefined): void {
  if (attributes === null || attributes === undefined) return
  let count = 0
  for (const spec of ATTRIBUTE_SPECS) {
    const value = attributes[spec.name]
    if (value === undefined) continue
    count += 1
    checkBounds(spec.name, value, ATTRIBUTE_BOUNDS[spec.name])
  }
  if (count > MAX_ATTRIBUTES) throw rule('attributes_too_many', `${count} attributes, at most 4`)
  checkAttributeRules(tx, attributes)
}

function checkAttributeRules(tx: Transaction, attributes: TxAttributes): void {
  const isSet = (name: keyof TxAttributes): boolean => (attributes[name] ?? 0) !== 0
  const hasFees = isSet('integratorTakerFee') || isSet('integratorMakerFee')
  const hasSelfTradeRule = isSet('selfTradeBehaviorMode') || isSet('selfTradeEqualityMode')
  if (hasFees && !isSet('integratorAccountIndex')) {
    throw rule('attributes_fee_without_integrator', 'integrator fees need an integrator')
  }
  if (hasFees && hasSelfTradeRule) {
    throw rule('attributes_self_trade_with_fees', 'self-trade settings exclude integrator fees')
  }
  if (attributes.selfTradeBehaviorMode === 3 && attributes.selfTradeEqualityMode === 1) {
    throw rule('attributes_self_trade_modes', 'reduce excludes master account equality')
  }
  checkCancelMarket(tx, attributes)
}

function checkCancelMarket(tx: Transaction, attributes: TxAttributes): void {
  const isPostponed = tx.kind === 'cancelAllOrders' && tx.timeInForce !== CANCEL_ALL_MODE.immediate
  if (isPostponed && (attributes.cancelAllMarketIndex ?? ALL_MARKETS) !== ALL_MARKETS) {
    throw rule('attributes_cancel_all_market', 'a market needs the immediate cancel-all mode')
  }
}

function isZero(value: WideInt): boolean {
  return value === 0 || value === 0n
}

function isSame(a: WideInt, b: WideInt): boolean {
  return BigInt(a) === BigInt(b)
}

function refuse(field: string, message: string): HedgebotError {
  const snake = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return new HedgebotError('refused', message, { code: `tx_${snake}_out_of_range` })
}

function rule(name: string, message: string): HedgebotError {
  return new HedgebotError('refused', message, { code: `tx_${name}` })
}
