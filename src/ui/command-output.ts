import type { GlobalOptions } from './command-io.ts'
import { createSaidTexts } from './said-texts.ts'

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
  /** A line of the log, as `detail`; nothing where its message was said a moment ago. */
  log(message: string, text: string): void
  /** A person sees this message without a text from here: the log need not say it again. */
  markSaid(message: string): void
}

/** Takes texts where something else owns the terminal. */
export type TextSink = (text: string, about: { readonly isDetail: boolean }) => void

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
  divert(sink: TextSink): () => void
  /** Back to where texts belong, whoever diverted them. */
  undivert(): void
}

/** The output of one command run. */
export function createCommandOutput(options: OutputOptions): CreatedOutput {
  const { globals, stdout, stderr, scrub } = options
  const said = createSaidTexts()
  const printer = createPrinter(options)
  const markSaid = (text: string): void => said.add(scrub(text))
  const print = (stream: Stream, text: string): void => {
    markSaid(text)
    printer.print(stream, text, { isDetail: false })
  }
  const detail = (text: string): void => {
    if (globals.isVerbose) printer.print(stderr, text, { isDetail: true })
  }
  let hasPrinted = false
  const out: CommandOutput = {
    line(text) {
      if (!globals.isJson) print(stdout, text)
      else if (!globals.isQuiet) print(stderr, text)
    },
    json(document) {
      if (!globals.isJson) return
      hasPrinted = true
      printer.write(stdout, JSON.stringify(document))
    },
    note(text) {
      if (!globals.isQuiet) print(stderr, text)
    },
    warn: (text) => print(stderr, text),
    detail(text) {
      markSaid(text)
      detail(text)
    },
    log(message, text) {
      if (!said.take(scrub(message))) detail(text)
    },
    markSaid,
  }
  const { divert, undivert } = printer
  return { out, hasPrintedJson: () => hasPrinted, divert, undivert }
}

type Stream = OutputOptions['stdout']

/** Where texts go now, secrets taken out. */
function createPrinter({ scrub, around }: OutputOptions) {
  let sink: TextSink | undefined
  const write = (stream: Stream, text: string): void =>
    around(() => {
      stream.write(`${scrub(text)}\n`)
    })
  return {
    write,
    print(stream: Stream, text: string, about: { readonly isDetail: boolean }): void {
      if (sink === undefined) write(stream, text)
      else sink(scrub(text), about)
    },
    divert(next: TextSink): () => void {
      sink = next
      return () => {
        if (sink === next) sink = undefined
      }
    },
    undivert(): void {
      sink = undefined
    },
  }
}
