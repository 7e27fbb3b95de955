import { cleanLine } from './clean-line.ts'
import { breakableHtml, hasLongWord } from './html-escape.ts'
import { isBold, LAYOUT_TABLE, LIGHT, toneAttributes } from './html-palette.ts'
import { boldPx, estimatePx, longestPiecePx, PHONE_PX } from './html-width.ts'
import type { Cell, Column } from '../message.ts'
import type { TableBlock } from './text-table.ts'

const CELL_GAP_PX = 8
const LEAST_HEAD_PX = 11
/** The style sheet shows all of them with 13 px where there is room. */
const FONT_SIZES_PX = [13, 12, 11]
/** A short right-aligned cell stays on one line. */
const MOST_UNBROKEN_CHARACTERS = 14
const ROW_RULE = `border-bottom:1px solid ${LIGHT.line};`
/** Two pixels, since of two equal borders that meet the upper one is drawn. */
const FOOT_RULE = `border-top:2px solid ${LIGHT.line};font-weight:600;`

/**
 * A table that a phone shows without scrolling. One that cannot be that narrow becomes a list: each row with its values
 * below its name.
 */
export function htmlTable(table: TableBlock): string {
  const fontPx = FONT_SIZES_PX.find((size) => leastWidthPx(table, size) <= PHONE_PX)
  return fontPx === undefined ? listRows(table) : drawTable(table, fontPx)
}

function drawTable({ columns, rows, foot }: TableBlock, fontPx: number): string {
  const head = columns.map((column, at) =>
    headCell(column, headFontPx(fontPx), at === columns.length - 1),
  )
  const body = rows.map((row, at) => drawRow(row, columns, at === rows.length - 1 ? '' : ROW_RULE))
  const end = foot === undefined ? [] : [drawRow(foot, columns, FOOT_RULE)]
  return `<table class="data" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;border-collapse:collapse;font-size:${fontPx}px;line-height:18px">
${[`<tr>${head.join('')}</tr>`, ...body, ...end].join('\n')}
</table>`
}

function headFontPx(fontPx: number): number {
  return Math.max(LEAST_HEAD_PX, fontPx - 1)
}

function headCell({ label, align }: Column, fontPx: number, isLast: boolean): string {
  return `<th scope="col" align="${align}" valign="bottom" class="muted line" style="${padding(isLast)}${ROW_RULE}font-size:${fontPx}px;line-height:16px;font-weight:400;color:${LIGHT.muted};text-align:${align}">${breakableHtml(label)}</th>`
}

function drawRow(row: readonly Cell[], columns: readonly Column[], rule: string): string {
  const cells = columns.map(({ align }, at) => {
    const { text, tone } = row[at] ?? { text: '' }
    const place = `${padding(at === columns.length - 1)}${rule}text-align:${align};${breaking(text, align)}`
    const inner = breakableHtml(text)
    const toned = tone === undefined ? inner : `<span${toneAttributes(tone)}>${inner}</span>`
    return `<td align="${align}" valign="top" class="line" style="${place}">${toned}</td>`
  })
  return `<tr>${cells.join('')}</tr>`
}

function padding(isLast: boolean): string {
  return `padding:6px ${isLast ? 0 : CELL_GAP_PX}px 6px 0;`
}

/**
 * Only long words may break anywhere (where a mail program does not know `wbr`): a cell that may would be squeezed by its
 * neighbours, down to one letter a line.
 */
function breaking(text: string, align: Column['align']): string {
  if (isUnbroken(text, align)) return 'white-space:nowrap;'
  return hasLongWord(text) ? 'word-break:break-word;' : ''
}

function isUnbroken(text: string, align: Column['align']): boolean {
  return align === 'right' && cleanLine(text).length <= MOST_UNBROKEN_CHARACTERS
}

function listRows({ columns, rows, foot }: TableBlock): string {
  const all = [...rows, ...(foot === undefined ? [] : [foot])]
  const body = all.map(([name = { text: '' }, ...cells], at) => {
    const values = cells.map(({ text, tone }, at) => {
      const label = breakableHtml(columns[at + 1]?.label ?? '')
      return `<span style="display:inline-block;padding-right:14px"><span class="muted" style="color:${LIGHT.muted}">${label}</span> <span${toneAttributes(tone)}>${breakableHtml(text)}</span></span>`
    })
    const title = `<b${toneAttributes(name.tone, 'font-weight:600;')}>${breakableHtml(name.text)}</b>`
    const rule = at === all.length - 1 ? '' : ROW_RULE
    return `<tr><td class="line" style="padding:8px 0;${rule}word-break:break-word">${title}<br>${values.join(' ')}</td></tr>`
  })
  return `<table ${LAYOUT_TABLE} style="width:100%;border-collapse:collapse;font-size:13px;line-height:20px">
${body.join('\n')}
</table>`
}

/** Below this the longest pieces of the columns do not stand beside each other. */
function leastWidthPx({ columns, rows, foot = [] }: TableBlock, fontPx: number): number {
  const widths = columns.map(({ label, align }, at) => {
    const cells = [
      ...rows.map((row) => leastCellPx(row[at], align, fontPx)),
      leastCellPx(foot[at], align, boldPx(fontPx)),
    ]
    return cells.reduce((a, b) => Math.max(a, b), longestPiecePx(label, headFontPx(fontPx)))
  })
  return widths.reduce((sum, width) => sum + width, CELL_GAP_PX * (widths.length - 1))
}

function leastCellPx(cell: Cell | undefined, align: Column['align'], fontPx: number): number {
  const text = cell?.text ?? ''
  const sizePx = isBold(cell?.tone) ? boldPx(fontPx) : fontPx
  return isUnbroken(text, align) ? estimatePx(text, sizePx) : longestPiecePx(text, sizePx)
}
