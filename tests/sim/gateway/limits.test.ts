import { describe, expect, it } from 'vitest'
import { sendBy, signWith, stageKey } from './owner-fixture.ts'
import { createFixture, type Fixture, marketOrder } from './stage-fixture.ts'

async function statuses(count: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const seen: number[] = []
  for (let at = 0; at < count; at += 1) seen.push((await ask()).status)
  return seen
}

const accepted = (list: readonly number[]) => list.filter((status) => status === 200).length

function read(f: Fixture, at = 0, ip = '127.0.0.1', token?: string) {
  const query = { by: 'index', value: String(f.stage.accounts[at]?.accountIndex) }
  return f.get('/api/v1/account', query, { ip, ...(token === undefined ? {} : { token }) })
}

describe('request limits of a standard account', () => {
  it('allow 60 requests a rolling minute from one address, then answer 429', async () => {
    const f = createFixture()
    const list = await statuses(61, () => read(f))
    expect(accepted(list)).toBe(60)
    const last = await read(f)
    expect(last.status).toBe(429)
    expect(last.body).toBe('{"code":23000,"message":"Too Many Requests!"}')
    expect((await read(f, 0, '127.0.0.2')).status).toBe(200)
  })

  it('roll: what is older than a minute is forgotten, one by one', async () => {
    const f = createFixture()
    await statuses(30, () => read(f))
    await f.clock.advance(40_000)
    await statuses(30, () => read(f))
    expect((await read(f)).status).toBe(429)
    await f.clock.advance(20_000)
    expect(accepted(await statuses(31, () => read(f)))).toBe(30)
  })

  it('count authenticated requests on the owner alone, shared by all accounts of the owner', async () => {
    const f = createFixture()
    const list = await statuses(60, () => read(f, 0, '127.0.0.1', f.token(0)))
    expect(accepted(list)).toBe(60)
    // The same owner's other account, even from another address.
    expect((await read(f, 1, '127.0.0.9', f.token(1))).status).toBe(429)
    // Another owner, and the address itself, still have all of theirs.
    expect((await read(f, 2, '127.0.0.1', f.token(2))).status).toBe(200)
    expect(accepted(await statuses(61, () => read(f)))).toBe(60)
  })

  it('count sends like reads, over REST and over the socket', async () => {
    const f = createFixture()
    const rest = await f.send(marketOrder(0, 10))
    expect(rest.status).toBe(200)
    const socket = f.open()
    for (let at = 0; at < 60; at += 1) {
      const { txType, txInfo } = f.sign(marketOrder(at % 2, 10))
      socket.say(
        `{"type":"jsonapi/sendtx","data":{"id":"${at}","tx_type":${txType},"tx_info":${txInfo}}}`,
      )
      await f.clock.advance(1)
    }
    const errors = socket.frames.filter((frame) => 'error' in frame)
    expect(socket.of('jsonapi/sendtx')).toHaveLength(59)
    expect(errors).toEqual([{ error: { code: 23000, message: 'Too Many Requests!' }, id: '59' }])
  })

  it('refuse a send without using its nonce', async () => {
    const f = createFixture()
    await statuses(60, () => read(f, 0, '127.0.0.1', f.token(0)))
    const limited = await f.send(marketOrder(0, 10))
    expect(limited.status).toBe(429)
    await f.clock.advance(61_000)
    expect((await f.send(marketOrder(0, 10, { nonce: 0 }))).status).toBe(200)
  })

  it('hold the weighted bucket too: recentTrades 40 times at most', async () => {
    const f = createFixture()
    const ask = () => f.get('/api/v1/recentTrades', { market_id: '1', limit: '1' })
    expect(accepted(await statuses(50, ask))).toBe(40)
  })

  it('can be switched off, and still count units', async () => {
    const f = createFixture({ noLimits: true })
    expect(accepted(await statuses(100, () => read(f)))).toBe(100)
    expect(f.stage.gateway.units.byIp('127.0.0.1')).toEqual({ units: 100, refused: 0 })
  })
})

describe('request limits of a premium account', () => {
  it('weigh reads and count sends apart', async () => {
    const f = createFixture({ tier: 'premium' })
    const list = await statuses(81, () => read(f, 0, '127.0.0.1', f.token(0)))
    expect(accepted(list)).toBe(80)
    expect((await f.send(marketOrder(0, 10))).status).toBe(200)
  })
})

