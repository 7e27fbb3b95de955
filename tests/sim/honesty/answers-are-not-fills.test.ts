/** Delay, lag and the sequencer: what 200, a missing row and a small nonce do not mean (PROTOCOL.md sections 6 and 11). */
import { afterEach, describe, expect, it } from 'vitest'
import { aim as fault, createScene, type Scene } from '../../engine/scenario.ts'
import { openAll } from '../../episodes/world.ts'
import { marketOrder } from '../gateway/stage-fixture.ts'
import { createHonestStage, type HonestStage } from './hand-client.ts'

const SIZE = 1_000
let stage: HonestStage | undefined
let scene: Scene | undefined

afterEach(() => {
  stage?.close()
  scene?.close()
  stage = scene = undefined
})

function build(options: Parameters<typeof createHonestStage>[0] = {}): HonestStage {
  stage = createHonestStage({ accounts: 2, owners: 1, ...options })
  return stage
}

describe('the taker delay of 300 ms', () => {
  it('doubles who reads the position right after the 200 and tries again', async () => {
    const at = build()
    const client = at.client(0)
    await at.run(
      (async () => {
        // "Not there yet, so it did not work": the habit of every bot that polls (PROTOCOL.md section 13).
        for (let attempt = 0; attempt < 3 && (await client.readPosition()) === 0; attempt += 1) {
          expect((await client.order(marketOrder(0, SIZE))).status).toBe(200)
          await at.clock.sleep(110)
        }
      })(),
    )
    await at.clock.advance(2_000)
    expect(at.positionTicks(0)).toBe(2_000n)
  })

  it('leaves who waits for the fill with exactly one position', async () => {
    const at = build()
    const client = at.client(0)
    const streams = client.listen([`account_all_trades/${client.index}`], client.token())
    await at.clock.advance(500)
    await at.run(client.order(marketOrder(0, SIZE)))
    const sentAtMs = at.clock.monotonicMs()
    while (streams.last('update/account_all_trades') === undefined) await at.clock.advance(5)
    // The answer itself took up to 15 ms of the 300.
    expect(at.clock.monotonicMs() - sentAtMs).toBeGreaterThan(280)
    expect(at.positionTicks(0)).toBe(1_000n)
  })

  it('is told: predicted_execution_time_ms lies 300 ms after the arrival', async () => {
    const at = build()
    const { json } = await at.run(at.client(0).order(marketOrder(0, SIZE)))
    const aheadMs = Number(json['predicted_execution_time_ms']) - at.clock.now()
    expect(aheadMs).toBeGreaterThan(280)
    expect(aheadMs).toBeLessThanOrEqual(300)
  })
})

describe('200 and then a refusal in the sequencer', () => {
  it('leaves who takes 200 for a fill with one naked leg', async () => {
    const at = build()
    const [long, short] = [at.client(0), at.client(1)]
    const markTicks = Math.round(at.markUsd() * 10)
    await at.run(
      Promise.all([
        long.order(marketOrder(0, SIZE)),
        // Worst price right at the mark: the best bid lies below it (PROTOCOL.md section 13).
        short.order(marketOrder(1, SIZE, { price: markTicks + 20 })),
      ]).then((answers) => expect(answers.map(({ status }) => status)).toEqual([200, 200])),
    )
    await at.clock.advance(5_000)
    expect([at.positionTicks(0), at.positionTicks(1)]).toEqual([1_000n, 0n])
    const token = short.token()
    const ended = await at.run(
      short.get('/api/v1/accountInactiveOrders', { account_index: short.index, limit: '1' }, token),
    )
    expect(ended.json['orders']).toMatchObject([{ status: 'canceled-too-much-slippage' }])
  })

  it('leaves who spends all of the available balance without a position', async () => {
    const at = build({ collateralUsd: '1000' })
    const client = at.client(0)
    // 1000 USD at the default 20x, sized by the mark: spread and fill leave it short (PROTOCOL.md section 13).
    const allIn = Math.ceil((1_000 * 20 * 100_000) / at.markUsd()) + 5
    expect((await at.run(client.order(marketOrder(0, allIn)))).status).toBe(200)
    await at.clock.advance(1_000)
    expect(at.positionTicks(0)).toBeLessThan(BigInt(allIn))
    const { json } = await at.run(
      client.get(
        '/api/v1/accountInactiveOrders',
        { account_index: client.index, limit: '1' },
        client.token(),
      ),
    )
    expect(json['orders']).toMatchObject([{ status: 'canceled-margin-not-allowed' }])
  })

  it('makes the engine take the filled leg back', async () => {
    scene = createScene({
      faults: ([, second]) => [
        fault(
          { kind: 'sequencer-refusal', code: 21739 },
          { accountIndex: second ?? 0, fromMs: 350 },
        ),
      ],
    })
    const bot = scene.world.startBot()
    const [hedge] = await scene.world.clock.runUntil(openAll(scene.world, bot), 120_000)
    expect(hedge?.state).toBe('aborted')
    expect(scene.auditor.isFlat()).toBe(true)
    expect(scene.auditor.longestNakedMs()).toBeLessThanOrEqual(3_000)
  })
})

