/** A key as the state machine knows it; a printable character is itself. */
export type Key = { readonly kind: 'text'; readonly text: string } | { readonly kind: NamedKey }

export type NamedKey =
  | 'up'
  | 'down'
  | 'page_up'
  | 'page_down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'interrupt'
  | 'suspend'
  | 'redraw'

/** What a chunk of input meant, and what is still incomplete. */
export interface DecodedKeys {
  readonly keys: readonly Key[]
  /** The start of an escape sequence; put it before the next chunk. */
  readonly rest: string
}

const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'
const ESCAPE = '\u001b'

/**
 * Reads keys from terminal input. Pasted text (bracketed paste) is dropped: what is in a clipboard must not close a
 * hedge.
 */
export function decodeKeys(input: string): DecodedKeys {
  const keys: Key[] = []
  let left = input
  while (left !== '') {
    if (left.startsWith(PASTE_START)) {
      const end = left.indexOf(PASTE_END)
      if (end === -1) return { keys, rest: lastOfPaste(left) }
      left = left.slice(end + PASTE_END.length)
      continue
    }
    const taken = takeKey(left)
    if (taken === undefined) return { keys, rest: left }
    if (taken.key !== undefined) keys.push(taken.key)
    left = left.slice(taken.length)
  }
  return { keys, rest: '' }
}

/** An escape that nothing followed in time was the key itself; a paste that never ended stays one. */
export function endOfInput(rest: string): DecodedKeys {
  if (rest.startsWith(PASTE_START)) return { keys: [], rest }
  return { keys: rest === '' ? [] : [{ kind: 'escape' }], rest: '' }
}

/** A paste may be of any length; only what can end it is kept. */
function lastOfPaste(left: string): string {
  const body = left.slice(PASTE_START.length)
  return PASTE_START + body.slice(-(PASTE_END.length - 1))
}

interface Taken {
  readonly key: Key | undefined
  readonly length: number
}

/** Undefined when the input ends inside a sequence. */
function takeKey(input: string): Taken | undefined {
  if (input.startsWith(ESCAPE)) return takeSequence(input)
  const [character = ''] = input
  const control = CONTROLS[character]
  if (control !== undefined) return { key: { kind: control }, length: 1 }
  const isPrintable = !/\p{Cc}/u.test(character)
  return {
    key: isPrintable ? { kind: 'text', text: character } : undefined,
    length: character.length,
  }
}

const CONTROLS: Readonly<Record<string, NamedKey>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'interrupt',
  '\u001a': 'suspend',
  '\f': 'redraw',
}

/** CSI and SS3 sequences as xterm, the Linux console, tmux and rxvt send them; unknown ones mean nothing. */
function takeSequence(input: string): Taken | undefined {
  if (input.length === 1) return undefined
  // Two escapes in a row: the first one stood alone.
  if (input[1] === ESCAPE) return { key: { kind: 'escape' }, length: 1 }
  const found = SEQUENCE.exec(input)
  if (found !== null) {
    const [whole, name = ''] = found
    const kind = SEQUENCES[name]
    return { key: kind === undefined ? undefined : { kind }, length: whole.length }
  }
  if (PARTIAL.test(input)) return undefined
  // Alt with a key: neither of them.
  return { key: undefined, length: 1 + (Array.from(input.slice(1))[0]?.length ?? 0) }
}

// oxlint-disable-next-line no-control-regex -- it reads control sequences
const SEQUENCE = /^\u001b([[O][\d;?]*[A-Za-z~])/
// oxlint-disable-next-line no-control-regex -- it reads control sequences
const PARTIAL = /^\u001b[[O][\d;?]*$/

const SEQUENCES: Readonly<Record<string, NamedKey>> = {
  '[A': 'up',
  OA: 'up',
  '[B': 'down',
  OB: 'down',
  '[5~': 'page_up',
  '[6~': 'page_down',
  '[H': 'home',
  OH: 'home',
  '[1~': 'home',
  '[7~': 'home',
  '[F': 'end',
  OF: 'end',
  '[4~': 'end',
  '[8~': 'end',
}
