import { stripVTControlCharacters } from 'node:util'

/** East Asian wide ranges and emoji: two cells each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const ZERO_WIDTH = /\p{Mark}/u
/** Control characters, and marks that change the direction or the look of what follows. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Terminal cells that a text takes; escape sequences take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += cellsOf(character)
  return width
}

/** Text from a file or from the venue, unable to move the cursor or to hide other text. */
export function cleanText(text: string): string {
  return text.replace(HARMFUL, '\u{fffd}')
}

/** Cuts the middle out: names that belong together differ at their ends. */
export function shortenMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const characters = Array.from(text)
  const head = takeCells(characters, Math.ceil((width - 1) / 2))
  const tail = takeCells(characters.toReversed(), Math.floor((width - 1) / 2))
  return `${head.join('')}…${tail.toReversed().join('')}`
}

/**
 * Breaks at spaces, and inside a word only when it is longer than a line. The first line keeps its leading spaces, later
 * ones start with `indent`, which must be shorter than the width.
 */
export function wrapText(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let start = /^ */.exec(text)?.[0] ?? ''
  let line = ''
  const endLine = (): void => {
    lines.push(`${start}${line}`)
    start = indent
    line = ''
  }
  for (const word of text.slice(start.length).split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (textWidth(start) + textWidth(joined) <= width) {
      line = joined
      continue
    }
    if (line !== '') endLine()
    const parts = chunk(word, width - Math.max(textWidth(start), textWidth(indent)))
    for (const [at, part] of parts.entries()) {
      line = part
      if (at < parts.length - 1) endLine()
    }
  }
  endLine()
  return lines
}

function chunk(word: string, width: number): readonly string[] {
  const chunks: string[] = []
  let rest = Array.from(word)
  while (rest.length > 0) {
    const part = takeCells(rest, width)
    const count = Math.max(1, part.length)
    chunks.push(rest.slice(0, count).join(''))
    rest = rest.slice(count)
  }
  return chunks
}

function takeCells(characters: readonly string[], width: number): readonly string[] {
  let used = 0
  let count = 0
  for (const character of characters) {
    used += cellsOf(character)
    if (used > width) break
    count += 1
  }
  return characters.slice(0, count)
}

function cellsOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
