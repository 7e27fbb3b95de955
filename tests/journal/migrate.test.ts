import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS, type Migration } from '../../src/journal/migrations.ts'
import { openDatabase } from '../../src/journal/open-database.ts'
import { failureOf, type JournalHouse, makeHouse } from './support/journal-fixture.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12, 30, 15, 123)

/** What a journal has that this program makes. */
const NEWEST = MIGRATIONS.length

const SECOND: Migration = {
  version: NEWEST + 1,
  sql: "ALTER TABLE accounts ADD COLUMN tier TEXT; UPDATE accounts SET tier = 'standard';",
}
const THIRD: Migration = {
  version: NEWEST + 2,
  sql: 'CREATE TABLE tiers (tier TEXT PRIMARY KEY) STRICT;',
}
const BROKEN: Migration = {
  version: NEWEST + 2,
  sql: 'CREATE TABLE tiers (x TEXT) STRICT; DROP TABLE none;',
}

/** A journal with one account, closed; the steps of these tests come after its own. */
function makeOldJournal(): JournalHouse {
  const house = makeHouse()
  const journal = house.open('old')
  journal.saveAccountFacts(7, { l1Address: '0xabc' })
  journal.close()
  return house
}

function openWith(
  house: JournalHouse,
  migrations: readonly Migration[],
  otherOwners: readonly string[] = [],
): Database.Database {
  return openDatabase({
    file: house.file,
    busyTimeoutMs: 100,
    nowMs: NOW_MS,
    otherOwners: () => otherOwners,
    migrations: [...MIGRATIONS, ...migrations],
  })
}

const backupsOf = (house: JournalHouse): string[] =>
  readdirSync(dirname(house.file)).filter((name) => name.endsWith('.backup'))

const versionOf = (database: Database.Database): unknown =>
  database.pragma('user_version', { simple: true })

describe('migrations', () => {
  it('count up by one', () => {
    expect(MIGRATIONS.map((migration) => migration.version)).toEqual(
      MIGRATIONS.map((_, position) => position + 1),
    )
  })

  it('make every table STRICT', () => {
    const house = makeOldJournal()
    const database = new Database(house.file)
    const loose = database
      .prepare("SELECT name FROM pragma_table_list WHERE strict = 0 AND name NOT LIKE 'sqlite_%'")
      .all()
    expect(loose).toEqual([])
    database.close()
  })

  it('bring a journal of every earlier version to the newest, with what it holds', () => {
    for (const first of MIGRATIONS.keys()) {
      const house = makeHouse()
      const steps = MIGRATIONS.slice(0, first + 1)
      const old = openDatabase({
        file: house.file,
        busyTimeoutMs: 100,
        nowMs: NOW_MS,
        otherOwners: () => [],
        migrations: steps,
      })
      old.exec("INSERT INTO accounts VALUES (9, '0x9', 0)")
      old.close()
      const journal = house.open('new')
      expect(journal.accountFacts(9)).toEqual({ l1Address: '0x9' })
      journal.close()
      expect(backupsOf(house)).toHaveLength(NEWEST - steps.length)
    }
  })

  it('need no backup for a new file', () => {
    expect(backupsOf(makeOldJournal())).toEqual([])
  })

  it('copy the file before each step, readable only by the owner', () => {
    const house = makeOldJournal()
    const database = openWith(house, [SECOND, THIRD])
    expect(versionOf(database)).toBe(NEWEST + 2)
    expect(database.prepare('SELECT account_index, tier FROM accounts').all()).toEqual([
      { account_index: 7, tier: 'standard' },
    ])
    database.close()

    const names = [
      `journal.db.v${NEWEST}.20261122T123015123Z.backup`,
      `journal.db.v${NEWEST + 1}.20261122T123015123Z.backup`,
    ]
    expect(backupsOf(house)).toEqual(names)
    names.forEach((name, position) => {
      const path = join(dirname(house.file), name)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      const backup = new Database(path, { readonly: true })
      expect(versionOf(backup)).toBe(NEWEST + position)
      expect(backup.prepare('SELECT l1_address FROM accounts').all()).toEqual([
        { l1_address: '0xabc' },
      ])
      backup.close()
    })
  })

  it('save in the backup what is only in the write-ahead log yet', () => {
    const house = makeOldJournal()
    const writer = new Database(house.file)
    writer.pragma('wal_autocheckpoint = 0')
    writer.exec("INSERT INTO accounts VALUES (8, '0xdef', 0)")
    const database = openWith(house, [SECOND])
    const [name = ''] = backupsOf(house)
    const backup = new Database(join(dirname(house.file), name), { readonly: true })
    expect(backup.prepare('SELECT account_index FROM accounts').pluck().all()).toEqual([7, 8])
    for (const open of [backup, database, writer]) open.close()
  })

  it('change nothing and name the backup when a step fails', () => {
    const house = makeOldJournal()
    expect(failureOf(() => openWith(house, [SECOND, BROKEN]))).toBe('journal:migration_failed')
    const database = new Database(house.file)
    expect(versionOf(database)).toBe(NEWEST + 1)
    expect(
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'tiers'").get(),
    ).toBeUndefined()
    database.close()
    expect(backupsOf(house)).toHaveLength(2)
  })

  it('wait until no other process uses the journal', () => {
    const house = makeOldJournal()
    expect(failureOf(() => openWith(house, [SECOND], ['watch-1']))).toBe('busy:journal_in_use')
    expect(() => openWith(house, [SECOND], ['watch-1'])).toThrow(/watch-1/)
    expect(backupsOf(house)).toEqual([])
    openWith(house, [SECOND], []).close()
  })

  it('do nothing to a file of the newest version, whoever else uses it', () => {
    const house = makeOldJournal()
    openWith(house, [SECOND]).close()
    openWith(house, [SECOND], ['watch-1']).close()
    expect(backupsOf(house)).toHaveLength(1)
  })
})
