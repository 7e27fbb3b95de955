import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { ROOT } from '../../source-files.ts'

const DEMO = fileURLToPath(new URL('live-demo.ts', import.meta.url))
/** From util-linux; lends a terminal to a program. */
const LENDER = 'script'

/** True where `script` of util-linux can lend a terminal. */
export const HAS_TERMINAL =
  process.platform === 'linux' &&
  /util-linux/.test(spawnSync(LENDER, ['--version']).stdout?.toString() ?? '')

/** The demo on a terminal of its own. */
export interface TerminalRun {
  /** Everything that came out of the terminal so far. */
  text(): string
  type(keys: string): void
  /** To the demo itself. */
  signal(signal: NodeJS.Signals): void
  /** What `fg` does after a stop: the demo, its shell and whoever lends the terminal go on. */
  goOn(): void
  /** `T` while it is stopped. */
  processState(): string
  /** Takes the terminal away, as closing its window does. */
  hangUp(): void
  /** What the demo was told, also when the terminal is gone. */
  said(): string
  isAlive(): boolean
  waitFor(pattern: RegExp): Promise<void>
}

/** Starts the demo at 100x30 and waits for its table. Afterwards the terminal says its modes as `modes: ...`. */
export async function runOnTerminal(fault = 'none', accounts = 20): Promise<TerminalRun> {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-terminal-'))
  const pidFile = join(folder, 'pid')
  const demo = `"${process.execPath}" --import tsx "${DEMO}" ${accounts} 100 ${fault} ${pidFile}`
  const line = `stty rows 30 cols 100; ${demo}; echo "exit: $?"; echo "modes: $(stty -a | tr '\\n' ' ')"`
  const child = spawn(LENDER, ['-qfec', line, '/dev/null'], {
    cwd: ROOT,
    env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    text += chunk
  })
  child.stdin.on('error', () => {})
  const pid = (): number => Number(readFileSync(pidFile, 'utf8'))
  const isAlive = (): boolean => existsSync(`/proc/${pid()}`)
  onTestFinished(() => {
    child.kill('SIGKILL')
    if (existsSync(pidFile) && isAlive()) process.kill(pid(), 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const waitFor = (pattern: RegExp): Promise<void> =>
    vi.waitFor(
      () => {
        if (!pattern.test(text))
          throw new Error(`${pattern} is not in ${JSON.stringify(text.slice(-600))}`)
      },
      { timeout: 15_000, interval: 20 },
    )
  await waitFor(/account_1 /)
  return {
    text: () => text,
    type: (keys) => child.stdin.write(keys),
    signal: (signal) => process.kill(pid(), signal),
    goOn() {
      const [, , group] = (readFileSync(`/proc/${pid()}/stat`, 'utf8').split(') ')[1] ?? '').split(
        ' ',
      )
      child.kill('SIGCONT')
      process.kill(-Number(group), 'SIGCONT')
    },
    processState: () => readFileSync(`/proc/${pid()}/stat`, 'utf8').split(') ')[1]?.[0] ?? '',
    hangUp: () => child.kill('SIGKILL'),
    said: () => (existsSync(`${pidFile}.said`) ? readFileSync(`${pidFile}.said`, 'utf8') : ''),
    isAlive,
    waitFor,
  }
}
