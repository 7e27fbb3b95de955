import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTROL_OPERATIONS, createControlDesk } from '../../../src/sim/control/control-desk.ts'
import { createScene } from '../../../src/sim/market/scenarios.ts'
import type { StageOptions } from '../../../src/sim/stage/stage.ts'
import { toWireJson } from '../../../src/sim/gateway/wire-json.ts'
import { BTC, createFixture, marketOrder, type Json } from '../gateway/stage-fixture.ts'

type Options = Parameters<typeof createFixture>[0]

function setUp(options: Options = {}) {
  const f = createFixture(options)
  const desk = createControlDesk(f.stage)
  const state = () => JSON.parse(toWireJson(desk.state())) as State
  const run = (operation: string, input: unknown) =>
    JSON.parse(toWireJson(desk.run(operation, input))) as Json
  const market = () => state().markets[BTC] ?? {}
  const account = (at = 0) => state().accounts[at] ?? {}
  const follow = (channel: string, isPrivate = false) => {
    const socket = f.open()
    socket.say({ type: 'subscribe', channel, ...(isPrivate ? { auth: f.token() } : {}) })
    return socket
  }
  return { f, desk, state, run, market, account, follow, index: f.account.accountIndex }
}

interface State {
  readonly clock: Json
  readonly maintenance: boolean
  readonly markets: readonly Json[]
  readonly accounts: readonly Json[]
  readonly sockets: readonly Json[]
  readonly faults: readonly Json[]
}

const refusedAs = (code: string) => expect.objectContaining({ code }) as unknown

/** Half a BTC long, which at twenty times takes half of 5000 USDC. */
async function withPosition(options: Options = {}) {
  const set = setUp({ collateralUsd: '5000', ...options })
  await set.f.send(marketOrder(0, 50_000))
  await set.f.clock.advance(1_000)
  return set
}

