import { describe, expect, it } from 'vitest'
import { Dec } from '../../../src/hedge/decimal.ts'
import { composeAlerts } from '../../../src/notify/compose/compose-alerts.ts'
import { composeDaily } from '../../../src/notify/compose/compose-daily.ts'
import { composeEnded, composeStopping } from '../../../src/notify/compose/compose-ended.ts'
import { composeOpened } from '../../../src/notify/compose/compose-opened.ts'
import { composeReport } from '../../../src/notify/compose/compose-report.ts'
import { courseBlocks } from '../../../src/notify/compose/course.ts'
import { spanText } from '../../../src/notify/compose/words.ts'
import type { AlertChange, AlertEntry } from '../../../src/notify/memory/alert-memory.ts'
import type { Message } from '../../../src/notify/message.ts'
import { renderMailText } from '../../../src/notify/render/render-mail-text.ts'
import { mailSubject } from '../../../src/notify/render/mail-subject.ts'
import { sampleHedges } from '../../ui/sample-hedges.ts'
import { CONTEXT, openedRecord, sampleRecord } from '../support/sample-records.ts'

const MINUTE_MS = 60_000

/** As the owner reads it. */
function mail(message: Message | undefined): string {
  if (message === undefined) return 'no message'
  return `Subject: ${mailSubject(message)}\n\n${renderMailText(message)}`
}

describe('a confirmation of an opening', () => {
  it('of one hedge has its legs', () => {
    expect(mail(composeOpened(CONTEXT, [openedRecord(3)]))).toMatchSnapshot()
  })

  it('of ten hedges has a line for each, and what could not be opened with the reason', () => {
    const records = Array.from({ length: 9 }, (_, at) => openedRecord(at + 1))
    const aborted = openedRecord(10, { state: 'aborted', cause: 'deadline', fills: 0 })
    const message = composeOpened(CONTEXT, [...records, aborted])
    expect(message.severity).toBe('warning')
    expect(mail(message)).toMatchSnapshot()
  })

  it('of 500 hedges stays short', () => {
    const records = Array.from({ length: 500 }, (_, at) => openedRecord(at + 1))
    const text = mail(composeOpened(CONTEXT, records))
    expect(text).toContain('and 460 more')
    expect(text.split('\n').length).toBeLessThan(70)
  })
})

describe('an end', () => {
  it('by a stop says why, what it came to, how long it was naked and what it cost', () => {
    expect(mail(composeEnded(CONTEXT, [sampleRecord(3)])[0])).toMatchSnapshot()
  })

  it('of several has one message for what stops closed and one for the rest', () => {
    const records = [
      sampleRecord(1),
      sampleRecord(2, { cause: 'exchange_stop' }),
      sampleRecord(3, { cause: 'user' }),
    ]
    expect(
      composeEnded(CONTEXT, records).map(({ kind, title, severity }) => [kind, title, severity]),
    ).toEqual([
      [
        'stop',
        '2 hedges closed, net -0.21 USD: stop-loss, the stops on the exchange fired',
        'warning',
      ],
      ['closed', 'h3 account_5+account_6 closed, net -0.10 USD: asked for by you', 'info'],
    ])
  })

  it.each([
    ['liquidation', 'critical'],
    ['leg_vanished', 'critical'],
    ['take_profit', 'info'],
    ['stop_loss', 'warning'],
    ['closed_elsewhere', 'warning'],
    ['user', 'info'],
  ])('for %s is %s', (cause, severity) => {
    const [message] = composeEnded(CONTEXT, [sampleRecord(1, { cause })])
    expect(message?.severity).toBe(severity)
    const isAdvised = message?.blocks.some(({ kind }) => kind === 'advice')
    expect(isAdvised).toBe(['liquidation', 'leg_vanished', 'closed_elsewhere'].includes(cause))
  })

  it('whose fills are not all known never looks like a result', () => {
    const record = sampleRecord(1, {
      isComplete: false,
      realizedPnlUsd: undefined,
      netUsd: undefined,
    })
    const text = mail(composeEnded(CONTEXT, [record])[0])
    expect(text).toContain('closed, result not known yet: ')
    expect(text).toContain('figures are incomplete')
  })

  it('that does not come through says what to do', () => {
    const sinceMs = CONTEXT.nowMs - 15_000
    const stop = { hedgeId: 'h3', sinceMs, kind: 'stop_loss', reason: 'h3 lost 100 USD: closing' }
    expect(mail(composeStopping(CONTEXT, [stop]))).toMatchSnapshot()
  })
})

