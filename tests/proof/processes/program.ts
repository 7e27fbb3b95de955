/** `hedgebot` as a process of its own, with its points watched, started the way cron or systemd start it. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import type { JsonDocument } from '../../commands/sim-cli.ts'
import { PRELOAD, PROGRAM } from './built-program.ts'

/** What happens to the process at a point: killed, stopped, or its disk is full from there on. */
export interface Deed {
  /** As the preload counts: `send-after:order#2`. */
  readonly at: string
  readonly what: 'kill' | 'stop' | 'full'
}

export interface ProgramOptions {
  /** Everything after `hedgebot`. */
  readonly argv: readonly string[]
  /** Where it looks for its own files. */
  readonly home: string
  /** A file of its own for the points that it passes. */
  readonly pointsFile: string
  readonly deed?: Deed | undefined
  /** By how much its wall clock is ahead. */
  readonly clockMs?: number | undefined
  /** By how much SIGUSR2 sets its wall clock. */
  readonly jumpMs?: number | undefined
  /** Stands before the command: `['setpriv', '--bounding-set=-all']`. */
  readonly wrapper?: readonly string[] | undefined
}

/** How a process ended. */
export interface ProgramEnd {
  readonly line: string
  /** Null when a signal ended it. */
  readonly exit: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The last document on stdout. */
  readonly json: JsonDocument
  /** In the order in which they were passed. */
  readonly points: readonly string[]
  readonly wallMs: number
}

/** A running process. */
export interface Program {
  readonly ended: Promise<ProgramEnd>
  isOver(): boolean
  /** Lines of stdout so far. */
  lines(): readonly string[]
  points(): readonly string[]
  pid(): number
  send(signal: NodeJS.Signals): void
}

/** Starts the compiled program. */
export function startProgram(options: ProgramOptions): Program {
  const clock = createSystemClock()
  const startMs = clock.monotonicMs()
  const [command = '', ...args] = [
    ...(options.wrapper ?? []),
    process.execPath,
    '--import',
    PRELOAD,
    PROGRAM,
    ...options.argv,
  ]
  const child = spawn(command, args, {
    cwd: options.home,
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  let isOver = false
  const points = (): readonly string[] => readPoints(options.pointsFile)
  const ended = endOf(child).then(({ exit, signal }): ProgramEnd => {
    isOver = true
    return {
      line: options.argv.join(' '),
      exit,
      signal,
      ...output,
      json: lastDocument(output.stdout),
      points: points(),
      wallMs: clock.monotonicMs() - startMs,
    }
  })
  return {
    ended,
    isOver: () => isOver,
    lines: () => output.stdout.split('\n').filter((line) => line !== ''),
    points,
    pid: () => child.pid ?? -1,
    send: (signal) => void child.kill(signal),
  }
}

/** Nothing of the tester's own environment reaches it. */
function environmentOf(options: ProgramOptions): NodeJS.ProcessEnv {
  const { home, pointsFile, deed, clockMs, jumpMs } = options
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    HEDGEBOT_PROOF_POINTS: pointsFile,
    ...(deed === undefined ? {} : { HEDGEBOT_PROOF_AT: deed.at, HEDGEBOT_PROOF_DO: deed.what }),
    ...(clockMs === undefined ? {} : { HEDGEBOT_PROOF_CLOCK: String(clockMs) }),
    ...(jumpMs === undefined ? {} : { HEDGEBOT_PROOF_JUMP: String(jumpMs) }),
  }
}

async function endOf(
  child: ChildProcess,
): Promise<{ readonly exit: number | null; readonly signal: NodeJS.Signals | null }> {
  // `close` and not `exit`: then everything that it printed has been read.
  const [exit, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { exit, signal }
}

function readPoints(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    // It died before it could name one.
    return []
  }
}

function lastDocument(stdout: string): JsonDocument {
  const line = stdout.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as JsonDocument
  } catch {
    return {}
  }
}
