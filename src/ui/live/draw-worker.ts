/**
 * The drawing thread: gets a frame's data, lays it out, writes what changed. It writes itself, so that a slow terminal
 * can hold up only this thread and never a stop; the modes of the terminal belong to the main thread alone, which takes
 * the terminal back through the shared flags.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { renderLive } from './render-live.ts'
import type { LiveFrameOptions } from './render-live.ts'
import type { LiveView } from './live-view.ts'
import { frameText } from './screen-codes.ts'
import { countDrawn, isTaken, whileWriting } from './shared-flags.ts'
import type { SharedFlags } from './shared-flags.ts'
import { openTerminal } from './terminal-output.ts'

/** What the thread is started with. */
export interface DrawWorkerData {
  readonly flags: SharedFlags
  readonly hasColor: boolean
  /** Instead of the terminal behind standard output. */
  readonly paths?: readonly string[]
}

/** One frame. */
export interface FrameMessage {
  readonly view: LiveView
  readonly frame: Pick<LiveFrameOptions, 'columns' | 'rows' | 'controls'>
  /** Nothing on the screen can be relied on. */
  readonly isFull: boolean
}

/** The only thing that the thread ever says: the terminal is gone. */
export interface TerminalLost {
  readonly lost: string
}

const { flags, hasColor, paths } = workerData as DrawWorkerData
const terminal = openTerminal(paths)
let before: readonly string[] | undefined
let widths = {}
let size = ''

parentPort?.on('message', (message: FrameMessage) => {
  try {
    draw(message)
  } catch (error) {
    const lost = error instanceof Error ? error.message : String(error)
    parentPort?.postMessage({ lost } satisfies TerminalLost, [])
  } finally {
    countDrawn(flags)
  }
})

function draw({ view, frame, isFull }: FrameMessage): void {
  const nextSize = `${frame.columns}x${frame.rows}`
  if (nextSize !== size) widths = {}
  const drawn = renderLive(view, { ...frame, hasColor, widths })
  const known = isFull || nextSize !== size ? undefined : before
  const text = frameText({ lines: drawn.lines, before: known, columns: frame.columns })
  widths = drawn.widths
  size = nextSize
  // What stands there is known only after a write that went through.
  before = undefined
  whileWriting(flags, () => {
    if (terminal.write(text, () => isTaken(flags))) before = drawn.lines
  })
}
