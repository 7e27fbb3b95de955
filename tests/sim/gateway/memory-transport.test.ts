import { describe, expect, it } from 'vitest'
import type { VenueSocketHandlers } from '../../../src/ports.ts'
import {
  createMemoryTransport,
  type MemoryTransportOptions,
} from '../../../src/sim/gateway/memory-transport.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { BTC, createFixture, type Fixture, type Json, marketOrder } from './stage-fixture.ts'

function transportOf(f: Fixture, more: Partial<MemoryTransportOptions> = {}) {
  const { gateway } = f.stage
  return createMemoryTransport({ gateway, clock: f.clock, rng: createSeededRng(9), ...more })
}

function handlers() {
  const seen = {
    opened: 0,
    pongs: 0,
    texts: [] as string[],
    closes: [] as { code: number; error?: Error }[],
  }
  const on: VenueSocketHandlers = {
    onOpen: () => void (seen.opened += 1),
    onMessage: (text) => void seen.texts.push(text),
    onPong: () => void (seen.pongs += 1),
    onClose: (close) => void seen.closes.push(close),
  }
  return { seen, on }
}

const root = { method: 'GET', path: '/', timeoutMs: 1_000 } as const

describe('requests over the memory transport', () => {
  it('take their latency both ways and bring the answer', async () => {
    const f = createFixture()
    const transport = transportOf(f, { minLatencyMs: 20, maxLatencyMs: 20, egress: 'proxy_1' })
    const startMs = f.clock.monotonicMs()
    const answer = await f.clock.runUntil(transport.request(root))
    expect(answer.status).toBe(200)
    expect(f.clock.monotonicMs() - startMs).toBe(40)
    expect(transport.egress).toBe('proxy_1')
  })

  it('send forms and headers, and count on their own address', async () => {
    const f = createFixture()
    const transport = transportOf(f, { remoteAddress: '127.0.0.7' })
    const { txInfo, txHash } = f.sign(marketOrder(0, 1_000))
    const form = { tx_type: '14', tx_info: txInfo }
    const path = '/api/v1/sendTx'
    const answer = await f.clock.runUntil(
      transport.request({ method: 'POST', path, form, timeoutMs: 1_000 }),
    )
    expect((JSON.parse(answer.body) as Json)['tx_hash']).toBe(txHash)
    expect(f.stage.gateway.units.byIp('127.0.0.7').units).toBe(1)
    const limits = await f.clock.runUntil(
      transport.request({
        ...root,
        path: '/api/v1/accountLimits',
        query: { account_index: String(f.account.accountIndex) },
        headers: { Authorization: f.token() },
      }),
    )
    expect(limits.status).toBe(200)
  })

  it.each([
    ['lost-request', 'timeout', true],
    ['lost-answer', 'timeout', true],
    ['cut-request', 'connection_reset', true],
    ['cut-answer', 'connection_reset', true],
    ['unreachable', 'connection_refused', false],
  ])('%s is felt as %s', async (kind, code, mayHaveBeenDelivered) => {
    const f = createFixture({ faultTexts: [kind] })
    const startMs = f.clock.monotonicMs()
    const work = transportOf(f).request(root)
    await expect(f.clock.runUntil(work)).rejects.toMatchObject({
      name: 'HedgebotError',
      kind: 'network',
      code,
      mayHaveBeenDelivered,
    })
    const passedMs = f.clock.monotonicMs() - startMs
    // Silence is felt at the deadline, everything else at once.
    expect(passedMs === 1_000).toBe(code === 'timeout')
    expect(passedMs).toBeLessThanOrEqual(1_000)
  })

  it('are given up on abort', async () => {
    const f = createFixture({ faultTexts: ['lost-answer'] })
    const abort = new AbortController()
    const work = transportOf(f).request({ ...root, signal: abort.signal })
    f.clock.setTimer(100, () => abort.abort())
    await expect(f.clock.runUntil(work)).rejects.toMatchObject({
      code: 'aborted',
      mayHaveBeenDelivered: true,
    })
    await expect(transportOf(f).request({ ...root, signal: abort.signal })).rejects.toMatchObject({
      code: 'aborted',
      mayHaveBeenDelivered: false,
    })
  })

  it('are refused while the egress is down', async () => {
    const f = createFixture()
    const transport = transportOf(f)
    transport.setDown(true)
    await expect(transport.request(root)).rejects.toMatchObject({ mayHaveBeenDelivered: false })
    transport.setDown(false)
    expect((await f.clock.runUntil(transport.request(root))).status).toBe(200)
  })
})

