import * as fc from 'fast-check'
import type { Block, Message, Tone } from '../../../src/notify/message.ts'
import { HOSTILE_TEXTS } from './hostile-message.ts'

/** Texts that a file or the exchange could give us: short or long, any character, and what attacks are made of. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...HOSTILE_TEXTS), weight: 3 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 2 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }), weight: 2 },
  {
    arbitrary: fc.string({ unit: fc.constantFrom(...'<>&"\'`*_~@|\\ \n\u{202e}'), maxLength: 60 }),
    weight: 2,
  },
  {
    arbitrary: fc.string({ unit: fc.constantFrom('a', '&', '\u{301}'), maxLength: 2_000 }),
    weight: 1,
  },
  // Half a character, as it is left where somebody cut a text.
  { arbitrary: fc.constantFrom('\u{d83d}', '\u{dfe0}x'), weight: 1 },
)

const anyTone = fc.option(fc.constantFrom<Tone>('good', 'bad', 'warning', 'muted'), {
  nil: undefined,
})

const anyCell = fc
  .tuple(anyText, anyTone)
  .map(([text, tone]) => (tone === undefined ? { text } : { text, tone }))

const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.constantFrom('0', '0.00', '-0', '?', '', '9'.repeat(400)),
  anyText,
)

const anyBars = fc.array(
  fc
    .tuple(anyText, fc.option(anyNumber, { nil: undefined }))
    .map(([label, value]) => (value === undefined ? { label } : { label, value })),
  { maxLength: 60 },
)

const anyTable = fc.integer({ min: 1, max: 5 }).chain((width) => {
  const row = fc.array(anyCell, { minLength: width, maxLength: width })
  return fc.record(
    {
      kind: fc.constant('table' as const),
      columns: fc.array(
        fc.record({ label: anyText, align: fc.constantFrom('left' as const, 'right' as const) }),
        { minLength: width, maxLength: width },
      ),
      rows: fc.array(row, { maxLength: 30 }),
      foot: row,
    },
    { requiredKeys: ['kind', 'columns', 'rows'] },
  )
})

const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record(
    {
      kind: fc.constantFrom('heading' as const, 'text' as const),
      text: anyText,
      tone: fc.constantFrom<Tone>('good', 'bad', 'warning', 'muted'),
    },
    { requiredKeys: ['kind', 'text'] },
  ),
  fc.record({ kind: fc.constant('advice' as const), text: anyText }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(anyText, { maxLength: 30 }) }),
  fc.record({
    kind: fc.constant('facts' as const),
    rows: fc.array(
      fc.tuple(anyText, anyCell).map(([label, { text, ...rest }]) => ({
        label,
        value: text,
        ...rest,
      })),
      { maxLength: 30 },
    ),
  }),
  anyTable,
  fc.record({
    kind: fc.constant('course' as const),
    title: anyText,
    unit: anyText,
    bars: anyBars,
  }),
)

/** Any message that the types allow, small or far too large. */
export const anyMessage: fc.Arbitrary<Message> = fc.record({
  kind: fc.constantFrom<Message['kind']>(
    'opened',
    'closed',
    'stop',
    'alert',
    'recovered',
    'report',
    'daily',
    'test',
  ),
  severity: fc.constantFrom<Message['severity']>('info', 'warning', 'critical'),
  title: anyText,
  network: fc.oneof(fc.constantFrom('mainnet', 'testnet', 'simulator'), anyText),
  atMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  blocks: fc.array(anyBlock, { maxLength: 12 }),
})

/** Texts that a message always shows, for tests that look for all of them. */
export function textsOf(message: Message): readonly string[] {
  return [message.title, message.network, ...message.blocks.flatMap(blockTexts)]
}

function blockTexts(block: Block): readonly string[] {
  switch (block.kind) {
    case 'heading':
    case 'text':
    case 'advice':
      return [block.text]
    case 'list':
      return block.items
    case 'facts':
      return block.rows.flatMap(({ label, value }) => [label, value])
    case 'table':
      return [...block.rows, block.foot ?? []].flat().map(({ text }) => text)
    case 'course':
      return [block.title, block.unit]
  }
}
