/** When a closing may say that a leg is flat (DESIGN.md section 3, rules 3 and 8). */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LegFacts } from '../../src/hedge/hedge-facts.ts'
import { known } from '../../src/hedge/known.ts'
import { NOW_MS, makeFacts, makeHedge } from './facts-arbitrary.ts'

function closing(change: (leg: LegFacts, at: number) => Partial<LegFacts>) {
  const hedge = makeHedge({ state: 'closing', target: 'flat', cause: 'user' })
  const facts = makeFacts({ hedge, held: ['0', '0'] })
  return decide({ ...facts, legs: facts.legs.map((leg, at) => ({ ...leg, ...change(leg, at) })) })
}

function zeroRow(hasSecondSource: boolean): LegFacts['position'] {
  return known({ signedBase: new Dec(0), isSettled: true, hasSecondSource }, NOW_MS)
}

describe('a zero row of a leg that closes', () => {
  it('is believed when our own fills add up to nothing as well', () => {
    const { actions } = closing(() => ({ filledBase: new Dec(0) }))
    expect(actions).toMatchObject([{ kind: 'become', state: 'closed' }])
  })

  it('is read again while our own fills say that something is there', () => {
    const { actions } = closing((_leg, at) => ({ filledBase: new Dec(at === 0 ? '0.01' : 0) }))
    expect(actions).toMatchObject([{ kind: 'read', what: 'account', legIndex: 0 }])
  })

  it('is believed against our own fills once a second source agrees: the exchange closed it', () => {
    const { actions } = closing(() => ({
      filledBase: new Dec('0.01'),
      position: zeroRow(true),
    }))
    expect(actions).toMatchObject([{ kind: 'become', state: 'closed' }])
  })

  it('never ends the hedge while one leg is contradicted by fills', () => {
    const size = fc.integer({ min: 0, max: 1000 }).map((ticks) => new Dec(ticks).times('0.00001'))
    fc.assert(
      fc.property(fc.tuple(size, size), fc.tuple(fc.boolean(), fc.boolean()), (sizes, seconds) => {
        const { actions } = closing((_leg, at) => ({
          filledBase: sizes[at] ?? new Dec(0),
          position: zeroRow(seconds[at] ?? false),
        }))
        const isContradicted = [0, 1].some((at) => sizes[at]?.gt(0) === true && !seconds[at])
        const isClosed = actions.some((action) => action.kind === 'become')
        expect(isClosed).toBe(!isContradicted)
      }),
    )
  })
})
