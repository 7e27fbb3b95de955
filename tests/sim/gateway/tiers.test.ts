import { describe, expect, it } from 'vitest'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { newKey, ownerKey, sendBy, signWith, stageKey } from './owner-fixture.ts'
import { createFixture, type Fixture, marketOrder, restingOrder } from './stage-fixture.ts'

const HOUR_MS = 3_600_000
const CHANGE = '/api/v1/changeAccountTier'
const SET_KEYS = '/api/v1/setMakerOnlyApiKeys'
const GET_KEYS = '/api/v1/getMakerOnlyApiKeys'

async function changeTier(f: Fixture, tier: string, at = 0) {
  const account_index = String(stageKey(f, at).accountIndex)
  const answer = await f.post(CHANGE, { account_index, new_tier: tier }, { token: f.token(at) })
  return answer.json['code']
}

const tierOf = (f: Fixture, at: number) => f.stage.core.account(stageKey(f, at).accountIndex)?.tier

describe('changing the tier', () => {
  it('changes fees, limits and delays of every account of the address, and of no other', async () => {
    const f = createFixture()
    expect(await changeTier(f, 'premium', 1)).toBe(200)
    expect([0, 1, 2].map((at) => tierOf(f, at))).toEqual(['premium', 'premium', 'standard'])
    const query = { account_index: String(stageKey(f).accountIndex) }
    const limits = await f.get('/api/v1/accountLimits', query, { token: f.token() })
    expect(limits.json).toMatchObject({
      user_tier: 'premium',
      current_maker_fee_tick: 40,
      current_taker_fee_tick: 280,
    })
    expect(limits.json['user_tier_last_update']).toBeGreaterThan(0)
    const sent = await f.send(marketOrder(0, 1_000))
    expect(sent.json['predicted_execution_time_ms']).toBe(f.clock.now() + 200)
    await f.clock.advance(1_000)
    const [trade] = f.stage.core.accountTrades(stageKey(f).accountIndex, 1)
    expect(trade?.bid.feeTick).toBe(280)
  })

  it('is refused for an unknown tier, the same tier, and twice within 24 hours', async () => {
    const f = createFixture()
    expect(await changeTier(f, 'builder')).toBe(62002)
    expect(await changeTier(f, 'standard')).toBe(62003)
    expect(await changeTier(f, 'plus')).toBe(200)
    await f.clock.advance(24 * HOUR_MS - 2_000)
    expect(await changeTier(f, 'standard')).toBe(62006)
    await f.clock.advance(2_000)
    expect(await changeTier(f, 'standard')).toBe(200)
  })

  it('is refused with a position or an order anywhere under the address', async () => {
    const f = createFixture()
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS), 1)
    // Accepted and not executed yet: it could still become an order.
    expect(await changeTier(f, 'plus')).toBe(62005)
    await f.clock.advance(1_000)
    expect(await changeTier(f, 'plus')).toBe(62005)
    await f.send({ kind: 'cancelOrder', marketIndex: 1, index: 7 }, 1)
    await f.send(marketOrder(0, 1_000), 1)
    await f.clock.advance(1_000)
    expect(await changeTier(f, 'plus')).toBe(62004)
    await f.send(marketOrder(1, 1_000, { reduceOnly: 1 }), 1)
    await f.clock.advance(1_000)
    expect(await changeTier(f, 'plus')).toBe(200)
  })

  it('needs a token of the account', async () => {
    const f = createFixture()
    const form = { account_index: String(stageKey(f, 2).accountIndex), new_tier: 'plus' }
    expect((await f.post(CHANGE, form)).json['code']).toBe(20001)
    expect((await f.post(CHANGE, form, { token: f.token(0) })).json['code']).toBe(20013)
    expect((await f.post(CHANGE, form, { token: f.token(2) })).json['code']).toBe(200)
  })
})

describe('delays', () => {
  const cancelNothing = { kind: 'cancelAllOrders', timeInForce: 0, time: 0 } as const
  it.each([
    ['standard', 300, 200, 300],
    ['plus', 300, 200, 300],
    ['premium', 200, 0, 0],
  ] as const)('of %s: taker %i, maker %i, cancel %i ms', async (tier, taker, maker, cancel) => {
    const f = createFixture({ tier })
    const waitOf = async (draft: Parameters<Fixture['send']>[0]) => {
      await f.clock.advance(1_000)
      const { json } = await f.send(draft)
      return Number(json['predicted_execution_time_ms']) - f.clock.now()
    }
    const expiryMs = f.clock.now() + HOUR_MS
    const modify = { kind: 'modifyOrder', marketIndex: 1, index: 7, baseAmount: 100 } as const
    expect(await waitOf(marketOrder(0, 100))).toBe(taker)
    expect(await waitOf(restingOrder(7, expiryMs))).toBe(maker)
    expect(await waitOf(restingOrder(8, expiryMs, { price: 1_020_000 }))).toBe(taker)
    expect(await waitOf(restingOrder(9, expiryMs, { timeInForce: 2 }))).toBe(maker)
    expect(await waitOf({ ...modify, price: 960_000, triggerPrice: 0 })).toBe(cancel)
    expect(await waitOf({ ...modify, price: 1_020_000, triggerPrice: 0 })).toBe(taker)
    expect(await waitOf(cancelNothing)).toBe(cancel)
  })
})

