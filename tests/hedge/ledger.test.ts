import { describe, expect, it } from 'vitest'
import type { HedgeState, OrderState } from '../../src/hedge/ledger.ts'
import { isLiveState, isUnsettled } from '../../src/hedge/ledger.ts'

describe('a hedge', () => {
  it.each<[HedgeState, boolean]>([
    ['planned', true],
    ['opening', true],
    ['open', true],
    ['closing', true],
    ['closed', false],
    ['aborted', false],
  ])('that is %s holds its accounts: %s', (state, isHeld) => {
    expect(isLiveState(state)).toBe(isHeld)
  })
})

describe('a recorded transaction', () => {
  it.each<[OrderState, boolean]>([
    ['prepared', true],
    ['in_doubt', true],
    ['accepted', true],
    ['done', false],
    ['refused', false],
    ['displaced', false],
    ['expired', false],
  ])('that is %s has an unknown outcome: %s', (state, isOpen) => {
    expect(isUnsettled(state)).toBe(isOpen)
  })
})
