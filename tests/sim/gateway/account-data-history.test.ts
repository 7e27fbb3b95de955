import { afterEach, describe, expect, it } from 'vitest'
import { createFixture, type Fixture, type Json, marketOrder } from './stage-fixture.ts'

const DAY_S = 86_400
const HOUR_MS = 3_600_000

let f: Fixture
afterEach(() => f.stage.close())

const indexOf = (at = 0) => String(f.stage.accounts[at]?.accountIndex)
const own = (at = 0) => ({ account_index: indexOf(at) })
const rowsOf = (json: Json, key: string) => json[key] as Json[]
const nowSeconds = () => Math.floor(f.clock.now() / 1_000)

async function read(path: string, query: Record<string, string>, token = f.token()) {
  return (await f.get(`/api/v1/${path}`, query, { token })).json
}

async function createToken(more: Record<string, string> = {}, token = f.token()) {
  const form = {
    name: 'watcher',
    ...own(),
    expiry: String(nowSeconds() + 2 * DAY_S),
    sub_account_access: 'false',
    scopes: 'read.*',
    ...more,
  }
  return (await f.post('/api/v1/tokens/create', form, { token })).json
}

describe('read-only tokens', () => {
  it('read their account, alone or with sub-accounts, and change nothing', async () => {
    f = createFixture({ noLimits: true })
    const single = String((await createToken())['api_token'])
    const all = String((await createToken({ sub_account_access: 'true' }))['api_token'])
    expect(single).toMatch(new RegExp(`^ro:${indexOf()}:single:\\d{10}:[0-9a-f]{64}$`))
    expect(all).toMatch(new RegExp(`^ro:${indexOf()}:all:\\d{10}:[0-9a-f]{64}$`))
    const codes = async (token: string) => [
      (await read('accountActiveOrders', own(), token))['code'],
      (await read('accountActiveOrders', own(1), token))['code'],
      (await read('accountActiveOrders', own(2), token))['code'],
    ]
    // Accounts 0 and 1 belong to one owner, 2 to another.
    expect(await codes(single)).toEqual([200, 20013, 20013])
    expect(await codes(all)).toEqual([200, 200, 20013])
    for (const token of [single, all]) {
      expect(await createToken({}, token)).toMatchObject({ code: 20013 })
      expect(await read('tokens', own(), token)).toMatchObject({ code: 20013 })
    }
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: `account_all_orders/${indexOf()}`, auth: single })
    expect(socket.of('subscribed/account_all_orders')).toHaveLength(1)
  })

  it('end when revoked and when they expire', async () => {
    f = createFixture({ noLimits: true, tickIntervalMs: 60_000 })
    const first = await createToken()
    const second = await createToken()
    const form = { token_id: String(first['token_id']), ...own() }
    const revoke = async () =>
      (await f.post('/api/v1/tokens/revoke', form, { token: f.token() })).json
    expect(await revoke()).toEqual({ code: 200, token_id: 1, revoked: true })
    expect(await revoke()).toMatchObject({ code: 61006 })
    expect(await read('accountLimits', own(), String(first['api_token']))).toMatchObject({
      code: 20013,
    })
    const listed = rowsOf(await read('tokens', own()), 'api_tokens')
    expect(listed.map((row) => row['revoked'])).toEqual([true, false])
    await f.clock.advance(2 * DAY_S * 1_000)
    expect(await read('accountLimits', own(), String(second['api_token']))).toMatchObject({
      code: 20013,
    })
  })

  it('tell whoever watches them that they are revoked', async () => {
    f = createFixture({ noLimits: true })
    const { createReadOnlyTokens } = await import('../../../src/sim/gateway/read-only-tokens.ts')
    const { createSeededRng } = await import('../../../src/sim/market/seeded-rng.ts')
    const tokens = createReadOnlyTokens(f.clock, createSeededRng(1))
    const wish = { name: 'a', accountIndex: 3, hasSubAccountAccess: false, scopes: 'read.*' }
    const token = tokens.create({ ...wish, expiryUnixSeconds: nowSeconds() + 2 * DAY_S })
    const heard: string[] = []
    tokens.watch(token.text, () => heard.push('a'))
    tokens.watch(token.text, () => heard.push('b'))()
    tokens.revoke(3, token.tokenId)
    expect(heard).toEqual(['a'])
  })

  it.each([
    [61001, { expiry: '0' }],
    [61002, { expiry: '99999999999' }],
    [61004, { scopes: 'write.*' }],
    [61007, { name: '' }],
    [61008, { name: 'x'.repeat(51) }],
    [61009, { name: 'a/b' }],
    [20001, { sub_account_access: 'maybe' }],
  ])('are refused with %i', async (code, more) => {
    f = createFixture({ noLimits: true })
    expect(await createToken(more)).toMatchObject({ code })
  })

  it('are ten at most, and nobody else can revoke them', async () => {
    f = createFixture({ noLimits: true })
    for (let count = 0; count < 10; count += 1) {
      expect(await createToken()).toMatchObject({ code: 200 })
    }
    expect(await createToken()).toMatchObject({ code: 61003 })
    const form = { token_id: '1', ...own(2) }
    const answer = await f.post('/api/v1/tokens/revoke', form, { token: f.token(2) })
    expect(answer.json).toMatchObject({ code: 61005 })
  })
})

