/**
 * Finds the text of one member of a JSON object without parsing the rest, so that integers beyond 2^53 inside it
 * keep their digits. `path` leads through nested objects; undefined when there is no such member.
 * The text must be valid JSON (it has been parsed before).
 */
export function jsonMemberText(text: string, path: readonly string[]): string | undefined {
  let from = 0
  let until = text.length
  for (const key of path) {
    const span = findMember(text, key, skipBlanks(text, from))
    if (span === undefined) return undefined
    from = span.from
    until = span.until
  }
  return text.slice(from, until)
}

interface Span {
  readonly from: number
  readonly until: number
}

function findMember(text: string, key: string, open: number): Span | undefined {
  if (text[open] !== '{') return undefined
  let at = skipBlanks(text, open + 1)
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at)
    const name: unknown = JSON.parse(text.slice(at, keyEnd))
    const from = skipBlanks(text, skipBlanks(text, keyEnd) + 1)
    const until = endOfValue(text, from)
    if (name === key) return { from, until }
    at = skipBlanks(text, until)
    if (text[at] !== ',') return undefined
    at = skipBlanks(text, at + 1)
  }
  return undefined
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (' \t\r\n'.includes(text[at] ?? 'end')) at += 1
  return at
}

/** Index behind the closing quote. */
function endOfString(text: string, open: number): number {
  let at = open + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfValue(text: string, from: number): number {
  const first = text[from]
  if (first === '"') return endOfString(text, from)
  if (first === '{' || first === '[') return endOfNested(text, from)
  let at = from
  while (at < text.length && !',}] \t\r\n'.includes(text[at] ?? '')) at += 1
  return at
}

/** Index behind the bracket that closes the one at `from`. */
function endOfNested(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '"') {
      at = endOfString(text, at)
      continue
    }
    if ('{['.includes(char)) depth += 1
    if ('}]'.includes(char)) depth -= 1
    at += 1
    if (depth === 0) return at
  }
  return at
}
