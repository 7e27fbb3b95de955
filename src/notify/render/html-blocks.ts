import { cleanLine } from './clean-line.ts'
import { htmlCourse } from './html-course.ts'
import { breakableHtml, escapeHtml, hasLongWord } from './html-escape.ts'
import { isBold, LAYOUT_TABLE, LIGHT, toneAttributes, toneColour } from './html-palette.ts'
import { htmlTable } from './html-table.ts'
import { boldPx, estimatePx, longestPiecePx, PHONE_PX } from './html-width.ts'
import type { Block, Tone } from '../message.ts'
import { ADVICE_LABEL } from './message-words.ts'
import { textWidth } from './text-lines.ts'

/** Longer values are read from the left, as sentences. */
const MOST_RIGHT_COLUMNS = 28
const FACT_FONT_PX = 14
const FACT_GAP_PX = 16

/** Shapes beside the colours of headings. */
const MARKS: Readonly<Record<Tone, string>> = {
  good: '&#10003;&nbsp;',
  bad: '&#10007;&nbsp;',
  warning: '&#9650;&nbsp;',
  muted: '',
}

/** One block as rows of the card: `<tr>` with one cell. */
export function htmlBlock(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const mark = block.tone === undefined ? '' : MARKS[block.tone]
      const style =
        'margin:0;font-size:16px;line-height:22px;font-weight:600;word-break:break-word;'
      return row(
        `<h2${toneAttributes(block.tone, style)}>${mark}${breakableHtml(block.text)}</h2>`,
        24,
      )
    }
    case 'text':
      return row(
        `<p${toneAttributes(block.tone, 'margin:0;word-break:break-word;')}>${breakableHtml(block.text)}</p>`,
      )
    case 'list':
      return row(htmlList(block.items))
    case 'facts':
      return row(htmlFacts(block.rows))
    case 'table':
      return row(htmlTable(block))
    case 'course':
      return row(htmlCourse(block), 24)
    case 'advice':
      return row(htmlAdvice(block.text), 16)
  }
}

function row(inner: string, abovePx = 12): string {
  return `<tr><td style="padding:${abovePx}px 16px 0">
${inner}
</td></tr>`
}

function htmlList(items: readonly string[]): string {
  const lines = items.map(
    (item) =>
      `<li style="margin:0 0 6px;padding:0;word-break:break-word">${breakableHtml(item)}</li>`,
  )
  return `<ul style="margin:0;padding:0 0 0 20px">${lines.join('')}</ul>`
}

type FactRows = Extract<Block, { kind: 'facts' }>['rows']

/** Short values stand at the right, one below the other; where one is a sentence, all are read from the left. */
function htmlFacts(rows: FactRows): string {
  const align = rows.every(({ value }) => textWidth(cleanLine(value)) <= MOST_RIGHT_COLUMNS)
    ? 'right'
    : 'left'
  const labelsPx = rows.map(({ label }) => longestPiecePx(label, FACT_FONT_PX))
  // Where a value fits beside the longest piece of all labels, labels wrap and it does not.
  const roomPx = labelsPx.reduce(
    (room, px) => Math.min(room, PHONE_PX - FACT_GAP_PX - px),
    PHONE_PX,
  )
  const lines = rows.map((fact, at) => {
    const rule = at === rows.length - 1 ? '' : `border-bottom:1px solid ${LIGHT.line};`
    const cell = `padding:7px 0;${rule}`
    const nowrap = valuePx(fact) <= roomPx ? 'white-space:nowrap' : 'word-break:break-word'
    return (
      `<tr><td class="line muted" valign="top" style="${cell}padding-right:${FACT_GAP_PX}px;color:${LIGHT.muted};${wordBreak(fact.label)}">${breakableHtml(fact.label)}</td>` +
      `<td class="line" align="${align}" valign="top" style="${cell}text-align:${align};${nowrap}"><span${toneAttributes(fact.tone)}>${breakableHtml(fact.value)}</span></td></tr>`
    )
  })
  return `<table width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;border-collapse:collapse;font-size:${FACT_FONT_PX}px;line-height:20px">
${lines.join('\n')}
</table>`
}

function valuePx({ value, tone }: FactRows[number]): number {
  return estimatePx(value, isBold(tone) ? boldPx(FACT_FONT_PX) : FACT_FONT_PX)
}

function wordBreak(text: string): string {
  return hasLongWord(text) ? 'word-break:break-word' : ''
}

function htmlAdvice(text: string): string {
  return `<table ${LAYOUT_TABLE} style="width:100%"><tr><td class="tint" bgcolor="${LIGHT.tint}" style="padding:10px 14px 12px;background-color:${LIGHT.tint};border-left:3px solid ${toneColour('muted')};word-break:break-word"><b style="font-size:13px;font-weight:600">${escapeHtml(ADVICE_LABEL)}</b><br>${breakableHtml(text)}</td></tr></table>`
}
