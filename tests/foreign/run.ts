/**
 * Other people's Lighter clients, unmodified but for their URLs, trade on `hedgebot sim`.
 *
 *     npm run check:foreign                              all of them, about a minute after the download
 *     npm run check:foreign -- ccxt owner-keys           only these (names: clients.ts)
 *     npm run check:foreign -- --packages /tmp/foreign   packages are kept there for the next run
 *     npm run check:foreign -- --program <file>          `bin/hedgebot.js` of another build
 *
 * Their packages are installed from npm, without their scripts, into a temporary folder that goes away with the run;
 * they are no dependency of the project. Each client trades in a process of its own on a simulator of its own, with the
 * venue's limits and delays. The table has a line per step: `ok` or `FAIL`, how long it took, what the step is, and
 * what was seen or why it failed.
 *
 * Exit: 0 every step of every client held; 1 some did not; 2 wrong arguments; 3 nothing checked, because the npm
 * registry cannot be reached; 129, 130, 143 interrupted (SIGHUP or the parent has gone, SIGINT, SIGTERM). Interrupted
 * or not, its processes are ended and its temporary folder is removed.
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endAllChildren, track } from './child-processes.ts'
import type { ForeignClient } from './clients.ts'
import { FOREIGN_CLIENTS } from './clients.ts'
import { installPackages, NoNetworkError } from './install-packages.ts'
import { startSimProgram } from './sim-program.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_NO_NETWORK = 3
/** By convention 128 and the signal's number. */
const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
const PARENT_CHECK_MS = 500
/** The simulator's chain id: the testnet's, so that nothing signed here is worth anything on the real exchange. */
const CHAIN_ID = 300
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCENARIO_TIMEOUT_MS = 180_000

interface StepReport {
  readonly step: string
  readonly ok: boolean
  readonly detail: string
  readonly ms: number
}

type StopSignal = keyof typeof EXIT_BY_SIGNAL

let interruptedBy: StopSignal | undefined
const { flags, positionals } = readArguments()

process.exitCode = await main()

function readArguments() {
  try {
    const { values, positionals: names } = parseArgs({
      allowPositionals: true,
      options: { program: { type: 'string' }, packages: { type: 'string' } },
    })
    return { flags: values, positionals: names }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exit(EXIT_USAGE)
  }
}

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !FOREIGN_CLIENTS.some((one) => one.name === name))
  if (unknown.length > 0) {
    const known = FOREIGN_CLIENTS.map(({ name }) => name).join(', ')
    say(`no client ${unknown.join(', ')}; there are ${known}`)
    return EXIT_USAGE
  }
  const chosen = FOREIGN_CLIENTS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-foreign-'))
  leaveOnSignal(folder)
  try {
    const packages = flags.packages ?? join(folder, 'packages')
    await mkdir(packages, { recursive: true })
    const wanted = new Set(chosen.flatMap((client) => client.packages))
    await installPackages(packages, [...wanted])
    // Side by side: most of the time each waits for its own limits.
    const counts = await Promise.all(chosen.map((client) => check(client, folder, packages)))
    const failed = counts.reduce((sum, count) => sum + count, 0)
    say(failed === 0 ? 'every step held' : `${failed} steps did not hold`)
    if (interruptedBy !== undefined) return EXIT_BY_SIGNAL[interruptedBy]
    return failed === 0 ? 0 : EXIT_FAILED
  } catch (error) {
    if (interruptedBy !== undefined) return EXIT_BY_SIGNAL[interruptedBy]
    if (!(error instanceof NoNetworkError)) throw error
    say(`NOT CHECKED: the npm registry cannot be reached\n${error.message}`)
    return EXIT_NO_NETWORK
  } finally {
    await leaveNothing(folder)
  }
}

/** A terminal's Ctrl-C arrives more than once (from it, npm and tsx): the first one counts. */
function leaveOnSignal(folder: string): void {
  const leave = (signal: StopSignal): void => {
    if (interruptedBy !== undefined) return
    interruptedBy = signal
    void leaveNothing(folder).finally(() => process.exit(EXIT_BY_SIGNAL[signal]))
  }
  for (const signal of Object.keys(EXIT_BY_SIGNAL) as StopSignal[])
    process.on(signal, () => leave(signal))
  // The shell of `npm run` dies of a signal without passing it on.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) leave('SIGHUP')
  }, PARENT_CHECK_MS).unref()
}

async function leaveNothing(folder: string): Promise<void> {
  await endAllChildren()
  await rm(folder, { recursive: true, force: true })
}

/** Prints the table of one client; answers how many steps did not hold. */
async function check(client: ForeignClient, folder: string, packages: string): Promise<number> {
  const reports = await tryOut(client, folder, packages).catch((error: unknown) => [
    { step: 'the simulator starts', ok: false, detail: String(error), ms: 0 },
  ])
  const title = `\n${client.name} (${client.packages.join(', ')}: ${client.note})`
  say([title, ...reports.map(lineOf)].join('\n'))
  return reports.filter(({ ok }) => !ok).length
}

/** Starts a simulator for `client` and plays its scenario there. */
async function tryOut(
  client: ForeignClient,
  folder: string,
  packages: string,
): Promise<readonly StepReport[]> {
  const sim = await startSimProgram({
    folder: await mkdtemp(join(folder, 'sim-')),
    ...(flags.program === undefined ? {} : { program: flags.program }),
  })
  try {
    const { url, wsUrl, accounts, owners } = sim
    const world = { url, wsUrl, chainId: CHAIN_ID, accounts, owners }
    const reports = await play(client, JSON.stringify({ ...world, packages }))
    const { code, stderr } = await sim.end()
    if (code === 0) return reports
    const detail = stderr.slice(-500)
    return [...reports, { step: `the simulator ended with ${code}`, ok: false, detail, ms: 0 }]
  } finally {
    await sim.end()
  }
}

/** Runs the scenario in its own process; answers what it reports. */
async function play(client: ForeignClient, world: string): Promise<readonly StepReport[]> {
  const child = track(
    fork(fileURLToPath(new URL(client.scenario, import.meta.url)), [world], {
      cwd: ROOT,
      execArgv: client.isTypeScript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: SCENARIO_TIMEOUT_MS,
    }),
  )
  const reports: StepReport[] = []
  let complaints = ''
  let isDone = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  child.on('message', (message: StepReport | { readonly done: true }) => {
    if ('done' in message) isDone = true
    else reports.push(message)
  })
  await once(child, 'close')
  if (isDone && reports.length > 0) return reports
  const detail = complaints.trim().slice(-2000)
  return [...reports, { step: 'the scenario comes to its end', ok: false, detail, ms: 0 }]
}

function lineOf({ step, ok, detail, ms }: StepReport): string {
  return `${ok ? '  ok  ' : '  FAIL'} ${String(ms).padStart(6)} ms  ${step}${detail && `: ${detail}`}`
}

function say(text: string): void {
  // What an interrupt cut off says nothing about a client.
  if (interruptedBy !== undefined) return
  process.stdout.write(`${text}\n`)
}
