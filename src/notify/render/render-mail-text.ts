import { cleanLine, cutText } from './clean-line.ts'
import type { Block, Message, Tone } from '../message.ts'
import { ADVICE_LABEL, formatUtc, headLine } from './message-words.ts'
import type { CourseBlock } from './read-course.ts'
import { readCourse } from './read-course.ts'
import { hangLines, padText, textWidth, wrapWords } from './text-lines.ts'
import { layTextTable } from './text-table.ts'

/** What mail programs show without breaking lines themselves, even when quoted once. */
const COLUMNS = 76
const MOST_LABEL_COLUMNS = 36
const MOST_BAR_LABEL_CHARACTERS = 16
const MOST_BAR_COLUMNS = 40

/**
 * The text part of a mail, for programs and people that want no HTML: the same facts from top to bottom, lines of at most 76
 * columns.
 */
export function renderMailText(message: Message): string {
  const foot = [
    '--',
    `${cleanLine(message.network)}, ${formatUtc(message.atMs)}`,
    'This is an automatic message of hedgebot.',
  ]
  return `${renderTextBody(message)}\n\n${foot.join('\n')}\n`
}

/** The text part without its end, and without a line break at the end. */
export function renderTextBody(message: Message): string {
  const blocks = message.blocks.map((block) => ({
    text: layBlock(block).join('\n'),
    // A heading stands upon what it is about.
    end: block.kind === 'heading' ? '\n' : '\n\n',
  }))
  const head = wrapWords(headLine(message), COLUMNS).join('\n')
  return blocks
    .filter(({ text }) => text !== '')
    .reduce((whole, { text, end }) => `${whole}${text}${end}`, `${head}\n\n`)
    .trimEnd()
}

function layBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'heading': {
      const lines = hangLines(toneMark(block.tone), cleanLine(block.text), COLUMNS)
      return [...lines, '-'.repeat(Math.max(...lines.map(textWidth)))]
    }
    case 'text':
      return hangLines(toneMark(block.tone), cleanLine(block.text), COLUMNS)
    case 'list':
      return block.items.flatMap((item) => hangLines('- ', cleanLine(item), COLUMNS))
    case 'facts':
      return layFacts(block.rows)
    case 'table':
      return layTextTable(block, COLUMNS)
    case 'course':
      return layCourse(block)
    case 'advice':
      return layAdvice(block.text)
  }
}

function layAdvice(text: string): readonly string[] {
  const [first = '', ...others] = wrapWords(`${ADVICE_LABEL}: ${cleanLine(text)}`, COLUMNS - 2)
  return [first, ...others.map((line) => `  ${line}`)]
}

/** What colours say elsewhere. */
function toneMark(tone: Tone | undefined): string {
  return tone === 'bad' || tone === 'warning' ? '! ' : ''
}

function layFacts(
  rows: readonly { readonly label: string; readonly value: string }[],
): readonly string[] {
  const labels = rows.map(({ label }) => `${cleanLine(label)}:`)
  const width = Math.min(MOST_LABEL_COLUMNS, Math.max(0, ...labels.map(textWidth)))
  return rows.flatMap(({ value }, at) => {
    const label = padText(labels[at] ?? '', width, 'left')
    return textWidth(label) > width
      ? [...wrapWords(label, COLUMNS), ...hangLines('  ', cleanLine(value), COLUMNS)]
      : hangLines(`${label}  `, cleanLine(value), COLUMNS)
  })
}

function layCourse(block: CourseBlock): readonly string[] {
  const { points, topHeight, bottomHeight, facts } = readCourse(block)
  const labels = points.map(({ label }) => cutText(label, MOST_BAR_LABEL_CHARACTERS))
  const labelWidth = Math.max(0, ...labels.map(textWidth))
  const valueWidth = Math.max(0, ...points.map(({ text }) => textWidth(text)))
  const room = Math.min(MOST_BAR_COLUMNS, Math.max(4, COLUMNS - labelWidth - valueWidth - 4))
  const largest = Math.max(topHeight, -bottomHeight)
  return [
    ...wrapWords(`${cleanLine(block.title)}, ${cleanLine(block.unit)}`, COLUMNS),
    ...points.map(({ text, height = 0 }, at) => {
      const length = height === 0 ? 0 : Math.max(1, Math.round((Math.abs(height) / largest) * room))
      const bar = (height > 0 ? '#' : '-').repeat(length)
      const line = `${padText(labels[at] ?? '', labelWidth, 'left')}  ${padText(text, valueWidth, 'right')}`
      return `${line}  ${bar}`.trimEnd()
    }),
    ...(facts.length === 0 ? [] : wrapWords(facts.join(', '), COLUMNS)),
  ]
}
