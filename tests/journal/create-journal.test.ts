import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { createJournal } from '../../src/journal/create-journal.ts'
import {
  countingRng,
  failureOf,
  makeFolder,
  makeHouse,
  optionsOf,
} from './support/journal-fixture.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('opening the journal', () => {
  it('makes a private file in a private folder, log and locks included', () => {
    const house = makeHouse()
    house.open('one').addEvent({
      level: 'info',
      kind: 'test',
      message: 'something to write',
      runId: undefined,
      hedgeId: undefined,
      account: undefined,
    })
    const folder = dirname(house.file)
    expect(modeOf(folder)).toBe(0o700)
    expect(modeOf(join(folder, 'locks'))).toBe(0o700)
    for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm', 'locks/one.lock']) {
      expect([name, modeOf(join(folder, name))]).toEqual([name, 0o600])
    }
  })

  it('takes the rights of others away from a file that is there', () => {
    const house = makeHouse()
    house.open('one').close()
    chmodSync(house.file, 0o664)
    house.open('two')
    expect(modeOf(house.file)).toBe(0o600)
  })

  it('keeps its instance over openings and gives another file another one', () => {
    const house = makeHouse()
    const first = house.open('one', { rng: countingRng(1) })
    expect(first.instance).toBe(0x102)
    first.close()
    expect(house.open('two', { rng: countingRng(9) }).instance).toBe(0x102)
    expect(makeHouse().open('three', { rng: countingRng(9) }).instance).toBe(0x90a)
  })

  it('refuses an owner id that a running process uses, and takes it when that one is gone', () => {
    const house = makeHouse()
    const first = house.open('same')
    expect(failureOf(() => house.open('same'))).toBe('busy:owner_alive')
    first.close()
    house.open('same').liveHedges()
  })

  it('leaves no lock file behind and refuses work after closing', () => {
    const house = makeHouse()
    const journal = house.open('one')
    journal.close()
    journal.close()
    expect(readdirSync(join(dirname(house.file), 'locks'))).toEqual(['opening'])
    expect(failureOf(() => journal.liveHedges())).toBe('bug:assertion_failed')
  })
})

describe('a journal that cannot be used', () => {
  const open = (file: string): void => {
    createJournal(optionsOf({ file, ownerId: 'one', clock: makeHouse().clock })).close()
  }

  it('says where, when the folder cannot be made', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'state'), 'a file where a folder should be')
    const file = join(folder, 'state', 'journal.db')
    expect(failureOf(() => open(file))).toBe('journal:journal_unwritable')
    expect(() => open(file)).toThrow(file)
  })

  it('says where, when the file is a folder', () => {
    const file = join(makeFolder(), 'journal.db')
    mkdirSync(file)
    expect(failureOf(() => open(file))).toBe('journal:journal_unwritable')
  })

  it('names a file that is not a database as damaged and leaves it alone', () => {
    const file = join(makeFolder(), 'journal.db')
    const text = 'this is not a database at all, but long enough for a header '.repeat(20)
    writeFileSync(file, text)
    expect(failureOf(() => open(file))).toBe('journal:journal_corrupt')
    expect(statSync(file).size).toBe(text.length)
  })

  it('names a damaged page', () => {
    const house = makeHouse()
    const journal = house.open('one')
    for (let n = 0; n < 200; n += 1) journal.beginRun({ command: 'x'.repeat(500) })
    journal.close()
    const database = new Database(house.file)
    const page = database
      .prepare<[], { rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'runs'")
      .get()
    database.close()
    overwrite(house.file, ((page?.rootpage ?? 0) - 1) * 4096)
    const damaged = house.open('two')
    expect(failureOf(() => damaged.beginRun({ command: 'open' }))).toBe('journal:journal_corrupt')
  })

  it('refuses the database of another program without touching it', () => {
    const file = join(makeFolder(), 'journal.db')
    const database = new Database(file)
    database.exec('CREATE TABLE theirs (x)')
    database.close()
    expect(failureOf(() => open(file))).toBe('journal:journal_foreign')
    const again = new Database(file)
    expect(again.pragma('journal_mode', { simple: true })).toBe('delete')
    again.close()
  })

  it('refuses a journal of a newer program', () => {
    const house = makeHouse()
    house.open('one').close()
    const database = new Database(house.file)
    database.pragma('user_version = 99')
    database.close()
    expect(failureOf(() => house.open('two'))).toBe('journal:journal_newer')
    expect(() => house.open('two')).toThrow(/version 99/)
  })

  it('gives up on a file that somebody keeps locked, and works again afterwards', () => {
    const house = makeHouse()
    const journal = house.open('one', { busyTimeoutMs: 30 })
    const foreigner = new Database(house.file)
    foreigner.exec('BEGIN IMMEDIATE')
    expect(failureOf(() => journal.beginRun({ command: 'open' }))).toBe('journal:journal_locked')
    foreigner.exec('COMMIT')
    foreigner.close()
    expect(journal.beginRun({ command: 'open' }).run.runId).toBe('r1')
  })

  it('notices that its file was deleted or replaced', () => {
    const house = makeHouse()
    const journal = house.open('one')
    journal.renewLeases()
    rmSync(house.file)
    expect(failureOf(() => journal.renewLeases())).toBe('journal:journal_replaced')
    writeFileSync(house.file, '')
    expect(failureOf(() => journal.renewLeases())).toBe('journal:journal_replaced')
  })
})

/** Garbage over one page. Nobody has the file open, so that no lock is lost. */
function overwrite(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0xee, at, at + 4096)
  writeFileSync(file, bytes)
}

describe('the write-ahead log', () => {
  it('is copied back at a renewal of leases, so that no order waits for it', () => {
    const house = makeHouse()
    const journal = house.open('one')
    const sizeOf = (): number => statSync(house.file).size
    const emptySize = sizeOf()
    for (let n = 0; n < 200; n += 1) journal.beginRun({ command: 'x'.repeat(2000) })
    expect(sizeOf()).toBe(emptySize)
    journal.transaction('normal', () => {
      journal.renewLeases()
    })
    expect(sizeOf()).toBe(emptySize)
    journal.renewLeases()
    expect(sizeOf()).toBeGreaterThan(emptySize)
  })
})
