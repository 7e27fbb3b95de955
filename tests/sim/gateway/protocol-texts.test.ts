/** Payloads that PROTOCOL.md shows with their exact text: the simulator writes the same, character by character. */
import { describe, expect, it } from 'vitest'
import { newKey, signWith } from './owner-fixture.ts'
import {
  createFixture,
  type Answer,
  type Fixture,
  marketOrder,
  restingOrder,
  type TestSocket,
} from './stage-fixture.ts'

type Options = Parameters<typeof createFixture>[0]

interface RestCase {
  readonly section: string
  readonly what: string
  readonly status: number
  /** Text, or what it must look like where it holds times and hashes. */
  readonly body: string | RegExp
  readonly options?: Options
  ask(f: Fixture): Promise<Answer>
}

const own = (f: Fixture) => ({ account_index: String(f.account.accountIndex) })
const nothing = (f: Fixture) => f.send(marketOrder(0, 10))
const repeat = async (times: number, ask: () => Promise<Answer>): Promise<Answer> => {
  let last = await ask()
  for (let at = 1; at < times; at += 1) last = await ask()
  return last
}
const read = (f: Fixture) =>
  f.get('/api/v1/account', { by: 'index', value: String(f.account.accountIndex) })
const batchOf = (f: Fixture) => {
  const items = [7, 8].map((id) => f.sign(restingOrder(id, f.clock.now() + 3_600_000)))
  return {
    tx_types: JSON.stringify(items.map(({ txType }) => txType)),
    tx_infos: JSON.stringify(items.map(({ txInfo }) => txInfo)),
  }
}
const announce = (f: Fixture) => {
  const createdMs = Date.UTC(2026, 10, 1)
  const times = { createdMs, expiresMs: createdMs + 600_000_000 }
  f.stage.gateway.announce({ title: 'New market', content: 'SOL "opens".', ...times })
}

