import { Lexer, Parser } from 'yaml'
import type { LineCounter } from 'yaml'

/**
 * Collections that may be open at once. The YAML reader is recursive, and where the stack ends inside a regular expression
 * Node ends the process without anything that could be caught (measured with yaml 2.9.1: 200 kB of `- - - -`).
 */
const MOST_OPEN = 100

/**
 * The place at which more collections are open than any configuration has; undefined when there is none. Fills the line
 * counter on the way.
 */
export function findTooDeep(text: string, lines: LineCounter): number | undefined {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    const tokens = parser.next(lexeme)
    while (tokens.next().done !== true);
    if (parser.stack.length > MOST_OPEN) return parser.offset
  }
  return undefined
}
