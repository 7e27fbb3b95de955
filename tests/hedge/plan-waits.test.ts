import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planWaits, UNITS_A_LEG } from '../../src/hedge/plan-waits.ts'

const hedge = (...accounts: readonly number[]) => ({
  legs: accounts.map((accountIndex) => ({ accountIndex })),
})

/** Hedges of neighbours over so many accounts. */
const pairs = (accounts: number) =>
  Array.from({ length: accounts / 2 }, (_, at) => hedge(2 * at, 2 * at + 1))

describe('the waits of an opening', () => {
  it('are none where everything fits', () => {
    const waits = planWaits({
      hedges: pairs(20),
      ownerOf: (accountIndex) => `owner ${accountIndex % 4}`,
      unitsIn: () => 45,
    })
    expect(waits).toEqual(Array.from({ length: 10 }, () => 0))
  })

  it('are minutes for what one owner cannot ask for at once', () => {
    const waits = planWaits({ hedges: pairs(20), ownerOf: () => 'one', unitsIn: () => 30 })
    expect(waits.map((waitMs) => waitMs / 60_000)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3])
  })

  it('begin when what was spent before counts no more', () => {
    const waits = planWaits({
      hedges: pairs(4),
      ownerOf: () => 'one',
      unitsIn: (_, inMs) => (inMs < 12_500 ? 5 : 30),
    })
    expect(waits).toEqual([13_000, 13_000])
  })

  it('are none for what never fits: its deadline ends it', () => {
    const waits = planWaits({
      hedges: [hedge(...Array.from({ length: 20 }, (_, at) => at)), hedge(1, 2)],
      ownerOf: () => 'one',
      unitsIn: () => 30,
    })
    expect(waits).toEqual([0, 0])
  })

  it('never let an owner spend more within a minute than there is', () => {
    fc.assert(
      fc.property(
        fc.record({
          legs: fc.array(fc.array(fc.nat(11), { minLength: 2, maxLength: 4 }), { maxLength: 20 }),
          owners: fc.integer({ min: 1, max: 4 }),
          usable: fc.integer({ min: 4 * UNITS_A_LEG, max: 57 }),
        }),
        ({ legs, owners, usable }) => {
          const hedges = legs.map((accounts) => hedge(...new Set(accounts)))
          const ownerOf = (accountIndex: number) => String(accountIndex % owners)
          const waits = planWaits({ hedges, ownerOf, unitsIn: () => usable })
          for (const endMs of waits) {
            for (let owner = 0; owner < owners; owner += 1) {
              const units = hedges.flatMap((each, at) => {
                const startMs = waits[at] ?? 0
                const isInside = startMs <= endMs && startMs > endMs - 60_000
                return isInside
                  ? each.legs.filter((leg) => ownerOf(leg.accountIndex) === String(owner))
                  : []
              })
              expect(units.length * UNITS_A_LEG).toBeLessThanOrEqual(usable)
            }
          }
        },
      ),
    )
  })
})
