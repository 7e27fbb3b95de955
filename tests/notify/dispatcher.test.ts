/** The dispatcher over a real journal, for days of virtual time, with nothing else going on. */
import { beforeEach, describe, expect, it } from 'vitest'
import { tradeRecord } from '../../src/engine/trade-record.ts'
import { beginNews, forgetNews } from '../../src/notify/begin-news.ts'
import type { NotifyEvent } from '../../src/notify/dispatch-work.ts'
import { createDispatcher } from '../../src/notify/dispatcher.ts'
import type { Dispatcher } from '../../src/notify/dispatcher.ts'
import type { NotifyFacts, NotifyPolicy } from '../../src/notify/due-messages.ts'
import type { Journal, NewEvent } from '../../src/ports.ts'
import { newHedge } from '../journal/support/journal-factory.ts'
import { type JournalHouse, makeHouse } from '../journal/support/journal-fixture.ts'
import { createMailbox } from './support/mailbox.ts'
import type { Mailbox } from './support/mailbox.ts'
import { createQuietLogger } from './support/quiet-logger.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let house: JournalHouse
let journal: Journal
let mailbox: Mailbox

beforeEach(() => {
  house = makeHouse()
  journal = house.open('one')
  mailbox = createMailbox(house.clock)
})

function factsOf(store: Journal): NotifyFacts {
  return {
    progress(hedgeId) {
      const hedge = store.hedge(hedgeId)
      return hedge === undefined
        ? undefined
        : { isLive: hedge.state !== 'closed', isOpening: false, isComplete: true }
    },
    moving: () => ({ opening: 0, closing: 0 }),
    records: (ids) =>
      ids.flatMap((id) => {
        const hedge = store.hedge(id)
        return hedge === undefined
          ? []
          : [tradeRecord({ journal: store, accounts: () => [] }, hedge)]
      }),
    report: (period) => ({
      reports: [],
      ended: [],
      samples: [],
      period,
      egresses: [],
      isOpeningPaused: false,
    }),
    daily: (day, period) => ({ day, period, ended: [], open: 0, samples: [], events: [] }),
  }
}

function startDispatcher(
  store: Journal = journal,
  policy: Partial<NotifyPolicy> = {},
): { readonly dispatcher: Dispatcher; readonly said: readonly NotifyEvent[] } {
  const said: NotifyEvent[] = []
  const dispatcher = createDispatcher({
    store,
    sender: mailbox,
    clock: house.clock,
    logger: createQuietLogger(),
    facts: factsOf(store),
    policy: {
      network: 'sim',
      minLevel: 'warning',
      hasTrades: true,
      reportEveryMs: undefined,
      dailyAtMs: undefined,
      ...policy,
    },
    expectedRuns: [],
    ownerId: store.ownerId,
    isAlive: (ownerId) => store.isOwnerAlive(ownerId),
    instance: 'a',
    onEvent: (event) => said.push(event),
  })
  dispatcher.run()
  return { dispatcher, said }
}

function note(kind: string, rest: Partial<NewEvent> = {}): void {
  journal.addEvent({
    level: 'alert',
    kind,
    message: `${kind} happened`,
    runId: undefined,
    hedgeId: undefined,
    account: undefined,
    ...rest,
  })
}

describe('over days', () => {
  it('sums up each day once, at its hour, also when the process was away for it', async () => {
    const policy = { dailyAtMs: 8 * HOUR_MS }
    const first = startDispatcher(journal, policy)
    await house.clock.advance(50 * HOUR_MS)
    first.dispatcher.stop()
    await house.clock.advance(5 * 24 * HOUR_MS)
    startDispatcher(house.open('two'), policy)
    await house.clock.advance(30 * HOUR_MS)
    const days = mailbox.of('daily').map(({ title, atMs }) => {
      const at = new Date(atMs).toISOString().slice(0, 16)
      return `${title.slice(0, 10)} told ${at}`
    })
    expect(days).toEqual([
      '2026-11-01 told 2026-11-02T08:00',
      '2026-11-06 told 2026-11-08T02:00',
      '2026-11-07 told 2026-11-08T08:00',
      '2026-11-08 told 2026-11-09T08:00',
    ])
  })

  it('reports at round hours, at once when one is overdue, and sooner when asked for more often', async () => {
    const first = startDispatcher(journal, { reportEveryMs: 6 * HOUR_MS })
    await house.clock.advance(13 * HOUR_MS)
    first.dispatcher.stop()
    await house.clock.advance(7 * HOUR_MS)
    const second = startDispatcher(journal, { reportEveryMs: 6 * HOUR_MS })
    await house.clock.advance(MINUTE_MS)
    second.dispatcher.stop()
    startDispatcher(journal, { reportEveryMs: HOUR_MS })
    await house.clock.advance(2 * HOUR_MS)
    const times = mailbox.of('report').map(({ atMs }) => new Date(atMs).toISOString().slice(11, 16))
    expect(times).toEqual(['06:00', '12:00', '20:00', '21:00', '22:00'])
  })

  it('gives up what is a day old, loudly, but for reports that a newer one replaces', async () => {
    const { said } = startDispatcher(journal, { reportEveryMs: HOUR_MS })
    mailbox.setMood('down')
    note('exposed')
    await house.clock.advance(25.5 * HOUR_MS)
    expect(new Set(said.map(({ kind }) => kind))).toEqual(
      new Set(['channel_failing', 'messages_dropped']),
    )
    mailbox.setMood('works')
    await house.clock.advance(HOUR_MS)
    expect(mailbox.of('report').length).toBeLessThanOrEqual(2)
    expect(mailbox.titles().join('\n')).toContain('Notifications were given up')
  })

  it('holds alerts back while a hundred wait for every channel, and tells them together later', async () => {
    startDispatcher()
    mailbox.setMood('down')
    for (let minute = 0; minute < 300; minute += 1) {
      note('exposed', { hedgeId: `h${minute}` })
      await house.clock.advance(MINUTE_MS)
    }
    const [count] = journal.outboxCounts()
    expect(count?.waiting).toBe(100)
    mailbox.setMood('works')
    await house.clock.advance(2 * HOUR_MS)
    const text = JSON.stringify(mailbox.of('alert'))
    const missing = Array.from({ length: 300 }, (_, at) => `h${at}`).filter(
      (hedgeId) => !text.includes(`exposed/${hedgeId}/`) && !text.includes('others'),
    )
    expect(missing).toEqual([])
    expect(mailbox.of('alert').length).toBeLessThan(115)
  })
})

