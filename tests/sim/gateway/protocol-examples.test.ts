/**
 * Every payload that PROTOCOL.md shows, and where it is proven that the simulator writes the same: keys, order, types,
 * and the text where it is exact. What is not served is listed with its reason, and answers as an unknown path.
 */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createFixture,
  type Fixture,
  type Json,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const textOf = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')

/** The examples of these files are compared one by one in the test that is named with each. */
const FILES = {
  'examples.json': 'wire-shape.test.ts',
  'examples-account.json': 'wire-shape-account.test.ts',
  'examples-market.json': 'wire-shape-market.test.ts',
} as const

type Place =
  | readonly [file: keyof typeof FILES, part: 'rest' | 'stream', key: string]
  /** A test file and the words that name the case there. */
  | readonly [file: `${string}.test.ts`, words: string]

const TEXTS = 'protocol-texts.test.ts'
const MAIN = 'examples.json'
const ACCOUNT = 'examples-account.json'
const MARKET = 'examples-market.json'

/** In the order of the document. */
const LEDGER: readonly (readonly [section: string, payload: string, ...places: Place[]])[] = [
  ['1', '/', [MAIN, 'rest', 'root'], [TEXTS, "what: 'root'"]],
  ['1', '/info', [MAIN, 'rest', 'info'], [TEXTS, "what: 'info'"]],
  ['1', 'currentHeight', [MAIN, 'rest', 'currentHeight'], [TEXTS, "what: 'currentHeight'"]],
  ['1', 'refusal 20558', [TEXTS, 'a restricted place'], ['faults.test.ts', 'restricted: 20558']],
  ['1', 'HTML of an unknown path', [TEXTS, 'a path that does not exist']],
  ['2', 'refusal, generally', [MAIN, 'rest', 'refusal']],
  ['2', 'refusal 20001, no token', [TEXTS, 'a private read without a token']],
  ['2', 'refusal 20001, bad parameter', [TEXTS, 'with its trailing blank']],
  ['2.1', 'nextNonce', [MAIN, 'rest', 'nextNonce'], [TEXTS, "what: 'nextNonce'"]],
  ['2.1', 'nextNonce, unknown account', [TEXTS, 'nextNonce of an unknown account']],
  ['2.1', 'apikeys', [MAIN, 'rest', 'apikeys'], [TEXTS, 'apikeys of a slot without a key']],
  ['2.1', 'account', [MAIN, 'rest', 'account']],
  ['2.1', 'refusal 29404', [TEXTS, 'account that does not exist, by index']],
  ['2.1', 'accountsByL1Address', [MAIN, 'rest', 'accountsByL1Address']],
  ['2.1', 'refusal 21100', [TEXTS, 'accountsByL1Address of an unknown owner']],
  ['2.1', 'accountLimits', [MAIN, 'rest', 'accountLimits']],
  ['2.1', 'accountMetadata', [ACCOUNT, 'rest', 'accountMetadata']],
  ['2.1', 'sendTx', [MAIN, 'rest', 'sendTx'], [TEXTS, "what: 'sendTx'"]],
  ['2.1', 'sendTx message of the quota', [TEXTS, 'sendTx that uses volume quota']],
  ['2.1', 'refusal 21104', [TEXTS, 'sendTx with a wrong nonce']],
  ['2.1', 'sendTxBatch', [MAIN, 'rest', 'sendTxBatch'], [TEXTS, "what: 'sendTxBatch'"]],
  ['2.1', 'tx', [MAIN, 'rest', 'tx']],
  ['2.1', 'refusal 21500', [TEXTS, 'tx of an unknown hash']],
  ['2.1', 'event_info, four shapes', ['protocol-examples.test.ts', 'event_info has']],
  ['2.1', 'accountTxs', [ACCOUNT, 'rest', 'accountTxs']],
  ['2.1', 'orderBooks', [MAIN, 'rest', 'orderBooks'], [MARKET, 'rest', 'orderBooks']],
  ['2.1', 'orderBookDetails', [MAIN, 'rest', 'orderBookDetails']],
  ['2.1', 'orderBookOrders', [MAIN, 'rest', 'orderBookOrders']],
  ['2.1', 'orderBookOrders, unknown market', [TEXTS, 'orderBookOrders of an unknown market']],
  ['2.1', 'trades', [MAIN, 'rest', 'trades'], [MAIN, 'rest', 'recentTrades']],
  ['2.1', 'orders', [MAIN, 'rest', 'accountActiveOrders'], [MAIN, 'rest', 'accountInactiveOrders']],
  ['2.1', 'fundings', [MARKET, 'rest', 'fundings']],
  ['2.1', 'funding-rates', [MARKET, 'rest', 'funding-rates']],
  ['2.1', 'positionFunding', [ACCOUNT, 'rest', 'positionFunding']],
  ['2.1', 'pnl', [ACCOUNT, 'rest', 'pnl']],
  ['2.1', 'candles', [MARKET, 'rest', 'candles']],
  ['2.1', 'exchangeStats', [MARKET, 'rest', 'exchangeStats']],
  ['2.1', 'announcement', [MARKET, 'rest', 'announcement'], [TEXTS, "what: 'announcement'"]],
  ['2.1', 'assetDetails', [MARKET, 'rest', 'assetDetails']],
  ['2.1', 'systemConfig', [MARKET, 'rest', 'systemConfig']],
  ['2.1', 'layer1BasicInfo', ['wire-shape-market.test.ts', "['layer1BasicInfo'"]],
  ['2.1', 'withdrawalDelay', [MARKET, 'rest', 'withdrawalDelay'], [TEXTS, "'withdrawalDelay'"]],
  ['2.1', 'changeAccountTier', [TEXTS, "what: 'changeAccountTier'"], ['tiers.test.ts', '62003']],
  ['2.1', 'tokens/create', [ACCOUNT, 'rest', 'tokensCreate']],
  ['2.1', 'deposit/history', [ACCOUNT, 'rest', 'depositHistory']],
  ['2.1', 'withdraw/history', ['wire-shape-account.test.ts', "['withdrawHistory'"]],
  ['2.1', 'transfer/history', ['wire-shape-account.test.ts', "['transferHistory'"]],
  ['2.1', 'notification/ack', [ACCOUNT, 'rest', 'notificationAck'], [TEXTS, 'notification/ack']],
  ['3', 'account with a position and assets', [MAIN, 'rest', 'account']],
  ['3', 'shares, pending_unlocks: no pools', ['protocol-examples.test.ts', 'no pools, no stakes']],
  ['5.2', 'tx_info as it comes in', ['transaction-kinds.test.ts', 'is taken by']],
  ['5.2', 'L2TxAttributes', ['protocol-examples.test.ts', 'takes L2TxAttributes']],
  ['6', 'code 400 of an older venue', [TEXTS, 'also know an older code 400']],
  ['7', 'token text', ['auth-and-forms.test.ts', 'expire, cannot reach further']],
  ['7', 'read-only token text', ['account-data-history.test.ts', '^ro:']],
  ['7', 'refusal 20013', [TEXTS, 'an expired token']],
  ['8.1', 'connected', [MAIN, 'stream', 'connected'], [TEXTS, "what: 'greeting'"]],
  ['8.1', 'unsubscribed', [MAIN, 'stream', 'unsubscribed'], [TEXTS, "what: 'unsubscribed'"]],
  ['8.1', 'unsubscribed of height', [TEXTS, 'unsubscribed of height']],
  ['8.1', 'pong', [MAIN, 'stream', 'pong'], [TEXTS, "what: 'pong'"]],
  ['8.1', 'error 30003', [MAIN, 'stream', 'error'], [TEXTS, 'already subscribed']],
  ['8.1', 'error 30002', [TEXTS, 'not subscribed']],
  ['8.1', 'error 30005, both forms', [TEXTS, 'unknown channel'], [TEXTS, 'unknown market']],
  ['8.1', 'error 30001', [TEXTS, 'unknown type']],
  ['8.1', 'error 30000', [TEXTS, 'no JSON']],
  ['8.1', 'error 20001', [TEXTS, 'a private channel without a token']],
  ['8.1', 'close of a silent socket', [TEXTS, 'the close of a silent socket']],
  ['8.3', 'order_book', [MAIN, 'stream', 'subscribed/order_book']],
  ['8.3', 'order_book update', [MAIN, 'stream', 'update/order_book']],
  ['8.3', 'ticker', [MAIN, 'stream', 'subscribed/ticker']],
  ['8.3', 'ticker, empty side', ['protocol-examples.test.ts', 'empty side of a ticker']],
  ['8.3', 'market_stats', [MAIN, 'stream', 'subscribed/market_stats']],
  ['8.3', 'market_stats of all', ['channels.test.ts', 'on market_stats/all']],
  ['8.3', 'trade', [MAIN, 'stream', 'update/trade']],
  ['8.3', 'candle', [MARKET, 'stream', 'subscribed/candle'], [MARKET, 'stream', 'update/candle']],
  ['8.3', 'height', [MAIN, 'stream', 'subscribed/height']],
  ['8.3', 'user_stats', [MAIN, 'stream', 'subscribed/user_stats']],
  ['8.3', 'account_all_positions', [MAIN, 'stream', 'subscribed/account_all_positions']],
  ['8.3', 'account_all_trades', [MAIN, 'stream', 'subscribed/account_all_trades']],
  ['8.3', 'account_all_trades update', [MAIN, 'stream', 'update/account_all_trades']],
  ['8.3', 'account_all_orders', [MAIN, 'stream', 'update/account_all_orders']],
  ['8.3', 'account_orders', [MAIN, 'stream', 'update/account_orders']],
  ['8.3', 'account_market', [MAIN, 'stream', 'update/account_market']],
  ['8.3', 'account_all', ['protocol-examples.test.ts', 'account_all tells']],
  ['8.3', 'account_all_assets', [MAIN, 'stream', 'subscribed/account_all_assets']],
  ['8.3', 'account_tx', [MAIN, 'stream', 'update/account_tx']],
  [
    '8.3',
    'notification',
    [MAIN, 'stream', 'update/notification'],
    ['announcements.test.ts', 'are told'],
  ],
  ['8.4', 'sendtx', [MAIN, 'stream', 'jsonapi/sendtx'], [TEXTS, "what: 'sendtx'"]],
  ['8.4', 'sendtxbatch', [TEXTS, "what: 'sendtxbatch'"]],
  ['8.4', 'refusal, newer form; the older is not written', [TEXTS, 'sendtx refused']],
  ['8.5', 'errors 23003 and 30009', ['limits.test.ts', 'allow 200 messages a minute']],
  ['8.5', 'error 30010', ['limits.test.ts', 'allow 50 unanswered messages']],
  ['9', '429 and 23000', [TEXTS, 'the 61st request of a minute']],
  ['9', '405 in HTML', [TEXTS, 'the firewall answers']],
  ['10', '23004', ['limits.test.ts', 'Too Many L2 Withdrawal Requests!']],
]