describe('sockets over the memory transport', () => {
  it('open, speak in order, answer pings and close once', async () => {
    const f = createFixture()
    const { seen, on } = handlers()
    const socket = transportOf(f).connect(on)
    expect(socket.send('too early')).toBe(false)
    await f.clock.advance(100)
    expect(seen.opened).toBe(1)
    expect(seen.texts[0]).toContain('"type":"connected"')
    expect(socket.send('{"type":"subscribe","channel":"height"}')).toBe(true)
    expect(socket.send('{"type":"ping"}')).toBe(true)
    socket.ping()
    await f.clock.advance(100)
    expect(seen.texts.slice(1).map((text) => (JSON.parse(text) as Json)['type'])).toEqual([
      'subscribed/height',
      'pong',
    ])
    expect(seen.pongs).toBe(1)
    socket.close()
    socket.terminate()
    await f.clock.advance(100)
    expect(seen.closes).toEqual([{ code: 1005, reason: '' }])
    expect(socket.send('late')).toBe(false)
  })

  it('deliver what was sent before a close and drop what was under way when cut', async () => {
    const f = createFixture()
    const sendAndEnd = async (end: 'close' | 'terminate', nonce: number) => {
      const { on } = handlers()
      const socket = transportOf(f).connect(on)
      await f.clock.advance(100)
      const { txInfo } = f.sign(marketOrder(0, 1_000, { nonce }))
      socket.send(`{"type":"jsonapi/sendtx","data":{"tx_type":14,"tx_info":${txInfo}}}`)
      socket[end]()
      await f.clock.advance(1_000)
      return f.stage.core.account(f.account.accountIndex)?.positions.get(BTC)?.sizeTicks ?? 0n
    }
    expect(await sendAndEnd('terminate', 0)).toBe(0n)
    expect(await sendAndEnd('close', 0)).toBe(1_000n)
  })

  it('feel a cut, a venue close and a refused upgrade', async () => {
    const f = createFixture({ faultTexts: ['restricted@ip=127.0.0.3'] })
    const cut = handlers()
    const transport = transportOf(f)
    transport.connect(cut.on)
    await f.clock.advance(100)
    transport.cutSockets()
    await f.clock.advance(1)
    expect(cut.seen.closes).toMatchObject([{ code: 1006, error: { code: 'socket_broken' } }])

    const refused = handlers()
    transportOf(f, { remoteAddress: '127.0.0.3' }).connect(refused.on)
    await f.clock.advance(100)
    expect(refused.seen.opened).toBe(0)
    expect(refused.seen.closes[0]?.error?.message).toContain('20558')

    const idle = handlers()
    transportOf(f).connect(idle.on)
    await f.clock.advance(121_000)
    expect(idle.seen.closes).toMatchObject([{ code: 1000 }])
  })

  it('half-open: nothing comes back and no close', async () => {
    const f = createFixture({ faultTexts: ['half-open@from=1s'] })
    const { seen, on } = handlers()
    const socket = transportOf(f).connect(on)
    await f.clock.advance(1_000)
    socket.ping()
    socket.send('{"type":"ping"}')
    await f.clock.advance(60_000)
    expect(seen.pongs).toBe(0)
    expect(seen.texts).toHaveLength(1)
    expect(seen.closes).toHaveLength(0)
  })
})
