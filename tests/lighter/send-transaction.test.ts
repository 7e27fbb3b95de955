import { describe, expect, it } from 'vitest'
import type { SendAnswer, SignedTransaction } from '../../src/ports.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import { createTestClient, makeLive, type TestClient } from './support/client.ts'
import { BTC, openingOrder } from './support/market.ts'
import { positionRow, snapshotOf } from './support/frames.ts'
import { NETWORK_LOST, NOT_DELIVERED, ok, refusal } from './support/scripted-venue.ts'

type Answerer = (id: string, transaction: SignedTransaction, client: TestClient) => unknown

async function sendOverSocket(answer: Answerer | undefined): Promise<SendAnswer> {
  const client = createTestClient()
  await makeLive(client)
  const transaction = client.link.sign(openingOrder(), 7)
  client.venue.onFrame = (frame, socket) => {
    const { id } = frame['data'] as { id: string }
    const reply = answer?.(id, transaction, client)
    if (reply !== undefined) socket.push(reply)
  }
  const sent = client.link.send(transaction, { priority: 'open', via: 'auto' })
  return client.clock.runUntil(sent, 3_000)
}

describe('sending over the socket', () => {
  it('puts the signed text on the wire unchanged', async () => {
    const client = createTestClient()
    await makeLive(client)
    const transaction = client.link.sign(openingOrder(), 7)
    void client.link.send(transaction, { priority: 'open', via: 'auto' })
    const text = client.venue.last().sentText.at(-1) ?? ''
    expect(text).toContain(`"tx_type":14,"tx_info":${transaction.txInfo}}}`)
    expect(JSON.parse(text)).toMatchObject({ type: 'jsonapi/sendtx' })
    expect(client.venue.requests).toHaveLength(0)
  })

  it.each<[string, Answerer, Partial<SendAnswer>]>([
    [
      'acceptance by id',
      (id, { txHash }) => ({ code: 200, id, tx_hash: txHash, type: 'jsonapi/sendtx' }),
      { outcome: 'accepted' },
    ],
    [
      'acceptance by hash alone',
      (_id, { txHash }) => ({ code: 200, tx_hash: txHash, type: 'jsonapi/sendtx' }),
      { outcome: 'accepted' },
    ],
    [
      'refusal without a type',
      (id) => ({ error: { code: 21739, message: 'not enough margin' }, id }),
      { outcome: 'refused', code: 'not_enough_margin' },
    ],
    [
      'refusal without an id',
      () => ({ type: 'jsonapi/sendtx', code: 21104, message: 'invalid nonce' }),
      { outcome: 'nonce_used' },
    ],
    ['no answer', () => undefined, { outcome: 'in_doubt', message: 'no answer within 1000 ms' }],
    [
      'a broken socket after the send',
      (_id, _transaction, client) => {
        client.venue.last().drop()
        return undefined
      },
      { outcome: 'in_doubt' },
    ],
  ])('knows %s', async (_name, answer, expected) => {
    expect(await sendOverSocket(answer)).toMatchObject(expected)
  })

  it('is in doubt sooner about what closes', async () => {
    const client = createTestClient()
    await makeLive(client)
    const transaction = client.link.sign(openingOrder(), 7)
    const sent = client.link.send(transaction, { priority: 'close', via: 'auto' })
    expect(await client.clock.runUntil(sent, 3_000)).toMatchObject({
      outcome: 'in_doubt',
      message: 'no answer within 600 ms',
    })
  })

  it('does not take the answer to one send for that of another', async () => {
    const client = createTestClient()
    await makeLive(client)
    const [first, second] = [7, 8].map((nonce) => client.link.sign(openingOrder(), nonce))
    if (first === undefined || second === undefined) throw new Error('not signed')
    const options = { priority: 'open', via: 'auto' } as const
    const answers = Promise.all([
      client.link.send(first, options),
      client.link.send(second, options),
    ])
    const ids = client.venue
      .last()
      .sent.slice(-2)
      .map((frame) => (frame['data'] as { id: string }).id)
    const socket = client.venue.last()
    socket.push({ code: 200, id: ids[1], tx_hash: second.txHash, type: 'jsonapi/sendtx' })
    socket.push({ error: { code: 21605, message: 'x' }, id: ids[0] })
    expect(await client.clock.runUntil(answers)).toMatchObject([
      { outcome: 'refused', code: 'market_closed' },
      { outcome: 'accepted' },
    ])
  })

  it('is in doubt about all when an answer could belong to several', async () => {
    const client = createTestClient()
    await makeLive(client)
    const options = { priority: 'open', via: 'auto' } as const
    const answers = Promise.all(
      [7, 8].map((nonce) => client.link.send(client.link.sign(openingOrder(), nonce), options)),
    )
    client.venue.last().push({ type: 'jsonapi/sendtx', code: 21104, message: 'invalid nonce' })
    const startMs = client.clock.now()
    expect(await client.clock.runUntil(answers)).toMatchObject([
      { outcome: 'in_doubt' },
      { outcome: 'in_doubt' },
    ])
    expect(client.clock.now() - startMs).toBeLessThan(10)
  })

  it('answers at once when a draining socket delivers after a renewal', async () => {
    const client = createTestClient()
    await makeLive(client)
    const first = client.venue.last()
    await client.clock.advance(3 * 3_600_000 - 1)
    const transaction = client.link.sign(openingOrder(), 7)
    const sent = client.link.send(transaction, { priority: 'open', via: 'auto' })
    const id = (first.sent.at(-1)?.['data'] as { id: string } | undefined)?.id
    await client.clock.advance(50)
    expect(client.venue.sockets).toHaveLength(2)
    first.push({ code: 200, id, tx_hash: transaction.txHash, type: 'jsonapi/sendtx' })
    expect(await client.clock.runUntil(sent)).toMatchObject({ outcome: 'accepted' })
  })
})