describe('nextNonce, which lags', () => {
  it('refuses the second order of who asks for the nonce every time', async () => {
    const at = build()
    const client = at.client(0)
    const answers = await at.run(
      (async () => {
        const entry = await client.order(marketOrder(0, SIZE))
        // The stop goes out at once, with the nonce that was just used (PROTOCOL.md section 6: wait 350 ms).
        return [entry, await client.order(marketOrder(1, SIZE, { reduceOnly: 1 }))]
      })(),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 400])
    expect(answers[1]?.json).toEqual({ code: 21104, message: 'invalid nonce' })
    await at.clock.advance(1_000)
    expect(at.positionTicks(0)).toBe(1_000n)
  })

  it('is no trouble for who counts on from the last answer, nor for who waits', async () => {
    const at = build()
    const [counting, waiting] = [at.client(0), at.client(1)]
    const statuses = await at.run(
      (async () => {
        const first = await counting.nextNonce()
        const answers = [await counting.post(counting.sign(marketOrder(0, SIZE), first))]
        answers.push(await counting.post(counting.sign(marketOrder(1, SIZE), first + 1)))
        answers.push(await waiting.order(marketOrder(0, SIZE)))
        await at.clock.sleep(350)
        answers.push(await waiting.order(marketOrder(1, SIZE)))
        return answers.map(({ status }) => status)
      })(),
    )
    expect(statuses).toEqual([200, 200, 200, 200])
  })

  it('is shown by apikeys with the same lag', async () => {
    const at = build()
    const client = at.client(0)
    const shown = async () => {
      const query = { account_index: client.index, api_key_index: '5' }
      const { json } = await client.get('/api/v1/apikeys', query)
      return (json['api_keys'] as { nonce: number }[])[0]?.nonce
    }
    await at.run(client.order(marketOrder(0, SIZE)))
    expect(await at.run(shown())).toBe(0)
    await at.clock.advance(100)
    expect(await at.run(shown())).toBe(1)
  })
})

describe('a lost answer and tx, which lags', () => {
  const lost = [fault({ kind: 'cut-answer' }, { endpoint: 'sendTx', maxTimes: 1 })]

  it('doubles who finds no transaction and sends anew', async () => {
    const at = build({ faults: lost })
    const client = at.client(0)
    const nonce = await at.run(client.nextNonce())
    const first = client.sign(marketOrder(0, SIZE), nonce)
    await expect(at.run(client.post(first))).rejects.toThrow('reset')
    const looked = await at.run(client.get('/api/v1/tx', { by: 'hash', value: first.txHash }))
    expect(looked.json).toMatchObject({ code: 21500 })
    // "Not found, so not sent": once more with the next nonce, as blind retries do (PROTOCOL.md section 13).
    expect((await at.run(client.post(client.sign(marketOrder(0, SIZE), nonce + 1)))).status).toBe(
      200,
    )
    await at.clock.advance(1_000)
    expect(at.positionTicks(0)).toBe(2_000n)
  })

  it('leaves who sends the very same bytes again with one position', async () => {
    const at = build({ faults: lost })
    const client = at.client(0)
    const first = client.sign(marketOrder(0, SIZE), await at.run(client.nextNonce()))
    await expect(at.run(client.post(first))).rejects.toThrow('reset')
    expect((await at.run(client.post(first))).json).toMatchObject({ code: 21104 })
    await at.clock.advance(1_000)
    expect(at.positionTicks(0)).toBe(1_000n)
    const looked = await at.run(client.get('/api/v1/tx', { by: 'hash', value: first.txHash }))
    expect(looked.json).toMatchObject({ code: 200, status: 3 })
  })
})

describe('a send that times out and arrives before its deadline', () => {
  const late = [
    fault({ kind: 'delay', minMs: 8_000, maxMs: 8_000 }, { endpoint: 'sendTx', maxTimes: 1 }),
  ]

  it('opens a position for who has given it up', async () => {
    const at = build({ faults: late })
    const client = at.client(0)
    const order = client.sign(marketOrder(0, SIZE), await at.run(client.nextNonce()))
    await expect(at.run(client.post(order, 3_000))).rejects.toThrow('no answer')
    await at.clock.advance(2_000)
    // Flat after five seconds: the bot writes the leg off, unwinds the other one and sleeps.
    expect(await at.run(client.readPosition())).toBe(0)
    await at.clock.advance(6_000)
    expect(at.positionTicks(0)).toBe(1_000n)
  })

  it('does nothing to who has taken its nonce with a harmless transaction', async () => {
    const at = build({ faults: late })
    const client = at.client(0)
    const nonce = await at.run(client.nextNonce())
    const order = client.sign(marketOrder(0, SIZE), nonce)
    await expect(at.run(client.post(order, 3_000))).rejects.toThrow('no answer')
    const harmless = {
      kind: 'updateLeverage',
      marketIndex: 1,
      initialMarginFraction: 500,
      marginMode: 0,
    } as const
    expect((await at.run(client.post(client.sign(harmless, nonce)))).status).toBe(200)
    await at.clock.advance(10_000)
    expect(at.positionTicks(0)).toBe(0n)
  })

  it('finds the engine hedged or flat, and it stays so until every deadline is over', async () => {
    scene = createScene({
      faults: ([, second]) => [
        fault(
          { kind: 'delay', minMs: 6_000, maxMs: 9_000 },
          { accountIndex: second ?? 0, endpoint: 'jsonapi/sendtx', fromMs: 350, maxTimes: 1 },
        ),
      ],
    })
    const { world, auditor } = scene
    const bot = world.startBot()
    await world.clock.runUntil(openAll(world, bot), 120_000)
    expect(auditor.isHedged()).toBe(true)
    await world.clock.advance(30_000)
    expect(auditor.isHedged()).toBe(true)
    expect(auditor.findings).toEqual([])
    expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3_000)
  })
})
