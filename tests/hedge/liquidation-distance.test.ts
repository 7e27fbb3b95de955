import { assert as assertProperty, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import { liquidationDanger } from '../../src/hedge/liquidation-distance.ts'

const at = (signedBase: number, mark: number, liquidation: number | undefined, bufferPct = 1) =>
  liquidationDanger({
    signedBase: new Dec(signedBase),
    mark: new Dec(mark),
    liquidationPrice: liquidation === undefined ? undefined : new Dec(liquidation),
    bufferPct: new Dec(bufferPct),
  })

describe('the danger of a liquidation', () => {
  it.each([
    [1, 100, 90, 'far'],
    [1, 100, 95, 'near'],
    [1, 100, 98, 'close'],
    [1, 100, 101, 'close'],
    [-1, 100, 110, 'far'],
    [-1, 100, 105, 'near'],
    [-1, 100, 102, 'close'],
    [-1, 100, 99, 'close'],
  ])('of %d at mark %d, liquidated at %d: %s', (signedBase, mark, liquidation, danger) => {
    expect(at(signedBase, mark, liquidation)?.danger).toBe(danger)
  })

  it('does not exist without a position or a price', () => {
    expect(at(0, 100, 90)).toBeUndefined()
    expect(at(1, 100, undefined)).toBeUndefined()
  })

  it('grows with a larger buffer', () => {
    expect(at(1, 100, 92, 1)?.danger).toBe('far')
    expect(at(1, 100, 92, 3)?.danger).toBe('near')
    expect(at(1, 100, 92, 4)?.danger).toBe('close')
  })

  it('never becomes less while mark comes nearer', () => {
    const rank = { far: 0, near: 1, close: 2 }
    const price = integer({ min: 51, max: 200 })
    assertProperty(
      property(price, price, integer({ min: 1, max: 50 }), (one, other, liquidation) => {
        const [nearer, further] = one < other ? [one, other] : [other, one]
        const near = at(1, nearer, liquidation)?.danger ?? 'far'
        const far = at(1, further, liquidation)?.danger ?? 'far'
        expect(rank[near]).toBeGreaterThanOrEqual(rank[far])
      }),
    )
  })
})
