/**
 * A journal in memory that knows one hedge as the file does: what is done in it is real work, and nobody sees it, waits
 * for it or finds it later. It takes no lock of the file.
 * @module
 */
import Database from 'better-sqlite3'
import type { Journal, JournalStage } from '../ports.ts'
import { MIGRATIONS } from './migrations.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import { createStatementCache, type Sql, type SqlValue } from './transactions.ts'

/** What a turn may read of a hedge, and what belongs to nobody in particular. */
const CONTENTS: readonly (readonly [table: string, rows: string])[] = [
  ['meta', ''],
  ['flags', ''],
  ['owners', ''],
  ['runs', ' WHERE run_id = (SELECT run_id FROM hedges WHERE hedge_id = ?)'],
  ['hedges', ' WHERE hedge_id = ?'],
  ['legs', ' WHERE hedge_id = ?'],
  ['orders', ' WHERE hedge_id = ?'],
  ['fills', ' WHERE hedge_id = ?'],
  [
    'lanes',
    ` WHERE (account_index, api_key_index) IN
       (SELECT account_index, api_key_index FROM legs WHERE hedge_id = ?)`,
  ],
]

/** Written by what is done on the stage, and never taken from the file. */
const LEFT_BEHIND = ['events', 'spend', 'accounts', 'watched_accounts']

type Row = Readonly<Record<string, SqlValue>>

export interface StageOptions {
  /** Of the journal that the stage takes its hedges from. */
  readonly session: Session
  /** What that session was made with. */
  readonly sessionOptions: SessionOptions
  /** Makes a journal of a session. */
  readonly assemble: (stage: Session) => Journal
}

/**
 * Opens an empty stage. A statement that is used on it is prepared for the journal as well: its first real use would
 * else take a part of a millisecond longer.
 */
export function openStage({ session, sessionOptions, assemble }: StageOptions): JournalStage {
  const database = new Database(':memory:')
  for (const { sql } of MIGRATIONS) database.exec(sql)
  // Events are never deleted, but for those that nobody was to read.
  database.exec('DROP TRIGGER events_are_not_deleted')
  // What a row refers to may have stayed behind.
  database.pragma('foreign_keys = OFF')
  const stage = createSession({ ...sessionOptions, database, onPrepared: session.sql })
  const sql = createStatementCache(database)
  return {
    journal: assemble(stage),
    load(hedgeId) {
      const contents = session.read(() =>
        CONTENTS.map(([table, rows]) => ({
          table,
          rows: readRows(session, table + rows, hedgeId),
        })),
      )
      stage.write(() => {
        for (const table of LEFT_BEHIND) sql(`DELETE FROM ${table}`).run()
        for (const { table, rows } of contents) replaceRows(sql, table, rows)
      })
    },
    close: () => database.close(),
  }
}

function readRows(session: Session, from: string, hedgeId: string): readonly Row[] {
  const statement = session.sql<Row>(`SELECT * FROM ${from}`)
  return from.includes('?') ? statement.all(hedgeId) : statement.all()
}

function replaceRows(sql: Sql, table: string, rows: readonly Row[]): void {
  sql(`DELETE FROM ${table}`).run()
  for (const row of rows) {
    const names = Object.keys(row)
    const places = names.map(() => '?').join()
    sql(`INSERT INTO ${table} (${names.join()}) VALUES (${places})`).run(...Object.values(row))
  }
}
