import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Intent, LegStops } from '../../src/hedge/intent.ts'
import { buildTransaction, toTicks } from '../../src/lighter/build-transaction.ts'
import { checkMeaning } from '../../src/lighter/check-meaning.ts'
import { signIntent } from '../../src/lighter/sign-intent.ts'
import { createSigner } from '../../src/lighter/signer/signer.ts'
import { decodeTxInfo } from '../../src/lighter/signer/tx-info.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { KEYS } from './support/client.ts'
import { BTC, openingOrder } from './support/market.ts'

const signer = createSigner({
  privateKeyHex: KEYS.privateKeyHex,
  chainId: 300,
  accountIndex: 8,
  apiKeyIndex: 5,
  rng: createSystemRng(),
})
const ENVELOPE = { nonce: 42, expiresAtMs: 1793491215000 }

function decoded(intent: Intent) {
  const signed = signIntent(signer, intent, ENVELOPE)
  return decodeTxInfo(signed.txType, signed.txInfo).tx
}

function stops(down?: string, up?: string): LegStops {
  const trigger = (price: string, clientOrderIndex: number) => ({
    triggerPrice: new Dec(price),
    worstPrice: new Dec(price).minus(100),
    clientOrderIndex,
  })
  return {
    ...(down === undefined ? {} : { down: trigger(down, 501) }),
    ...(up === undefined ? {} : { up: trigger(up, 502) }),
    expiresAtMs: 1795000000000,
  }
}

describe('orders', () => {
  it('become exact ticks, IOC without expiry', () => {
    expect(decoded(openingOrder())).toMatchObject({
      kind: 'createOrder',
      accountIndex: 8,
      apiKeyIndex: 5,
      nonce: 42n,
      expiredAt: 1793491215000,
      marketIndex: 1,
      clientOrderIndex: 281474976710000n,
      baseAmount: 100n,
      price: 641005,
      isAsk: 0,
      type: 0,
      timeInForce: 0,
      reduceOnly: 0,
      triggerPrice: 0,
      orderExpiry: 0n,
    })
  })

  it('end themselves when opening would meet an own order, and the resting one when reducing', () => {
    expect(decoded(openingOrder()).attributes).toEqual({
      selfTradeBehaviorMode: 1,
      selfTradeEqualityMode: 1,
    })
    const close = openingOrder({ isReduceOnly: true, execution: 'market_ioc', side: 'sell' })
    expect(decoded(close)).toMatchObject({
      type: 1,
      isAsk: 1,
      reduceOnly: 1,
      attributes: { selfTradeEqualityMode: 1 },
    })
  })

  it('carry both stops of a long as OTOCO: sell stop-loss below, sell take-profit above', () => {
    const tx = decoded(openingOrder({ stops: stops('60000', '68000') }))
    expect(tx).toMatchObject({
      kind: 'createGroupedOrders',
      groupingType: 3,
      attributes: { selfTradeBehaviorMode: 1, selfTradeEqualityMode: 1 },
      orders: [
        { type: 0, isAsk: 0, baseAmount: 100n, orderExpiry: 0n },
        { type: 2, isAsk: 1, baseAmount: 0n, reduceOnly: 1, triggerPrice: 600000, price: 599000 },
        { type: 4, isAsk: 1, baseAmount: 0n, reduceOnly: 1, triggerPrice: 680000, price: 679000 },
      ],
    })
    const children = tx.kind === 'createGroupedOrders' ? tx.orders.slice(1) : []
    expect(children.map((child) => child.orderExpiry)).toEqual([1795000000000n, 1795000000000n])
    expect(children.map((child) => child.timeInForce)).toEqual([0, 0])
    expect(children.map((child) => child.clientOrderIndex)).toEqual([501n, 502n])
  })

  it('turn stops of a short round: buy stop-loss above, buy take-profit below', () => {
    expect(decoded(openingOrder({ side: 'sell', stops: stops('60000', '68000') }))).toMatchObject({
      groupingType: 3,
      orders: [
        { isAsk: 1 },
        { type: 2, isAsk: 0, triggerPrice: 680000 },
        { type: 4, isAsk: 0, triggerPrice: 600000 },
      ],
    })
  })

  it('carry one stop as OTO', () => {
    expect(decoded(openingOrder({ stops: stops('60000') }))).toMatchObject({
      groupingType: 1,
      orders: [{ type: 0 }, { type: 2, isAsk: 1 }],
    })
    expect(decoded(openingOrder({ stops: stops() })).kind).toBe('createOrder')
  })

  it('refuse sizes and prices between two steps', () => {
    for (const wrong of [
      { baseSize: new Dec('0.000001') },
      { price: new Dec('64100.55') },
      { baseSize: new Dec('-0.001') },
    ]) {
      expect(() => decoded(openingOrder(wrong))).toThrow(
        expect.objectContaining({ kind: 'signer', code: 'off_step' }),
      )
    }
  })

  it('refuse what the venue would not take, as a signer error', () => {
    expect(() => decoded(openingOrder({ baseSize: new Dec(0) }))).toThrow(
      expect.objectContaining({ kind: 'signer' }),
    )
    expect(() => decoded(openingOrder({ clientOrderIndex: 2 ** 48 }))).toThrow(
      expect.objectContaining({ kind: 'signer' }),
    )
  })
})