describe('prices', () => {
  it('jump for mark, index and book together, are told, stay, and go back to the path', async () => {
    const { f, run, market, follow } = setUp()
    const socket = follow('market_stats/1')
    run('price', { market: 'BTC', move: '-5%' })
    await f.clock.advance(5_000)
    expect(market()).toMatchObject({
      mark_price: '95000.0',
      index_price: '95000.0',
      bent: ['mark', 'index', 'book'],
    })
    expect(Number(market()['best_ask'])).toBeCloseTo(95_000, -1)
    const last = socket.of('update/market_stats').at(-1)?.['market_stats']
    expect(last).toMatchObject({ mark_price: '95000.0', index_price: '95000.0' })
    run('price', { market: 1, release: true })
    expect(market()).toMatchObject({ mark_price: '100000.0', index_price: '100000.0', bent: [] })
    await f.clock.advance(5_000)
    expect(market()).toMatchObject({ mark_price: '100000.0' })
  })

  it.each([
    ['mark', { mark_price: '92000.0', index_price: '100000.0' }, 100_000],
    ['index', { mark_price: '100000.0', index_price: '92000.0' }, 100_000],
    ['book', { mark_price: '100000.0', index_price: '100000.0' }, 92_000],
  ])('part: only the %s moves', async (part, prices, bookPrice) => {
    const { f, run, market } = setUp()
    run('price', { market: 'btc', part, move: '-8%' })
    await f.clock.advance(3_000)
    expect(market()).toMatchObject({ ...prices, bent: [part] })
    expect(Number(market()['best_bid'])).toBeCloseTo(bookPrice, -1)
  })

  it('drift evenly within a time', async () => {
    const { f, run, market } = setUp()
    run('price', { market: 'BTC', set: '90000', over: '10s' })
    expect(market()).toMatchObject({ mark_price: '100000.0' })
    await f.clock.advance(5_000)
    expect(Number(market()['mark_price'])).toBeCloseTo(95_000, -2)
    await f.clock.advance(6_000)
    expect(market()).toMatchObject({ mark_price: '90000.0' })
  })

  it('keep to a living path when they are moved, and stand still when they are set', async () => {
    const { f, run, market } = setUp({ noiseBps: 50 })
    const pathTicks = () => Number(f.stage.core.markets.get(BTC)?.markTicks)
    await f.clock.advance(60_000)
    const before = pathTicks()
    run('price', { market: 'BTC', move: '+10%' })
    expect(pathTicks() / before).toBeCloseTo(1.1, 4)
    const moved = market()['mark_price']
    await f.clock.advance(60_000)
    expect(market()['mark_price']).not.toBe(moved)
    run('price', { market: 'BTC', set: 123_456.5 })
    await f.clock.advance(60_000)
    expect(market()).toMatchObject({ mark_price: '123456.5' })
    run('price', { market: 'BTC', move: '-50%' })
    await f.clock.advance(60_000)
    expect(market()).toMatchObject({ mark_price: '61728.2' })
  })

  it('bend a living market once, although its mark is made of its book', async () => {
    const sceneOf: StageOptions['sceneOf'] = (start) => createScene('calm', start)
    const plain = setUp({ sceneOf })
    const bent = setUp({ sceneOf })
    bent.run('price', { market: 'BTC', move: '-5%' })
    for (let round = 0; round < 3; round += 1) {
      await plain.f.clock.advance(10_000)
      await bent.f.clock.advance(10_000)
      for (const price of ['mark_price', 'index_price', 'best_bid']) {
        const share = Number(bent.market()[price]) / Number(plain.market()[price])
        expect(share).toBeCloseTo(0.95, 3)
      }
    }
    expect(bent.state().accounts.map((account) => account['account'])).toEqual([
      'account_1',
      'account_2',
      'account_3',
    ])
  })

  it('fire stops and liquidate as any other price does', async () => {
    const { f, run, account } = await withPosition()
    const stop = {
      ...marketOrder(1, 0, { clientOrderIndex: 9 }),
      type: 2,
      price: 940_000,
      reduceOnly: 1,
      triggerPrice: 970_000,
      orderExpiry: f.clock.now() + 86_400_000,
    }
    expect((await f.send(stop)).json).toMatchObject({ code: 200 })
    await f.clock.advance(1_000)
    expect(account()).toMatchObject({ orders: 1, positions: [{ size: '0.50000' }] })
    run('price', { market: 'BTC', set: '96900' })
    expect(account()).toMatchObject({ orders: 0, positions: [] })
  })

  it.each([
    [{ market: 'BTC' }],
    [{ market: 'BTC', move: '-5%', set: '1' }],
    [{ market: 'BTC', move: '-100%' }],
    [{ market: 'BTC', move: '0%' }],
    [{ market: 'BTC', move: -5 }],
    [{ market: 'BTC', set: '-1' }],
    [{ market: 'BTC', set: '95000.55' }],
    [{ market: 'BTC', set: 1e-7 }],
    [{ market: 'BTC', set: '95000', over: '2d' }],
    [{ market: 'BTC', release: false }],
    [{ market: 'BTC', release: true, over: '5s' }],
    [{ market: 'BTC', part: 'spot', move: '-5%' }],
    [{ market: 'BTC', move: '-5%', by: 5 }],
    [{ market: { toString: 'BTC' }, move: '-5%' }],
  ])('refuse %j and stay', (input) => {
    const { desk, state } = setUp()
    const before = state()
    expect(() => desk.run('price', input)).toThrow(refusedAs('control_input'))
    expect(state()).toEqual(before)
  })

  it('do not leave the range that orders can name', () => {
    const { desk, market } = setUp()
    const far = { market: 'BTC', move: '+10000%' }
    desk.run('price', far)
    desk.run('price', { market: 'BTC', move: '+4000%' })
    const before = market()
    expect(() => desk.run('price', far)).toThrow(refusedAs('control_price_range'))
    expect(market()).toEqual(before)
  })
})

