/**
 * Which processes live, told by the kernel: each owner holds an exclusive SQLite lock on a small file of its own, and
 * the kernel frees it with the process, however that ends (DEPENDENCIES.md section 3, "single instance").
 *
 * Nothing else may open these files (nor the journal) with `node:fs`: closing any descriptor of a file drops all POSIX
 * locks that the process has on it.
 * @module
 */
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { assert, HedgebotError } from '../errors.ts'
import { isBusy } from './journal-error.ts'

export interface OwnerLocks {
  /**
   * Takes the lock of an owner; returns its release. Call within `whileOpening`.
   * @throws HedgebotError kind `busy`, code `owner_alive`, when a process holds it already
   */
  hold(ownerId: string): () => void
  /** True while a process holds the lock; a lock file without holder is removed. Missing means dead. */
  isAlive(ownerId: string): boolean
  /** Owners that live; removes the files of all others. Call within `whileOpening`. */
  living(): readonly string[]
  /** Runs alone among all processes that open the journal; waits up to `timeoutMs` for its turn. */
  whileOpening<T>(timeoutMs: number, work: () => T): T
}

const SUFFIX = '.lock'

/** Not an owner's: lacks the suffix. It is never removed, so that all openers meet at one file. */
const OPENING = 'opening'

/** Keeps the lock files in `folder`, which is made with mode 0700. */
export function createOwnerLocks(folder: string): OwnerLocks {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (ownerId: string): string => {
    assert(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(ownerId), 'an owner id is a plain file name')
    return join(folder, ownerId + SUFFIX)
  }
  const isAlive = (ownerId: string): boolean => isLocked(pathOf(ownerId))
  return {
    hold: (ownerId) => hold(pathOf(ownerId), ownerId),
    isAlive,
    living: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => name.slice(0, -SUFFIX.length))
        .filter(isAlive),
    whileOpening: (timeoutMs, work) => {
      const database = lock(join(folder, OPENING), timeoutMs)
      try {
        return work()
      } finally {
        database.close()
      }
    },
  }
}

function hold(path: string, ownerId: string): () => void {
  const database = tryLock(path)
  if (database === undefined) {
    throw new HedgebotError('busy', `a running process uses the owner id ${ownerId}`, {
      code: 'owner_alive',
      hint: 'every process and every journal needs an owner id of its own',
    })
  }
  return () => {
    if (!database.open) return
    // Removed while still held, so that nobody meets a file of ours without its lock.
    rmSync(path, { force: true })
    database.close()
  }
}

function tryLock(path: string): Database.Database | undefined {
  try {
    return lock(path, 0)
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}

/** The lock lasts as long as the returned database is open. Nothing is ever written to it. */
function lock(path: string, timeoutMs: number): Database.Database {
  createPrivately(path)
  const database = new Database(path, { timeout: timeoutMs })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** Only a file that did not exist is opened and closed here: see the note on POSIX locks above. */
function createPrivately(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** An error that is not a plain "no such file" is thrown: unknown is never taken for dead. */
function isLocked(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false
  let database: Database.Database
  try {
    database = new Database(path, { timeout: 0, fileMustExist: true })
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false
    throw error
  }
  try {
    // A read needs only a shared lock: two askers at once do not take each other for the owner.
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    rmSync(path, { force: true })
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    database.close()
  }
}
