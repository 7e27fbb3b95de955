import { describe, expect, it } from 'vitest'
import type { GatewayLoss, GatewayResponse } from '../../../src/sim/gateway/rest-service.ts'
import { BTC, createFixture, type Fixture, marketOrder } from './stage-fixture.ts'

function positionOf(f: Fixture, at = 0): bigint {
  const account = f.stage.accounts[at]
  return f.stage.core.account(account?.accountIndex ?? -1)?.positions.get(BTC)?.sizeTicks ?? 0n
}

function raw(f: Fixture, path: string, form?: Record<string, string>) {
  const work = f.stage.gateway.request({
    remoteAddress: '127.0.0.1',
    method: form === undefined ? 'GET' : 'POST',
    path,
    query: {},
    headers: {},
    body: new URLSearchParams(form).toString(),
  })
  return f.clock.runUntil<GatewayResponse | GatewayLoss>(work)
}

function sendRaw(f: Fixture, at = 0) {
  const { txInfo } = f.sign(marketOrder(0, 1_000), at)
  return raw(f, '/api/v1/sendTx', { tx_type: '14', tx_info: txInfo })
}

describe('losses', () => {
  it.each([
    ['lost-request', { lost: 'request', how: 'silence' }, 0n],
    ['cut-request', { lost: 'request', how: 'cut' }, 0n],
    ['unreachable', { lost: 'request', how: 'unreachable' }, 0n],
    ['lost-answer', { lost: 'answer', how: 'silence' }, 1_000n],
    ['cut-answer', { lost: 'answer', how: 'cut' }, 1_000n],
  ])('%s: the order is executed only when the request arrived', async (kind, loss, size) => {
    const f = createFixture({ faultTexts: [`${kind}@endpoint=sendTx`] })
    expect(await sendRaw(f)).toEqual(loss)
    await f.clock.advance(1_000)
    expect(positionOf(f)).toBe(size)
  })

  it('strike by their ratio', async () => {
    const f = createFixture({ faultTexts: ['lost-answer:0.3'], noLimits: true })
    let lost = 0
    for (let at = 0; at < 400; at += 1) if ('lost' in (await raw(f, '/'))) lost += 1
    expect(lost).toBeGreaterThan(80)
    expect(lost).toBeLessThan(160)
    expect(f.stage.gateway.faults.strikes().get('lost-answer')).toBe(lost)
  })

  it('repeat with the seed', async () => {
    const run = async (seed: number) => {
      const f = createFixture({ faultTexts: ['lost-answer:0.5'], seed })
      const seen: boolean[] = []
      for (let at = 0; at < 40; at += 1) seen.push('lost' in (await raw(f, '/')))
      return seen.join()
    }
    expect(await run(3)).toBe(await run(3))
    expect(await run(3)).not.toBe(await run(4))
  })
})

describe('answers of other hands', () => {
  it.each([
    ['429', 429, '{"code":23000,"message":"Too Many Requests!"}', false],
    ['405', 405, '<!DOCTYPE html>', false],
    ['403', 403, '<!DOCTYPE html>', false],
    ['500', 500, '{"code":29500', true],
    ['502', 502, '<!DOCTYPE html>', true],
    ['503', 503, '<!DOCTYPE html>', true],
    ['html', 200, '<!DOCTYPE html>', true],
    ['garbage', 200, '{"code":200,"tx_ha', true],
  ])('http:%s keeps the transaction out, http-after lets it in', async (kind, status, body) => {
    for (const [fault, size] of [
      ['http', 0n],
      ['http-after', 1_000n],
    ] as const) {
      const f = createFixture({ faultTexts: [`${fault}:${kind}@times=1`] })
      const answer = (await sendRaw(f)) as GatewayResponse
      expect(answer.status).toBe(status)
      expect(answer.body.startsWith(body)).toBe(true)
      await f.clock.advance(1_000)
      expect(positionOf(f)).toBe(size)
    }
  })

  it('restricted: 20558 on sends and on the upgrade, while reads go on', async () => {
    const f = createFixture({ faultTexts: ['restricted'] })
    const sent = await f.send(marketOrder(0, 1_000))
    expect(sent).toMatchObject({ status: 400, json: { code: 20558 } })
    expect((await f.get('/')).status).toBe(200)
    const upgrade = f.stage.gateway.openSession({
      remoteAddress: '127.0.0.1',
      query: {},
      send: () => undefined,
      close: () => undefined,
      terminate: () => undefined,
    })
    expect(upgrade).toMatchObject({ status: 400, body: expect.stringContaining('20558') as string })
    expect(() => f.open({ query: { readonly: 'true' } })).not.toThrow()
  })

  it('maintenance: 503 for everything within its time, sockets closed', async () => {
    const f = createFixture({ faultTexts: ['maintenance@from=10s,for=10s'] })
    const socket = f.open()
    expect((await f.get('/')).status).toBe(200)
    await f.clock.advance(10_000)
    expect((await f.get('/')).status).toBe(503)
    socket.say({ type: 'ping' })
    expect(socket.closed).toMatchObject({ code: 1012 })
    await f.clock.advance(10_000)
    expect((await f.get('/')).status).toBe(200)
  })
})

