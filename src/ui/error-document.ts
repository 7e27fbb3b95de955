import type { ErrorView } from './describe-error.ts'

/** `{ schema, at, network, ok, exit }`: the start of every document (CLI.md "JSON"). */
export interface DocumentHead {
  readonly schema: string
  /** ISO time. */
  readonly at: string
  /** Null while it is not known. */
  readonly network: string | null
  readonly ok: boolean
  readonly exit: number
}

/** What every document needs to know. */
export interface DocumentContext {
  /** The command by its name, e.g. `open`. */
  readonly command: string
  /** Wall clock, milliseconds. */
  readonly atMs: number
  readonly network: string | undefined
}

/** The start of a document; `ok` is exit 0. */
export function documentHead(context: DocumentContext & { readonly exit: number }): DocumentHead {
  return {
    schema: `hedgebot/${context.command}/1`,
    at: new Date(context.atMs).toISOString(),
    network: context.network ?? null,
    ok: context.exit === 0,
    exit: context.exit,
  }
}

/** The document of a run that ended in an error; with every finding when the configuration is at fault. */
export function errorDocument(context: DocumentContext & { readonly view: ErrorView }) {
  const { view } = context
  return {
    ...documentHead({ ...context, exit: view.exit }),
    error: {
      code: view.code,
      message: view.message,
      hint: view.hint ?? null,
      retryable: view.isRetryable,
    },
    ...(view.points === undefined
      ? {}
      : {
          points: view.points.map(({ code, level, path, message, hint, file, line, column }) => ({
            code,
            level,
            path,
            message,
            hint: hint ?? null,
            file: file ?? null,
            line: line ?? null,
            column: column ?? null,
          })),
        }),
  }
}
