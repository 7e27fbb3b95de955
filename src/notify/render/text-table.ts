import { cleanLine } from './clean-line.ts'
import type { Block, Cell } from '../message.ts'
import { padText, textWidth, wrapWords } from './text-lines.ts'

/** A table of a message. */
export type TableBlock = Extract<Block, { kind: 'table' }>

/** One row in words. */
interface RowSentence {
  readonly name: string
  readonly values: string
}

const GAP = 2
/** Narrower than this a name is torn into pieces that nobody recognises. */
const LEAST_NAME_WIDTH = 12

/**
 * Aligned lines of at most `most` columns. Where the table is wider, long texts in left-aligned columns go on in the next
 * line; where that is not enough, each row becomes a sentence. Nothing is left out.
 */
export function layTextTable(table: TableBlock, most: number): readonly string[] {
  const widths = fitWidths(table, most)
  if (widths === undefined) return listRows(table, most)
  const rule = widths.map((width) => '-'.repeat(width)).join(' '.repeat(GAP))
  const draw = (texts: readonly string[]): readonly string[] => drawRow(texts, widths, table)
  return [
    ...draw(table.columns.map(({ label }) => cleanLine(label))),
    rule,
    ...table.rows.flatMap((row) => draw(cellTexts(row))),
    ...(table.foot === undefined ? [] : [rule, ...draw(cellTexts(table.foot))]),
  ]
}

/** Whether the columns stand beside each other. */
export function fitsTextTable(table: TableBlock, most: number): boolean {
  return fitWidths(table, most) !== undefined
}

function listRows(table: TableBlock, most: number): readonly string[] {
  return tableSentences(table).flatMap(({ name, values }) => {
    const [first = '', ...others] = wrapWords(`${name}: ${values}`, Math.max(1, most - GAP))
    return [first, ...others.map((line) => `  ${line}`)]
  })
}

function cellTexts(row: readonly Cell[]): readonly string[] {
  return row.map(({ text }) => cleanLine(text))
}

/** Undefined where even narrow names do not make it fit. */
function fitWidths(table: TableBlock, most: number): readonly number[] | undefined {
  const rows = [...table.rows, ...(table.foot === undefined ? [] : [table.foot])].map(cellTexts)
  const widths = table.columns.map(({ label }, at) =>
    Math.max(1, textWidth(cleanLine(label)), ...rows.map((row) => textWidth(row[at] ?? ''))),
  )
  let excess = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - most
  while (excess > 0) {
    const names = widths.map((width, at) => (table.columns[at]?.align === 'left' ? width : 0))
    const widest = Math.max(0, ...names)
    if (widest <= LEAST_NAME_WIDTH) return undefined
    widths[names.indexOf(widest)] = widest - 1
    excess -= 1
  }
  return widths
}

function drawRow(
  texts: readonly string[],
  widths: readonly number[],
  { columns }: TableBlock,
): readonly string[] {
  const cells = widths.map((width, at) => wrapWords(texts[at] ?? '', width))
  const height = Math.max(0, ...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, at) => padText(cells[at]?.[line] ?? '', width, columns[at]?.align ?? 'left'))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

/** The rows of a table as sentences, its sum last: `account_5: side long, size BTC 0.0125, P&L USD -101.37`. */
export function tableSentences({ columns, rows, foot }: TableBlock): readonly RowSentence[] {
  return [...rows, ...(foot === undefined ? [] : [foot])].map((row) => {
    const [name = '', ...texts] = cellTexts(row)
    const values = texts.map((text, at) => {
      const label = cleanLine(columns[at + 1]?.label ?? '')
      return text === '' ? '' : `${label} ${text}`.trim()
    })
    return { name, values: values.filter((value) => value !== '').join(', ') }
  })
}
