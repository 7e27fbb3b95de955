import { beforeAll, describe, expect, it } from 'vitest'
import type { Block, Message, Severity, Tone } from '../../../src/notify/message.ts'
import { renderMailHtml } from '../../../src/notify/render/render-mail-html.ts'
import { hasChromium } from './chromium.ts'
import type { Frame, MeasuredPage } from './measure-mails.ts'
import { measureMails } from './measure-mails.ts'
import { HOSTILE_MESSAGE } from './hostile-message.ts'
import { SAMPLE_MESSAGES } from './sample-messages.ts'

const TONES: readonly (Tone | undefined)[] = [undefined, 'good', 'bad', 'warning', 'muted']

/** Every colour that a text can have, on every ground. */
function colourful(severity: Severity, kind: Message['kind']): Message {
  const toned = TONES.map((tone) => (tone === undefined ? {} : { tone }))
  const cells = toned.map((tone) => ({ text: '-97,480.5', ...tone }))
  const blocks: readonly Block[] = [
    ...toned.map((tone) => ({ kind: 'heading' as const, text: 'A heading', ...tone })),
    ...toned.map((tone) => ({ kind: 'text' as const, text: 'A text', ...tone })),
    { kind: 'facts', rows: toned.map((tone) => ({ label: 'A label', value: '1 USD', ...tone })) },
    {
      kind: 'table',
      columns: TONES.map(() => ({ label: 'USD', align: 'right' })),
      rows: [cells],
      foot: cells,
    },
    {
      kind: 'table',
      columns: TONES.map(() => ({ label: 'a long label', align: 'right' })),
      rows: [toned.map((tone) => ({ text: '120,378,687,123.45', ...tone }))],
    },
    {
      kind: 'course',
      title: 'Course',
      unit: 'USD',
      bars: [{ label: 'a' }, { label: 'b', value: '1' }],
    },
    { kind: 'advice', text: 'An advice' },
  ]
  return { kind, severity, title: 'A title', network: 'testnet', atMs: 0, blocks }
}

const MAILS: Readonly<Record<string, Message>> = {
  ...SAMPLE_MESSAGES,
  hostile: HOSTILE_MESSAGE,
  'colours of info': colourful('info', 'report'),
  'colours of over': colourful('info', 'recovered'),
  'colours of warning': colourful('warning', 'stop'),
  'colours of critical': colourful('critical', 'alert'),
}

const FRAMES: readonly Frame[] = Object.entries(MAILS).flatMap(([name, message]) => {
  const html = renderMailHtml(message)
  const stripped = html.replace(/<style>[^]*?<\/style>/, '')
  return [360, 600].flatMap((widthPx) => [
    { name: `${name}, ${widthPx} px`, html, widthPx },
    { name: `${name}, ${widthPx} px, without style sheet`, html: stripped, widthPx },
  ])
})

/** Left out where nobody can install it; a build server without it is broken. */
const canRun = hasChromium() || process.env['CI'] !== undefined

describe.runIf(canRun).each(['light', 'dark'] as const)('a mail in a %s browser', (scheme) => {
  let page: MeasuredPage

  beforeAll(async () => {
    page = await measureMails(FRAMES, scheme)
  }, 90_000)

  it('is shown in the appearance that is tested', () => {
    expect(page.frames).toHaveLength(FRAMES.length)
    expect(page.frames.filter(({ isDark }) => isDark !== (scheme === 'dark'))).toEqual([])
  })

  it('never scrolls sideways', () => {
    const wrong = page.frames.filter(
      (frame) => frame.scrollWidthPx > frame.clientWidthPx || frame.tooWide.length > 0,
    )
    expect(wrong.map(({ name, tooWide }) => ({ name, tooWide }))).toEqual([])
  })

  it('has contrast enough in every text', () => {
    expect(page.frames.flatMap(({ name, pale }) => pale.map((text) => `${name}: ${text}`))).toEqual(
      [],
    )
  })

  it('uses the dark colours when, and only when, it has its style sheet', () => {
    const inDark = page.frames.filter(({ name }) => name === 'colours of info, 600 px')
    const stripped = page.frames.filter(({ name }) => name.startsWith('colours of info, 600 px, w'))
    const ratios = [...inDark, ...stripped].map(({ lowestContrast }) => lowestContrast.toFixed(2))
    expect(new Set(ratios).size).toBe(scheme === 'dark' ? 2 : 1)
  })

  it('never tears a number apart', () => {
    expect(
      page.frames.flatMap(({ name, tornNumbers }) => tornNumbers.map((text) => `${name}: ${text}`)),
    ).toEqual([])
  })

  it('runs nothing and loads nothing, whatever the values are', () => {
    expect(page.title).toBe('untouched')
    expect([...new Set(page.frames.flatMap(({ elements }) => elements))].toSorted()).toEqual(
      'b br div h1 h2 li p span table tbody td th tr ul wbr'.split(' '),
    )
    expect([...new Set(page.frames.flatMap(({ attributes }) => attributes))].toSorted()).toEqual(
      (
        'align bgcolor border cellpadding cellspacing class colspan height role rowspan ' +
        'scope style title valign width'
      ).split(' '),
    )
  })

  it('says in words what it says in colours', () => {
    const textOf = (name: string): string =>
      page.frames.find((frame) => frame.name === `${name}, 360 px`)?.visibleText ?? ''
    expect(textOf('colours of critical')).toMatch(/^ALERT! · CRITICAL\s+testnet/)
    expect(textOf('colours of warning')).toMatch(/^STOP · WARNING/)
    expect(textOf('colours of over')).toMatch(/^OVER\s/)
    expect(textOf('colours of info')).toMatch(/✓\sA heading\s+✗\sA heading\s+▲\sA heading/)
  })

  it('draws bars as high as their values, and gaps from top to bottom', () => {
    const bars = page.frames.find(({ name }) => name === 'report, 360 px')?.barHeightsPx ?? []
    const heightsOf = (kind: string): readonly number[] =>
      bars.filter((bar) => bar.kind === kind).map(({ heightPx }) => heightPx)
    const span = 34.2 + 12.1
    expect(Math.max(...heightsOf('above'))).toBe(Math.round((34.2 / span) * 96))
    expect(Math.max(...heightsOf('below'))).toBe(Math.round((12.1 / span) * 96))
    expect(heightsOf('gap muted')).toEqual([97, 97])
    expect([...new Set(heightsOf('zero'))]).toEqual([1])
  })
})
