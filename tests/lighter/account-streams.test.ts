import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { TOKEN_RENEWAL_MS } from '../../src/lighter/auth-tokens.ts'
import { PING_INTERVAL_MS, PONG_TIMEOUT_MS } from '../../src/lighter/heartbeat.ts'
import { DRAIN_MS } from '../../src/lighter/venue-socket.ts'
import { SNAPSHOT_TIMEOUT_MS } from '../../src/lighter/managed-session.ts'
import { parseAuthToken, verifyAuthToken } from '../../src/lighter/signer/auth-token.ts'
import { createTestClient, KEYS, makeLive } from './support/client.ts'
import {
  ordersUpdate,
  orderRow,
  positionRow,
  positionsUpdate,
  snapshotOf,
  statsFrame,
  tradeRow,
  tradesUpdate,
} from './support/frames.ts'

describe('opening the streams', () => {
  it('subscribes to the four channels, the private ones with a valid token, and becomes live', async () => {
    const client = createTestClient()
    expect(client.venue.sockets).toHaveLength(0)
    await makeLive(client)
    const { sent } = client.venue.last()
    expect(sent.map((frame) => frame['channel'])).toEqual([
      'account_all_orders/8',
      'account_all_trades/8',
      'account_all_positions/8',
      'user_stats/8',
    ])
    expect(sent.map((frame) => 'auth' in frame)).toEqual([true, true, true, false])
    const token = parseAuthToken(String(sent[0]?.['auth']))
    expect(token).toMatchObject({ accountIndex: 8, apiKeyIndex: 5 })
    expect(token !== undefined && verifyAuthToken(token, KEYS.publicKeyHex)).toBe(true)
    // At most eight hours ahead, or the venue refuses it.
    expect((token?.deadlineUnixSeconds ?? 0) * 1_000 - client.clock.now()).toBeLessThan(8 * 3.6e6)
    const view = client.link.view()
    expect(view).toMatchObject({ isLive: true, positions: { isKnown: true } })
    expect(view.balances).toMatchObject({ isKnown: true })
    expect(client.link.lastAnswerAtMs()).toBe(view.lastAliveAtMs)
  })

  it('is not live while one snapshot is missing, and starts over', async () => {
    const client = createTestClient()
    client.venue.answers = (channel) =>
      channel.startsWith('account_all_trades') ? undefined : snapshotOf(channel)
    await expect(client.clock.runUntil(client.link.ready(5_000))).rejects.toMatchObject({
      kind: 'network',
      code: 'not_ready_in_time',
    })
    expect(client.link.view()).toMatchObject({ isLive: false })
    client.venue.answers = (channel) => snapshotOf(channel)
    await client.clock.advance(SNAPSHOT_TIMEOUT_MS)
    expect(client.venue.sockets).toHaveLength(2)
    expect(client.link.view().isLive).toBe(true)
  })

  it('says what stands in the way', async () => {
    const cases = [
      [
        new HedgebotError('proxy', 'proxy "p1" refused', {
          code: 'proxy_refused',
          hint: 'check it',
        }),
        { kind: 'proxy', code: 'proxy_refused', hint: 'check it' },
      ],
      [
        new HedgebotError('network', 'refused', { code: 'websocket_refused', venueCode: 20558 }),
        { kind: 'venue_refused', code: 'restricted_region', isFatal: true },
      ],
      [undefined, { kind: 'network', code: 'not_ready_in_time' }],
    ] as const
    for (const [error, expected] of cases) {
      const client = createTestClient()
      client.venue.isRefusing = true
      client.venue.refusal = error
      await expect(client.clock.runUntil(client.link.ready(2_000))).rejects.toMatchObject(expected)
    }
  })

  it('stops waiting when cancelled', async () => {
    const client = createTestClient()
    client.venue.isGreeting = false
    const stop = new AbortController()
    const ready = client.link.ready(60_000, stop.signal)
    stop.abort()
    await expect(ready).rejects.toMatchObject({ code: 'aborted' })
  })

  it('ends with the reason of whoever stopped it', async () => {
    const client = createTestClient()
    client.venue.isGreeting = false
    const stop = new AbortController()
    const ready = client.link.ready(60_000, stop.signal)
    stop.abort(new HedgebotError('refused', 'interrupted', { code: 'interrupted', exit: 130 }))
    await expect(ready).rejects.toMatchObject({ code: 'interrupted', exit: 130 })
  })

  it('comes with a new token after the venue refused one', async () => {
    const client = createTestClient()
    let refusals = 0
    client.venue.answers = (channel) => {
      if (refusals > 0 || channel.startsWith('user_stats')) return snapshotOf(channel)
      refusals++
      return { error: { code: 20013, message: 'invalid auth: invalid deadline' } }
    }
    await makeLive(client)
    const [first, second] = client.venue.sockets
    await client.clock.advance(1_000)
    expect(client.venue.sockets).toHaveLength(2)
    expect(first?.sent[0]?.['auth']).not.toBe(second?.sent[0]?.['auth'])
  })

  it('takes "already subscribed" for what it wanted', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.venue.last().push({ error: { code: 30003, message: 'Already Subscribed to : x' } })
    await client.clock.advance(100)
    expect(client.link.view().isLive).toBe(true)
  })
})

