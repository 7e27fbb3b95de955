import { describe, expect, it } from 'vitest'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import { createFaultSwitch } from '../../../src/sim/faults/fault-switch.ts'
import { createMakerOnlyKeys } from '../../../src/sim/gateway/maker-only-keys.ts'
import { createNonceLedger } from '../../../src/sim/gateway/nonce-ledger.ts'
import { readTransaction } from '../../../src/sim/gateway/received-transaction.ts'
import { createTransactionPipeline } from '../../../src/sim/gateway/transaction-pipeline.ts'
import { createTransactionStore } from '../../../src/sim/gateway/transaction-store.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { BTC, createFixture, type Fixture, marketOrder, restingOrder } from './stage-fixture.ts'

const HOUR_MS = 3_600_000

function positionOf(f: Fixture, at = 0): bigint {
  const account = f.stage.accounts[at]
  return f.stage.core.account(account?.accountIndex ?? -1)?.positions.get(BTC)?.sizeTicks ?? 0n
}

async function nextNonce(f: Fixture, at = 0): Promise<unknown> {
  await f.clock.advance(1_000)
  const account = f.stage.accounts[at]
  const answer = await f.get('/api/v1/nextNonce', {
    account_index: String(account?.accountIndex),
    api_key_index: '5',
  })
  return answer.json['nonce']
}

describe('a transaction on its way through the venue', () => {
  it('is answered with its hash and time, and executed after the taker delay', async () => {
    const f = createFixture()
    const startMs = f.clock.now()
    const signed = f.sign(marketOrder(0, 1_000))
    const answer = await f.post('/api/v1/sendTx', {
      tx_type: String(signed.txType),
      tx_info: signed.txInfo,
    })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      code: 200,
      tx_hash: signed.txHash,
      predicted_execution_time_ms: startMs + 300,
    })
    await f.clock.advance(299)
    expect(positionOf(f)).toBe(0n)
    await f.clock.advance(1)
    expect(positionOf(f)).toBe(1_000n)
    const [trade] = f.stage.core.accountTrades(f.account.accountIndex, 10)
    expect(trade?.timestampMs).toBe(startMs + 300)
  })

  it('waits 200 ms as a resting order and not at all when delays are off', async () => {
    const f = createFixture()
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS))
    await f.clock.advance(199)
    expect(f.stage.core.activeOrders(f.account.accountIndex)).toHaveLength(0)
    await f.clock.advance(1)
    expect(f.stage.core.activeOrders(f.account.accountIndex)).toHaveLength(1)

    const fast = createFixture({ noDelay: true })
    await fast.send(marketOrder(0, 1_000))
    await fast.clock.advance(0)
    expect(positionOf(fast)).toBe(1_000n)
  })

  it('keeps the order of one key: a cancel waits for the taker order before it', async () => {
    const f = createFixture()
    await f.send(marketOrder(0, 1_000))
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS))
    await f.clock.advance(250)
    expect(f.stage.core.activeOrders(f.account.accountIndex)).toHaveLength(0)
    await f.clock.advance(50)
    expect(f.stage.core.activeOrders(f.account.accountIndex)).toHaveLength(1)
    expect(positionOf(f)).toBe(1_000n)
  })

  it('lets different keys pass each other', async () => {
    const f = createFixture()
    await f.send(marketOrder(0, 1_000), 0)
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS), 1)
    await f.clock.advance(200)
    expect(f.stage.core.activeOrders(f.stage.accounts[1]?.accountIndex ?? -1)).toHaveLength(1)
    expect(positionOf(f)).toBe(0n)
  })

  it('holds premium accounts back for 200 ms as takers and not as makers', async () => {
    const f = createFixture({ tier: 'premium' })
    await f.send(restingOrder(7, f.clock.now() + HOUR_MS))
    await f.clock.advance(0)
    expect(f.stage.core.activeOrders(f.account.accountIndex)).toHaveLength(1)
    const answer = await f.send(marketOrder(0, 1_000))
    expect(answer.json['predicted_execution_time_ms']).toBe(f.clock.now() + 200)
  })
})

