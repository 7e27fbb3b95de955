import Table from 'cli-table3'
import type { ChalkInstance } from 'chalk'
import { cleanText, shortenMiddle, textWidth } from '../text-width.ts'
import type { LiveColumn, LiveRow } from './live-columns.ts'
import { noBorders } from '../table-borders.ts'

/** Needs of the table. */
export interface LiveTableOptions {
  readonly columns: readonly LiveColumn[]
  /** The visible rows only. */
  readonly rows: readonly LiveRow[]
  readonly width: number
  readonly chalk: ChalkInstance
  /** Widths of the frame before, by header: a column that once grew stays wide, so that nothing dances. */
  readonly widths: ColumnWidths
}

/** Widths by header. */
export type ColumnWidths = Readonly<Record<string, number>>

/** Head and rows, one line each, and the widths for the next frame. */
export interface LiveTable {
  readonly lines: readonly string[]
  readonly widths: ColumnWidths
}

interface Fitted {
  readonly column: LiveColumn
  readonly width: number
}

const GAP = 1
/** A name shorter than this is no longer recognised. */
const LEAST_NAME_WIDTH = 8
/** A long name may not push figures off the screen. */
const MOST_NAME_WIDTH = 30

/** Lays out the visible rows; columns that do not fit are left out, least important first, then names are shortened. */
export function renderLiveTable(options: LiveTableOptions): LiveTable {
  const { rows, chalk } = options
  const cells = new Map(
    options.columns.map((column) => [column, rows.map((row) => cleanText(column.cell(row)))]),
  )
  const natural = options.columns.map((column) => ({
    column,
    width: widthOf(column, cells.get(column) ?? [], options.widths),
  }))
  const fitted = fit(natural, options.width)
  const table = new Table({
    chars: noBorders(GAP),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: fitted.map(({ column }) => column.align),
    colWidths: fitted.map(({ width }) => width),
    head: fitted.map(({ column, width }) => chalk.dim(shortenMiddle(column.header, width))),
  })
  for (const [at, row] of rows.entries()) {
    table.push(
      fitted.map(({ column, width }) => {
        const text = shortenMiddle(cells.get(column)?.[at] ?? '', width)
        return column.paint?.(text, row) ?? text
      }),
    )
  }
  return {
    lines: table.toString().split('\n'),
    widths: Object.fromEntries(natural.map(({ column, width }) => [column.header, width])),
  }
}

function widthOf(column: LiveColumn, cells: readonly string[], widths: ColumnWidths): number {
  const before = widths[column.header] ?? column.width
  const widest = Math.max(before, textWidth(column.header), ...cells.map(textWidth))
  return column.canShrink === true ? Math.min(widest, MOST_NAME_WIDTH) : widest
}

/** Names give way down to their ordinary width, then columns by priority, then names down to what can be read. */
function fit(natural: readonly Fitted[], width: number): readonly Fitted[] {
  let fitted = natural
  for (;;) {
    const least = Math.max(...fitted.map(({ column }) => column.priority))
    const excess = totalWidth(fitted) - width
    const shrunk = shrinkNames(fitted, excess, ({ column }) =>
      least <= 1 ? LEAST_NAME_WIDTH : column.width,
    )
    if (least <= 1 || totalWidth(shrunk) <= width) return shrunk
    fitted = fitted.filter(({ column }) => column.priority < least)
  }
}

function totalWidth(fitted: readonly Fitted[]): number {
  return fitted.reduce((sum, { width }) => sum + width, GAP * (fitted.length - 1))
}

function shrinkNames(
  fitted: readonly Fitted[],
  excess: number,
  floorOf: (one: Fitted) => number,
): readonly Fitted[] {
  let left = Math.max(0, excess)
  return fitted.map((one) => {
    const slack = one.column.canShrink === true ? Math.max(0, one.width - floorOf(one)) : 0
    const cut = Math.min(left, slack)
    left -= cut
    return { ...one, width: one.width - cut }
  })
}
