import type { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { CliIo, CommandIo, GlobalOptions, RunFacts } from './command-io.ts'
import { createCommandOutput } from './command-output.ts'
import type { CreatedOutput } from './command-output.ts'
import { confirmOnTerminal } from './confirm.ts'
import { createInterruption } from './interruption.ts'
import type { Interruption } from './interruption.ts'
import { createProgressFactory } from './progress.ts'
import type { ProgressFactory } from './progress.ts'
import { createRenderStyle } from './render-style.ts'

/** Needs of one command run. */
export interface CommandSessionOptions {
  readonly io: CliIo
  readonly globals: GlobalOptions
  readonly clock: Clock
}

/** A `CommandIo` with the handles that only the command line itself uses. */
export interface CommandSession {
  readonly command: CommandIo
  /** What was attached so far. */
  facts(): RunFacts
  /** True once a JSON document was printed: then the error document must not follow. */
  hasPrintedJson(): boolean
  /** An error is printed where it is read even when the command never comes back. */
  undivert(): void
  /** Aborts the command's signal for a reason of the program's own. */
  abort(reason: HedgebotError): void
  /** Takes listeners and timers away and ends a spinner. */
  dispose(): void
}

/** Builds the input and output of one command run. */
export function createCommandSession(options: CommandSessionOptions): CommandSession {
  const { io, globals, clock } = options
  let facts: RunFacts = {}
  const scrub = (text: string): string => facts.scrub?.(text) ?? text
  const write = (text: string): void => {
    io.stderr.write(`${scrub(text)}\n`)
  }
  const progress = createProgressFactory({ globals, streams: io.streams, write })
  const { stdout, stderr } = io
  const { around } = progress
  const output = createCommandOutput({ globals, stdout, stderr, scrub, around })
  const { out, hasPrintedJson } = output
  const interruption = createInterruption({
    clock,
    timeoutMs: globals.timeoutMs,
    signals: io.signals,
    say: out.warn,
    exit: io.exit,
  })
  const attach = (more: RunFacts): void => {
    facts = { ...facts, ...more }
  }
  return {
    command: createCommandIo(options, { output, progress, interruption, attach }),
    facts: () => facts,
    hasPrintedJson,
    undivert: output.undivert,
    abort: interruption.abort,
    dispose() {
      progress.stopAll()
      interruption.dispose()
    },
  }
}

interface Parts {
  readonly output: CreatedOutput
  readonly progress: ProgressFactory
  readonly interruption: Interruption
  readonly attach: (facts: RunFacts) => void
}

function createCommandIo({ io, globals, clock }: CommandSessionOptions, parts: Parts): CommandIo {
  const { output, progress, interruption, attach } = parts
  const style = createRenderStyle({ columns: io.columns, hasColor: globals.color })
  return {
    globals,
    out: output.out,
    style,
    isTerminal: io.isTerminal,
    columns: style.columns,
    env: io.env,
    cwd: io.cwd ?? '.',
    home: io.home ?? io.env['HOME'] ?? '.',
    clock,
    signal: interruption.signal,
    get interruptedBy() {
      return interruption.interruptedBy()
    },
    async confirm(question) {
      const resume = progress.pause()
      try {
        const streams = io.isTerminal ? io.streams : undefined
        const { signal } = interruption
        return await confirmOnTerminal({ question, isYes: globals.isYes, streams, signal })
      } finally {
        resume()
      }
    },
    progress: progress.start,
    onSecondInterrupt: interruption.onSecondInterrupt,
    divert: output.divert,
    screenParts: io.screenParts,
    attach,
  }
}
