import { beforeEach, describe, expect, it } from 'vitest'
import type { Journal, NewOutboxMessage, OutboxMessage } from '../../src/ports.ts'
import { newHedge } from './support/journal-factory.ts'
import { type JournalHouse, makeHouse } from './support/journal-fixture.ts'

let house: JournalHouse
let one: Journal
let revision: number

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
  revision = 0
})

function message(envelopeId: string, channel = 'email', kind = 'alert'): NewOutboxMessage {
  return { envelopeId, channel, kind, message: `{"title":"${envelopeId}"}` }
}

function put(...messages: readonly NewOutboxMessage[]): boolean {
  revision += 1
  return one.saveNotifyMemory({ revision, text: `{"at":${revision}}` }, messages)
}

const claim = (journal = one, channel = 'email', forMs = 60_000): OutboxMessage | undefined =>
  journal.claimMessage(channel, house.clock.now() + forMs)

describe('the memory of what was told', () => {
  it('is missing at first, and then as it was last written', () => {
    expect(one.notifyMemory()).toBeUndefined()
    expect(put()).toBe(true)
    expect(put()).toBe(true)
    expect(house.open('two').notifyMemory()).toEqual({ revision: 2, text: '{"at":2}' })
  })

  it('is written by the faster of two processes, and the messages of the other are not there', () => {
    put()
    const two = house.open('two')
    expect(two.saveNotifyMemory({ revision: 2, text: '{}' }, [message('a')])).toBe(true)
    expect(one.saveNotifyMemory({ revision: 2, text: '{}' }, [message('b')])).toBe(false)
    expect(claim()?.envelopeId).toBe('a')
    expect(claim()).toBeUndefined()
  })
})

describe('a message in the outbox', () => {
  it('is claimed oldest first, by one process only, with its attempts counted', () => {
    put(message('a'), message('b'), message('a', 'telegram'))
    const two = house.open('two')
    expect(claim()).toMatchObject({ envelopeId: 'a', attempts: 1, channel: 'email' })
    expect(claim(two)).toMatchObject({ envelopeId: 'b' })
    expect(claim(two)).toBeUndefined()
    expect(claim(two, 'telegram')).toMatchObject({ envelopeId: 'a' })
  })

  it('is free again when its claim has run out, or at once when its process is gone', async () => {
    put(message('a'))
    const two = house.open('two')
    expect(claim(two)).toBeDefined()
    two.close()
    expect(claim()).toMatchObject({ envelopeId: 'a', attempts: 2 })
    const three = house.open('three')
    expect(claim(three)).toBeUndefined()
    await house.clock.advance(60_001)
    expect(claim(three)).toMatchObject({ attempts: 3 })
  })

  it('waits after a failure, and is due again at its time', async () => {
    put(message('a'))
    const taken = claim()
    const nextAttemptAtMs = house.clock.now() + 5_000
    one.settleMessage(taken?.messageNo ?? 0, { state: 'waiting', error: 'busy', nextAttemptAtMs })
    expect(one.nextAttemptAtMs('email')).toBe(nextAttemptAtMs)
    expect(claim()).toBeUndefined()
    await house.clock.advance(5_000)
    expect(claim()).toMatchObject({ envelopeId: 'a', attempts: 2 })
  })

  it('is counted while it waits, and not any more when it was sent or given up', () => {
    put(message('a'), message('b'), message('c', 'gone_channel'))
    expect(one.outboxCounts()).toEqual([
      { channel: 'email', waiting: 2, oldestAtMs: house.clock.now() },
      { channel: 'gone_channel', waiting: 1, oldestAtMs: house.clock.now() },
    ])
    one.settleMessage(claim()?.messageNo ?? 0, { state: 'sent' })
    one.settleMessage(claim()?.messageNo ?? 0, { state: 'dropped', error: 'refused' })
    expect(one.outboxCounts()).toHaveLength(1)
    expect(one.nextAttemptAtMs('email')).toBeUndefined()
  })

  it('that was sent stays sent, whatever a late process says of it', () => {
    put(message('a'))
    const taken = claim()?.messageNo ?? 0
    one.settleMessage(taken, { state: 'sent' })
    one.settleMessage(taken, { state: 'dropped', error: 'late' })
    one.settleMessage(taken, { state: 'waiting', error: 'late', nextAttemptAtMs: 0 })
    expect(claim()).toBeUndefined()
  })

  it('is given up by age or by kind, but not while it is on its way', async () => {
    put(message('old'), message('report', 'email', 'report'))
    await house.clock.advance(1_000)
    put(message('young'))
    claim()
    const filter = { createdBeforeMs: house.clock.now(), error: 'too old' }
    expect(one.dropMessages({ ...filter, kind: 'report' }).map((one) => one.envelopeId)).toEqual([
      'report',
    ])
    expect(one.dropMessages(filter)).toEqual([])
    await house.clock.advance(60_001)
    expect(one.dropMessages(filter).map(({ envelopeId }) => envelopeId)).toEqual(['old'])
    expect(claim()?.envelopeId).toBe('young')
  })
})

describe('what reports look back on', () => {
  it('are samples of the last eight days, with what is unknown left unknown', async () => {
    const atMs = house.clock.now()
    one.addPnlSample({ atMs, openHedges: 2, netUsd: '-1.5', worstLegUsd: undefined })
    expect(one.pnlSamples(atMs, atMs + 1)).toEqual([
      { atMs, openHedges: 2, netUsd: '-1.5', worstLegUsd: undefined },
    ])
    await house.clock.advance(9 * 86_400_000)
    const laterMs = house.clock.now()
    one.addPnlSample({ atMs: laterMs, openHedges: 0, netUsd: undefined, worstLegUsd: undefined })
    expect(one.pnlSamples(0, laterMs + 1)).toHaveLength(1)
  })

  it('are rounds by the time of their end, and events by kind', async () => {
    const { runId } = one.beginRun({ command: 'open' }).run
    const [hedge] = one.createHedges([newHedge(runId, [1, 2])])
    const fromMs = house.clock.now()
    await house.clock.advance(10)
    const closedAtMs = house.clock.now()
    if (hedge !== undefined) one.updateHedge(hedge, { state: 'closed', closedAtMs })
    const event = { kind: 'egress_down', message: 'm', runId, hedgeId: undefined }
    for (const account of ['a', 'b']) one.addEvent({ ...event, level: 'warning', account })
    expect(one.hedgesEndedBetween(fromMs, closedAtMs)).toEqual([])
    expect(one.hedgesEndedBetween(fromMs, closedAtMs + 1)).toHaveLength(1)
    expect(one.countEvents(fromMs, closedAtMs + 1)).toEqual([
      { kind: 'egress_down', level: 'warning', count: 2 },
    ])
    expect(one.eventsAfter(0, 1)).toHaveLength(1)
    expect(one.eventsAfter(one.lastEventId(), 10)).toEqual([])
  })

  it('are the last runs of a command, the last good one too, and whether one lives', () => {
    expect(one.lastRun('open')).toBeUndefined()
    const first = one.beginRun({ command: 'open' }).run
    expect(one.lastRun('open')).toMatchObject({ isAlive: true, endedAtMs: undefined })
    one.endRun(first.runId, { exit: 0, result: '{}' })
    const two = house.open('two')
    two.beginRun({ command: 'open' })
    expect(one.lastRun('open')).toMatchObject({ isAlive: true })
    two.close()
    expect(one.lastRun('open')).toMatchObject({ isAlive: false, exit: undefined })
    expect(one.lastRun('open', { exit: 0 })).toMatchObject({ exit: 0, isAlive: false })
  })
})
