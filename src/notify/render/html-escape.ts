import { cleanLine } from './clean-line.ts'
import { textWidth, wrapWords } from './text-lines.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** With sign and grouping, and a unit that stands close to it. */
const NUMBER = /^[(+-]*\d[\d.,:]{0,23}[%a-z]{0,3}$/
/** What belongs to the number before it: `62 %`, `0.0125 BTC`, `31 s)`. */
const UNIT = /^(?:%|[A-Za-z]{1,5})[).,;:]*$/
/** Longer words may break, after a separator or else after so many columns. */
const MOST_WORD_COLUMNS = 12
const PIECES = /[^_\-/+.:@,;=]*[_\-/+.:@,;=]*/g

/** Any text, safe between tags and inside quoted attributes, on one line. */
export function escapeHtml(text: string): string {
  return cleanLine(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/**
 * Escaped text between tags that on a narrow screen breaks inside long names, and neither inside a number nor between a
 * number and its unit.
 */
export function breakableHtml(text: string): string {
  return splitPieces(text)
    .map((pieces) =>
      pieces.map((piece) => escapeHtml(piece).replaceAll(' ', '&nbsp;')).join('<wbr>'),
    )
    .join(' ')
}

/** Whether the text can only be narrow when one of its words breaks. */
export function hasLongWord(text: string): boolean {
  return splitPieces(text).some((pieces) => pieces.length > 1)
}

/** The words of a text, each as the pieces between which it may break. A number and its unit are one piece. */
export function splitPieces(text: string): readonly (readonly string[])[] {
  const words: (readonly string[])[] = []
  let number: string | undefined
  for (const word of cleanLine(text).split(' ')) {
    if (number !== undefined && UNIT.test(word)) {
      words.pop()
      words.push([`${number} ${word}`])
      number = undefined
      continue
    }
    number = NUMBER.test(word) ? word : undefined
    words.push(splitWord(word))
  }
  return words
}

function splitWord(word: string): readonly string[] {
  if (textWidth(word) <= MOST_WORD_COLUMNS || NUMBER.test(word)) return [word]
  const pieces = (word.match(PIECES) ?? []).filter((piece) => piece !== '')
  return pieces.flatMap((piece) => wrapWords(piece, MOST_WORD_COLUMNS))
}
