import { closeSync, openSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { assert, HedgebotError, messageOf } from '../errors.ts'
import type { Migration } from './migrations.ts'

export interface MigrateOptions {
  readonly file: string
  readonly migrations: readonly Migration[]
  /** Wall clock, for the names of backups. */
  readonly nowMs: number
  /** Other processes that have the journal open: a schema does not change under them. */
  readonly otherOwners: () => readonly string[]
}

/** Marks the file as a journal of hedgebot: the letters HBOT (`PRAGMA application_id`). */
const APPLICATION_ID = 0x48424f54

/**
 * Brings the file to the newest schema, forward only; before each step a copy of the file is made beside it
 * (`<file>.v<version>.<time>.backup`). Call within `OwnerLocks.whileOpening`.
 * @throws HedgebotError kind `journal`, codes `journal_newer`, `journal_foreign`, `migration_failed`; kind `busy`, code
 * `journal_in_use`
 */
export function migrate(database: Database.Database, options: MigrateOptions): void {
  const { file, migrations } = options
  const version = numberPragma(database, 'user_version')
  const newest = migrations.at(-1)?.version ?? 0
  assertOurs(database, file, version)
  if (version > newest) {
    throw new HedgebotError(
      'journal',
      `the journal ${file} has version ${version}, this hedgebot knows versions up to ${newest}`,
      { code: 'journal_newer', hint: 'use the newer hedgebot that wrote this journal' },
    )
  }
  const pending = migrations.filter((migration) => migration.version > version)
  // An empty file holds nothing that a backup could save and nobody who could be disturbed.
  if (version > 0 && pending.length > 0) assertAlone(options, version)
  for (const migration of pending) {
    const backup = version > 0 ? backUp(database, migration.version - 1, options) : undefined
    apply(database, migration, { file, backup })
  }
}

function assertOurs(database: Database.Database, file: string, version: number): void {
  const isEmpty = version === 0 && countTables(database) === 0
  if (isEmpty || numberPragma(database, 'application_id') === APPLICATION_ID) return
  throw new HedgebotError('journal', `${file} is a database of another program`, {
    code: 'journal_foreign',
    hint: 'move that file away or choose another state_dir',
  })
}

function assertAlone(options: MigrateOptions, version: number): void {
  const others = options.otherOwners()
  if (others.length === 0) return
  throw new HedgebotError(
    'busy',
    `the journal ${options.file} (version ${version}) must be converted, but ${others.join(', ')} uses it`,
    { code: 'journal_in_use', hint: 'end the other hedgebot processes (watch), then start again' },
  )
}

/** A copy by SQLite itself: it holds what is still in the write-ahead log, and drops no lock of this process. */
function backUp(database: Database.Database, version: number, options: MigrateOptions): string {
  const time = new Date(options.nowMs).toISOString().replaceAll(/[-:.]/g, '')
  const backup = `${options.file}.v${version}.${time}.backup`
  // Made before SQLite fills it, so that it is never readable by others.
  closeSync(openSync(backup, 'wx', 0o600))
  database.pragma('synchronous = FULL')
  database.prepare('VACUUM INTO ?').run(backup)
  return backup
}

function apply(
  database: Database.Database,
  migration: Migration,
  place: { readonly file: string; readonly backup: string | undefined },
): void {
  assert(!database.inTransaction, 'a migration runs in a transaction of its own')
  database.pragma('synchronous = FULL')
  try {
    database.exec('BEGIN IMMEDIATE')
    database.exec(migration.sql)
    database.pragma(`application_id = ${APPLICATION_ID}`)
    database.pragma(`user_version = ${migration.version}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    const kept = place.backup === undefined ? '' : `; a copy from before is ${place.backup}`
    throw new HedgebotError(
      'journal',
      `the journal ${place.file} could not be converted to version ${migration.version} and is ` +
        `unchanged${kept}: ${messageOf(error)}`,
      { code: 'migration_failed', hint: 'go on with the hedgebot used until now', cause: error },
    )
  }
}

function countTables(database: Database.Database): number {
  const sql = 'SELECT count(*) AS count FROM sqlite_schema'
  return database.prepare<[], { count: number }>(sql).get()?.count ?? 0
}

function numberPragma(database: Database.Database, name: string): number {
  const value = database.pragma(name, { simple: true })
  assert(typeof value === 'number', `pragma ${name} is a number`)
  return value
}
