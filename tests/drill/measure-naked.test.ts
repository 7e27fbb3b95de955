import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measureNaked } from '../../src/drill/measure-naked.ts'
import type { VenueRecord } from '../../src/drill/measure-naked.ts'
import { Dec, ZERO } from '../../src/hedge/decimal.ts'

const LONG = 1
const SHORT = 2
const mark = (atMs: number, priceUsd: number): VenueRecord => ({
  kind: 'mark',
  atMs,
  priceUsd: new Dec(priceUsd),
})
const position = (atMs: number, accountIndex: number, base: number): VenueRecord => ({
  kind: 'position',
  atMs,
  accountIndex,
  base: new Dec(base),
})

function measure(records: readonly VenueRecord[], endMs: number, toleranceUsd = 0) {
  const { usdMs, longestMs, leftUsd } = measureNaked({
    records,
    accounts: [LONG, SHORT],
    endMs,
    toleranceUsd: new Dec(toleranceUsd),
  })
  return { usdMs: usdMs.toNumber(), longestMs, leftUsd: leftUsd.toNumber() }
}

describe('what was naked', () => {
  it('is the gap between two legs, at mark', () => {
    const records = [mark(0, 100), position(10, LONG, 2), position(40, SHORT, -2)]
    expect(measure(records, 1000)).toEqual({ usdMs: 2 * 100 * 30, longestMs: 30, leftUsd: 0 })
  })

  it('follows the mark while a leg stands alone, and runs on to the end', () => {
    const records = [mark(0, 100), position(10, LONG, 1), mark(20, 200)]
    expect(measure(records, 50)).toEqual({
      usdMs: 10 * 100 + 30 * 200,
      longestMs: 40,
      leftUsd: 200,
    })
  })

  it('keeps the longest of several times, not their sum', () => {
    const records = [
      mark(0, 1),
      position(0, LONG, 1),
      position(5, SHORT, -1),
      position(20, LONG, 0),
      position(60, SHORT, 0),
    ]
    expect(measure(records, 100)).toEqual({ usdMs: 45, longestMs: 40, leftUsd: 0 })
  })

  it('counts time only above the tolerance, but every dollar', () => {
    const records = [mark(0, 1), position(0, LONG, 10), position(30, SHORT, -9)]
    expect(measure(records, 100, 1)).toEqual({ usdMs: 10 * 30 + 70, longestMs: 30, leftUsd: 1 })
  })

  it('knows nothing of other accounts', () => {
    expect(measure([mark(0, 1), position(0, 99, 5)], 100)).toEqual({
      usdMs: 0,
      longestMs: 0,
      leftUsd: 0,
    })
  })

  it('is the same however often the mark is told, and at most as long as the whole', () => {
    const step = fc.record({
      gapMs: fc.nat(50),
      account: fc.constantFrom(LONG, SHORT),
      base: fc.integer({ min: -3, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let atMs = 0
        const records = steps.map(({ gapMs, account, base }) =>
          position((atMs += gapMs), account, base),
        )
        const endMs = atMs + 10
        const plain = measure([mark(0, 7), ...records], endMs)
        const told = measure(
          [mark(0, 7), ...records.flatMap((one) => [one, mark(one.atMs, 7)])],
          endMs,
        )
        expect(told).toEqual(plain)
        expect(plain.longestMs).toBeLessThanOrEqual(endMs)
        expect(plain.usdMs).toBeLessThanOrEqual(6 * 7 * endMs)
        expect(plain.usdMs > 0).toBe(plain.longestMs > 0)
      }),
    )
  })

  it('is nothing without records', () => {
    const { usdMs } = measureNaked({ records: [], accounts: [LONG], endMs: 5, toleranceUsd: ZERO })
    expect(usdMs.isZero()).toBe(true)
  })
})
