import type { GlobalOptions } from './command-io.ts'

/** A step that takes a while, as a person sees it. Every method may be called in any order, also after the end. */
export interface Progress {
  update(text: string): void
  /** Ends the step well; without text the last one stays. */
  succeed(text?: string): void
  fail(text?: string): void
  /** Ends the step without a word. */
  stop(): void
}

/** The terminal's own streams. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream
  /** Where spinners and questions are drawn: stderr, so that stdout stays clean. */
  readonly output: NodeJS.WritableStream
}

/** Needs of progress. */
export interface ProgressOptions {
  readonly globals: Pick<GlobalOptions, 'isJson' | 'isQuiet' | 'color'>
  readonly streams: TerminalStreams | undefined
  /** One line on stderr. */
  readonly write: (text: string) => void
}

/** Starts progress and keeps other output out of its way. */
export interface ProgressFactory {
  start(text: string): Progress
  /** Runs a write with the running spinner's line cleared, and draws it again. */
  around(write: () => void): void
  /** Takes spinners off the terminal while a question stands there; the returned function brings them back. */
  pause(): () => void
  stopAll(): void
}

interface Spinner {
  text: string
  start(): unknown
  stop(): unknown
  succeed(text?: string): unknown
  fail(text?: string): unknown
  clear(): unknown
  render(): unknown
}

/** Chooses how progress is shown: `--json` and `--quiet` not at all, a spinner on a terminal, else lines. */
export function createProgressFactory(options: ProgressOptions): ProgressFactory {
  const { globals, streams, write } = options
  const live = new Set<Spinner>()
  const steps = new Set<Progress>()
  let isPaused = false
  const startOne = (text: string): Progress => {
    if (globals.isJson || globals.isQuiet) return SILENT
    if (streams === undefined) return plainProgress(text, write)
    return spinnerProgress(text, {
      streams,
      live,
      hasColor: globals.color,
      isPaused: () => isPaused,
    })
  }
  return {
    start(text) {
      const step = startOne(text)
      steps.add(step)
      return step
    },
    around(writeNow) {
      for (const spinner of live) spinner.clear()
      writeNow()
      if (!isPaused) for (const spinner of live) spinner.render()
    },
    pause() {
      isPaused = true
      for (const spinner of live) spinner.stop()
      return () => {
        isPaused = false
        for (const spinner of live) spinner.start()
      }
    },
    stopAll() {
      for (const step of steps) step.stop()
    },
  }
}

const SILENT: Progress = { update() {}, succeed() {}, fail() {}, stop() {} }

/** One line for every change, so that a log tells the story. */
function plainProgress(text: string, write: (text: string) => void): Progress {
  let last = ''
  const say = (next: string): void => {
    if (next !== last) write(next)
    last = next
  }
  say(text)
  return {
    update: say,
    succeed: (end) => say(end ?? last),
    fail: (end) => say(end ?? last),
    stop() {},
  }
}

interface SpinnerContext {
  readonly streams: TerminalStreams
  readonly live: Set<Spinner>
  readonly hasColor: boolean
  readonly isPaused: () => boolean
}

/** The package is loaded on first use; what happens before it is there is remembered. */
function spinnerProgress(text: string, context: SpinnerContext): Progress {
  let spinner: Spinner | undefined
  let current = text
  let end: ((spinner: Spinner) => void) | undefined
  const finish = (how: (spinner: Spinner) => void): void => {
    if (end !== undefined) return
    end = how
    if (spinner !== undefined) closeSpinner(spinner, how, context)
  }
  void loadSpinner(context).then((loaded) => {
    spinner = loaded
    spinner.text = current
    if (end !== undefined) {
      closeSpinner(spinner, end, context)
      return
    }
    context.live.add(spinner)
    if (!context.isPaused()) spinner.start()
  })
  return {
    update(next) {
      current = next
      if (spinner !== undefined) spinner.text = next
    },
    succeed: (last) => finish((it) => it.succeed(last)),
    fail: (last) => finish((it) => it.fail(last)),
    stop: () => finish((it) => it.stop()),
  }
}

function closeSpinner(
  spinner: Spinner,
  how: (spinner: Spinner) => void,
  { live }: SpinnerContext,
): void {
  live.delete(spinner)
  how(spinner)
}

async function loadSpinner({ streams, hasColor }: SpinnerContext): Promise<Spinner> {
  const { default: ora } = await import('ora')
  // Raw mode would take Ctrl-C away from the signal handling while an order is under way.
  return ora({
    stream: streams.output,
    discardStdin: false,
    color: hasColor ? 'cyan' : false,
  })
}
