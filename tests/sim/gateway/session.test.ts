import { describe, expect, it } from 'vitest'
import { createFixture, marketOrder, restingOrder } from './stage-fixture.ts'

describe('a session', () => {
  it('is greeted with a session id', () => {
    const socket = createFixture().open()
    expect(socket.texts[0]).toMatch(/^\{"session_id":"[0-9a-f-]{36}","type":"connected"\}$/)
  })

  it('answers ping with pong and ignores an unsolicited pong', () => {
    const socket = createFixture().open()
    socket.say({ type: 'pong' })
    socket.say({ type: 'ping' })
    expect(socket.texts.slice(1)).toEqual(['{"type":"pong"}'])
  })

  it('is closed after two silent minutes', async () => {
    const f = createFixture()
    const socket = f.open()
    await f.clock.advance(120_000)
    expect(socket.closed).toBeUndefined()
    await f.clock.advance(1_000)
    expect(socket.closed).toMatchObject({ code: 1000 })
    expect(socket.closed?.reason).toMatch(/^read tcp .*: i\/o timeout$/)
  })

  it.each([
    [
      'a JSON ping',
      (socket: ReturnType<ReturnType<typeof createFixture>['open']>) =>
        socket.say({ type: 'ping' }),
    ],
    [
      'a socket-level ping',
      (socket: ReturnType<ReturnType<typeof createFixture>['open']>) => void socket.session.ping(),
    ],
  ])('is kept alive by %s', async (_name, ping) => {
    const f = createFixture()
    const socket = f.open()
    for (let at = 0; at < 5; at += 1) {
      await f.clock.advance(100_000)
      ping(socket)
    }
    expect(socket.closed).toBeUndefined()
  })

  it('leaves no timer behind when it is closed', async () => {
    const f = createFixture()
    const before = f.clock.pendingCount()
    const socket = f.open()
    socket.say({
      type: 'subscribe',
      channel: `account_tx/${f.account.accountIndex}`,
      auth: f.token(),
    })
    socket.session.closed()
    expect(f.clock.pendingCount()).toBe(before)
    socket.say({ type: 'ping' })
    expect(socket.of('pong')).toHaveLength(0)
  })
})

describe('a venue that has closed', () => {
  it('leaves no timer of streams or transactions behind and executes nothing any more', async () => {
    const f = createFixture({ noLimits: true })
    const socket = f.open()
    const { accountIndex } = f.account
    const channels = ['order_book/1', 'candle/1/1m', 'ticker/1', 'market_stats/all', 'height']
    for (const channel of [...channels, `user_stats/${accountIndex}`]) {
      socket.say({ type: 'subscribe', channel })
    }
    await f.send(restingOrder(7, f.clock.now() + 3_600_000))
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(10)
    socket.session.closed()
    expect(f.clock.pendingCount()).toBeGreaterThan(0)
    f.stage.close()
    expect(f.clock.pendingCount()).toBe(0)
    expect(f.stage.core.activeOrders(accountIndex)).toEqual([])
  })
})

describe('messages that cannot be served', () => {
  const errorOf = (message: unknown) => {
    const socket = createFixture().open()
    socket.say(message)
    return socket.frames.at(-1)
  }

  it.each([
    ['broken JSON', '{"type":', 30000, 'Invalid Json'],
    ['JSON that is no object', '[]', 30000, 'Invalid Json'],
    ['an unknown type', { type: 'hello' }, 30001, 'Invalid Type'],
    ['an unknown channel', { type: 'subscribe', channel: 'nothing/1' }, 30005, 'Invalid Channel'],
    [
      'a channel with too few ids',
      { type: 'subscribe', channel: 'order_book' },
      30005,
      'Invalid Channel',
    ],
    ['no channel', { type: 'subscribe' }, 30005, 'Invalid Channel'],
    [
      'an unknown market',
      { type: 'subscribe', channel: 'trade/77' },
      30005,
      'Invalid Channel:  (marketId)',
    ],
    [
      'a subscription that is not there',
      { type: 'unsubscribe', channel: 'trade/1' },
      30002,
      'Not Subscribed to : trade:1',
    ],
    ['a transaction without data', { type: 'jsonapi/sendtx' }, 30007, 'Invalid Data'],
  ])('%s', (_name, message, code, text) => {
    expect(errorOf(message)).toEqual({ error: { code, message: text } })
  })

  it('a second subscription to the same channel', () => {
    const socket = createFixture().open()
    socket.say({ type: 'subscribe', channel: 'height' })
    socket.say({ type: 'subscribe', channel: 'height' })
    expect(socket.frames.at(-1)).toEqual({
      error: { code: 30003, message: 'Already Subscribed to : height' },
    })
  })

  it('a private channel without a token, with a foreign one, with an expired one', async () => {
    const f = createFixture()
    const index = f.account.accountIndex
    const socket = f.open()
    const ask = (channel: string, auth?: string) => {
      socket.say({ type: 'subscribe', channel, auth })
      return socket.frames.at(-1)
    }
    expect(ask(`account_market/1/${index}`)).toEqual({
      error: {
        code: 20001,
        message: `invalid param : auth field is required: account_market:1:${index}`,
      },
    })
    expect(ask(`account_tx/${index}`, f.token(2))).toMatchObject({ error: { code: 20013 } })
    const old = f.token(0, 30)
    await f.clock.advance(30_000)
    expect(ask(`account_tx/${index}`, old)).toEqual({
      error: { code: 20013, message: `invalid auth: invalid deadline: account_tx:${index}` },
    })
  })
})