describe('money', () => {
  it('is listed as deposit, transfer with its fee, and withdrawal that waits to be claimed', async () => {
    f = createFixture({ noLimits: true })
    const { core } = f.stage
    const [me, mine] = f.stage.accounts
    core.deposit(Number(indexOf()), 5_000_000n, Math.trunc(f.clock.now()))
    const transfer = { assetIndex: 3, fromRouteType: 0, toRouteType: 0, memo: '0'.repeat(64) }
    const base = { accountIndex: Number(indexOf()), apiKeyIndex: 5, nonce: 0n, expiredAt: 0 }
    const at = () => ({ hash: 'ab'.repeat(40), nowMs: Math.trunc(f.clock.now()) })
    core.execute(
      {
        ...base,
        ...transfer,
        kind: 'transfer',
        toAccountIndex: Number(indexOf(1)),
        amount: 7_000_000n,
        usdcFee: 0n,
      },
      at(),
    )
    core.execute(
      { ...base, kind: 'withdraw', assetIndex: 3, routeType: 0, amount: 2_000_000n },
      at(),
    )
    const deposits = await read('deposit/history', { ...own(), l1_address: me?.l1Address ?? '' })
    expect(rowsOf(deposits, 'deposits').map((row) => row['amount'])).toEqual([
      '5.000000',
      '1000.000000',
    ])
    const out = rowsOf(await read('transfer/history', own()), 'transfers')
    expect(out).toMatchObject([{ type: 'L2TransferOutflow', amount: '7.000000', fee: '0.000000' }])
    const inflow = rowsOf(await read('transfer/history', own(1)), 'transfers')
    expect(inflow).toMatchObject([
      { type: 'L2TransferInflow', to_l1_address: mine?.l1Address, tx_hash: 'ab'.repeat(40) },
    ])
    const withdrawals = async (filter: string) =>
      rowsOf(await read('withdraw/history', { ...own(), filter }), 'withdraws')
    expect(await withdrawals('pending')).toMatchObject([{ amount: '2.000000', type: 'secure' }])
    await f.clock.advance(1_805_000)
    expect(await withdrawals('pending')).toEqual([])
    expect(await withdrawals('claimable')).toHaveLength(1)
  })

  it('of a transfer costs nothing to the same owner, three dollars to another', async () => {
    f = createFixture({ noLimits: true })
    const fee = async (to: string) =>
      (await read('transferFeeInfo', { ...own(), to_account_index: to }))['transfer_fee_usdc']
    expect([await fee(indexOf(1)), await fee(indexOf(2)), await fee('-1')]).toEqual([
      0, 3_000_000, 3_000_000,
    ])
  })
})