/** What a place points at is there. */
function checkPlace(place: Place): void {
  if (place.length === 2) {
    const [file, words] = place
    const text = textOf(file)
    // Not the ledger itself, when it points at its own file.
    expect(text.slice(Math.max(0, text.indexOf('\nfunction checkPlace')))).toContain(words)
    return
  }
  const [file, part, key] = place
  const examples = JSON.parse(textOf(`schemas/${file}`)) as Record<string, Json>
  expect(examples[part]).toHaveProperty([key])
  // That test takes every example of its file.
  const test = textOf(FILES[file])
  expect(test).toContain(`'${file.replace('.json', '')}'`)
  expect(test).toMatch(new RegExp(`it\\.each\\(Object\\.keys\\(examples(\\.${part})?\\)\\)`))
}

describe('every payload of the document', () => {
  const rows = LEDGER.map(([section, payload, ...places]) => ({ section, payload, places }))

  it.each(rows)('section $section: $payload is compared somewhere', ({ places }) => {
    expect(places).not.toEqual([])
    for (const place of places) checkPlace(place)
  })
})

let opened: Fixture | undefined
afterEach(() => {
  opened?.stage.close()
  opened = undefined
})
const setUp = (options: Parameters<typeof createFixture>[0] = {}): Fixture => {
  opened = createFixture(options)
  return opened
}

