import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { createLineReport } from '../../../src/ui/live/line-report.ts'
import { sampleEvent, sampleSummary } from './sample-live.ts'
import { sampleWatchSource } from './sample-watch.ts'

function start(isJson: boolean, summary = sampleSummary) {
  const clock = createVirtualClock()
  const lines: string[] = []
  const documents: object[] = []
  const failures: string[] = []
  const report = createLineReport({
    source: { ...sampleWatchSource(), summary },
    clock,
    isJson,
    exit: () => 4,
    line: (text) => lines.push(text),
    json: (document) => documents.push(document),
    onFailure: (reason) => failures.push(reason),
  })
  return { clock, lines, documents, failures, report }
}

describe('watch without a terminal', () => {
  it('says one line at once and one a minute', async () => {
    const { clock, lines, report } = start(false)
    expect(lines).toHaveLength(1)
    await clock.advance(59_999)
    expect(lines).toHaveLength(1)
    await clock.advance(1)
    expect(lines).toHaveLength(2)
    report.end()
    await clock.advance(600_000)
    expect(lines).toHaveLength(2)
    expect(clock.pendingCount()).toBe(0)
    expect(lines[0]).toBe(
      '2026-11-22T22:49:13.000Z testnet | 1 NAKED | 1 UNPROTECTED | 1 unknown | openings paused | 3 of 4 hedges open | P&L ? USD | net exposure 120,378,687.45 USD | naked 1,834 ms | funding paid ? USD | fees 0.22 USD | BTC 97,512.1 (0.4 s old)',
    )
  })

  it('says every event at once', () => {
    const { lines, report } = start(false)
    report.event(sampleEvent({ level: 'alert', account: 'a\nb' }))
    expect(lines[1]).toBe('2026-11-22T22:49:09.000Z alert h1 a�b: opened, leg gap 3 ms')
  })

  it('names hedge and account once, whether or not the message names them', () => {
    const { lines, report } = start(false)
    const told = (message: string) => {
      report.event(sampleEvent({ message, account: 'account_1' }))
      return lines.at(-1)?.replace(/^\S+ /, '')
    }
    expect(told('h1 a+b: closed')).toBe('account_1: h1 a+b: closed')
    expect(told('over: account_1: silent')).toBe('h1: over: account_1: silent')
    expect(told('h10 lost account_11')).toBe('h1 account_1: h10 lost account_11')
  })

  it('speaks in documents with --json', () => {
    const { lines, documents, report } = start(true)
    report.event(sampleEvent())
    expect(lines).toEqual([])
    const [summary, event] = JSON.parse(JSON.stringify(documents)) as [object, object]
    expect(summary).toMatchObject({
      schema: 'hedgebot/watch/1',
      at: '2026-11-22T22:49:13.000Z',
      network: 'testnet',
      ok: false,
      exit: 4,
      kind: 'summary',
      openings_paused: true,
      totals: { unrealized_pnl_usd: null, net_exposure_usd: null, naked_ms: 1834, exposed: 1 },
    })
    expect(summary).toHaveProperty('hedges.2.legs.0.base_size', null)
    expect(summary).toHaveProperty('hedges.0.legs.0.unrealized_pnl_usd', '0.0316')
    expect(summary).toHaveProperty('hedges.0.legs.0.stop_price', '90123.4')
    expect(event).toMatchObject({
      schema: 'hedgebot/watch/1',
      kind: 'event',
      at: '2026-11-22T22:49:09.000Z',
      event: { level: 'info', kind: 'hedge_open', hedge_id: 'h1', account: null },
    })
  })

  it('keeps the names that a watch document had from the beginning', () => {
    const { documents } = start(true)
    const [summary] = JSON.parse(JSON.stringify(documents)) as [Document]
    const [hedge] = summary.hedges
    expect(Object.keys(hedge ?? {})).toEqual(
      expect.arrayContaining(
        'hedge_id name market state target cause legs net_exposure_base net_exposure_usd unrealized_pnl_usd realized_pnl_usd fees_usd funding_paid_usd leg_gap_ms naked_ms stop_state is_exposed is_unknown'.split(
          ' ',
        ),
      ),
    )
    expect(Object.keys(hedge?.legs[0] ?? {})).toEqual(
      expect.arrayContaining(
        'account account_index market side base_size entry_price mark_price unrealized_pnl_usd margin_usage_pct liquidation_price liquidation_distance_pct stop_price stop_distance_pct stop_state egress age_ms funding_paid_usd fees_usd'.split(
          ' ',
        ),
      ),
    )
    expect(Object.keys(summary.totals)).toEqual(
      expect.arrayContaining(
        'hedges open net_exposure_usd unrealized_pnl_usd realized_pnl_usd fees_usd funding_paid_usd naked_ms exposed unprotected unknown'.split(
          ' ',
        ),
      ),
    )
  })

  it('goes on when its data cannot be read', async () => {
    let fails = true
    const summary = () => {
      if (fails) throw new Error('no summary')
      return sampleSummary()
    }
    const { clock, lines, failures, report } = start(false, summary)
    report.event(sampleEvent())
    expect([lines.length, failures]).toEqual([1, ['no summary']])
    fails = false
    await clock.advance(60_000)
    expect(lines).toHaveLength(2)
  })
})

interface Document {
  readonly hedges: readonly { readonly legs: readonly object[] }[]
  readonly totals: object
}
