/** What a watching loop asks of one account: silence, a new session, fills of a market. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toAccountFills } from '../../src/lighter/account-convert.ts'
import { KEPT_FILLS, withFills } from '../../src/lighter/account-fills.ts'
import { tradeSchema } from '../../src/lighter/account-schemas.ts'
import { emptyAccountState } from '../../src/lighter/account-state.ts'
import { PING_INTERVAL_MS } from '../../src/lighter/heartbeat.ts'
import { MAX_FILL_PAGES } from '../../src/lighter/read-fills.ts'
import { createTestClient, makeLive } from './support/client.ts'
import {
  ACCOUNT,
  orderRow,
  ordersUpdate,
  snapshotOf,
  statsFrame,
  tradeRow,
  tradesUpdate,
} from './support/frames.ts'
import { NETWORK_LOST, ok } from './support/scripted-venue.ts'

const trade = (id: number, over: Record<string, unknown> = {}) =>
  tradeRow({ trade_id: id, trade_id_str: String(id), ...over })
const fillsOf = (id: number, over: Record<string, unknown> = {}) =>
  toAccountFills(tradeSchema.parse(trade(id, over)), ACCOUNT)

describe('silence', () => {
  it('is measured by frames of the streams, not by pongs and answers', async () => {
    const client = createTestClient()
    expect(client.link.lastDataAtMs()).toBeUndefined()
    await makeLive(client)
    const atMs = client.link.lastDataAtMs()
    expect(atMs).toBe(client.clock.now())
    client.venue.onRequest = () => ok({ code: 200, nonce: 1 })
    await client.clock.advance(PING_INTERVAL_MS + 10)
    await client.clock.runUntil(client.link.readNextNonce('read'))
    expect(client.link.lastAnswerAtMs()).toBe(client.clock.now())
    expect(client.link.lastDataAtMs()).toBe(atMs)
    client.venue.last().push(statsFrame('update'))
    await client.clock.advance(1)
    expect(client.link.lastDataAtMs()).toBe(client.clock.now())
  })

  it('is not broken by balances for listeners, while everything else calls them', async () => {
    const client = createTestClient()
    await makeLive(client)
    let calls = 0
    client.link.onChange(() => {
      calls++
    })
    const frame = statsFrame('update')
    const stats = { ...(frame['stats'] as object), collateral: '77.000000' }
    client.venue.last().push({ ...frame, stats })
    await client.clock.advance(1)
    const { balances } = client.link.view()
    expect(balances.isKnown && balances.value.collateralUsd.toFixed()).toBe('77')
    expect(calls).toBe(0)
    client.venue.last().push(ordersUpdate([orderRow()]))
    await client.clock.advance(1)
    expect(calls).toBe(1)
  })

  it('of balances does not keep an account from being ready when they come last', async () => {
    const client = createTestClient()
    client.venue.answers = (channel, socket) => {
      if (!channel.startsWith('user_stats')) return snapshotOf(channel)
      client.clock.setTimer(50, () => socket.push(snapshotOf(channel)))
      return undefined
    }
    await makeLive(client)
    expect(client.link.view()).toMatchObject({ isLive: true, balances: { isKnown: true } })
  })
})

describe('a new session on request', () => {
  it('opens at once, and the account is not live until it has its snapshots', async () => {
    const client = createTestClient()
    await makeLive(client)
    const socket = client.venue.last()
    socket.isSilent = true
    let sawLoss = false
    client.link.onChange(() => {
      sawLoss ||= !client.link.view().isLive
    })
    client.link.reconnect('the stream looks silent')
    expect([client.link.view().isLive, sawLoss, socket.isOpen]).toEqual([false, true, false])
    expect(client.venue.sockets).toHaveLength(2)
    await client.clock.advance(10)
    expect(client.link.view().isLive).toBe(true)
    await client.clock.advance(60_000)
    expect(client.venue.sockets).toHaveLength(2)
  })

  it('does nothing while none is live', async () => {
    const client = createTestClient()
    client.link.reconnect('never opened')
    expect(client.venue.sockets).toHaveLength(0)
    await makeLive(client)
    client.venue.isRefusing = true
    client.link.reconnect('first')
    for (let at = 0; at < 20; at++) client.link.reconnect('again')
    expect(client.venue.sockets).toHaveLength(2)
    await client.clock.advance(50)
    client.link.reconnect('while waiting for the next try')
    expect(client.venue.sockets).toHaveLength(2)
  })

  it('asked for in a loop leaves the growing pauses and the gate alone', async () => {
    const client = createTestClient()
    await makeLive(client)
    for (let at = 0; at < 600; at++) {
      client.link.reconnect('looks silent')
      await client.clock.advance(100)
    }
    expect(client.venue.sockets.length).toBeLessThan(15)
    const messages = client.spend.entries.filter(({ bucket }) => bucket === 'messages:direct')
    expect(messages).toHaveLength(
      client.venue.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === 'subscribe'))
        .length,
    )
  })

  it('is at once again after a session that lived well', async () => {
    const client = createTestClient()
    await makeLive(client)
    for (let at = 2; at < 6; at++) {
      await client.clock.advance(11_000)
      client.link.reconnect('looks silent')
      expect(client.venue.sockets).toHaveLength(at)
    }
  })
})

describe('fills of a market', () => {
  it('come from streams and reads, each once and oldest first, foreign ones too', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.venue.last().push(tradesUpdate([trade(300)]))
    await client.clock.advance(1)
    client.venue.onRequest = () =>
      ok({
        code: 200,
        trades: [
          trade(300),
          trade(250, { bid_client_id: 0, bid_client_id_str: '0', type: 'liquidation' }),
          trade(99),
          trade(98, { market_id: 2 }),
        ],
      })
    const sinceMs = client.clock.now() - 60_000
    await client.clock.runUntil(client.link.readFills(1, sinceMs, 'read'))
    expect(client.link.marketFills(1).map((fill) => [fill.tradeId, fill.type])).toEqual([
      ['99', 'trade'],
      ['250', 'liquidation'],
      ['300', 'trade'],
    ])
    expect(client.link.fills(77).map((fill) => fill.tradeId)).toEqual(['300', '99'])
    expect(client.link.marketFills(2)).toEqual([])
    const [request] = client.venue.requests
    expect(request?.path).toBe('/api/v1/trades')
    expect(request?.query).toEqual({
      account_index: String(ACCOUNT),
      market_id: '1',
      sort_by: 'timestamp',
      sort_dir: 'desc',
      limit: '100',
    })
    expect(request?.headers?.['Authorization']).toContain(':8:5:')
    expect(client.spend.entries.filter(({ bucket }) => bucket.startsWith('owner'))).toHaveLength(1)
  })

  it('show liquidations from a list of their own', async () => {
    const client = createTestClient()
    await makeLive(client)
    const frame = tradesUpdate([]) as object
    const liquidation_trades = [trade(5, { type: 'liquidation' }), trade(6, { type: 'deleverage' })]
    client.venue.last().push({ ...frame, trades: null, liquidation_trades })
    await client.clock.advance(1)
    expect(client.link.marketFills(1).map(({ type }) => type)).toEqual([
      'liquidation',
      'deleverage',
    ])
  })

  it('are read page by page until the time that was asked for', async () => {
    const client = createTestClient()
    const nowMs = client.clock.now()
    client.venue.onRequest = ({ query }) => {
      const page = Number(query?.['cursor'] ?? 0)
      const timestamp = nowMs - page * 60_000
      return ok({
        code: 200,
        next_cursor: String(page + 1),
        trades: [trade(500 - page, { timestamp })],
      })
    }
    await client.clock.runUntil(client.link.readFills(1, nowMs - 100_000, 'read'))
    // Two minutes back is before the time, so the third page was the last.
    expect(client.venue.requests.map(({ query }) => query?.['cursor'])).toEqual([
      undefined,
      '1',
      '2',
    ])
    expect(client.link.marketFills(1).map(({ tradeId }) => tradeId)).toEqual(['498', '499', '500'])
  })

  it('know the time of the venue: its clock may be off ours by minutes', async () => {
    const aheadMs = 600_000
    const client = createTestClient()
    await makeLive(client)
    const nowMs = client.clock.now()
    client.venue.last().push({ ...statsFrame('update'), timestamp: nowMs + aheadMs })
    await client.clock.advance(1)
    client.venue.onRequest = () =>
      ok({
        code: 200,
        next_cursor: 'more',
        // Fifty seconds ago by the venue's clock, in the future by ours.
        trades: [trade(1, { timestamp: nowMs + aheadMs - 50_000 })],
      })
    await client.clock.runUntil(client.link.readFills(1, nowMs - 30_000, 'read'))
    expect(client.venue.requests).toHaveLength(1)
  })

  it('are never cut in silence: pages that run out are an error, and what came is kept', async () => {
    const client = createTestClient()
    let page = 0
    client.venue.onRequest = () =>
      ok({
        code: 200,
        next_cursor: 'more',
        trades: [trade(900 - page++, { timestamp: client.clock.now() })],
      })
    const read = client.link.readFills(1, client.clock.now() - 60_000, 'read')
    await expect(client.clock.runUntil(read)).rejects.toMatchObject({
      kind: 'unknown_state',
      code: 'too_many_fills',
    })
    expect(client.venue.requests).toHaveLength(MAX_FILL_PAGES)
    expect(client.link.marketFills(1)).toHaveLength(MAX_FILL_PAGES)
    client.venue.onRequest = () => NETWORK_LOST
    await expect(client.clock.runUntil(client.link.readFills(1, 0, 'read'))).rejects.toBe(
      NETWORK_LOST,
    )
  })

  it('are the same in whatever order and however often they are told', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(ids, fc.array(fc.nat(), { maxLength: 40 }), (told, repeats) => {
        const all = [...told, ...repeats.map((at) => told[at % told.length] ?? 1)]
        const state = all.reduce(
          (before, id) => withFills(before, fillsOf(id, { market_id: 1 + (id % 2) })),
          emptyAccountState(ACCOUNT),
        )
        const shown = [1, 2].flatMap((market) =>
          (state.fillsOfMarket.get(market) ?? []).map(({ tradeId }) => Number(tradeId)),
        )
        const sorted = told.toSorted((a, b) => a - b)
        const expected = [1, 2].flatMap((market) => sorted.filter((id) => 1 + (id % 2) === market))
        expect(shown).toEqual(expected)
        expect(state.fillsOfClient.get(77)).toHaveLength(told.length)
      }),
      { numRuns: 60 },
    )
  })

  it('are bounded, and old ones that are read do not push out new ones', () => {
    const many = Array.from({ length: KEPT_FILLS }, (_, at) => fillsOf(10_000 + at)).flat()
    const full = withFills(emptyAccountState(ACCOUNT), many)
    const state = withFills(full, [...fillsOf(1), ...fillsOf(20_000)])
    const shown = state.fillsOfMarket.get(1) ?? []
    expect(shown).toHaveLength(KEPT_FILLS)
    expect([shown[0]?.tradeId, shown.at(-1)?.tradeId]).toEqual(['10001', '20000'])
  })
})
