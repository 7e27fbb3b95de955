import { breakableHtml, escapeHtml } from './html-escape.ts'
import { LAYOUT_TABLE, LIGHT } from './html-palette.ts'
import type { CourseBlock, CoursePoint, CourseShape } from './read-course.ts'
import { readCourse } from './read-course.ts'

const HEIGHT_PX = 96
/** Of each side, so that the zero line never is the edge. */
const LEAST_SIDE_PX = 6
/** What is not zero must not look like it. */
const LEAST_BAR_PX = 3
const ZERO_BAR_PX = 1

/** One bar, or neighbours that are all unknown. */
type Slot =
  | { readonly isGap: false; readonly point: CoursePoint }
  | { readonly isGap: true; readonly points: readonly CoursePoint[] }

/** What the cells of one course share. */
interface Scale {
  readonly abovePx: number
  readonly belowPx: number
  /** Pixels of a bar of height 1. */
  readonly pxPerHeight: number
  readonly unit: string
}

/**
 * Bars above and below a zero line, drawn with the heights and grounds of table cells: mail programs show neither SVG nor
 * scripts, and many no images. A gap is one shaded cell from top to bottom with a question mark.
 */
export function htmlCourse(block: CourseBlock): string {
  const shape = readCourse(block)
  const hasGap = shape.points.some(({ height }) => height === undefined)
  const legend = [...shape.facts, ...(hasGap ? ['? not measured'] : [])].map(
    (fact) => `<span style="display:inline-block;padding-right:16px">${breakableHtml(fact)}</span>`,
  )
  return `<div style="padding-bottom:12px;font-size:14px;line-height:20px;font-weight:600;word-break:break-word">${breakableHtml(`${block.title}, ${block.unit}`)}</div>
${shape.points.length === 0 ? '' : drawBars(shape, block.unit)}
<div style="padding-top:8px;font-size:13px;line-height:18px;word-break:break-word">${legend.join(' ')}</div>`
}

function drawBars({ points, topHeight, bottomHeight }: CourseShape, unit: string): string {
  const span = topHeight - bottomHeight
  const sidePx = (height: number): number =>
    Math.max(LEAST_SIDE_PX, span === 0 ? 0 : Math.round((height / span) * HEIGHT_PX))
  const scale: Scale = {
    abovePx: sidePx(topHeight),
    belowPx: sidePx(-bottomHeight),
    pxPerHeight: span === 0 ? 0 : HEIGHT_PX / span,
    unit,
  }
  const slots = joinGaps(points)
  const bars = slots.flatMap((slot) => (slot.isGap ? [] : [slot.point]))
  const rows = [
    slots.map((slot) =>
      slot.isGap ? gapCell(slot.points, scale) : barCell(slot.point, 'above', scale),
    ),
    bars.map(() => solidCell('zero', LIGHT.muted, 1)),
    bars.map((point) => barCell(point, 'below', scale)),
  ]
  const heights = [scale.abovePx, 1, scale.belowPx]
  const drawn = rows.map(
    (cells, at) => `<tr style="height:${heights[at] ?? 0}px">${cells.join('')}</tr>`,
  )
  return `<table ${LAYOUT_TABLE} style="width:100%;table-layout:fixed;border-collapse:collapse">
${drawn.join('\n')}
</table>
${drawEnds(points)}`
}

function joinGaps(points: readonly CoursePoint[]): readonly Slot[] {
  return points.reduce<readonly Slot[]>((slots, point) => {
    if (point.height !== undefined) return [...slots, { isGap: false, point }]
    const before = slots.at(-1)
    return before?.isGap === true
      ? [...slots.slice(0, -1), { isGap: true, points: [...before.points, point] }]
      : [...slots, { isGap: true, points: [point] }]
  }, [])
}

function gapCell(points: readonly CoursePoint[], { abovePx, belowPx, unit }: Scale): string {
  const title = points.map((point) => describePoint(point, unit)).join(', ')
  const height = abovePx + belowPx + 1
  return `<td class="gap muted" rowspan="3" colspan="${points.length}" align="center" valign="middle" bgcolor="${LIGHT.gap}" height="${height}" title="${escapeHtml(title)}" style="height:${height}px;padding:0;background-color:${LIGHT.gap};color:${LIGHT.muted};font-size:11px;line-height:14px;text-align:center">?</td>`
}

/** The half of a bar's column that is above or below the zero line; its other half is empty. */
function barCell(point: CoursePoint, side: 'above' | 'below', scale: Scale): string {
  const heightPx = barPx(point, side, scale)
  const [name, colour] =
    point.height === 0 ? (['zero', LIGHT.muted] as const) : ([side, LIGHT[side]] as const)
  const bar =
    heightPx === 0
      ? ''
      : `<table ${LAYOUT_TABLE}><tr>${solidCell(name, colour, heightPx)}</tr></table>`
  const title = escapeHtml(describePoint(point, scale.unit))
  return `<td valign="${side === 'above' ? 'bottom' : 'top'}" title="${title}" style="padding:0 1px">${bar}</td>`
}

function barPx(
  { height = 0 }: CoursePoint,
  side: 'above' | 'below',
  { abovePx, belowPx, pxPerHeight }: Scale,
): number {
  if (height === 0) return side === 'above' ? ZERO_BAR_PX : 0
  if (height > 0 !== (side === 'above')) return 0
  const mostPx = side === 'above' ? abovePx : belowPx
  return Math.min(mostPx, Math.max(LEAST_BAR_PX, Math.round(Math.abs(height) * pxPerHeight)))
}

/** As high as it says even where the mail program gives empty cells the height of a line. */
function solidCell(name: string, colour: string, heightPx: number): string {
  return `<td class="${name}" bgcolor="${colour}" height="${heightPx}" style="height:${heightPx}px;padding:0;font-size:0;line-height:0"></td>`
}

function describePoint({ label, text, height }: CoursePoint, unit: string): string {
  return height === undefined ? `${label}: ?` : `${label}: ${text} ${unit}`
}

function drawEnds(points: readonly CoursePoint[]): string {
  const [first, last] = [points[0], points.at(-1)].map((point) => breakableHtml(point?.label ?? ''))
  const style = `padding-top:4px;color:${LIGHT.muted};word-break:break-word`
  return `<table ${LAYOUT_TABLE} style="width:100%;font-size:12px;line-height:16px"><tr><td class="muted" align="left" style="${style}">${first}</td><td class="muted" align="right" style="${style};text-align:right">${last}</td></tr></table>`
}
