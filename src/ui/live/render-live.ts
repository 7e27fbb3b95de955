import { stripVTControlCharacters } from 'node:util'
import { createRenderStyle } from '../render-style.ts'
import { cleanText, textWidth } from '../text-width.ts'
import { liveColumns } from './live-columns.ts'
import type { LiveRow } from './live-columns.ts'
import { clampScroll, layoutRows } from './live-layout.ts'
import { renderLiveTable } from './live-table.ts'
import type { ColumnWidths } from './live-table.ts'
import type { LiveHedge, LiveView } from './live-view.ts'
import {
  budgetLine,
  clockText,
  eventLines,
  headerLine,
  shortenEnd,
  totalsLine,
} from './summary-lines.ts'
import type { LineStyle } from './summary-lines.ts'

/** What the person did to the screen; plain data like the view. */
export interface LiveControls {
  /** First table row in view. */
  readonly scroll: number
  /** Wall clock at which the rows were frozen. */
  readonly pausedAtMs: number | undefined
  readonly isHelpShown: boolean
  /** A question or a remark; it takes the line above the keys. */
  readonly prompt: string | undefined
}

/** Where the frame will stand. */
export interface LiveFrameOptions {
  readonly columns: number
  readonly rows: number
  readonly hasColor: boolean
  readonly controls: LiveControls
  /** From the frame before; none for the first and after a resize. */
  readonly widths?: ColumnWidths
}

/** Exactly `rows` lines, none wider than `columns`. */
export interface LiveFrame {
  readonly lines: readonly string[]
  readonly widths: ColumnWidths
}

/** A screen without questions, at the top. */
export const NO_CONTROLS: LiveControls = {
  scroll: 0,
  pausedAtMs: undefined,
  isHelpShown: false,
  prompt: undefined,
}

/** Draws one frame; the cost depends on the size of the terminal, not on the number of accounts. */
export function renderLive(view: LiveView, options: LiveFrameOptions): LiveFrame {
  const { columns, rows, hasColor, controls } = options
  // The width of the style is for tables of other commands, which have a least one.
  const { chalk } = createRenderStyle({ columns, hasColor })
  const style = { chalk, width: columns }
  const { bodyRows, eventRows } = layoutRows(rows)
  const scroll = clampScroll(controls.scroll, view.rowCount, bodyRows)
  const table = renderLiveTable({
    columns: liveColumns({ chalk, staleAfterMs: view.summary.staleAfterMs }),
    rows: visibleRows(view, scroll, bodyRows),
    width: columns,
    chalk,
    widths: options.widths ?? {},
  })
  const body = controls.isHelpShown ? HELP : table.lines
  const lines = [
    headerLine(view.summary, style),
    totalsLine(view.summary, style),
    budgetLine(view.summary, style),
    ...padded(body, bodyRows + 1),
    ruleLine(view, { ...options, scroll, bodyRows }, style),
    ...eventLines(view.summary.events, eventRows, style),
    chalk.bold(shortenEnd(cleanText(controls.prompt ?? ''), columns)),
    chalk.dim(shortenEnd(KEYS, columns)),
  ]
  return { lines: lastOf(lines, rows).map((line) => cut(line, columns)), widths: table.widths }
}

const KEYS = 'q quit  p pause rows  c close a hedge  ? help  arrows, PgUp, PgDn, Home, End scroll'

const HELP = [
  '',
  '  q          end watching; stops that rest on the exchange go on resting',
  '  p          freeze the rows to read them; stops, totals and events go on',
  '  c          close a hedge: asks which one, and asks again',
  '  arrows     scroll by a row; PgUp, PgDn by a page; Home, End to the ends',
  '  Ctrl-L     draw everything anew',
  '  Ctrl-Z     suspend (asks: nothing is watched meanwhile)',
  '  Ctrl-C     come to a safe end; again: stop at once',
  '',
  '  ? is a value that could not be read; a hedge line shows the sum of its legs',
  '  Esc or any other key goes back',
]

/** The window's rows out of what the view holds. */
function visibleRows(view: LiveView, scroll: number, count: number): readonly LiveRow[] {
  const rows: LiveRow[] = []
  let at = view.rowOffset
  for (const hedge of view.hedges) {
    if (at >= scroll + count) break
    for (const row of rowsOf(hedge)) {
      if (at >= scroll && at < scroll + count) rows.push(row)
      at += 1
    }
  }
  return rows
}

function rowsOf(hedge: LiveHedge): readonly LiveRow[] {
  return [{ hedge, leg: undefined }, ...hedge.legs.map((leg) => ({ hedge, leg }))]
}

/** Between table and events: which rows are seen, and that they are frozen. */
function ruleLine(
  view: LiveView,
  frame: LiveFrameOptions & { readonly scroll: number; readonly bodyRows: number },
  { chalk, width }: LineStyle,
): string {
  const { scroll, bodyRows, controls } = frame
  const last = Math.min(view.rowCount, scroll + bodyRows)
  const seen = view.rowCount === 0 ? 'no hedges' : `rows ${scroll + 1}-${last} of ${view.rowCount}`
  const frozen =
    controls.pausedAtMs === undefined
      ? ''
      : `  ROWS PAUSED since ${clockText(controls.pausedAtMs)} (p goes on)`
  const text = shortenEnd(`-- ${seen}${frozen} `, width)
  const line = text + '-'.repeat(Math.max(0, width - textWidth(text)))
  return frozen === '' ? chalk.dim(line) : chalk.yellow(line)
}

function padded(lines: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => lines[at] ?? '')
}

/** A terminal with fewer rows than the least layout loses the top: keys and questions must stay. */
function lastOf(lines: readonly string[], rows: number): readonly string[] {
  return lines.slice(Math.max(0, lines.length - rows))
}

/** The last guard: a line that is still too wide loses its colour and its end. */
function cut(line: string, columns: number): string {
  const trimmed = line.trimEnd()
  if (textWidth(trimmed) <= columns) return trimmed
  return shortenEnd(stripVTControlCharacters(trimmed), columns)
}
