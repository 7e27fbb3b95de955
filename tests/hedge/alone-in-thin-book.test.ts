/** A leg whose partners are gone, in a book that had too little for it: when it tries again. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { HedgeFacts } from '../../src/hedge/hedge-facts.ts'
import { NOW_MS, levelsOf, makeBook, makeFacts, makeHedge } from './facts-arbitrary.ts'
import { known } from '../../src/hedge/known.ts'

const HEDGE = makeHedge({ state: 'closing', target: 'flat', cause: 'stop_loss' })

/** The long has tried so often, the last time so long ago; the short holds what is given. */
function tried(
  tries: number,
  agoMs: number,
  more: { readonly short?: string; readonly bids?: string } = {},
): HedgeFacts {
  const { short = '0', bids = '1' } = more
  const facts = makeFacts({ hedge: HEDGE, held: ['0.01', short] })
  const book = makeBook({ bids: known(levelsOf([99_990, bids]), NOW_MS) })
  const [long, ...others] = facts.legs
  if (long === undefined) throw new Error('a hedge has legs')
  const legs = [
    { ...long, reduceTries: tries, lastReduceAtMs: NOW_MS - agoMs, filledBase: new Dec('0.01') },
    ...others.map((leg) => ({ ...leg, filledBase: new Dec(short) })),
  ]
  return { ...facts, legs, book }
}

/** True when the long is sent again now. */
function isSent(facts: HedgeFacts): boolean {
  return decide(facts).actions.some(
    (action) => action.kind === 'reduce' && action.orders.some(({ legIndex }) => legIndex === 0),
  )
}

describe('a leg that stands alone', () => {
  it('tries again as soon as the book shows enough for it', () => {
    expect(isSent(tried(5, 800))).toBe(true)
    expect(isSent(tried(5, 600))).toBe(false)
  })

  it('sits its pause out while the book shows too little, and tries all the same then', () => {
    expect(isSent(tried(5, 800, { bids: '0.004' }))).toBe(false)
    expect(isSent(tried(5, 5100, { bids: '0.004' }))).toBe(true)
  })

  it('sits its pause out when a partner is still there', () => {
    expect(isSent(tried(5, 800, { short: '0.01' }))).toBe(false)
  })

  it('does not follow the book for ever', () => {
    expect(isSent(tried(9, 800))).toBe(false)
  })
})
