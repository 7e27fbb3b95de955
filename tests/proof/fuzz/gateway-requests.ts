/**
 * The simulator's own border: REST requests and frames of a client, with parameters of every kind. It answers each with a
 * status of the venue, or with a frame, and nothing is thrown.
 * @module
 */
import { ACCOUNT_ROUTES } from '../../../src/sim/gateway/rest-accounts.ts'
import { HISTORY_ROUTES } from '../../../src/sim/gateway/rest-history.ts'
import { MARKET_HISTORY_ROUTES } from '../../../src/sim/gateway/rest-market-history.ts'
import { MARKET_ROUTES } from '../../../src/sim/gateway/rest-markets.ts'
import { ORDER_ROUTES } from '../../../src/sim/gateway/rest-orders.ts'
import { OWNER_ROUTES } from '../../../src/sim/gateway/rest-owner.ts'
import { TIER_ROUTES } from '../../../src/sim/gateway/rest-tiers.ts'
import { TRANSACTION_ROUTES } from '../../../src/sim/gateway/rest-transactions.ts'
import { VENUE_FACT_ROUTES } from '../../../src/sim/gateway/rest-venue-facts.ts'
import { createFixture, type Fixture } from '../../sim/gateway/stage-fixture.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { junkText } from './junk.ts'
import { mutateJson } from './mutate-json.ts'
import { isRecord, parsed } from './plain-look.ts'

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

/** Twenty requests and frames to a fresh simulator. */
export const gatewayRequests: FuzzTarget = {
  name: 'gateway-requests',
  weight: 400,
  limitMs: 20_000,
  cpuLimitMs: 8_000,
  async run(draw) {
    const fixture = createFixture({ noLimits: true })
    const socket = fixture.open()
    const said: string[] = []
    let accepted = 0
    for (let count = 12; count > 0; count -= 1) {
      const status = await ask(draw, fixture, said)
      claim(STATUSES.has(status), `status ${status}`, said)
      if (status === 200) accepted += 1
      const before = socket.texts.length
      const message = makeFrame(draw, fixture)
      said.push(message.slice(0, 300))
      socket.say(message)
      await fixture.clock.advance(draw.pick([0, 0, 60]))
      const isAnswered = socket.texts.length > before || socket.closed !== undefined
      claim(isAnswered, 'a frame is not answered', said)
      if (socket.closed !== undefined) break
    }
    fixture.stage.close()
    return accepted > 0 ? 'accepted' : 'named error'
  },
}

const STATUSES: ReadonlySet<number> = new Set([200, 400, 403, 405, 429])

const NAMES =
  'by value account_index api_key_index l1_address market_id limit auth sort_by cursor from order_index between_timestamps filter tx_type tx_info tx_types tx_infos sort_dir active_only resolution start_timestamp end_timestamp count_back side type types index hash period asset_id role client_order_indexes to_account_index notif_id ack_all name expiry scopes token_id new_tier __proto__ constructor'.split(
    ' ',
  )

async function ask(draw: Draw, fixture: Fixture, said: string[]): Promise<number> {
  const [path, { method }] = draw.pick(ROUTES)
  const index = String(fixture.account.accountIndex)
  const params: Record<string, string> = {
    account_index: index,
    value: index,
    by: 'index',
    market_id: '1',
    limit: '5',
    resolution: '1h',
    start_timestamp: '1793400000',
    end_timestamp: '1793500000',
    count_back: '5',
    sort_by: 'timestamp',
  }
  for (let count = draw.int(0, 4); count > 0; count -= 1) {
    Object.defineProperty(params, draw.pick(NAMES), {
      value: junkParam(draw),
      enumerable: true,
      configurable: true,
    })
  }
  said.push(`${method} ${path} ${JSON.stringify(params).slice(0, 400)}`)
  const options = draw.chance(0.7)
    ? { token: draw.chance(0.9) ? fixture.token() : junkText(draw) }
    : {}
  const call = method === 'POST' ? fixture.post : fixture.get
  const { status } = await call(draw.chance(0.95) ? path : `/${junkText(draw)}`, params, options)
  return status
}

function junkParam(draw: Draw): string {
  if (draw.chance(0.4))
    return draw.pick([
      'index',
      'l1_address',
      'hash',
      'asc',
      'desc',
      '3',
      '255',
      '1',
      '14',
      '0',
      '-1',
      '100',
      '14,15',
    ])
  return draw.chance(0.9)
    ? junkText(draw)
    : mutateJson(draw, '{"AccountIndex":3,"Orders":[{"Price":1}]}').text
}

function makeFrame(draw: Draw, fixture: Fixture): string {
  const good = draw.pick([
    '{"type":"subscribe","channel":"order_book/1"}',
    `{"type":"subscribe","channel":"account_all_orders/${fixture.account.accountIndex}","auth":"${fixture.token()}"}`,
    '{"type":"unsubscribe","channel":"order_book/1"}',
    '{"type":"ping"}',
    '{"type":"jsonapi/sendtx","data":{"id":"x","tx_type":14,"tx_info":{"AccountIndex":3,"Nonce":1}}}',
    '{"type":"jsonapi/sendtxbatch","data":{"id":"x","tx_types":"[14,15]","tx_infos":"[]"}}',
  ])
  const { text } = mutateJson(draw, good)
  // A frame of nothing but a pong is the one that needs no answer.
  const frame = parsed(text)
  return isRecord(frame) && frame['type'] === 'pong' ? good : text.slice(0, 200_000)
}
