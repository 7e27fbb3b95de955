import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText, shortenMiddle, textWidth, wrapText } from '../../src/ui/text-width.ts'

const word = fc.string({ unit: fc.constantFrom(...'abc.é账🙂'), minLength: 1, maxLength: 40 })

describe('text', () => {
  it('counts wide characters as two cells and escape sequences as none', () => {
    expect(textWidth('abc')).toBe(3)
    expect(textWidth('账户')).toBe(4)
    expect(textWidth('🙂')).toBe(2)
    expect(textWidth('e\u0301')).toBe(1)
    expect(textWidth('\u001b[31mred\u001b[39m')).toBe(3)
  })

  it('loses its power over the terminal and nothing else', () => {
    expect(cleanText('a\u001b[2Jb\r\nc\u202ed')).toBe('a�[2Jb��c�d')
    expect(cleanText('账户 né')).toBe('账户 né')
  })

  it('is shortened in the middle, so that names that differ at the end stay different', () => {
    expect(shortenMiddle('account_number_12', 10)).toBe('accou…r_12')
    expect(shortenMiddle('short', 10)).toBe('short')
    fc.assert(
      fc.property(word, fc.integer({ min: 3, max: 30 }), (text, width) => {
        expect(textWidth(shortenMiddle(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('wraps within the width without losing a word', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 8, max: 60 }),
        (words, width) => {
          const lines = wrapText(words.join(' '), width, '  ')
          expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width)
          expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''))
        },
      ),
    )
  })
})
