import type { GlobalOptions } from './command-io.ts'

/** Where a command's words go (CLI.md "Global"). Texts need no line end. */
export interface CommandOutput {
  /** The result: stdout; with `--json` stderr, and nothing with `--json --quiet`. */
  line(text: string): void
  /** One document on one line of stdout; nothing without `--json`. */
  json(document: object): void
  /** A remark: stderr, nothing with `--quiet`. */
  note(text: string): void
  /** What a person must see: stderr, always. */
  warn(text: string): void
  /** For the curious: stderr, only with `--verbose`. */
  detail(text: string): void
}

/** Needs of the output. */
export interface OutputOptions {
  readonly globals: Pick<GlobalOptions, 'isJson' | 'isQuiet' | 'isVerbose'>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly scrub: (text: string) => string
  /** Runs a write with the spinner's line out of the way. */
  readonly around: (write: () => void) => void
}

/** The output with the handles that only the command line itself uses. */
export interface CreatedOutput {
  readonly out: CommandOutput
  hasPrintedJson(): boolean
  /** From now on texts go to `sink`, secrets taken out; the returned function ends that. Documents are not touched. */
  divert(sink: (text: string) => void): () => void
  /** Back to where texts belong, whoever diverted them. */
  undivert(): void
}

/** The output of one command run. */
export function createCommandOutput(options: OutputOptions): CreatedOutput {
  const { globals, stdout, stderr, scrub, around } = options
  let hasPrinted = false
  let sink: ((text: string) => void) | undefined
  const write = (stream: { write(text: string): unknown }, text: string): void =>
    around(() => {
      stream.write(`${scrub(text)}\n`)
    })
  const print: typeof write = (stream, text) => {
    if (sink === undefined) write(stream, text)
    else sink(scrub(text))
  }
  const out: CommandOutput = {
    line(text) {
      if (!globals.isJson) print(stdout, text)
      else if (!globals.isQuiet) print(stderr, text)
    },
    json(document) {
      if (!globals.isJson) return
      hasPrinted = true
      write(stdout, JSON.stringify(document))
    },
    note(text) {
      if (!globals.isQuiet) print(stderr, text)
    },
    warn: (text) => print(stderr, text),
    detail(text) {
      if (globals.isVerbose) print(stderr, text)
    },
  }
  return {
    out,
    hasPrintedJson: () => hasPrinted,
    divert(next) {
      sink = next
      return () => {
        if (sink === next) sink = undefined
      }
    },
    undivert() {
      sink = undefined
    },
  }
}
