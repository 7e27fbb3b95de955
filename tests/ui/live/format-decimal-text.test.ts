import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../../src/hedge/decimal.ts'
import {
  formatGainUsd,
  formatPct,
  formatPrice,
  formatSize,
  formatUsd,
} from '../../../src/ui/format-number.ts'
import {
  gainText,
  pctText,
  priceText,
  signOf,
  sizeText,
  usdText,
} from '../../../src/ui/live/format-decimal-text.ts'

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.integer({ min: 0, max: 14 }))
  .map(([units, decimals]) => new Dec(units.toString()).div(new Dec(10).pow(decimals)))

describe('decimal text', () => {
  it('reads exactly like the decimal it came from', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        const text = value.toFixed()
        expect(usdText(text)).toBe(formatUsd(value))
        expect(gainText(text)).toBe(formatGainUsd(value))
        expect(sizeText(text)).toBe(formatSize(value))
        if (value.abs().lt(1e10)) expect(priceText(text)).toBe(formatPrice(value))
        expect(pctText(text)).toBe(formatPct(value))
        expect(signOf(text)).toBe(value.isZero() ? 0 : value.gt(0) ? 1 : -1)
      }),
      { numRuns: 3000 },
    )
  })

  it.each(['0.005', '0.0050', '-0.005', '0.00500001', '0.015', '0.025', '9.995', '99.95', '-0'])(
    'agrees on %s',
    (text) => {
      expect(usdText(text)).toBe(formatUsd(new Dec(text)))
      expect(pctText(text)).toBe(formatPct(new Dec(text)))
    },
  )

  it.each([undefined, '', 'NaN', '1e5', '1,000', '--1', '0x10', 'Infinity'])(
    'is unknown when it is %j',
    (text) => {
      for (const format of [usdText, gainText, sizeText, priceText, pctText]) {
        expect(format(text)).toBe('?')
      }
      expect(signOf(text)).toBe(undefined)
    },
  )
})