describe('a channel that another process said to fail', () => {
  it('is over with the first message that goes through', async () => {
    const first = startDispatcher()
    mailbox.setMood('login_wrong')
    note('exposed')
    await house.clock.advance(10_000)
    expect(first.said.map(({ kind }) => kind)).toEqual(['channel_failing'])
    first.dispatcher.stop()
    await house.clock.advance(26 * HOUR_MS)
    mailbox.setMood('works')
    startDispatcher(house.open('two'))
    await house.clock.advance(5 * MINUTE_MS)
    expect(mailbox.titles().join('\n')).toMatch(/recovered: .*Notifications do not get through/)
    await house.clock.advance(3 * HOUR_MS)
    expect(mailbox.titles().filter((title) => title.includes('do not get through'))).toHaveLength(2)
  })

  it('is tried at once when somebody says that it was mended', async () => {
    const { dispatcher } = startDispatcher()
    mailbox.setMood('login_wrong')
    note('exposed')
    await house.clock.advance(10_000)
    dispatcher.stop()
    journal.close()
    mailbox.setMood('works')
    journal = house.open('two')
    const mended = startDispatcher(journal)
    mended.dispatcher.hurry()
    const end = await house.clock.runUntil(mended.dispatcher.flush(15_000))
    expect(end.waiting).toBe(0)
    expect(mailbox.of('alert').length).toBeGreaterThanOrEqual(1)
  })
})

describe('the beginning', () => {
  it('tells nothing of what happened before anybody was to be told', async () => {
    note('exposed')
    startDispatcher()
    await house.clock.advance(MINUTE_MS)
    expect(mailbox.arrived).toEqual([])
    note('exposed', { hedgeId: 'h1' })
    await house.clock.advance(MINUTE_MS)
    expect(mailbox.arrived).toHaveLength(1)
  })

  it('after a time without channels tells nothing of that time', async () => {
    beginNews(journal)
    note('exposed')
    forgetNews(journal)
    startDispatcher()
    await house.clock.advance(MINUTE_MS)
    expect(mailbox.arrived).toEqual([])
  })

  it('with a memory that nobody can read starts anew', async () => {
    journal.saveNotifyMemory({ revision: 1, text: '{"version":7}' }, [])
    startDispatcher()
    note('exposed')
    await house.clock.advance(MINUTE_MS)
    expect(mailbox.arrived).toHaveLength(1)
  })
})

describe('confirmations', () => {
  async function openAndClose(): Promise<void> {
    const { runId } = journal.beginRun({ command: 'open' }).run
    const [hedge] = journal.createHedges([newHedge(runId, [1, 2])])
    if (hedge === undefined) throw new Error('no hedge')
    note('hedge_open', { level: 'info', hedgeId: hedge.hedgeId })
    await house.clock.advance(10_000)
    const closed = { state: 'closed', cause: 'user', closedAtMs: house.clock.now() } as const
    journal.updateHedge(hedge, closed)
    note('hedge_closed', { level: 'info', hedgeId: hedge.hedgeId })
    await house.clock.advance(10_000)
  }

  it('are told, or not when they are not wanted', async () => {
    startDispatcher()
    await openAndClose()
    expect(mailbox.arrived.map(({ message }) => message.kind)).toEqual(['opened', 'closed'])
  })

  it('are not told when they are not wanted', async () => {
    startDispatcher(journal, { hasTrades: false })
    await openAndClose()
    expect(mailbox.arrived).toEqual([])
  })
})

describe('a message that a channel will never take', () => {
  it('is given up at once and said, and the next one is sent', async () => {
    const { said } = startDispatcher()
    mailbox.setMood('refuses')
    note('exposed')
    await house.clock.advance(10_000)
    expect(said.map(({ kind }) => kind)).toEqual(['messages_dropped'])
    mailbox.setMood('works')
    await house.clock.advance(2 * MINUTE_MS)
    expect(mailbox.titles()).toEqual([
      'alert: Notifications were given up: email refuses a message (alert): the server said too_large',
    ])
  })
})
