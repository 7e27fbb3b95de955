/**
 * Intents as typed transactions: sizes and prices as exact integer ticks, stops as grouped orders, self-trade rules
 * on every order (PROTOCOL.md section 5; CRYPTO.md sections 6.1 and 10). Pure.
 * @module
 */
import { assert, HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'
import type { Intent, LegStops, OrderIntent, StopTrigger } from '../hedge/intent.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { OrderSide } from '../hedge/side.ts'
import type { TxAttributes } from './signer/attributes.ts'
import type { OrderIntent as OrderWords, PassportBody } from './signer/passport.ts'
import {
  GROUPING_TYPE,
  MARGIN_MODE,
  ORDER_TYPE,
  type OrderFields,
  type SignRequest,
  TIME_IN_FORCE,
  type TxEnvelope,
} from './signer/transactions.ts'

/** What an intent becomes: in trading words for the passport, with its self-trade rules. */
export interface BuiltTransaction {
  readonly body: PassportBody
  readonly attributes: TxAttributes | null
}

/** An opening order that would meet one of our own ends itself; a reducing one ends the resting one (nil value). */
const OPENING: TxAttributes = { selfTradeBehaviorMode: 1, selfTradeEqualityMode: 1 }
const REDUCING: TxAttributes = { selfTradeEqualityMode: 1 }

/**
 * Builds the transaction of an intent.
 * @throws HedgebotError kind `signer`, code `off_step`, when a size or price is not a whole number of ticks
 */
export function buildTransaction(intent: Intent): BuiltTransaction {
  switch (intent.kind) {
    case 'order':
      return buildOrder(intent)
    case 'stops':
      return { body: stopsBody(intent), attributes: REDUCING }
    case 'leverage':
      return {
        body: {
          kind: 'updateLeverage',
          marketIndex: intent.market.marketIndex,
          initialMarginFraction: intent.initialMarginFraction,
          marginMode: MARGIN_MODE[intent.marginMode],
        },
        attributes: null,
      }
    case 'cancel':
      return {
        body: {
          kind: 'cancelOrder',
          marketIndex: intent.market.marketIndex,
          index: toOrderIndex(intent.orderIndex),
        },
        attributes: null,
      }
  }
}

/** The same in wire numbers, as the signer takes it. */
export function toSignRequest(built: BuiltTransaction, envelope: TxEnvelope): SignRequest {
  const rest = { ...envelope, attributes: built.attributes }
  const { body } = built
  if (body.kind === 'createOrder') {
    return { kind: 'createOrder', ...toOrderFields(body), ...rest }
  }
  if (body.kind === 'createGroupedOrders') {
    const { grouping, orders } = body
    return {
      kind: 'createGroupedOrders',
      groupingType: GROUPING_TYPE[grouping],
      orders: orders.map(toOrderFields),
      ...rest,
    }
  }
  assert(
    body.kind === 'updateLeverage' || body.kind === 'cancelOrder',
    'only trading kinds are built',
  )
  return { ...body, ...rest }
}

/** Exact integer ticks. @throws HedgebotError kind `signer`, code `off_step` */
export function toTicks(value: Dec, decimals: number, what: string): bigint {
  const ticks = value.times(new Dec(10).pow(decimals))
  if (ticks.isInteger() && ticks.isPositive()) return BigInt(ticks.toFixed(0))
  throw new HedgebotError('signer', `${what} ${value.toFixed()} is not a whole number of steps`, {
    code: 'off_step',
    hint: `This market counts ${what} with ${decimals} decimals.`,
  })
}

function toOrderIndex(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text)
  throw new HedgebotError('signer', 'an order index is a number in text', {
    code: 'order_index_malformed',
  })
}

function buildOrder(intent: OrderIntent): BuiltTransaction {
  const parent = orderWords(intent)
  const attributes = intent.isReduceOnly ? REDUCING : OPENING
  const { stops } = intent
  if (stops === undefined || (stops.down === undefined && stops.up === undefined)) {
    return { body: { kind: 'createOrder', ...parent }, attributes }
  }
  assert(!intent.isReduceOnly, 'only an opening order carries stops')
  const children = stopWords(intent.market, intent.side === 'buy' ? 'sell' : 'buy', stops)
  const grouping = children.length === 2 ? 'otoco' : 'oto'
  const orders = [parent, ...children]
  return { body: { kind: 'createGroupedOrders', grouping, orders }, attributes }
}

function stopsBody(intent: Extract<Intent, { kind: 'stops' }>): PassportBody {
  const orders = stopWords(intent.market, intent.legSide === 'long' ? 'sell' : 'buy', intent.stops)
  const [first, second] = orders
  assert(first !== undefined, 'stops have at least one trigger')
  if (second === undefined) return { kind: 'createOrder', ...first }
  return { kind: 'createGroupedOrders', grouping: 'oco', orders }
}

function orderWords(intent: OrderIntent): OrderWords {
  return {
    marketIndex: intent.market.marketIndex,
    side: intent.side,
    baseAmount: toTicks(intent.baseSize, intent.market.sizeDecimals, 'size'),
    price: priceTicks(intent.market, intent.price),
    type: intent.execution === 'limit_ioc' ? 'limit' : 'market',
    timeInForce: 'ioc',
    isReduceOnly: intent.isReduceOnly,
    triggerPrice: 0,
    // IOC orders have none (CRYPTO.md section 10).
    orderExpiryMs: 0,
    clientOrderIndex: intent.clientOrderIndex,
  }
}

/**
 * The closing orders of a leg. A seller loses when mark falls: `down` is its stop-loss and `up` its take-profit; a
 * buyer's are the other way round (PROTOCOL.md section 5.5).
 */
function stopWords(market: MarketInfo, side: OrderSide, stops: LegStops): OrderWords[] {
  const [loss, gain] = side === 'sell' ? [stops.down, stops.up] : [stops.up, stops.down]
  const words: OrderWords[] = []
  const add = (type: 'stopLoss' | 'takeProfit', trigger: StopTrigger | undefined): void => {
    if (trigger === undefined) return
    words.push({
      marketIndex: market.marketIndex,
      side,
      // Follows the position.
      baseAmount: 0,
      price: priceTicks(market, trigger.worstPrice),
      type,
      timeInForce: 'ioc',
      isReduceOnly: true,
      triggerPrice: priceTicks(market, trigger.triggerPrice),
      orderExpiryMs: stops.expiresAtMs,
      clientOrderIndex: trigger.clientOrderIndex,
    })
  }
  add('stopLoss', loss)
  add('takeProfit', gain)
  return words
}

function priceTicks(market: MarketInfo, price: Dec): number {
  return Number(toTicks(price, market.priceDecimals, 'price'))
}

function toOrderFields(words: OrderWords): OrderFields {
  return {
    marketIndex: words.marketIndex,
    clientOrderIndex: words.clientOrderIndex,
    baseAmount: words.baseAmount,
    price: words.price,
    isAsk: words.side === 'sell' ? 1 : 0,
    type: ORDER_TYPE[words.type],
    timeInForce: TIME_IN_FORCE[words.timeInForce],
    reduceOnly: words.isReduceOnly ? 1 : 0,
    triggerPrice: words.triggerPrice,
    orderExpiry: words.orderExpiryMs,
  }
}
