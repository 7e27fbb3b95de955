import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCOUNT_ROUTES } from '../../../src/sim/gateway/rest-accounts.ts'
import { HISTORY_ROUTES } from '../../../src/sim/gateway/rest-history.ts'
import { MARKET_HISTORY_ROUTES } from '../../../src/sim/gateway/rest-market-history.ts'
import { MARKET_ROUTES } from '../../../src/sim/gateway/rest-markets.ts'
import { ORDER_ROUTES } from '../../../src/sim/gateway/rest-orders.ts'
import { OWNER_ROUTES } from '../../../src/sim/gateway/rest-owner.ts'
import { TIER_ROUTES } from '../../../src/sim/gateway/rest-tiers.ts'
import { TRANSACTION_ROUTES } from '../../../src/sim/gateway/rest-transactions.ts'
import { VENUE_FACT_ROUTES } from '../../../src/sim/gateway/rest-venue-facts.ts'
import { createFixture, marketOrder } from './stage-fixture.ts'

/** Every route that there is. */
const ROUTES = Object.entries({
  ...ACCOUNT_ROUTES,
  ...HISTORY_ROUTES,
  ...MARKET_HISTORY_ROUTES,
  ...MARKET_ROUTES,
  ...ORDER_ROUTES,
  ...OWNER_ROUTES,
  ...TIER_ROUTES,
  ...TRANSACTION_ROUTES,
  ...VENUE_FACT_ROUTES,
})

const NAMES = (
  'by value account_index api_key_index l1_address market_id limit auth sort_by cursor from ' +
  'order_index between_timestamps ask_filter filter tx_type tx_info tx_types tx_infos sort_dir active_only ' +
  'resolution start_timestamp end_timestamp count_back side type types index hash period asset_id role ' +
  'client_order_indexes to_account_index notif_id ack_all name expiry sub_account_access scopes token_id ' +
  'new_tier api_key_indexes metadata master_account_index target_account_index __proto__ constructor'
).split(' ')

const text = fc.oneof(
  fc.string(),
  fc.integer().map(String),
  fc.constantFrom(
    'index',
    'l1_address',
    'hash',
    'timestamp',
    'asc',
    '3',
    '255',
    '1e3',
    '-0',
    '[14]',
  ),
  fc.jsonValue().map((value) => JSON.stringify(value)),
)

describe('hostile input', () => {
  it('gets an answer of the venue on every path, never a crash', async () => {
    const f = createFixture({ noLimits: true })
    const token = f.token()
    const index = String(f.account.accountIndex)
    /** So that more than the first check is met. */
    const plausible = {
      account_index: index,
      master_account_index: index,
      value: index,
      market_id: '1',
      limit: '5',
      resolution: '1h',
      start_timestamp: '1793400000',
      end_timestamp: '1793500000',
      count_back: '5',
      sort_by: 'timestamp',
    }
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ROUTES),
        fc.dictionary(fc.constantFrom(...NAMES), text),
        fc.boolean(),
        async ([path, { method }], fuzz, isAuthenticated) => {
          const params = { ...plausible, ...fuzz }
          const call = method === 'POST' ? f.post : f.get
          const { status } = await call(path, params, isAuthenticated ? { token } : {})
          // 429: a list of maker-only keys may change once an hour.
          expect([200, 400, 429]).toContain(status)
          if (status === 200) seen.add(path)
        },
      ),
      { numRuns: 1_500 },
    )
    expect(seen.size).toBeGreaterThan(20)
  })

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('of %s within each other is refused, over REST and the socket', async (_what, left, right) => {
    const f = createFixture({ noLimits: true })
    const nest = (chars: number) => {
      const depth = Math.floor(chars / (left.length + right.length))
      return `${left.repeat(depth)}1${right.repeat(depth)}`
    }
    const deep = nest(900_000)
    const forms: Record<string, string>[] = [
      { tx_type: '14', tx_info: deep },
      { tx_type: '14', tx_info: `{"AccountIndex":${deep}}` },
      { tx_type: '14', tx_info: `{"L2TxAttributes":${deep}}` },
      { tx_type: '28', tx_info: `{"Orders":${deep}}` },
    ]
    for (const form of forms) {
      expect((await f.post('/api/v1/sendTx', form)).json).toMatchObject({ code: 21501 })
    }
    const batch = { tx_types: '[14]', tx_infos: JSON.stringify([deep]) }
    expect((await f.post('/api/v1/sendTxBatch', batch)).json).toMatchObject({ code: 21501 })
    const types = { tx_types: deep, tx_infos: deep }
    expect((await f.post('/api/v1/sendTxBatch', types)).json).toMatchObject({ code: 20001 })
    const socket = f.open()
    const less = nest(200_000)
    const messages: [text: string, code: number][] = [
      [`{"type":${less}}`, 30001],
      [`{"type":"subscribe","channel":${less}}`, 30005],
      [`{"type":"jsonapi/sendtx","data":${less}}`, 30007],
      [`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":{"a":${less}}}}`, 21501],
    ]
    for (const [said, code] of messages) {
      socket.say(said)
      await f.clock.advance(0)
      expect(socket.frames.at(-1)).toMatchObject({ error: { code } })
    }
  })

  it('gets an answer on the socket', async () => {
    const f = createFixture({ noLimits: true })
    const socket = f.open()
    const message = fc.record(
      {
        type: fc.oneof(
          fc.constantFrom(
            'subscribe',
            'unsubscribe',
            'ping',
            'jsonapi/sendtx',
            'jsonapi/sendtxbatch',
          ),
          fc.jsonValue(),
        ),
        channel: fc.oneof(
          fc.constantFrom('order_book/1', 'account_all/3', 'height', 'trade', 'constructor/1', '/'),
          fc.jsonValue(),
        ),
        auth: fc.oneof(fc.constant(f.token()), fc.jsonValue()),
        data: fc.oneof(
          fc.record({
            tx_type: fc.oneof(fc.constant(14), fc.jsonValue()),
            tx_info: fc.jsonValue(),
          }),
          fc.record({ tx_types: text, tx_infos: text }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          message.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        async (said) => {
          const before = socket.frames.length
          socket.say(said)
          await f.clock.advance(0)
          expect(socket.frames.length).toBeGreaterThan(before)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('in signed transactions is refused or executed, whatever the numbers', async () => {
    const f = createFixture({ noLimits: true, noDelay: true, nonceLagMs: 0 })
    let nonce = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          marketIndex: fc.constantFrom(0, 1, 2, 77, 254, 2048),
          clientOrderIndex: fc.nat(5),
          baseAmount: fc.oneof(
            fc.integer({ min: 1, max: 500 }),
            fc.integer({ min: 1, max: 2 ** 48 - 1 }),
          ),
          price: fc.oneof(
            fc.integer({ min: 950_000, max: 1_050_000 }),
            fc.integer({ min: 1, max: 2 ** 32 - 1 }),
          ),
          isAsk: fc.nat(1),
          reduceOnly: fc.nat(1),
          kind: fc.constantFrom('limit', 'market'),
        }),
        async ({ kind, ...fields }) => {
          const type = kind === 'market' ? 1 : 0
          const isSpot = fields.marketIndex >= 2048
          const reduceOnly = isSpot ? 0 : fields.reduceOnly
          const answer = await f.send(marketOrder(0, 1, { ...fields, reduceOnly, type, nonce }))
          expect([200, 400]).toContain(answer.status)
          await f.clock.advance(1)
          if (answer.status === 200) nonce += 1
        },
      ),
      { numRuns: 200 },
    )
    expect(nonce).toBeGreaterThan(10)
  })
})