describe('sending over REST', () => {
  it('is the way while no socket is open, with token and form', async () => {
    const client = createTestClient()
    const transaction = client.link.sign(openingOrder(), 7)
    client.venue.onRequest = () => ok({ code: 200, tx_hash: transaction.txHash })
    const sent = client.link.send(transaction, { priority: 'close', via: 'auto' })
    expect(await client.clock.runUntil(sent)).toMatchObject({ outcome: 'accepted' })
    const [request] = client.venue.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v1/sendTx',
      form: { tx_type: '14', tx_info: transaction.txInfo },
    })
    expect(request?.headers?.['Authorization']).toMatch(/^\d+:8:5:[0-9a-f]{160}$/)
  })

  it('is the way when asked for, though the socket is open: the same bytes again', async () => {
    const client = createTestClient()
    await makeLive(client)
    const transaction = client.link.sign(openingOrder(), 7)
    client.venue.onRequest = () => refusal(21104, 'invalid nonce')
    const sent = client.link.send(transaction, { priority: 'open', via: 'rest' })
    expect(await client.clock.runUntil(sent)).toMatchObject({ outcome: 'nonce_used' })
    expect(client.venue.requests[0]?.form?.['tx_info']).toBe(transaction.txInfo)
  })

  it('tells a certain failure from doubt', async () => {
    for (const [failure, outcome] of [
      [NOT_DELIVERED, 'not_sent'],
      [NETWORK_LOST, 'in_doubt'],
    ] as const) {
      const client = createTestClient()
      client.venue.onRequest = () => failure
      const transaction = client.link.sign(openingOrder(), 7)
      const sent = client.link.send(transaction, { priority: 'open', via: 'auto' })
      expect(await client.clock.runUntil(sent)).toMatchObject({ outcome })
    }
  })
})

describe('the budget of sends', () => {
  it('refuses without sending when it is used up, and keeps the rest for closing', async () => {
    const client = createTestClient()
    client.venue.onRequest = () => refusal(21605)
    const send = (priority: 'open' | 'close') =>
      client.clock.runUntil(
        client.link.send(client.link.sign(openingOrder(), 7), { priority, via: 'auto' }),
      )
    let answer = await send('open')
    while (answer.outcome === 'refused' && answer.code === 'market_closed')
      answer = await send('open')
    expect(answer).toMatchObject({ outcome: 'refused', code: 'local_rate_limit', canHeal: true })
    expect(client.venue.requests).toHaveLength(57)
    expect(client.link.unitsLeft('open')).toBe(0)
    expect(client.link.unitsLeft('close')).toBe(3)
    expect(await send('close')).toMatchObject({ code: 'market_closed' })
    expect(client.exchange.unitsSpent().get('alice')).toBe(58)
  })

  it('goes over REST when only the egress is used up', async () => {
    const client = createTestClient()
    await makeLive(client)
    const atMs = client.clock.now()
    client.spend.record({ bucket: 'egress:direct', units: 60, atMs })
    client.venue.onRequest = () => refusal(21605)
    const transaction = client.link.sign(openingOrder(), 7)
    const sent = client.link.send(transaction, { priority: 'close', via: 'auto' })
    expect(await client.clock.runUntil(sent)).toMatchObject({ code: 'market_closed' })
    expect(client.venue.requests).toHaveLength(1)
  })
})

describe('signing', () => {
  it('sets the deadline on the venue\u2019s clock', async () => {
    const client = createTestClient()
    await makeLive(client)
    client.venue.last().push({ type: 'x', timestamp: client.clock.now() - 9_000 })
    await client.clock.advance(1)
    const { expiresAtMs } = client.link.sign(openingOrder(), 7)
    expect(expiresAtMs).toBe(client.clock.now() - 9_001 + 15_000)
  })

  it('displaces with the leverage that the account has, or the market\u2019s default', async () => {
    const client = createTestClient()
    expect(() => client.link.signDisplacing(BTC, 7)).toThrow(
      expect.objectContaining({ kind: 'unknown_state' }),
    )
    client.venue.answers = (channel) =>
      snapshotOf(channel, {
        positions: { 1: positionRow({ initial_margin_fraction: '33.33', margin_mode: 1 }) },
      })
    await makeLive(client)
    const read = (text: string) => JSON.parse(text) as Record<string, unknown>
    expect(read(client.link.signDisplacing(BTC, 7).txInfo)).toMatchObject({
      Nonce: 7,
      MarketIndex: 1,
      InitialMarginFraction: 3333,
      MarginMode: 1,
    })
    const untouched = { ...BTC, marketIndex: 2, defaultInitialMarginFraction: new Dec('0.0666') }
    expect(read(client.link.signDisplacing(untouched, 7).txInfo)).toMatchObject({
      InitialMarginFraction: 666,
      MarginMode: 0,
    })
  })
})