describe('pnl', () => {
  const ask = async (resolution: string, more: Record<string, string> = {}) =>
    rowsOf(
      await read('pnl', {
        by: 'index',
        value: indexOf(),
        resolution,
        start_timestamp: String(nowSeconds() - 3 * DAY_S),
        end_timestamp: String(nowSeconds() + 60),
        count_back: '500',
        ...more,
      }),
      'pnl',
    )

  it('adds up: value = inflow − outflow + profit, minute by minute and hour by hour', async () => {
    f = createFixture({ noLimits: true, tier: 'premium', noiseBps: 5, tickIntervalMs: 30_000 })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(5 * 60_000)
    f.stage.core.drain(Number(indexOf()), 30_000_000n, Math.trunc(f.clock.now()))
    const figures = f.stage.core.accountFigures(Number(indexOf()))
    const row = (await ask('1m')).at(-1)
    const [profit, inflow, outflow] = ['trade_pnl', 'inflow', 'outflow'].map((key) =>
      Number(row?.[key]),
    )
    expect(inflow).toBe(1_000)
    expect(outflow).toBe(30)
    expect(Number(profit) + 970).toBeCloseTo(Number(figures.totalValueE12) / 1e12, 5)
    expect(Number(profit)).not.toBe(0)
    expect(Number(row?.['volume'])).toBeGreaterThan(900)
    await f.clock.advance(3 * HOUR_MS)
    const hours = (await ask('1h')).map((entry) => Number(entry['timestamp']))
    expect(hours.length).toBeGreaterThanOrEqual(4)
    expect(hours.every((at, place) => place === 0 || at - Number(hours[place - 1]) === 3_600)).toBe(
      true,
    )
    expect(await ask('1h', { count_back: '2' })).toHaveLength(2)
  })

  it('starts with the account and refuses what it does not know', async () => {
    f = createFixture({ noLimits: true })
    await f.clock.advance(90_000)
    const rows = await ask('1m')
    expect(rows.length).toBeLessThanOrEqual(3)
    expect(rows[0]).toMatchObject({ trade_pnl: 0, inflow: 1_000, volume: 0 })
    const query = { by: 'index', value: indexOf(), resolution: '1w', start_timestamp: '1' }
    const wrong = await read('pnl', { ...query, end_timestamp: '2', count_back: '1' })
    expect(wrong).toMatchObject({ code: 22402 })
    const other = await f.get('/api/v1/pnl', { ...query, value: indexOf(2) }, { token: f.token() })
    expect(other.json).toMatchObject({ code: 20013 })
  })
})

describe('volumes of account_all', () => {
  it('forget what is older than a day, a week, a month', async () => {
    f = createFixture({ noLimits: true, noiseBps: 0, tickIntervalMs: 60_000 })
    await f.send(marketOrder(0, 100))
    await f.clock.advance(25 * HOUR_MS)
    await f.send(marketOrder(1, 40))
    await f.clock.advance(60_000)
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: `account_all/${indexOf()}` })
    const [frame] = socket.of('subscribed/account_all')
    expect(frame).toMatchObject({
      daily_trades_count: 1,
      weekly_trades_count: 2,
      monthly_trades_count: 2,
      total_trades_count: 2,
    })
    expect(Number(frame?.['daily_volume'])).toBeLessThan(Number(frame?.['weekly_volume']) / 2)
  })
})

describe('liquidations', () => {
  it('show risk before and after, and are acknowledged by their owner only', async () => {
    f = createFixture({ noLimits: true, tier: 'premium', collateralUsd: '400' })
    await f.send(marketOrder(0, 5_000))
    await f.clock.advance(1_000)
    const socket = f.open()
    const channel = `notification/${indexOf()}`
    socket.say({ type: 'subscribe', channel, auth: f.token() })
    f.stage.core.drain(Number(indexOf()), 350_000_000n, Math.trunc(f.clock.now()))
    await f.clock.advance(1_000)
    const [row] = rowsOf(await read('liquidations', { ...own(), limit: '5' }), 'liquidations')
    expect(row).toMatchObject({ market_id: 1, type: 'partial' })
    const info = row?.['info'] as Record<string, Record<string, Json>>
    const before = info['risk_info_before']?.['cross_risk_parameters'] as Record<string, string>
    const after = info['risk_info_after']?.['cross_risk_parameters'] as Record<string, string>
    expect(Number(before['total_account_value'])).toBeLessThan(
      Number(before['maintenance_margin_req']),
    )
    expect(Number(after['total_account_value'])).toBeGreaterThanOrEqual(
      Number(after['maintenance_margin_req']),
    )
    const notification = rowsOf(socket.of('update/notification')[0] ?? {}, 'notifs')[0]
    const form = { notif_id: String(notification?.['id']), ...own() }
    const ack = async (more: Json, at: number) =>
      (
        await f.post(
          '/api/v1/notification/ack',
          { ...form, ...(more as Record<string, string>) },
          { token: f.token(at) },
        )
      ).json
    expect(await ack({}, 2)).toMatchObject({ code: 20013 })
    expect(await ack({ notif_id: 'liq:1:999' }, 0)).toMatchObject({ code: 29404 })
    expect(await ack({}, 0)).toEqual({ code: 200 })
    await f.clock.advance(100)
    const told = rowsOf(socket.of('update/notification').at(-1) ?? {}, 'notifs')[0]
    expect(told).toMatchObject({ id: notification?.['id'], ack: true })
    expect(told?.['acked_at']).toEqual(expect.any(String))
  })
})

