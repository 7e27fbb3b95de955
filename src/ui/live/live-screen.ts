import type { Clock } from '../../ports.ts'
import { decodeKeys, endOfInput } from './decode-keys.ts'
import type { DecodedKeys, Key } from './decode-keys.ts'
import { FIRST_STATE, pressKey, promptOf } from './live-keys.ts'
import type { LiveEffect, LiveState } from './live-keys.ts'
import { clampScroll, layoutRows } from './live-layout.ts'
import { countRows, frozenSource, sliceView, wholeView } from './live-view.ts'
import type { LiveSource } from './live-view.ts'
import type { ScreenTerminal } from './process-terminal.ts'
import { ENTER_SCREEN, LEAVE_SCREEN } from './screen-codes.ts'
import type { Drawing, DrawingOptions } from './start-drawing.ts'

/** The terminal and its drawing thread, which a screen is made of. */
export interface ScreenParts {
  readonly terminal: ScreenTerminal
  /** Starts the drawing thread. */
  draw(options: Pick<DrawingOptions, 'hasColor' | 'onLost'>): Drawing
}

/** Needs of the live screen. */
export interface LiveScreenOptions {
  readonly source: LiveSource
  readonly terminal: ScreenTerminal
  readonly clock: Clock
  /** `watch.refresh_ms`. */
  readonly refreshMs: number
  /** Starts the drawing thread; it calls back when it or the terminal is gone. */
  readonly draw: (onLost: (reason: string) => void) => Drawing
  readonly onQuit: () => void
  /** The person asked for it and confirmed it. */
  readonly onClose: (hedgeId: string) => void
  /** There is no screen any more; the watch goes on without one. Called at most once, not after `end`. */
  readonly onLost: (reason: string) => void
}

/** The screen of `watch`. */
export interface LiveScreen {
  /** Shows a sentence above the keys, until the next key. */
  remark(text: string): void
  /** Puts the terminal back at once, synchronously; what is printed afterwards is read. Any number of times. */
  restore(): void
  /** Restores and ends the drawing thread. */
  end(): Promise<void>
}

/** An escape that nothing follows for so long was the key. */
const ESCAPE_MS = 50
/** A key that met a frame under way is shown this much later. */
const RETRY_MS = 25
/** Every so many frames everything is drawn anew, in case something else wrote on the terminal. */
const FULL_EVERY = 30

interface Screen extends LiveScreenOptions {
  readonly drawing: Drawing
  state: LiveState
  /** The rows while they are paused. */
  frozen: { readonly source: LiveSource; readonly atMs: number } | undefined
  /** Ends reading keys; undefined while the terminal is not ours. */
  stopKeys: (() => void) | undefined
  isOver: boolean
  frames: number
  needsFull: boolean
  input: string
  readonly timers: { refresh?: () => void; escape?: () => void; retry?: () => void }
}

/**
 * Takes the terminal and draws on the clock's time, never on a tick. A failure of the display, its data or its thread
 * ends the screen and nothing else.
 */
export function openLiveScreen(options: LiveScreenOptions): LiveScreen {
  const { terminal, clock } = options
  const screen: Screen = {
    ...options,
    drawing: options.draw((reason) => lose(screen, reason)),
    state: FIRST_STATE,
    frozen: undefined,
    stopKeys: undefined,
    isOver: false,
    frames: 0,
    needsFull: true,
    input: '',
    timers: {},
  }
  const undo = [
    terminal.onEnding(() => leave(screen)),
    terminal.onResize(() => show(screen)),
    terminal.onJobControl('suspend', () => suspend(screen)),
    terminal.onJobControl('continue', () => comeBack(screen)),
  ]
  const refresh = (): void => {
    if (screen.isOver) return
    // A background job gets its screen when it comes to the front.
    if (screen.stopKeys === undefined) enter(screen)
    show(screen)
    screen.timers.refresh = clock.setTimer(screen.refreshMs, refresh)
  }
  refresh()
  return {
    remark(text) {
      screen.state = { ...screen.state, remark: text }
      show(screen)
    },
    restore() {
      screen.isOver = true
      leave(screen)
      for (const step of undo) step()
      for (const cancel of Object.values(screen.timers)) cancel()
    },
    async end() {
      this.restore()
      await screen.drawing.end()
    },
  }
}

