/**
 * One rule over all checks: whatever could not be read, opening is not allowed.
 * @module
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unknown } from '../../src/hedge/known.ts'
import type { PreflightAccount, PreflightFacts } from '../../src/hedge/preflight-facts.ts'
import { mayOpen, preflightPoints } from '../../src/hedge/preflight-points.ts'
import { planHedges } from '../../src/hedge/plan.ts'
import { planAccounts, planOptions } from './sample-accounts.ts'
import { dec } from './sample-market.ts'
import { accountView, preflightAccount, preflightFacts } from './sample-preflight.ts'

const gone = unknown('not read')
const { hedges } = planHedges(
  planOptions({ accounts: planAccounts('abcd'), sizeOverrideBase: dec('0.01') }),
)

/** What may be missing of an account; each alone forbids opening. */
const GAPS: Readonly<Record<string, (account: PreflightAccount) => PreflightAccount>> = {
  facts: (account) => ({ ...account, facts: gone }),
  key: (account) => ({ ...account, registeredKey: gone }),
  positions: (account) => ({ ...account, view: { ...account.view, positions: gone } }),
  orders: (account) => ({ ...account, view: { ...account.view, liveOrders: gone } }),
  balances: (account) => ({ ...account, view: { ...account.view, balances: gone } }),
}

const anyGaps = fc.array(fc.subarray(Object.keys(GAPS)), { minLength: 4, maxLength: 4 })

const factsWith = (gaps: readonly (readonly string[])[]): PreflightFacts => {
  const accounts = ['a', 'b', 'c', 'd'].map((name, at) => {
    const whole = preflightAccount(name, { view: accountView(), path: `api_credentials[${at}]` })
    const cuts = gaps[at] ?? []
    return cuts.reduce((account, gap) => GAPS[gap]?.(account) ?? account, whole)
  })
  return preflightFacts({ hedges, accounts })
}

describe('preflight', () => {
  it('allows opening exactly when everything was read', () => {
    fc.assert(
      fc.property(anyGaps, (gaps) => {
        const points = preflightPoints(factsWith(gaps))
        expect(mayOpen(points)).toBe(gaps.every((cuts) => cuts.length === 0))
      }),
    )
  })

  it('names every account that something is missing of', () => {
    fc.assert(
      fc.property(anyGaps, (gaps) => {
        const errors = preflightPoints(factsWith(gaps)).filter((point) => point.level === 'error')
        const paths = new Set(errors.map((point) => point.path))
        const expected = gaps.flatMap((cuts, at) =>
          cuts.length > 0 ? [`api_credentials[${at}]`] : [],
        )
        expect([...paths].toSorted()).toEqual(expected)
      }),
    )
  })

  it('says as many errors as there are gaps, all at once', () => {
    fc.assert(
      fc.property(anyGaps, (gaps) => {
        const errors = preflightPoints(factsWith(gaps)).filter((point) => point.level === 'error')
        expect(errors).toHaveLength(gaps.flat().length)
      }),
    )
  })

  it('gives the same findings for the same facts', () => {
    fc.assert(
      fc.property(anyGaps, (gaps) => {
        const facts = factsWith(gaps)
        expect(preflightPoints(facts)).toEqual(preflightPoints(facts))
      }),
    )
  })
})
