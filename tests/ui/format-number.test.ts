import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import {
  formatGainUsd,
  formatMs,
  formatPct,
  formatPrice,
  formatSeconds,
  formatSize,
  formatUsd,
} from '../../src/ui/format-number.ts'

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 18 }))
  .map(([units, decimals]) => new Dec(units.toString()).div(new Dec(10).pow(decimals)))

describe('numbers', () => {
  it('are ? when unknown, never 0', () => {
    for (const format of [formatUsd, formatGainUsd, formatPrice, formatSize, formatPct]) {
      expect(format(undefined)).toBe('?')
    }
    expect(formatMs(undefined)).toBe('?')
    expect(formatSeconds(undefined)).toBe('?')
  })

  it('read as zero only when they are zero', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        for (const format of [formatUsd, formatGainUsd, formatPrice, formatSize]) {
          expect(/[1-9]/.test(format(value))).toBe(!value.isZero())
        }
      }),
    )
  })

  it('are off by less than half a cent', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        const shown = new Dec(formatUsd(value).replaceAll(',', ''))
        expect(shown.minus(value).abs().lte('0.005')).toBe(true)
      }),
    )
  })

  it('keep every digit of a size', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(new Dec(formatSize(value).replaceAll(',', '')).eq(value)).toBe(true)
      }),
    )
  })

  it('group thousands, before the point only', () => {
    expect(formatUsd(new Dec('-1234567.891'))).toBe('-1,234,567.89')
    expect(formatSize(new Dec('1000.00001234'))).toBe('1,000.00001234')
    expect(formatPrice(new Dec('97480.5'))).toBe('97,480.5')
    expect(formatGainUsd(new Dec('1000'))).toBe('+1,000.00')
    expect(formatUsd(new Dec('-0'))).toBe('0.00')
    expect(formatUsd(new Dec('0.00042'))).toBe('0.0004')
    expect(formatMs(12_345.6)).toBe('12,346')
    expect(formatSeconds(1_550)).toBe('1.6')
  })
})
