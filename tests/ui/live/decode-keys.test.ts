import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeKeys, endOfInput } from '../../../src/ui/live/decode-keys.ts'
import type { Key } from '../../../src/ui/live/decode-keys.ts'

const names = (keys: readonly Key[]) =>
  keys.map((key) => (key.kind === 'text' ? key.text : `<${key.kind}>`)).join('')

/** Reads chunks as the screen does. */
function typed(chunks: readonly string[]): string {
  let rest = ''
  let text = ''
  for (const chunk of chunks) {
    const decoded = decodeKeys(rest + chunk)
    text += names(decoded.keys)
    rest = decoded.rest
  }
  return text + names(endOfInput(rest).keys)
}

describe('terminal input', () => {
  it.each([
    ['q', 'q'],
    ['h12\r', 'h12<enter>'],
    ['\u001b[A\u001bOB', '<up><down>'],
    ['\u001b[5~\u001b[6~', '<page_up><page_down>'],
    ['\u001b[H\u001b[1~\u001bOH\u001b[F\u001b[4~\u001bOF', '<home><home><home><end><end><end>'],
    ['\u0003\u001a\f\u007f\b', '<interrupt><suspend><redraw><backspace><backspace>'],
    ['账😀', '账😀'],
    // Unknown sequences, Alt with a key, mouse reports and other control characters mean nothing.
    ['\u001b[15;2~\u001bq\u001b[?1;2c\u0001a', 'a'],
    ['\u001b', '<escape>'],
    ['\u001b\u001b', '<escape><escape>'],
  ])('reads %j', (input, keys) => {
    expect(typed([input])).toBe(keys)
  })

  it('drops what is pasted: a clipboard must not close a hedge', () => {
    expect(typed(['a\u001b[200~ch1\ry\u001b[201~b'])).toBe('ab')
    expect(typed(['a\u001b[200~ch1\r', 'yyy', 'c\u001b[2', '01~b'])).toBe('ab')
    expect(typed(['\u001b[200~', 'y'.repeat(100_000)])).toBe('')
  })

  it('means the same wherever it is cut into chunks', () => {
    const piece = fc.constantFrom(
      'q',
      '\u001b[A',
      '\u001b[5~',
      '\u001bOF',
      '\r',
      '\u001b[200~cy\u001b[201~',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(60)), (pieces, cuts) => {
        const input = pieces.join('')
        const at = [
          0,
          ...cuts.filter((cut) => cut < input.length).sort((a, b) => a - b),
          input.length,
        ]
        const chunks = at.slice(1).map((end, from) => input.slice(at[from], end))
        expect(typed(chunks)).toBe(typed([input]))
      }),
    )
  })
})
