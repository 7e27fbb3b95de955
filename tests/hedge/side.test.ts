import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Side } from '../../src/hedge/side.ts'
import {
  closingSide,
  openingSide,
  oppositeSide,
  sideOfSigned,
  signedBase,
} from '../../src/hedge/side.ts'
import { anyPositiveDec, dec } from './sample-market.ts'

const anySide: fc.Arbitrary<Side> = fc.constantFrom('long', 'short')

describe('sides', () => {
  it('of a hedge are opposite to each other', () => {
    expect(oppositeSide('long')).toBe('short')
    expect(oppositeSide('short')).toBe('long')
  })

  it.each([
    ['long', 'buy', 'sell'],
    ['short', 'sell', 'buy'],
  ] as const)('a %s opens by a %s and closes by a %s', (side, opening, closing) => {
    expect(openingSide(side)).toBe(opening)
    expect(closingSide(side)).toBe(closing)
  })

  it('what opens one side closes the other', () => {
    fc.assert(
      fc.property(anySide, (side) => {
        expect(openingSide(side)).toBe(closingSide(oppositeSide(side)))
      }),
    )
  })
})

describe('signed sizes', () => {
  it('of two opposite legs of one size add up to zero', () => {
    fc.assert(
      fc.property(anySide, anyPositiveDec(1000, 5), (side, baseSize) => {
        const sum = signedBase(side, baseSize).plus(signedBase(oppositeSide(side), baseSize))
        expect(sum.isZero()).toBe(true)
      }),
    )
  })

  it('tell their side again', () => {
    fc.assert(
      fc.property(anySide, anyPositiveDec(1000, 5), (side, baseSize) => {
        expect(sideOfSigned(signedBase(side, baseSize))).toBe(side)
      }),
    )
  })

  it('have no side when flat, whatever the sign of zero', () => {
    expect(sideOfSigned(dec(0))).toBeUndefined()
    expect(sideOfSigned(dec(0).negated())).toBeUndefined()
  })
})