const REST: readonly RestCase[] = [
  {
    section: '1',
    what: 'root',
    status: 200,
    body: /^\{"status":200,"network_id":1,"timestamp":\d{10}\}$/,
    ask: (f) => f.get('/'),
  },
  {
    section: '1',
    what: 'info',
    status: 200,
    body: /^\{"contract_address":"0x[0-9a-f]{40}"\}$/,
    ask: (f) => f.get('/info'),
  },
  {
    section: '1',
    what: 'currentHeight',
    status: 200,
    body: /^\{"code":200,"height":[1-9]\d*\}$/,
    ask: (f) => f.get('/api/v1/currentHeight'),
  },
  {
    section: '1',
    what: 'a restricted place',
    status: 400,
    body: '{"code":20558,"message":"You are accessing Lighter from a restricted jurisdiction. For more information, see the https://lighter.xyz/terms"}',
    options: { faultTexts: ['restricted'] },
    ask: nothing,
  },
  {
    section: '1',
    what: 'a path that does not exist',
    status: 403,
    body: /^<!DOCTYPE html>/,
    ask: (f) => f.get('/api/v1/status'),
  },
  {
    section: '2',
    what: 'a private read without a token',
    status: 400,
    body: '{"code":20001,"message":"invalid param : auth query param and Authorization header are empty"}',
    ask: (f) => f.get('/api/v1/accountActiveOrders', own(f)),
  },
  {
    section: '2',
    what: 'a bad parameter, with its trailing blank',
    status: 400,
    body: '{"code":20001,"message":"invalid param "}',
    ask: (f) => f.get('/api/v1/orderBookOrders', { market_id: '1', limit: '0' }),
  },
  {
    section: '2.1',
    what: 'nextNonce',
    status: 200,
    body: '{"code":200,"nonce":0}',
    ask: (f) => f.get('/api/v1/nextNonce', { ...own(f), api_key_index: '5' }),
  },
  {
    section: '2.1',
    what: 'nextNonce of an unknown account',
    status: 200,
    body: '{"code":200,"nonce":0}',
    ask: (f) => f.get('/api/v1/nextNonce', { account_index: '987654', api_key_index: '5' }),
  },
  {
    section: '2.1',
    what: 'apikeys of a slot without a key: 80 zeros',
    status: 200,
    body: new RegExp(
      `^\\{"code":200,"api_keys":\\[\\{"account_index":\\d+,"api_key_index":77,"nonce":0,"public_key":"${'0'.repeat(80)}","transaction_time":0\\}\\]\\}$`,
    ),
    ask: (f) => f.get('/api/v1/apikeys', { ...own(f), api_key_index: '77' }),
  },
  {
    section: '2.1',
    what: 'account that does not exist, by index',
    status: 400,
    body: '{"code":29404,"message":"not found"}',
    ask: (f) => f.get('/api/v1/account', { by: 'index', value: '987654' }),
  },
  {
    section: '2.1',
    what: 'accountsByL1Address of an unknown owner',
    status: 400,
    body: '{"code":21100,"message":"account not found"}',
    ask: (f) => f.get('/api/v1/accountsByL1Address', { l1_address: `0x${'9'.repeat(40)}` }),
  },
  {
    section: '2.1',
    what: 'sendTx',
    status: 200,
    body: /^\{"code":200,"message":"\{\\"ratelimit\\": \\"didn't use volume quota\\"\}","tx_hash":"[0-9a-f]{80}","predicted_execution_time_ms":\d{13},"volume_quota_remaining":0\}$/,
    ask: nothing,
  },
  {
    section: '2.1',
    what: 'sendTx that uses volume quota',
    status: 200,
    body: /^\{"code":200,"message":"999 volume quota remaining\.","tx_hash":"[0-9a-f]{80}","predicted_execution_time_ms":\d{13},"volume_quota_remaining":999\}$/,
    options: { tier: 'premium' },
    ask: (f) => repeat(2, () => nothing(f)),
  },
  {
    section: '2.1',
    what: 'sendTx with a wrong nonce; sections 6, 10 and 13 also know an older code 400',
    status: 400,
    body: '{"code":21104,"message":"invalid nonce"}',
    ask: (f) => f.send(marketOrder(0, 10, { nonce: 9 })),
  },
  {
    section: '2.1',
    what: 'sendTxBatch',
    status: 200,
    body: /^\{"code":200,"message":"[^}]+\}","tx_hash":\["[0-9a-f]{80}","[0-9a-f]{80}"\],"predicted_execution_time_ms":\d{13},"volume_quota_remaining":0\}$/,
    ask: (f) => f.post('/api/v1/sendTxBatch', batchOf(f)),
  },
  {
    section: '2.1',
    what: 'tx of an unknown hash',
    status: 400,
    body: '{"code":21500,"message":"transaction not found"}',
    ask: (f) => f.get('/api/v1/tx', { by: 'hash', value: 'ab'.repeat(40) }),
  },
  {
    section: '2.1',
    what: 'orderBookOrders of an unknown market',
    status: 200,
    body: '{"code":200,"total_asks":0,"asks":[],"total_bids":0,"bids":[]}',
    ask: (f) => f.get('/api/v1/orderBookOrders', { market_id: '77', limit: '5' }),
  },
  {
    section: '2.1',
    what: 'announcement',
    status: 200,
    body: '{"code":200,"announcements":[{"title":"New market","content":"SOL \\"opens\\".","created_at":1793491200,"expired_at":1794091200}]}',
    ask(f) {
      announce(f)
      return f.get('/api/v1/announcement')
    },
  },
  {
    section: '2.1',
    what: 'withdrawalDelay',
    status: 200,
    body: '{"seconds":1805}',
    ask: (f) => f.get('/api/v1/withdrawalDelay'),
  },
  {
    section: '2.1',
    what: 'changeAccountTier',
    status: 200,
    body: '{"code":200}',
    ask: (f) =>
      f.post('/api/v1/changeAccountTier', { ...own(f), new_tier: 'premium' }, { token: f.token() }),
  },
  {
    section: '2.1',
    what: 'notification/ack',
    status: 200,
    body: '{"code":200}',
    ask(f) {
      announce(f)
      const form = { ...own(f), notif_id: 'ann:1' }
      return f.post('/api/v1/notification/ack', form, { token: f.token() })
    },
  },
  {
    section: '9',
    what: 'the 61st request of a minute',
    status: 429,
    body: '{"code":23000,"message":"Too Many Requests!"}',
    ask: (f) => repeat(61, () => read(f)),
  },
  {
    section: '9',
    what: 'going on in spite of it: the firewall answers, and no JSON',
    status: 405,
    body: /^<!DOCTYPE html>/,
    ask: (f) => repeat(90, () => read(f)),
  },
]

describe('REST writes the text of the document', () => {
  it.each(REST)('section $section: $what', async ({ ask, status, body, options }) => {
    const f = createFixture(options)
    const answer = await ask(f)
    f.stage.close()
    if (typeof body === 'string') expect(answer.body).toBe(body)
    else expect(answer.body).toMatch(body)
    expect(answer.status).toBe(status)
  })
})

interface StreamCase {
  readonly section: string
  readonly what: string
  readonly text: string | RegExp
  /** What the client says; the answer to the last message is compared. */
  say(f: Fixture, socket: TestSocket): void
}

const subscribe = (channel: string, auth?: string) => ({ type: 'subscribe', channel, auth })
const sendOverSocket = (socket: TestSocket, { txType = 14, txInfo = '{}' }) =>
  socket.say(
    `{"type":"jsonapi/sendtx","data":{"id":"probe-1","tx_type":${txType},"tx_info":${txInfo}}}`,
  )

const STREAM: readonly StreamCase[] = [
  {
    section: '8.1',
    what: 'greeting',
    text: /^\{"session_id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}","type":"connected"\}$/,
    say: () => undefined,
  },
  {
    section: '8.1',
    what: 'pong',
    text: '{"type":"pong"}',
    say: (_f, socket) => socket.say('{"type":"ping"}'),
  },
  {
    section: '8.1',
    what: 'unsubscribed',
    text: '{"type":"unsubscribed","channel":"order_book:1"}',
    say(_f, socket) {
      socket.say(subscribe('order_book/1'))
      socket.say('{"type":"unsubscribe","channel":"order_book/1"}')
    },
  },
  {
    section: '8.1',
    what: 'unsubscribed of height',
    text: '{"type":"unsubscribed","channel":"height"}',
    say(_f, socket) {
      socket.say(subscribe('height'))
      socket.say('{"type":"unsubscribe","channel":"height"}')
    },
  },
  {
    section: '8.1',
    what: 'already subscribed',
    text: '{"error":{"code":30003,"message":"Already Subscribed to : height"}}',
    say(_f, socket) {
      socket.say(subscribe('height'))
      socket.say(subscribe('height'))
    },
  },
  {
    section: '8.1',
    what: 'not subscribed',
    text: '{"error":{"code":30002,"message":"Not Subscribed to : trade:1"}}',
    say: (_f, socket) => socket.say('{"type":"unsubscribe","channel":"trade/1"}'),
  },
  {
    section: '8.1',
    what: 'unknown channel',
    text: '{"error":{"code":30005,"message":"Invalid Channel"}}',
    say: (_f, socket) => socket.say(subscribe('weather/1')),
  },
  {
    section: '8.1',
    what: 'unknown market',
    text: '{"error":{"code":30005,"message":"Invalid Channel:  (marketId)"}}',
    say: (_f, socket) => socket.say(subscribe('trade/77')),
  },
  {
    section: '8.1',
    what: 'unknown type',
    text: '{"error":{"code":30001,"message":"Invalid Type"}}',
    say: (_f, socket) => socket.say('{"type":"hello"}'),
  },
  {
    section: '8.1',
    what: 'no JSON',
    text: '{"error":{"code":30000,"message":"Invalid Json"}}',
    say: (_f, socket) => socket.say('{"type":'),
  },
  {
    section: '8.1',
    what: 'a private channel without a token',
    text: /^\{"error":\{"code":20001,"message":"invalid param : auth field is required: account_market:1:\d+"\}\}$/,
    say: (f, socket) => socket.say(subscribe(`account_market/1/${f.account.accountIndex}`)),
  },
  {
    section: '7',
    what: 'an expired token',
    text: /^\{"error":\{"code":20013,"message":"invalid auth: invalid deadline: account_tx:\d+"\}\}$/,
    say: (f, socket) =>
      socket.say(subscribe(`account_tx/${f.account.accountIndex}`, f.token(0, -5))),
  },
  {
    section: '8.4',
    what: 'sendtx',
    text: /^\{"code":200,"id":"probe-1","predicted_execution_time_ms":\d{13},"tx_hash":"[0-9a-f]{80}","type":"jsonapi\/sendtx"\}$/,
    say: (f, socket) => sendOverSocket(socket, f.sign(marketOrder(0, 10))),
  },
  {
    section: '8.4',
    what: 'sendtxbatch',
    text: /^\{"code":200,"id":"my-2","predicted_execution_time_ms":\d{13},"tx_hash":\["[0-9a-f]{80}","[0-9a-f]{80}"\],"type":"jsonapi\/sendtxbatch"\}$/,
    say: (f, socket) =>
      socket.say({ type: 'jsonapi/sendtxbatch', data: { id: 'my-2', ...batchOf(f) } }),
  },
  {
    section: '8.4',
    what: 'sendtx refused; of the two forms that were seen the newer one',
    text: '{"error":{"code":21109,"message":"api key not found"},"id":"probe-1"}',
    say(f, socket) {
      const order = { ...marketOrder(0, 10), nonce: 0 } as Parameters<typeof signWith>[2]
      sendOverSocket(socket, signWith(f, newKey(f, 0, 77), order))
    },
  },
]

describe('the socket writes the text of the document', () => {
  it.each(STREAM)('section $section: $what', async ({ say, text }) => {
    const f = createFixture()
    const socket = f.open()
    say(f, socket)
    await f.clock.advance(0)
    const last = socket.texts.at(-1) ?? ''
    f.stage.close()
    if (typeof text === 'string') expect(last).toBe(text)
    else expect(last).toMatch(text)
  })

  it('section 8.1: the close of a silent socket', async () => {
    const f = createFixture({ tickIntervalMs: 60_000 })
    const socket = f.open()
    await f.clock.advance(121_000)
    expect(socket.closed?.code).toBe(1000)
    expect(socket.closed?.reason).toMatch(/^read tcp .*: i\/o timeout$/)
    f.stage.close()
  })
})
