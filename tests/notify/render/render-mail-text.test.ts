import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanLine } from '../../../src/notify/render/clean-line.ts'
import type { Block } from '../../../src/notify/message.ts'
import { renderMailText } from '../../../src/notify/render/render-mail-text.ts'
import { textWidth } from '../../../src/notify/render/text-lines.ts'
import { anyMessage, textsOf } from './arbitrary-message.ts'
import { HOSTILE_MESSAGE } from './hostile-message.ts'
import { SAMPLE_MESSAGES } from './sample-messages.ts'

/** The text of a mail with these blocks, without head and end. */
function body(...blocks: readonly Block[]): string {
  const text = renderMailText({ ...SAMPLE_MESSAGES.test, blocks })
  return text.slice(text.indexOf('\n\n') + 2, text.indexOf('\n\n--\n'))
}

describe('the text part of a mail', () => {
  it.each(Object.entries(SAMPLE_MESSAGES))('looks right for %s', (_kind, message) => {
    expect(`\n${renderMailText(message)}`).toMatchSnapshot()
  })

  it('names another network than mainnet first, and the network and the time at the end', () => {
    const text = renderMailText(SAMPLE_MESSAGES.stop)
    expect(text).toMatch(/^\[testnet\] STOP: h3 /)
    expect(text).toMatch(
      /\n--\ntestnet, 2026-12-01 14:03:22 UTC\nThis is an automatic message of hedgebot\.\n$/,
    )
  })

  it('marks what other parts show in red', () => {
    expect(
      body(
        { kind: 'heading', text: 'Exposed', tone: 'bad' },
        { kind: 'text', text: 'Look.', tone: 'warning' },
        { kind: 'text', text: 'Fine.', tone: 'good' },
      ),
    ).toBe('! Exposed\n---------\n! Look.\n\nFine.')
  })

  it('draws a course with gaps that are not zero, and never a bar for what nobody measured', () => {
    const bars = [
      { label: '00:00', value: '10.00' },
      { label: '01:00', value: '0.00' },
      { label: '02:00' },
      { label: '03:00', value: 'broken' },
      { label: '04:00', value: '-0.01' },
      { label: '05:00', value: '-2,500.00' },
    ]
    expect(body({ kind: 'course', title: 'Net', unit: 'USD', bars })).toBe(
      [
        'Net, USD',
        '00:00      10.00  #',
        '01:00       0.00',
        '02:00          ?',
        '03:00          ?',
        '04:00      -0.01  -',
        '05:00  -2,500.00  ----------------------------------------',
        'lowest -2,500.00 at 05:00, highest 10.00 at 00:00, last -2,500.00 at 05:00',
      ].join('\n'),
    )
  })

  it('continues long names in the next line, after one of their own separators', () => {
    const columns = [
      { label: 'account', align: 'left' as const },
      { label: 'USD', align: 'right' as const },
    ]
    const name = 'a_name_of_an_account_that_goes_on_and_on_and_on_and_on_and_on_and_on_01'
    const rows = [[{ text: name }, { text: '-1,204.55' }]]
    expect(body({ kind: 'table', columns, rows })).toBe(
      [
        `account${' '.repeat(66)}USD`,
        `${'-'.repeat(65)}  ---------`,
        `${name.slice(0, 62)}     -1,204.55`,
        'and_on_01',
      ].join('\n'),
    )
  })

  it('says in sentences what does not fit side by side', () => {
    const columns = ['leg', 'a', 'b', 'c', 'd'].map((label, at) => ({
      label,
      align: at < 2 ? ('left' as const) : ('right' as const),
    }))
    const wide = '1'.repeat(30)
    const rows = [['h1', 'long', wide, wide, wide].map((text) => ({ text }))]
    expect(body({ kind: 'table', columns, rows })).toBe(
      `h1: a long, b ${wide}, c\n  ${wide}, d ${wide}`,
    )
  })

  it('is at most 76 columns wide, for hostile values too', () => {
    const lines = [...Object.values(SAMPLE_MESSAGES), HOSTILE_MESSAGE]
      .flatMap((message) => renderMailText(message).split('\n'))
      .filter((line) => textWidth(line) > 76)
    expect(lines).toEqual([])
  })

  it('leaves out nothing and lets through nothing invisible, for any message', () => {
    const squeeze = (text: string): string => text.replace(/\s/gu, '')
    fc.assert(
      fc.property(anyMessage, (message) => {
        const text = renderMailText(message)
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(text).not.toMatch(/ \n/)
        const tables = message.blocks.some(({ kind }) => kind === 'table')
        const squeezed = squeeze(text)
        // Cells that are wrapped stand in pieces beside each other.
        const missing = tables
          ? []
          : textsOf(message).filter((part) => !squeezed.includes(squeeze(cleanLine(part))))
        expect(missing).toEqual([])
      }),
    )
  })
})
