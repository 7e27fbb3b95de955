import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { HedgebotError } from '../errors.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'

export interface OpenDatabaseOptions {
  readonly file: string
  /** How long a write waits for another process's transaction. */
  readonly busyTimeoutMs: number
  readonly nowMs: number
  readonly otherOwners: () => readonly string[]
  /** Only tests pass their own. */
  readonly migrations?: readonly Migration[]
}

/** Only a safety net (16 MB): copying the log back takes milliseconds and is done between trades, see session.ts. */
const LATEST_CHECKPOINT_PAGES = 4_000

/** A log that grew in a burst is cut back to this at the next checkpoint. */
const LARGEST_IDLE_WAL_BYTES = 4 * 2 ** 20

/**
 * Opens the journal's file (mode 0600, folder 0700) in WAL mode with the newest schema. Call within
 * `OwnerLocks.whileOpening`. Errors of SQLite and the file system are thrown as they are.
 * @throws HedgebotError as `migrate` does, and kind `journal`, code `journal_unwritable`
 */
export function openDatabase(options: OpenDatabaseOptions): Database.Database {
  const { file } = options
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  makePrivate(file)
  const database = new Database(file, { timeout: options.busyTimeoutMs })
  try {
    // Looks before it changes anything: the file may be foreign or newer.
    migrate(database, { ...options, migrations: options.migrations ?? MIGRATIONS })
    configure(database, file)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function configure(database: Database.Database, file: string): void {
  if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new HedgebotError('journal', `the journal ${file} cannot use a write-ahead log there`, {
      code: 'journal_unwritable',
      hint: 'put state_dir on a local disk, not on a network share',
    })
  }
  database.pragma('synchronous = FULL')
  // On macOS a plain fsync does not reach the disk; elsewhere these change nothing.
  database.pragma('fullfsync = ON')
  database.pragma('checkpoint_fullfsync = ON')
  database.pragma('foreign_keys = ON')
  database.pragma('trusted_schema = OFF')
  // A turn undoes its parts one by one if it must, and what that takes went to a temporary file when it grew: measured,
  // 142 µs for recording an order inside a turn, and 75 in memory. It has nothing to do with what survives.
  database.pragma('temp_store = MEMORY')
  database.pragma(`wal_autocheckpoint = ${LATEST_CHECKPOINT_PAGES}`)
  database.pragma(`journal_size_limit = ${LARGEST_IDLE_WAL_BYTES}`)
}

/** The log and its index take the mode of the file. An existing file is never opened here: see owner-locks.ts. */
function makePrivate(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) {
    closeSync(openSync(file, 'wx', 0o600))
    return
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}