function changeOf(
  change: AlertChange['change'],
  kind: string,
  rest: Partial<AlertEntry> = {},
): AlertChange {
  const sinceMs = CONTEXT.nowMs - 90_000
  const key = [kind, rest.hedgeId, rest.account].filter((part) => part !== undefined).join('/')
  const message = `${rest.account ?? 'it'}: ${kind} is so`
  const entry = { key, kind, severity: 'warning', message, sinceMs, lastMs: sinceMs, count: 1 }
  return { change, entry: { ...entry, severity: 'warning', ...rest } }
}

describe('alerts', () => {
  it('that are equal but for the account are one paragraph with one advice', () => {
    const changes = Array.from({ length: 20 }, (_, at) =>
      changeOf('raised', 'account_stale', { account: `account_${at + 1}` }),
    )
    const message = composeAlerts(CONTEXT, changes)
    expect(message.title).toBe('Account data are old (20)')
    expect(mail(message)).toMatchSnapshot()
  })

  it('of several kinds begin with the most pressing, and ends come last', () => {
    const message = composeAlerts(CONTEXT, [
      changeOf('recovered', 'mark_stale', { endedAtMs: CONTEXT.nowMs }),
      changeOf('raised', 'egress_down', { account: 'proxy_1' }),
      changeOf('escalated', 'exposed', { hedgeId: 'h2', severity: 'critical' }),
    ])
    expect([message.kind, message.severity]).toEqual(['alert', 'critical'])
    expect(mail(message)).toMatchSnapshot()
  })

  it('and their end are one conversation when they are about one thing', () => {
    const raised = composeAlerts(CONTEXT, [changeOf('raised', 'exposed', { hedgeId: 'h2' })])
    const ended = composeAlerts(CONTEXT, [
      changeOf('recovered', 'exposed', { hedgeId: 'h2', endedAtMs: CONTEXT.nowMs }),
    ])
    expect([raised.kind, ended.kind]).toEqual(['alert', 'recovered'])
    expect(ended.thread).toBe(raised.thread)
    expect(mail(ended)).toMatchSnapshot()
  })
})

describe('a report', () => {
  const period = { fromMs: CONTEXT.nowMs - 360 * MINUTE_MS, toMs: CONTEXT.nowMs }
  const samples = Array.from({ length: 300 }, (_, at) => ({
    atMs: period.fromMs + at * MINUTE_MS,
    openHedges: 10,
    netUsd: at > 100 && at < 160 ? undefined : new Dec(at - 150).div(50).toFixed(4),
    worstLegUsd: new Dec(-at).div(10).toFixed(),
  }))

  it('tells what stands, what holds, and how it went', () => {
    const message = composeReport(
      CONTEXT,
      {
        reports: sampleHedges(),
        ended: [sampleRecord(9)],
        samples,
        period,
        egresses: [],
        isOpeningPaused: true,
      },
      [changeOf('raised', 'egress_down', { account: 'proxy_1' }).entry],
    )
    expect(mail(message)).toMatchSnapshot()
  })

  it('of nothing says so', () => {
    const view = { ended: [], samples: [], period, egresses: [], isOpeningPaused: false }
    const message = composeReport(CONTEXT, { ...view, reports: [] }, [])
    expect([message.title, message.severity]).toEqual(['nothing is open', 'info'])
  })

  it('draws what nobody looked at as a gap and not as zero', () => {
    const [net] = courseBlocks(samples, period)
    const bars = net?.kind === 'course' ? net.bars : []
    expect(bars).toHaveLength(36)
    expect(bars.filter(({ value }) => value === undefined).length).toBeGreaterThan(8)
    expect(bars.some(({ value }) => value === '0' || value === '0.00')).toBe(false)
  })
})

describe('a summary of a day', () => {
  it('counts what ended and why, and what happened besides', () => {
    const fromMs = Date.UTC(2026, 10, 30)
    const message = composeDaily(CONTEXT, {
      day: '2026-11-30',
      period: { fromMs, toMs: fromMs + 1_440 * MINUTE_MS },
      ended: [
        sampleRecord(1),
        sampleRecord(2),
        sampleRecord(3, { cause: 'user' }),
        openedRecord(4, { state: 'aborted', cause: 'deadline' }),
      ],
      open: 6,
      samples: [],
      events: [
        { kind: 'egress_down', level: 'warning', count: 12 },
        { kind: 'egress_down_over', level: 'info', count: 12 },
        { kind: 'stop_loss', level: 'alert', count: 2 },
        { kind: 'stream_silent', level: 'warning', count: 3 },
      ],
    })
    expect(mail(message)).toMatchSnapshot()
  })
})

describe('a span of time', () => {
  it.each([
    [0, '0 s'],
    [3_400, '3 s'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [7_805_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('of %d ms is %s', (ms, text) => {
    expect(spanText(ms)).toBe(text)
  })
})