const NO_POOLS = 'there are no public pools'
const NO_EXPLORER = 'blocks are for explorers; the height is served'
const NO_BRIDGE = 'nothing leads to Ethereum or from another chain'
const NO_PROGRAM = 'programs of the real venue that have nothing to do with trading'

/** Endpoints of section 2 that are not served. */
const NOT_SERVED: readonly (readonly [path: string, reason: string])[] = [
  ['status', 'does not exist on the venue either (section 1)'],
  ['block', NO_EXPLORER],
  ['blocks', NO_EXPLORER],
  ['blockTxs', NO_EXPLORER],
  ['exchangeMetrics', 'charts of the web front end'],
  ['tokenlist', NO_BRIDGE],
  ['fastbridge/info', NO_BRIDGE],
  ['deposit/networks', NO_BRIDGE],
  ['fastwithdraw/info', NO_BRIDGE],
  ['fastwithdraw', NO_BRIDGE],
  ['createIntentAddress', `${NO_BRIDGE} (sections 2 and 12.2)`],
  ['l1Metadata', NO_BRIDGE],
  ['publicPoolsMetadata', NO_POOLS],
  ['referral/get', NO_PROGRAM],
  ['referral/use', NO_PROGRAM],
  ['referral/points', NO_PROGRAM],
  ['partnerStats', NO_PROGRAM],
  ['export', 'files for people; the histories themselves are served'],
  ['rfq/list', 'no quotes on request'],
  ['leases', NO_PROGRAM],
  ['leaseOptions', NO_PROGRAM],
  ['litLease', NO_PROGRAM],
  ['syntheticSpotInfo', 'there is no spot market'],
  ['candlesticks', 'old name of candles'],
  ['accountPendingTxs', 'gone since 2025'],
  ['faucet', 'accounts are made by the stage'],
]