describe('subscriptions', () => {
  it('answer with a snapshot, stop after unsubscribe, and can start again', async () => {
    const f = createFixture()
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: 'market_stats/1' })
    expect(socket.of('subscribed/market_stats')).toHaveLength(1)
    socket.say({ type: 'unsubscribe', channel: 'market_stats/1' })
    expect(socket.frames.at(-1)).toEqual({ type: 'unsubscribed', channel: 'market_stats:1' })
    f.stage.core.setMark(1, { markTicks: 1_001_000n, indexTicks: 1_001_000n }, f.clock.now())
    await f.clock.advance(10)
    expect(socket.of('update/market_stats')).toHaveLength(0)
    socket.say({ type: 'subscribe', channel: 'market_stats/1' })
    expect(socket.of('subscribed/market_stats')).toHaveLength(2)
  })

  it('end with their token, with an error frame, and other channels go on', async () => {
    const f = createFixture()
    const index = f.account.accountIndex
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: `account_tx/${index}`, auth: f.token(0, 60) })
    socket.say({ type: 'subscribe', channel: `user_stats/${index}` })
    await f.clock.advance(60_000)
    expect(socket.frames.at(-1)).toEqual({
      error: { code: 20013, message: `invalid auth: invalid deadline: account_tx:${index}` },
    })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(500)
    expect(socket.of('update/account_tx')).toHaveLength(0)
    expect(socket.of('update/user_stats').length).toBeGreaterThan(0)
  })

  it('outlive their token when the simulator is told so', async () => {
    const f = createFixture({ subscriptionsOutliveTokens: true })
    const socket = f.open()
    const channel = `account_tx/${f.account.accountIndex}`
    socket.say({ type: 'subscribe', channel, auth: f.token(0, 60) })
    await f.clock.advance(61_000)
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(500)
    expect(socket.of('update/account_tx')).toHaveLength(1)
  })

  it('end when their read-only token is revoked, though tokens may be outlived', async () => {
    for (const subscriptionsOutliveTokens of [false, true]) {
      const f = createFixture({ noLimits: true, subscriptionsOutliveTokens })
      const own = { account_index: String(f.account.accountIndex) }
      const wish = { ...own, name: 'watcher', sub_account_access: 'true' }
      const expiry = String(Math.floor(f.clock.now() / 1_000) + 40 * 86_400)
      const post = (path: string, form: Record<string, string>) =>
        f.post(`/api/v1/tokens/${path}`, form, { token: f.token() })
      const { json } = await post('create', { ...wish, expiry })
      const auth = String(json['api_token'])
      const socket = f.open()
      const channel = `account_all_orders/${own.account_index}`
      socket.say({ type: 'subscribe', channel, auth })
      socket.say({ type: 'subscribe', channel: 'height', auth })
      const before = socket.frames.length
      await post('revoke', { ...own, token_id: String(json['token_id']) })
      const label = channel.replace('/', ':')
      const message = `invalid auth: token has been revoked: ${label}`
      expect(socket.frames.slice(before)).toEqual([{ error: { code: 20013, message } }])
      await f.send(restingOrder(7, f.clock.now() + 3_600_000))
      await f.clock.advance(3_000)
      expect(socket.of('update/account_all_orders')).toEqual([])
      // What belongs to nobody goes on.
      expect(socket.of('update/height').length).toBeGreaterThan(0)
      socket.say({ type: 'subscribe', channel, auth })
      expect(socket.frames.at(-1)).toEqual({ error: { code: 20013, message } })
      f.stage.close()
    }
  })

  it('to account_all survive a second subscribe with a token that does not hold', async () => {
    const f = createFixture()
    const socket = f.open()
    const channel = `account_all/${f.account.accountIndex}`
    socket.say({ type: 'subscribe', channel })
    socket.say({ type: 'subscribe', channel, auth: 'nonsense' })
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 20013 } })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(500)
    expect(socket.of('update/account_all').length).toBeGreaterThan(0)
  })

  it('to account_all send a new snapshot each time', () => {
    const f = createFixture()
    const socket = f.open()
    const channel = `account_all/${f.account.accountIndex}`
    socket.say({ type: 'subscribe', channel })
    socket.say({ type: 'subscribe', channel })
    expect(socket.of('subscribed/account_all')).toHaveLength(2)
  })
})

