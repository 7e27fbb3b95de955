import { describe, expect, it } from 'vitest'
import { checkPassport, type PassportIntent } from '../../../src/lighter/signer/passport.ts'
import type { OrderFields, SignRequest } from '../../../src/lighter/signer/transactions.ts'
import { ACCOUNT, ORDER, ORDER_INTENT, testSigner } from './fixtures.ts'

const { signer } = testSigner('passport')
const mismatch = (field: string): unknown =>
  expect.objectContaining({
    kind: 'signer',
    code: 'passport_mismatch',
    message: expect.stringContaining(field) as string,
  })

describe('the passport of an order', () => {
  it('lets pass what was intended', () => {
    expect(() => checkPassport(ORDER_INTENT, signer.sign(ORDER))).not.toThrow()
  })

  it('stops an order that differs from the intent in any one field', () => {
    const changes: [Partial<typeof ORDER>, string][] = [
      [{ marketIndex: 2 }, 'marketIndex'],
      [{ isAsk: 1 }, 'side'],
      [{ baseAmount: 346062n }, 'baseAmount'],
      [{ price: 154685 }, 'price'],
      [{ timeInForce: 2 }, 'timeInForce'],
      [{ reduceOnly: 1 }, 'reduceOnly'],
      [{ type: 3, triggerPrice: 5 }, 'type'],
      [{ orderExpiry: 1944505702799n }, 'orderExpiry'],
      [{ clientOrderIndex: 5 }, 'clientOrderIndex'],
      [{ nonce: 280898n }, 'nonce'],
      [{ expiredAt: 1944505702797 }, 'expiredAt'],
      [{ attributes: null }, 'attributes'],
      [{ attributes: { skipNonce: 1, integratorAccountIndex: 5 } }, 'attributes'],
    ]
    for (const [change, field] of changes) {
      const signed = signer.sign({ ...ORDER, ...change })
      expect(() => checkPassport(ORDER_INTENT, signed)).toThrow(mismatch(field))
    }
  })

  it('stops a trigger price that nobody wanted', () => {
    const stop = { ...ORDER, type: 3, triggerPrice: 150000 }
    const intent = { ...ORDER_INTENT, type: 'stopLossLimit', triggerPrice: 150000 } as const
    checkPassport(intent, signer.sign(stop))
    const signed = signer.sign({ ...stop, triggerPrice: 149999 })
    expect(() => checkPassport(intent, signed)).toThrow(mismatch('triggerPrice'))
  })

  it('stops another account, key, chain or type', () => {
    const signed = signer.sign(ORDER)
    const intents: [PassportIntent, string][] = [
      [{ ...ORDER_INTENT, accountIndex: 43 }, 'accountIndex'],
      [{ ...ORDER_INTENT, apiKeyIndex: 4 }, 'apiKeyIndex'],
      [{ ...ORDER_INTENT, chainId: 304 }, 'txHash'],
    ]
    for (const [intent, field] of intents) {
      expect(() => checkPassport(intent, signed)).toThrow(mismatch(field))
    }
    expect(() => checkPassport(ORDER_INTENT, { ...signed, txType: 15 })).toThrow(mismatch('txType'))
  })

  it('stops a text that does not belong to its hash, and a text that cannot be read', () => {
    const signed = signer.sign(ORDER)
    const other = signer.sign({ ...ORDER, nonce: 1 })
    const mixed = { ...signed, txHash: other.txHash }
    expect(() => checkPassport(ORDER_INTENT, mixed)).toThrow(mismatch('txHash'))
    const broken = { ...signed, txInfo: signed.txInfo.slice(1) }
    expect(() => checkPassport(ORDER_INTENT, broken)).toThrow(mismatch('txInfo'))
  })

  it('does not take a missing field of the intent for anything', () => {
    const { price: _, ...rest } = ORDER_INTENT
    const signed = signer.sign(ORDER)
    expect(() => checkPassport(rest as PassportIntent, signed)).toThrow(mismatch('price'))
  })
})

describe('the passport of other kinds', () => {
  const envelope = { nonce: 9, expiredAt: 1944505702798 }
  const requests: SignRequest[] = [
    { kind: 'cancelOrder', marketIndex: 1, index: 281474976710656n, ...envelope },
    { kind: 'cancelAllOrders', timeInForce: 1, time: 1944505702798, ...envelope },
    {
      kind: 'modifyOrder',
      marketIndex: 1,
      index: 5,
      baseAmount: 6,
      price: 7,
      triggerPrice: 0,
      ...envelope,
    },
    {
      kind: 'updateLeverage',
      marketIndex: 1,
      initialMarginFraction: 500,
      marginMode: 1,
      ...envelope,
    },
    { kind: 'updateMargin', marketIndex: 1, usdcAmount: 5_000_000n, direction: 1, ...envelope },
    { kind: 'changePubKey', pubKey: signer.publicKeyHex, ...envelope },
  ]

  it('passes what was intended and stops one changed field', () => {
    for (const request of requests) {
      const signed = signer.sign(request)
      const intent = { ...request, ...ACCOUNT } as PassportIntent
      checkPassport(intent, signed)
      for (const name of Object.keys(request)) {
        const value = (request as unknown as Record<string, unknown>)[name]
        if (typeof value !== 'number' && typeof value !== 'bigint') continue
        const changed = { ...intent, [name]: BigInt(value) + 1n } as PassportIntent
        expect(() => checkPassport(changed, signed)).toThrow(mismatch(name))
      }
    }
  })

  it('compares every order of a group', () => {
    const child: OrderFields = { ...ORDER, baseAmount: 0, reduceOnly: 1, isAsk: 1, triggerPrice: 9 }
    const stop = { ...child, clientOrderIndex: 2, type: 2, timeInForce: 0 }
    const take = { ...child, clientOrderIndex: 3, type: 4, timeInForce: 0 }
    const { kind: _, nonce: __, expiredAt: ___, attributes: ____, ...parent } = ORDER
    const signed = signer.sign({
      kind: 'createGroupedOrders',
      groupingType: 3,
      orders: [parent, stop, take],
      ...envelope,
    })
    const childIntent = {
      ...ORDER_INTENT,
      baseAmount: 0,
      isReduceOnly: true,
      side: 'sell',
      triggerPrice: 9,
      timeInForce: 'ioc',
    } as const
    const orders = [
      ORDER_INTENT,
      { ...childIntent, clientOrderIndex: 2, type: 'stopLoss' },
      { ...childIntent, clientOrderIndex: 3, type: 'takeProfit' },
    ] as const
    const intent: PassportIntent = {
      kind: 'createGroupedOrders',
      grouping: 'otoco',
      orders,
      ...ACCOUNT,
      ...envelope,
    }
    checkPassport(intent, signed)
    const swapped = { ...intent, orders: [orders[0], orders[2], orders[1]] }
    expect(() => checkPassport(swapped, signed)).toThrow(mismatch('type'))
    const shorter = { ...intent, orders: orders.slice(0, 2) }
    expect(() => checkPassport(shorter, signed)).toThrow(mismatch('orders.length'))
  })
})