describe('markets', () => {
  it('lose the quotes of the house and get them back', async () => {
    const { f, run, market } = setUp()
    expect(run('book', { market: 'BTC', quotes: 'empty' })).toMatchObject({
      quotes: 'empty',
      best_bid: null,
      best_ask: null,
    })
    await f.clock.advance(5_000)
    expect(market()).toMatchObject({ best_bid: null })
    run('book', { market: 'BTC', quotes: 'quoted' })
    expect(Number(market()['best_bid'])).toBeGreaterThan(99_000)
  })

  it('have thin books, and thick ones again', () => {
    const { f, run, market } = setUp()
    const depth = () => f.stage.core.book(BTC, 1).bids[0]?.totalTicks ?? 0n
    const before = depth()
    expect(run('depth', { share: '0.05' })).toEqual({ share: '0.0500' })
    expect(Number(depth()) / Number(before)).toBeCloseTo(0.05, 2)
    expect(market()).toMatchObject({ mark_price: '100000.0', quotes: 'quoted' })
    run('depth', { share: 1 })
    expect(depth()).toBe(before)
  })

  it('halt, and take orders again when they resume', async () => {
    const { f, run } = setUp()
    run('market', { market: 'BTC', status: 'inactive' })
    const details = await f.get('/api/v1/orderBookDetails', { market_id: '1' })
    expect(details.body).toContain('"status":"inactive"')
    const nonce = f.nonce()
    expect((await f.send(marketOrder(0, 1_000))).json).toMatchObject({ code: 21605 })
    run('market', { market: 'BTC', status: 'active' })
    const { json } = await f.send({ ...marketOrder(0, 1_000), nonce })
    expect(json).toMatchObject({ code: 200 })
  })

  it('may be told to only reduce', async () => {
    const { run, market } = setUp()
    run('market', { market: 'BTC', reduce_only: true })
    expect(market()).toMatchObject({ status: 'active', reduce_only: true })
  })
})

describe('accounts', () => {
  it('lose and get money, and are told', async () => {
    const { f, run, account, follow, index } = setUp()
    const socket = follow(`user_stats/${index}`)
    expect(run('drain', { account: 'account_1', usd: '250.5' })).toMatchObject({
      collateral: '749.500000',
    })
    await f.clock.advance(100)
    expect(socket.of('update/user_stats').at(-1)).toMatchObject({
      stats: { collateral: '749.500000' },
    })
    run('deposit', { account: index, usd: 1_000 })
    expect(account()).toMatchObject({ collateral: '1749.500000' })
  })

  it('are partially liquidated by the rules of the venue, which tells them', async () => {
    const { f, run, account, follow, index } = await withPosition()
    const positions = follow(`account_all_positions/${index}`)
    const notes = follow(`notification/${index}`, true)
    const answer = run('liquidate', { account: 'account_1' })
    await f.clock.advance(1_000)
    const told = answer['liquidations'] as readonly Json[]
    expect(told.length).toBeGreaterThan(0)
    for (const notice of told) {
      expect(notice).toMatchObject({ kind: 'liquidation', type: 'partial', market: 'BTC' })
    }
    const left = account()['positions'] as readonly Json[]
    expect(Number(left[0]?.['size'])).toBeGreaterThan(0)
    expect(Number(left[0]?.['size'])).toBeLessThan(0.5)
    expect(positions.of('update/account_all_positions').at(-1)).toMatchObject({
      positions: { '1': { position: left[0]?.['size'] } },
    })
    const notices = notes.of('update/notification').flatMap((frame) => frame['notifs'] as Json[])
    expect(notices).toHaveLength(told.length)
    expect(notices[0]).toMatchObject({ kind: 'liquidation', account_index: index })
  })

  it.each([
    ['full', 'liquidation'],
    ['bankrupt', 'deleverage'],
  ])('are wiped out when the wish is %s', async (depth, kind) => {
    const { f, run, account, follow, index } = await withPosition()
    // Somebody must stand on the other side and gain for a deleverage.
    await f.send(marketOrder(1, 50_000), 1)
    const positions = follow(`account_all_positions/${index}`)
    await f.clock.advance(1_000)
    const answer = run('liquidate', { account: index, depth })
    await f.clock.advance(1_000)
    expect(answer['liquidations']).toMatchObject([{ kind, market: 'BTC', size: '0.50000' }])
    expect(account()).toMatchObject({ positions: [] })
    expect(positions.of('update/account_all_positions').at(-1)).toMatchObject({
      positions: { '1': { position: '0.00000' } },
    })
  })

  it('without a position cannot be liquidated, and keep their money', () => {
    const { desk, account } = setUp()
    const before = account()
    expect(() => desk.run('liquidate', { account: 'account_1' })).toThrow(
      refusedAs('control_no_position'),
    )
    expect(account()).toEqual(before)
  })

  it('change tier and fees', async () => {
    const { f, run, account } = setUp()
    run('tier', { account: 'account_1', tier: 'premium' })
    expect(account()).toMatchObject({ tier: 'premium' })
    const limits = await f.get(
      '/api/v1/accountLimits',
      { account_index: String(f.account.accountIndex) },
      { token: f.token() },
    )
    expect(limits.json).toMatchObject({ user_tier: 'premium' })
    run('fees', { account: 'account_1', maker: '0', taker: '0.0005' })
    expect(account()).toMatchObject({ maker_fee: '0.000000', taker_fee: '0.000500' })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(1_000)
    const [trade] = f.stage.core.accountTrades(f.account.accountIndex, 1)
    expect(trade?.bid.feeE12).toBe(((trade?.quoteMicros ?? 0n) * 500n * 1_000_000n) / 1_000_000n)
  })

  it.each([
    ['drain', { account: 'nobody', usd: '1' }, 'control_not_found'],
    ['drain', { account: 0, usd: '1' }, 'control_not_found'],
    ['drain', { account: 2, usd: '1' }, 'control_not_found'],
    ['drain', { account: 281_474_976_710_654, usd: '1' }, 'control_not_found'],
    ['drain', { account: 'account_1', usd: '0' }, 'control_input'],
    ['drain', { account: 'account_1', usd: '-1' }, 'control_input'],
    ['deposit', { account: 'account_1', usd: '1.0000001' }, 'control_input'],
    ['deposit', { account: 'account_1' }, 'control_input'],
    ['tier', { account: 'account_1', tier: 'gold' }, 'control_input'],
    ['fees', { account: 'account_1', maker: '0.2', taker: '0' }, 'control_input'],
  ])('refuse %s %j with %s', (operation, input, code) => {
    const { desk, state } = setUp()
    const before = state()
    expect(() => desk.run(operation, input)).toThrow(refusedAs(code))
    expect(state()).toEqual(before)
  })
})

