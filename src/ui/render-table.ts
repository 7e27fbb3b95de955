import Table from 'cli-table3'
import type { RenderStyle } from './render-style.ts'
import { cleanText, shortenMiddle, textWidth, wrapText } from './text-width.ts'
import { noBorders } from './table-borders.ts'

/** One column; what it says about a row, and how much it matters. */
export interface Column<Row> {
  /** With its unit. */
  readonly header: string
  readonly align: 'left' | 'right'
  /** 1 always stays; the highest number goes first when the terminal is narrow. */
  readonly priority: number
  readonly cell: (row: Row) => string
  /** Colour; must not change the width. */
  readonly paint?: (text: string, row: Row) => string
  /** Names may lose their middle; numbers never lose a digit. */
  readonly canShrink?: boolean
  /** Its cell in the last row. */
  readonly total?: string
}

/** Needs of a table. */
export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly style: RenderStyle
}

interface Fitted<Row> {
  readonly column: Column<Row>
  readonly width: number
}

const GAP = 2
/** A name shorter than this is no longer recognised. */
const LEAST_NAME_WIDTH = 8

/**
 * A table without borders whose rows never wrap: columns that do not fit are left out, least important first. Where
 * even the important ones do not fit, every row becomes a list of lines.
 */
export function renderTable<Row>(options: TableOptions<Row>): string {
  const { rows, style } = options
  const columns = options.columns.map((column) => ({
    ...column,
    cell: (row: Row) => cleanText(column.cell(row)),
  }))
  const fitted = fitColumns(columns, rows, style.columns)
  return fitted === undefined
    ? renderList({ columns, rows, style })
    : drawTable(fitted, rows, style)
}

function fitColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Fitted<Row>[] | undefined {
  let fitted = columns.map((column) => ({ column, width: naturalWidth(column, rows) }))
  while (totalWidth(fitted) > width) {
    const least = Math.max(...fitted.map(({ column }) => column.priority))
    if (least <= 1) return shrinkNames(fitted, width)
    fitted = fitted.filter(({ column }) => column.priority < least)
  }
  return fitted
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  const texts = [column.header, column.total ?? '', ...rows.map((row) => column.cell(row))]
  return Math.max(...texts.map(textWidth))
}

function totalWidth<Row>(fitted: readonly Fitted<Row>[]): number {
  return fitted.reduce((sum, { width }) => sum + width, GAP * (fitted.length - 1))
}

function shrinkNames<Row>(
  fitted: readonly Fitted<Row>[],
  width: number,
): readonly Fitted<Row>[] | undefined {
  const excess = totalWidth(fitted) - width
  const slack = fitted.map((one) =>
    one.column.canShrink === true ? Math.max(0, one.width - LEAST_NAME_WIDTH) : 0,
  )
  if (slack.reduce((sum, each) => sum + each, 0) < excess) return undefined
  let left = excess
  return fitted.map((one, at) => {
    const cut = Math.min(left, slack[at] ?? 0)
    left -= cut
    return { ...one, width: one.width - cut }
  })
}

function drawTable<Row>(
  fitted: readonly Fitted<Row>[],
  rows: readonly Row[],
  { chalk }: RenderStyle,
): string {
  const table = new Table({
    chars: noBorders(GAP),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: fitted.map(({ column }) => column.align),
    head: fitted.map(({ column }) => chalk.dim(column.header)),
  })
  for (const row of rows) {
    table.push(
      fitted.map(({ column, width }) => {
        const text = shortenMiddle(column.cell(row), width)
        return column.paint?.(text, row) ?? text
      }),
    )
  }
  if (fitted.some(({ column }) => column.total !== undefined)) {
    table.push(fitted.map(({ column }) => chalk.bold(column.total ?? '')))
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Every value on a line of its own; long ones go on in the next line, so that nothing is cut. */
function renderList<Row>({ columns, rows, style }: TableOptions<Row>): string {
  const blocks = rows.map((row) =>
    columns.flatMap((column) =>
      wrapText(`${column.header}: ${column.cell(row)}`, style.columns, '  '),
    ),
  )
  const totals = columns
    .filter((column) => column.total !== undefined && column.total !== '')
    .flatMap((column) => wrapText(`${column.header}: ${column.total ?? ''}`, style.columns, '  '))
  return [...blocks, ...(totals.length === 0 ? [] : [totals])]
    .map((block) => block.join('\n'))
    .join('\n\n')
}
