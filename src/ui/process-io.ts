import { homedir } from 'node:os'
import { EXIT } from '../errors.ts'
import type { CliIo } from './command-io.ts'
import { describeError, renderError } from './describe-error.ts'
import type { SignalSource } from './interruption.ts'
import type { ScreenParts } from './live/live-screen.ts'

/** Width when nobody looks: a log or a pipe takes the widest table. */
const COLUMNS_WITHOUT_TERMINAL = 140

/** The outside of the program as the process has it. */
export function createProcessIo(options: { readonly exit: (code: number) => void }): CliIo {
  const { stdin, stdout, stderr, env } = process
  // A reader that went away (`| head`) must not end a command in the middle of its work.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  const isTerminal = [stdin, stdout].every((stream) => stream.isTTY)
  return {
    stdout,
    stderr,
    isTerminal,
    columns: stdout.isTTY ? stdout.columns : columnsFrom(env['COLUMNS']),
    env,
    ...(isTerminal && stderr.isTTY ? { streams: { input: stdin, output: stderr } } : {}),
    ...(isTerminal && env['TERM'] !== 'dumb' ? { screenParts: loadScreenParts } : {}),
    cwd: process.cwd(),
    home: homedir(),
    signals: processSignals(),
    onUncaught: listenForUncaught(options.exit),
    exit: options.exit,
  }
}

/**
 * One handler for as long as the process lives. Between commands what nobody caught is still a bug; Node's own exit code
 * for it would mean "refused, nothing was changed".
 */
function listenForUncaught(exit: (code: number) => void): NonNullable<CliIo['onUncaught']> {
  const sayAndEnd = (error: unknown, scrub: (text: string) => string = String): void => {
    const view = describeError(error)
    process.stderr.write(scrub(`${renderError(view)}\n${view.stack ?? ''}\n`))
    exit(EXIT.bug)
  }
  let current = (error: unknown): void => sayAndEnd(error)
  process.on('uncaughtException', (error) => current(error))
  process.on('unhandledRejection', (reason) => current(reason))
  return (listener) => {
    current = listener
    return (scrub) => {
      current = (error) => sayAndEnd(error, scrub)
    }
  }
}

async function loadScreenParts(): Promise<ScreenParts> {
  const [{ createProcessTerminal }, { startDrawing }] = await Promise.all([
    import('./live/process-terminal.ts'),
    import('./live/start-drawing.ts'),
  ])
  return { terminal: createProcessTerminal(process), draw: startDrawing }
}

function columnsFrom(text: string | undefined): number {
  const columns = Number(text)
  return Number.isInteger(columns) && columns > 0 ? columns : COLUMNS_WITHOUT_TERMINAL
}

function processSignals(): SignalSource {
  return {
    on(name, listener) {
      process.on(name, listener)
      return () => process.off(name, listener)
    },
  }
}
