import { describe, expect, it } from 'vitest'
import { TX_TYPE, type TxBody, type TxKind } from '../../../src/lighter/signer/transactions.ts'
import type { SimAccount } from '../../../src/sim/core/core-model.ts'
import {
  newKey,
  ownerKey,
  sendBy,
  signWith,
  type SlotKey,
  stageKey,
  WAYS,
} from './owner-fixture.ts'
import { BTC, createFixture, type Fixture, marketOrder, restingOrder } from './stage-fixture.ts'

const HOUR_MS = 3_600_000

interface KindCase {
  readonly kind: TxKind
  readonly body: (f: Fixture) => TxBody
  /** What must stand before. */
  readonly prepare?: (f: Fixture) => Promise<unknown>
  /** What the transaction changes. */
  readonly effect: (f: Fixture) => unknown
  readonly before: unknown
  readonly after: unknown
  /** Default: the stage's own. */
  readonly key?: (f: Fixture) => SlotKey
}

const me = (f: Fixture, at = 0): SimAccount => {
  const found = f.stage.core.account(stageKey(f, at).accountIndex)
  if (found === undefined) throw new Error('the account exists')
  return found
}
const usdOf = (f: Fixture, at = 0): number => Number(me(f, at).collateralE12 / 10n ** 12n)
const orders = (f: Fixture) => f.stage.core.activeOrders(me(f).accountIndex)
const rest = (f: Fixture) => f.send(restingOrder(7, f.clock.now() + HOUR_MS))
const leverage = { kind: 'updateLeverage', marketIndex: BTC, initialMarginFraction: 1_000 } as const

const limit = (f: Fixture, isAsk: number, more: object = {}) => ({
  marketIndex: BTC,
  clientOrderIndex: 0,
  baseAmount: 100,
  price: 970_000,
  isAsk,
  type: 0,
  timeInForce: 1,
  reduceOnly: 0,
  triggerPrice: 0,
  orderExpiry: f.clock.now() + HOUR_MS,
  ...more,
})