describe('maintenance', () => {
  it('answers 503, closes and refuses sockets, and heals', async () => {
    const { f, run, state } = setUp()
    const socket = f.open()
    expect(run('maintenance', { on: true })).toEqual({ maintenance: true, closed_sockets: 1 })
    run('maintenance', { on: true })
    expect(socket.closed).toMatchObject({ code: 1012 })
    expect(state()).toMatchObject({ maintenance: true, sockets: [] })
    const answer = await f.get('/api/v1/orderBooks')
    expect(answer).toMatchObject({ status: 503 })
    expect(answer.body).toContain('<html>')
    expect(
      f.stage.gateway.openSession({
        remoteAddress: '127.0.0.1',
        query: {},
        send: () => undefined,
        close: () => undefined,
        terminate: () => undefined,
      }),
    ).toMatchObject({ status: 503 })
    expect(run('maintenance', { on: false })).toEqual({ maintenance: false, ended_faults: 1 })
    expect((await f.get('/api/v1/orderBooks')).json).toMatchObject({ code: 200 })
    expect(f.open().of('connected')).toHaveLength(1)
  })
})

describe('sockets', () => {
  it('are listed with address, accounts and channels until they close', () => {
    const { f, state, index } = setUp()
    const socket = f.open({ ip: '127.0.0.9', query: { readonly: 'true' } })
    socket.say({ type: 'subscribe', channel: `user_stats/${index}` })
    f.open()
    expect(state().sockets).toMatchObject([
      {
        id: 1,
        session_id: socket.frames[0]?.['session_id'],
        ip: '127.0.0.9',
        readonly: true,
        state: 'good',
        opened_at_ms: f.clock.now(),
        accounts: ['account_1'],
        channels: [{ channel: `user_stats:${index}`, fed: true }],
      },
      { id: 2, ip: '127.0.0.1', readonly: false, accounts: [], channels: [] },
    ])
    socket.session.closed()
    expect(state().sockets).toMatchObject([{ id: 2 }])
  })

  it('close with the code, all of one address and no other', () => {
    const { f, run } = setUp()
    const [a, b] = [f.open({ ip: '127.0.0.9' }), f.open()]
    const order = { ip: '127.0.0.9', do: 'close', code: 4001, reason: 'go' }
    expect(run('sockets', order)).toEqual({ done: 'close', sockets: [1] })
    expect(a.closed).toEqual({ code: 4001, reason: 'go' })
    expect(b.closed).toBeUndefined()
    b.say({ type: 'ping' })
    expect(b.of('pong')).toHaveLength(1)
  })

  it('of an account drop without a word, also when it only sent transactions', async () => {
    const { f, run, index } = setUp()
    const socket = f.open()
    const { txInfo } = f.sign(marketOrder(0, 1_000))
    socket.say(`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":${txInfo}}}`)
    await f.clock.advance(1_000)
    const listening = f.open()
    listening.say({ type: 'subscribe', channel: `account_all/${index}` })
    const other = f.open()
    run('sockets', { account: 'account_1', do: 'drop' })
    expect([socket, listening, other].map(({ isTerminated }) => isTerminated)).toEqual([
      true,
      true,
      false,
    ])
  })

  it('play dead: half-open says nothing more, silent still answers', async () => {
    const { f, run, state } = setUp()
    const [dead, silent, good] = [f.open(), f.open(), f.open()]
    for (const socket of [dead, silent, good])
      socket.say({ type: 'subscribe', channel: 'ticker/1' })
    run('sockets', { socket: 1, do: 'half-open' })
    run('sockets', { socket: 2, do: 'silent' })
    expect(state().sockets.map((socket) => socket['state'])).toEqual([
      'half-open',
      'silent',
      'good',
    ])
    run('price', { market: 'BTC', move: '+1%' })
    await f.clock.advance(3_000)
    for (const socket of [dead, silent, good]) socket.say({ type: 'ping' })
    expect(dead.session.ping()).toBe(false)
    expect([dead, silent, good].map((socket) => socket.of('pong').length)).toEqual([0, 1, 1])
    const told = [dead, silent, good].map((socket) => socket.of('update/ticker').length)
    expect(told).toEqual([0, 0, told[2]])
    expect(told[2]).toBeGreaterThan(0)
    expect([dead.closed, dead.isTerminated]).toEqual([undefined, false])
  })

  it('are pinged, and may answer', async () => {
    const { f, run } = setUp()
    const socket = f.open()
    run('sockets', { all: true, do: 'ping' })
    socket.say({ type: 'pong' })
    expect(socket.texts.slice(1)).toEqual(['{"type":"ping"}'])
    await f.clock.advance(100_000)
    socket.session.heard()
    await f.clock.advance(100_000)
    expect(socket.closed).toBeUndefined()
  })

  it('that are gone hold no message that waits for its answer', async () => {
    const { f } = setUp({ channelJitterMs: 20 })
    for (let round = 0; round < 12; round += 1) {
      const socket = f.open()
      for (const name of ['ticker', 'trade', 'order_book', 'market_stats']) {
        for (const market of [0, 1]) {
          socket.say({ type: 'subscribe', channel: `${name}/${market}` })
        }
      }
      socket.session.closed()
    }
    await f.clock.advance(61_000)
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: 'height' })
    await f.clock.advance(100)
    expect(socket.frames.filter((frame) => 'error' in frame)).toEqual([])
    expect(socket.of('subscribed/height')).toHaveLength(1)
  })

  it.each([
    [{ do: 'drop' }, 'control_input'],
    [{ all: false, do: 'drop' }, 'control_input'],
    [{ all: true, socket: 1, do: 'drop' }, 'control_input'],
    [{ socket: '1', do: 'drop' }, 'control_input'],
    [{ socket: 7, do: 'drop' }, 'control_not_found'],
    [{ ip: '10.0.0.1', do: 'drop' }, 'control_not_found'],
    [{ account: 'account_2', do: 'drop' }, 'control_not_found'],
    [{ all: true, do: 'explode' }, 'control_input'],
    [{ all: true, do: 'close', code: 1006 }, 'control_input'],
    [{ all: true, do: 'close', code: 2000 }, 'control_input'],
    [{ all: true, do: 'close', code: 999 }, 'control_input'],
    [{ all: true, do: 'close', reason: 'é'.repeat(62) }, 'control_input'],
    [{ all: true, do: 'drop', code: 1001 }, 'control_input'],
  ])('refuse %j with %s', (input, code) => {
    const { f, desk, state } = setUp()
    const socket = f.open()
    const before = state()
    expect(() => desk.run('sockets', input)).toThrow(refusedAs(code))
    expect(state()).toEqual(before)
    expect([socket.closed, socket.isTerminated]).toEqual([undefined, false])
  })
})

