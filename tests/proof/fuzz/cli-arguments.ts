/**
 * Command lines of the real grammar with values that are none: a command runs only with options that hold, a mistake is
 * one named usage error with exit 2, and help stays help.
 * @module
 */
import { Command } from 'commander'
import { parseNotAfter } from '../../../src/commands/not-after.ts'
import { requireDurationMs } from '../../../src/config/duration.ts'
import { runCli } from '../../../src/cli.ts'
import { parseFaultPlan } from '../../../src/sim/faults/parse-fault.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { CliIo, CommandIo } from '../../../src/ui/command-io.ts'
import type { OpenOptions, SimOptions, WatchOptions } from '../../../src/ui/command-options.ts'
import { declareCommands, declareGlobals, type Runners } from '../../../src/ui/program.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { STACK_LINE } from './judge-error.ts'
import { hugeText, junkText } from './junk.ts'
import { isRecord, member, parsed } from './plain-look.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'

/** What is typed. */
export const cliArguments: FuzzTarget = {
  name: 'cli-arguments',
  weight: 7_000,
  limitMs: 10_000,
  cpuLimitMs: 2_000,
  async run(draw) {
    const secrets = plantSecrets(draw)
    const argv = makeLine(draw, secrets)
    const end = await runLine(argv)
    judgeLine(end, argv, secrets)
    return end.exit === 0 ? 'accepted' : 'named error'
  },
}

interface Word {
  /** `--size`, `-y`, an argument's name or a command's. */
  readonly text: string
  readonly takesValue: boolean
}

interface CommandGrammar {
  readonly path: readonly string[]
  readonly options: readonly Word[]
  readonly argumentCount: number
}

/** The program's own declarations are the grammar. */
const GRAMMAR = readGrammar()

function readGrammar() {
  const program = new Command('hedgebot')
  declareGlobals(program)
  declareCommands(
    program,
    runnersThat(() => Promise.resolve(0 as const)),
    () => undefined,
  )
  const commands: CommandGrammar[] = []
  const visit = (command: Command, path: readonly string[]): void => {
    commands.push({
      path,
      options: wordsOf(command),
      argumentCount: command.registeredArguments.length,
    })
    for (const child of command.commands) visit(child, [...path, child.name()])
  }
  for (const command of program.commands) visit(command, [command.name()])
  return { globals: wordsOf(program), commands }
}

function wordsOf(command: Command): Word[] {
  return command.options.flatMap(({ long, short, required, optional }) =>
    [long, short]
      .filter((text) => typeof text === 'string')
      .map((text) => ({ text, takesValue: required || optional })),
  )
}

const VALUES: readonly string[] = [
  '1',
  '2',
  '0',
  '20',
  '0.001',
  'a,b',
  'a',
  'h1',
  '30s',
  '5m',
  '1h30m',
  '09:30',
  '2026-12-01T09:30:00Z',
  'crash',
  'BTC=crash',
  'lost-answer:0.1',
  'key',
  'config.yaml',
]
const NUMBERS: readonly string[] = [
  '-1',
  '1e3',
  '99999999999999999999',
  '0x5',
  '1.5',
  '٣',
  '70000',
  '99999999d',
  '1ms',
  '0s',
  '2m3',
  '25:61',
  '9999-99-99T99:99',
  '+275760-09-13T00:00:00Z',
  '2026-02-31T10:00Z',
]

function makeLine(draw: Draw, secrets: PlantedSecrets): string[] {
  const { path, options, argumentCount } = draw.pick(GRAMMAR.commands)
  const argv = [...path]
  for (let at = 0; at < argumentCount; at += 1) if (draw.chance(0.8)) argv.push(value(draw))
  for (let count = draw.pick([0, 1, 1, 2, 3, 5]); count > 0; count -= 1) {
    const words = draw.chance(0.75) && options.length > 0 ? options : GRAMMAR.globals
    const word = draw.pick(words)
    if (!word.takesValue || draw.chance(0.1)) argv.push(word.text)
    else if (draw.chance(0.3)) argv.push(`${word.text}=${value(draw)}`)
    else argv.push(word.text, value(draw))
  }
  if (draw.chance(0.1)) argv.push('--json')
  if (draw.chance(0.04)) argv.push(draw.pick(['--help', '-h', '--version', 'help']))
  for (let count = draw.pick([0, 0, 0, 1, 2]); count > 0; count -= 1) disturb(draw, argv, secrets)
  return argv
}

function value(draw: Draw): string {
  if (draw.chance(0.5)) return draw.pick(VALUES)
  if (draw.chance(0.5)) return draw.pick(NUMBERS)
  return draw.chance(0.97) ? junkText(draw) : hugeText(draw, draw.pick([2_000, 60_000]))
}

/** A slip of whoever typed, or of the script that did. */
function disturb(draw: Draw, argv: string[], { apiKey, password }: PlantedSecrets): void {
  const at = draw.int(0, argv.length)
  const kind = draw.int(0, 7)
  if (kind === 0) argv.splice(at, 1)
  else if (kind === 1) argv.splice(at, 0, junkText(draw))
  else if (kind === 2) argv.splice(at, 0, `--${junkText(draw)}`)
  else if (kind === 3)
    argv.splice(
      at,
      0,
      draw.pick(['--', '-', '---', '-yq', '-yc', '--no-', '--al', '--acounts', 'opne']),
    )
  else if (kind === 4) argv.splice(at, 0, ...argv.slice(0, 3))
  else if (kind === 5) argv.reverse()
  // A key or a password where there is no option for one.
  else if (kind === 6)
    argv.splice(
      isValue(argv[at - 1]) ? 0 : at,
      0,
      `--${draw.pick(['api-key', 'password', 'key'])}=${draw.pick([apiKey, password])}`,
    )
  else argv.push(...Array.from({ length: draw.pick([3, 200]) }, () => value(draw)))
}

