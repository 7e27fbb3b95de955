/** The compiled program as a process of its own, timed from outside. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../../bin/hedgebot.js', import.meta.url))

/** One run of a process. */
export interface ProgramRun {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
  /** From the start of the process to its end. */
  readonly wallMs: number
}

/** Runs `hedgebot <argv>`; `home` is where it looks for its own files. */
export function runProgram(argv: readonly string[], home: string): Promise<ProgramRun> {
  return runNode([PROGRAM, ...argv], home)
}

/** Runs Node with nothing to do: the counterpart of every start-up. */
export function runEmpty(home: string): Promise<ProgramRun> {
  return runNode(['-e', '0'], home)
}

function runNode(argv: readonly string[], home: string): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now()
    const child = spawn(process.execPath, argv, {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (exit) =>
      resolve({ exit, stdout, stderr, wallMs: performance.now() - startMs }),
    )
  })
}
