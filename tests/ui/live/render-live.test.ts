import { stripVTControlCharacters } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StopState } from '../../../src/hedge/ledger.ts'
import { layoutRows } from '../../../src/ui/live/live-layout.ts'
import { frozenSource, sliceView, wholeView } from '../../../src/ui/live/live-view.ts'
import { NO_CONTROLS, renderLive } from '../../../src/ui/live/render-live.ts'
import type { LiveControls } from '../../../src/ui/live/render-live.ts'
import { textWidth } from '../../../src/ui/text-width.ts'
import {
  AT_MS,
  manyAccounts,
  sampleEvent,
  sampleHedge,
  sampleLeg,
  sampleSource,
  sampleSummary,
} from './sample-live.ts'

function frame(
  columns: number,
  rows: number,
  controls: Partial<LiveControls> = {},
  source = sampleSource(),
) {
  return renderLive(wholeView(source), {
    columns,
    rows,
    hasColor: false,
    controls: { ...NO_CONTROLS, ...controls },
  }).lines
}

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 8 }))
  .map(([units, places]) => `${units}.${'0'.repeat(places)}1`)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const name = fc.string({ unit: fc.constantFrom(...'ab_1-é账户😀\u001b\n'), maxLength: 60 })
const stop = fc.constantFrom<StopState>('OFF', 'RESTING', 'NOT_REACHABLE', 'UNPROTECTED')

const leg = fc
  .record({
    account: name,
    side: fc.constantFrom('long' as const, 'short' as const),
    baseSize: maybe(decimal),
    entryPrice: maybe(decimal),
    markPrice: maybe(decimal),
    unrealizedPnlUsd: maybe(decimal),
    liquidationDistancePct: maybe(decimal),
    stopPrice: maybe(decimal),
    stopState: stop,
    ageMs: maybe(fc.nat()),
    egress: name,
  })
  .map(sampleLeg)
const hedge = fc
  .record({
    name,
    legs: fc.array(leg, { maxLength: 4 }),
    netExposureBase: maybe(decimal),
    isExposed: fc.boolean(),
    isUnknown: fc.boolean(),
  })
  .map(sampleHedge)
const hedges = fc
  .array(hedge, { maxLength: 12 })
  .map((list) => list.map((one, at) => ({ ...one, hedgeId: `h${at + 1}` })))
const summary = fc
  .record({ network: name, events: fc.array(name.map((message) => sampleEvent({ message }))) })
  .map(sampleSummary)

