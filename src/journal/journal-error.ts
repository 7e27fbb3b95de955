import Database from 'better-sqlite3'
import { HedgebotError, messageOf } from '../errors.ts'

interface Meaning {
  readonly code: string
  readonly what: string
  readonly hint: string
  readonly isRetryable?: boolean
  readonly isFatal?: boolean
}

const LOCKED: Meaning = {
  code: 'journal_locked',
  what: 'is locked by another program for too long',
  hint:
    'end whatever keeps the file open for writing (a database browser, a backup) and end or wake a hedgebot process ' +
    'that is suspended, then try again',
  // The lock ends with its holder: the next tick may write again.
  isRetryable: true,
  isFatal: false,
}

const CORRUPT: Meaning = {
  code: 'journal_corrupt',
  what: 'is damaged or is not a journal',
  hint: 'move it away together with its -wal and -shm files, put a backup in its place or run "hedgebot adopt"',
}

const FULL: Meaning = {
  code: 'journal_unwritable',
  what: 'cannot be written, the disk is full',
  hint: 'free some space on the disk of the state directory',
}

const UNWRITABLE: Meaning = {
  code: 'journal_unwritable',
  what: 'cannot be opened or written',
  hint: 'check that the state directory and the file belong to you and that the disk is writable',
}

/** Result codes of SQLite (extended ones begin with these) that the world causes; the first match counts. */
const MEANINGS: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['SQLITE_BUSY', LOCKED],
  ['SQLITE_LOCKED', LOCKED],
  ['SQLITE_CORRUPT', CORRUPT],
  ['SQLITE_NOTADB', CORRUPT],
  ['SQLITE_FULL', FULL],
  ['SQLITE_READONLY', UNWRITABLE],
  ['SQLITE_IOERR', UNWRITABLE],
  ['SQLITE_CANTOPEN', UNWRITABLE],
  ['SQLITE_PERM', UNWRITABLE],
  ['SQLITE_NOMEM', UNWRITABLE],
  ['SQLITE_PROTOCOL', LOCKED],
]

/**
 * Turns what SQLite or the file system threw into an error with place and hint: kind `journal` for the world's
 * mistakes, kind `bug` for a broken rule of the schema. Everything else is handed back unchanged.
 */
export function translateJournalError(error: unknown, file: string): unknown {
  if (error instanceof Database.SqliteError) return translateSqlite(error, file)
  if (isFileSystemError(error)) {
    return journalError(error.code === 'ENOSPC' ? FULL : UNWRITABLE, file, error)
  }
  return error
}

/** True when SQLite gave up waiting for a lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

function translateSqlite(error: Error & { readonly code: string }, file: string): HedgebotError {
  for (const [prefix, meaning] of MEANINGS) {
    if (error.code.startsWith(prefix)) return journalError(meaning, file, error)
  }
  return new HedgebotError('bug', `the journal ${file} refused a change: ${error.message}`, {
    code: 'journal_rule_broken',
    cause: error,
  })
}

function journalError(meaning: Meaning, file: string, cause: Error): HedgebotError {
  const { code, what, hint, isRetryable, isFatal } = meaning
  return new HedgebotError('journal', `the journal ${file} ${what}: ${messageOf(cause)}`, {
    code,
    hint,
    cause,
    ...(isRetryable === undefined ? {} : { isRetryable }),
    ...(isFatal === undefined ? {} : { isFatal }),
  })
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}
