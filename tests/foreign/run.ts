/**
 * Other people's Lighter clients, unmodified but for their URLs, on `hedgebot sim`: `npx tsx tests/foreign/run.ts
 * [client...]`. Installs them from npm into a temporary folder that goes away with the run; they are no dependency of
 * the project. Each client trades in a process of its own on a simulator of its own, with the venue's limits and delays.
 *
 * Exit: 0 every step of every client held, 1 some did not, 2 unknown client, 3 nothing checked (no network).
 * `--program <file>` takes `bin/hedgebot.js` of another build; `--packages <folder>` keeps the installed packages there.
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ForeignClient } from './clients.ts'
import { FOREIGN_CLIENTS } from './clients.ts'
import { installPackages, NoNetworkError } from './install-packages.ts'
import { type SimProgram, startSimProgram } from './sim-program.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_NO_NETWORK = 3
const EXIT_INTERRUPTED = 130
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
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

/** Simulators to end, whatever happens. */
const running = new Set<SimProgram>()

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { program: { type: 'string' }, packages: { type: 'string' } },
})

process.exitCode = await main()

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
  const onSignal = (): void => void leaveNothing(folder).then(() => process.exit(EXIT_INTERRUPTED))
  for (const signal of SIGNALS) process.once(signal, onSignal)
  try {
    const packages = flags.packages ?? join(folder, 'packages')
    await mkdir(packages, { recursive: true })
    const wanted = new Set(chosen.flatMap((client) => client.packages))
    await installPackages(packages, [...wanted])
    // Side by side: most of the time each waits for its own limits.
    const counts = await Promise.all(chosen.map((client) => check(client, folder, packages)))
    const failed = counts.reduce((sum, count) => sum + count, 0)
    say(failed === 0 ? 'every step held' : `${failed} steps did not hold`)
    return failed === 0 ? 0 : EXIT_FAILED
  } catch (error) {
    if (!(error instanceof NoNetworkError)) throw error
    say(`NOT CHECKED: the npm registry cannot be reached\n${error.message}`)
    return EXIT_NO_NETWORK
  } finally {
    await leaveNothing(folder)
  }
}

async function leaveNothing(folder: string): Promise<void> {
  await Promise.all([...running].map((sim) => sim.end()))
  await rm(folder, { recursive: true, force: true })
}

/** Answers how many steps did not hold. */
async function check(client: ForeignClient, folder: string, packages: string): Promise<number> {
  const home = await mkdtemp(join(folder, 'sim-'))
  const sim = await startSimProgram({
    folder: home,
    ...(flags.program === undefined ? {} : { program: flags.program }),
  })
  running.add(sim)
  const lines = [`\n${client.name} (${client.packages.join(', ')}: ${client.note})`]
  try {
    const world = { url: sim.url, wsUrl: sim.wsUrl, chainId: CHAIN_ID, accounts: sim.accounts }
    const reports = await play(client, JSON.stringify({ ...world, packages }))
    const { code, stderr } = await sim.end()
    const detail = stderr.slice(-500)
    const ending = { step: `the simulator ended with ${code}`, ok: code === 0, detail, ms: 0 }
    const all = code === 0 ? reports : [...reports, ending]
    lines.push(...all.map(lineOf))
    return all.filter(({ ok }) => !ok).length
  } finally {
    await sim.end()
    say(lines.join('\n'))
  }
}

/** Runs the scenario in its own process; answers what it reports. */
async function play(client: ForeignClient, world: string): Promise<readonly StepReport[]> {
  const child = fork(fileURLToPath(new URL(client.scenario, import.meta.url)), [world], {
    cwd: ROOT,
    execArgv: client.isTypeScript ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: SCENARIO_TIMEOUT_MS,
  })
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
  process.stdout.write(`${text}\n`)
}
