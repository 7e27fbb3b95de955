import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TxKind } from '../../../src/lighter/signer/transactions.ts'
import type { SimAccount } from '../../../src/sim/core/core-model.ts'
import { createVolumeQuota } from '../../../src/sim/gateway/volume-quota.ts'
import { newKey, ownerKey, sendBy, signWith, stageKey } from './owner-fixture.ts'
import {
  createFixture,
  type DraftTx,
  type Fixture,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const HOUR_MS = 3_600_000
const FREE = '{"ratelimit": "didn\'t use volume quota"}'

const resting = (f: Fixture, id: number): DraftTx => restingOrder(id, f.clock.now() + HOUR_MS)
const cancelAll: DraftTx = { kind: 'cancelAllOrders', timeInForce: 0, time: 0 }

/** Sends batches of 50 orders that never trade; what the last answer says of the quota. */
async function spend(f: Fixture, batches: number): Promise<unknown> {
  let last: unknown
  for (let at = 0; at < batches; at += 1) {
    const items = Array.from({ length: 50 }, () => f.sign(marketOrder(0, 0, IMPOSSIBLE)))
    const answer = await f.post('/api/v1/sendTxBatch', {
      tx_types: JSON.stringify(items.map(({ txType }) => txType)),
      tx_infos: JSON.stringify(items.map(({ txInfo }) => txInfo)),
    })
    last = answer.json['volume_quota_remaining'] ?? answer.json['code']
    await f.clock.advance(1_000)
  }
  return last
}

/** Accepted, and then cancelled by the sequencer because nothing is that cheap: it trades nothing. */
const IMPOSSIBLE = { baseAmount: 20, type: 0, price: 960_000 }

describe('the volume quota', () => {
  it('does not exist in the standard tier', async () => {
    const f = createFixture()
    for (const id of [1, 2]) {
      const { json } = await f.send(resting(f, id))
      expect(json).toMatchObject({ code: 200, message: FREE, volume_quota_remaining: 0 })
    }
  })

  it('starts at 1000: one send in 15 seconds is free, the others cost one', async () => {
    const f = createFixture({ tier: 'premium' })
    const note = async (draft: DraftTx) => {
      const { json } = await f.send(draft)
      await f.clock.advance(0)
      return [json['message'], json['volume_quota_remaining']]
    }
    expect(await note(resting(f, 1))).toEqual([FREE, 1000])
    expect(await note(resting(f, 2))).toEqual(['999 volume quota remaining.', 999])
    const modify = { marketIndex: 1, index: 2, baseAmount: 150, price: 960_000, triggerPrice: 0 }
    expect(await note({ kind: 'modifyOrder', ...modify })).toEqual([
      '998 volume quota remaining.',
      998,
    ])
    expect(await note({ kind: 'cancelOrder', marketIndex: 1, index: 2 })).toEqual([FREE, 998])
    expect(await note(cancelAll)).toEqual(['997 volume quota remaining.', 997])
    await f.clock.advance(15_000)
    expect(await note(resting(f, 3))).toEqual([FREE, 997])
    await f.clock.advance(14_999)
    expect(await note(resting(f, 4))).toEqual(['996 volume quota remaining.', 996])
  })

  it('is one for all accounts of the address and costs nothing for what is refused', async () => {
    const f = createFixture({ tier: 'plus' })
    const remaining = async (draft: DraftTx, at: number) =>
      (await f.send(draft, at)).json['volume_quota_remaining']
    expect(await remaining(resting(f, 1), 0)).toBe(1000)
    expect(await remaining(resting(f, 1), 1)).toBe(999)
    expect(await remaining(resting(f, 1), 2)).toBe(1000)
    expect(
      (await f.send(restingOrder(9, f.clock.now() + 1_000, { nonce: 1 }), 0)).json['code'],
    ).toBe(21711)
    expect(await remaining({ ...resting(f, 2), nonce: 1 }, 0)).toBe(998)
  })

  it('counts a group as one and every order of a batch; nothing else costs', async () => {
    const f = createFixture({ tier: 'premium' })
    await f.send(resting(f, 1))
    const leverage = { marketIndex: 1, initialMarginFraction: 1_000, marginMode: 0 }
    const free = await f.send({ kind: 'updateLeverage', ...leverage })
    expect(free.json).toMatchObject({ message: FREE, volume_quota_remaining: 1000 })
    expect(await spend(f, 1)).toBe(950)
    // A batch is never the free send.
    await f.clock.advance(20_000)
    expect(await spend(f, 1)).toBe(900)
  })

  it('grows by one for every 5 USD traded, parts of it kept', async () => {
    const f = createFixture({ tier: 'premium' })
    await f.send(resting(f, 1))
    // 20 ticks of BTC near 100 000 are about 20 USD.
    await f.send(marketOrder(0, 20))
    await f.clock.advance(1_000)
    const traded = f.stage.core.account(stageKey(f).accountIndex)?.volumeMicros ?? 0n
    expect(traded).toBeGreaterThan(19_000_000n)
    const { json } = await f.send(resting(f, 2))
    expect(json['volume_quota_remaining']).toBe(999 + Number(traded / 5_000_000n) - 1)
    await f.send(marketOrder(1, 20))
    await f.clock.advance(1_000)
    const both = f.stage.core.account(stageKey(f).accountIndex)?.volumeMicros ?? 0n
    const after = await f.send(resting(f, 3))
    expect(after.json['volume_quota_remaining']).toBe(1000 - 4 + Number(both / 5_000_000n))
  })

  it('refuses with 23000 when it is used up, and lets cancels and one send in 15 seconds through', async () => {
    const f = createFixture({ tier: 'premium' })
    await f.send(resting(f, 1))
    expect(await spend(f, 20)).toBe(0)
    await f.send(resting(f, 2))
    const nonce = f.nonce()
    const refused = await f.send({ ...resting(f, 3), nonce })
    expect(refused.status).toBe(429)
    expect(refused.json).toEqual({
      code: 23000,
      message: 'Too Many Requests! not enough volume quota remaining',
    })
    const cancel = await f.send({ kind: 'cancelOrder', marketIndex: 1, index: 1, nonce })
    expect(cancel.json['code']).toBe(200)
    await f.clock.advance(15_000)
    expect((await f.send(resting(f, 4))).json['code']).toBe(200)
  })

  it('refuses nobody when limits are off', async () => {
    const f = createFixture({ tier: 'premium', noLimits: true })
    await f.send(resting(f, 1))
    expect(await spend(f, 21)).toBe(0)
  })

  it('is not touched by a key change', async () => {
    const f = createFixture({ tier: 'premium' })
    const key = newKey(f, 0, 9)
    const draft = { kind: 'changePubKey', pubKey: key.publicKeyHex, nonce: 0 } as const
    const answer = await sendBy(f, 'urlencoded', signWith(f, key, draft, ownerKey(f)))
    expect(answer).toMatchObject({ code: 200, message: FREE, volume_quota_remaining: 1000 })
  })
})

describe('the arithmetic of the quota', () => {
  const account = { l1Address: '0x1', tier: 'premium' } as const

  function quotaOver(state: { micros: bigint; nowMs: number }) {
    const rows = [{ volumeMicros: 0n }]
    const core = {
      accountsByL1: () => {
        rows[0] = { volumeMicros: state.micros }
        return rows as unknown as readonly SimAccount[]
      },
    }
    return createVolumeQuota({ core, clock: { monotonicMs: () => state.nowMs }, noLimits: false })
  }

  it('never holds more than five million, and what is traded beyond is lost', () => {
    const state = { micros: 0n, nowMs: 0 }
    const quota = quotaOver(state)
    const remaining = (kinds: readonly TxKind[]) =>
      quota.plan({ account, kinds, isBatch: true }).commit().remaining
    expect(remaining([])).toBe(1_000n)
    state.micros = 5_000_000n * 4_999_000n
    expect(remaining([])).toBe(5_000_000n)
    state.micros += 5_000_000n * 1_000n
    expect(remaining(['createOrder'])).toBe(4_999_999n)
    state.micros += 5_000_000n
    expect(remaining([])).toBe(5_000_000n)
  })

  it('is that of a plain count, whatever is traded and sent', () => {
    const step = fc.record({
      micros: fc.bigInt(0n, 40_000_000n),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      orders: fc.integer({ min: 0, max: 400 }),
      isBatch: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const state = { micros: 0n, nowMs: 0 }
        const quota = quotaOver(state)
        quota.plan({ account, kinds: [], isBatch: true }).commit()
        let spent = 0n
        let lastFreeMs = Number.NEGATIVE_INFINITY
        for (const { micros, afterMs, orders, isBatch } of steps) {
          state.micros += micros
          state.nowMs += afterMs
          const held = 1_000n + state.micros / 5_000_000n - spent
          const kinds = Array.from({ length: orders }, () => 'createOrder' as const)
          const isFree = orders > 0 && !isBatch && state.nowMs - lastFreeMs >= 15_000
          const plan = () => quota.plan({ account, kinds, isBatch })
          if (!isFree && BigInt(orders) > held) {
            expect(plan).toThrow(expect.objectContaining({ code: 23000 }))
            continue
          }
          if (isFree) lastFreeMs = state.nowMs
          else spent += BigInt(orders)
          expect(plan().commit().remaining).toBe(held - (isFree ? 0n : BigInt(orders)))
        }
      }),
    )
  })
})
