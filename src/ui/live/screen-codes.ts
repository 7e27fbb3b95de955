/**
 * What is written to the terminal beside text. Only codes that every terminal of the last decades takes, or ignores.
 * @module
 */
import { textWidth } from '../text-width.ts'

const CSI = '\u001b['

/** Alternate screen, no cursor, no wrapping (a narrowed terminal must not fold rows), bracketed paste, clear. */
export const ENTER_SCREEN = `${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}?2004h${CSI}2J${CSI}H`

/** Undoes all of it, in reverse, whatever half of a frame stood there. */
export const LEAVE_SCREEN = `${CSI}?2026l${CSI}0m${CSI}?2004l${CSI}?7h${CSI}?25h${CSI}?1049l`

const BEGIN_FRAME = `${CSI}?2026h`
const END_FRAME = `${CSI}?2026l`

/**
 * The bytes that turn the frame before into this one: changed lines only, in one write. Without a frame before (first
 * frame, resize, Ctrl-L) everything is drawn. Empty when nothing changed.
 */
export function frameText(options: {
  readonly lines: readonly string[]
  readonly before: readonly string[] | undefined
  readonly columns: number
}): string {
  const { lines, before, columns } = options
  const changed = lines.flatMap((line, at) =>
    before !== undefined && before[at] === line ? [] : [lineText(line, at, columns)],
  )
  const clear = before === undefined ? `${CSI}2J` : ''
  return changed.length === 0 ? '' : BEGIN_FRAME + clear + changed.join('') + END_FRAME
}

/** After a full line the cursor waits on its last cell, which an erase would take away: there is nothing to erase. */
function lineText(line: string, at: number, columns: number): string {
  const erase = textWidth(line) < columns ? `${CSI}K` : ''
  return `${CSI}${at + 1};1H${line}${erase}`
}
