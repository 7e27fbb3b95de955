import { describe, expect, it } from 'vitest'
import type { PreparedAdoption } from '../../src/engine/prepare-adoption.ts'
import type { AdoptionCode } from '../../src/hedge/adopt-evidence.ts'
import { planAdoption } from '../../src/hedge/adopt-plan.ts'
import { known } from '../../src/hedge/known.ts'
import { renderAdoption } from '../../src/ui/render-adoption.ts'
import { textWidth } from '../../src/ui/text-width.ts'
import { adoptionFacts, ownHolding } from '../hedge/sample-adoption.ts'
import { btcMarket } from '../hedge/sample-market.ts'
import { styleOf } from './sample-hedges.ts'

const STOPS = { down: 90_000, up: 110_000 }

function found(short: string): PreparedAdoption['hedges'] {
  const plan = planAdoption(
    adoptionFacts('ab', {
      a: ownHolding('0.01', { stops: STOPS }),
      b: { ...ownHolding(short), fills: known([], 0), ...stopsOf(short) },
    }),
  )
  return plan.hedges.map((hedge) => ({ ...hedge, market: btcMarket() }))
}

function stopsOf(short: string) {
  const { liveOrders } = ownHolding(short, { stops: STOPS })
  return liveOrders === undefined ? {} : { liveOrders }
}

function left(account: string, code: AdoptionCode): PreparedAdoption['leftOut'][number] {
  return { account, accountIndex: 1, code, reason: 'so it is', market: undefined }
}

describe('the plan of adopt', () => {
  it('shows each leg with its stops, and says what is special about a hedge', () => {
    const text = renderAdoption({ hedges: found('-0.004'), leftOut: [] }, styleOf(160))
    expect(text).toMatch(/a\+b +a +BTC +long +0.01 +0.004 +100,000/)
    expect(text).toMatch(/90,000 +110,000/)
    expect(text).toContain('shrinks to what is matched')
    expect(text).toContain('not all of its fills')
    expect(text).toContain('1 hedge with 2 legs to adopt')
  })

  it('names who is left out, with what can be done about it said once, and counts who is flat', () => {
    const leftOut = [
      left('a', 'no_partner'),
      left('b', 'flat'),
      left('c', 'no_partner'),
      left('d', 'flat'),
    ]
    const text = renderAdoption({ hedges: [], leftOut }, styleOf(160))
    expect(text.split('\n')).toEqual([
      'a left out: so it is',
      'c left out: so it is',
      '2 accounts flat',
      'hint: hedgebot close --flatten --accounts <name> closes what stands alone',
      'nothing to adopt',
    ])
  })

  it.each([40, 60, 80, 120])('keeps to %i columns', (columns) => {
    const leftOut = [left('a'.repeat(60), 'ambiguous'), left('b', 'partner_unknown')]
    const text = renderAdoption({ hedges: found('-0.004'), leftOut }, styleOf(columns))
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns)
  })
})
