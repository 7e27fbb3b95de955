import { stripVTControlCharacters } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import { concludeHedges, renderHedges } from '../../src/ui/render-hedges.ts'
import { textWidth } from '../../src/ui/text-width.ts'
import { sampleHedge, sampleHedges, sampleLeg, styleOf } from './sample-hedges.ts'

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 8 }))
  .map(([units, decimals]) => new Dec(units.toString()).div(new Dec(10).pow(decimals)))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const name = fc.string({ unit: fc.constantFrom(...'ab_1-é账户'), minLength: 1, maxLength: 60 })

const leg = fc
  .record({
    account: name,
    side: fc.constantFrom('long' as const, 'short' as const),
    baseSize: maybe(decimal.map((size) => size.abs())),
    entryPrice: maybe(decimal.map((price) => price.abs())),
    unrealizedPnlUsd: maybe(decimal),
    marginUsagePct: maybe(decimal),
    liquidationDistancePct: maybe(decimal),
    stopState: fc.constantFrom('OFF' as const, 'UNPROTECTED' as const, 'NOT_REACHABLE' as const),
    egress: name,
    ageMs: maybe(fc.nat()),
  })
  .map(sampleLeg)

const hedge = fc
  .record({
    name,
    market: fc.constantFrom('BTC', 'ETH', '1000PEPE'),
    legs: fc.array(leg, { minLength: 1, maxLength: 4 }),
    netExposureUsd: maybe(decimal.map((usd) => usd.abs())),
    unrealizedPnlUsd: maybe(decimal),
    cause: maybe(name),
    isExposed: fc.boolean(),
    isUnknown: fc.boolean(),
    nakedMs: fc.nat(),
  })
  .map(sampleHedge)

describe('the hedge table', () => {
  for (const columns of [80, 100, 140]) {
    it(`fits ${columns} columns without colour`, () => {
      expect(`\n${renderHedges(sampleHedges(), styleOf(columns))}\n`).toMatchSnapshot()
    })

    it(`says the same with colour at ${columns} columns`, () => {
      const painted = renderHedges(sampleHedges(), styleOf(columns, true))
      const plain = renderHedges(sampleHedges(), styleOf(columns))
      expect(painted).not.toBe(plain)
      expect(stripVTControlCharacters(painted)).toBe(plain)
      expect(painted).toMatchSnapshot()
    })
  }

  it('never has a line wider than the terminal, whatever the names and numbers', () => {
    fc.assert(
      fc.property(
        fc.array(hedge, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 40, max: 200 }),
        fc.boolean(),
        (reports, columns, hasColor) => {
          const lines = renderHedges(reports, styleOf(columns, hasColor)).split('\n')
          expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never loses a digit of a size, however narrow the terminal', () => {
    fc.assert(
      fc.property(
        decimal.map((size) => size.abs().plus('0.00000001')),
        fc.integer({ min: 40, max: 160 }),
        (baseSize, columns) => {
          const text = renderHedges(
            [sampleHedge({ legs: [sampleLeg({ baseSize, account: 'a'.repeat(50) })] })],
            styleOf(columns),
          )
          expect(text.replace(/[,\n]|\n {2}/g, '')).toContain(baseSize.toFixed())
        },
      ),
    )
  })

  it('shows the market of every leg when there are several', () => {
    const text = renderHedges(
      [sampleHedge(), sampleHedge({ hedgeId: 'h2', market: 'ETH' })],
      styleOf(140),
    )
    expect(text).toMatch(/h2\s+ETH\s+account_1/)
  })

  it('cannot be tricked by escape sequences in a name', () => {
    const text = renderHedges([sampleHedge({ name: '\u001b[2Jgone\u202e' })], styleOf(140))
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
  })

  it('gives unknown totals as unknown', () => {
    const text = renderHedges(sampleHedges(), styleOf(100))
    expect(text).toMatch(/^total\s+\?\s+\?/m)
  })
})

describe('the last line', () => {
  it('says that all is well in one sentence', () => {
    const reports = Array.from({ length: 10 }, () => sampleHedge())
    expect(concludeHedges(reports)).toBe(
      '10 hedges open, net exposure 0.00 USD, largest leg gap 3 ms, naked 0 ms, fills against own accounts 0 of 20',
    )
  })

  it('names what is exposed, unknown and unprotected', () => {
    const text = concludeHedges(sampleHedges())
    expect(text).toContain('2 hedges open, 1 closing')
    expect(text).toContain('net exposure ? USD')
    expect(text).toContain('EXPOSED: h2 majors')
    expect(text).toContain('UNKNOWN: h3 account_5+account_6')
    expect(text).toContain('UNPROTECTED: h2 majors')
  })

  it('has nothing to say about nothing', () => {
    expect(renderHedges([], styleOf(80))).toBe('no hedges')
  })
})
