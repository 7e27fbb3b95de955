import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AlertEntry, AlertTiming } from '../../../src/notify/memory/alert-memory.ts'
import {
  dueAlerts,
  endUnconfirmed,
  raise,
  takeAlertEvent,
} from '../../../src/notify/memory/alert-memory.ts'
import { ruleOf } from '../../../src/notify/memory/catalogue.ts'
import type { JournalEvent } from '../../../src/ports.ts'
import { eventOf } from '../support/sample-events.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

function take(...events: readonly JournalEvent[]): readonly AlertEntry[] {
  return events.reduce<readonly AlertEntry[]>(takeAlertEvent, [])
}

function due(entries: readonly AlertEntry[], nowMs: number, timing: Partial<AlertTiming> = {}) {
  const { changes, entries: kept } = dueAlerts(entries, {
    nowMs,
    least: 'warning',
    isPatient: true,
    ...timing,
  })
  return { told: changes.map(({ change, entry }) => `${change} ${entry.key}`), kept }
}

const over = (kind: string, atMs: number, rest: Partial<JournalEvent> = {}): JournalEvent =>
  eventOf(`${kind}_over`, atMs, { level: 'info', ...rest })

describe('an alert', () => {
  it('is told once when it is raised, and once when it is over', () => {
    const raised = take(eventOf('egress_down', 0, { level: 'warning', account: 'p1' }))
    const first = due(raised, 2_000)
    expect(first.told).toEqual(['raised egress_down/p1'])
    expect(due(first.kept, 3_000).told).toEqual([])
    const ended = takeAlertEvent(first.kept, over('egress_down', 9_000, { account: 'p1' }))
    const last = due(ended, 10_000)
    expect(last.told).toEqual(['recovered egress_down/p1'])
    expect(due(last.kept, 11_000).told).toEqual([])
  })

  it('that mends itself within its patience is never told', () => {
    const { patienceMs } = ruleOf('account_stale')
    expect(patienceMs).toBeGreaterThan(0)
    const stale = take(eventOf('account_stale', 0, { level: 'warning', account: 'a1' }))
    expect(due(stale, patienceMs - 1).told).toEqual([])
    const ended = takeAlertEvent(stale, over('account_stale', 5_000, { account: 'a1' }))
    expect(due(ended, 20_000)).toEqual({ told: [], kept: [] })
    expect(due(stale, patienceMs).told).toEqual(['raised account_stale/a1'])
  })

  it('that is critical is told even when it is over by then', () => {
    const naked = take(
      eventOf('exposed', 0, { hedgeId: 'h1' }),
      over('exposed', 900, { hedgeId: 'h1' }),
    )
    const { told, kept } = due(naked, 2_000)
    expect(told).toEqual(['raised exposed/h1'])
    expect(due(kept, 3_000).told).toEqual([])
  })

  it('is told again when it gets worse, at the tenth time, and hourly while it holds', () => {
    let entries = take(eventOf('liquidation_near', 0, { level: 'warning', account: 'a1' }))
    entries = due(entries, 2_000).kept
    const worse = due(
      takeAlertEvent(entries, eventOf('liquidation_near', 3_000, { account: 'a1' })),
      4_000,
    )
    expect(worse.told).toEqual(['escalated liquidation_near/a1'])
    for (let count = 3; count < 10; count += 1) {
      entries = takeAlertEvent(worse.kept, eventOf('liquidation_near', 5_000, { account: 'a1' }))
    }
    expect(due(entries, 6_000).told).toEqual([])
    expect(due(worse.kept, 4_000 + HOUR_MS).told).toEqual(['repeated liquidation_near/a1'])
  })

  it('that only happens is told the first and the tenth time, and forgotten an hour later', () => {
    let entries: readonly AlertEntry[] = []
    const told: string[] = []
    for (let count = 1; count <= 12; count += 1) {
      entries = takeAlertEvent(entries, eventOf('order_refused', count * 1_000, { account: 'a' }))
      const step = due(entries, count * 1_000 + 10)
      entries = step.kept
      told.push(...step.told.map((text) => `${count}: ${text}`))
    }
    expect(told).toEqual(['1: raised order_refused/a', '10: repeated order_refused/a'])
    expect(due(entries, 12_000 + HOUR_MS).kept).toEqual([])
  })

  it('that comes and goes is told as often as it stays, and as critical each time', () => {
    let entries: readonly AlertEntry[] = []
    const told: string[] = []
    for (let round = 0; round < 8; round += 1) {
      const atMs = round * 20_000
      for (const kind of ['egress_down', 'exposed'])
        entries = takeAlertEvent(entries, eventOf(kind, atMs, { level: 'warning' }))
      const on = due(entries, atMs + 3_000)
      entries = on.kept
      for (const kind of ['egress_down', 'exposed'])
        entries = takeAlertEvent(entries, over(kind, atMs + 5_000))
      const off = due(entries, atMs + 6_000)
      entries = off.kept
      told.push(...on.told, ...off.told)
    }
    const count = (text: string): number => told.filter((one) => one === text).length
    expect([count('raised egress_down'), count('recovered egress_down')]).toEqual([1, 1])
    expect([count('raised exposed'), count('recovered exposed')]).toEqual([8, 8])
  })

  it('of a hedge ends with the hedge, unless it only happened', () => {
    const entries = take(
      eventOf('unprotected', 0, { hedgeId: 'h1', account: 'a1' }),
      eventOf('unprotected', 0, { hedgeId: 'h2', account: 'a3' }),
      eventOf('hedge_closed', 5_000, { level: 'info', hedgeId: 'h1' }),
    )
    expect(entries.map(({ key, endedAtMs }) => [key, endedAtMs])).toEqual([
      ['unprotected/h1/a1', 5_000],
      ['unprotected/h2/a3', undefined],
    ])
  })

  it('of an empty pool ends when one proxy works again', () => {
    const entries = take(
      eventOf('pool_empty', 0),
      eventOf('pool_thin', 5_000, { message: 'only one works' }),
    )
    expect(entries.map(({ kind, endedAtMs }) => [kind, endedAtMs])).toEqual([
      ['pool_empty', 5_000],
      ['pool_thin', undefined],
    ])
  })

  it('below the least weight is not told', () => {
    const entries = take(eventOf('egress_down', 0, { level: 'warning' }))
    expect(due(entries, 5_000, { least: 'critical' }).told).toEqual([])
    expect(due(take(eventOf('exposed', 0)), 5_000, { least: 'critical' }).told).toHaveLength(1)
  })

  it('of a kind that nobody has thought of is told in its own words', () => {
    expect(due(take(eventOf('something_new', 0)), 5_000).told).toEqual(['raised something_new'])
    expect(ruleOf('something_new').title).toBe('Something new')
  })
})

