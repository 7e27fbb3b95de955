import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRecent, pastOnly } from '../../src/hedge/past-time.ts'

const time = fc.integer({ min: 0, max: 10_000_000 })

describe('a time that lies ahead of now', () => {
  it('is unknown, and never recent', () => {
    fc.assert(
      fc.property(
        time,
        fc.integer({ min: 1, max: 5_000_000 }),
        time,
        (nowMs, aheadMs, withinMs) => {
          expect(pastOnly(nowMs + aheadMs, nowMs)).toBeUndefined()
          expect(isRecent(nowMs + aheadMs, nowMs, withinMs)).toBe(false)
        },
      ),
    )
  })
})

describe('a time that is over', () => {
  it('stays what it is, and is recent for so long and not longer', () => {
    fc.assert(
      fc.property(time, time, time, (atMs, passedMs, withinMs) => {
        const nowMs = atMs + passedMs
        expect(pastOnly(atMs, nowMs)).toBe(atMs)
        expect(isRecent(atMs, nowMs, withinMs)).toBe(passedMs < withinMs)
      }),
    )
  })

  it('is unknown when it was never noted', () => {
    expect(pastOnly(undefined, 5)).toBeUndefined()
  })
})
