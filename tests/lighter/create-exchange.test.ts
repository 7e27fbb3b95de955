import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createTestClient, KEYS, makeLive, REF } from './support/client.ts'
import { accountRow, marketRow, orderRow, positionRow, snapshotOf } from './support/frames.ts'
import { NETWORK_LOST, ok, refusal } from './support/scripted-venue.ts'
import type { VenueResponse } from '../../src/ports.ts'

const HTML: VenueResponse = { status: 403, headers: {}, body: '<html>403 Forbidden</html>' }

describe('markets and identity', () => {
  it('reads perpetuals once, and leaves out what it cannot trade safely', async () => {
    const client = createTestClient()
    client.venue.onRequest = () =>
      ok({
        code: 200,
        order_book_details: [
          marketRow(),
          marketRow({ symbol: 'ODD', market_id: 3, quote_multiplier: 10000 }),
          marketRow({ symbol: 'BAD', market_id: 4, min_base_amount: undefined }),
          marketRow({ symbol: 'SPOT', market_id: 2048, market_type: 'spot' }),
          marketRow({
            symbol: 'NEW',
            market_id: 9,
            status: 'inactive',
            market_config: { market_margin_mode: 1, force_reduce_only: true },
          }),
        ],
        spot_order_book_details: [],
      })
    const markets = await client.clock.runUntil(client.exchange.markets())
    expect(markets.map(({ symbol }) => symbol)).toEqual(['BTC', 'NEW'])
    const [btc, fresh] = markets
    expect(btc).toMatchObject({
      marketIndex: 1,
      sizeDecimals: 5,
      priceDecimals: 1,
      isActive: true,
      isForceReduceOnly: false,
      isIsolatedOnly: false,
    })
    expect(btc?.minBaseSize.toFixed()).toBe('0.0002')
    expect(btc?.maintenanceMarginFraction.toFixed()).toBe('0.012')
    expect(fresh).toMatchObject({ isActive: false, isForceReduceOnly: true, isIsolatedOnly: true })
    expect(client.logger.lines.filter(([level]) => level === 'warn')).toHaveLength(2)
    await client.clock.runUntil(client.exchange.markets())
    expect(client.venue.requests).toHaveLength(1)
    expect([...client.exchange.unitsSpent()]).toEqual([['market data', 1]])
    expect(client.spend.entries).toMatchObject([{ bucket: 'egress:direct' }])
  })

  it('does not remember a failure', async () => {
    const client = createTestClient()
    client.venue.onRequest = () => NETWORK_LOST
    await expect(client.clock.runUntil(client.exchange.identity())).rejects.toBe(NETWORK_LOST)
    const contract = '0x3B4D794a66304F130a4Db8F2551B0070dfCf5ca7'
    client.venue.onRequest = () => ok({ contract_address: contract })
    expect(await client.clock.runUntil(client.exchange.identity())).toEqual({
      network: 'simulator',
      chainId: 300,
      contractAddress: contract,
    })
  })

  it('names an unknown account and an unknown way out', () => {
    const client = createTestClient()
    expect(() => client.exchange.link({ ...REF, name: 'bob' })).toThrow(
      expect.objectContaining({ kind: 'config', code: 'account_unknown' }),
    )
    const ref = { ...REF, egress: 'p9' }
    const accounts = [{ ref, privateKey: { reveal: () => KEYS.privateKeyHex } }]
    expect(() => createTestClient({ accounts })).toThrow(
      expect.objectContaining({ kind: 'config', code: 'egress_unknown' }),
    )
  })

  it('shares one link of an account', () => {
    const client = createTestClient()
    expect(client.exchange.link(REF)).toBe(client.link)
  })

  it('shows no private key in anything it holds', async () => {
    const client = createTestClient()
    await makeLive(client)
    const shown = inspect([client.exchange, client.link, client.logger.lines], { depth: 12 })
    expect(shown).not.toContain(KEYS.privateKeyHex)
  })
})