describe('keeping the streams', () => {
  it('pings, and ends a socket that does not answer', async () => {
    const client = createTestClient()
    await makeLive(client)
    const socket = client.venue.last()
    await client.clock.advance(PING_INTERVAL_MS * 3)
    expect(socket.pingCount).toBe(3)
    expect(client.link.view().isLive).toBe(true)
    socket.isSilent = true
    await client.clock.advance(PING_INTERVAL_MS + PONG_TIMEOUT_MS - 2_000)
    expect(client.link.view().isLive).toBe(true)
    await client.clock.advance(2_000)
    expect(client.link.view().isLive).toBe(false)
    await client.clock.advance(1_000)
    expect(client.venue.sockets).toHaveLength(2)
    expect(client.link.view().isLive).toBe(true)
  })

  it('answers the venue\u2019s ping', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.venue.last().push({ type: 'ping' })
    await client.clock.advance(5)
    expect(client.venue.last().sent.at(-1)).toEqual({ type: 'pong' })
  })

  it('gives a sign of life when probed, and dies early when none comes', async () => {
    const client = createTestClient()
    await makeLive(client)
    await client.clock.advance(7_000)
    client.link.probe()
    await client.clock.advance(2)
    expect(client.clock.now() - (client.link.lastAnswerAtMs() ?? 0)).toBeLessThan(2)
    client.venue.last().isSilent = true
    client.link.probe()
    await client.clock.advance(PONG_TIMEOUT_MS - 1)
    expect(client.venue.sockets).toHaveLength(1)
    client.link.probe()
    await client.clock.advance(1)
    expect(client.link.view().isLive).toBe(false)
  })

  it('is not live the moment the socket is gone, and its age stands still', async () => {
    const client = createTestClient()
    await makeLive(client)
    let liveAtChange: boolean | undefined
    client.link.onChange(() => {
      liveAtChange = client.link.view().isLive
    })
    const before = client.link.view()
    client.venue.isRefusing = true
    client.venue.last().drop()
    expect(client.link.view().isLive).toBe(false)
    expect(liveAtChange).toBe(false)
    await client.clock.advance(60_000)
    expect(client.link.view().positions).toMatchObject({
      isKnown: true,
      atMs: before.lastAliveAtMs,
    })
  })

  it('reconnects with growing pauses, up to a limit', async () => {
    const client = createTestClient()
    client.venue.isRefusing = true
    client.link.onChange(() => undefined)
    await client.clock.advance(2_000)
    const early = client.venue.sockets.length
    expect(early).toBeGreaterThanOrEqual(3)
    await client.clock.advance(118_000)
    const perMinute = (client.venue.sockets.length - early) / 2
    expect(perMinute).toBeLessThan(12)
    client.venue.isRefusing = false
    await client.clock.advance(25_000)
    expect(client.link.view().isLive).toBe(true)
  })

  it('renews the token with a second socket and lets go of the first afterwards', async () => {
    const client = createTestClient()
    await makeLive(client)
    const losses: boolean[] = []
    client.link.onChange(() => losses.push(client.link.view().isLive))
    const [first] = client.venue.sockets
    await client.clock.advance(TOKEN_RENEWAL_MS + 100)
    const [, second] = client.venue.sockets
    expect(second?.isOpen).toBe(true)
    expect(first?.isOpen).toBe(true)
    expect(first?.sent[0]?.['auth']).not.toBe(second?.sent[0]?.['auth'])
    await client.clock.advance(DRAIN_MS)
    expect(first?.isOpen).toBe(false)
    expect(losses.every(Boolean)).toBe(true)
    expect(client.venue.sockets).toHaveLength(2)
  })

  it('keeps the old socket while the second cannot be opened', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.venue.isRefusing = true
    await client.clock.advance(TOKEN_RENEWAL_MS + 60_000)
    expect(client.link.view().isLive).toBe(true)
    expect(client.venue.sockets[0]?.isOpen).toBe(true)
  })

  it('takes a frame of another account or of another shape for a broken stream', async () => {
    for (const frame of [
      { ...statsFrame('update'), channel: 'user_stats:9' },
      positionsUpdate([positionRow({ position: null })]),
      ordersUpdate([orderRow({ status: 'melted' })]),
    ]) {
      const client = createTestClient()
      await makeLive(client)
      client.venue.last().push(frame)
      await client.clock.advance(1)
      expect(client.link.view().isLive).toBe(false)
      expect(client.logger.lines.some(([level]) => level === 'warn')).toBe(true)
    }
  })

  it('ends for good with close', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.exchange.close()
    await client.clock.advance(120_000)
    expect(client.venue.sockets).toHaveLength(1)
    expect(client.clock.pendingCount()).toBe(0)
  })
})