const CASES: readonly KindCase[] = [
  {
    kind: 'changePubKey',
    key: (f) => newKey(f, 0, 9),
    body: (f) => ({ kind: 'changePubKey', pubKey: newKey(f, 0, 9).publicKeyHex }),
    effect: (f) => me(f).apiKeys.get(9)?.publicKeyHex === newKey(f, 0, 9).publicKeyHex,
    before: false,
    after: true,
  },
  {
    kind: 'createSubAccount',
    body: () => ({ kind: 'createSubAccount' }),
    effect: (f) => f.stage.core.accountsByL1(me(f).l1Address).length,
    before: 2,
    after: 3,
  },
  {
    kind: 'transfer',
    body: (f) => ({
      kind: 'transfer',
      toAccountIndex: me(f, 2).accountIndex,
      assetIndex: 3,
      fromRouteType: 0,
      toRouteType: 0,
      amount: 50_000_000,
      usdcFee: 3_000_000,
      memo: '0b'.repeat(32),
    }),
    effect: (f) => [usdOf(f), usdOf(f, 2)],
    before: [1_000, 1_000],
    after: [947, 1_050],
  },
  {
    kind: 'withdraw',
    body: () => ({ kind: 'withdraw', assetIndex: 3, routeType: 0, amount: 40_000_000 }),
    effect: (f) => usdOf(f),
    before: 1_000,
    after: 960,
  },
  {
    kind: 'createOrder',
    body: (f) => ({ kind: 'createOrder', ...limit(f, 0, { clientOrderIndex: 3 }) }),
    effect: (f) => orders(f).map(({ clientOrderIndex }) => clientOrderIndex),
    before: [],
    after: [3n],
  },
  {
    kind: 'cancelOrder',
    prepare: rest,
    body: () => ({ kind: 'cancelOrder', marketIndex: BTC, index: 7 }),
    effect: (f) => orders(f).length,
    before: 1,
    after: 0,
  },
  {
    kind: 'cancelAllOrders',
    prepare: rest,
    body: () => ({ kind: 'cancelAllOrders', timeInForce: 0, time: 0 }),
    effect: (f) => orders(f).length,
    before: 1,
    after: 0,
  },
  {
    kind: 'modifyOrder',
    prepare: rest,
    body: () => ({
      kind: 'modifyOrder',
      marketIndex: BTC,
      index: 7,
      baseAmount: 150,
      price: 965_000,
      triggerPrice: 0,
    }),
    effect: (f) => orders(f).map(({ baseTicks, priceTicks }) => [baseTicks, priceTicks]),
    before: [[100n, 970_000n]],
    after: [[150n, 965_000n]],
  },
  {
    kind: 'updateLeverage',
    body: () => ({ ...leverage, marginMode: 0 }),
    effect: (f) => me(f).positions.get(BTC)?.initialMarginFraction,
    before: undefined,
    after: 1_000,
  },
  {
    kind: 'createGroupedOrders',
    body: (f) => ({
      kind: 'createGroupedOrders',
      groupingType: 1,
      orders: [
        limit(f, 0),
        limit(f, 1, {
          baseAmount: 0,
          type: 2,
          timeInForce: 0,
          reduceOnly: 1,
          price: 900_000,
          triggerPrice: 940_000,
        }),
      ],
    }),
    effect: (f) => orders(f).map(({ status }) => status),
    before: [],
    after: ['open', 'pending'],
  },
  {
    kind: 'updateMargin',
    prepare: async (f) => {
      await f.send({ ...leverage, marginMode: 1 })
      await f.send(marketOrder(0, 1_000))
    },
    body: () => ({ kind: 'updateMargin', marketIndex: BTC, usdcAmount: 100_000_000, direction: 1 }),
    effect: (f) => usdOf(f) < 850,
    before: false,
    after: true,
  },
  {
    kind: 'updateAccountConfig',
    body: () => ({ kind: 'updateAccountConfig', accountTradingMode: 1 }),
    effect: (f) => me(f).tradingMode,
    before: 0,
    after: 1,
  },
  {
    kind: 'updateAccountAssetConfig',
    body: () => ({ kind: 'updateAccountAssetConfig', assetIndex: 3, assetMarginMode: 1 }),
    effect: (f) => me(f).usdcMarginMode,
    before: 0,
    after: 1,
  },
  {
    kind: 'approveIntegrator',
    body: (f) => ({
      kind: 'approveIntegrator',
      integratorAccountIndex: me(f, 2).accountIndex,
      maxPerpsTakerFee: 100,
      maxPerpsMakerFee: 50,
      maxSpotTakerFee: 0,
      maxSpotMakerFee: 0,
      approvalExpiry: f.clock.now() + HOUR_MS,
    }),
    effect: (f) => [...me(f).integrators.values()].map((approval) => approval.maxPerpsTakerFeeTick),
    before: [],
    after: [100],
  },
]

describe('every kind of transaction that the signer knows', () => {
  it('has a case here', () => {
    expect(CASES.map(({ kind }) => kind).sort()).toEqual(Object.keys(TX_TYPE).sort())
  })

  const table = CASES.flatMap((entry) => WAYS.map((way) => [entry.kind, way, entry] as const))
  it.each(table)('%s is taken by %s and has its effect', async (_kind, way, entry) => {
    const f = createFixture()
    await entry.prepare?.(f)
    await f.clock.advance(1_000)
    expect(entry.effect(f)).toEqual(entry.before)
    const key = entry.key?.(f) ?? stageKey(f)
    const nonce = entry.key === undefined ? f.nonce() : 0
    const signed = signWith(f, key, { ...entry.body(f), nonce }, ownerKey(f))
    const answer = await sendBy(f, way, signed)
    const hash = way.endsWith('batch') ? [signed.txHash] : signed.txHash
    expect(answer).toMatchObject({ code: 200, tx_hash: hash })
    expect(entry.effect(f), 'not before its delay').toEqual(entry.before)
    await f.clock.advance(1_000)
    expect(entry.effect(f)).toEqual(entry.after)
    const shown = await f.get('/api/v1/tx', { by: 'hash', value: signed.txHash })
    expect(shown.json).toMatchObject({ code: 200, type: signed.txType, status: 3 })
    expect(JSON.parse(String(shown.json['event_info']))).toMatchObject({ ae: '' })
  })
})