describe('nonces', () => {
  it('grow with every acceptance and not with a refusal', async () => {
    const f = createFixture()
    expect((await f.send(marketOrder(0, 1_000))).status).toBe(200)
    expect(await nextNonce(f)).toBe(1)
    const refused = await f.send(marketOrder(0, 1_000, { type: 0, price: 1_300_000, nonce: 1 }))
    expect(refused.status).toBe(400)
    expect(refused.json['code']).toBeOneOf([21733, 21734])
    expect(await nextNonce(f)).toBe(1)
  })

  it.each([
    ['used before', 0],
    ['ahead of its turn', 2],
  ])('that are %s are refused with 21104', async (_name, nonce) => {
    const f = createFixture()
    await f.send(marketOrder(0, 1_000))
    const answer = await f.send(marketOrder(0, 1_000, { nonce }))
    expect(answer).toMatchObject({ status: 400, json: { code: 21104, message: 'invalid nonce' } })
  })

  it('may jump forward with the skip attribute, and never back', async () => {
    const f = createFixture()
    const skip = { attributes: { skipNonce: 1 } }
    expect((await f.send(marketOrder(0, 10, { nonce: 1_000, ...skip }))).status).toBe(200)
    expect((await f.send(marketOrder(0, 10, { nonce: 999, ...skip }))).json['code']).toBe(21104)
    expect((await f.send(marketOrder(0, 10, { nonce: 1_001 }))).status).toBe(200)
    const cap = await f.send(marketOrder(0, 10, { nonce: 2n ** 47n - 1n, ...skip }))
    expect(cap.json['code']).toBe(21104)
    expect(await nextNonce(f)).toBe(1_002)
  })

  it('execute only one of two transactions that share one', async () => {
    const f = createFixture()
    const first = await f.send(marketOrder(0, 1_000, { nonce: 0 }))
    const second = await f.send(marketOrder(1, 1_000, { nonce: 0 }))
    expect([first.status, second.json['code']]).toEqual([200, 21104])
    await f.clock.advance(1_000)
    expect(positionOf(f)).toBe(1_000n)
  })

  it('of an unknown account are 0', async () => {
    const f = createFixture()
    const answer = await f.get('/api/v1/nextNonce', { account_index: '424242', api_key_index: '5' })
    expect(answer.body).toBe('{"code":200,"nonce":0}')
  })

  it('are shown with a lag', async () => {
    const f = createFixture()
    const query = { account_index: String(f.account.accountIndex), api_key_index: '5' }
    await f.send(marketOrder(0, 1_000))
    expect((await f.get('/api/v1/nextNonce', query)).json['nonce']).toBe(0)
    await f.clock.advance(100)
    expect((await f.get('/api/v1/nextNonce', query)).json['nonce']).toBe(1)
  })

  it('stay free when the deadline passes in the queue', async () => {
    const f = createFixture()
    const late = await f.send(marketOrder(0, 1_000, { expiredAt: f.clock.now() + 250 }))
    expect(late.status).toBe(200)
    await f.clock.advance(500)
    expect(positionOf(f)).toBe(0n)
    expect(await nextNonce(f)).toBe(0)
    const tx = await f.get('/api/v1/tx', { by: 'hash', value: String(late.json['tx_hash']) })
    expect(tx.json).toMatchObject({ code: 200, status: 0 })
    expect(tx.json['event_info']).toContain('21501')
    expect((await f.send(marketOrder(0, 1_000, { nonce: 0 }))).status).toBe(200)
  })

  it('are used up by an order that the sequencer cancels after the 200', async () => {
    const f = createFixture()
    // Far more than the collateral carries: taker orders pass the API and fail at the match.
    const answer = await f.send(marketOrder(0, 5_000_000))
    expect(answer.status).toBe(200)
    expect(await nextNonce(f)).toBe(1)
    expect(positionOf(f)).toBe(0n)
    const [order] = f.stage.core.inactiveOrders(f.account.accountIndex)
    expect(order?.status).toBe('canceled-margin-not-allowed')
  })
})

