import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBoundedLog } from '../../../src/sim/core/bounded-log.ts'

describe('a bounded log', () => {
  it('is the end of a list that forgets nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer(), { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        (capacity, entries, limit) => {
          const log = createBoundedLog<number>(capacity)
          const dropped = entries.map((entry) => log.push(entry))
          const kept = entries.slice(-capacity)
          expect(log.oldest()).toEqual(kept)
          expect(log.newest()).toEqual(kept.toReversed())
          expect(log.newest(limit)).toEqual(kept.toReversed().slice(0, limit))
          const gone = entries.slice(0, entries.length - kept.length)
          expect(dropped.filter((entry) => entry !== undefined)).toEqual(gone)
        },
      ),
    )
  })
})