describe('subscriptions', () => {
  const moveBook = async ({ f, run }: ReturnType<typeof setUp>) => {
    run('price', { market: 'BTC', part: 'book', move: '+0.01%' })
    await f.clock.advance(1_000)
  }

  it('fall silent while others go on, and the venue believes them alive', async () => {
    const set = setUp()
    const { f, run, state, follow } = set
    const [killed, other] = [follow('ticker/1'), follow('ticker/1')]
    killed.say({ type: 'subscribe', channel: 'order_book/1' })
    run('subscriptions', { channel: 'ticker/1', socket: 1, do: 'silence' })
    await moveBook(set)
    expect(killed.of('update/ticker')).toHaveLength(0)
    expect(killed.of('update/order_book').length).toBeGreaterThan(0)
    expect(other.of('update/ticker').length).toBeGreaterThan(0)
    expect(state().sockets[0]).toMatchObject({ channels: [{ fed: false }, { fed: true }] })
    killed.say({ type: 'subscribe', channel: 'ticker/1' })
    expect(killed.frames.at(-1)).toMatchObject({ error: { code: 30003 } })
    killed.say({ type: 'unsubscribe', channel: 'ticker/1' })
    killed.say({ type: 'subscribe', channel: 'ticker/1' })
    await f.clock.advance(100)
    expect(killed.of('subscribed/ticker')).toHaveLength(2)
    await moveBook(set)
    expect(killed.of('update/ticker').length).toBeGreaterThan(0)
  })

  it('are forgotten, so that a new one is welcome', async () => {
    const set = setUp()
    const socket = set.follow('ticker/1')
    set.run('subscriptions', { channel: 'ticker', do: 'forget' })
    await moveBook(set)
    expect(socket.of('update/ticker')).toHaveLength(0)
    socket.say({ type: 'subscribe', channel: 'ticker/1' })
    expect(socket.of('subscribed/ticker')).toHaveLength(2)
  })

  it('end with an error frame', async () => {
    const set = setUp()
    const socket = set.follow(`account_all_positions/${set.index}`)
    const channel = `account_all_positions:${set.index}`
    set.run('subscriptions', { channel, account: 'account_1', do: 'refuse', code: 29500 })
    expect(socket.frames.at(-1)).toEqual({
      error: { code: 29500, message: 'internal server error' },
    })
    expect(set.state().sockets).toMatchObject([{ channels: [] }])
  })

  it('lose a frame, which leaves a gap in the book', async () => {
    const set = setUp()
    const socket = set.follow('order_book/1')
    set.run('subscriptions', { channel: 'order_book/1', do: 'drop' })
    await moveBook(set)
    expect(socket.of('update/order_book')).toHaveLength(0)
    await moveBook(set)
    const [snapshot] = socket.of('subscribed/order_book')
    const [update] = socket.of('update/order_book')
    const nonceOf = (frame: Json | undefined, key: string) =>
      (frame?.['order_book'] as Json | undefined)?.[key]
    expect(nonceOf(update, 'begin_nonce')).toBeGreaterThan(Number(nonceOf(snapshot, 'nonce')))
  })

  it('get a frame twice, as often as wished', async () => {
    const set = setUp()
    const socket = set.follow('order_book/1')
    set.run('subscriptions', { channel: 'order_book/1', do: 'duplicate', times: 2 })
    for (let at = 0; at < 3; at += 1) await moveBook(set)
    const texts = socket.texts.filter((text) => text.includes('update/order_book'))
    expect(texts.length).toBe(new Set(texts).size + 2)
    expect(texts[0]).toBe(texts[1])
  })

  it.each([
    [{ channel: 'trade/1', do: 'silence' }, 'control_not_found'],
    [{ channel: 'ticker/1', socket: 9, do: 'silence' }, 'control_not_found'],
    [{ channel: 'ticker/1', do: 'silence', times: 2 }, 'control_input'],
    [{ channel: 'ticker/1', do: 'drop', times: 0 }, 'control_input'],
    [{ channel: 'ticker/1', do: 'drop', code: 30000 }, 'control_input'],
    [{ channel: 'ticker/1', do: 'refuse', code: 3 }, 'control_input'],
    [{ channel: '', do: 'silence' }, 'control_input'],
    [{ do: 'silence' }, 'control_input'],
  ])('refuse %j with %s', async (input, code) => {
    const set = setUp()
    const socket = set.follow('ticker/1')
    expect(() => set.desk.run('subscriptions', input)).toThrow(refusedAs(code))
    await moveBook(set)
    expect(socket.of('update/ticker').length).toBeGreaterThan(0)
  })
})

