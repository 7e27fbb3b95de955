/**
 * The other half of the passport: that the transaction in trading words says what the intent says. It goes the other
 * way, from ticks back to sizes and prices, so that a mistake in building cannot repeat itself here.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'
import type { Intent, LegStops } from '../hedge/intent.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { OrderIntent as OrderWords, PassportBody } from './signer/passport.ts'

/**
 * Compares a built transaction with its intent.
 * @throws HedgebotError kind `signer`, code `passport_mismatch`, naming what differs
 */
export function checkMeaning(intent: Intent, body: PassportBody): void {
  if (intent.kind === 'order') {
    const [order, ...children] = ordersOf(body)
    checkOrder(intent, order)
    checkStops(children, {
      market: intent.market,
      side: intent.side === 'buy' ? 'sell' : 'buy',
      stops: intent.stops,
    })
  } else if (intent.kind === 'stops') {
    checkStops(ordersOf(body), {
      market: intent.market,
      side: intent.legSide === 'long' ? 'sell' : 'buy',
      stops: intent.stops,
    })
  } else if (intent.kind === 'leverage') {
    expect(body.kind === 'updateLeverage', 'kind')
    expect(body.marketIndex === intent.market.marketIndex, 'market')
    expect(body.initialMarginFraction === intent.initialMarginFraction, 'margin fraction')
    expect(body.marginMode === (intent.marginMode === 'cross' ? 0 : 1), 'margin mode')
  } else {
    expect(body.kind === 'cancelOrder', 'kind')
    expect(body.marketIndex === intent.market.marketIndex, 'market')
    expect(String(body.index) === intent.orderIndex, 'order index')
  }
}

function ordersOf(body: PassportBody): readonly OrderWords[] {
  if (body.kind === 'createOrder') return [body]
  expect(body.kind === 'createGroupedOrders', 'kind')
  return body.orders
}

function checkOrder(
  intent: Extract<Intent, { kind: 'order' }>,
  order: OrderWords | undefined,
): asserts order is OrderWords {
  expect(order !== undefined, 'order')
  expect(order.marketIndex === intent.market.marketIndex, 'market')
  expect(order.side === intent.side, 'side')
  expect(order.isReduceOnly === intent.isReduceOnly, 'reduce-only')
  expect(order.timeInForce === 'ioc', 'time in force')
  expect(order.type === (intent.execution === 'limit_ioc' ? 'limit' : 'market'), 'type')
  expect(order.clientOrderIndex === intent.clientOrderIndex, 'client order index')
  expect(fromTicks(order.baseAmount, intent.market.sizeDecimals).eq(intent.baseSize), 'size')
  expect(fromTicks(order.price, intent.market.priceDecimals).eq(intent.price), 'price')
}

interface WantedStops {
  readonly market: MarketInfo
  readonly side: 'buy' | 'sell'
  readonly stops: LegStops | undefined
}

function checkStops(orders: readonly OrderWords[], wanted: WantedStops): void {
  const { down, up, expiresAtMs } = wanted.stops ?? {}
  const count = Number(down !== undefined) + Number(up !== undefined)
  expect(orders.length === count, 'number of stops')
  expect(new Set(orders.map((order) => order.type)).size === count, 'one stop of each kind')
  for (const order of orders) {
    expect(order.marketIndex === wanted.market.marketIndex, 'market of a stop')
    expect(order.side === wanted.side, 'side of a stop')
    expect(order.isReduceOnly && order.baseAmount === 0, 'a stop only closes what is there')
    // A sell stop-loss and a buy take-profit fire when mark falls.
    const firesDown = (order.side === 'sell') === (order.type === 'stopLoss')
    const trigger = firesDown ? down : up
    expect(trigger !== undefined, 'direction of a stop')
    const { priceDecimals } = wanted.market
    expect(fromTicks(order.triggerPrice, priceDecimals).eq(trigger.triggerPrice), 'trigger')
    expect(fromTicks(order.price, priceDecimals).eq(trigger.worstPrice), 'worst price of a stop')
    expect(order.clientOrderIndex === trigger.clientOrderIndex, 'client order index of a stop')
    expect(order.orderExpiryMs === expiresAtMs, 'expiry of a stop')
  }
}

function fromTicks(ticks: number | bigint, decimals: number): Dec {
  return new Dec(ticks.toString()).div(new Dec(10).pow(decimals))
}

function expect(condition: boolean, what: string): asserts condition {
  if (condition) return
  throw new HedgebotError('signer', `the built transaction is not the intended one: ${what}`, {
    code: 'passport_mismatch',
    hint: 'Nothing was sent. Stop trading and report this.',
  })
}
