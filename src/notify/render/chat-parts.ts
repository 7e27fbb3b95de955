/**
 * A message as chats show it: shorter lines than in a mail, and only bold and fixed-width text, which all of them have.
 * @module
 */
import { cleanLine } from './clean-line.ts'
import type { Block, Message, Tone } from '../message.ts'
import { ADVICE_LABEL, formatUtc, headLine } from './message-words.ts'
import type { CourseBlock } from './read-course.ts'
import { readCourse } from './read-course.ts'
import { drawSparkline } from './sparkline.ts'
import { wrapWords } from './text-lines.ts'
import type { TableBlock } from './text-table.ts'
import { fitsTextTable, layTextTable, tableSentences } from './text-table.ts'

/** How one chat writes things. Everything takes clean text and escapes it. */
export interface ChatMarkup {
  readonly text: (text: string) => string
  readonly bold: (text: string) => string
  /** A few characters of fixed width within a line. */
  readonly code: (text: string) => string
  /** Inside of `open` and `close`. */
  readonly fixed: (line: string) => string
  /** Around lines in a fixed-width font. */
  readonly open: string
  readonly close: string
  /** Columns of fixed width that fit on a phone. */
  readonly columns: number
}

/** Lines that belong together, ready to be sent; they may be cut between lines. */
export interface ChatPart {
  readonly open: string
  readonly lines: readonly string[]
  readonly close: string
  /** What it is about follows without an empty line. */
  readonly isHeading: boolean
}

/** Longer texts become several lines, so that there always is a place to cut. */
const MOST_LINE_COLUMNS = 250

/** Marks that are read before the words; good news and ordinary ones need none in a chat full of others. */
const SEVERITY_MARKS = { info: '', warning: '🟠 ', critical: '🔴 ' }

/** `🔴 ALERT!: account_7 stands alone`, clean and not escaped. */
export function chatHead(message: Message): string {
  const mark = message.kind === 'recovered' ? '🟢 ' : SEVERITY_MARKS[message.severity]
  return `${mark}${headLine(message)}`
}

/** `mainnet, 2026-12-01 14:03:22 UTC`, clean and not escaped. */
export function chatFoot({ network, atMs }: Message): string {
  return `${cleanLine(network)}, ${formatUtc(atMs)}`
}

/** The blocks of a message from top to bottom. */
export function chatParts({ blocks }: Message, markup: ChatMarkup): readonly ChatPart[] {
  return blocks
    .flatMap((block) => partsOf(block, markup))
    .filter(({ lines }) => lines.some((line) => line !== ''))
}

/** Lines without anything around them. */
export function plainPart(lines: readonly string[], isHeading = false): ChatPart {
  return { open: '', lines, close: '', isHeading }
}

function partsOf(block: Block, markup: ChatMarkup): readonly ChatPart[] {
  const { text, bold } = markup
  switch (block.kind) {
    case 'heading':
      return [plainPart(wrap(`${toneMark(block.tone)}${block.text}`).map(bold), true)]
    case 'text':
      return [plainPart(wrap(block.text).map(isLoud(block.tone) ? bold : text))]
    case 'list':
      return [plainPart(block.items.flatMap((item) => wrap(`• ${item}`).map(text)))]
    case 'facts':
      return [plainPart(block.rows.flatMap((row) => factLines(row, markup)))]
    case 'table':
      return [tablePart(block, markup)]
    case 'course':
      return [coursePart(block, markup)]
    case 'advice': {
      const [first = '', ...others] = wrap(block.text)
      return [plainPart([`${bold(`${ADVICE_LABEL}:`)} ${text(first)}`, ...others.map(text)])]
    }
  }
}

/** Columns where they fit, else a line for each row. */
function tablePart(table: TableBlock, markup: ChatMarkup): ChatPart {
  const { text, bold, columns } = markup
  if (fitsTextTable(table, columns)) return fixedPart(layTextTable(table, columns), markup)
  return plainPart(
    tableSentences(table).flatMap(({ name, values }) => {
      const names = wrap(name)
      const [first = '', ...others] = wrap(values).map(text)
      return [
        ...names.slice(0, -1).map(bold),
        `${bold(`${names.at(-1) ?? ''}:`)} ${first}`,
        ...others,
      ]
    }),
  )
}

function factLines(
  row: { readonly label: string; readonly value: string; readonly tone?: Tone },
  { text, bold }: ChatMarkup,
): readonly string[] {
  const [first = '', ...others] = wrap(row.value).map(isLoud(row.tone) ? bold : text)
  const labels = wrap(`${row.label}:`).map(text)
  return [...labels.slice(0, -1), `${labels.at(-1) ?? ''} ${first}`, ...others]
}

function coursePart(block: CourseBlock, { text, code }: ChatMarkup): ChatPart {
  const shape = readCourse(block)
  const [first, last] = [shape.points[0], shape.points.at(-1)]
  const span = first === undefined ? '' : `, ${first.label} to ${last?.label ?? ''}`
  const facts = shape.facts.length === 0 ? 'not measured' : shape.facts.join(', ')
  return plainPart([
    ...wrap(`${block.title}, ${block.unit}${span}`).map(text),
    ...(shape.facts.length === 0 ? [] : [code(drawSparkline(shape))]),
    ...wrap(facts).map(text),
  ])
}

function fixedPart(lines: readonly string[], { fixed, open, close }: ChatMarkup): ChatPart {
  return { open, lines: lines.map(fixed), close, isHeading: false }
}

function wrap(text: string): readonly string[] {
  return wrapWords(cleanLine(text), MOST_LINE_COLUMNS)
}

function isLoud(tone: Tone | undefined): boolean {
  return tone === 'bad' || tone === 'warning'
}

function toneMark(tone: Tone | undefined): string {
  return isLoud(tone) ? '! ' : ''
}
