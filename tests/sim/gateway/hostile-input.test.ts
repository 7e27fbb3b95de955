import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFixture, marketOrder } from './stage-fixture.ts'

const PATHS = [
  '/api/v1/account',
  '/api/v1/accountsByL1Address',
  '/api/v1/accountLimits',
  '/api/v1/apikeys',
  '/api/v1/nextNonce',
  '/api/v1/sendTx',
  '/api/v1/sendTxBatch',
  '/api/v1/tx',
  '/api/v1/orderBooks',
  '/api/v1/orderBookDetails',
  '/api/v1/orderBookOrders',
  '/api/v1/recentTrades',
  '/api/v1/trades',
  '/api/v1/accountActiveOrders',
  '/api/v1/accountInactiveOrders',
  '/api/v1/currentHeight',
]

const NAMES = (
  'by value account_index api_key_index l1_address market_id limit auth sort_by cursor from ' +
  'order_index between_timestamps ask_filter filter tx_type tx_info tx_types tx_infos sort_dir active_only'
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
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.dictionary(fc.constantFrom(...NAMES), text),
        fc.boolean(),
        async (path, params, isAuthenticated) => {
          const options = isAuthenticated ? { token } : {}
          const call = path.includes('sendTx') ? f.post : f.get
          const { status } = await call(path, params, options)
          expect([200, 400]).toContain(status)
        },
      ),
      { numRuns: 400 },
    )
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