describe('after a restart', () => {
  const entries = take(
    eventOf('account_stale', 0, { level: 'warning', account: 'a1' }),
    eventOf('unprotected', 0, { hedgeId: 'h1', account: 'a2' }),
    eventOf('unprotected', 0, { hedgeId: 'h2', account: 'a3' }),
    eventOf('order_refused', 0),
  )

  it('what the new watch does not raise again is over, but what the ledger says holds with its hedge', () => {
    const confirmed = takeAlertEvent(
      entries,
      eventOf('account_stale', 10_000, { level: 'warning', account: 'a9' }),
    )
    const isLive = (hedgeId: string): boolean => hedgeId === 'h1'
    const timing = { beganAtMs: 5_000, nowMs: 65_000, isLive, isWatching: true }
    const after = endUnconfirmed(confirmed, timing)
    expect(after.filter(({ endedAtMs }) => endedAtMs === undefined).map(({ key }) => key)).toEqual([
      'unprotected/h1/a2',
      'order_refused',
      'account_stale/a9',
    ])
  })
})

describe('at the end of a command that nobody watches beside', () => {
  it('what it did not see again is over, but not what is about a hedge that lives', () => {
    const entries = take(
      eventOf('egress_down', 0, { level: 'warning' }),
      eventOf('liquidation_near', 0, { hedgeId: 'h1' }),
      eventOf('liquidation_near', 0, { hedgeId: 'h2' }),
    )
    const isLive = (hedgeId: string): boolean => hedgeId === 'h1'
    const timing = { beganAtMs: 86_400_000, nowMs: 86_460_000, isLive, isWatching: false }
    const open = endUnconfirmed(entries, timing).filter(({ endedAtMs }) => endedAtMs === undefined)
    expect(open.map(({ key }) => key)).toEqual(['liquidation_near/h1'])
  })
})

describe('any story of alerts', () => {
  const kinds = ['egress_down', 'exposed', 'account_stale', 'order_refused', 'unprotected']
  const arbitraryStep = fc.record({
    kind: fc.constantFrom(...kinds),
    account: fc.constantFrom('a', 'b', undefined),
    isOver: fc.boolean(),
    level: fc.constantFrom('warning' as const, 'alert' as const),
    pauseMs: fc.integer({ min: 0, max: 5 * MINUTE_MS }),
  })

  it('tells no end that was not begun, and no beginning twice without an end unless it stays', () => {
    fc.assert(
      fc.property(fc.array(arbitraryStep, { maxLength: 60 }), (steps) => {
        let entries: readonly AlertEntry[] = []
        let nowMs = 0
        const isOn = new Map<string, boolean>()
        for (const { kind, account, isOver, level, pauseMs } of steps) {
          const event = isOver
            ? over(kind, nowMs, { account })
            : eventOf(kind, nowMs, { account, level })
          entries = takeAlertEvent(entries, event)
          nowMs += pauseMs
          const { changes, entries: kept } = dueAlerts(entries, {
            nowMs,
            least: 'info',
            isPatient: true,
          })
          entries = kept
          for (const { change, entry } of changes) {
            if (change === 'recovered') expect(isOn.get(entry.key)).toBe(true)
            if (change === 'raised') expect(isOn.get(entry.key) ?? false).toBe(false)
            isOn.set(entry.key, entry.endedAtMs === undefined && ruleOf(entry.kind).hasEnd)
          }
        }
      }),
    )
  })

  it('keeps a bounded memory, and JSON keeps it', () => {
    let entries: readonly AlertEntry[] = []
    for (let count = 0; count < 5_000; count += 1) {
      entries = raise(entries, {
        kind: count % 2 === 0 ? 'order_refused' : 'account_stale',
        severity: 'warning',
        message: `number ${count}`,
        atMs: count,
        account: `account_${count}`,
      })
    }
    expect(entries.length).toBeLessThanOrEqual(302)
    expect(entries.filter(({ isSum }) => isSum).reduce((sum, { count }) => sum + count, 0)).toBe(
      5_000 - 300,
    )
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries)
  })
})
