import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { HedgebotError } from '../errors.ts'
import type { CliIo } from './command-io.ts'
import { declareCommands, declareGlobals } from './program.ts'
import type { ChosenCommand, Runners } from './program.ts'

/** The global options as commander collects them. */
export interface TypedGlobals {
  readonly config?: string
  readonly timeout?: string
  readonly json?: true
  readonly yes?: true
  readonly quiet?: true
  readonly verbose?: true
  readonly color?: boolean
  readonly insecurePermissions?: true
}

/** What a line says: a command, nothing (then `help` is the help text), a mistake, or it was answered already. */
export type ParsedLine =
  | ParsedCommand
  | ParsedMistake
  | { readonly kind: 'nothing'; readonly help: string; readonly globals: TypedGlobals }
  | { readonly kind: 'answered' }

/** A line that was typed rightly. */
export interface ParsedCommand extends ChosenCommand {
  readonly kind: 'command'
  readonly globals: TypedGlobals
}

/** A line that cannot be run, with the command that it is about, or `cli`. */
export interface ParsedMistake {
  readonly kind: 'mistake'
  readonly name: string
  readonly error: Error
  readonly globals: TypedGlobals
}

/** Reads one command line; `--help` and `--version` are answered on stdout at once. */
export function parseLine(argv: readonly string[], io: CliIo, runners: Runners): ParsedLine {
  const help: string[] = []
  const program = createProgram(io, (text) => help.push(text))
  const chosen: ChosenCommand[] = []
  declareCommands(program, runners, (command) => chosen.push(command))
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    return afterThrow(error, { program, argv, help: help.join('') })
  }
  const globals = program.opts<TypedGlobals>()
  if (chosen[0] !== undefined) return { kind: 'command', ...chosen[0], globals }
  return { kind: 'nothing', help: program.helpInformation(), globals }
}

function createProgram(io: CliIo, onErrorHelp: (text: string) => void): Command {
  const program = new Command('hedgebot')
  program
    .description('Hedged positions across many Lighter accounts: opened, watched and closed.')
    .version(readVersion(), '--version')
    .helpOption('-h, --help', 'help for a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: onErrorHelp,
      // Mistakes are printed in one place, with hint and document.
      outputError: () => {},
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
  declareGlobals(program)
  return program
}

function afterThrow(
  error: unknown,
  context: { readonly program: Command; readonly argv: readonly string[]; readonly help: string },
): ParsedLine {
  const { program, argv, help } = context
  // A line that cannot be read to its end may still say that a script wants JSON.
  const isJson = argv.includes('--json')
  const globals: TypedGlobals = { ...program.opts<TypedGlobals>(), ...(isJson && { json: true }) }
  const name = program.commands.find((one) => argv.includes(one.name()))?.name() ?? 'cli'
  if (!(error instanceof CommanderError)) {
    const thrown = error instanceof Error ? error : new Error(String(error))
    return { kind: 'mistake', name, error: thrown, globals }
  }
  if (error.exitCode === 0) return { kind: 'answered' }
  if (error.code === 'commander.help' && name === 'cli') return { kind: 'nothing', help, globals }
  return { kind: 'mistake', name, error: usageError(error, name), globals }
}

/** Commander's message without its prefix; what it suggests becomes the hint. */
function usageError(error: CommanderError, name: string): HedgebotError {
  const help = `hedgebot ${name === 'cli' ? '' : `${name} `}--help shows what there is`
  if (error.code === 'commander.help') {
    return new HedgebotError('usage', `"${name}" needs one more word`, {
      code: 'command_missing',
      hint: help,
    })
  }
  const told = error.message.replace(/^error: /, '')
  const suggestion = /\n\((Did you mean .*)\)$/.exec(told)?.[1] ?? ''
  const isUnknown = /unknown(Option|Command)$/.test(error.code)
  // What stands behind the name of an option that there is not may be a password, and a long row of digits is a key.
  const [line = ''] = (isUnknown ? told.replace(/=[^]*$/, "'") : told).split('\n')
  const message = line.replaceAll(/[0-9a-f]{24,}/gi, '***')
  return new HedgebotError('usage', message, {
    code: error.code.replace('commander.', '').replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    hint: suggestion === '' ? help : suggestion,
  })
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return version
}
