import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import { minDec, sumDec } from '../../src/hedge/decimal.ts'
import { splitTicks } from '../../src/hedge/split-ticks.ts'
import { refusalOf } from './refusal-of.ts'
import { dec } from './sample-market.ts'

/** Deals one tick after the other, as the contract says it: slow and obvious. */
function dealOneByOne(total: number, caps: readonly number[]): number[] {
  const shares = caps.map(() => 0)
  let rest = total
  while (rest > 0) {
    for (const [at, cap] of caps.entries()) {
      const share = shares[at] ?? 0
      if (rest > 0 && share < cap) {
        shares[at] = share + 1
        rest -= 1
      }
    }
  }
  return shares
}

const numbers = (shares: readonly Dec[]) => shares.map((share) => share.toNumber())
const split = (total: number, caps: readonly number[]) =>
  numbers(splitTicks(dec(total), caps.map(dec)))

const anyCaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 })
const anySplit = anyCaps.chain((caps) =>
  fc.record({
    caps: fc.constant(caps),
    total: fc.integer({ min: 0, max: caps.reduce((sum, cap) => sum + cap, 0) }),
  }),
)

describe('splitTicks', () => {
  it.each([
    [6, [3, 3], [3, 3]],
    [7, [5, 5, 5], [3, 2, 2]],
    [8, [5, 5, 5], [3, 3, 2]],
    [100, [100, 100, 100], [34, 33, 33]],
    [10, [1, 100, 100], [1, 5, 4]],
    [12, [1, 2, 100], [1, 2, 9]],
    [0, [4, 4], [0, 0]],
    [2, [9, 9, 9], [1, 1, 0]],
    [5, [0, 5], [0, 5]],
  ])('gives %i ticks to caps %j as %j', (total, caps, shares) => {
    expect(split(total, caps)).toEqual(shares)
  })

  it('equals dealing one tick at a time', () => {
    fc.assert(
      fc.property(anySplit, ({ total, caps }) => {
        expect(split(total, caps)).toEqual(dealOneByOne(total, caps))
      }),
      { numRuns: 500 },
    )
  })

  it('loses and invents nothing, and nobody gets above the cap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }), { minLength: 1, maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 2n ** 53n }),
        (capTicks, wanted) => {
          const caps = capTicks.map(dec)
          const total = minDec(dec(wanted), sumDec(caps))
          const shares = splitTicks(total, caps)
          expect(sumDec(shares).eq(total)).toBe(true)
          expect(shares.every((share, at) => share.lte(caps[at] ?? 0))).toBe(true)
          expect(shares.every((share) => share.isInteger() && !share.isNegative())).toBe(true)
        },
      ),
    )
  })

  it('gives everybody the cap when the total is all of it', () => {
    fc.assert(
      fc.property(anyCaps, (caps) => {
        const total = caps.reduce((sum, cap) => sum + cap, 0)
        expect(split(total, caps)).toEqual(caps)
      }),
    )
  })

  it('differs by at most one tick between accounts that are not full, the earlier one first', () => {
    fc.assert(
      fc.property(anySplit, ({ total, caps }) => {
        const shares = split(total, caps)
        const open = shares.filter((share, at) => share < (caps[at] ?? 0))
        for (const [at, share] of open.entries()) {
          expect(share).toBeLessThanOrEqual(open[at - 1] ?? share)
        }
        const first = open[0] ?? 0
        expect(first - (open.at(-1) ?? 0)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it.each([
    ['more than the caps hold', '11', ['5', '5']],
    ['a broken total', '1.5', ['5', '5']],
    ['a negative total', '-1', ['5', '5']],
    ['a broken cap', '4', ['2.5', '5']],
    ['a negative cap', '4', ['-1', '5']],
    ['nobody', '1', []],
  ])('calls %s a bug', (_, total, caps) => {
    expect(refusalOf(() => splitTicks(dec(total), caps.map(dec))).kind).toBe('bug')
  })
})
