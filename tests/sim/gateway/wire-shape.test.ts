import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFixture, type Json, marketOrder, restingOrder } from './stage-fixture.ts'
import { exampleProblems, schemaProblems, type Schemas } from './wire-shape.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8'))

const restSchemas = read('rest') as Schemas
const streamSchemas = read('stream') as Schemas
const examples = read('examples') as { rest: Json; stream: Json }

/** Live answers leave these out although the schema asks for them (PROTOCOL.md section 2.1). */
const LEFT_OUT_LIVE =
  /\.(pool_info|taker_position_sign_changed|maker_position_sign_changed|(ask|bid)_account_pnl|integrator_\w+|(taker|maker)_allocated_margin_usdc_\w+): missing$|^DetailedAccounts\.next_cursor: missing$|can_rfq_market_ids: null$/

/** Differences from the examples that PROTOCOL.md itself describes. */
const DESCRIBED = [
  // Newer keys of market data and positions, limits' last update (sections 2.1 and 3).
  /order_book_details\[\]\.(mark_price|index_price|multiplier|created_at|funding_clamp_small|funding_clamp_big|base_interest_rate|market_flags|funding_premium_multiplier): extra$/,
  /market_stats\.(best_ask_price|best_bid_price): extra$/,
  /\.(margin_set_flag|total_funding_paid_out|total_discount|user_tier_last_update): extra$/,
  // Zero and false fields are left out; own profit is added for the account that asks.
  /\.(taker_fee|maker_fee|(taker|maker)_position_sign_changed|(taker|maker)_allocated_margin_usdc_\w+): (missing|extra)$/,
  /\.(ask|bid)_account_pnl: extra$/,
  // null or a list of texts; a page cursor only where there is a next page.
  /can_rfq_market_ids: null, not list$/,
  /\.next_cursor: (missing|extra)$/,
  // The content of a notification is free.
  /notifs\[\]\.content\./,
]

const undescribed = (problems: readonly string[]) =>
  problems.filter((problem) => !DESCRIBED.some((rule) => rule.test(problem)))

const answers: Record<string, Json> = {}
const frames = new Map<string, Json>()

beforeAll(async () => {
  const f = createFixture({ tier: 'premium', noiseBps: 20, collateralUsd: '400' })
  const index = String(f.account.accountIndex)
  const token = f.token()
  const socket = f.open()
  const channels = ['order_book/1', 'ticker/1', 'market_stats/1', 'trade/1', 'height']
  const own = ['all', 'tx', 'all_orders', 'all_trades', 'all_positions', 'all_assets']
  const accountChannels = [
    ...own.map((name) => `account_${name}/${index}`),
    `account_market/1/${index}`,
    `account_orders/1/${index}`,
    `user_stats/${index}`,
    `notification/${index}`,
  ]
  for (const channel of [...channels, ...accountChannels]) {
    socket.say({ type: 'subscribe', channel, auth: token })
  }
  const leverage = { kind: 'updateLeverage', marketIndex: 1, initialMarginFraction: 1_000 } as const
  await f.send({ ...leverage, marginMode: 0 })
  await f.send(marketOrder(0, 3_000, { clientOrderIndex: 41 }))
  await f.clock.advance(1_000)
  const batch = [7, 8].map((id) => f.sign(restingOrder(id, f.clock.now() + 3_600_000)))
  answers['sendTxBatch'] = (
    await f.post('/api/v1/sendTxBatch', {
      tx_types: '[14,14]',
      tx_infos: JSON.stringify(batch.map(({ txInfo }) => txInfo)),
    })
  ).json
  await f.clock.advance(1_000)
  const sent = await f.send(marketOrder(1, 1_000))
  answers['sendTx'] = sent.json
  await f.clock.advance(1_000)
  const hash = String(sent.json['tx_hash'])
  const account = { account_index: index }
  const gets: Record<string, [string, Record<string, string>?]> = {
    root: ['/'],
    info: ['/info'],
    currentHeight: ['/api/v1/currentHeight'],
    nextNonce: ['/api/v1/nextNonce', { ...account, api_key_index: '5' }],
    apikeys: ['/api/v1/apikeys', account],
    account: ['/api/v1/account', { by: 'index', value: index }],
    accountsByL1Address: ['/api/v1/accountsByL1Address', { l1_address: f.account.l1Address }],
    accountLimits: ['/api/v1/accountLimits', account],
    tx: ['/api/v1/tx', { by: 'hash', value: hash }],
    orderBooks: ['/api/v1/orderBooks'],
    orderBookDetails: ['/api/v1/orderBookDetails', { market_id: '1' }],
    orderBookOrders: ['/api/v1/orderBookOrders', { market_id: '1', limit: '5' }],
    recentTrades: ['/api/v1/recentTrades', { market_id: '1', limit: '5' }],
    trades: ['/api/v1/trades', { ...account, sort_by: 'timestamp', limit: '5' }],
    accountActiveOrders: ['/api/v1/accountActiveOrders', account],
    accountInactiveOrders: ['/api/v1/accountInactiveOrders', { ...account, limit: '5' }],
    refusal: ['/api/v1/tx', { by: 'hash', value: 'ff' }],
  }
  for (const [name, [path, query]] of Object.entries(gets)) {
    answers[name] = (await f.get(path, query, { token })).json
  }
  const signed = f.sign(marketOrder(1, 500))
  const data = `{"id":"1","tx_type":14,"tx_info":${signed.txInfo}}`
  socket.say(`{"type":"jsonapi/sendtx","data":${data}}`)
  await f.clock.advance(1_000)
  f.stage.core.drain(f.account.accountIndex, 385_000_000n, Math.trunc(f.clock.now()))
  await f.clock.advance(1_000)
  socket.say({ type: 'ping' })
  socket.say({ type: 'subscribe', channel: 'height' })
  socket.say({ type: 'unsubscribe', channel: 'height' })
  for (const frame of socket.frames) {
    const type = typeof frame['type'] === 'string' ? frame['type'] : 'error'
    if (!frames.has(type) || type.startsWith('update/')) frames.set(type, frame)
  }
  const fill = socket.of('update/account_market')[0]
  if (fill !== undefined) frames.set('update/account_market', fill)
})

