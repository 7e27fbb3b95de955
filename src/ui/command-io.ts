/**
 * The contract between the command line and the commands: everything that a command may know about its process and
 * its person. A command never touches `process`, `console` or a stream.
 * @module
 */
import type { Clock } from '../ports.ts'
import type { CommandOutput, TextSink } from './command-output.ts'
import type { InterruptedBy, SignalSource } from './interruption.ts'
import type { Progress, TerminalStreams } from './progress.ts'
import type { ScreenParts } from './live/live-screen.ts'
import type { RenderStyle } from './render-style.ts'

/** The global options of CLI.md, checked for form. */
export interface GlobalOptions {
  /** `--config` as typed. */
  readonly configFile: string | undefined
  readonly timeoutMs: number | undefined
  readonly isJson: boolean
  readonly isYes: boolean
  readonly isQuiet: boolean
  readonly isVerbose: boolean
  readonly insecurePermissions: boolean
  /** True when text may carry colour. */
  readonly color: boolean
}

/** What becomes known while a command runs and the error handling needs; later calls add to earlier ones. */
export interface RunFacts {
  /** For the `network` field of the error document. */
  readonly network?: string
  /** Takes secrets out of everything that is printed from now on. */
  readonly scrub?: (text: string) => string
  /** Writes a bug's stack to the log and returns where; undefined when it could not. */
  readonly logBug?: (error: unknown) => string | undefined
}

/** What a command gets beside its own options. */
export interface CommandIo {
  readonly globals: GlobalOptions
  readonly out: CommandOutput
  /** For every renderer: colour and width. */
  readonly style: RenderStyle
  /** True when a person sits there: input and output are terminals. */
  readonly isTerminal: boolean
  readonly columns: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly clock: Clock
  /**
   * Aborted by the first SIGINT, SIGTERM or SIGHUP, or by `--timeout`. Its reason is a HedgebotError with the exit code
   * 130, 143 or 5, so that rethrowing it ends the command rightly where nothing was sent.
   */
  readonly signal: AbortSignal
  /** Why `signal` was aborted; the first reason counts. */
  readonly interruptedBy: InterruptedBy | undefined
  /**
   * Asks a person; `--yes` answers yes.
   * @throws HedgebotError kind `usage`, code `confirmation_needed`, when nobody can be asked; the signal's reason when
   *   interrupted
   */
  confirm(question: string): Promise<boolean>
  /** A spinner on a terminal, lines on stderr elsewhere, nothing with `--json` or `--quiet`. */
  progress(text: string): Progress
  /**
   * What a second Ctrl-C does before the process ends at once with exit 4: print what is naked. It must be synchronous.
   * Without a hook nothing can be naked and the exit is 130.
   */
  onSecondInterrupt(hook: () => void): void
  /** While something else owns the terminal: texts go to `sink` until the returned function is called. */
  divert(sink: TextSink): () => void
  /** What a live screen stands on; undefined where none can be. */
  readonly screenParts: (() => Promise<ScreenParts>) | undefined
  /** Tells the error handling what it needs to know. */
  attach(facts: RunFacts): void
}

/** The outside of the program as `runCli` gets it: the process, or a test. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly isTerminal: boolean
  /** Width for text. */
  readonly columns: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Real streams for spinner and questions; without them neither is shown, even when `isTerminal`. */
  readonly streams?: TerminalStreams
  /** Loads what a live screen stands on; without it there is none, even when `isTerminal`. */
  readonly screenParts?: () => Promise<ScreenParts>
  readonly cwd?: string
  readonly home?: string
  readonly clock?: Clock
  readonly signals?: SignalSource
  /** Errors that nobody caught. Returns the unsubscriber; what comes later is printed through `scrub`. */
  readonly onUncaught?: (
    listener: (error: unknown) => void,
  ) => (scrub: (text: string) => string) => void
  /** Ends the process at once: for a second Ctrl-C, and when a bug keeps a command from ending. */
  readonly exit?: (code: number) => void
}
