import { runCli } from '../../src/cli.ts'
import type { ExitCode } from '../../src/errors.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'
import type { CliIo, CommandIo } from '../../src/ui/command-io.ts'
import type { Runners } from '../../src/ui/program.ts'

export interface Call {
  readonly runner: string
  readonly command: CommandIo
  readonly options: unknown
}

export interface RunResult {
  readonly exit: ExitCode
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly Call[]
}

export interface RunSetup {
  readonly io?: Partial<CliIo>
  /** What every command does; by default nothing, exit 0. */
  readonly work?: (command: CommandIo, options: unknown) => Promise<ExitCode>
}

const NAMES = [
  'check',
  'configShow',
  'open',
  'close',
  'status',
  'watch',
  'ordersList',
  'ordersCancel',
  'explain',
  'accountsList',
  'proxiesList',
  'proxiesTest',
  'pause',
  'resume',
  'adopt',
  'sim',
  'demo',
  'drill',
] as const

/** Runs a line in this process; the commands only note that they were called. */
export async function run(line: string, setup: RunSetup = {}): Promise<RunResult> {
  const calls: Call[] = []
  const work = setup.work ?? (() => Promise.resolve(0 as const))
  const runners = Object.fromEntries(
    NAMES.map((runner) => [
      runner,
      (command: CommandIo, options: unknown) => {
        calls.push({ runner, command, options })
        return work(command, options)
      },
    ]),
  ) as unknown as Runners
  let stdout = ''
  let stderr = ''
  const io: CliIo = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    isTerminal: false,
    columns: 100,
    env: {},
    cwd: '/work',
    home: '/home/trader',
    clock: createVirtualClock(),
    ...setup.io,
  }
  const argv = line.split(' ').filter((word) => word !== '')
  const exit = await runCli(argv, io, runners)
  return { exit, stdout, stderr, calls }
}