describe('limits by transaction type', () => {
  it('have a code of their own for the third withdrawal of a minute', async () => {
    const f = createFixture({ tier: 'premium' })
    const withdraw = (nonce: number) => {
      const draft = { kind: 'withdraw', assetIndex: 3, routeType: 0, amount: 1_000_000n } as const
      return sendBy(f, 'urlencoded', signWith(f, stageKey(f), { ...draft, nonce }))
    }
    expect(await withdraw(0)).toMatchObject({ code: 200 })
    expect(await withdraw(1)).toMatchObject({ code: 200 })
    const text = { code: 23004, message: 'Too Many L2 Withdrawal Requests!' }
    expect(await withdraw(2)).toEqual(text)
    const signed = signWith(f, stageKey(f), {
      kind: 'withdraw',
      assetIndex: 3,
      routeType: 0,
      amount: 1_000_000n,
      nonce: 2,
    })
    expect(await sendBy(f, 'socket', signed)).toEqual({ error: text, id: 'a' })
    const form = { tx_type: '13', tx_info: signed.txInfo }
    expect((await f.post('/api/v1/sendTx', form)).status).toBe(429)
    // Other kinds go on, and the minute passes.
    expect((await f.send(marketOrder(0, 10, { nonce: 2 }))).status).toBe(200)
    await f.clock.advance(61_000)
    expect(await withdraw(3)).toMatchObject({ code: 200 })
  })

  it('allow 40 leverage changes a minute', async () => {
    const f = createFixture({ tier: 'premium' })
    const change = () =>
      f.post('/api/v1/sendTx', {
        tx_type: '20',
        tx_info: f.sign({
          kind: 'updateLeverage',
          marketIndex: 1,
          initialMarginFraction: 1_000,
          marginMode: 0,
        }).txInfo,
        auth: f.token(),
      })
    const list = await statuses(41, change)
    expect(list.slice(0, 40).every((status) => status === 200)).toBe(true)
    expect(list[40]).toBe(429)
  })
})

describe('the unit counter', () => {
  it('does not grow with accounts that do not exist', async () => {
    const f = createFixture({ noLimits: true })
    await f.get('/api/v1/nextNonce', { account_index: '987654', api_key_index: '5' })
    expect(f.stage.gateway.units.byAccount(987_654)).toEqual({ units: 0, refused: 0 })
    expect(f.stage.gateway.units.total()).toEqual({ units: 1, refused: 0 })
  })

  it('says what each owner, account and address has used', async () => {
    const f = createFixture()
    await read(f, 0, '127.0.0.1', f.token(0))
    await read(f, 1, '127.0.0.2', f.token(1))
    await f.send(marketOrder(0, 10), 2)
    const { units } = f.stage.gateway
    const [first, second, third] = f.stage.accounts
    expect(units.byAccount(first?.accountIndex ?? -1).units).toBe(1)
    expect(units.byAccount(second?.accountIndex ?? -1).units).toBe(1)
    expect(units.byOwner(first?.l1Address ?? '').units).toBe(2)
    expect(units.byOwner(third?.l1Address ?? '').units).toBe(1)
    expect(units.byIp('127.0.0.2').units).toBe(1)
    expect(units.total()).toEqual({ units: 3, refused: 0 })
    units.reset()
    expect(units.total().units).toBe(0)
  })
})

describe('socket limits', () => {
  it('allow 200 messages a minute and 255 connections an address', async () => {
    const f = createFixture()
    const socket = f.open()
    for (let at = 0; at < 201; at += 1) socket.say({ type: 'ping' })
    expect(socket.of('pong')).toHaveLength(200)
    expect(socket.frames.at(-1)).toEqual({
      error: { code: 30009, message: 'Too Many Websocket Messages!' },
    })
    for (let at = 0; at < 254; at += 1) f.open()
    const refused = f.stage.gateway.openSession({
      remoteAddress: '127.0.0.1',
      query: {},
      send: () => undefined,
      close: () => undefined,
      terminate: () => undefined,
    })
    expect(refused).toMatchObject({ status: 429, body: expect.stringContaining('23003') as string })
    expect(() => f.open({ ip: '127.0.0.2' })).not.toThrow()
  })

  it('allow 50 unanswered messages an address', async () => {
    const f = createFixture({ channelJitterMs: 50 })
    const sockets = [f.open(), f.open()]
    for (const socket of sockets) {
      for (const channel of ['order_book/0', 'order_book/1', 'order_book/2', 'ticker/0']) {
        for (let at = 0; at < 7; at += 1) {
          socket.say({ type: 'subscribe', channel: channel })
          socket.say({ type: 'unsubscribe', channel: channel })
        }
      }
    }
    const codes = sockets
      .flatMap(({ frames }) => frames)
      .map((frame) => (frame['error'] as { code?: number } | undefined)?.code)
    expect(codes).toContain(30010)
    await f.clock.advance(200)
    sockets[0]?.say({ type: 'subscribe', channel: 'height' })
    await f.clock.advance(100)
    expect(sockets[0]?.of('subscribed/height')).toHaveLength(1)
  })
})
