/** What the simulator is without any option, and that its two switches take all of it away (DESIGN.md section 6). */
import { describe, expect, it } from 'vitest'
import { createFixture, marketOrder, type Json } from '../gateway/stage-fixture.ts'
import { createHonestStage, type HandClient } from './hand-client.ts'

const SUBSCRIPTIONS = 500

describe('the default stage', () => {
  it('has twenty accounts of four owners, all of the standard tier, which pays no fees', () => {
    const at = createHonestStage()
    const { accounts, core } = at.stage
    const counts = new Map<string, number>()
    for (const { l1Address } of accounts) {
      counts.set(l1Address, (counts.get(l1Address) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual([5, 5, 5, 5])
    for (const { accountIndex } of accounts) {
      expect(core.account(accountIndex)).toMatchObject({
        tier: 'standard',
        makerFeeTick: 0,
        takerFeeTick: 0,
      })
    }
    at.close()
  })

  it('makes makers wait 200 ms and takers 300 ms', async () => {
    const at = createHonestStage({ accounts: 2 })
    const waits = async (bot: HandClient, more: Json) => {
      const sentAtMs = at.clock.now()
      const { json } = await at.run(bot.post(bot.sign(marketOrder(0, 100, more), 0)))
      return Number(json['predicted_execution_time_ms']) - sentAtMs
    }
    const resting = {
      type: 0,
      timeInForce: 1,
      price: 970_000,
      orderExpiry: at.clock.now() + 3_600_000,
    }
    // The way there takes 5 to 15 ms.
    const maker = await waits(at.client(0), resting)
    const taker = await waits(at.client(1), {})
    expect([maker >= 204 && maker <= 216, taker >= 304 && taker <= 316]).toEqual([true, true])
    at.close()
  })
})

/** Subscribes on one socket to account after account, 199 messages a minute; the codes of all errors. */
async function subscribeTo(options: Parameters<typeof createFixture>[0], count: number) {
  const f = createFixture(options)
  const { core } = f.stage
  const indexes = Array.from({ length: count }, (_, at) => {
    const l1Address = `0x${String(at).padStart(40, '0')}`
    return core.createAccount({ l1Address, collateralMicros: 0n, tier: 'standard' }, f.clock.now())
      .accountIndex
  })
  const socket = f.open()
  const say = async (message: Json) => {
    socket.say(message)
    await f.clock.advance(302)
  }
  for (const index of indexes) await say({ type: 'subscribe', channel: `user_stats/${index}` })
  const codes = () =>
    socket.frames.flatMap((frame) => (frame['error'] as { code: number } | undefined)?.code ?? [])
  return { f, say, codes, indexes, socket }
}

describe('the sizes of one connection', () => {
  it('are 500 subscriptions (23001) and 500 accounts (23002)', async () => {
    const { say, codes, indexes } = await subscribeTo({ tickIntervalMs: 60_000 }, SUBSCRIPTIONS + 1)
    expect(codes()).toEqual([23001])
    // A subscription less, but the connection has had to do with 500 accounts.
    await say({ type: 'unsubscribe', channel: `user_stats/${indexes[0]}` })
    await say({ type: 'subscribe', channel: `user_stats/${indexes[SUBSCRIPTIONS]}` })
    expect(codes()).toEqual([23001, 23002])
    await say({ type: 'subscribe', channel: 'height' })
    expect(codes()).toEqual([23001, 23002])
  })

  it('are no more with --no-limits', async () => {
    const options = { tickIntervalMs: 60_000, noLimits: true }
    const { codes } = await subscribeTo(options, SUBSCRIPTIONS + 1)
    expect(codes()).toEqual([])
  })
})

describe('a batch', () => {
  it('is one request, but each of its transactions counts for the limit of its type', async () => {
    const f = createFixture({ tier: 'premium' })
    const batch = (count: number, first: number) => {
      const items = Array.from({ length: count }, (_, at) =>
        f.sign({
          kind: 'updateLeverage',
          marketIndex: 1,
          initialMarginFraction: 1_000,
          marginMode: 0,
          nonce: first + at,
        }),
      )
      return f.post('/api/v1/sendTxBatch', {
        tx_types: JSON.stringify(items.map(({ txType }) => txType)),
        tx_infos: JSON.stringify(items.map(({ txInfo }) => txInfo)),
      })
    }
    expect((await batch(40, 0)).status).toBe(200)
    expect(await batch(1, 40)).toMatchObject({ status: 429, json: { code: 23000 } })
    expect(f.stage.gateway.units.byAccount(f.account.accountIndex)).toEqual({
      units: 1,
      refused: 1,
    })
  })
})

describe('--no-limits', () => {
  it('refuses nothing: neither requests, nor sends, nor messages, nor connections, and never bans', async () => {
    const f = createFixture({ noLimits: true, accounts: 2 })
    const { units } = f.stage.gateway
    for (let at = 0; at < 300; at += 1) expect((await f.get('/')).status).toBe(200)
    for (let at = 0; at < 100; at += 1) {
      expect((await f.send(marketOrder(at % 2, 10))).status).toBe(200)
    }
    for (let at = 0; at < 60; at += 1) {
      const leverage = {
        kind: 'updateLeverage',
        marketIndex: 0,
        initialMarginFraction: 500,
        marginMode: 0,
      } as const
      expect((await f.send(leverage, 1)).status).toBe(200)
    }
    const sockets = Array.from({ length: 300 }, () => f.open())
    const [socket] = sockets
    for (let at = 0; at < 1_000; at += 1) socket?.say({ type: 'ping' })
    expect(socket?.of('pong')).toHaveLength(1_000)
    expect(units.total()).toEqual({ units: 460, refused: 0 })
  })

  it('leaves the delays and lags as they are', async () => {
    const at = createHonestStage({ accounts: 2, noLimits: true })
    const bot = at.client(0)
    const answers = await at.run(
      Promise.all([0, 0].map((nonce) => bot.post(bot.sign(marketOrder(0, 100), nonce)))),
    )
    expect(new Set(answers.map(({ json }) => json['code']))).toEqual(new Set([200, 21104]))
    expect(await at.run(bot.nextNonce())).toBe(0)
    expect(at.positionTicks(0)).toBe(0n)
    at.close()
  })
})

describe('--no-delay', () => {
  it('fills within the turn, and nonce and transaction are shown at once', async () => {
    const f = createFixture({ noDelay: true, channelJitterMs: 0 })
    const { accountIndex } = f.account
    const order = f.sign(marketOrder(0, 1_000))
    const socket = f.open()
    const names = ['account_all_orders', 'account_all_trades', 'account_all_positions']
    for (const name of names) {
      socket.say({ type: 'subscribe', channel: `${name}/${accountIndex}`, auth: f.token() })
    }
    const answer = await f.post('/api/v1/sendTx', { tx_type: '14', tx_info: order.txInfo })
    await f.clock.advance(0)
    expect(Number(answer.json['predicted_execution_time_ms'])).toBe(f.clock.now())
    expect(f.stage.core.account(accountIndex)?.positions.get(1)?.sizeTicks).toBe(1_000n)
    const key = { account_index: String(accountIndex), api_key_index: '5' }
    expect((await f.get('/api/v1/nextNonce', key)).json).toMatchObject({ nonce: 1 })
    const shown = await f.get('/api/v1/tx', { by: 'hash', value: order.txHash })
    expect(shown.json).toMatchObject({ status: 3 })
    expect(names.map((name) => socket.of(`update/${name}`).length)).toEqual([1, 1, 1])
  })

  it('takes the jitter between channels away: frames keep their order, round after round', async () => {
    const at = createHonestStage({ accounts: 2, noDelay: true })
    const bot = at.client(0)
    const names = ['account_all_orders', 'account_all_trades', 'account_all_positions']
    const streams = bot.listen(
      names.map((name) => `${name}/${bot.index}`),
      bot.token(),
    )
    await at.clock.advance(1_000)
    const orders = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const before = streams.frames.length
      await at.run(bot.post(bot.sign(marketOrder(round % 2, 100), round)))
      await at.clock.advance(200)
      orders.add(
        streams.frames
          .slice(before)
          .map(({ type }) => String(type))
          .join(),
      )
    }
    expect(orders.size).toBe(1)
    at.close()
  })

  it('leaves the limits as they are', async () => {
    const f = createFixture({ noDelay: true })
    let last = 0
    for (let at = 0; at < 61; at += 1) last = (await f.get('/')).status
    expect(last).toBe(429)
  })
})
