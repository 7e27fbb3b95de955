import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { CliIo, CommandIo, GlobalOptions } from './command-io.ts'
import { createCommandSession } from './command-session.ts'
import type { CommandSession } from './command-session.ts'
import { describeError, renderError } from './describe-error.ts'
import { errorDocument } from './error-document.ts'

/** After an error that nobody caught a command gets this long to come to a safe end. */
const SAFE_END_MS = 30_000

/** One command and the world it runs in. */
export interface RunCommandOptions {
  readonly io: CliIo
  readonly clock: Clock
  readonly globals: GlobalOptions
  /** As in `hedgebot/<name>/1`. */
  readonly name: string
  readonly run: (command: CommandIo) => Promise<ExitCode>
}

/** Runs a command to its exit code; what it throws is printed, as text and as the error document. */
export async function runCommand(options: RunCommandOptions): Promise<ExitCode> {
  const session = createCommandSession(options)
  try {
    return await runGuarded(session, options)
  } catch (error) {
    return reportError(error, session, options.name)
  } finally {
    session.dispose()
  }
}

/** An error that nobody caught ends the command the way Ctrl-C does, since a leg may be on its way. */
async function runGuarded(session: CommandSession, options: RunCommandOptions): Promise<ExitCode> {
  const { io, clock, name, run } = options
  let hasCrashed = false
  let stopWaiting: (() => void) | undefined
  const unsubscribe = io.onUncaught?.((error) => {
    reportError(error, session, name)
    if (hasCrashed) return
    hasCrashed = true
    session.abort(new HedgebotError('bug', 'stopped by a bug', { code: 'bug', cause: error }))
    stopWaiting = clock.setTimer(SAFE_END_MS, () => io.exit?.(EXIT.bug))
  })
  try {
    const exit = await run(session.command)
    return hasCrashed && exit !== EXIT.exposed ? EXIT.bug : exit
  } finally {
    stopWaiting?.()
    unsubscribe?.((text) => session.facts().scrub?.(text) ?? text)
  }
}

function reportError(error: unknown, session: CommandSession, name: string): ExitCode {
  const { command } = session
  const { network, logBug } = session.facts()
  const view = describeError(error)
  session.undivert()
  command.out.warn(renderError(view))
  if (view.isBug) sayStack(logBug?.(error), view.stack, command)
  // A command that prints one document a line has room for one more.
  if (name === 'watch' || !session.hasPrintedJson()) {
    command.out.json(errorDocument({ command: name, atMs: command.clock.now(), network, view }))
  }
  return view.exit
}

function sayStack(place: string | undefined, stack: string | undefined, command: CommandIo): void {
  if (place !== undefined) command.out.warn(`stack: ${place}`)
  else if (stack !== undefined) command.out.warn(stack)
}
