/**
 * The command line: reads what was typed, runs one command, and turns whatever happens into words and an exit code.
 * Loads nothing heavy: `--help` must be quick, and every command loads what it needs itself.
 * @module
 */
import { EXIT, HedgebotError } from './errors.ts'
import type { ExitCode } from './errors.ts'
import type { Clock } from './ports.ts'
import type { CliIo, CommandIo, GlobalOptions } from './ui/command-io.ts'
import { parseLine } from './ui/parse-line.ts'
import type { ParsedCommand, ParsedMistake, TypedGlobals } from './ui/parse-line.ts'
import { createProcessIo } from './ui/process-io.ts'
import type { Runner, Runners } from './ui/program.ts'
import { runCommand } from './ui/run-command.ts'

/** Each command is loaded when it is called. */
const RUNNERS: Runners = {
  check: lazy(async () => (await import('./commands/check.ts')).runCheck),
  configShow: lazy(async () => (await import('./commands/config.ts')).runConfigShow),
  open: lazy(async () => (await import('./commands/open.ts')).runOpen),
  close: lazy(async () => (await import('./commands/close.ts')).runClose),
  watch: lazy(async () => (await import('./commands/watch.ts')).runWatch),
  status: lazy(async () => (await import('./commands/status.ts')).runStatus),
  ordersList: lazy(async () => (await import('./commands/orders.ts')).runOrdersList),
  ordersCancel: lazy(async () => (await import('./commands/orders.ts')).runOrdersCancel),
  explain: lazy(async () => (await import('./commands/explain.ts')).runExplain),
  accountsList: lazy(async () => (await import('./commands/accounts.ts')).runAccountsList),
  proxiesList: lazy(async () => (await import('./commands/proxies.ts')).runProxiesList),
  proxiesTest: lazy(async () => (await import('./commands/proxies.ts')).runProxiesTest),
  notifyTest: lazy(async () => (await import('./commands/notify.ts')).runNotifyTest),
  notifyCheck: lazy(async () => (await import('./commands/notify.ts')).runNotifyCheck),
  adopt: lazy(async () => (await import('./commands/adopt.ts')).runAdopt),
  pause: lazy(async () => (await import('./commands/pause.ts')).runPause),
  resume: lazy(async () => (await import('./commands/resume.ts')).runResume),
  sim: lazy(async () => (await import('./commands/sim.ts')).runSim),
  demo: lazy(async () => (await import('./commands/demo.ts')).runDemo),
  drill: lazy(async () => (await import('./commands/drill.ts')).runDrill),
}

/** The process as `runCli` wants it; only here the process may be ended at once. */
export function processIo(): CliIo {
  return createProcessIo({ exit: (code) => process.exit(code) })
}

/** Runs one command line (without `node` and the script) and returns its exit code; never rejects. */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  runners: Runners = RUNNERS,
): Promise<ExitCode> {
  const line = parseLine(argv, io, runners)
  if (line.kind === 'answered') return EXIT.done
  const clock = io.clock ?? (await loadSystemClock())
  if (line.kind === 'nothing') return runMenu({ ...line, argv, io, clock, runners })
  return runLine({ line, io, clock })
}

async function runLine(options: {
  readonly line: ParsedCommand | ParsedMistake
  readonly io: CliIo
  readonly clock: Clock
}): Promise<ExitCode> {
  const { line, io, clock } = options
  let { run } = line.kind === 'command' ? line : { run: failing(line.error) }
  let timeoutMs: number | undefined
  try {
    timeoutMs = await readTimeout(line.globals.timeout)
  } catch (error) {
    run = failing(error)
  }
  const globals = { ...readGlobals(line.globals, io), timeoutMs }
  return runCommand({ io, clock, globals, name: line.name, run })
}

/** `hedgebot` alone: a menu for a person, help and exit 2 for a script (CLI.md "Global"). */
async function runMenu(options: {
  readonly help: string
  readonly globals: TypedGlobals
  readonly argv: readonly string[]
  readonly io: CliIo
  readonly clock: Clock
  readonly runners: Runners
}): Promise<ExitCode> {
  const { io, clock, runners, argv } = options
  const { streams } = io
  const globals = readGlobals(options.globals, io)
  let chosen: readonly string[] = []
  const choose = async (command: CommandIo): Promise<ExitCode> => {
    if (!io.isTerminal || streams === undefined || globals.isJson) {
      command.out.warn(options.help)
      throw new HedgebotError('usage', 'no command was given', { code: 'command_missing' })
    }
    const { chooseFromMenu } = await import('./ui/menu.ts')
    chosen = await chooseFromMenu(streams, command.signal)
    return EXIT.done
  }
  const exit = await runCommand({ io, clock, globals, name: 'cli', run: choose })
  return exit === EXIT.done ? runCli([...argv, ...chosen], io, runners) : exit
}

/** A function, so that the table above may stand before it. */
function lazy<Options>(load: () => Promise<Runner<Options>>): Runner<Options> {
  return async (io, options) => (await load())(io, options)
}

function failing(error: unknown): (command: CommandIo) => Promise<ExitCode> {
  return () => Promise.reject(error instanceof Error ? error : new Error(String(error)))
}

function readGlobals(typed: TypedGlobals, io: CliIo): GlobalOptions {
  return {
    configFile: typed.config,
    timeoutMs: undefined,
    isJson: typed.json === true,
    isYes: typed.yes === true,
    isQuiet: typed.quiet === true,
    isVerbose: typed.verbose === true,
    insecurePermissions: typed.insecurePermissions === true,
    color: typed.color !== false && wantsColor(io),
  }
}

/** NO_COLOR and FORCE_COLOR as their conventions say, else colour on a terminal that can. */
function wantsColor({ env, isTerminal }: CliIo): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR'] ?? ''
  if (forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

async function readTimeout(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined
  const { requireDurationMs } = await import('./config/duration.ts')
  return requireDurationMs('timeout', text)
}

async function loadSystemClock(): Promise<Clock> {
  const { createSystemClock } = await import('./system/system-clock.ts')
  return createSystemClock()
}
