/**
 * What keys do (CLI.md `watch`), as a function of the state before. Nothing happens here: what is to happen comes out as
 * an effect.
 * @module
 */
import type { Key } from './decode-keys.ts'
import { clampScroll } from './live-layout.ts'
import type { LiveEntry } from './live-view.ts'

/** Where the person is. */
export type LiveMode =
  | { readonly kind: 'table' }
  | { readonly kind: 'help' }
  | { readonly kind: 'choose'; readonly typed: string }
  | { readonly kind: 'confirm'; readonly hedgeId: string; readonly name: string }
  | { readonly kind: 'suspend' }

/** Everything that keys change. */
export interface LiveState {
  readonly mode: LiveMode
  readonly scroll: number
  readonly isPaused: boolean
  /** Stands until the next key. */
  readonly remark: string | undefined
}

/** What the screen is to do. */
export type LiveEffect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'close'; readonly hedgeId: string }

/** What a key is measured against. */
export interface LiveSurroundings {
  readonly entries: readonly LiveEntry[]
  readonly rowCount: number
  readonly bodyRows: number
}

/** The state after a key, and what is to be done about it. */
export interface KeyOutcome {
  readonly state: LiveState
  readonly effect: LiveEffect | undefined
}

/** At the top, nothing asked. */
export const FIRST_STATE: LiveState = {
  mode: { kind: 'table' },
  scroll: 0,
  isPaused: false,
  remark: undefined,
}

const TABLE: LiveMode = { kind: 'table' }
/** Longer than any hedge's name that one types. */
const MOST_TYPED = 60

/** Takes one key. Ctrl-C and Ctrl-L mean the same everywhere. */
export function pressKey(state: LiveState, key: Key, around: LiveSurroundings): KeyOutcome {
  const fresh = { ...state, remark: undefined }
  if (key.kind === 'interrupt' || key.kind === 'redraw') return does(fresh, { kind: key.kind })
  const scroll = scrollBy(key, fresh.scroll, around)
  if (scroll !== undefined) return keeps({ ...fresh, scroll })
  switch (fresh.mode.kind) {
    case 'table':
      return inTable(fresh, key)
    case 'help':
      return keeps({ ...fresh, mode: TABLE })
    case 'choose':
      return whileChoosing(fresh, { key, typed: fresh.mode.typed, entries: around.entries })
    case 'confirm':
      return whileConfirming(fresh, key, fresh.mode.hedgeId)
    case 'suspend':
      return isYes(key)
        ? does({ ...fresh, mode: TABLE }, { kind: 'suspend' })
        : keeps({ ...fresh, mode: TABLE })
  }
}

/** The question that the mode asks, or the remark that stands. */
export function promptOf({ mode, remark }: LiveState): string | undefined {
  switch (mode.kind) {
    case 'choose':
      return `close which hedge? (id or name, Enter; Esc leaves) ${mode.typed}_`
    case 'confirm':
      return `close ${mode.hedgeId} ${mode.name}, all its legs, at the market? y/N`
    case 'suspend':
      return 'suspend? nothing is watched and no stop is carried out here meanwhile. y/N'
    case 'table':
    case 'help':
      return remark
  }
}

function scrollBy(
  { kind }: Key,
  scroll: number,
  { rowCount, bodyRows }: LiveSurroundings,
): number | undefined {
  const steps: Readonly<Partial<Record<Key['kind'], number>>> = {
    up: -1,
    down: 1,
    page_up: -bodyRows,
    page_down: bodyRows,
    home: -Infinity,
    end: Infinity,
  }
  const step = steps[kind]
  return step === undefined ? undefined : clampScroll(scroll + step, rowCount, bodyRows)
}

function inTable(state: LiveState, key: Key): KeyOutcome {
  if (key.kind === 'suspend') return keeps({ ...state, mode: { kind: 'suspend' } })
  if (key.kind !== 'text') return keeps(state)
  switch (key.text) {
    case 'q':
      return does(state, { kind: 'quit' })
    case 'p':
      return keeps({ ...state, isPaused: !state.isPaused })
    case 'c':
      return keeps({ ...state, mode: { kind: 'choose', typed: '' } })
    case '?':
      return keeps({ ...state, mode: { kind: 'help' } })
    default:
      return keeps(state)
  }
}

interface Choosing {
  readonly key: Key
  readonly typed: string
  readonly entries: readonly LiveEntry[]
}

function whileChoosing(state: LiveState, { key, typed, entries }: Choosing): KeyOutcome {
  const typing = (next: string): KeyOutcome =>
    keeps({ ...state, mode: { kind: 'choose', typed: next } })
  if (key.kind === 'text') return typing((typed + key.text).slice(0, MOST_TYPED))
  if (key.kind === 'backspace') return typing(Array.from(typed).slice(0, -1).join(''))
  if (key.kind === 'enter') return choose(state, typed.trim(), entries)
  return keeps({ ...state, mode: TABLE })
}

/** An id first; a name only when it means one hedge. */
function choose(state: LiveState, typed: string, entries: readonly LiveEntry[]): KeyOutcome {
  if (typed === '') return keeps({ ...state, mode: TABLE })
  const byId = entries.filter(({ hedgeId }) => hedgeId === typed)
  const found = byId.length > 0 ? byId : entries.filter(({ name }) => name === typed)
  const [hedge] = found
  if (hedge === undefined || found.length > 1) {
    const what = hedge === undefined ? 'no hedge' : `${found.length} hedges`
    return keeps({ ...state, mode: TABLE, remark: `${what} called "${typed}"; nothing is closed` })
  }
  const { hedgeId, name } = hedge
  return keeps({ ...state, mode: { kind: 'confirm', hedgeId, name } })
}

/** Only an explicit yes sends an order; Enter does not. */
function whileConfirming(state: LiveState, key: Key, hedgeId: string): KeyOutcome {
  if (!isYes(key)) {
    return keeps({ ...state, mode: TABLE, remark: `${hedgeId} is not closed` })
  }
  const remark = `closing ${hedgeId}`
  return does({ ...state, mode: TABLE, remark }, { kind: 'close', hedgeId })
}

function isYes(key: Key): boolean {
  return key.kind === 'text' && key.text.toLowerCase() === 'y'
}

function keeps(state: LiveState): KeyOutcome {
  return { state, effect: undefined }
}

function does(state: LiveState, effect: LiveEffect): KeyOutcome {
  return { state, effect }
}