describe('reads of an account', () => {
  const read = async <T>(
    answer: VenueResponse,
    work: (client: ReturnType<typeof createTestClient>) => Promise<T>,
  ) => {
    const client = createTestClient()
    client.venue.onRequest = () => answer
    return client.clock.runUntil(work(client))
  }

  it('carry the token and count on the owner alone', async () => {
    const client = createTestClient()
    client.venue.onRequest = () => ok({ code: 200, nonce: 722 })
    expect(await client.clock.runUntil(client.link.readNextNonce('read'))).toBe(722)
    expect(client.venue.requests[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/nextNonce',
      query: { account_index: '8', api_key_index: '5' },
    })
    expect(client.venue.requests[0]?.headers?.['Authorization']).toContain(':8:5:')
    expect(client.spend.entries.map(({ bucket }) => bucket)).toEqual(['owner:unknown'])
    expect(client.link.lastAnswerAtMs()).toBeDefined()
  })

  it.each([
    ['HTML', HTML, { kind: 'network', code: 'blocked_by_firewall' }],
    [
      'HTML with 200',
      { ...HTML, status: 200 },
      { kind: 'unknown_state', code: 'answer_unreadable' },
    ],
    ['a missing field', ok({ code: 200 }), { kind: 'unknown_state', code: 'answer_malformed' }],
    ['text for a number', ok({ code: 200, nonce: 'x' }), { code: 'answer_malformed' }],
    ['429', refusal(23000, 'Too Many Requests!', 429), { kind: 'rate_limited' }],
    ['405', { ...HTML, status: 405 }, { kind: 'rate_limited' }],
    ['502', { ...HTML, status: 502 }, { kind: 'network', code: 'venue_unavailable' }],
    ['29500', refusal(29500), { kind: 'network', code: 'venue_unavailable' }],
    [
      'a code with 200',
      ok({ code: 21109, message: 'api key not found' }),
      { kind: 'venue_refused', venueCode: 21109, isFatal: true },
    ],
    ['a bad key', refusal(21109), { kind: 'venue_refused', code: 'key_not_registered' }],
    ['a code nobody knows', refusal(29999), { kind: 'venue_refused', code: 'venue_29999' }],
  ])('name %s', async (_name, answer, expected) => {
    await expect(read(answer, ({ link }) => link.readNextNonce('read'))).rejects.toMatchObject(
      expected,
    )
  })

  it('make a new token after one was refused', async () => {
    const client = createTestClient()
    client.venue.onRequest = () => refusal(20013, 'invalid auth: expired')
    for (let at = 0; at < 2; at++) {
      await client.clock.runUntil(client.link.readNextNonce('read')).catch(() => undefined)
    }
    const [first, second] = client.venue.requests.map(
      (request) => request.headers?.['Authorization'],
    )
    expect(first).not.toBe(second)
  })

  it('stop at our own limit', async () => {
    const client = createTestClient()
    client.spend.record({ bucket: 'owner:unknown', units: 57, atMs: client.clock.now() })
    await expect(client.link.readNextNonce('read')).rejects.toMatchObject({
      kind: 'rate_limited',
      code: 'local_rate_limit',
    })
    expect(client.venue.requests).toHaveLength(0)
    client.venue.onRequest = () => ok({ code: 200, nonce: 1 })
    expect(await client.clock.runUntil(client.link.readNextNonce('close'))).toBe(1)
  })

  it('find a transaction, its state and the sequencer\u2019s error', async () => {
    const hash = 'ab'.repeat(40)
    const tx = (over: Record<string, unknown>) =>
      ok({ code: 200, hash, status: 2, event_info: '', ...over })
    const readTx = ({ link }: ReturnType<typeof createTestClient>) =>
      link.readTransaction(hash, 'read')
    expect(await read(tx({}), readTx)).toEqual({
      txHash: hash,
      status: 'executed',
      error: undefined,
    })
    expect(await read(tx({ status: 3 }), readTx)).toMatchObject({ status: 'executed' })
    expect(await read(tx({ status: 1 }), readTx)).toMatchObject({ status: 'pending' })
    const event = JSON.stringify({ m: 1, t: null, ae: '{"code":21739,"message":"no margin"}' })
    expect(await read(tx({ status: 0, event_info: event }), readTx)).toMatchObject({
      status: 'failed',
      error: '{"code":21739,"message":"no margin"}',
    })
    expect(await read(refusal(21500, 'transaction not found'), readTx)).toBeUndefined()
    await expect(read(tx({ status: 4 }), readTx)).rejects.toMatchObject({
      code: 'answer_malformed',
    })
    await expect(read(tx({ hash: 'cd' }), readTx)).rejects.toMatchObject({
      code: 'answer_malformed',
    })
  })

  it('know the registered key, and an empty slot', async () => {
    const keys = (public_key: string, api_key_index = 5) =>
      ok({ code: 200, api_keys: [{ account_index: 8, api_key_index, nonce: 1, public_key }] })
    const readKey = ({ link }: ReturnType<typeof createTestClient>) =>
      link.readRegisteredKey('read')
    expect(await read(keys(KEYS.publicKeyHex), readKey)).toBe(KEYS.publicKeyHex)
    expect(await read(keys(`0x${KEYS.publicKeyHex.toUpperCase()}`), readKey)).toBe(
      KEYS.publicKeyHex,
    )
    expect(await read(keys('0'.repeat(80)), readKey)).toBeUndefined()
    expect(await read(keys(KEYS.publicKeyHex, 4), readKey)).toBeUndefined()
    expect(await read(refusal(21109), readKey)).toBeUndefined()
    await expect(read(refusal(20001), readKey)).rejects.toMatchObject({ code: 'invalid_parameter' })
  })

  it('know tier and fees, and widen the budget for a paid tier', async () => {
    const client = createTestClient({
      accounts: [
        {
          ref: REF,
          privateKey: { reveal: () => KEYS.privateKeyHex },
          l1Address: '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A',
        },
      ],
    })
    client.venue.onRequest = () =>
      ok({
        code: 200,
        user_tier: 'premium',
        user_tier_name: 'premium',
        current_maker_fee_tick: 40,
        current_taker_fee_tick: 280,
      })
    const tier = await client.clock.runUntil(client.link.readTier('read'))
    expect(tier.tier).toBe('premium')
    expect(tier.takerFeeFraction.toFixed()).toBe('0.00028')
    expect(tier.makerFeeFraction.toFixed()).toBe('0.00004')
    expect(client.link.unitsLeft('close')).toBe(4000)
  })

  it('bring positions and facts without any socket, and put the account into its owner\u2019s bucket', async () => {
    const client = createTestClient()
    client.venue.onRequest = () =>
      ok({
        code: 200,
        accounts: [
          accountRow({
            cancel_all_time: 1793491999000,
            account_trading_mode: 1,
            positions: [positionRow({ sign: -1, position: '0.00500', margin_mode: 1 })],
            bo_positions: [],
          }),
        ],
      })
    expect(client.link.view().positions.isKnown).toBe(false)
    const facts = await client.clock.runUntil(client.link.readAccount('read'))
    expect(facts).toEqual({
      accountIndex: 8,
      l1Address: '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A',
      isActive: true,
      tradingMode: 1,
      cancelAllAtMs: 1793491999000,
    })
    const view = client.link.view()
    const position = view.positions.isKnown ? view.positions.value.get(1) : undefined
    expect(position?.signedBase.toFixed()).toBe('-0.005')
    expect(position?.marginMode).toBe('isolated')
    expect(view.isLive).toBe(false)
    expect(view.positions).toMatchObject({ atMs: client.clock.now() - 0 })
    const balances = view.balances
    expect(balances.isKnown && balances.value.marginUsagePct?.toFixed()).toBe('2')
    const owner = 'owner:0x15f43d1f2dee81424afd891943262aa90f22cc2a'
    expect(client.spend.entries.map(({ bucket }) => bucket)).toEqual(['owner:unknown', owner])
    expect(client.venue.sockets).toHaveLength(0)
  })

  it('say so when the account is not there or is another', async () => {
    const readAccount = ({ link }: ReturnType<typeof createTestClient>) => link.readAccount('read')
    await expect(read(refusal(21100, 'account not found'), readAccount)).rejects.toMatchObject({
      kind: 'venue_refused',
      code: 'account_unknown',
    })
    const other = ok({ code: 200, accounts: [accountRow({ index: 9 })] })
    await expect(read(other, readAccount)).rejects.toMatchObject({ code: 'answer_malformed' })
  })

  it('bring live and ended orders of a market, through all pages', async () => {
    const client = createTestClient()
    const open = { status: 'open', filled_base_amount: '0.00000' }
    client.venue.answers = (channel) =>
      snapshotOf(channel, {
        orders: {
          1: [orderRow({ ...open, order_id: '900', client_order_index: 9, updated_at: 1 })],
        },
      })
    await makeLive(client)
    await client.clock.advance(10_000)
    client.venue.onRequest = ({ path, query }) => {
      if (path.endsWith('accountInactiveOrders')) {
        return ok({ code: 200, next_cursor: 'x', orders: [orderRow({ updated_at: 1766387932 })] })
      }
      return query?.['cursor'] === undefined
        ? ok({
            code: 200,
            next_cursor: 'p2',
            orders: [orderRow({ ...open, order_id: '7', client_order_index: 7 })],
          })
        : ok({ code: 200, orders: [orderRow({ ...open, order_id: '6', client_order_index: 6 })] })
    }
    await client.clock.runUntil(client.link.readOrders(1, 'read'))
    expect(client.link.order(77)?.status).toBe('filled')
    expect([client.link.order(6)?.isLive, client.link.order(7)?.isLive]).toEqual([true, true])
    // Known as live before, in no list now: how it ended is not known.
    expect(client.link.order(9)).toBeUndefined()
    expect(client.venue.requests.map(({ query }) => query?.['market_id'])).toEqual(['1', '1', '1'])
  })

  it('do not end live orders by a list that never ends', async () => {
    const client = createTestClient()
    client.venue.onRequest = () => ok({ code: 200, next_cursor: 'more', orders: [] })
    await expect(client.clock.runUntil(client.link.readOrders(1, 'read'))).rejects.toMatchObject({
      code: 'too_many_orders',
    })
  })
})
