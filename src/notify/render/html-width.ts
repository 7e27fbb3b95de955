/**
 * How wide texts get in a mail, estimated: nobody knows the font of a mail program, so rather too wide than too narrow.
 * @module
 */
import { cleanLine } from './clean-line.ts'
import { splitPieces } from './html-escape.ts'

/** What is left of a phone's 360 px inside of page and card. */
export const PHONE_PX = 310

/** Bold letters are so much wider. */
const BOLD_FACTOR = 1.1

/** The size that bold letters of a font seem to have. */
export function boldPx(fontPx: number): number {
  return fontPx * BOLD_FACTOR
}

/** Width of a text on one line. */
export function estimatePx(text: string, fontPx: number): number {
  let em = 0
  for (const character of cleanLine(text)) em += characterEm(character)
  return em * fontPx
}

/** Width of the longest piece that never breaks. */
export function longestPiecePx(text: string, fontPx: number): number {
  return splitPieces(text)
    .flat()
    .reduce((most, piece) => Math.max(most, estimatePx(piece, fontPx)), 0)
}

function characterEm(character: string): number {
  if (/[.,:;'|!il ]/.test(character)) return 0.33
  if (/[a-z0-9+_?-]/.test(character)) return 0.64
  return /[A-Z]/.test(character) ? 0.75 : 1
}