describe('the checks before acceptance', () => {
  it('refuse an unknown account, key, type and text with their codes', async () => {
    const f = createFixture()
    const signed = f.sign(marketOrder(0, 1_000))
    const edit = (from: RegExp, to: string, txType = '14') =>
      f.post('/api/v1/sendTx', { tx_type: txType, tx_info: signed.txInfo.replace(from, to) })
    const account = await edit(/"AccountIndex":\d+/, '"AccountIndex":99999')
    const key = await edit(/"ApiKeyIndex":5/, '"ApiKeyIndex":6')
    const keyRange = await edit(/"ApiKeyIndex":5/, '"ApiKeyIndex":255')
    const type = await edit(/$/, '', '99')
    const text = await edit(/^\{/, '[')
    const codes = [account, key, keyRange, type, text].map(({ json }) => json['code'])
    expect(codes).toEqual([21100, 21109, 21110, 21505, 21501])
  })

  it('refuse a changed field, a wrong chain id and a wrong key with 21120', async () => {
    const f = createFixture()
    const signed = f.sign(marketOrder(0, 1_000))
    const changed = await f.post('/api/v1/sendTx', {
      tx_type: '14',
      tx_info: signed.txInfo.replace('"BaseAmount":1000', '"BaseAmount":1001'),
    })
    expect(changed.json).toEqual({ code: 21120, message: 'invalid signature' })
    const mainnet = createSigner({
      privateKeyHex: f.account.revealPrivateKey(),
      chainId: 304,
      accountIndex: f.account.accountIndex,
      apiKeyIndex: 5,
      rng: createSeededRng(1),
    }).sign({
      kind: 'cancelOrder',
      marketIndex: 1,
      index: 5,
      nonce: 0,
      expiredAt: f.clock.now() + 1_000,
    })
    const foreign = await f.post('/api/v1/sendTx', { tx_type: '15', tx_info: mainnet.txInfo })
    expect(foreign.json['code']).toBe(21120)
  })

  it('refuse what is expired on arrival', async () => {
    const f = createFixture()
    const answer = await f.send(marketOrder(0, 1_000, { expiredAt: f.clock.now() - 1 }))
    expect(answer.json['code']).toBe(21501)
  })

  it('answer missing and malformed parameters with 20001 and its trailing blank', async () => {
    const f = createFixture()
    const missing = await f.post('/api/v1/sendTx', { tx_type: '14' })
    expect(missing.body).toBe('{"code":20001,"message":"invalid param "}')
    const malformed = await f.post('/api/v1/sendTx', { tx_type: 'x', tx_info: '{}' })
    expect(malformed.status).toBe(400)
    expect(malformed.json['code']).toBe(20001)
  })
})

describe('a batch', () => {
  const batchForm = (items: readonly { txType: number; txInfo: string }[]) => ({
    tx_types: JSON.stringify(items.map(({ txType }) => txType)),
    tx_infos: JSON.stringify(items.map(({ txInfo }) => txInfo)),
  })

  it('is accepted as a whole and executed in order', async () => {
    const f = createFixture()
    const items = [
      f.sign(restingOrder(7, f.clock.now() + HOUR_MS)),
      f.sign({ kind: 'cancelOrder', marketIndex: BTC, index: 7 }),
    ]
    // The cancel refers to an order that is not there yet: the API refuses it, and the batch with it.
    const early = await f.post('/api/v1/sendTxBatch', batchForm(items))
    expect(early.status).toBe(400)
    expect(await nextNonce(f)).toBe(0)

    const orders = [
      f.sign(restingOrder(7, f.clock.now() + HOUR_MS, { nonce: 0 })),
      f.sign(restingOrder(8, f.clock.now() + HOUR_MS)),
    ]
    const answer = await f.post('/api/v1/sendTxBatch', batchForm(orders))
    expect(answer.json['tx_hash']).toEqual(orders.map(({ txHash }) => txHash))
    expect(await nextNonce(f)).toBe(2)
    const live = f.stage.core.activeOrders(f.account.accountIndex)
    expect(live.map(({ clientOrderIndex }) => clientOrderIndex)).toEqual([7n, 8n])
  })

  it('is refused for unequal lengths, mixed accounts, gaps and more than 50 items', async () => {
    const f = createFixture()
    const a = f.sign(marketOrder(0, 10))
    const gap = f.sign(marketOrder(0, 10, { nonce: 5 }))
    const other = f.sign(marketOrder(0, 10), 1)
    const send = (form: Record<string, string>) => f.post('/api/v1/sendTxBatch', form)
    const unequal = await send({ tx_types: '[14]', tx_infos: '[]' })
    const mixed = await send(batchForm([a, other]))
    const gapped = await send(batchForm([a, gap]))
    const many = await send(batchForm(Array.from({ length: 51 }, () => a)))
    const none = await send({ tx_types: '[]', tx_infos: '[]' })
    const codes = [unequal, mixed, gapped, many, none].map(({ json }) => json['code'])
    expect(codes).toEqual([21513, 21121, 21105, 21514, 20001])
  })

  it('may hold 50 over REST and 15 over a socket, not one more', async () => {
    const f = createFixture()
    const batchOf = (count: number) =>
      batchForm(Array.from({ length: count }, (_, nonce) => f.sign(marketOrder(0, 1, { nonce }))))
    const socket = f.open()
    const over = async (count: number) => {
      socket.say({ type: 'jsonapi/sendtxbatch', data: { id: 'b', ...batchOf(count) } })
      await f.clock.advance(0)
      return socket.frames.at(-1)
    }
    expect(await over(16)).toMatchObject({ error: { code: 21514 }, id: 'b' })
    expect(await over(15)).toMatchObject({ code: 200, id: 'b' })
    const fresh = createFixture()
    const rest = async (count: number) =>
      (await fresh.post('/api/v1/sendTxBatch', batchOf(count))).json['code']
    expect(await rest(51)).toBe(21514)
  })

  it('of exactly 50 is accepted over REST', async () => {
    const f = createFixture()
    const items = Array.from({ length: 50 }, () => f.sign(marketOrder(0, 1)))
    const answer = await f.post('/api/v1/sendTxBatch', batchForm(items))
    expect(answer.json['tx_hash']).toHaveLength(50)
  })
})

describe('the queue in front of the sequencer', () => {
  it('refuses with 21506 what does not fit any more, whole batches included', async () => {
    const f = createFixture()
    const { core } = f.stage
    const pipeline = createTransactionPipeline({
      core,
      clock: f.clock,
      chainId: 300,
      nonces: createNonceLedger({ core, clock: f.clock, lagMs: 0 }),
      store: createTransactionStore(f.clock, 0),
      faults: createFaultSwitch({ clock: f.clock, rng: createSeededRng(1) }),
      noDelay: false,
      makerOnly: createMakerOnlyKeys(core, f.clock),
      maxQueued: 3,
      onForcedRefusal: () => undefined,
      onSettled: () => undefined,
    })
    const submit = (...nonces: readonly number[]) => {
      const batch = nonces.map((nonce) => {
        const { txType, txInfo } = f.sign(marketOrder(0, 1, { nonce }))
        return readTransaction(core, txType, txInfo)
      })
      return pipeline.submit(batch, f.clock.now())
    }
    submit(0, 1)
    expect(() => submit(2, 3)).toThrow(expect.objectContaining({ code: 21506 }))
    submit(2)
    expect(() => submit(3)).toThrow(expect.objectContaining({ code: 21506 }))
    await f.clock.advance(300)
    expect(submit(3, 4)).toHaveLength(2)
  })
})
