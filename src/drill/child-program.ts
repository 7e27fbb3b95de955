/**
 * The user's program as processes of its own, started the way a person or cron starts it.
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../ports.ts'

/** How a process ended. */
export interface ChildEnd {
  /** As typed, without the global options. */
  readonly command: string
  /** Null when a signal ended it. */
  readonly exit: number | null
  readonly signal: NodeJS.Signals | null
  /** The last document that it printed. */
  readonly document: Readonly<Record<string, unknown>>
}

/** A running process. */
export interface Child {
  readonly command: string
  readonly ended: Promise<ChildEnd>
  isOver(): boolean
  /** Lines of stdout so far. */
  lines(): readonly string[]
  send(signal: NodeJS.Signals): void
}

/** Starts processes and ends them all. */
export interface ChildStarter {
  start(command: string): Child
  /** Kills what still runs and waits until it is gone. */
  endAll(): Promise<void>
}

export interface ChildOptions {
  readonly configFile: string
  /** Stands in for the person's home: nothing of the real one is read or written. */
  readonly home: string
  /** Where relative parts of Node's own options are found. */
  readonly cwd: string
  readonly path: string
  readonly clock: Clock
}

/** Nothing in a drill takes longer; a process that hangs ends here. */
const LONGEST_MS = 150_000
/** A watch prints a document a line for as long as it runs. */
const LINES_KEPT = 1000

/** Processes with one configuration. */
export function createChildStarter(options: ChildOptions): ChildStarter {
  const running = new Set<Child>()
  return {
    start(command) {
      const child = startChild(options, command)
      const cancel = options.clock.setTimer(LONGEST_MS, () => child.send('SIGKILL'))
      running.add(child)
      void child.ended.finally(() => {
        cancel()
        running.delete(child)
      })
      return child
    },
    async endAll() {
      const left = [...running]
      for (const child of left) child.send('SIGKILL')
      await Promise.all(left.map((child) => child.ended))
    },
  }
}

function startChild(options: ChildOptions, command: string): Child {
  const argv = ['--config', options.configFile, '--yes', '--json', ...command.split(' ')]
  const child = spawn(process.execPath, [...programArgv(), ...argv], {
    cwd: options.cwd,
    env: { PATH: options.path, HOME: options.home },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let isOver = false
  let rest = ''
  const lines: string[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString()}`.split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT)
  })
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', () => {
      isOver = true
      resolve({ command, exit: null, signal: null, document: {} })
    })
    // `close` and not `exit`: then everything that it printed has been read.
    child.once('close', (exit, signal) => {
      isOver = true
      resolve({ command, exit, signal, document: readDocument(lines.at(-1)) })
    })
  })
  return {
    command,
    ended,
    isOver: () => isOver,
    lines: () => lines,
    send: (signal) => void child.kill(signal),
  }
}

/** The program that runs here: the compiled one, or its sources where those run. */
function programArgv(): readonly string[] {
  const isSource = import.meta.url.endsWith('.ts') && process.execArgv.join(' ').includes('tsx')
  if (!isSource) return [fileURLToPath(new URL('../../bin/hedgebot.js', import.meta.url))]
  const cli = JSON.stringify(new URL('../cli.ts', import.meta.url).href)
  const script = `
    const { argv } = process
    const { processIo, runCli } = await import(${cli})
    process.exitCode = await runCli(argv.slice(1), processIo())`
  return [...process.execArgv, '--input-type=module', '--eval', script, '--']
}

function readDocument(line: string | undefined): ChildEnd['document'] {
  try {
    const document: unknown = JSON.parse(line ?? '{}')
    return typeof document === 'object' && document !== null ? { ...document } : {}
  } catch {
    return {}
  }
}
