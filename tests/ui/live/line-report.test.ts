import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { createLineReport } from '../../../src/ui/live/line-report.ts'
import { sampleEvent, sampleSource } from './sample-live.ts'

function start(isJson: boolean) {
  const clock = createVirtualClock()
  const lines: string[] = []
  const documents: object[] = []
  const report = createLineReport({
    source: sampleSource(),
    clock,
    isJson,
    exit: () => 4,
    line: (text) => lines.push(text),
    json: (document) => documents.push(document),
  })
  return { clock, lines, documents, report }
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
      totals: { unrealized_pnl_usd: null, net_exposure_usd: '120378687.45', naked_ms: 1834 },
    })
    expect(summary).toHaveProperty('hedges.2.legs.0.base_size', null)
    expect(summary).toHaveProperty('hedges.0.legs.0.unrealized_pnl_usd', '0.0316')
    expect(event).toMatchObject({
      schema: 'hedgebot/watch/1',
      kind: 'event',
      at: '2026-11-22T22:49:09.000Z',
      event: { level: 'info', kind: 'hedge_open', hedge_id: 'h1', account: null },
    })
  })
})