describe('delays', () => {
  it('delay: the request arrives late, and its transaction may be too late', async () => {
    const f = createFixture({ faultTexts: ['delay:2s'] })
    const startMs = f.clock.now()
    expect((await f.send(marketOrder(0, 1_000))).status).toBe(200)
    expect(f.clock.now()).toBe(startMs + 2_000)
    const late = await f.send(marketOrder(0, 1_000, { expiredAt: f.clock.now() + 1_000 }))
    expect(late.json['code']).toBe(21501)
  })

  it('delay-answer: the transaction is executed meanwhile', async () => {
    const f = createFixture({ faultTexts: ['delay-answer:2s'] })
    const startMs = f.clock.now()
    await f.send(marketOrder(0, 1_000))
    expect(f.clock.now()).toBe(startMs + 2_000)
    expect(positionOf(f)).toBe(1_000n)
  })

  it('delay-frames: one channel comes late', async () => {
    const f = createFixture({ faultTexts: ['delay-frames:500@channel=account_all_positions'] })
    const index = f.account.accountIndex
    const socket = f.open()
    for (const name of ['account_all_positions', 'user_stats']) {
      socket.say({ type: 'subscribe', channel: `${name}/${index}` })
    }
    await f.clock.advance(1_000)
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(300)
    expect(socket.of('update/user_stats').length).toBeGreaterThan(0)
    expect(socket.of('update/account_all_positions')).toHaveLength(0)
    await f.clock.advance(500)
    expect(socket.of('update/account_all_positions')).toHaveLength(1)
  })

  it('clock-skew: the venue’s clock is ahead of ours, in every answer', async () => {
    const f = createFixture({ faultTexts: ['clock-skew:30s'] })
    const root = await f.get('/')
    expect(root.json['timestamp']).toBe(Math.floor(f.clock.now() / 1_000) + 30)
    const expired = await f.send(marketOrder(0, 1_000, { expiredAt: f.clock.now() + 15_000 }))
    expect(expired.json['code']).toBe(21501)
  })
})

describe('refusals', () => {
  it('reject: one account is refused with the chosen code and keeps its nonce', async () => {
    const probe = createFixture()
    const index = probe.stage.accounts[1]?.accountIndex
    const f = createFixture({ faultTexts: [`reject:21739@account=${index},times=1`] })
    expect((await f.send(marketOrder(0, 1_000), 0)).status).toBe(200)
    expect((await f.send(marketOrder(0, 1_000), 1)).json).toEqual({
      code: 21739,
      message: 'not enough margin to create the order',
    })
    expect((await f.send(marketOrder(0, 1_000, { nonce: 0 }), 1)).status).toBe(200)
  })

  it('sequencer-refusal: accepted, nonce used, order cancelled, told everywhere', async () => {
    const f = createFixture({ faultTexts: ['sequencer-refusal:21739@times=1'] })
    const index = f.account.accountIndex
    const socket = f.open()
    const auth = f.token()
    for (const name of ['account_all_orders', 'account_tx']) {
      socket.say({ type: 'subscribe', channel: `${name}/${index}`, auth })
    }
    const answer = await f.send(marketOrder(0, 1_000, { clientOrderIndex: 42 }))
    expect(answer.status).toBe(200)
    await f.clock.advance(1_000)
    expect(positionOf(f)).toBe(0n)
    expect(socket.of('update/account_all_orders')[0]?.['orders']).toMatchObject({
      '1': [{ client_order_index: 42, status: 'canceled-margin-not-allowed' }],
    })
    expect(socket.of('update/account_tx')[0]?.['txs']).toMatchObject([
      { event_info: expect.stringContaining('21739') as string },
    ])
    const tx = await f.get('/api/v1/tx', { by: 'hash', value: String(answer.json['tx_hash']) })
    expect(tx.json).toMatchObject({ status: 3 })
    const orders = await f.get(
      '/api/v1/accountInactiveOrders',
      { account_index: String(index), limit: '10' },
      { token: auth },
    )
    expect(orders.json['orders']).toMatchObject([
      {
        client_order_index: 42,
        status: 'canceled-margin-not-allowed',
        filled_base_amount: '0.00000',
      },
    ])
    expect((await f.send(marketOrder(0, 1_000))).status).toBe(200)
    await f.clock.advance(1_000)
    expect(positionOf(f)).toBe(1_000n)
  })
})

