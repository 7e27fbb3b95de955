import type { Draw } from './draw.ts'
import { hugeText, junkText } from './junk.ts'

type Change = (draw: Draw, text: string) => string

/** Breaks a text of lines in one to three ways. */
export function mutateLines(draw: Draw, text: string, most = draw.pick([1, 1, 2, 3])): string {
  let result = text
  for (let count = most; count > 0; count -= 1) result = draw.pick(CHANGES)(draw, result)
  return result
}

function onLines(change: (draw: Draw, lines: string[]) => void): Change {
  return (draw, text) => {
    const lines = text.split('\n')
    change(draw, lines)
    return lines.join('\n')
  }
}

function anyLine(draw: Draw, lines: readonly string[]): number {
  return draw.int(0, lines.length - 1)
}

function atSomePlace(insert: (draw: Draw) => string): Change {
  return (draw, text) => {
    const at = draw.int(0, text.length)
    return `${text.slice(0, at)}${insert(draw)}${text.slice(at + draw.pick([0, 0, 1, 4]))}`
  }
}

const CHANGES: readonly Change[] = [
  atSomePlace(junkText),
  atSomePlace(junkText),
  atSomePlace((draw) =>
    draw.pick([
      '\n',
      '\r\n',
      '\r',
      '\t',
      '  ',
      '\0',
      '"',
      "'",
      ',',
      ':',
      '#',
      '-',
      '[',
      '{',
      '\uFEFF',
    ]),
  ),
  atSomePlace((draw) => draw.pick(['1e999', '-1', '0', '9'.repeat(400), '0x10', 'NaN', '.inf'])),
  (draw, text) => text.slice(0, draw.int(0, text.length)),
  (draw, text) => text.slice(draw.int(0, text.length)),
  (_draw, text) => text.replaceAll('\n', '\r\n'),
  (_draw, text) => text.replaceAll('\n', ''),
  (_draw, text) => `\uFEFF${text}`,
  (draw, text) => text + hugeText(draw, draw.pick([100, 3_000, 40_000])),
  (draw, text) =>
    text.replaceAll(
      draw.pick([' ', '.', ',', ':', '0', '"', '- ']),
      draw.pick(['', ' ', '\t', '5', '::']),
    ),
  onLines((draw, lines) => void lines.splice(anyLine(draw, lines), 1)),
  onLines(
    (draw, lines) => void lines.splice(anyLine(draw, lines), 0, lines[anyLine(draw, lines)] ?? ''),
  ),
  onLines((draw, lines) => {
    const [a, b] = [anyLine(draw, lines), anyLine(draw, lines)]
    const [first = '', second = ''] = [lines[a], lines[b]]
    lines[a] = second
    lines[b] = first
  }),
  onLines((draw, lines) => {
    const at = anyLine(draw, lines)
    lines[at] = `${' '.repeat(draw.int(0, 6))}${(lines[at] ?? '').trimStart()}`
  }),
  onLines((draw, lines) => {
    const at = anyLine(draw, lines)
    lines[at] = (lines[at] ?? '').repeat(draw.pick([2, 2, 50]))
  }),
  onLines((draw, lines) => {
    const at = anyLine(draw, lines)
    lines.splice(at, 0, hugeText(draw, draw.pick([200, 5_000, 100_000])))
  }),
]
