/**
 * Colours of a mail. The light ones stand inline at every element, since many mail programs drop style sheets; the dark
 * ones are classes for those that do not. Every pair of text and ground keeps 4.5:1 (tests/notify/mail-in-browser.test.ts).
 * @module
 */
import type { Message, Tone } from '../message.ts'

/** Hexadecimal colours of one appearance. */
interface Palette {
  readonly page: string
  readonly card: string
  /** Hairlines, and the border of the card. */
  readonly line: string
  readonly ink: string
  readonly muted: string
  readonly good: string
  readonly bad: string
  readonly warning: string
  /** Ground of an advice, and of gaps in a course. */
  readonly tint: string
  readonly gap: string
  /** Bars above and below zero. */
  readonly above: string
  readonly below: string
}

/** Attributes of a table that only places things, for programs that read aloud. */
export const LAYOUT_TABLE =
  'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'

/** Inline, everywhere. */
export const LIGHT: Palette = {
  page: '#eef0f3',
  card: '#ffffff',
  line: '#e1e5ea',
  ink: '#1b2330',
  muted: '#596373',
  good: '#0b6e45',
  bad: '#b3261e',
  warning: '#8a4b00',
  tint: '#f2f5f9',
  gap: '#e6e9ee',
  above: '#2e9468',
  below: '#d0564c',
}

const DARK: Palette = {
  page: '#0e1116',
  card: '#181c23',
  line: '#2c333e',
  ink: '#e7eaef',
  muted: '#a0a9b6',
  good: '#5fd39b',
  bad: '#ff9187',
  warning: '#f2b65a',
  tint: '#212732',
  gap: '#2b323d',
  above: '#3fae80',
  below: '#e0695f',
}

/** Grounds of the band, below white text; the same in the dark. */
const BANDS = { info: '#3b4a61', over: '#0b6b45', warning: '#8f5200', critical: '#b3261e' }

/** Ground of the band. An end of something bad is green, everything else goes by its severity. */
export function bandColour({ kind, severity }: Pick<Message, 'kind' | 'severity'>): string {
  return kind === 'recovered' && severity === 'info' ? BANDS.over : BANDS[severity]
}

/** Colour of a text; none is that of ordinary text. */
export function toneColour(tone: Tone | undefined): string {
  return LIGHT[tone ?? 'ink']
}

/** Bad and warning, for those who see no colours. */
export function isBold(tone: Tone | undefined): boolean {
  return tone === 'bad' || tone === 'warning'
}

/** The attributes `class` and `style` of a toned text. */
export function toneAttributes(tone: Tone | undefined, style = ''): string {
  const weight = isBold(tone) ? 'font-weight:600;' : ''
  const colour = tone === undefined ? '' : `color:${toneColour(tone)};`
  const name = tone === undefined ? '' : ` class="${tone}"`
  const declarations = `${style}${weight}${colour}`
  return declarations === '' ? name : `${name} style="${declarations}"`
}

const COLOURS: readonly (readonly [
  keyof Palette,
  'color' | 'background-color' | 'border-color',
])[] = [
  ['page', 'background-color'],
  ['card', 'background-color'],
  ['line', 'border-color'],
  ['ink', 'color'],
  ['muted', 'color'],
  ['good', 'color'],
  ['bad', 'color'],
  ['warning', 'color'],
  ['tint', 'background-color'],
  ['gap', 'background-color'],
  ['above', 'background-color'],
  ['below', 'background-color'],
]

/** An addition that nothing depends on: the dark appearance, and the widths of phones and desks. */
export function styleSheet(): string {
  const dark = COLOURS.map(([name, property]) => `.${name}{${property}:${DARK[name]}!important}`)
  return [
    ':root{color-scheme:light dark;supported-color-schemes:light dark}',
    '@media (min-width:520px){.data{font-size:13px!important}}',
    '@media (max-width:480px){',
    '.outer{padding:0!important}',
    '.card{border-left:0!important;border-right:0!important;border-radius:0!important}',
    '}',
    '@media (prefers-color-scheme:dark){',
    ...dark,
    `.zero{background-color:${DARK.muted}!important}`,
    '}',
  ].join('\n')
}
