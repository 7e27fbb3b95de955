/**
 * Lines of plain text, for mails and for what a chat shows in a fixed-width font. Texts are clean (`cleanLine`) before
 * they come here.
 * @module
 */

/** East Asian wide ranges and emoji: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const ZERO_WIDTH = /\p{Mark}/u
/** What parts of a name are joined with. */
const SEPARATORS = ['_', '-', '/', '+', '.', ':']

/** Columns that a text takes in a fixed-width font. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Fills up to a width; a longer text stays as it is. */
export function padText(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'left' ? `${text}${spaces}` : `${spaces}${text}`
}

/** Breaks at spaces, and inside a word only when it is longer than a line. At least one line. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  const words = text.split(' ').filter((word) => word !== '')
  for (const word of words.flatMap((word) => chunkWord(word, width))) {
    const joined = line === '' ? word : `${line} ${word}`
    if (textWidth(joined) <= width) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    line = word
  }
  return [...lines, line]
}

/** Wrapped lines, the first behind `first`, the others below its text. */
export function hangLines(first: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(textWidth(first))
  return wrapWords(text, Math.max(1, width - indent.length)).map((line, at) =>
    `${at === 0 ? first : indent}${line}`.trimEnd(),
  )
}

/** Pieces of a word that is longer than a line, where possible ended by a separator of its own. */
function chunkWord(word: string, width: number): readonly string[] {
  const chunks: string[] = []
  let rest = word
  for (;;) {
    const most = takeColumns(rest, width)
    if (most.length === rest.length) return [...chunks, rest]
    const end = Math.max(...SEPARATORS.map((separator) => most.lastIndexOf(separator))) + 1
    const chunk = end > most.length / 2 ? most.slice(0, end) : most
    chunks.push(chunk)
    rest = rest.slice(chunk.length)
  }
}

/** At least one character. */
function takeColumns(text: string, width: number): string {
  let taken = ''
  let used = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width && taken !== '') break
    taken += character
  }
  return taken
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
