import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clientOrderTag,
  composeClientOrderIndex,
  instanceOfClientOrderIndex,
  isOurClientOrderIndex,
} from '../../src/hedge/client-order-index.ts'

const instances = fc.integer({ min: 0, max: 0xfff })
const counters = fc.integer({ min: 0, max: 2 ** 24 - 1 })

describe('client order index', () => {
  it('fits in 48 bits, is never 0, and gives its parts back', () => {
    fc.assert(
      fc.property(instances, counters, (instance, counter) => {
        const index = composeClientOrderIndex(instance, counter)
        expect(index).toBeGreaterThan(0)
        expect(index).toBeLessThan(2 ** 48)
        expect(BigInt(index)).toBe(
          (BigInt(clientOrderTag) << 36n) | (BigInt(instance) << 24n) | BigInt(counter),
        )
        expect(instanceOfClientOrderIndex(index)).toBe(instance)
      }),
    )
  })

  it('starts again after 24 bits of the counter, in the same instance', () => {
    expect(composeClientOrderIndex(7, 2 ** 24 + 3)).toBe(composeClientOrderIndex(7, 3))
  })

  it('knows every index without our tag as foreign', () => {
    const foreignTags = instances.filter((tag) => tag !== clientOrderTag)
    fc.assert(
      fc.property(foreignTags, fc.integer({ min: 0, max: 2 ** 36 - 1 }), (tag, rest) => {
        const index = tag * 2 ** 36 + rest
        expect(isOurClientOrderIndex(index)).toBe(false)
        expect(instanceOfClientOrderIndex(index)).toBeUndefined()
      }),
    )
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 48, clientOrderTag * 2 ** 36 + 2 ** 48, 240200955866317])(
    'knows %s as foreign',
    (index) => {
      expect(isOurClientOrderIndex(index)).toBe(false)
    },
  )
})