describe('maker-only keys', () => {
  const setKeys = async (f: Fixture, indexes: string, at = 0) => {
    const form = { account_index: String(stageKey(f, at).accountIndex), api_key_indexes: indexes }
    return (await f.post(SET_KEYS, form, { token: f.token(at) })).json['code']
  }
  const getKeys = async (f: Fixture) => {
    const query = { account_index: String(stageKey(f).accountIndex) }
    return (await f.get(GET_KEYS, query, { token: f.token() })).json
  }

  it('may place post-only, modify that and cancel; everything else is 62007', async () => {
    const f = createFixture({ tier: 'premium' })
    const expiryMs = f.clock.now() + HOUR_MS
    expect((await f.send(restingOrder(6, expiryMs))).status).toBe(200)
    expect(await setKeys(f, '[5]')).toBe(200)
    expect(await getKeys(f)).toEqual({ code: 200, api_key_indexes: [5] })
    const code = async (draft: Parameters<Fixture['send']>[0]) => {
      const answer = await f.send({ ...draft, nonce: nonce }, 0)
      if (answer.json['code'] === 200) nonce += 1
      await f.clock.advance(10)
      return answer.json['code']
    }
    let nonce = 1
    const modify = { kind: 'modifyOrder', marketIndex: 1, baseAmount: 200, price: 960_000 } as const
    expect(await code(restingOrder(7, expiryMs, { timeInForce: 2 }))).toBe(200)
    expect(await code({ ...modify, index: 7, triggerPrice: 0 })).toBe(200)
    expect(await code({ ...modify, index: 6, triggerPrice: 0 })).toBe(62007)
    expect(await code(restingOrder(8, expiryMs))).toBe(62007)
    expect(await code(marketOrder(0, 100))).toBe(62007)
    expect(await code({ kind: 'updateAccountConfig', accountTradingMode: 1 })).toBe(62007)
    const leverage = { marketIndex: 1, initialMarginFraction: 1_000, marginMode: 0 }
    expect(await code({ kind: 'updateLeverage', ...leverage })).toBe(62007)
    expect(await code({ kind: 'cancelOrder', marketIndex: 1, index: 6 })).toBe(200)
    expect(await code({ kind: 'cancelAllOrders', timeInForce: 0, time: 0 })).toBe(200)
    // Another key of the same account is free; registering one is the owner's act.
    const key = newKey(f, 0, 9)
    const draft = { kind: 'changePubKey', pubKey: key.publicKeyHex, nonce: 0 } as const
    const signed = signWith(f, key, draft, ownerKey(f))
    expect((await sendBy(f, 'urlencoded', signed))['code']).toBe(200)
    await f.clock.advance(1_000)
    const free = createSigner({ ...key, chainId: 300, rng: createSeededRng(2) })
    const order = { ...marketOrder(0, 100), nonce: 1, expiredAt: f.clock.now() + 1_000 }
    const sent = free.sign(order as unknown as Parameters<typeof free.sign>[0])
    expect((await sendBy(f, 'urlencoded', sent))['code']).toBe(200)
  })

  it('are for premium, from index 4 on, and change once an hour', async () => {
    const standard = createFixture()
    expect(await setKeys(standard, '[5]')).toBe(62002)
    const f = createFixture({ tier: 'premium' })
    for (const bad of ['[3]', '[255]', '[5,0]']) expect(await setKeys(f, bad)).toBe(21110)
    for (const bad of ['5', '{}', '["5"]', '[5', '[5,]', ''])
      expect(await setKeys(f, bad)).toBe(20001)
    expect(await setKeys(f, '[7, 4, 7]')).toBe(200)
    expect((await getKeys(f))['api_key_indexes']).toEqual([4, 7])
    expect(await setKeys(f, '[]')).toBe(23000)
    await f.clock.advance(HOUR_MS)
    expect(await setKeys(f, '[]')).toBe(200)
    expect((await getKeys(f))['api_key_indexes']).toEqual([])
  })
})