describe('positionFunding', () => {
  it('is filtered by side and time and paged without loss', async () => {
    f = createFixture({ noLimits: true, tickIntervalMs: 60_000 })
    await f.send(marketOrder(0, 100))
    await f.clock.advance(6 * HOUR_MS)
    const query = { ...own(), limit: '100' }
    const all = rowsOf(await read('positionFunding', query), 'position_fundings')
    expect(all.length).toBeGreaterThanOrEqual(5)
    const ids: unknown[] = []
    let cursor = ''
    do {
      const page = await read('positionFunding', { ...query, limit: '2', cursor })
      ids.push(...rowsOf(page, 'position_fundings').map((row) => row['funding_id']))
      cursor = String(page['next_cursor'])
    } while (cursor !== '')
    expect(ids).toEqual(all.map((row) => row['funding_id']))
    const shorts = await read('positionFunding', { ...query, side: 'short' })
    expect(rowsOf(shorts, 'position_fundings')).toEqual([])
    const second = String(all[1]?.['timestamp'])
    const one = { ...query, start_timestamp: second, end_timestamp: second }
    expect(rowsOf(await read('positionFunding', one), 'position_fundings')).toHaveLength(1)
    const anonymous = await f.get('/api/v1/positionFunding', query)
    expect(anonymous.json).toMatchObject({ code: 20001 })
  })
})

describe('metadata', () => {
  it('is set by JSON, shown on the account, and read by its owner only', async () => {
    f = createFixture({ noLimits: true })
    const query = { by: 'index', value: indexOf(1) }
    const anonymous = await f.get('/api/v1/accountMetadata', query)
    expect(anonymous.json).toMatchObject({ code: 20001 })
    expect(await read('accountMetadata', query, f.token(2))).toMatchObject({ code: 20013 })
    const rows = rowsOf(await read('accountMetadata', query), 'account_metadatas')
    expect(rows).toMatchObject([{ account_index: Number(indexOf(1)), can_rfq_market_ids: null }])
    const body = (metadata: string) =>
      JSON.stringify({
        master_account_index: Number(indexOf()),
        target_account_index: Number(indexOf(1)),
        api_key_index: f.account.apiKeyIndex,
        metadata,
        auth: f.token(),
      })
    const post = async (text: string) => {
      const answer = await f.clock.runUntil(
        f.stage.gateway.request({
          remoteAddress: '127.0.0.1',
          method: 'POST',
          path: '/api/v1/setAccountMetadata',
          query: {},
          headers: { 'content-type': 'application/json' },
          body: text,
        }),
        1_000,
      )
      return 'body' in answer ? (JSON.parse(answer.body) as Json) : {}
    }
    expect(await post(body('{"color":"#fff"}'))).toEqual({ code: 200 })
    expect(await post(body('no json'))).toMatchObject({ code: 20001 })
    const shown = (await f.get('/api/v1/account', query)).json
    expect(shown).toMatchObject({ accounts: [{ metadata: { color: '#fff' } }] })
  })
})

describe('the latest deposit over a bridge', () => {
  it('does not exist: no bridge leads here', async () => {
    f = createFixture()
    const latest = async (query: Record<string, string>) =>
      (await f.get('/api/v1/deposit/latest', query)).body
    const refused = '{"code":29404,"message":"not found"}'
    expect(await latest({ l1_address: f.account.l1Address })).toBe(refused)
    expect(await latest({})).toBe('{"code":20001,"message":"invalid param "}')
  })
})

describe('what is not built', () => {
  it.each(['createIntentAddress', 'fastwithdraw', 'referral/get', 'export', 'rfq/list', 'leases'])(
    '%s answers as any unknown path',
    async (path) => {
      f = createFixture()
      const answer = await f.get(`/api/v1/${path}`, own(), { token: f.token() })
      expect(answer.status).toBe(403)
      expect(answer.body).toContain('<')
    },
  )
})