describe('transactions over the socket', () => {
  const message = (signed: { txType: number; txInfo: string }, id = '"my-1"') =>
    `{"type":"jsonapi/sendtx","data":{"id":${id},"tx_type":${signed.txType},"tx_info":${signed.txInfo}}}`

  it('are accepted with id, hash and time', async () => {
    const f = createFixture()
    const socket = f.open()
    const signed = f.sign(marketOrder(0, 1_000))
    socket.say(message(signed))
    await f.clock.advance(0)
    expect(socket.texts.at(-1)).toBe(
      `{"code":200,"id":"my-1","predicted_execution_time_ms":${f.clock.now() + 300},` +
        `"tx_hash":"${signed.txHash}","type":"jsonapi/sendtx"}`,
    )
  })

  it('are refused with the code and the id', async () => {
    const f = createFixture()
    const socket = f.open()
    socket.say(message(f.sign(marketOrder(0, 1_000, { nonce: 9 })), '"probe-1"'))
    await f.clock.advance(0)
    expect(socket.texts.at(-1)).toBe(
      '{"error":{"code":21104,"message":"invalid nonce"},"id":"probe-1"}',
    )
  })

  it('keep integers beyond 2^53 exact', async () => {
    const f = createFixture()
    const socket = f.open()
    const index = 2n ** 59n + 1n
    socket.say(message(f.sign({ kind: 'cancelOrder', marketIndex: 1, index })))
    await f.clock.advance(0)
    // The signature holds (else 21120): what is refused is the order, which does not exist.
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 21600 } })
  })

  it('come in batches of at most 15', async () => {
    const f = createFixture()
    const socket = f.open()
    const send = (count: number) => {
      const items = Array.from({ length: count }, (_, at) =>
        f.sign(marketOrder(0, 10, { nonce: at })),
      )
      const data = {
        tx_types: JSON.stringify(items.map(({ txType }) => txType)),
        tx_infos: JSON.stringify(items.map(({ txInfo }) => txInfo)),
      }
      socket.say({ type: 'jsonapi/sendtxbatch', data })
      return items.map(({ txHash }) => txHash)
    }
    send(16)
    await f.clock.advance(0)
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 21514 } })
    const hashes = send(15)
    await f.clock.advance(0)
    expect(socket.frames.at(-1)).toMatchObject({ code: 200, tx_hash: hashes })
  })

  it('are not taken on a read-only connection', async () => {
    const f = createFixture()
    const socket = f.open({ query: { readonly: 'true' } })
    socket.say(message(f.sign(marketOrder(0, 1_000))))
    await f.clock.advance(0)
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 30006 } })
  })

  it('name only accounts that exist to whoever looks at the socket', () => {
    const f = createFixture({ noLimits: true })
    const socket = f.open()
    for (const index of [987_654, f.account.accountIndex]) {
      const info = `{"AccountIndex":${index}}`
      socket.say(`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":${info}}}`)
    }
    const [listed] = f.stage.gateway.sessions.list()
    expect([...(listed?.session.accounts ?? [])]).toEqual([f.account.accountIndex])
  })

  it('need an object, not its text', async () => {
    const f = createFixture()
    const socket = f.open()
    const { txType, txInfo } = f.sign(marketOrder(0, 1_000))
    socket.say({ type: 'jsonapi/sendtx', data: { tx_type: txType, tx_info: txInfo } })
    await f.clock.advance(0)
    expect(socket.frames.at(-1)).toEqual({ error: { code: 30007, message: 'Invalid Data' } })
  })

  it('count on the owner alone once the socket has shown a token of the owner', async () => {
    const f = createFixture()
    const { units } = f.stage.gateway
    for (let at = 0; at < 60; at += 1) await f.get('/')
    expect((await f.get('/')).status).toBe(429)
    // A refused request throttles the sockets of its address for a second.
    await f.clock.advance(1_001)
    const socket = f.open()
    socket.say(message(f.sign(marketOrder(0, 10))))
    await f.clock.advance(1_001)
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 23000 } })
    socket.say({
      type: 'subscribe',
      channel: `account_tx/${f.account.accountIndex}`,
      auth: f.token(),
    })
    socket.say(message(f.sign(marketOrder(0, 10, { nonce: 0 }))))
    await f.clock.advance(0)
    expect(socket.frames.at(-1)).toMatchObject({ code: 200 })
    expect(units.byAccount(f.account.accountIndex)).toEqual({ units: 1, refused: 1 })
  })
})