/** Channels of section 8.2 that are not served. */
const NO_CHANNELS = [
  ['account_spot_avg_entry_prices/3', 'there is no spot market'],
  ['pool_data/3', NO_POOLS],
  ['pool_info/3', NO_POOLS],
  ['rfq/3', 'no quotes on request'],
] as const

describe('what is not served', () => {
  it.each(NOT_SERVED)('%s: %s', async (path) => {
    const f = setUp({ noLimits: true })
    const token = f.token()
    for (const answer of [
      await f.get(`/api/v1/${path}`, {}, { token }),
      await f.post(`/api/v1/${path}`, {}, { token }),
    ]) {
      expect([answer.status, answer.body]).toEqual([403, expect.stringMatching(/^<!DOCTYPE html>/)])
    }
  })

  it.each(NO_CHANNELS)('%s: %s', (channel) => {
    const f = setUp()
    const socket = f.open()
    socket.say({ type: 'subscribe', channel, auth: f.token() })
    expect(socket.texts.at(-1)).toBe('{"error":{"code":30005,"message":"Invalid Channel"}}')
  })

  it('no pools, no stakes: the lists are there and empty', async () => {
    const f = setUp()
    const query = { by: 'index', value: String(f.account.accountIndex) }
    const { json } = await f.get('/api/v1/account', query)
    expect(json).toMatchObject({ accounts: [{ shares: [], pending_unlocks: [] }] })
  })
})

/** Keys of a payload, of objects in it as well. */
const keysOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]))
    : typeof value

const ORDER_EVENT = Object.fromEntries(
  'i u a is p rs ia ot f ro tp e st ts t0 t1 c0'.split(' ').map((key) => [key, 'number']),
)

