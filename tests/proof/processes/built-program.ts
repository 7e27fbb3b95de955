/** The compiled program, compiled again when it is older than its sources. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { ROOT } from '../../source-files.ts'

/** What a user starts. */
export const PROGRAM = join(ROOT, 'bin', 'hedgebot.js')

/** Names the points that a process passes (`node --import`). */
export const PRELOAD = join(ROOT, 'tests', 'proof', 'processes', 'preload.mjs')

/** A build takes seconds; a lock older than this was left by a process that was killed. */
const STALE_LOCK_MS = 120_000
const LOOK_MS = 100

/**
 * Builds when it is due. Two test files at once would write the same files: one waits for the other.
 * @throws Error when it does not compile
 */
export async function ensureBuilt(): Promise<void> {
  const lock = join(ROOT, 'node_modules', '.cache', 'hedgebot-proof-build.lock')
  mkdirSync(join(lock, '..'), { recursive: true })
  while (!tryLock(lock)) await createSystemClock().sleep(LOOK_MS)
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'bin', 'prepare.js')],
      { cwd: ROOT, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(`the program cannot be built:\n${stdout}${stderr}`)
  } finally {
    rmdirSync(lock)
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    const madeMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (madeMs !== undefined && createSystemClock().now() - madeMs > STALE_LOCK_MS) rmdirSync(lock)
    return false
  }
}