describe('what the streams tell', () => {
  it('shows position, order and fills of one round', async () => {
    const client = createTestClient()
    await makeLive(client)
    const changes: number[] = []
    client.link.onChange(() => changes.push(client.clock.now()))
    const socket = client.venue.last()
    socket.push(tradesUpdate([tradeRow()]))
    await client.clock.advance(1)
    expect(client.link.view().positions.isKnown).toBe(false)
    socket.push(positionsUpdate([positionRow({ position: '0.00100', avg_entry_price: '64000.0' })]))
    socket.push(ordersUpdate([orderRow()]))
    await client.clock.advance(1)
    const positions = client.link.view().positions
    const position = positions.isKnown ? positions.value.get(1) : undefined
    expect(position).toMatchObject({ isSettled: true, marginMode: 'cross' })
    expect(position?.signedBase.toFixed()).toBe('0.001')
    expect(client.link.order(77)).toMatchObject({ status: 'filled', isLive: false })
    expect(client.link.fills(77).map((fill) => fill.tradeId)).toEqual(['5769984'])
    expect(changes).toHaveLength(3)
    // Again, and as a flat list: nothing changes.
    socket.push({ ...(tradesUpdate([]) as object), trades: [tradeRow()] })
    await client.clock.advance(1)
    expect(client.link.fills(77)).toHaveLength(1)
    expect(changes).toHaveLength(3)
  })

  it('keeps order indices beyond 2^53 exact', async () => {
    const client = createTestClient()
    await makeLive(client)
    const { order_id: _gone, ...row } = orderRow({ order_index: 0 })
    const text = JSON.stringify(ordersUpdate([row])).replace(
      '"order_index":0',
      '"order_index":1152921504606846975',
    )
    client.venue.last().pushText(text)
    await client.clock.advance(1)
    expect(client.link.order(77)?.orderIndex).toBe('1152921504606846975')
  })

  it('measures the venue\u2019s clock from stamped frames', async () => {
    const client = createTestClient()
    await makeLive(client)
    expect(client.exchange.clockOffsetMs().isKnown).toBe(false)
    client.venue.last().push({ ...statsFrame('update'), timestamp: client.clock.now() + 4_000 })
    await client.clock.advance(1)
    expect(client.exchange.clockOffsetMs()).toMatchObject({ isKnown: true, value: 3_999 })
  })
})