/** Whether a word of a line is one that takes the next one. */
function isValue(before: string | undefined): boolean {
  const words = [...GRAMMAR.globals, ...GRAMMAR.commands.flatMap(({ options }) => options)]
  return words.some(({ text, takesValue }) => takesValue && text === before)
}

interface LineEnd {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly { readonly name: string; readonly options: unknown }[]
}

async function runLine(argv: readonly string[]): Promise<LineEnd> {
  const calls: { name: string; options: unknown }[] = []
  let stdout = ''
  let stderr = ''
  const clock = createVirtualClock()
  const io: CliIo = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    isTerminal: false,
    columns: 100,
    env: {},
    cwd: '/work',
    home: '/home/trader',
    clock,
  }
  const runners = runnersThat(async (name, _command, options) => {
    calls.push({ name, options })
    readFurther(name, options, clock.now())
    return 0
  })
  const exit = await runCli(argv, io, runners)
  return { exit, stdout, stderr, calls }
}

type Work = (name: string, command: CommandIo, options: unknown) => Promise<0>

/** Every command does the same. */
function runnersThat(work: Work): Runners {
  return new Proxy({} as Runners, {
    get: (_target, name) => (command: CommandIo, options: unknown) =>
      work(String(name), command, options),
  })
}

/** What a command reads of its options before it does anything. */
function readFurther(name: string, options: unknown, nowMs: number): void {
  if (name === 'open') {
    const { notAfter } = options as OpenOptions
    if (notAfter !== undefined) parseNotAfter(notAfter, nowMs)
  }
  if (name === 'watch') {
    const { forDuration } = options as WatchOptions
    if (forDuration !== undefined) requireDurationMs('for', forDuration)
  }
  if (name === 'sim') parseFaultPlan((options as SimOptions).faults)
}

const LONGEST_WORDS = 3_000

function judgeLine(end: LineEnd, argv: readonly string[], secrets: PlantedSecrets): void {
  const { exit, stdout, stderr, calls } = end
  const input = { argv: argv.map((word) => word.slice(0, 300)), exit, stderr: stderr.slice(0, 800) }
  claim(exit === 0 || exit === 2, `exit ${exit}`, input)
  claim(calls.length <= 1, 'two commands run', input)
  claim(!STACK_LINE.test(`${stdout}\n${stderr}`), `a stack: ${stderr.slice(0, 400)}`, input)
  const leaked = secrets.leakIn(`${stdout}${stderr}`)
  claim(leaked === undefined, `the planted ${leaked} is shown`, input)
  for (const call of calls) judgeOptions(call, input)
  if (exit === 0) {
    const isHelp = /Usage: hedgebot|^\d+\.\d+\.\d+/m.test(stdout)
    claim(calls.length === 1 || isHelp, 'nothing was done and nothing said', input)
    return
  }
  claim(/^error: \S/m.test(stderr), 'a mistake without words', input)
  const isHelp = stderr.includes('Usage: hedgebot')
  claim(isHelp || stderr.length <= LONGEST_WORDS, `${stderr.length} characters of error`, input)
  if (argv.includes('--json') && stdout !== '') judgeDocument(stdout, input)
}

function judgeDocument(stdout: string, input: unknown): void {
  const document = parsed(stdout)
  const error = member(document, 'error')
  claim(isRecord(error), 'the document has no error', input)
  claim(
    /^[a-z][a-z0-9_]{1,60}$/.test(String(error['code'])),
    `code ${String(error['code'])}`,
    input,
  )
  claim(
    member(document, 'exit') === 2 && member(document, 'ok') === false,
    'exit in the document',
    input,
  )
}

/** Whatever reaches a command is in its limits. */
function judgeOptions({ name, options }: LineEnd['calls'][number], input: unknown): void {
  if (name === 'open') {
    const { selection, sizeBase, leverage } = options as OpenOptions
    claim(
      sizeBase === undefined || Number(sizeBase) > 0 || /[1-9]/.test(sizeBase),
      'an odd size',
      input,
    )
    claim(leverage === undefined || (leverage >= 1 && leverage <= 100), 'an odd leverage', input)
    if (selection.kind === 'next')
      claim(selection.count >= 2 && selection.count <= 1_000, 'an odd count', input)
    if (selection.kind === 'accounts') {
      claim(new Set(selection.names).size === selection.names.length, 'an account twice', input)
      claim(selection.names.length >= 2, 'one account alone', input)
    }
  }
  if (name === 'sim') {
    const { port, accounts, seed } = options as SimOptions
    const isGood = (number: number | undefined, max: number) =>
      number === undefined || (Number.isInteger(number) && number >= 0 && number <= max)
    claim(
      isGood(port, 65_535) && isGood(accounts, 5_000) && isGood(seed, 2 ** 32 - 1),
      'an odd number',
      input,
    )
  }
}