function enter(screen: Screen): void {
  const { terminal, drawing } = screen
  if (screen.isOver || !terminal.isForeground()) return
  screen.stopKeys = terminal.readKeys(
    (text) => takeInput(screen, text),
    (reason) => lose(screen, reason),
  )
  terminal.write(ENTER_SCREEN)
  screen.needsFull = true
  drawing.give()
}

function leave(screen: Screen): void {
  if (screen.stopKeys === undefined) return
  const { stopKeys } = screen
  screen.stopKeys = undefined
  // First nobody else may write: a frame after the end would stand in the person's shell.
  screen.drawing.take()
  screen.terminal.write(LEAVE_SCREEN)
  stopKeys()
}

function suspend(screen: Screen): void {
  leave(screen)
  screen.terminal.suspend()
}

/** Also after a stop that gave no chance to leave: then modes and picture are the shell's. */
function comeBack(screen: Screen): void {
  leave(screen)
  enter(screen)
  show(screen)
}

function lose(screen: Screen, reason: string): void {
  if (screen.isOver) return
  screen.isOver = true
  leave(screen)
  for (const cancel of Object.values(screen.timers)) cancel()
  screen.onLost(reason)
}

/** Hands a frame to the thread, unless one is under way. */
function show(screen: Screen): void {
  if (screen.isOver || screen.stopKeys === undefined) return
  if (screen.drawing.isBehind()) {
    screen.timers.retry?.()
    screen.timers.retry = screen.clock.setTimer(RETRY_MS, () => show(screen))
    return
  }
  try {
    post(screen)
  } catch (error) {
    lose(screen, error instanceof Error ? error.message : String(error))
  }
}

function post(screen: Screen): void {
  const { source, terminal, drawing, frozen } = screen
  const { columns, rows } = terminal.size()
  const { bodyRows } = layoutRows(rows)
  const shown = frozen?.source ?? source
  const scroll = clampScroll(screen.state.scroll, countRows(shown.entries()), bodyRows)
  screen.state = { ...screen.state, scroll }
  screen.frames += 1
  drawing.post({
    view: sliceView(shown, { first: scroll, count: bodyRows }),
    frame: {
      columns,
      rows,
      controls: {
        scroll,
        pausedAtMs: frozen?.atMs,
        isHelpShown: screen.state.mode.kind === 'help',
        prompt: promptOf(screen.state),
      },
    },
    isFull: screen.needsFull || screen.frames % FULL_EVERY === 0,
  })
  screen.needsFull = false
}

function takeInput(screen: Screen, text: string): void {
  screen.timers.escape?.()
  takeKeys(screen, decodeKeys(screen.input + text))
  if (screen.input === '') return
  screen.timers.escape = screen.clock.setTimer(ESCAPE_MS, () =>
    takeKeys(screen, endOfInput(screen.input)),
  )
}

function takeKeys(screen: Screen, { keys, rest }: DecodedKeys): void {
  screen.input = rest
  for (const key of keys) takeKey(screen, key)
  if (keys.length > 0) show(screen)
}

function takeKey(screen: Screen, key: Key): void {
  if (screen.isOver) return
  const shown = screen.frozen?.source ?? screen.source
  const { state, effect } = pressKey(screen.state, key, {
    entries: screen.source.entries(),
    rowCount: countRows(shown.entries()),
    bodyRows: layoutRows(screen.terminal.size().rows).bodyRows,
  })
  screen.state = state
  if (state.isPaused !== (screen.frozen !== undefined)) freeze(screen, state.isPaused)
  if (effect !== undefined) carryOut(screen, effect)
}

function freeze(screen: Screen, isPaused: boolean): void {
  const { source, clock } = screen
  screen.frozen = isPaused
    ? { source: frozenSource(wholeView(source), () => source.summary()), atMs: clock.now() }
    : undefined
}

function carryOut(screen: Screen, effect: LiveEffect): void {
  switch (effect.kind) {
    case 'quit':
      screen.onQuit()
      return
    case 'close':
      screen.onClose(effect.hedgeId)
      return
    case 'interrupt':
      screen.terminal.interrupt()
      return
    case 'suspend':
      suspend(screen)
      return
    case 'redraw':
      screen.needsFull = true
  }
}
