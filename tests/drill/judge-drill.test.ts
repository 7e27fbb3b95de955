import { describe, expect, it } from 'vitest'
import { gistOf } from '../../src/drill/drill-gist.ts'
import { judgeDrill, standOf } from '../../src/drill/judge-drill.ts'
import type { DrillEnd, HedgeEnd } from '../../src/drill/judge-drill.ts'
import { Dec, ZERO } from '../../src/hedge/decimal.ts'

function hedge(bases: readonly number[], over: Partial<HedgeEnd> = {}): HedgeEnd {
  const net = bases.reduce((sum, base) => sum + base, 0)
  return {
    name: 'a+b',
    legs: bases.map((base, at) => ({
      account: `account_${at + 1}`,
      base: new Dec(base),
      largestBase: new Dec(1),
      configuredBase: new Dec(1),
    })),
    naked: { usdMs: ZERO, longestMs: 0, leftUsd: new Dec(Math.abs(net)).times(100) },
    mustBeFlat: false,
    ...over,
  }
}

function judge(over: Partial<DrillEnd> = {}) {
  return judgeDrill({
    hedges: [hedge([1, -1])],
    maxNakedMs: 3000,
    toleranceUsd: ZERO,
    ownTrades: 0,
    wasTold: undefined,
    shortcomings: [],
    ...over,
  })
}

describe('the verdict', () => {
  it('is passed when every hedge is whole, or flat where it had to be', () => {
    expect(judge()).toEqual({ word: 'passed', text: '', exit: 0 })
    expect(judge({ hedges: [hedge([0, 0], { mustBeFlat: true })], wasTold: true }).exit).toBe(0)
  })

  it('is failed, exit 4, when a leg stands alone', () => {
    const { word, text, exit } = judge({ hedges: [hedge([1, 0])], wasTold: false })
    expect({ word, exit }).toEqual({ word: 'failed', exit: 4 })
    expect(text).toBe('a+b is naked at the end by 100.00 USD (account_1 holds 1)')
  })

  it('is failed when a leg was bought twice, even if it was sold again', () => {
    const twice = hedge([1, -1])
    const legs = twice.legs.map((leg) => ({ ...leg, largestBase: new Dec(2) }))
    expect(judge({ hedges: [{ ...twice, legs }] }).text).toContain('account_1 once held 2')
  })

  it('lets what is within the tolerance be', () => {
    expect(judge({ hedges: [hedge([1, -0.9999])], toleranceUsd: new Dec(1) }).exit).toBe(0)
  })

  it.each([
    ['still open', { hedges: [hedge([1, -1], { mustBeFlat: true })] }],
    [
      'longer than risk.max_naked_ms (3.0 s)',
      { hedges: [hedge([1, -1], { naked: { usdMs: ZERO, longestMs: 3001, leftUsd: ZERO } })] },
    ],
    ['traded with each other (2)', { ownTrades: 2 }],
    ['nobody was told', { wasTold: false }],
    ['the stops did nothing', { shortcomings: ['the stops did nothing'] }],
  ] satisfies readonly [string, Partial<DrillEnd>][])('is "safe but", exit 3: %s', (text, over) => {
    const verdict = judge(over)
    expect({ word: verdict.word, exit: verdict.exit }).toEqual({ word: 'safe but', exit: 3 })
    expect(verdict.text).toContain(text)
  })
})

describe('in few words', () => {
  it('says how hedges stand and who closed them', () => {
    const never = hedge([0, 0])
    const legs = never.legs.map((leg) => ({ ...leg, largestBase: ZERO }))
    const half = legs.map((leg, at) => ({ ...leg, largestBase: new Dec(at) }))
    const hedges = [
      hedge([1, -1]),
      hedge([1, 0]),
      hedge([0, 0]),
      { ...never, legs },
      { ...never, legs: half },
    ]
    const fill = {
      atMs: 0,
      accountIndex: 1,
      orderIndex: 1n,
      base: new Dec(1),
      priceUsd: new Dec(1),
      by: 'stop' as const,
    }
    expect(gistOf(hedges, [fill])).toBe(
      '1 naked, 1 open, 1 taken back, 1 closed by stops on the exchange, 1 not opened',
    )
    expect(hedges.map(standOf)).toEqual(['hedged', 'naked', 'flat', 'flat', 'flat'])
  })
})