describe('single messages and faults', () => {
  it('lose the next answer of an account, once, while the transaction counts', async () => {
    const { f, run, account } = setUp()
    run('lose', { account: 'account_1', what: 'answer', endpoint: 'sendTx' })
    const send = () => {
      const { txType, txInfo } = f.sign(marketOrder(0, 1_000))
      const body = new URLSearchParams({ tx_type: String(txType), tx_info: txInfo }).toString()
      const request = { method: 'POST', path: '/api/v1/sendTx', query: {}, body }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return f.stage.gateway.request({ ...request, headers, remoteAddress: '127.0.0.1' })
    }
    expect(await send()).toEqual({ lost: 'answer', how: 'silence' })
    await f.clock.advance(1_000)
    expect(account()).toMatchObject({ positions: [{ size: '0.01000' }] })
    expect(await send()).toMatchObject({ status: 200 })
  })

  it('lose the next request, which never happened', async () => {
    const { f, run, account } = setUp()
    run('lose', { account: 'account_1', what: 'request', endpoint: 'jsonapi/sendtx' })
    const socket = f.open()
    const { txInfo } = f.sign(marketOrder(0, 1_000))
    socket.say(`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":${txInfo}}}`)
    await f.clock.advance(2_000)
    expect(socket.of('jsonapi/sendtx')).toHaveLength(0)
    expect(account()).toMatchObject({ positions: [] })
  })

  it('come and go by the grammar of --fault, counted from now', async () => {
    const { f, run, state } = setUp()
    await f.clock.advance(10_000)
    run('faults', { add: 'http:500@at=5s,for=5s' })
    expect(state().faults).toEqual([
      { id: 1, fault: 'http:500@from=15000,until=20000', times: 0, active: false },
    ])
    const status = async () => (await f.get('/info')).status
    expect(await status()).toBe(200)
    await f.clock.advance(6_000)
    expect(await status()).toBe(500)
    expect(state().faults).toMatchObject([{ times: 1, active: true }])
    expect(run('faults', { remove: 1 })).toEqual({ faults: [] })
    expect(await status()).toBe(200)
    run('faults', { add: 'http:500' })
    run('faults', { clear: true })
    expect(await status()).toBe(200)
  })

  it.each([
    [{ add: 'explode' }, 'fault_syntax'],
    [{ add: 'drain:90@account=3' }, 'control_fault_not_now'],
    [{ add: 'reject:21739@account=999' }, 'control_not_found'],
    [{ remove: 5 }, 'control_not_found'],
    [{ clear: false }, 'control_input'],
    [{}, 'control_input'],
    [{ add: 'drop', clear: true }, 'control_input'],
  ])('refuse %j with %s', (input, code) => {
    const { desk, state } = setUp({ faultTexts: ['reject:21739@account=3'] })
    const before = state()
    expect(() => desk.run('faults', input)).toThrow(refusedAs(code))
    expect(state()).toEqual(before)
  })
})

