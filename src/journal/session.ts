import { statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { assert, HedgebotError } from '../errors.ts'
import type { Clock, Owner } from '../ports.ts'
import { translateJournalError } from './journal-error.ts'
import type { OwnerLocks } from './owner-locks.ts'
import { createTransactions, type Durability, type Sql } from './transactions.ts'

/** What the parts of the journal work with: one connection, who we are, and transactions. */
export interface Session {
  readonly owner: Owner
  readonly leaseMs: number
  readonly locks: OwnerLocks
  /** Wall clock in whole milliseconds. */
  nowMs(): number
  /** A prepared statement, kept for the next use. `Row` is what the schema promises for these columns. */
  readonly sql: Sql
  isInTransaction(): boolean
  /**
   * Runs work in one transaction (BEGIN IMMEDIATE). A call inside another one joins it: its changes are committed with
   * the outer one, and when it throws they are undone alone, so that the outer one may catch and go on.
   * @throws HedgebotError kinds `journal` and `bug`; whatever `work` throws, after everything was rolled back
   */
  transaction<T>(durability: Durability, work: () => T): T
  /** A change: joins the transaction around it, else is one of its own with durability `normal`. */
  write<T>(work: () => T): T
  /** Several reads that see one state. */
  read<T>(work: () => T): T
  /** A rule that must hold at every commit; it throws when broken, and everything is rolled back. */
  beforeCommit(check: () => void): void
  /**
   * Who writes into a file that was deleted or replaced shares nothing with the processes that came later.
   * @throws HedgebotError kind `journal`, code `journal_replaced`
   */
  assertFileInPlace(): void
  /**
   * Copies the write-ahead log back into the file when it has grown. For moments when nothing is urgent: measured, it
   * takes up to 6 ms, which would else fall on whichever commit is due, an order's too.
   */
  tidy(): void
  close(): void
}

/** Changed rows after which `tidy` has something to do; about 1 MB of log. */
const CHANGES_BETWEEN_CHECKPOINTS = 100

export interface SessionOptions {
  readonly database: Database.Database
  readonly file: string
  readonly clock: Clock
  readonly owner: Owner
  readonly leaseMs: number
  readonly locks: OwnerLocks
  /** Hears of every statement that is prepared. */
  readonly onPrepared?: (text: string) => void
}

/** Makes the session of one connection; it has exactly one user at a time, since everything is synchronous. */
export function createSession(options: SessionOptions): Session {
  const { database, file, clock, owner, leaseMs, locks } = options
  const transactions = createTransactions(database, options.onPrepared)
  const tidy = createTidy(database, transactions.sql)
  const guarded = <T>(work: () => T): T => {
    assert(database.open, 'the journal is open')
    try {
      return work()
    } catch (error) {
      throw translateJournalError(error, file)
    }
  }
  const transaction = <T>(durability: Durability, work: () => T): T =>
    guarded(() => transactions.run(durability, work))
  return {
    owner,
    leaseMs,
    locks,
    nowMs: () => Math.floor(clock.now()),
    sql: transactions.sql,
    isInTransaction: () => database.inTransaction,
    transaction,
    write: (work) => transaction(transactions.current() ?? 'normal', work),
    read: (work) => guarded(() => transactions.read(work)),
    beforeCommit: (check) => transactions.checks.push(check),
    assertFileInPlace: createPlaceCheck(file),
    tidy: () => {
      guarded(tidy)
    },
    close: () => database.close(),
  }
}

function createTidy(database: Database.Database, sql: Sql): () => void {
  let tidiedAt = 0
  return () => {
    if (database.inTransaction) return
    const { changes } = sql<{ changes: number }>('SELECT total_changes() AS changes').get() ?? {}
    if (changes === undefined || changes - tidiedAt < CHANGES_BETWEEN_CHECKPOINTS) return
    tidiedAt = changes
    // Passive: takes what no reader needs and waits for nobody.
    database.pragma('wal_checkpoint(PASSIVE)')
  }
}

function createPlaceCheck(file: string): () => void {
  const opened = statSync(file)
  return () => {
    const now = statSync(file, { throwIfNoEntry: false })
    if (now?.ino === opened.ino && now.dev === opened.dev) return
    throw new HedgebotError('journal', `the journal ${file} was deleted or replaced while in use`, {
      code: 'journal_replaced',
      hint: 'end all hedgebot processes, put the right file in its place, then start again',
    })
  }
}