describe('bad lines', () => {
  const stats = 'market_stats/1'
  const move = async (f: Fixture, to: bigint) => {
    f.stage.core.setMark(BTC, { markTicks: to, indexTicks: to }, f.clock.now())
    await f.clock.advance(10)
  }

  it('half-open: alive by the looks of it, and neither hears nor speaks', async () => {
    const f = createFixture({ faultTexts: ['half-open@from=10s'] })
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: stats })
    await f.clock.advance(10_000)
    const before = socket.frames.length
    await move(f, 1_000_100n)
    socket.say({ type: 'ping' })
    expect(socket.session.ping()).toBe(false)
    expect(socket.frames).toHaveLength(before)
    expect(socket.closed).toBeUndefined()
    expect(socket.isTerminated).toBe(false)
  })

  it('silent: streams stop, pings are still answered', async () => {
    const f = createFixture({ faultTexts: ['silent@from=10s,channel=market_stats'] })
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: stats })
    await f.clock.advance(10_000)
    await move(f, 1_000_100n)
    await move(f, 1_000_200n)
    expect(socket.of('update/market_stats')).toHaveLength(0)
    socket.say({ type: 'ping' })
    expect(socket.of('pong')).toHaveLength(1)
    expect(socket.session.ping()).toBe(true)
  })

  it('drop: the line breaks without a handshake', async () => {
    const f = createFixture({ faultTexts: ['drop@from=10s,times=1'] })
    const [first, second] = [f.open(), f.open()]
    await f.clock.advance(10_000)
    first?.say({ type: 'ping' })
    second?.say({ type: 'ping' })
    expect([first?.isTerminated, second?.isTerminated]).toEqual([true, false])
  })

  it('duplicate-frames: the same frame twice', async () => {
    const f = createFixture({ faultTexts: ['duplicate-frames'] })
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: stats })
    await move(f, 1_000_100n)
    expect(socket.of('subscribed/market_stats')).toHaveLength(2)
    const [one, two] = socket.of('update/market_stats')
    expect(one).toEqual(two)
  })

  it('befall sends over the socket like those over REST', async () => {
    const f = createFixture({
      faultTexts: [
        'lost-request@endpoint=jsonapi/sendtx,times=1',
        'lost-answer@endpoint=jsonapi/sendtx',
      ],
    })
    const socket = f.open()
    for (const size of [1_000, 500]) {
      const { txInfo } = f.sign(marketOrder(0, size, { nonce: 0 }))
      socket.say(`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":${txInfo}}}`)
      await f.clock.advance(1_000)
    }
    expect(socket.frames).toHaveLength(1)
    expect(positionOf(f)).toBe(500n)
  })
})

describe('faults of the market', () => {
  it('thin-book: a market order fills in part and the rest is cancelled', async () => {
    const f = createFixture({ faultTexts: ['thin-book:0.0001@from=5s,for=5s'] })
    await f.clock.advance(5_000)
    await f.send(marketOrder(0, 5_000, { type: 0, price: 1_002_000 }))
    await f.clock.advance(500)
    const [order] = f.stage.core.inactiveOrders(f.account.accountIndex)
    expect(order?.filledTicks).toBeGreaterThan(0n)
    expect(order?.remainingTicks).toBeGreaterThan(0n)
    await f.clock.advance(5_000)
    await f.send(marketOrder(0, 5_000, { type: 0, price: 1_002_000 }))
    await f.clock.advance(500)
    expect(f.stage.core.inactiveOrders(f.account.accountIndex)[0]?.status).toBe('filled')
  })

  it('drain: an account loses its collateral and is liquidated', async () => {
    const index = createFixture().account.accountIndex
    const f = createFixture({
      collateralUsd: '200',
      faultTexts: [`drain:195@account=${index},at=10s`],
    })
    await f.send(marketOrder(0, 1_500))
    await f.clock.advance(1_000)
    expect(positionOf(f)).toBe(1_500n)
    await f.clock.advance(10_000)
    expect(positionOf(f)).toBe(0n)
    expect(f.stage.core.notifications(index)).not.toHaveLength(0)
  })

  it('faults can be added and cleared while it runs', async () => {
    const f = createFixture()
    const { faults } = f.stage.gateway
    faults.add({
      effect: { kind: 'http', answer: '405' },
      scope: { ratio: 1, fromMs: 0, untilMs: 1e9, maxTimes: 1e9 },
    })
    expect((await f.get('/')).status).toBe(405)
    faults.clear()
    expect((await f.get('/')).status).toBe(200)
  })
})