describe('the live table', () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 30],
  ])('fits %i columns and %i rows', (columns, rows) => {
    expect(`\n${frame(columns, rows).join('\n')}\n`).toMatchSnapshot()
  })

  it('fills the terminal exactly and never writes past its edge', () => {
    fc.assert(
      fc.property(
        fc.record({
          hedges,
          summary,
          columns: fc.integer({ min: 80, max: 200 }),
          rows: fc.integer({ min: 20, max: 200 }),
          scroll: fc.nat(100),
          hasColor: fc.boolean(),
          isHelpShown: fc.boolean(),
          prompt: maybe(name),
        }),
        ({ hedges: list, summary: head, columns, rows, hasColor, ...controls }) => {
          const view = wholeView(sampleSource(list, () => head))
          const { lines } = renderLive(view, {
            columns,
            rows,
            hasColor,
            controls: { ...NO_CONTROLS, ...controls },
          })
          expect(lines).toHaveLength(rows)
          for (const line of lines) {
            expect(textWidth(line)).toBeLessThanOrEqual(columns)
            // A name with an escape character must not move the cursor.
            expect(stripVTControlCharacters(line)).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('says the same with colour', () => {
    const options = { columns: 160, rows: 30, controls: NO_CONTROLS }
    const view = wholeView(sampleSource())
    const painted = renderLive(view, { ...options, hasColor: true }).lines
    expect(painted.join('\n')).toContain('\u001b[31m')
    expect(painted.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(
      renderLive(view, { ...options, hasColor: false }).lines,
    )
  })

  it('keeps P&L and stop state at 60 columns', () => {
    const text = frame(60, 20).join('\n')
    expect(text).toContain('P&L USD')
    expect(text).toContain('UNPROTECTED')
  })

  it('shows what is left of four owners at 80 columns, and limits that differ beside each', () => {
    const owner = (digit: number) => `0x${String(digit).repeat(36)}ab${digit}d`
    const line = (limits: readonly number[]) => {
      const budgets = limits.map((limit, at) => ({ owner: owner(at + 1), left: 40 - at, limit }))
      const source = sampleSource([], () => sampleSummary({ budgets }))
      return frame(80, 24, {}, source)[2]
    }
    expect(line([60, 60, 60, 60])).toBe(
      'requests left/60  0x4444…ab4d 37  0x3333…ab3d 38  0x2222…ab2d 39  0x1111…ab1d 40',
    )
    expect(line([60, 240])).toBe('requests left  0x2222…ab2d 39/240  0x1111…ab1d 40/60')
  })

  it('shows what is unknown as unknown', () => {
    const row = frame(200, 40).find((line) => line.includes('account_5 '))
    expect(row).toContain('?')
    expect(row).not.toMatch(/\b0\.00\b/)
  })

  it('draws the same window from a slice as from everything', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 60 }),
        fc.nat(320),
        fc.integer({ min: 1, max: 100 }),
        (rows, scroll, pairs) => {
          const source = manyAccounts(2 * pairs)
          const { bodyRows } = layoutRows(rows)
          const options = {
            columns: 120,
            rows,
            hasColor: false,
            controls: {
              ...NO_CONTROLS,
              scroll: Math.min(scroll, Math.max(0, 3 * pairs - bodyRows)),
            },
          }
          const window = { first: options.controls.scroll, count: bodyRows }
          expect(renderLive(sliceView(source, window), options).lines).toEqual(
            renderLive(wholeView(source), options).lines,
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('asks only for hedges in view', () => {
    const source = sampleSource(
      Array.from({ length: 500 }, (_, at) => sampleHedge({ hedgeId: `h${at + 1}` })),
    )
    const view = sliceView(source, { first: 301, count: 5 })
    expect(source.asked).toEqual(['h101', 'h102'])
    expect(view).toMatchObject({ rowOffset: 300, rowCount: 1500 })
  })

  it('keeps a column as wide as it once was', () => {
    const options = { columns: 200, rows: 24, hasColor: false, controls: NO_CONTROLS }
    const wide = renderLive(
      wholeView(
        sampleSource([sampleHedge({ legs: [sampleLeg({ unrealizedPnlUsd: '-123456789.12' })] })]),
      ),
      options,
    )
    const next = wholeView(sampleSource([sampleHedge()]))
    const kept = renderLive(next, { ...options, widths: wide.widths })
    expect(kept.lines[3]).toBe(wide.lines[3])
    expect(renderLive(next, options).lines[3]).not.toBe(wide.lines[3])
  })

  it('says that rows are frozen while the head goes on', () => {
    const text = frame(120, 24, { pausedAtMs: AT_MS - 12_000 }).join('\n')
    expect(text).toContain('ROWS PAUSED since 22:49:01')
    const frozen = frozenSource(wholeView(sampleSource()), () =>
      sampleSummary({ atMs: AT_MS + 1e6 }),
    )
    expect(frame(120, 24, {}, { ...frozen, asked: [] }).join('\n')).toContain('23:05:53 UTC')
  })

  it('shows help instead of rows, events and totals stay', () => {
    const text = frame(80, 24, { isHelpShown: true }).join('\n')
    expect(text).toContain('close a hedge: asks')
    expect(text).toContain('account_4 is flat on the exchange')
    expect(text).not.toContain('account_1')
  })
})