describe('shapes that the document describes in words', () => {
  it('event_info has the keys of executions, orders, cancels and modifications', async () => {
    const f = setUp({ noLimits: true })
    const events: unknown[] = []
    const send = async (draft: Parameters<typeof f.send>[0]) => {
      const hash = String((await f.send(draft)).json['tx_hash'])
      await f.clock.advance(1_000)
      const { json } = await f.get('/api/v1/tx', { by: 'hash', value: hash })
      events.push(keysOf(JSON.parse(String(json['event_info']))))
    }
    await send(marketOrder(0, 1_000))
    await send(restingOrder(7, f.clock.now() + 3_600_000))
    const which = { marketIndex: 1, index: 7 }
    const changed = { baseAmount: 200, price: 970_100, triggerPrice: 0 }
    await send({ kind: 'modifyOrder', ...which, ...changed })
    await send({ kind: 'cancelOrder', ...which })
    const trade = { p: 'number', s: 'number', tf: 'number', mf: 'number' }
    const execution = { m: 'number', t: trade, mo: ORDER_EVENT, to: ORDER_EVENT, ae: 'string' }
    const cancel = { a: 'number', i: 'number', u: 'number', ae: 'string' }
    expect(events[0]).toEqual(execution)
    expect(Object.keys(events[0] as object)).toEqual(['m', 't', 'mo', 'to', 'ae'])
    expect(events[1]).toEqual({ ...execution, mo: {} })
    expect(events[2]).toEqual({ m: 'number', oo: ORDER_EVENT, no: ORDER_EVENT, ae: 'string' })
    expect(events[3]).toEqual(cancel)
    // Two cancels of one order: both are accepted, the second comes too late.
    await f.send(restingOrder(8, f.clock.now() + 3_600_000))
    await f.clock.advance(1_000)
    for (const id of [8, 8]) await f.send({ kind: 'cancelOrder', marketIndex: 1, index: id })
    await f.clock.advance(1_000)
    const query = { by: 'account_index', value: String(f.account.accountIndex), limit: '2' }
    const { json } = await f.get('/api/v1/accountTxs', query, { token: f.token() })
    const [failed, ok] = (json['txs'] as Json[]).map(
      ({ event_info: info }) => (JSON.parse(String(info)) as Json)['ae'],
    )
    expect(ok).toBe('')
    expect(JSON.parse(String(failed))).toEqual({
      code: expect.any(Number) as number,
      message: expect.any(String) as string,
    })
  })

  it.each([
    '',
    ',"L2TxAttributes":null',
    ',"L2TxAttributes":{}',
    ',"L2TxAttributes":{"1":0,"2":0,"3":0}',
  ])('takes L2TxAttributes like %s as none at all (section 5.2)', async (attributes) => {
    const f = setUp()
    const { txType, txInfo } = f.sign(marketOrder(0, 10))
    const bare = txInfo.replace(/,"L2TxAttributes":[^}]*\}?$/, '').replace(/\}$/, '')
    const form = { tx_type: String(txType), tx_info: `${bare}${attributes}}` }
    expect((await f.post('/api/v1/sendTx', form)).json).toMatchObject({ code: 200 })
  })

  it('shows the empty side of a ticker as empty texts (section 8.3)', () => {
    const f = setUp()
    f.stage.makers.pause(1, Math.trunc(f.clock.now()))
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: 'ticker/1' })
    const nothing = { price: '', size: '' }
    expect(socket.frames.at(-1)).toMatchObject({ ticker: { s: 'BTC', a: nothing, b: nothing } })
  })

  it('account_all tells all at first, then no counters, and no assets unless they changed', async () => {
    const f = setUp({ tickIntervalMs: 60_000 })
    const socket = f.open()
    socket.say({ type: 'subscribe', channel: `account_all/${f.account.accountIndex}` })
    await f.send(marketOrder(0, 1_000))
    await f.clock.advance(1_000)
    const periods = ['daily', 'weekly', 'monthly', 'total']
    const counters = periods.flatMap((period) => [`${period}_trades_count`, `${period}_volume`])
    const rest = ['account', 'assets', 'channel', 'funding_histories', 'positions', 'shares']
    const last = ['trades', 'type']
    const [first] = socket.of('subscribed/account_all')
    expect(Object.keys(first ?? {})).toEqual([...rest, ...counters, ...last].sort())
    const [update] = socket.of('update/account_all')
    expect(Object.keys(update ?? {})).toEqual([...rest, ...last])
    expect(update).toMatchObject({
      trades: { 1: [{ type: 'trade' }] },
      positions: { 1: { sign: 1 } },
    })
  })
})
