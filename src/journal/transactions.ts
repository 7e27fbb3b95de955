import type Database from 'better-sqlite3'
import { assert, HedgebotError } from '../errors.ts'

/** `full` survives power loss, `normal` the end of the process (`PRAGMA synchronous`). */
export type Durability = 'full' | 'normal'

/** Anything that a column takes. */
export type SqlValue = string | number | null

/** A prepared statement, kept for the next use. `Row` is what the schema promises for its columns. */
export type Sql = <Row = never>(text: string) => Database.Statement<SqlValue[], Row>

/** Transactions of one connection. Errors of SQLite are thrown as they are. */
export interface Transactions {
  readonly sql: Sql
  /** Run before every commit; what they throw rolls back. */
  readonly checks: (() => void)[]
  /** Durability of the transaction that runs; undefined outside. */
  current(): Durability | undefined
  /** Runs work in a transaction, or joins the one that runs. */
  run<T>(durability: Durability, work: () => T): T
  /** Runs reads that see one state. */
  read<T>(work: () => T): T
}

interface Connection {
  readonly database: Database.Database
  readonly sql: Sql
  readonly checks: (() => void)[]
  synchronous: Durability | undefined
  running: Durability | undefined
}

/** Makes the transactions of a connection, which has one user at a time: everything is synchronous. */
export function createTransactions(
  database: Database.Database,
  onPrepared?: (text: string) => void,
): Transactions {
  const connection: Connection = {
    database,
    sql: createStatementCache(database, onPrepared),
    checks: [],
    synchronous: undefined,
    running: undefined,
  }
  return {
    sql: connection.sql,
    checks: connection.checks,
    current: () => connection.running,
    run: (durability, work) =>
      connection.running === undefined
        ? runOuter(connection, durability, work)
        : runNested(connection, durability, work),
    read: (work) => read(connection, work),
  }
}

/** Prepares each text once. `onPrepared` hears of it. */
export function createStatementCache(
  database: Database.Database,
  onPrepared?: (text: string) => void,
): Sql {
  const statements = new Map<string, Database.Statement<SqlValue[]>>()
  return <Row>(text: string) => {
    let statement = statements.get(text)
    if (statement === undefined) {
      statement = database.prepare<SqlValue[]>(text)
      statements.set(text, statement)
      onPrepared?.(text)
    }
    // The schema is STRICT and has checks: what a query returns has the types of its columns.
    return statement as Database.Statement<SqlValue[], Row>
  }
}

function runOuter<T>(connection: Connection, durability: Durability, work: () => T): T {
  const { database, sql } = connection
  // Measured: a switch costs 4 µs; a second connection for the other level saves that and doubles all caches.
  if (connection.synchronous !== durability) database.pragma(`synchronous = ${durability}`)
  connection.synchronous = durability
  // Immediate: two readers that both want to write next would else fail instead of waiting.
  sql('BEGIN IMMEDIATE').run()
  connection.running = durability
  try {
    const result = settled(work())
    for (const check of connection.checks) check()
    assertStillOpen(database)
    sql('COMMIT').run()
    return result
  } catch (error) {
    if (database.inTransaction) sql('ROLLBACK').run()
    throw error
  } finally {
    connection.running = undefined
  }
}

function runNested<T>(connection: Connection, durability: Durability, work: () => T): T {
  const { database, sql } = connection
  // The level cannot change inside: to commit with less than was asked for would be a lie.
  assert(
    connection.running === 'full' || durability === 'normal',
    'a full transaction does not run inside a normal one',
  )
  assertStillOpen(database)
  sql('SAVEPOINT nested').run()
  try {
    const result = settled(work())
    sql('RELEASE nested').run()
    return result
  } catch (error) {
    // After a full disk or an input/output error SQLite has rolled everything back itself.
    if (database.inTransaction) {
      sql('ROLLBACK TO nested').run()
      sql('RELEASE nested').run()
    }
    throw error
  }
}

function read<T>({ database, sql }: Connection, work: () => T): T {
  if (database.inTransaction) return work()
  sql('BEGIN').run()
  try {
    return work()
  } finally {
    if (database.inTransaction) sql('COMMIT').run()
  }
}

/** A promise would go on after the commit. */
function settled<T>(result: T): T {
  const isPromise = typeof result === 'object' && result !== null && 'then' in result
  assert(!isPromise, 'the work of a transaction is synchronous')
  return result
}

/** Work that caught the first error must not go on outside of any transaction. */
function assertStillOpen(database: Database.Database): void {
  if (database.inTransaction) return
  throw new HedgebotError('journal', 'SQLite rolled back the transaction after an error in it', {
    code: 'journal_unwritable',
    hint: 'the first error in the log says why: the disk may be full or failing',
  })
}
