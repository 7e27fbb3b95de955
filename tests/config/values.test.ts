import { Decimal } from 'decimal.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignEgress } from '../../src/config/assign-egress.ts'
import { compareDecimalTexts, parseDecimalText } from '../../src/config/decimal-text.ts'
import { parseDurationMs, renderDuration } from '../../src/config/duration.ts'
import { suggest } from '../../src/config/suggest.ts'

const Exact = Decimal.clone({ precision: 80 })
const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max })
    .map((values) => values.join(''))
const decimalText = fc
  .tuple(fc.constantFrom('', '-', '+'), digits(1, 20), digits(0, 18))
  .map(([sign, integer, decimals]) => `${sign}${integer}${decimals === '' ? '' : `.${decimals}`}`)

describe('decimals', () => {
  it('keep their exact value and are read again as they are', () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        const parsed = parseDecimalText(text) ?? 'refused'
        expect(new Exact(parsed).equals(new Exact(text))).toBe(true)
        expect(parseDecimalText(parsed)).toBe(parsed)
      }),
    )
  })

  it('compare like exact numbers', () => {
    fc.assert(
      fc.property(decimalText, decimalText, (first, second) => {
        const [a, b] = [parseDecimalText(first) ?? '', parseDecimalText(second) ?? '']
        expect(compareDecimalTexts(a, b)).toBe(new Exact(a).comparedTo(new Exact(b)))
      }),
    )
  })

  it('keep trailing zeros and lose only what means nothing', () => {
    const cases = { '0.0010': '0.0010', '.5': '0.5', '5.': '5', '+007.50': '7.50', '-0.0': '0.0' }
    for (const [text, expected] of Object.entries(cases)) {
      expect(parseDecimalText(text)).toBe(expected)
    }
  })

  it('refuse everything else', () => {
    const wrong = ['', '.', '-', '1e3', '1,5', '0x1', 'NaN', 'Infinity', '1 ', '--1', '1.2.3', '٣']
    for (const text of [...wrong, '9'.repeat(21)]) expect(parseDecimalText(text)).toBeUndefined()
  })
})

describe('durations', () => {
  it('are written and read back without loss', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (durationMs) => {
        expect(parseDurationMs(renderDuration(durationMs))).toBe(durationMs)
      }),
    )
  })

  it('add up their parts', () => {
    expect(['6h', '30m', '90s', '500ms', '2d', '1h30m'].map(parseDurationMs)).toEqual([
      21_600_000, 1_800_000, 90_000, 500, 172_800_000, 5_400_000,
    ])
  })

  it('need a unit and whole numbers', () => {
    for (const text of ['', '6', '6 h', '1.5h', '-6h', '6H', 'h', '6h ', '9'.repeat(20) + 'd']) {
      expect(parseDurationMs(text)).toBeUndefined()
    }
  })
})

const freeOf = (chosen: readonly (string | undefined)[], egresses: readonly string[]): string[] =>
  egresses.filter((_, index) => chosen[index] === undefined)

describe('the spreading of accounts over proxies', () => {
  const plan = fc.record({
    chosen: fc.array(fc.constantFrom(undefined, undefined, undefined, 'direct', 'p0'), {
      maxLength: 60,
    }),
    pool: fc
      .nat({ max: 9 })
      .map((count) => Array.from({ length: count }, (_, index) => `p${index}`)),
    assign: fc.constantFrom('block' as const, 'round_robin' as const),
  })

  it('keeps every choice and gives the others a proxy of the pool', () => {
    fc.assert(
      fc.property(plan, ({ chosen, pool, assign }) => {
        const egresses = assignEgress({ chosen, pool, assign })
        const kept = egresses.map((egress, index) =>
          chosen[index] === undefined ? undefined : egress,
        )
        expect(kept).toEqual(chosen)
        const allowed = pool.length === 0 ? ['direct'] : pool
        expect(freeOf(chosen, egresses).filter((egress) => !allowed.includes(egress))).toEqual([])
      }),
    )
  })

  it('is even to within one account', () => {
    fc.assert(
      fc.property(plan, ({ chosen, pool, assign }) => {
        const free = freeOf(chosen, assignEgress({ chosen, pool, assign }))
        const counts = pool.map((name) => free.filter((egress) => egress === name).length)
        expect(Math.max(0, ...counts) - Math.min(Infinity, ...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('keeps neighbours together in blocks', () => {
    fc.assert(
      fc.property(plan, ({ chosen, pool }) => {
        const free = freeOf(chosen, assignEgress({ chosen, pool, assign: 'block' }))
        expect(free).toEqual([...free].sort())
      }),
    )
  })

  it('gives 20 accounts over 3 proxies as 7, 7 and 6', () => {
    const chosen = Array.from({ length: 20 }, () => undefined)
    const egresses = assignEgress({ chosen, pool: ['a', 'b', 'c'], assign: 'block' })
    expect(egresses.join('')).toBe('aaaaaaabbbbbbbcccccc')
  })
})

describe('suggestions', () => {
  it('find the word behind a slip and none behind nonsense', () => {
    const words = ['leverage', 'position_size', 'max_slippage_pct', 'proxy']
    expect(suggest('leverag', words)).toBe('leverage')
    expect(suggest('positionSize', words)).toBe('position_size')
    expect(suggest('max_slipage_ptc', words)).toBe('max_slippage_pct')
    expect(suggest('porxy', words)).toBe('proxy')
    expect(suggest('completely_else', words)).toBeUndefined()
  })
})
