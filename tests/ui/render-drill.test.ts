import { describe, expect, it } from 'vitest'
import type { DrillReport } from '../../src/drill/drill-report.ts'
import { Dec, ZERO } from '../../src/hedge/decimal.ts'
import { drillDocument } from '../../src/ui/drill-documents.ts'
import { renderDrill, renderDrills, renderFaultList } from '../../src/ui/render-drill.ts'
import { createRenderStyle } from '../../src/ui/render-style.ts'

const style = createRenderStyle({ columns: 90, hasColor: false })

function leg(account: string, base: number) {
  return {
    account,
    base: new Dec(base),
    largestBase: new Dec('0.01'),
    configuredBase: new Dec('0.01'),
  }
}

const REPORT: DrillReport = {
  fault: 'lost-answer',
  verdict: { word: 'passed', text: '', exit: 0 },
  gist: '1 open',
  story: [
    { atMs: 44, who: 'drill', text: 'you start: hedgebot open --all' },
    { atMs: 2228.4, who: 'exchange', text: 'account_1 buys 0.01 BTC at 100001.0' },
    { atMs: 12_968, who: 'mail', text: 'OPENED: 1 hedge in BTC' },
  ],
  remarks: ['no way of notification is on: you would not have got these mails'],
  hedges: [
    {
      name: 'account_1+account_2',
      legs: [leg('account_1', 0.01), leg('account_2', -0.01)],
      naked: { usdMs: new Dec(2000), longestMs: 2, leftUsd: ZERO },
      mustBeFlat: false,
    },
  ],
  nakedUsdMs: new Dec(2000),
  longestNakedMs: 2,
  maxNakedMs: 3000,
  mails: [{ atMs: 12_968, subject: 'OPENED: 1 hedge in BTC' }],
  channels: [],
  runs: [{ command: 'open --all', exit: 0, signal: null }],
  durationMs: 13_000,
}

describe('a drill as text', () => {
  it('has aligned times, who did what, and a verdict', () => {
    expect(renderDrill(REPORT, 'an answer is lost', style)).toMatchInlineSnapshot(`
      "lost-answer: an answer is lost

        +0.044 s  drill      you start: hedgebot open --all
        +2.228 s  exchange   account_1 buys 0.01 BTC at 100001.0
       +12.968 s  mail       OPENED: 1 hedge in BTC

      longest naked  0.002 s (risk.max_naked_ms allows 3.0 s), 2,000.00 USD x ms in all
      hedge          account_1+account_2: account_1 0.01, account_2 -0.01
      mails          OPENED: 1 hedge in BTC
      note           no way of notification is on: you would not have got these mails

      verdict: passed"
    `)
  })

  it('says only why when nothing could be tried', () => {
    const verdict = { word: 'not tried', text: 'there is no proxy', exit: 0 } as const
    const text = renderDrill({ ...REPORT, verdict, runs: [], story: [] }, 'a proxy dies', style)
    expect(text).toBe('verdict: not tried: there is no proxy')
  })

  it('cannot be made to move the cursor by what a file or the exchange says', () => {
    const story = [{ atMs: 0, who: 'hedgebot', text: 'a\u001b[2J' }] as const
    expect(renderDrill({ ...REPORT, story }, 'x', style)).not.toContain('\u001b')
  })
})

describe('all drills as a table', () => {
  it('has a row for each, and below it what fell short', () => {
    const verdict = { word: 'safe but', text: 'nobody was told', exit: 3 } as const
    const text = renderDrills([REPORT, { ...REPORT, fault: 'crash', verdict }], style)
    expect(text).toMatchInlineSnapshot(`
      "fault        hedges afterwards  longest naked s  naked USD x ms  mails  took s  verdict
      lost-answer  1 open                       0.002        2,000.00      1      13  passed
      crash        1 open                       0.002        2,000.00      1      13  safe, but

      crash: safe but nobody was told
      note: no way of notification is on: you would not have got these mails"
    `)
  })

  it('has a list of the faults to begin with', () => {
    const faults = [
      { name: 'crash', summary: 'it dies' },
      { name: 'machine-off', summary: 'it is off' },
    ]
    expect(renderFaultList(faults, style)).toBe('  crash        it dies\n  machine-off  it is off')
  })
})

describe('a drill as a document', () => {
  it('has snake_case fields, whole milliseconds and money as text', () => {
    const context = { command: 'drill', atMs: 0, network: 'sim', exit: 0 } as const
    expect(drillDocument(context, REPORT)).toMatchObject({
      schema: 'hedgebot/drill/1',
      fault: 'lost-answer',
      verdict: 'passed',
      naked_usd_ms: '2000',
      longest_naked_ms: 2,
      max_naked_ms: 3000,
      mails: [{ at_ms: 12_968, subject: 'OPENED: 1 hedge in BTC' }],
      hedges: [{ name: 'account_1+account_2', must_be_flat: false, naked_usd: '0', naked_ms: 2 }],
    })
    const { story } = drillDocument(context, REPORT)
    expect(story.map(({ at_ms }) => at_ms)).toEqual([44, 2228, 12_968])
  })
})