describe('stops alone', () => {
  it('are an OCO pair or a single order, reduce-only and following the position', () => {
    const intent = { kind: 'stops', market: BTC, legSide: 'short' } as const
    expect(decoded({ ...intent, stops: stops('60000', '68000') })).toMatchObject({
      kind: 'createGroupedOrders',
      groupingType: 2,
      attributes: { selfTradeEqualityMode: 1 },
      orders: [
        { type: 2, isAsk: 0, triggerPrice: 680000, baseAmount: 0n, reduceOnly: 1 },
        { type: 4, isAsk: 0, triggerPrice: 600000, baseAmount: 0n, reduceOnly: 1 },
      ],
    })
    expect(decoded({ ...intent, stops: stops(undefined, '68000') })).toMatchObject({
      kind: 'createOrder',
      type: 2,
      isAsk: 0,
      triggerPrice: 680000,
    })
    expect(() => decoded({ ...intent, stops: stops() })).toThrow(
      expect.objectContaining({ kind: 'bug' }),
    )
  })
})

describe('other transactions', () => {
  it('set leverage and cancel by either index', () => {
    const leverage = {
      kind: 'leverage',
      market: BTC,
      initialMarginFraction: 1000,
      marginMode: 'isolated',
    } as const
    expect(decoded(leverage)).toMatchObject({
      kind: 'updateLeverage',
      initialMarginFraction: 1000,
      marginMode: 1,
      attributes: null,
    })
    const cancel = { kind: 'cancel', market: BTC, orderIndex: '1152921504606846975' } as const
    expect(decoded(cancel)).toMatchObject({ kind: 'cancelOrder', index: 1152921504606846975n })
    expect(() => decoded({ ...cancel, orderIndex: 'x' })).toThrow(
      expect.objectContaining({ kind: 'signer' }),
    )
  })
})

describe('the meaning check', () => {
  const intent = openingOrder({ stops: stops('60000', '68000') })
  const { body } = buildTransaction(intent)
  const changed = (over: Record<string, unknown>, at = 0): never =>
    ({
      ...body,
      orders: (body as unknown as { orders: object[] }).orders.map((order, index) =>
        index === at ? { ...order, ...over } : order,
      ),
    }) as never

  it('lets the right one pass', () => {
    expect(() => checkMeaning(intent, body)).not.toThrow()
  })

  it.each([
    ['side', { side: 'sell' }, 0],
    ['size', { baseAmount: 1000n }, 0],
    ['price', { price: 64101 }, 0],
    ['reduce-only', { isReduceOnly: true }, 0],
    ['type', { type: 'market' }, 0],
    ['time in force', { timeInForce: 'gtt' }, 0],
    ['market', { marketIndex: 2 }, 0],
    ['client order index', { clientOrderIndex: 1 }, 0],
    ['stop side', { side: 'buy' }, 1],
    ['stop size', { baseAmount: 5 }, 1],
    ['stop kind', { type: 'takeProfit' }, 1],
    ['stop trigger', { triggerPrice: 1 }, 2],
    ['stop worst price', { price: 1 }, 2],
    ['stop expiry', { orderExpiryMs: 1 }, 2],
    ['stop reduce-only', { isReduceOnly: false }, 2],
    ['stop client order index', { clientOrderIndex: 9 }, 2],
  ])('finds a wrong %s', (_name, over, at) => {
    expect(() => checkMeaning(intent, changed(over, at))).toThrow(
      expect.objectContaining({ code: 'passport_mismatch' }),
    )
  })

  it('finds a missing stop', () => {
    const { stops: _stops, ...bare } = intent
    expect(() => checkMeaning(intent, buildTransaction(bare).body)).toThrow(
      expect.objectContaining({ code: 'passport_mismatch' }),
    )
  })
})

describe('ticks', () => {
  it('come back to the same decimal for every size and price on the step', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 48n - 1n }),
        fc.integer({ min: 0, max: 8 }),
        (ticks, decimals) => {
          const value = new Dec(ticks.toString()).div(new Dec(10).pow(decimals))
          expect(toTicks(value, decimals, 'size')).toBe(ticks)
          if (ticks % 10n === 0n) return
          expect(() => toTicks(value, decimals - 1, 'size')).toThrow(/whole number/)
        },
      ),
    )
  })
})

describe('speed', () => {
  it('signs and checks an order in the hot path well under a millisecond', () => {
    const intent = openingOrder({ isReduceOnly: true, execution: 'market_ioc' })
    const timesMs: number[] = []
    for (let at = 0; at < 600; at++) {
      const startMs = performance.now()
      signIntent(signer, intent, { nonce: at, expiresAtMs: 1793491215000 })
      timesMs.push(performance.now() - startMs)
    }
    const median = timesMs.slice(300).toSorted((a, b) => a - b)[150] ?? Infinity
    // The design asks for about 0.15 ms; the bound leaves room for a busy machine.
    expect(median).toBeLessThan(1)
  })
})
