import { describe, expect, it } from 'vitest'
import { readSources } from '../../source-files.ts'
import { isAlertKind, ruleOf, severityOf } from '../../../src/notify/memory/catalogue.ts'

/** Kinds of events that the program notes as a warning or an alert, as its sources say. */
function notedKinds(): readonly string[] {
  const noted = /level: (?:'warning'|'alert'|[a-z][^'\n]*),\s*kind: '([a-z_]+)'/g
  const kinds = readSources()
    .filter(({ path }) => /^src\/(engine|proxies|commands|context)\//.test(path))
    .flatMap(({ code }) => [...code.matchAll(noted)].map(([, kind]) => kind ?? ''))
  return [...new Set(kinds)]
}

const isOwnWords = (kind: string): boolean =>
  ruleOf(kind).title.toLowerCase() === kind.replaceAll('_', ' ')

describe('the catalogue', () => {
  it('knows every kind of event that the program notes as a warning or an alert', () => {
    const kinds = notedKinds()
    expect(kinds.length).toBeGreaterThan(20)
    expect(kinds.filter((kind) => isAlertKind(kind) && isOwnWords(kind))).toEqual([])
  })

  it.each([
    ['exposed', 'critical'],
    ['unprotected', 'critical'],
    ['in_doubt', 'warning'],
    ['close_failing', 'warning'],
    ['exit_liquidation', 'critical'],
    ['leg_vanished', 'critical'],
    ['liquidation_near', 'warning'],
    ['account_stale', 'warning'],
    ['mark_stale', 'warning'],
    ['egress_down', 'warning'],
    ['pool_thin', 'warning'],
    ['pool_empty', 'critical'],
    ['rate_limited', 'warning'],
    ['venue_unreachable', 'critical'],
    ['maintenance', 'warning'],
    ['egress_restricted', 'critical'],
    ['key_invalid', 'critical'],
    ['foreign_nonce', 'critical'],
    ['clock_off', 'warning'],
    ['balance_low', 'warning'],
    ['journal_trouble', 'critical'],
    ['channel_failing', 'warning'],
    ['run_missed', 'warning'],
  ])('has %s with its weight and an advice', (kind, severity) => {
    expect(severityOf(kind, 'warning')).toBe(severity)
    expect(ruleOf(kind).advice.length).toBeGreaterThan(20)
    expect(isOwnWords(kind)).toBe(false)
  })

  it('takes a heavier event as heavier where nothing else is fixed', () => {
    expect(severityOf('close_failing', 'alert')).toBe('critical')
    expect(severityOf('stream_silent', 'warning')).toBe('info')
  })
})
