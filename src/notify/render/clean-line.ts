/** Line breaks and tabs of every kind, and what else separates words. */
const SPACES = /[\s\u0085\u2028\u2029]+/gu
/** Control characters, and marks that turn the direction around or hide what follows. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}]/gu
/** More accents upon one letter than any language has would paint over the lines around. */
const PILED_MARKS = /(\p{Mark}{4})\p{Mark}+/gu

/**
 * Text from a file or from the exchange as one line that shows all that is in it: it cannot start a new header, turn the
 * reading direction, or hide something.
 */
export function cleanLine(text: string): string {
  const line = text.replace(SPACES, ' ').replace(HARMFUL, '\u{fffd}')
  return line.replace(PILED_MARKS, '$1').trim()
}

/** At most so many characters (not UTF-16 units), the last one `…` when something was cut. */
export function cutText(text: string, most: number): string {
  const characters = Array.from(text)
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}