describe('the desk', () => {
  it('knows no operation that is merely a property of objects', () => {
    const { desk } = setUp()
    for (const name of ['', 'toString', '__proto__', 'constructor', 'state']) {
      expect(() => desk.run(name, {})).toThrow(refusedAs('control_not_found'))
    }
  })

  it('takes every example of its help', async () => {
    const { f, desk, run } = await withPosition({ accounts: 3 })
    const index = f.account.accountIndex
    const token = f.token()
    for (const [name, { examples }] of Object.entries(CONTROL_OPERATIONS)) {
      for (const example of examples) {
        // Each finds what it speaks of: three sockets of account 1 at least, and two faults.
        for (let at = 0; at < 3; at += 1) {
          const socket = f.open()
          socket.say({ type: 'subscribe', channel: 'order_book/1' })
          const channel = `account_all_positions/${index}`
          socket.say({ type: 'subscribe', channel, auth: token })
        }
        run('faults', { add: 'delay-frames:1' })
        run('faults', { add: 'delay-frames:1' })
        const input = JSON.parse(example) as Json
        const isNumbered = 'socket' in input || 'remove' in input
        if (name !== 'maintenance' && !isNumbered) desk.run(name, input)
      }
    }
  })

  it('changes nothing when it refuses, whatever it is asked', () => {
    const { f, desk } = setUp()
    f.open().say({ type: 'subscribe', channel: 'ticker/1' })
    const keys = [...new Set(Object.values(CONTROL_OPERATIONS).flatMap((entry) => entry.keys))]
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom<unknown>('BTC', 'account_1', 'ticker/1', '-5%', '10', true, 1, 'drop', ''),
    )
    const input = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 })
    const operation = fc.constantFrom(...Object.keys(CONTROL_OPERATIONS))
    let refused = 0
    fc.assert(
      fc.property(operation, fc.oneof(input, fc.jsonValue()), (name, body) => {
        const before = toWireJson(desk.state())
        try {
          desk.run(name, body)
        } catch (error) {
          refused += 1
          expect(error).toMatchObject({ name: 'HedgebotError' })
          expect((error as Json)['kind']).toMatch(/^(usage|refused)$/)
          expect(toWireJson(desk.state())).toBe(before)
        }
      }),
      { numRuns: 600 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

describe('announce', () => {
  it('tells everybody, for as long as is said', async () => {
    const { f, run, follow, index } = setUp({ noLimits: true })
    const socket = follow(`notification/${index}`, true)
    const said = run('announce', { title: 'Halt', content: 'SOL "stops".', over: '30m' })
    expect(said).toMatchObject({ announced: 'Halt' })
    expect(Number(said['expires_at_ms']) - Number(said['created_at_ms'])).toBe(1_800_000)
    await f.clock.advance(0)
    expect(socket.of('update/notification')).toMatchObject([
      { notifs: [{ kind: 'announcement', content: { title: 'Halt', content: 'SOL "stops".' } }] },
    ])
    const listed = async () => (await f.get('/api/v1/announcement')).json['announcements']
    expect(await listed()).toMatchObject([{ title: 'Halt' }])
    await f.clock.advance(1_800_000)
    expect(await listed()).toEqual([])
    run('announce', { title: 'Week', content: 'x' })
    await f.clock.advance(6 * 86_400_000)
    expect(await listed()).toMatchObject([{ title: 'Week' }])
  })

  it.each([
    {},
    { title: 'a' },
    { title: '', content: 'x' },
    { title: 'a', content: 'x'.repeat(201) },
    { title: 'a', content: 'x', over: 'soon' },
    { title: 'a', content: 'x', over: '2000m' },
  ])('refuses %j', async (input) => {
    const { f, run } = setUp()
    expect(() => run('announce', input)).toThrow(refusedAs('control_input'))
    expect((await f.get('/api/v1/announcement')).json['announcements']).toEqual([])
  })
})