describe('answers', () => {
  it.each([
    ['root', 'Status'],
    ['info', 'ZkLighterInfo'],
    ['currentHeight', 'CurrentHeight'],
    ['nextNonce', 'NextNonce'],
    ['apikeys', 'AccountApiKeys'],
    ['account', 'DetailedAccounts'],
    ['accountsByL1Address', 'SubAccounts'],
    ['accountLimits', 'AccountLimits'],
    ['sendTx', 'RespSendTx'],
    ['sendTxBatch', 'RespSendTxBatch'],
    ['tx', 'EnrichedTx'],
    ['orderBooks', 'OrderBooks'],
    ['orderBookDetails', 'OrderBookDetails'],
    ['orderBookOrders', 'OrderBookOrders'],
    ['recentTrades', 'Trades'],
    ['trades', 'Trades'],
    ['accountActiveOrders', 'Orders'],
    ['accountInactiveOrders', 'Orders'],
    ['refusal', 'ResultCode'],
  ])('%s follows the official schema %s', (name, schema) => {
    const problems = schemaProblems(restSchemas, schema, answers[name])
    expect(problems.filter((problem) => !LEFT_OUT_LIVE.test(problem))).toEqual([])
  })

  it.each(Object.keys(examples.rest))('%s has the keys, order and types of the example', (name) => {
    expect(undescribed(exampleProblems(examples.rest[name], answers[name], name))).toEqual([])
  })

  it('are not compared in their empty form', () => {
    const lists = [
      ['accountActiveOrders', 'orders'],
      ['accountInactiveOrders', 'orders'],
      ['trades', 'trades'],
      ['recentTrades', 'trades'],
      ['orderBookOrders', 'bids'],
    ] as const
    for (const [name, key] of lists) {
      expect([name, answers[name]?.[key]]).not.toEqual([name, []])
      expect(answers[name]).toHaveProperty(key)
    }
    expect(answers['account']).toMatchObject({ accounts: [{ positions: [{ sign: 1 }] }] })
  })
})

describe('frames', () => {
  it.each(Object.keys(streamSchemas).filter((name) => name.includes('/')))(
    '%s follows the official schema',
    (type) => {
      expect(frames.has(type)).toBe(true)
      const problems = schemaProblems(streamSchemas, type, frames.get(type))
      // Live frames carry null for what has not changed (PROTOCOL.md section 8.3).
      expect(problems.filter((problem) => !problem.endsWith(': null'))).toEqual([])
    },
  )

  it.each(Object.keys(examples.stream))(
    '%s has the keys, order and types of the example',
    (type) => {
      expect(frames.has(type)).toBe(true)
      expect(undescribed(exampleProblems(examples.stream[type], frames.get(type), type))).toEqual(
        [],
      )
    },
  )
})

describe('the comparison itself', () => {
  it('finds a missing key, an extra key, a wrong type and a wrong order', () => {
    const example = { a: 1, b: 'x', c: [{ d: true }] }
    expect(exampleProblems(example, { a: 1, b: 'x', c: [{ d: false }] }, 'p')).toEqual([])
    expect(exampleProblems(example, { a: '1', c: [{}], e: 1 }, 'p')).toEqual([
      'p.b: missing',
      'p.e: extra',
      'p.a: string, not number',
      'p.c[].d: missing',
    ])
    expect(exampleProblems(example, { b: 'x', a: 1, c: [] }, 'p')).toEqual(['p: order b,a,c'])
    const problems = schemaProblems(restSchemas, 'NextNonce', { code: 200, nonce: '7' })
    expect(problems).toEqual(['NextNonce.nonce: string, not integer'])
  })
})
